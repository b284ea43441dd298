import dataclasses

import numpy as np
import pytest
import torch
from helpers.models import (
    classes_of,
    padded,
    replicates_of,
    save_untrained_net,
    varied_matrices,
)

from coalflow.models.interpretation.gradients import (
    PARTS,
    attribute_net,
    average_inputs,
    integrate_gradients,
)
from coalflow.models.storage.nets import load_net
from coalflow.windows.packed_windows import Windows


def test_of_a_linear_function_each_number_adds_its_product():
    weights = torch.tensor([2.0, -1.0, 0.0])
    given = (torch.tensor([[1.0, 2.0, 3.0], [0.0, 1.0, 5.0]]),)
    reference = (torch.tensor([[1.0, 1.0, 1.0]]),)
    (added,) = integrate_gradients(lambda inputs: inputs[0] @ weights, given, reference, steps=1)
    assert added.tolist() == [[0.0, -1.0, 0.0], [-2.0, 0.0, 0.0]]


def test_what_is_added_is_complete_and_shared_evenly():
    """Of a product of two numbers, from 0, each adds half."""
    given, reference = (torch.tensor([[3.0, 4.0]]),), (torch.zeros(1, 2),)
    (added,) = integrate_gradients(lambda inputs: inputs[0].prod(dim=1), given, reference)
    assert added.tolist() == [pytest.approx([6.0, 6.0], rel=1e-6)]


def test_what_is_not_read_or_not_a_number_adds_nothing():
    given = (torch.rand(4, 3), torch.rand(4, 2), torch.ones(4, 3, dtype=torch.bool))
    reference = tuple(part[:1] for part in given)
    added = integrate_gradients(lambda inputs: inputs[0].sum(dim=1), given, reference)
    assert not added[1].any() and not added[2].any()
    assert added[0].any()


def load(tmp_path, replicates, name, target="diversity"):
    save_untrained_net(tmp_path, replicates, name=name, target=target)
    return load_net(tmp_path)


@pytest.mark.parametrize("name", ["flagel_tajimas_d", "coalflow"])
@pytest.mark.parametrize("padding", [0, 3])
def test_attributions_of_a_net_add_up_to_the_difference(name, padding, tmp_path):
    number = 11 if padding else 8  # the FAQ's net takes one number of sites
    replicates = replicates_of(varied_matrices(12, seed=1, sites=number))
    model = load(tmp_path, replicates, name)
    plain = replicates_of(varied_matrices(12, seed=1, sites=number - padding)).windows
    windows = padded(plain, 0, padding)
    added = attribute_net(model, windows, 0, average_inputs(model, windows))
    total = added.by_part.sum(axis=1) + added.elsewhere
    spread = added.difference.std()
    assert spread > 0
    np.testing.assert_allclose(total, added.difference, atol=0.1 * spread)
    assert added.by_part.shape == (12, PARTS)
    if name == "flagel_tajimas_d":
        by_haplotype = added.by_haplotype.sum(axis=(1, 2))
        np.testing.assert_allclose(by_haplotype, total, atol=1e-5)
        assert added.by_haplotype.shape == (12, 6, number)
    else:
        assert added.by_haplotype.shape == (12, 6, PARTS)


@pytest.mark.parametrize("name", ["coalflow", "dilated_residual"])
def test_haplotypes_of_populations_are_explained_in_the_order_of_windows(name, tmp_path):
    replicates = replicates_of(varied_matrices(12, seed=1))
    windows = dataclasses.replace(replicates.windows, populations=(("sim", 2), ("sech", 4)))
    model = load(tmp_path, dataclasses.replace(replicates, windows=windows), name)
    turned = Windows.pack(
        np.roll(windows.haplotypes, -2, axis=2),
        windows.positions,
        windows.mask,
        populations=windows.populations[::-1],
    )
    one, other = (
        attribute_net(model, each, 0, average_inputs(model, each)).by_haplotype
        for each in (windows, turned)
    )
    np.testing.assert_array_equal(np.roll(one, -2, axis=1), other)


def test_odds_of_a_class_are_explained(tmp_path):
    replicates = classes_of(varied_matrices(10, seed=1))
    model = load(tmp_path, replicates, "flagel_tajimas_d", target="history")
    windows = replicates.windows
    reference = average_inputs(model, windows)
    first, second = (attribute_net(model, windows, index, reference) for index in range(2))
    # With two classes, the odds of one are the inverse of those of the other.
    np.testing.assert_allclose(first.by_part, -second.by_part, atol=1e-6)
    chances = model.predict(replicates.windows).values[:, 0]
    odds = np.log(chances / (1 - chances))
    np.testing.assert_allclose(np.ptp(first.difference), np.ptp(odds), rtol=1e-4)


@pytest.mark.filterwarnings("error")
def test_one_window_is_its_own_reference(tmp_path):
    replicates = replicates_of(varied_matrices(3, seed=1))
    model = load(tmp_path, replicates, "flagel_tajimas_d")
    window = replicates.windows[:1]
    added = attribute_net(model, window, 0, average_inputs(model, window))
    assert not added.by_part.any() and not added.difference.any()
