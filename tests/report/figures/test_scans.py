import xml.etree.ElementTree

import matplotlib.pyplot as plt
import pytest
from helpers.figures import draw_scan, draw_scan_of_classes, make_card, windows_table

from coalflow.evaluation.comparisons import ShownModel
from coalflow.report.figures import drawing, scans

pytestmark = pytest.mark.filterwarnings("error")


def test_probabilities_along_a_genome_add_up_and_leave_gaps():
    figure = draw_scan_of_classes(contigs=1, windows=12, nets=1, without_sites=3)
    top = figure.axes[0].collections[-1].get_paths()[0].vertices
    assert top[:, 1].max() == pytest.approx(1)
    assert top[:, 1].min() == 0  # the first windows have no sites
    assert sum(bar.get_width() for bar in figure.axes[1].patches) == pytest.approx(2 * 9 / 12)


def test_nets_are_compared_with_each_other_where_a_target_cannot_be_computed():
    figure = draw_scan(contigs=1, nets=2, targets=2)
    labels = [axis.get_xlabel() for axis in figure.axes]
    assert "computed" in labels
    assert "flagel_tajimas_d/0" in labels
    dotted = [line.get_ydata()[0] for line in figure.axes[0].lines if line.get_ls() == ":"]
    assert dotted == [0.01, 100.0]


def test_scan_shows_the_first_eight_contigs():
    figure = draw_scan(contigs=10)
    figure.draw_without_rendering()
    texts = [text.get_text() for text in figure.findobj(plt.Text)]
    shown = [n for n in range(10) if f"contig chr{n}, Mb" in texts]
    assert shown == list(range(8))
    assert "the first 8 of 10 contigs" in figure.get_suptitle()
    assert "contigs" not in draw_scan(contigs=8).get_suptitle()


@pytest.mark.parametrize("draw", [draw_scan, draw_scan_of_classes])
def test_the_header_says_which_models_are_shown_and_why(draw):
    header = draw(nets=2).get_suptitle()
    first, second = header.split("; ")
    assert first.endswith("/0: the best but 0")
    assert second.endswith("/1: the best but 1. windows.bed has the first")


def test_baselines_and_nets_have_their_colours():
    table = windows_table(["1"], nets=("ridge", "net/0"))
    shown = [ShownModel("ridge", "baseline", "best"), ShownModel("net/0", "net", "best net")]
    figure = scans.draw_scan(table, shown, "computed", make_card("net", 0))
    along = figure.axes[0].lines[:3]
    assert [line.get_color() for line in along] == [drawing.TRUTH, drawing.BASELINE, drawing.NET]


@pytest.mark.parametrize("prefix", [r"$\frac{_^$ ", "scaffold" * 100, "\x01\x1b[31m", "<b>&"])
@pytest.mark.parametrize("draw", [draw_scan, draw_scan_of_classes])
def test_contigs_may_have_any_name(draw, prefix, tmp_path):
    drawing.save_figure(draw(contigs=2, prefix=prefix), tmp_path / "scan.png")
    xml.etree.ElementTree.parse(tmp_path / "scan.svg")
