import numpy as np
import pytest
from helpers.figures import CLASSES, draw_scan_of_classes, predict_classes, windows_table

from coalflow.evaluation.comparisons import ShownModel
from coalflow.evaluation.predictions import Prediction, tabulate_prediction
from coalflow.report.figures import class_scans, drawing

pytestmark = pytest.mark.filterwarnings("error")

SHOWN = [ShownModel("net", "net", "best"), ShownModel("trees", "baseline", "best baseline")]


def make_table(called, classes=CLASSES, flags=""):
    """Return windows that two models assign to the same classes, with 0.6."""
    table = windows_table(["1"], windows=len(called), nets=()).assign(flags=flags)
    chances = np.full((len(called), len(classes)), 0.4 / (len(classes) - 1))
    chances[np.arange(len(called)), [classes.index(name) for name in called]] = 0.6
    targets = predict_classes(classes).targets
    for model in SHOWN:
        table = table.assign(**tabulate_prediction(model.name, Prediction(chances), targets))
    return table


def list_titles(figure):
    return [axis.get_title(loc="left") for axis in figure.axes]


def find_dots(axis, colour):
    return [
        round(height, 6)
        for line in axis.lines
        if line.get_color() == colour
        for height in line.get_ydata()
    ]


def test_both_models_come_first_then_each_class_that_is_not_neutral():
    table = make_table(["neutral", "neutral", "hard", "soft"])
    figure = class_scans.draw_scan_of_classes(table, SHOWN, CLASSES, {})
    assert list_titles(figure) == [
        "not neutral, by net: another class is most probable in 2 windows",
        "not neutral, by trees: another class is most probable in 2 windows",
        "hard, by net: most probable in 1 window",
        "linked_hard, by net: most probable in 0 windows",
        "soft, by net: most probable in 1 window",
        "linked_soft, by net: most probable in 0 windows",
    ]
    first, _, hard, *_ = figure.axes
    assert find_dots(first, drawing.CLASS_COLOURS["neutral"]) == [0.4, 0.4]
    assert find_dots(first, drawing.CLASS_COLOURS["hard"]) == [0.9]
    colour = drawing.CLASS_COLOURS["hard"]
    assert find_dots(hard, colour) == [0.6]
    assert find_dots(hard, drawing.lighten(colour, class_scans.PALE)) == [0.1, 0.1, 0.1]


def test_flagged_windows_are_grey_and_not_counted():
    table = make_table(["neutral", "hard", "hard"], flags=["", "gap", ""])
    figure = class_scans.draw_scan_of_classes(table, SHOWN, CLASSES, {})
    assert list_titles(figure)[2] == "hard, by net: most probable in 1 window"
    assert find_dots(figure.axes[0], drawing.FLAGGED) == [0.9]
    texts = [text.get_text() for text in figure.legends[0].get_texts()]
    assert texts == [*CLASSES, "flagged (1 of 3 windows)"]


def test_of_two_classes_the_probability_of_one_says_all():
    classes = ("neutral", "sweep")
    figure = class_scans.draw_scan_of_classes(
        make_table(["neutral", "sweep"], classes), SHOWN, classes, {}
    )
    assert len(figure.axes) == 2


def test_without_a_neutral_class_each_has_a_row():
    classes = ("constant", "growth", "bottleneck")
    table = make_table(["growth"], classes)
    figure = class_scans.draw_scan_of_classes(table, SHOWN, classes, {})
    assert [title.split(",")[0] for title in list_titles(figure)] == [*classes, *classes]


def test_windows_without_a_prediction_have_no_dot():
    figure = draw_scan_of_classes(contigs=1, windows=4, without_sites=4)
    drawn = [height for line in figure.axes[0].lines for height in line.get_ydata()]
    assert not np.isfinite(drawn).any()
