"""Configs that are read, and what is said of the mistakes in them."""

import copy
import pathlib

import pytest
import yaml
from snakemake.common.configfile import load_configfile
from snakemake.utils import update_config

from coalflow.config.loading import read_config
from coalflow.core.errors import CoalflowError

ROOT = pathlib.Path(__file__).resolve().parents[2]
QUICKSTART = ROOT / "config" / "config.yaml"
HEADER = "the config cannot be used:\n"


def quickstart():
    return yaml.safe_load(QUICKSTART.read_text())


HISTORIES = ", ".join(["constant", *quickstart()["simulation"]["demography"]["histories"]])


def read_files(*files):
    """Read files as Snakemake reads and merges them."""
    config = {}
    for file in files:
        update_config(config, load_configfile(file))
    return read_config(config, files)


def complaint(*files):
    """Return the message for files that cannot be used."""
    with pytest.raises(CoalflowError) as caught:
        read_files(*files)
    return str(caught.value)


def complaint_about(config, files=()):
    """Return the message for a config that cannot be used."""
    with pytest.raises(CoalflowError) as caught:
        read_config(config, files)
    return str(caught.value)


def write(folder, text, name="mine.yaml"):
    file = folder / name
    file.write_text(text)
    return file


def line_of(text, start):
    (line,) = [n for n, line in enumerate(text.splitlines(), start=1) if line.startswith(start)]
    return line


def dump(**changes):
    """Return the quickstart as YAML with changes, key by key; None deletes a key."""
    config = quickstart()
    for path, value in changes.items():
        *around, last = path.split(".")
        section = config
        for key in around:
            section = section[key]
        section[last] = value
        if value is None:
            del section[last]
    return yaml.safe_dump(config, sort_keys=False)


SWEEPS = {
    "run": "sweeps",
    "seed": 1,
    "target": "tajimas_d",
    "simulation": {
        "demography": {"population_size": 10000},
        "samples": 10,
        "sequence_length": 50000,
        "mutation_rate": 1.0e-8,
        "recombination_rate": 1.0e-8,
        "grid": {"sweep": ["neutral", "hard", "linked_soft"]},
        "prior": {
            "selection_coefficient": {"log_uniform": [0.01, 0.1]},
            "start_frequency": {"uniform": [0.01, 0.2]},
            "distance": {"uniform": [1.0e4, 1.0e5]},
        },
        "replicates": 20,
    },
}


def sweeps_with(**simulation):
    """Return a config with three kinds of sweep, with changes; None deletes a prior."""
    config = copy.deepcopy(SWEEPS)
    for name, value in simulation.items():
        if isinstance(value, dict):
            config["simulation"][name].update(value)
        else:
            config["simulation"][name] = value
    config["simulation"]["prior"] = {k: v for k, v in config["simulation"]["prior"].items() if v}
    return config


def list_described(schema, path=()):
    """Yield the path and the schema of each key of a JSON schema, at any depth."""
    for key, inner in schema.get("properties", {}).items():
        yield (*path, key), inner
    for name, inner in (*schema.get("properties", {}).items(), *_list_unnamed(schema)):
        yield from list_described(inner, (*path, name))


def _list_unnamed(schema):
    for keyword in ("additionalProperties", "items"):
        if isinstance(schema.get(keyword), dict):
            yield keyword, schema[keyword]
    for index, alternative in enumerate(schema.get("oneOf", ())):
        yield f"oneOf.{index}", alternative
