"""What the report says of where models fail."""

import pandas as pd
import pytest
from helpers.failures import DIVERSITY, PAIR, SWEEP, predict_classes, predict_numbers

from coalflow.core.files import write_table
from coalflow.evaluation.failures import curves
from coalflow.evaluation.failures.errors_by_parameter import tabulate_errors
from coalflow.evaluation.failures.hold_out import tabulate_hold_out
from coalflow.evaluation.failures.window_power import tabulate_window_power
from coalflow.evaluation.failures.worst_regions import tabulate_worst_regions
from coalflow.report.failures.failures import summarise_failures
from coalflow.report.figures.drawing import find_title

CONFUSING = {"wrong": range(1, 6), "uncertain": range(1, 6), "largest_error": range(1, 4)}

pytestmark = pytest.mark.usefixtures("capped_bootstraps")


def write_regions(folder, predicted, predictands):
    table = tabulate_worst_regions(predicted, PAIR, predictands, 1, find_title)
    write_table(folder / "where_it_fails.tsv", table)
    errors = tabulate_errors(predicted, PAIR, predictands)
    write_table(folder / "errors_by_parameter.tsv", errors)
    rows = {
        kind: [{"kind": kind, "rank": rank, "cell": "a", "replicate": rank} for rank in chosen]
        for kind, chosen in CONFUSING.items()
    }
    write_table(
        folder / "confusing.tsv", pd.DataFrame([row for each in rows.values() for row in each])
    )


def test_regions_are_sentences(tmp_path):
    write_regions(tmp_path, predict_numbers(1200), DIVERSITY)
    found = summarise_failures(tmp_path, DIVERSITY.targets)
    assert found.worst[0].startswith("where history is growth and rate is 2 (net: RMSE ")
    assert "against" in found.worst[0]
    assert "; ridge: RMSE" in found.worst[0]
    assert found.looked_at >= 1
    assert found.net == "net"
    assert (found.areas, found.power, found.held_out, found.confusing) == ([], [], [], {})


def test_too_few_windows_have_no_sentences(tmp_path):
    write_regions(tmp_path, predict_numbers(3), DIVERSITY)
    found = summarise_failures(tmp_path, DIVERSITY.targets)
    assert (found.worst, found.looked_at) == ([], 0)


def test_of_classes_there_are_areas_and_power(tmp_path):
    test, validation = predict_classes(300, 1), predict_classes(300, 2)
    write_regions(tmp_path, test, SWEEP)
    contrasts = curves.list_contrasts(test, PAIR, SWEEP, ["neutral"])
    write_table(tmp_path / "curve_areas.tsv", curves.tabulate_areas(contrasts, 1))
    power = tabulate_window_power(test, validation, PAIR, SWEEP, ["neutral"])
    write_table(tmp_path / "window_power.tsv", power)
    (tmp_path / "figures").mkdir()
    for kind in ("wrong", "uncertain"):  # the same windows
        (tmp_path / "figures" / f"confusing_{kind}.png").touch()
    found = summarise_failures(tmp_path, SWEEP.targets)
    assert [(row["model"], row["class"]) for row in found.power] == [
        (model, name) for model in ("net", "ridge") for name in ("all", *SWEEP.classes)
    ]
    assert {row["rate"] for row in found.power} == {found.rate}
    assert len(found.areas) == 2 * 2 * 4
    assert list(found.confusing) == ["figures/confusing_wrong.png"]


def test_what_is_held_out_is_a_row_per_model(tmp_path):
    write_regions(tmp_path, predict_numbers(30), DIVERSITY)
    test = predict_numbers(200, 1)
    inside, held = (test[test["parameter:rate"] == rate].reset_index(drop=True) for rate in (1, 2))
    train = pd.DataFrame({"rate": [1.0]})
    table = tabulate_hold_out(inside, held, {"rate": (2,)}, train, PAIR, DIVERSITY)
    write_table(tmp_path / "hold_out.tsv", table)
    net, ridge = summarise_failures(tmp_path, DIVERSITY.targets).held_out
    assert (net.model, net.kind, net.measure) == ("net", "net", "RMSE")
    assert (ridge.model, ridge.kind) == ("ridge", "baseline")
    assert list(net.scores) == ["inside", "beyond, rate"]
    assert net.scores["beyond, rate"].value > net.scores["inside"].value
    assert net.coverage == {}
