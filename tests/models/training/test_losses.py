"""What outputs mean: losses against scipy, intervals, and the best that a constant can do."""

import numpy as np
import pytest
import scipy.stats
import torch
from helpers.data import PROPERTY, make_targets
from hypothesis import given
from hypothesis import strategies as st

from coalflow.config.schema.training import Recipe
from coalflow.evaluation.predictions import LEVELS
from coalflow.models.training import losses

# The other is of ancestry at sites (tests/models/ancestry).
NUMBERS = [name for name in losses.NUMBER_LOSSES if name != "cross_entropy"]
GAUSSIAN, QUANTILES = losses.NUMBER_LOSSES["gaussian"], losses.NUMBER_LOSSES["quantiles"]
CPU = torch.device("cpu")


def normal(*shape, seed=0):
    return torch.as_tensor(np.random.default_rng(seed).normal(size=shape), dtype=torch.float32)


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("targets", [1, 3])
def test_each_target_has_its_own_outputs(name, targets):
    loss = losses.NUMBER_LOSSES[name]
    number = losses.count_outputs(name, make_targets(*["y1", "y2", "y3"][:targets]))
    outputs, target = normal(7, number), normal(7, targets, seed=1)
    found = loss.compute(outputs, target)
    assert found.shape == loss.read_prediction(outputs).shape == (7, targets)
    changed = outputs.clone()
    changed[:, : loss.per_target] += 1
    differs = loss.compute(changed, target) != found
    assert differs[:, 0].any()
    assert not differs[:, 1:].any()


def test_gaussian_loss_is_the_density_of_a_normal_distribution():
    outputs, target = normal(50, 4), normal(50, 2, seed=1)
    mean, sd = outputs[:, 0::2], outputs[:, 1::2].exp() + losses.LEAST_SD
    density = scipy.stats.norm(mean, sd).logpdf(target)
    found = losses.compute_gaussian_loss(outputs, target)
    np.testing.assert_allclose(found, -density - np.log(2 * np.pi) / 2, atol=1e-5)


def test_gaussian_quantiles_have_their_levels():
    outputs = normal(50, 4)
    mean, sd = outputs[:, 0::2], outputs[:, 1::2].exp() + losses.LEAST_SD
    quantiles = GAUSSIAN.read_quantiles(outputs)
    assert quantiles.shape == (50, 2, 19)
    expected = np.broadcast_to(np.arange(5, 100, 5) / 100, quantiles.shape)
    distribution = scipy.stats.norm(mean[:, :, None], sd[:, :, None])
    np.testing.assert_allclose(distribution.cdf(quantiles), expected, atol=1e-5)


@PROPERTY
@given(st.integers(0, 1000), st.integers(1, 3))
def test_crossed_quantiles_are_put_in_order(seed, targets):
    outputs = normal(9, targets * QUANTILES.per_target, seed=seed)
    quantiles = QUANTILES.read_quantiles(outputs)
    assert quantiles.shape == (9, targets, 19)
    assert (quantiles.diff(dim=2) >= 0).all()
    assert (QUANTILES.read_prediction(outputs) == quantiles[:, :, 9]).all()


@pytest.mark.parametrize("name", NUMBERS)
def test_constant_is_the_best_that_ignores_the_windows(name):
    """Outputs that differ from it, in any direction, do worse."""
    loss, target = losses.NUMBER_LOSSES[name], normal(2001, 2) * torch.tensor([1.0, 3.0]) + 0.5
    best = loss.find_constant(target)

    def mean_loss(outputs):
        return loss.compute(outputs.expand(len(target), -1), target).mean().item()

    assert best.shape == (1, 2 * loss.per_target)
    for column in range(best.shape[1]):
        for change in (-0.5, 0.5):
            other = best.clone()
            other[0, column] += change
            assert mean_loss(other) > mean_loss(best) + 1e-5


def test_quantiles_that_minimise_the_loss_have_their_coverage():
    """A fit of constants by the loss itself finds the quantiles of the targets."""
    target = normal(4000, 1)
    outputs = torch.zeros(1, 19, requires_grad=True)
    optimizer = torch.optim.Adam([outputs], lr=0.02)
    for _ in range(400):
        optimizer.zero_grad()
        losses.compute_pinball_loss(outputs.expand(4000, -1), target).mean().backward()
        optimizer.step()
    np.testing.assert_allclose(outputs.detach()[0], np.quantile(target, LEVELS), atol=0.06)


def test_balanced_classes_count_the_same_however_rare():
    classes, target = ("a", "b"), np.array([0] * 90 + [1] * 10)
    recipe = Recipe(class_weights="balanced", loss="cross_entropy")
    balanced = losses.choose_loss(recipe, target, classes, CPU)
    same = torch.zeros(100, 2)
    found = balanced.compute(same, torch.as_tensor(target))[:, 0]
    assert found[:90].sum().item() == pytest.approx(found[90:].sum().item(), rel=1e-5)
    assert found.mean().item() == pytest.approx(np.log(2), rel=1e-5)
    torch.testing.assert_close(
        balanced.find_constant(torch.as_tensor(target)).softmax(1), torch.tensor([[0.5, 0.5]])
    )


def test_windows_of_all_classes_count_the_same_by_default():
    target = torch.tensor([0] * 3 + [1])
    loss = losses.choose_loss(Recipe(loss="cross_entropy"), target.numpy(), ("a", "b"), CPU)
    outputs = normal(4, 2)
    expected = torch.nn.functional.cross_entropy(outputs, target)
    assert loss.compute(outputs, target).mean().item() == pytest.approx(expected.item())
    torch.testing.assert_close(loss.find_constant(target).softmax(1), torch.tensor([[0.75, 0.25]]))
