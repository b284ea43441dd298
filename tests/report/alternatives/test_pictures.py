"""Pictures in words, from small tables."""

import dataclasses

import pandas as pd
from helpers.data import make_config
from helpers.evidence import CLEAN

from coalflow.report.alternatives.data_pictures import describe_data_pictures
from coalflow.report.alternatives.net_pictures import describe_net_pictures
from coalflow.report.dataset import CellSummary, Range

CELLS = [
    CellSummary(f"history={name}", 10, 0, 0, 0, 0, Range(mean, 1, 99), [Range(0, -1, 2)])
    for name, mean in (("constant", 40.0), ("growth", 60.0))
]


def describe(**changes):
    dataset = dataclasses.replace(CLEAN, cells=CELLS, priors=[], splits_differ=False, **changes)
    return describe_data_pictures(make_config(), dataset, [])


def test_histories_are_sizes_back_in_time():
    assert "constant: it does not change." in describe()["figures/histories.png"]


def test_a_graph_is_described_by_its_populations():
    epochs = [{"start_size": 7310, "end_time": 920}, {"start_size": 1032, "end_size": 9279}]
    config = make_config().model_copy(
        update={"graph": {"demes": [{"name": "EUR", "epochs": epochs}] * 8}}
    )
    dataset = dataclasses.replace(CLEAN, cells=CELLS, priors=[])
    text = describe_data_pictures(config, dataset, [])["figures/histories.png"]
    assert "EUR: 7,310 until 920 generations ago, then from 1,032 to 9,279 up to today." in text
    assert text.endswith("And 2 more populations.")


def test_windows_are_described_by_the_cells_with_fewest_and_most_sites():
    text = describe()["figures/dataset.png"]
    assert "from 40 segregating sites on average (history constant) to 60 (history growth)" in text
    assert text.endswith("are alike.")


def test_priors_that_were_not_followed_are_named():
    rows = [{"parameter": "selection_coefficient", "p": 1e-5}, {"parameter": "distance", "p": 0.5}]
    dataset = dataclasses.replace(CLEAN, cells=CELLS, priors=rows)
    text = describe_data_pictures(make_config(), dataset, [])["figures/priors.png"]
    assert text.endswith("but not those of selection coefficient.")


def test_activations_are_named_by_net_training_and_layers():
    nets = {
        "activations": [["figures/activations_own_net_1_extremes.png"]],
        "ancestry": None,
        "layers": {"own_net/0": [("input", "…"), ("dense", "…")]},
        "known": ["pi is known"],
        "used": [],
        "peaks": [],
        "restarts": {"own_net": [{"layer": "dense", "cka": 0.951, "prediction_r": 0.9991}]},
    }
    texts = describe_net_pictures(nets)
    assert (
        "activations of own_net, training 1, layer by layer: input and dense"
        in texts["figures/activations_own_net_1_extremes.png"]
    )
    assert texts["figures/probes.png"].endswith("pi is known.")
    assert "correlate with 0.999" in texts["figures/restarts_own_net.png"]
    assert not pd.isna(texts["figures/saliency.png"])
