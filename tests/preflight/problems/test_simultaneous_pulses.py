"""Pulses at one time in the same populations are found where both are on."""

import copy

import pytest
import yaml
from helpers.gene_flow import CONFIG, HISTORY

from coalflow.config.loading import read_config
from coalflow.preflight.problems.simultaneous_pulses import find_simultaneous_pulses

APART = {"none": [], "southward": ["pulses.1"], "northward": ["pulses.0"]}
TOGETHER = {"none": [], "both": ["pulses.0", "pulses.1"]}


@pytest.fixture(autouse=True)
def working_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    history = copy.deepcopy(HISTORY)
    history["pulses"][1]["time"] = history["pulses"][0]["time"]
    (tmp_path / "flow.yaml").write_text(yaml.safe_dump(history))


def find(kinds, recwarn=None, **simulation):
    config = copy.deepcopy(CONFIG)
    config["simulation"]["demography"]["gene_flow"] = kinds
    config["simulation"] |= {"grid": {"gene_flow": [*kinds]}, **simulation}
    return [*find_simultaneous_pulses(read_config(config))]


def test_those_of_one_kind_are_found(recwarn):
    (finding,) = find(TOGETHER)
    assert finding.about == "gene flow both"
    assert finding.finding == (
        "the pulses from south into north and from north into south are both 300 generations ago, "
        "so how much comes from whom depends on their order in the file"
    )
    assert not recwarn.list  # what demes warns of is said here


def test_those_of_different_kinds_are_never_on_together():
    assert find(APART) == []


def test_drawn_times_differ():
    assert find(TOGETHER, prior={"pulses.0.time": {"uniform": [200, 400]}}) == []
