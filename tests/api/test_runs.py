"""Windows and predictions of runs, and models that predict these windows again."""

import contextlib

import numpy as np
import pandas as pd
import pytest
from helpers.workflow import RESULTS

import coalflow
from coalflow import CoalflowError

CELLS = 4
CLASSES = ["growth", "constant", "bottleneck"]


@pytest.mark.parametrize("name", ["flagel_tajimas_d", "ridge", "gradient_boosting"])
def test_models_predict_in_python_as_they_did_in_the_run(finished, name):
    windows, table = (
        load(finished / RESULTS) for load in (coalflow.load_windows, coalflow.load_predictions)
    )
    model = coalflow.load_model(finished / RESULTS / "models" / name)
    predicted = model.predict(windows)
    assert (windows.parameters[["cell", "replicate"]] == table[["cell", "replicate"]]).all(
        axis=None
    )
    assert (windows.truth["tajimas_d"] == table["truth:tajimas_d"]).all()
    # Float32 rounds differently in batches of another size.
    for end in ("", ":low", ":high"):
        theirs = table[f"{name}:tajimas_d{end}"]
        np.testing.assert_allclose(predicted[f"tajimas_d{end}"], theirs, rtol=1e-5, atol=1e-6)
    with contextlib.chdir(finished):
        along = model.predict(RESULTS / "genomes/simulated/simulated.vcf.gz")
    scanned = pd.read_csv(finished / RESULTS / "genomes/simulated/windows.tsv", sep="\t")
    assert (along[["start", "sites"]] == scanned[["start", "sites"]]).all(axis=None)
    np.testing.assert_allclose(
        along[["tajimas_d", "tajimas_d:p", "tajimas_d:q"]],
        scanned[[f"{name}:tajimas_d{end}" for end in ("", ":p", ":q")]],
        rtol=1e-5,
        atol=1e-6,
    )


def test_some_windows_are_spread_over_all_cells(finished):
    windows = coalflow.load_windows(finished / RESULTS, split="train", count=CELLS)
    assert len(set(windows.parameters["cell"])) == len(windows) == CELLS
    some = windows[1:3]
    assert [len(each) for each in (some, some.truth, some.positions, some.statistics)] == [2] * 4
    for window, truth in zip(some, windows.truth["tajimas_d"][1:3], strict=True):
        assert window.truth == {"tajimas_d": truth}
        assert window.haplotypes.shape == (20, len(window.positions))
        assert window.statistics["tajimas_d"] == pytest.approx(truth)
    assert windows[-1].parameters["population_size"] == 20_000
    with pytest.raises(CoalflowError, match="did you mean test"):
        coalflow.load_windows(finished / RESULTS, split="tset")
    with pytest.raises(CoalflowError, match="not the results of a run"):
        coalflow.load_windows(finished)
    with pytest.raises(CoalflowError, match="held_out_predictions.parquet: there is no such file"):
        coalflow.load_predictions(finished / RESULTS, split="held_out")


def test_classes_are_predicted_in_python_as_in_the_run(results_of_classes):
    windows = coalflow.load_windows(results_of_classes)
    table = coalflow.load_predictions(results_of_classes)
    assert (windows.truth["history"] == table["truth"]).all()
    assert {len(positions) < 40 for positions in windows.positions} == {True, False}
    training = coalflow.load_windows(results_of_classes, split="train")
    (empty, *_) = [window for window in training if not len(window.positions)]
    for name in ("flagel_sweeps", "logistic_regression"):
        model = coalflow.load_model(results_of_classes / "models" / name)
        assert model.classes == tuple(CLASSES)
        predicted = model.predict(windows)
        theirs = table[[f"{name}:{each}" for each in CLASSES]]
        mine = predicted[[f"history:{each}" for each in CLASSES]]
        np.testing.assert_allclose(mine, theirs, rtol=1e-5, atol=1e-6)
        assert (predicted["history"] == table[name]).all()
        assert (predicted["history:set"] == table[f"{name}:set"]).all()
        assert model.predict(empty.haplotypes, empty.positions)["history"][0] in CLASSES
