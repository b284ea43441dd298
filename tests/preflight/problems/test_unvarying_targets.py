"""Targets of which there is nothing to learn, and classes that hardly any window has."""

import copy
from types import SimpleNamespace

import numpy as np
import pytest
from helpers.gene_flow import CONFIG, write_demes

from coalflow.config.loading import read_config
from coalflow.preflight.problems.unvarying_targets import find_unvarying_targets

KINDS = ("none", "southward", "northward")


@pytest.fixture(autouse=True)
def working_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_demes(tmp_path)


def read(target="gene_flow", **simulation):
    config = copy.deepcopy({**CONFIG, "target": target})
    config["simulation"] |= simulation
    return read_config(config)


def make_shards(**happened):
    """Return a shard for each kind, of which so many windows have its class."""
    return {
        kind: SimpleNamespace(
            truth={
                "parameter/gene_flow": np.array([kind] * 100),
                "target/gene_flow": np.array([kind] * number + ["none"] * (100 - number)),
            }
        )
        for kind, number in happened.items()
    }


def test_a_kind_by_which_hardly_anything_moved_is_found():
    shards = make_shards(none=100, southward=60, northward=1)
    (finding,) = find_unvarying_targets(shards, read(replicates=1000))
    assert finding.about == "gene flow northward"
    assert finding.finding == (
        "no lineage moved in 99 % of its windows, which count as none, so the run will have about "
        "10 windows of this class, and its smallest split 1"
    )
    assert "simulation.replicates" in finding.fix
    assert not [*find_unvarying_targets(shards, read(replicates=10_000))]


@pytest.mark.parametrize(
    ("values", "number"), [([0.0] * 20, 1), ([0.0] * 19 + [0.1], 0), ([0.0], 0)]
)
def test_a_share_that_is_always_the_same_is_found(values, number):
    config = read({"share": {"statistic": "introgression", "of": ["north", "ghost"]}})
    (target,) = config.targets.definitions.values()
    shards = {"a": SimpleNamespace(truth={target.truth_name: np.array(values)})}
    found = [*find_unvarying_targets(shards, config)]
    assert len(found) == number
    for finding in found:
        assert finding.finding == (
            "it is 0 in all 20 windows that were tried, so there is nothing to learn"
        )


def test_a_logarithm_that_is_often_undefined_is_found():
    share = {"statistic": "introgression", "of": ["north", "ghost"], "scale": "log"}
    config = read({"share": share})
    (target,) = config.targets.definitions.values()
    shards = {"a": SimpleNamespace(truth={target.truth_name: np.array([0.0] * 30 + [0.1] * 70)})}
    (finding,) = find_unvarying_targets(shards, config)
    assert finding.finding == "it has no logarithm in 30 % of windows, which are left out"


def test_a_statistic_of_sites_is_not_looked_at():
    assert not [*find_unvarying_targets({"a": SimpleNamespace(truth={})}, read("tajimas_d"))]
