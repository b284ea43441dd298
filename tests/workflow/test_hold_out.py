"""A run that holds out regions: what is trained on, and what comes of them."""

import json

import numpy as np
import pandas as pd
from helpers.workflow import RESULTS, overlay, succeed

from coalflow.dataset.split_names import ALL, HELD_OUT, SPLITS


def test_a_run_holds_out_regions_and_needs_no_baselines(fresh):
    configs = overlay(
        fresh,
        "hold_out.yaml",
        evaluation={"hold_out": {"population_size": [20000], "history": ["bottleneck"]}},
        models={"restarts": 1, "baselines": []},
        training={"epochs": 2},
        genomes=None,
    )
    wanted = [str(RESULTS / name) for name in ("hold_out.tsv", "dataset.tsv")]
    succeed(fresh, *wanted, configs=configs)
    results = fresh / RESULTS
    split = pd.read_parquet(results / "split.parquet")
    learned = split[split["split"].isin(SPLITS)]
    assert set(learned["cell"]) == {"history=constant+population_size=10000"}
    card = json.loads((results / "models/flagel_tajimas_d/0/card.json").read_text())
    trained_on = card["trained_on"]
    assert trained_on["parameters"]["population_size"] == [10000, 10000]
    assert trained_on["replicates"] == (split["split"] == "train").sum()
    held = pd.read_parquet(results / "held_out_predictions.parquet")
    assert len(held) == (split["split"] == HELD_OUT).sum()
    is_large, is_bottleneck = (
        held["parameter:population_size"] == 20000,
        held["parameter:history"] == "bottleneck",
    )
    assert (is_large | is_bottleneck).all()
    # Baselines see the same sites as the net.
    np.testing.assert_allclose(held["statistic:tajimas_d"], held["truth:tajimas_d"])
    audit = pd.read_csv(results / "dataset.tsv", sep="\t").set_index(["cell", "split"])
    assert (audit.loc[[(ALL, name) for name in SPLITS], "in_held_out_regions"] == 0).all()
    table = pd.read_csv(results / "hold_out.tsv", sep="\t")
    assert set(table["where"]) == {"inside", "beyond"}
    assert set(table["model"]) == {"flagel_tajimas_d/0"}
    assert not (results / "figures" / "confusing_disagreement.png").exists()
