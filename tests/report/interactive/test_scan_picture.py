import json

import altair
import jsonschema
import pytest
from helpers.interactive import make_regions, make_tracks, make_windows, write_scan

from coalflow.report.figures import drawing
from coalflow.report.interactive.dark_colours import PAPER, compute_contrast, list_dark_colours
from coalflow.report.interactive.page_scans import PageScans
from coalflow.report.interactive.scan_picture import make_scan_picture


def make_picture(folder, table, tracks, regions=None, most=1000):
    return make_scan_picture(write_scan(folder, table, regions), "mine", tracks, most)


def list_titles(picture):
    rows = json.loads(picture.content)["specification"]["vconcat"]
    return [row["title"]["text"] for row in rows]


@pytest.mark.parametrize("classes", [None, ("neutral", "hard"), ("a", "b", "c")])
@pytest.mark.parametrize("flags", [None, "gap"])
def test_specifications_are_such_as_vega_lite_understands(tmp_path, classes, flags):
    table = make_windows(classes=classes, flags=flags, targets=2)
    picture = make_picture(tmp_path, table, make_tracks(classes, targets=2), make_regions())
    specification = json.loads(picture.content)["specification"]
    altair.Chart.from_dict(specification, validate=True)
    with pytest.raises(jsonschema.ValidationError):
        specification["vconcat"][0]["layer"][0]["mark"]["type"] = "no such mark"
        altair.Chart.from_dict(specification, validate=True)


def test_rows_show_p_predictions_and_novelty(tmp_path):
    classes = make_picture(tmp_path, make_windows(), make_tracks())
    assert list_titles(classes) == [
        "swept: \N{MINUS SIGN}log10 p, by coalflow",
        "Probability of each class, by coalflow",
        "Novelty: \N{MINUS SIGN}log10 p",
    ]
    table = make_windows(classes=None, targets=2).drop(
        columns=["novelty", "coalflow:swept:region_p"]
    )
    numbers = make_picture(tmp_path, table, make_tracks(None, targets=2))
    assert [title.split(",")[0] for title in list_titles(numbers)] == ["Fst", "Tajima's D"]


def test_the_legend_has_what_occurs(tmp_path):
    def list_labels(**changes):
        table = make_windows(**changes)
        return [each.label for each in make_picture(tmp_path, table, make_tracks()).explained]

    some = list_labels()
    assert some[:5] == ["neutral", "hard", "linked_hard", "soft", "linked_soft"]
    assert some[5:] == ["p of 0.01 or less", "p = 0.01", "novel", "flagged"]
    assert list_labels(flags="")[5:] == ["p of 0.01 or less", "p = 0.01"]


def test_windows_are_short_columns(tmp_path):
    table = make_windows()
    content = json.loads(make_picture(tmp_path, table, make_tracks(), make_regions()).content)
    assert content["contig"] == [[0, 30], [1, 30]]
    assert content["start"] == [[0, 1], [10_000, 29], [-290_000, 1], [10_000, 29]]
    assert content["columns"]["class0"][0] == float(f"{table['coalflow:neutral'][0]:.3g}")
    first, second = content["regions"]
    assert first["genes"] == "LCT,MCM6"
    assert "genes" not in second
    assert (second["number"], second["contig"], second["q"]) == (2, 1, 0.0123)


def test_no_name_ends_the_script(tmp_path):
    name = "</script><b>&"
    picture = make_picture(tmp_path, make_windows((name,)), make_tracks(), make_regions((name,)))
    assert "<" not in picture.content
    assert json.loads(picture.content)["contigs"][0][0] == name


def test_the_same_windows_give_the_same_bytes(tmp_path):
    first, second = (make_picture(tmp_path, make_windows(), make_tracks()) for _ in range(2))
    assert first.content == second.content


def test_very_many_windows_weigh_little(tmp_path):
    table = make_windows([f"chr{n}" for n in range(20)], 15_000)
    picture = make_picture(tmp_path, table, make_tracks(), most=20_000)
    assert (picture.total, picture.drawn <= 21_000) == (300_000, True)
    assert len(picture.content) < 2_000_000


def test_genomes_of_a_page_share_its_weight(tmp_path):
    assert PageScans(tmp_path, 1).most == PageScans(tmp_path, 3).most == 20_000
    assert PageScans(tmp_path, 30).most == 2000


def test_marks_stand_out_from_dark_paper():
    dark = list_dark_colours()
    marks = {*drawing.CLASS_COLOURS.values(), drawing.ENSEMBLE, drawing.NOVEL, drawing.THRESHOLD}
    assert all(compute_contrast(dark[colour], PAPER) >= 4.5 for colour in marks)
    assert compute_contrast(dark[drawing.TRUTH], PAPER) >= 7
    for kind in ("hard", "soft"):
        shades = [dark[drawing.CLASS_COLOURS[name]] for name in (kind, f"linked_{kind}")]
        assert compute_contrast(*shades) >= 1.8
