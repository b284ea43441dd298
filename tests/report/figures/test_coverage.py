import numpy as np
import pytest
from helpers.figures import draw_coverage, statistics_table

from coalflow.report.figures import coverage, drawing

pytestmark = pytest.mark.filterwarnings("error")


def test_coverage_has_a_panel_for_each_statistic_and_one_for_all():
    figure = draw_coverage()
    panels = {axis.get_xlabel(): axis for axis in figure.axes if axis.get_xlabel()}
    assert set(panels) == {*statistics_table(1, 1), "all of them: first component"}
    assert panels["bases spanned"].get_xscale() == "log"
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == [
        "simulated: sweep hard",
        "simulated: sweep neutral",
        "genome mine",
        "genome other",
    ]


def test_coverage_without_genomes_shows_the_simulations(tmp_path):
    pilot = statistics_table(5, 1).assign(haplotypes=3)
    figure = coverage.draw_coverage(pilot, np.full(5, "all"), {}, [np.zeros((5, 2))])
    drawing.save_figure(figure, tmp_path / "check.png")
    assert (tmp_path / "check.svg").exists()


def test_bins_hold_as_many_whole_numbers_each():
    for low, high in ((3, 20), (0, 1000), (5, 5)):
        values = np.arange(low, high + 1)
        edges = coverage._choose_bins(values, log=False)
        assert edges[0] < low <= high < edges[-1]
        assert len({*np.diff(edges)}) <= 1
        assert (edges % 1 == 0.5).all()


def test_values_that_differ_by_rounding_have_bins_too():
    for value in (0.0, 1.5, -2e9):
        values = np.array([value, value + np.spacing(value)])
        edges = coverage._choose_bins(values, log=False)
        assert (np.diff(edges) > 0).all()
        assert edges[0] <= values.min() and values.max() <= edges[-1]
