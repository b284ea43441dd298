"""Whatever a path of the config leads to that is not a file is refused, and never waited for."""

import os

import pytest
from helpers.configs import quickstart

from coalflow.config.loading import read_config
from coalflow.core.errors import CoalflowError

IMPORTED = {
    "import": {
        "format": "ms",
        "files": {"one": ["{path}"]},
        "truth": {"columns": {"s": "s"}, "tables": {"one": ["{path}"]}},
    },
    "samples": 4,
    "sequence_length": 1000,
    "replicates": 20,
}
GENOME = {"path": "{path}", "ploidy": {"X": {"male": 1, "female": 2}}, "sexes": "{path}"}
# What is put into the config, and the keys whose path is refused.
PLACES = {
    "demes": ({"simulation.demography": {"demes": "{path}"}}, ["simulation.demography.demes"]),
    "map": ({"simulation.recombination_map": "{path}"}, ["simulation.recombination_map"]),
    "draws": ({"simulation.draws": "{path}"}, ["simulation.draws"]),
    "mask": ({"observation.mask": "{path}"}, ["observation.mask"]),
    "like": ({"observation.like": "{path}"}, ["observation.like"]),
    "genome": ({"genomes.mine": {"path": "{path}"}}, ["genomes.mine.path"]),
    "sexes": ({"genomes.mine": GENOME}, ["genomes.mine.path", "genomes.mine.sexes"]),
    "genes": (
        {"genomes.mine": {"path": "{path}", "genes": "{path}"}},
        ["genomes.mine.path", "genomes.mine.genes"],
    ),
    "import": (
        {"simulation": IMPORTED, "target": "class", "genomes": {}},
        ["simulation.import.files.one.0", "simulation.import.truth.tables.one.0"],
    ),
}


def fill(value, path):
    """Return a value of the config with a path in its place."""
    if isinstance(value, dict):
        return {key: fill(inner, path) for key, inner in value.items()}
    if isinstance(value, list):
        return [fill(inner, path) for inner in value]
    return path if value == "{path}" else value


def complaint(changes, path):
    config = quickstart()
    for dotted, value in changes.items():
        section = config
        *around, last = dotted.split(".")
        for key in around:
            section = section.setdefault(key, {})
        section[last] = fill(value, path)
    with pytest.raises(CoalflowError) as caught:
        read_config(config)
    return str(caught.value)


@pytest.mark.timeout(20)
@pytest.mark.parametrize(("changes", "keys"), PLACES.values(), ids=list(PLACES))
def test_what_is_no_file(tmp_path, changes, keys):
    os.mkfifo(tmp_path / "pipe")
    for path, words in {
        str(tmp_path / "pipe"): "a pipe, not a file",
        "/dev/zero": "a device, not a file",
        str(tmp_path): "a folder, not a file",
        str(tmp_path / "none"): "there is no such file",
        "a" * 300: "cannot be read (File name too long)",
        "a\0b": "there is no such file",
    }.items():
        lines = complaint(changes, path).splitlines()
        for key in keys:
            assert any(line.startswith(f"  {key} ") and words in line for line in lines)
