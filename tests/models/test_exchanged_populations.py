"""Two populations exchanged by name, everywhere in a config, have exchanged answers, to the bit."""

import dataclasses
import json
import pathlib

import numpy as np
import pandas as pd
import pytest
from helpers.fuzzing.programs import call, make_settings
from helpers.gene_flow import CONFIG, HISTORY

from coalflow.dataset.loading import load_split, read_split_table
from coalflow.models.storage.loading import load_model
from coalflow.windows.observation import read_observation
from coalflow.windows.shards import read_shard

NETS = ["coalflow", "axial_transformer"]


def make_config(samples, target):
    demography = {"demes": "flow.yaml"}
    simulation = {**CONFIG["simulation"], "demography": demography, "replicates": 40}
    del simulation["grid"]
    return {
        **CONFIG,
        "simulation": {**simulation, "samples": samples},
        "encoding": {"pad": True, "sites": 60},
        "target": target,
        "models": {"nets": NETS, "restarts": 1, "baselines": ["ridge"]},
        "training": {"epochs": 2, "threads": 1},
        "significance": {"windows": 0},
    }


def exchange(text):
    """Return text with the two names exchanged."""
    return text.replace("north", "\0").replace("south", "north").replace("\0", "south")


def run(folder, config, history, monkeypatch):
    """Simulate, summarise and train as the workflow does."""
    folder.mkdir()
    monkeypatch.chdir(folder)
    pathlib.Path("flow.yaml").write_text(json.dumps(history))
    maker = make_settings(config)
    (cell,) = maker.cells.values()
    shards, sees = pathlib.Path("shards", cell.name), {"observation": "observed.json"}
    shards.mkdir(parents=True)
    call("simulate", maker.simulate_shard(cell, 0), output=shards / "00000.npz")
    call("measure_observation", maker.measure_observation(), output="observed.json")
    call("split", maker.split(), shards="shards", output="split.parquet", processes=1, **sees)
    seen = {"split": "split.parquet", **sees}
    call(
        "summarise",
        maker.summarise(),
        shards="shards",
        output="statistics.parquet",
        processes=1,
        **seen,
    )
    for net in NETS:
        call("train", maker.train(net), shards="shards", output=net, **seen)
    call(
        "fit_baseline",
        maker.fit_baseline("ridge"),
        statistics="statistics.parquet",
        output="ridge",
        **seen,
    )
    view = maker.view.observed(read_observation("observed.json"))
    table = read_split_table("split.parquet")
    test = load_split(table, "test", pathlib.Path("shards"), view)
    models = {name: load_model(folder / name) for name in (*NETS, "ridge")}
    return Done(
        read_shard(shards / "00000.npz"),
        pd.read_parquet("statistics.parquet"),
        {name: model.predict(test.windows).values for name, model in models.items()},
    )


@dataclasses.dataclass
class Done:
    """What came of a run."""

    shard: object
    statistics: pd.DataFrame
    predicted: dict


SHARE = {"share": {"statistic": "introgression", "of": ["north", "ghost"]}}


@pytest.mark.parametrize("sizes", [(4, 4), (3, 5)])
def test_predictions_are_exchanged(tmp_path, monkeypatch, sizes):
    samples = dict(zip(("south", "north"), sizes, strict=True))
    config = make_config(samples, SHARE)
    one = run(tmp_path / "one", config, HISTORY, monkeypatch)
    assert np.unique(one.predicted["coalflow"]).size > 1
    exchanged, history = (json.loads(exchange(json.dumps(given))) for given in (config, HISTORY))
    other = run(tmp_path / "exchanged", exchanged, history, monkeypatch)
    np.testing.assert_array_equal(one.shard.haplotypes, other.shard.haplotypes)
    pd.testing.assert_frame_equal(
        one.statistics, other.statistics.rename(columns=exchange), check_exact=True
    )
    for name, values in one.predicted.items():
        np.testing.assert_array_equal(values, other.predicted[name], err_msg=name)
