import numpy as np
import pytest
from helpers.interpretation_figures import permutations_table, probes_table, saliency_table

from coalflow.report.figures.interpretation import activations
from coalflow.report.figures.interpretation.permutations import draw_permutations
from coalflow.report.figures.interpretation.probes import draw_probes
from coalflow.report.figures.interpretation.saliency import draw_saliency

pytestmark = pytest.mark.filterwarnings("error")


def texts_of(figure):
    figure.draw_without_rendering()
    return [text.get_text() for axis in figure.axes for text in axis.texts]


def test_shares_are_written_with_those_of_the_untrained_net():
    figure = draw_probes(probes_table(nets=1, statistics=("pi",)))
    assert texts_of(figure)[:3] == ["0.00", "0.40 (0.30)", "0.90 (0.30)"]


def test_statistics_that_are_not_defined_are_left_out():
    table = probes_table(statistics=("pi", "S"))
    table.loc[table["statistic"] == "S", "r2"] = np.nan
    figure = draw_probes(table)
    figure.draw_without_rendering()
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == ["pi"]


@pytest.mark.parametrize("nets", [1, 4])
def test_where_nothing_is_defined_the_picture_says_so(nets):
    assert "not defined: too few windows" in texts_of(
        draw_probes(probes_table(nets, defined=False))
    )


@pytest.mark.parametrize(
    ("models", "targets", "metric"),
    [(1, ("diversity",), "rmse"), (5, ("sweep",), "log_loss"), (2, ("a", "b"), "rmse_log10")],
)
def test_permutations_are_drawn(models, targets, metric):
    figure = draw_permutations(permutations_table(models, targets, metric))
    figure.draw_without_rendering()
    assert len(figure.axes) == len(targets)


@pytest.mark.parametrize("targets", [("diversity",), tuple("abcdefghij")])
def test_saliency_is_drawn(targets):
    table = saliency_table(targets)
    figure = draw_saliency(table)
    figure.draw_without_rendering()
    assert len(figure.axes) == 2 * min(len(targets), 8)


def test_signed_activations_have_white_at_zero():
    outputs = {
        "signed": np.array([-1.0, 0.0, 3.0], np.float32),
        "positive": np.array([0.0, 1.0, 3.0], np.float32),
        "died": np.full(3, np.nan, np.float32),
    }
    figure = activations.draw_activations(np.zeros((5, 4)), outputs, "a window")
    signed, positive, _ = (axis.images[0] for axis in figure.axes[1:4])
    assert signed.get_clim() == (-3, 3) and signed.get_cmap().name == "RdBu_r"
    assert positive.get_clim() == (0, 3) and positive.get_cmap().name == "viridis"


@pytest.mark.parametrize("most", [0.0, 2.0])
def test_what_haplotypes_add_has_a_panel_of_its_own(most):
    added = np.array([[0.0, most], [most / 2, 0.0]], np.float32)
    figure = activations.draw_activations(
        np.zeros((5, 2)), {"dense": np.ones(4, np.float32)}, "a window", added=added
    )
    figure.draw_without_rendering()
    panel, limit = figure.axes[1], most or 1.0
    assert panel.get_title() == activations.ADDED
    assert panel.images[0].get_clim() == (-limit, limit)


def test_a_window_that_does_not_exist_has_a_picture_that_says_so():
    assert texts_of(activations.draw_no_window("there is no such window")) == [
        "there is no such window"
    ]
