"""The picture of models on other data than those in training."""

import numpy as np
import pandas as pd
from helpers.data import make_predictands

from coalflow.evaluation.failures.judged_models import JudgedModels
from coalflow.report.figures.robustness import draw_robustness

TARGETS = make_predictands("sweep", classes=["hard", "neutral"]).targets
JUDGED = JudgedModels(("coalflow",), "ridge")
CONDITIONS = [
    ("as simulated", ""),
    *(("missing", value) for value in ("0.01", "0.5")),
    *(("demography", value) for value in ("other.yaml", "population_size 3000")),
    *((key, "1e-08") for key in ("mutation_rate", "recombination_rate", "distance")),
]


def make_table():
    rows = []
    for index, (key, value) in enumerate(CONDITIONS):
        place = {"key": key, "value": value, "windows": 100, "left_out": 0}
        for model in ("coalflow", "coalflow/0", "ridge", "mean"):
            for measure in ("accuracy", "log_loss", "coverage_90", "calibration_error"):
                score = 0.1 * index + 0.01 * len(model)
                rows.append(
                    {**place, "model": model, "target": "sweep", "measure": measure, "score": score}
                )
        rows.append({**place, "model": "", "target": "", "measure": "novel", "score": 0.5})
    table = pd.DataFrame(rows)
    return table.assign(ci_low=table["score"] - 0.05, ci_high=table["score"] + 0.05)


def draw(table):
    usual = {"missing": 0, "mutation_rate": 2e-8}
    return draw_robustness(table, JUDGED, TARGETS, usual).axes


def test_each_key_has_three_panels():
    axes = draw(make_table())
    assert len(axes) == 24  # two blocks of four columns
    titles = [axis.get_xlabel() for axis in axes if axis.get_xlabel()]
    assert titles == ["missing", "demography", "mutation rate", "recombination rate", "distance"]


def test_the_runs_own_value_is_part_of_the_curve():
    missing = draw(make_table())[0]
    (net, baseline) = [
        line for line in missing.lines if line.get_linestyle() == "-" and len(line.get_xdata()) > 2
    ]
    assert list(net.get_xdata()) == [0, 0.01, 0.5]
    assert {net.get_label(), baseline.get_label()} == {"coalflow", "ridge"}


def test_histories_are_named():
    labels = [text.get_text() for text in draw(make_table())[9].get_xticklabels()]
    assert labels == ["as simulated", "other.yaml", "population_size 3000"]


def test_conditions_without_windows_are_left_open():
    table = make_table()
    table.loc[table["key"] == "missing", ["score", "ci_low", "ci_high"]] = np.nan
    draw(table)
