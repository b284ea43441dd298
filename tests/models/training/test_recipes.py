"""Recipes: who has the say, and what steps come of them."""

import copy

import numpy as np
import pytest
import torch
from helpers.data import PROPERTY
from helpers.models import settings_of_models, varied_matrices
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from coalflow.models import nets
from coalflow.models.training import recipes


def settings_of(training, target="diversity"):
    return {**settings_of_models(target), "net": "flagel_sweeps", "training": training}


def test_the_config_has_the_say_then_the_net_then_most_nets(monkeypatch):
    recipe = {"epochs": 7, "clip": 2.0}
    monkeypatch.setattr(nets.NETS["flagel_sweeps"], "recipe", recipe)
    found = recipes.resolve_recipe(settings_of({"clip": 0, "threads": 2}))
    assert found == {**recipes.GENERAL, "epochs": 7, "clip": 0, "threads": 2}


def test_classes_have_cross_entropy_whatever_the_net_takes_for_numbers(monkeypatch):
    monkeypatch.setattr(nets.NETS["flagel_sweeps"], "recipe", {"loss": "gaussian"})
    assert recipes.resolve_recipe(settings_of({}, "history"))["loss"] == "cross_entropy"
    assert recipes.resolve_recipe(settings_of({}))["loss"] == "gaussian"


def test_recipes_of_nets_have_known_keys():
    for net in nets.NETS.values():
        assert set(net.recipe) <= set(recipes.GENERAL)


def test_a_recipe_in_words_leaves_out_what_is_not_made_use_of():
    said = recipes.describe_recipe({**recipes.GENERAL, "clip": 1.5})
    assert "clip 1.5" in said
    assert "average" not in said
    assert "augment" not in said


def rates(**options):
    options = {**recipes.GENERAL, "epochs": 4, "learning_rate": 0.5, **options}
    return [recipes.schedule_learning_rate(step, 10, options) for step in range(40)]


def test_learning_rate_is_constant_unless_told_otherwise():
    assert rates() == [0.5] * 40


@pytest.mark.parametrize("schedule", ["constant", "cosine"])
def test_warm_up_rises_evenly_to_the_full_rate(schedule):
    found = rates(warm_up=0.5, schedule=schedule)
    assert found[:5] == pytest.approx([0.1, 0.2, 0.3, 0.4, 0.5])


def test_cosine_falls_to_0_at_the_end():
    found = rates(schedule="cosine")
    assert found[0] == 0.5
    assert found[20] == pytest.approx(0.25)
    assert found[-1] < 0.005
    assert np.all(np.diff(found) < 0)


@PROPERTY
@given(
    st.sampled_from(["constant", "cosine"]),
    st.floats(0, 5),
    st.integers(1, 50),
    st.integers(1, 5),
)
def test_learning_rate_is_never_above_its_highest(schedule, warm_up, steps_per_epoch, epochs):
    options = {"schedule": schedule, "warm_up": warm_up, "epochs": epochs, "learning_rate": 0.5}
    for step in range(epochs * steps_per_epoch):
        assert 0 <= recipes.schedule_learning_rate(step, steps_per_epoch, options) <= 0.5


def small_net():
    torch.manual_seed(1)
    return nets.build_net("flagel_tajimas_d", 8, 6, 1, dropout=0.0)


def learned(net, **options):
    """Return a net after three steps on windows whose loss does not depend on the weights."""
    net = copy.deepcopy(net)
    optimizer = recipes.make_optimizer(net, {**recipes.GENERAL, **options})
    windows = torch.as_tensor(varied_matrices(4, 1), dtype=torch.float32)
    for _ in range(3):
        optimizer.zero_grad()
        (0 * net(windows)).sum().backward()
        optimizer.step()
    return net


def test_weight_decay_is_of_matrices_alone_and_decoupled():
    before, after = small_net(), learned(small_net(), weight_decay=0.1)
    for (name, old), new in zip(before.named_parameters(), after.parameters(), strict=True):
        factor = (1 - 1e-3 * 0.1) ** 3 if old.dim() > 1 else 1.0
        torch.testing.assert_close(new, old * factor, rtol=1e-6, atol=0), name


def test_a_nets_own_penalty_stands_in_the_place_of_weight_decay():
    net = nets.build_net("flagel_sweeps", 40, 6, 2)
    groups = nets.group_parameters(net, 0.3)
    decays = {(group["weight_decay"], group["decoupled_weight_decay"]) for group in groups}
    assert decays == {(0.0, False), (2 * net.l2, False), (0.3, True)}
    (decoupled,) = (group["params"] for group in groups if group["decoupled_weight_decay"])
    assert [id(weights) for weights in decoupled] == [id(net.output.weight)]


def test_moving_average_is_what_it_says():
    net = nn.Linear(1, 1, bias=False)
    average = recipes.make_moving_average(net, 0.9)
    expected = None
    for number in range(200):
        with torch.no_grad():
            net.weight.fill_(float(number % 7))
        average.update_parameters(net)
        value = float(number % 7)
        kept = min(0.9, (1 + number) / (10 + number))
        expected = value if expected is None else kept * expected + (1 - kept) * value
    assert average.module.weight.item() == pytest.approx(expected, rel=1e-5)
