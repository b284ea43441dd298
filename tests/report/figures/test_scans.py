import xml.etree.ElementTree

import numpy as np
import pytest
from helpers.figures import draw_scan, draw_scan_of_classes, make_card, windows_table

from coalflow.evaluation.comparisons import ShownModel
from coalflow.report.figures import drawing, scans

pytestmark = pytest.mark.filterwarnings("error")

SHOWN = [ShownModel("ridge", "baseline", "best"), ShownModel("net/0", "net", "best net")]


def draw(table, shown=SHOWN, lengths=None):
    return scans.draw_scan(table, shown, "computed", make_card("net", 0), lengths or {})


def list_legend(figure):
    return [text.get_text() for text in figure.legends[0].get_texts()]


def find_dots(axis, colour, marker="o"):
    """Return the heights of the dots, or crosses, of one colour."""
    return np.concatenate(
        [
            line.get_ydata()
            for line in axis.lines
            if line.get_color() == colour and line.get_marker() == marker
        ]
    )


def find_course(axis):
    """Return the line of the best model."""
    return next(line for line in axis.lines if line.get_lw() == 0.9 and line.get_ls() == "-")


def test_every_window_has_a_dot_and_flagged_ones_are_crosses():
    table = windows_table(["1", "2"], nets=("ridge", "net/0"))
    table["flags"] = ["gap", "", ""] * 8
    figure = draw(table)
    along = figure.axes[0]
    predicted = table["ridge:tajimas_d"]
    assert find_dots(along, drawing.FLAGGED, "x").tolist() == predicted[::3].tolist()
    assert find_dots(along, drawing.BASELINE).tolist() == predicted[table["flags"] == ""].tolist()
    assert "flagged (8 of 24 windows)" in list_legend(figure)


def test_without_flags_none_is_in_the_legend():
    figure = draw(windows_table(["1"], nets=("ridge", "net/0")).assign(flags=np.nan))
    assert list_legend(figure) == ["ridge", "net/0", "computed by tskit", "range in training"]


def test_the_line_breaks_at_flagged_windows_and_between_contigs():
    table = windows_table(["1", "2"], nets=("ridge", "net/0")).assign(flags="")
    table.loc[3, "flags"] = "short"
    line = find_course(draw(table).axes[0])
    assert np.flatnonzero(np.isnan(line.get_ydata())).tolist() == [3, 12]


def test_of_many_windows_the_line_shows_medians_and_dots_are_pixels():
    table = windows_table(["1", "2"], windows=2000, nets=("ridge", "net/0")).assign(flags="")
    figure = draw(table)
    along = figure.axes[0]
    line = find_course(along)
    assert np.isfinite(line.get_ydata()).sum() == scans.MOST_STEPS
    assert np.nanmax(np.abs(line.get_ydata())) < table["ridge:tajimas_d"].abs().max() / 2
    assert all(dots.get_rasterized() for dots in along.lines if dots.get_marker() == "o")
    assert "computed by tskit" not in list_legend(figure)


def test_pictures_of_very_many_windows_are_small(tmp_path):
    sizes = {}
    for windows in (2_000, 50_000):
        figure = draw_scan(contigs=3, windows=windows, nets=2)
        drawing.save_figure(figure, tmp_path / "scan.png")
        sizes[windows] = (tmp_path / "scan.svg").stat().st_size
    assert sizes[50_000] < min(2e6, 2 * sizes[2_000])


def list_labels(figure):
    return [axis.get_ylabel() for axis in figure.axes]


def test_differences_are_those_from_what_is_computed():
    table = windows_table(["1"], nets=("ridge", "net/0")).assign(flags="")
    along, below = draw(table).axes
    assert below.get_ylabel() == "predicted\n\N{MINUS SIGN} computed"
    net = find_dots(below, drawing.NET)
    np.testing.assert_allclose(net, table["net/0:tajimas_d"] - table["computed:tajimas_d"])
    assert len(find_dots(below, drawing.BASELINE)) == len(table)
    rings = [line for line in along.lines if line.get_markerfacecolor() == "none"]
    assert [line.get_ydata().tolist() for line in rings] == [table["computed:tajimas_d"].tolist()]


def test_where_nothing_is_computed_models_differ_from_the_first():
    # One target cannot be computed; it is learned as a logarithm, so models have a ratio.
    labels = list_labels(draw_scan(contigs=1, nets=2, targets=2))
    assert labels == [
        "Fst",
        "flagel_tajimas_d/1\n/ flagel_tajimas_d/0",
        "Tajima's D",
        "predicted\n\N{MINUS SIGN} computed",
    ]


def test_one_model_alone_differs_from_nothing():
    assert list_labels(draw_scan(computed=False)) == ["Tajima's D"]


def test_windows_that_are_flagged_have_no_difference():
    table = windows_table(["1"], nets=("ridge", "net/0")).assign(flags="")
    table.loc[:4, "flags"] = "gap"
    dots = find_dots(draw(table).axes[1], drawing.NET)
    assert np.isnan(dots).tolist() == [True] * 5 + [False] * 7


def test_range_in_training_is_dotted_where_it_is_near():
    table = windows_table(["1"], nets=("ridge", "net/0")).assign(flags="")
    axis = draw(table).axes[0]
    dotted = [line.get_ydata()[0] for line in axis.lines if line.get_ls() == ":"]
    assert dotted == [-2.0, 2.5]
    low, high = axis.get_ylim()
    assert low < -2.0
    assert high > 2.5
    for column in ("ridge:tajimas_d", "net/0:tajimas_d", "computed:tajimas_d"):
        table[column] /= 100
    figure = draw(table)
    low, high = figure.axes[0].get_ylim()
    assert high - low < 0.1
    assert "range in training (beyond the picture)" in list_legend(figure)


@pytest.mark.parametrize("value", [0.0, -1.0, np.nan, 5.0])
def test_limits_of_logarithms_are_positive(value):
    low, high = scans._find_limits(np.array([value]), (0.0, 2.0), is_log=True)
    assert 0 < low < high


def test_intervals_are_shaded():
    with_interval, without = draw_scan(), draw_scan(interval=False)
    assert len(with_interval.axes[0].collections) == 1
    assert len(without.axes[0].collections) == 0
    assert "its 90 % interval" in list_legend(with_interval)


@pytest.mark.parametrize("draw_any", [draw_scan, draw_scan_of_classes])
def test_the_header_says_which_models_are_shown_and_why(draw_any):
    header = draw_any(nets=2).legends[0].get_title().get_text()
    first, second = header.split("; ")
    assert first.endswith("/0: the best but 0")
    assert second.endswith("/1: the best but 1. windows.bed has the first")


def test_long_names_of_models_are_wrapped():
    name = "a_net_whose_name_is_as_long_as_a_sentence_" * 3
    table = windows_table(["1"], nets=(name,)).assign(flags="")
    figure = draw(table, [ShownModel(name, "net", "the best model on validation windows")])
    figure.draw_without_rendering()
    title = figure.legends[0].get_title()
    assert "\n" in title.get_text()
    assert title.get_window_extent().x1 <= figure.bbox.x1


@pytest.mark.parametrize("prefix", [r"$\frac{_^$ ", "scaffold" * 100, "\x01\x1b[31m", "<b>&"])
@pytest.mark.parametrize("draw_any", [draw_scan, draw_scan_of_classes])
def test_contigs_may_have_any_name(draw_any, prefix, tmp_path):
    for contigs in (1, 2):
        drawing.save_figure(draw_any(contigs=contigs, prefix=prefix), tmp_path / "scan.png")
        xml.etree.ElementTree.parse(tmp_path / "scan.svg")
