"""The JSON schema that editors use: complete, up to date, and as strict as it can be."""

import json

import jsonschema
import pytest
import yaml
from helpers.configs import QUICKSTART, ROOT, list_described, quickstart, sweeps_with

import document_config
from coalflow.config.json_schema import find_schema, make_config_schema, make_schema
from coalflow.config.registry.nets import NETS
from coalflow.config.registry.statistics import STATISTICS
from coalflow.config.schema.training import Training

SHIPPED = sorted([*QUICKSTART.parent.glob("*.yaml"), *(ROOT / "tests" / "cases").glob("*.yaml")])


def is_valid(config):
    return jsonschema.Draft7Validator(make_config_schema()).is_valid(config)


def changed(path, value):
    """Return the quickstart with another value at a path, with sections on the way to it."""
    config = quickstart()
    *around, last = path.split("/")
    section = config
    for key in around:
        section = section.setdefault(key, {})
    section[last] = value
    return config


# What is in it -------------------------------------------------------------------------------


def test_the_file_is_up_to_date():
    """`make docs` writes it."""
    assert document_config.SCHEMA.read_text() == document_config.write_schema()


def test_it_is_a_json_schema():
    jsonschema.Draft7Validator.check_schema(make_config_schema())


def test_every_key_has_a_description():
    described = dict(list_described(make_config_schema()))
    assert ("genomes", "additionalProperties", "path") in described
    histories = ("simulation", "demography", "histories")
    assert (*histories, "additionalProperties", "items", "end_time") in described
    assert [path for path, schema in described.items() if not schema.get("description")] == []


def test_there_is_nothing_that_only_programs_understand():
    text = json.dumps(make_config_schema())
    for word in ('"null"', "anyOf", "$ref", "$defs", "prefixItems", "``", "\\n"):
        assert word not in text
    assert text.count('"title": "') == 1  # that of the whole, not the key


def test_every_section_refuses_other_keys():
    for path, schema in list_described({"properties": {"config": make_config_schema()}}):
        if "properties" in schema:
            assert schema["additionalProperties"] is False, path


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (("seed",), {"type": "integer", "minimum": 0, "maximum": 2**53 - 1}),
        (("simulation", "sweep"), {"default": "neutral"}),
        (("models", "nets"), {"uniqueItems": True, "minItems": 1, "default": ["coalflow"]}),
        (("models", "nets", 0), {"enum": list(NETS)}),
        (("target", "fst", "statistic"), {"enum": list(STATISTICS)}),
        (("simulation", "prior", "dominance"), {"minProperties": 1, "maxProperties": 1}),
        (("simulation", "prior", "dominance", "uniform"), {"minItems": 2, "maxItems": 2}),
        (("simulation", "prior", "x", "categorical", "values"), {"minItems": 2}),
        (("search", "space", "dropout"), {"minProperties": 1, "maxProperties": 1}),
        (("genomes", "mine", "samples", "EUR", 0), {"type": "string"}),
    ],
)
def test_limits_defaults_and_choices_are_in_it(path, expected):
    assert expected.items() <= find_schema(make_config_schema(), path).items()


def test_a_section_has_a_schema_of_its_own():
    assert make_schema(Training)["properties"]["epochs"]["minimum"] == 1


def test_nothing_is_found_where_there_is_nothing():
    for path in (("zzz",), ("run", "zzz"), ("simulation", 0), ("target", 0, 0)):
        assert find_schema(make_config_schema(), path) == {}


# What it accepts and refuses -----------------------------------------------------------------


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem)
def test_configs_that_come_with_coalflow_are_valid(file):
    assert is_valid(yaml.safe_load(file.read_text()))


def test_sweeps_and_paths_are_valid():
    assert is_valid(sweeps_with(grid={"demes.EUR.epochs.0.end_size": [1000, 2000.5]}))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("encodng", {}),
        ("simulation/replicats", 100),
        ("simulation/mutation_rate", "1e-8"),
        ("simulation/mutation_rate", 0),
        ("simulation/mutation_rate", 1.5),
        ("simulation/mutation_rate", True),
        ("simulation/mutation_rate", None),
        ("simulation/samples", 1),
        ("simulation/samples", {"EUR": 0}),
        ("simulation/samples", {"E U R": 5}),
        ("simulation/grid/population_size", 10000),
        ("simulation/grid/population_size", []),
        ("simulation/grid/population_size", [10000, 10000.0]),
        ("simulation/grid/sweep", ["sweep"]),
        ("simulation/grid/deme", [1]),
        ("simulation/grid/demes.A.epochs.0.end_size", ["1"]),
        ("simulation/grid", {}),
        ("simulation/prior/dominance", {}),
        ("simulation/prior/dominance", {"uniform": [0, 1], "formula": "1"}),
        ("simulation/prior/dominance", {"uniform": [0]}),
        ("simulation/prior/dominance", {"normal": {"mean": 1}}),
        ("simulation/prior/2", {"uniform": [0, 1]}),
        ("simulation/demography/histories/odd", []),
        ("simulation/demography/histories/odd", [{"end_size": 1}]),
        ("observation/polarised", 1),
        ("training", None),
        ("training/batch_size", "all"),
        ("training/schedule", "cosin"),
        ("models/nets", ["coalflo"]),
        ("search/space/epochs", {"uniform": [1, 9]}),
        ("target", []),
        ("target", {"a b": {}}),
        ("target", {"fst": {"of": 1}}),
        ("genomes/my species", {"path": "mine.vcf"}),
        ("genomes/mine", {"pth": "mine.vcf"}),
        ("run", "mine/first"),
    ],
)
def test_mistakes_are_refused(path, value):
    assert not is_valid(changed(path, value))


@pytest.mark.parametrize("key", ["run", "seed", "simulation", "target"])
def test_what_is_required_cannot_be_left_out(key):
    assert not is_valid({name: value for name, value in quickstart().items() if name != key})
