import numpy as np
import pytest
from helpers.figures import draw_search, history_table, predict_numbers

from coalflow.report.figures import learning

pytestmark = pytest.mark.filterwarnings("error")


def test_losses_by_epoch_are_in_the_units_of_the_target():
    table = history_table(5)
    figure = learning.draw_loss_by_epoch({"net/0": table}, predict_numbers(), {"net/0": "squared"})
    (axis,) = figure.axes
    train, validation, best = axis.lines
    np.testing.assert_allclose(train.get_ydata(), 0.8 * np.sqrt(table["loss"]))
    np.testing.assert_allclose(validation.get_ydata(), 0.8 * np.sqrt(table["val_loss"]))
    assert list(best.get_xdata()) == [table["epoch"][table["val_loss"].idxmin()]]


def test_a_ring_marks_the_best_recipe():
    by_number, by_choice = draw_search(best=2).axes
    for axis, value in ((by_number, 3e-3), (by_choice, 1)):
        _, _, ring = axis.lines
        assert list(ring.get_xdata()) == [value]
        assert list(ring.get_ydata()) == [0.3]
    assert [len(axis.lines) for axis in draw_search(best=0).axes] == [2, 2]
