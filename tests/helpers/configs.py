"""Configs that are read, and what is said of the mistakes in them."""

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
