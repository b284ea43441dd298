import pytest
import torch
from helpers.nets import random_numbers

from coalflow.models.nets.window_parts import COLUMNS, PARTS, TERMS, multiply, weigh_parts


def test_a_site_counts_in_the_parts_whose_middles_are_nearest():
    positions = torch.tensor([0.0, 0.5 / PARTS, 1 / PARTS, 1.25 / PARTS, 1.0, 0.4])
    mask = torch.tensor([True] * 5 + [False])
    weights = weigh_parts(positions, mask)
    assert weights.shape == (6, COLUMNS)
    expected = torch.zeros(6, COLUMNS)
    expected[0, 0] = expected[1, 0] = expected[4, PARTS - 1] = 1
    expected[2, :2] = 0.5
    expected[3, :2] = torch.tensor([0.25, 0.75])
    torch.testing.assert_close(weights, expected)


@pytest.mark.parametrize("columns", [1, 5, 8])
def test_the_product_of_matrices_is_cut_to_its_columns(columns):
    left, right = random_numbers(3, 7, 2 * TERMS + 3), random_numbers(3, 2 * TERMS + 3, columns)
    torch.testing.assert_close(multiply(left, right), left @ right, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("terms", [20, TERMS + 9])
@pytest.mark.parametrize("columns", [5, 7, 12, 18])
def test_a_product_has_the_same_bits_alone_and_with_zeros_behind(terms, columns):
    left, right = random_numbers(6, 11, terms), random_numbers(6, terms, columns)
    together = multiply(left, right)
    for window in range(6):
        alone = multiply(left[window : window + 1], right[window : window + 1])
        assert torch.equal(alone[0], together[window])
    for more in (1, 30, TERMS, 3 * TERMS):
        longer = torch.cat([left, random_numbers(6, 11, more, seed=1)], dim=2)
        filled = torch.cat([right, torch.zeros(6, more, columns)], dim=1)
        assert torch.equal(multiply(longer, filled), together)
