"""Recipes: what decides them, and which steps they make."""

import copy
import dataclasses

import numpy as np
import pytest
import torch
from helpers.data import PROPERTY
from helpers.models import make_train_settings, make_view, varied_matrices
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from coalflow.config.registry.nets import NETS
from coalflow.config.schema.training import Augment, Recipe
from coalflow.evaluation.cards import NetInput
from coalflow.models import nets
from coalflow.models.training import recipes


@pytest.fixture
def set_recipe(monkeypatch):
    """Return a function that sets the recipe of the net's authors."""

    def set_recipe(**recipe):
        record = dataclasses.replace(NETS["flagel_sweeps"], recipe=recipe)
        monkeypatch.setitem(NETS, "flagel_sweeps", record)

    return set_recipe


def resolve(target="diversity", **training):
    view = make_view(target)
    return recipes.resolve_recipe(make_train_settings(view, net="flagel_sweeps", **training), view)


def test_the_config_comes_first_then_the_net_then_the_defaults(set_recipe):
    set_recipe(epochs=7, clip=2.0, augment={"mirror": True, "flip": 0.1})
    augment = Augment(mirror=True, flip=0.1)
    assert resolve(clip=0, threads=2) == Recipe(epochs=7, clip=0, threads=2, augment=augment)
    assert resolve(augment={}) == Recipe(epochs=7, clip=2.0)


def test_classes_have_cross_entropy_whatever_the_net_has_for_numbers(set_recipe):
    set_recipe(loss="gaussian")
    assert resolve("history").loss == "cross_entropy"
    assert resolve().loss == "gaussian"


@pytest.mark.parametrize("net", NETS)
def test_recipes_of_nets_are_recipes(net):
    view = make_view()
    recipe = recipes.resolve_recipe(make_train_settings(view, net), view)
    assert {name: getattr(recipe, name) for name in NETS[net].recipe if name != "augment"} == {
        name: value for name, value in NETS[net].recipe.items() if name != "augment"
    }


def test_a_described_recipe_leaves_out_what_is_not_made_use_of():
    described = recipes.describe_recipe(Recipe(clip=1.5, epochs=100_000))
    assert "clip 1.5" in described
    assert "epochs 100000" in described
    assert "average" not in described
    assert "augment" not in described


def rates(**changes):
    recipe = Recipe(**{"epochs": 4, "learning_rate": 0.5, **changes})
    return [recipes.schedule_learning_rate(step, 10, recipe) for step in range(40)]


def test_learning_rate_is_constant_by_default():
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
    recipe = Recipe(schedule=schedule, warm_up=warm_up, epochs=epochs, learning_rate=0.5)
    for step in range(epochs * steps_per_epoch):
        assert 0 <= recipes.schedule_learning_rate(step, steps_per_epoch, recipe) <= 0.5


def small_net():
    torch.manual_seed(1)
    return nets.build_net(
        "flagel_tajimas_d", NetInput(sites=8, haplotypes=6, channels=1), 1, dropout=0.0
    )


def train_a_little(net, **changes):
    """Return a net after three steps on windows whose loss does not depend on the weights."""
    net = copy.deepcopy(net)
    optimizer = recipes.make_optimizer(net, Recipe(**changes))
    windows = torch.as_tensor(varied_matrices(4, 1), dtype=torch.float32)
    for _ in range(3):
        optimizer.zero_grad()
        (0 * net(windows)).sum().backward()
        optimizer.step()
    return net


def test_weight_decay_is_of_matrices_alone_and_decoupled():
    before, after = small_net(), train_a_little(small_net(), weight_decay=0.1)
    for (name, old), new in zip(before.named_parameters(), after.parameters(), strict=True):
        factor = (1 - 1e-3 * 0.1) ** 3 if old.dim() > 1 else 1.0
        torch.testing.assert_close(new, old * factor, rtol=1e-6, atol=0), name


def test_a_nets_own_penalty_replaces_weight_decay():
    net = nets.build_net("flagel_sweeps", NetInput(sites=40, haplotypes=6, channels=1), 2)
    groups = nets.group_parameters(net, 0.3)
    decays = {(group["weight_decay"], group["decoupled_weight_decay"]) for group in groups}
    assert decays == {(0.0, False), (2 * net.l2, False), (0.3, True)}
    (decoupled,) = (group["params"] for group in groups if group["decoupled_weight_decay"])
    assert [id(weights) for weights in decoupled] == [id(net.output.weight)]


def test_moving_average_is_what_it_says():
    net = nn.Linear(1, 1, bias=False)
    average = recipes.make_moving_average(net, 0.9)
    expected = None
    for step in range(200):
        value = float(step % 7)
        with torch.no_grad():
            net.weight.fill_(value)
        average.update_parameters(net)
        kept = min(0.9, (1 + step) / (10 + step))
        expected = value if expected is None else kept * expected + (1 - kept) * value
    assert average.module.weight.item() == pytest.approx(expected, rel=1e-5)
