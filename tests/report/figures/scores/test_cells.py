import warnings

import numpy as np
import pytest
from helpers.figures import cell_names, draw_scores_by_cell, make_cards, predictions_table

from coalflow.evaluation import scoring
from coalflow.report.figures import drawing
from coalflow.report.figures.scores import cells

pytestmark = pytest.mark.filterwarnings("error")


def test_errors_are_drawn_also_for_cells_with_few_windows():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # those of the scores are not the picture's
        figure = draw_scores_by_cell(number=2)
    figure.draw_without_rendering()


def test_equal_errors_are_drawn():
    """Their interval is a point, and rounding may move its ends to one side of the value."""
    cards = make_cards(restarts=1, baselines=1)
    for number in (3, 7, 19):
        predicted = predictions_table(cards, cell_names(2), number)
        predicted["flagel_tajimas_d/0:tajimas_d"] = predicted["truth:tajimas_d"] + 0.1
        scores = scoring.tabulate_cell_scores(predicted, cards, seed=1)
        shown = [("tajimas_d", "rmse")]
        cells.draw_scores_by_cell(scores, cards, shown).draw_without_rendering()


def test_every_cell_is_named():
    figure = draw_scores_by_cell(cells=3)
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert labels == [drawing.label_cell(cell) for cell in cell_names(3)]


def draw_with_an_exact_model(error):
    cards = make_cards(restarts=1, baselines=2)
    predicted = predictions_table(cards, cell_names(2))
    predicted["ridge:tajimas_d"] = predicted["truth:tajimas_d"] + error
    scores = scoring.tabulate_cell_scores(predicted, cards, seed=1)
    return cells.draw_scores_by_cell(scores, cards, [("tajimas_d", "rmse")]).axes[0]


def test_an_exact_model_leaves_no_empty_decades():
    axis = draw_with_an_exact_model(3e-9)
    low, high = axis.get_xlim()
    assert high / low < 100
    assert axis.get_title(loc="left").endswith("ridge: 3e-09 at most")
    arrows = [line for line in axis.lines if line.get_marker() == "<"]
    assert [line.get_xdata().tolist() for line in arrows] == [[0, 0]]


def test_a_good_model_is_drawn_to_scale():
    axis = draw_with_an_exact_model(0.01)
    assert axis.get_title(loc="left") == ""
    ridge = [line.get_xdata() for line in axis.lines if len(line.get_xdata()) == 2][-1]
    np.testing.assert_allclose(np.array(ridge, float), 0.01)
