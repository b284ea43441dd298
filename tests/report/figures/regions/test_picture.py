import numpy as np
import pytest
from helpers.regions import make_region_view, region_table

from coalflow.report.figures.regions import tracks
from coalflow.report.figures.regions.picture import draw_region

pytestmark = pytest.mark.filterwarnings("error")


def list_labels(figure):
    return [axis.get_ylabel().replace("\n", " ") for axis in figure.axes]


def test_panels_are_on_top_of_each_other_along_the_same_axis():
    figure = draw_region(make_region_view())
    assert list_labels(figure) == [
        "\N{MINUS SIGN}log10 p of swept",
        "probability, coalflow",
        "\N{GREEK SMALL LETTER PI} per kb",
        "Watterson's \N{GREEK SMALL LETTER THETA} per kb",
        "Tajima's D",
        "Fay and Wu's H per kb",
        "H12",
        "H2/H1",
        "",
        "genes",
    ]
    assert {axis.get_xlim() for axis in figure.axes} == {(0.2, 0.8)}
    places = [axis.get_position() for axis in figure.axes]
    assert all(above.y0 > below.y1 for above, below in zip(places, places[1:], strict=False))
    assert {(place.x0, place.x1) for place in places} == {(places[0].x0, places[0].x1)}


def test_numbers_have_their_prediction_in_place_of_classes():
    labels = list_labels(draw_region(make_region_view(classes=None)))
    assert labels[1] == "Tajima's D"


def test_what_is_not_known_has_no_panel():
    view = make_region_view(
        score=None, haplotypes=None, genes=None, windows=0, bands=None, region=None, peak=None
    )
    assert len(draw_region(view).axes) == 7


def test_p_values_are_drawn_with_the_threshold():
    figure = draw_region(make_region_view(threshold=0.001))
    axis = figure.axes[0]
    levels = [line.get_ydata()[0] for line in axis.lines if line.get_linestyle() == "--"]
    assert levels == [pytest.approx(3)]
    highest = max(
        np.nanmax(line.get_ydata())
        for line in axis.lines
        if line.get_color() == tracks.drawing.NET and len(line.get_ydata()) > 2
    )
    table = region_table(["coalflow", "ridge"], ("neutral", "hard"))
    assert highest == pytest.approx(-np.log10(table["coalflow:swept:region_p"].min()))


def test_p_values_beyond_what_can_be_known_are_at_the_upper_end():
    table = region_table(["coalflow", "ridge"], ("neutral", "hard"))
    table["coalflow:swept:region_p"] = 1e-60
    axis = draw_region(make_region_view(windows=20, haplotypes=None)).axes[0]
    tracks.draw_p_values(axis, tracks.Windows(table), make_region_view().shown, "swept", 0.01)
    assert axis.get_ylim()[1] < 2 * tracks.HIGHEST


def test_novel_windows_are_hatched_and_flagged_ones_are_crosses():
    windows = tracks.Windows(region_table(["coalflow"]))
    assert windows.list_novel() == [(0.25, 0.35)]
    assert np.flatnonzero(windows.is_flagged).tolist() == [6]
    figure = draw_region(make_region_view())
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert labels[-2:] == ["novel windows", "flagged"]
    crosses = [line for line in figure.axes[0].lines if line.get_marker() == "x"]
    assert {round(float(x), 6) for line in crosses for x in line.get_xdata()} == {0.35}


def test_novel_windows_that_overlap_are_joined():
    table = region_table(["coalflow"]).assign(flags="")
    table.loc[[2, 3, 8], "flags"] = ["novel", "gap,novel", "novel"]
    assert tracks.Windows(table).list_novel() == [(0.1, 0.25), (0.4, 0.5)]


def test_bands_are_those_of_neutral_windows_per_kb():
    view = make_region_view()
    axis = draw_region(view).axes[2]
    edges = sorted({float(y) for patch in axis.patches[:2] for y in patch.get_corners()[:, 1]})
    assert edges == pytest.approx([-2300, -700, 700, 2300])


def test_no_label_overlaps_another_or_leaves_the_picture():
    figure = draw_region(make_region_view(genes=40))
    figure.draw_without_rendering()
    renderer = figure.canvas.get_renderer()
    frame = figure.bbox
    texts = [text for axis in figure.axes for text in axis.texts if text.get_text()]
    boxes = [text.get_window_extent(renderer) for text in texts]
    boxes += [axis.yaxis.label.get_window_extent(renderer) for axis in figure.axes]
    boxes += [figure.legends[0].get_window_extent(renderer)]
    for index, box in enumerate(boxes):
        assert frame.x0 <= box.x0 and box.x1 <= frame.x1
        for other in boxes[:index]:
            assert not box.overlaps(other) or 0 in (box.width, other.width)
