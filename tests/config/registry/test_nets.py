"""The records of nets hold what the config and the docs need."""

import dataclasses

import pytest

from coalflow.config.registry.nets import NETS
from coalflow.config.schema.models import Models
from coalflow.config.schema.training import Recipe

INPUTS = {"haplotypes", "positions", "mask"}


@pytest.mark.parametrize("name", NETS)
def test_a_record_is_complete(name):
    record = NETS[name]
    assert record.title and record.citation
    assert record.fewest_sites >= 1
    assert "haplotypes" in record.inputs and set(record.inputs) <= INPUTS
    assert record.reads_positions or not record.needs_position


@pytest.mark.parametrize("name", NETS)
def test_a_recipe_is_of_keys_of_the_config(name):
    Recipe.model_validate(dict(NETS[name].recipe))


def test_records_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        NETS["coalflow"].fewest_sites = 2


def test_the_config_takes_the_names_of_records():
    schema = Models.model_json_schema()["properties"]["nets"]
    assert schema["items"]["enum"] == list(NETS)
    assert Models(nets=("spidna",)).nets == ("spidna",)
