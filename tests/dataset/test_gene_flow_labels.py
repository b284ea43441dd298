"""Windows whose class is what happened, not what was simulated: counted by cell and split."""

import copy

import numpy as np
import pytest
from helpers.data import prepare_split, simulate_shards
from helpers.gene_flow import CONFIG, write_demes

from coalflow.config.loading import read_config
from coalflow.core.errors import CoalflowError
from coalflow.dataset import audit, loading, splits, truth
from coalflow.dataset.split_names import ALL


def split(folder, monkeypatch, target, **simulation):
    """Return the config, the split table and the table of the dataset."""
    monkeypatch.chdir(folder)
    write_demes(folder)
    given = copy.deepcopy({**CONFIG, "target": target, "encoding": {"pad": True, "sites": 20}})
    given["simulation"]["sequence_length"] = 2000
    given["simulation"] |= {"replicates": 40, **simulation}
    config = read_config(given)
    simulate_shards(folder, config)
    settings, view = prepare_split(config)
    table = splits.make_split_table(folder, settings, view)
    windows = loading.load_windows(table, folder, view)
    return table, audit.describe_dataset(table, view.targets, windows)


def test_windows_in_which_nothing_moved_are_relabelled_and_counted(tmp_path, monkeypatch):
    table, described = split(tmp_path, monkeypatch, "gene_flow")
    simulated = table["cell"].str.removeprefix("gene_flow=")
    assert (table["simulated_gene_flow"] == simulated).all()
    relabelled = table["gene_flow"] != simulated
    assert set(table.loc[relabelled, "gene_flow"]) == {"none"}
    counts = described.set_index(["cell", "split"])["relabelled"]
    assert counts[ALL].sum() == relabelled.sum() > 10
    assert counts["gene_flow=none"].sum() == 0
    for cell, part in table.groupby("cell"):
        assert counts[cell].sum() == relabelled[part.index].sum()
    values = truth.load_truth(table, tmp_path)
    np.testing.assert_array_equal(values["gene_flow"], table["gene_flow"])


def test_a_class_that_hardly_ever_happened_is_refused_with_the_reason(tmp_path, monkeypatch):
    rare = {"prior": {"pulses.0.proportions.0": {"uniform": [0, 1e-9]}}}
    with pytest.raises(CoalflowError) as caught:
        split(tmp_path, monkeypatch, "gene_flow", **rare)
    assert str(caught.value) == (
        "the train split needs at least 2 replicates of gene_flow northward and has 0. Of 0 "
        "replicates of gene_flow northward, these were left out: none. In 40 others simulated as "
        "such, no lineage moved. Raise the proportions or rates of this gene flow, "
        "simulation.samples, sequence_length or replicates"
    )


def test_with_simulated_kinds_nothing_is_relabelled(tmp_path, monkeypatch):
    target = {"gene_flow": {"label": "simulated"}}
    table, described = split(tmp_path, monkeypatch, target)
    assert (table["gene_flow"] == table["cell"].str.removeprefix("gene_flow=")).all()
    assert "simulated_gene_flow" not in table
    assert "relabelled" not in described


def test_a_share_that_moved_is_a_target_that_is_a_number(tmp_path, monkeypatch):
    target = {"share": {"statistic": "introgression", "of": ["north", "ghost"]}}
    table, _ = split(tmp_path, monkeypatch, target)
    assert table["share"].between(0, 1).all()
    assert table["share"].mean() == pytest.approx(0.2, abs=0.1)
