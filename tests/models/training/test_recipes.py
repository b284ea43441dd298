"""Recipes: what decides them."""

import dataclasses

import pytest
from helpers.models import make_train_settings, make_view

from coalflow.config.registry.nets import NETS
from coalflow.config.schema.training import Augment, Recipe
from coalflow.models.recipe_words import describe_recipe
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
    described = describe_recipe(Recipe(clip=1.5, epochs=100_000))
    assert "clip 1.5" in described
    assert "epochs 100000" in described
    assert "average" not in described
    assert "augment" not in described
