import numpy as np
import pandas as pd
import pytest
from helpers.figures import (
    CLASSES,
    make_card,
    predict_classes,
    predict_numbers,
    show_models,
    windows_table,
)

from coalflow.evaluation.predictions import Prediction, tabulate_prediction
from coalflow.report.figures import drawing
from coalflow.report.figures.class_scans import draw_scan_of_classes
from coalflow.report.figures.regions.genome_track import Significance
from coalflow.report.figures.scans import draw_scan

pytestmark = pytest.mark.filterwarnings("error")

NET = "net/0"
P = np.array([0.5, 1e-5, 0.2, np.nan, 1e-3, 0.9])


def make_track(table, verdicts=("found",)):
    regions = table.iloc[[1, 4][: len(verdicts)]][["contig", "start", "end"]].assign(
        verdict=list(verdicts)
    )
    regions = regions.assign(peak_start=regions["start"], peak_end=regions["end"])
    return Significance("swept", NET, P, 0.01, regions)


def draw(verdicts=("found",), numbers=False):
    table = windows_table(["1", "2"], windows=3, nets=(NET,)).assign(
        flags=["", "", "", "", "x", ""]
    )
    track = make_track(table, verdicts)
    if numbers:
        card = make_card("net", 0, "net", predict_numbers())
        return draw_scan(table, show_models([NET]), "computed", card, {}, track)
    chances = Prediction(np.full((6, len(CLASSES)), 1 / len(CLASSES)))
    targets = predict_classes().targets
    table = table.assign(**tabulate_prediction(NET, chances, targets))
    return draw_scan_of_classes(table, show_models([NET]), CLASSES, {}, track)


def find_heights(axis, colour):
    return [
        round(float(height), 3)
        for line in axis.lines
        if line.get_color() == colour
        for height in line.get_ydata()
    ]


@pytest.mark.parametrize("numbers", [False, True])
def test_p_values_come_first_with_their_threshold(numbers):
    axis = draw(numbers=numbers).axes[0]
    title = axis.get_title(loc="left")
    assert title == "\N{MINUS SIGN}log10 p of swept, by net/0: 1 region found, 0 questions"
    assert find_heights(axis, drawing.REGION) == [5.0]
    assert find_heights(axis, drawing.NULL)[:2] == [0.301, 0.699]
    assert find_heights(axis, drawing.FLAGGED) == [3.0]
    assert find_heights(axis, drawing.THRESHOLD) == [2.0, 2.0]


def test_found_regions_and_questions_are_marked_at_their_peaks():
    figure = draw(("found", "question"))
    marks = [line for line in figure.axes[0].lines if line.get_marker() == "v"]
    assert [line.get_xdata().tolist() for line in marks] == [
        [pytest.approx(0.002)],
        [pytest.approx(0.006)],  # the second contig begins where the first one ends
    ]
    texts = [text.get_text() for text in figure.legends[0].get_texts()]
    assert texts[-3:] == ["p = 0.01", "region found", "question (novel or flagged)"]


def test_without_regions_nothing_is_marked():
    table = windows_table(["1", "2"], windows=3, nets=())
    track = Significance("swept", NET, P, 0.01, pd.DataFrame())
    assert track.count_regions("found") == 0
    chances = Prediction(np.full((6, len(CLASSES)), 1 / len(CLASSES)))
    table = table.assign(**tabulate_prediction(NET, chances, predict_classes().targets))
    figure = draw_scan_of_classes(table, show_models([NET]), CLASSES, {}, track)
    assert not [line for line in figure.axes[0].lines if line.get_marker() == "v"]
