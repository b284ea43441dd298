import xml.etree.ElementTree

import matplotlib.pyplot as plt
import pytest
from helpers import figures

from coalflow.report.figures import drawing


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("tajimas_d", "Tajima's D"),
        ("diversity", "diversity (pi)"),
        ("coalescence_time", "coalescence time"),
        ("sweep", "sweep"),
        ("population_size", "population size"),
        ("demes.EUR.epochs.0.end_size", "demes.EUR.epochs.0.end_size"),
    ],
)
def test_titles_of_targets(name, title):
    assert drawing.find_title(name) == title


def test_figure_is_saved_as_png_and_svg_and_closed(tmp_path):
    before = plt.get_fignums()
    drawing.save_figure(figures.draw_loss_by_epoch(), tmp_path / "folder" / "figure.png")
    files = {path.name: path.read_bytes() for path in (tmp_path / "folder").iterdir()}
    assert sorted(files) == ["figure.png", "figure.svg"]
    assert files["figure.png"].startswith(b"\x89PNG\r\n")
    assert files["figure.svg"].startswith(b"<?xml")
    assert plt.get_fignums() == before


# A name that is no valid mathematics, such that drawing it would end in an error.
FORMULA = r"$\frac{_^$ $x$"


@pytest.mark.parametrize("name", ["$a$", FORMULA, "a_b^c", r"\$5", "<b>&amp;", "x--y"])
def test_names_are_drawn_as_they_are(name, tmp_path):
    figure, (axis, bars) = plt.subplots(1, 2)
    axis.plot([1, 2], [1, 2], label=name)
    axis.set(xlabel=name, ylabel=name, title=name)
    axis.legend()
    bars.barh([name, "b"], [1, 2])
    bars.set_xticks([0, 1], [name, "b"])
    drawing.save_figure(figure, tmp_path / "figure.png")
    texts = [text for text in figure.findobj(plt.Text) if text.get_text() == name]
    assert len(texts) >= 6
    assert not any(text.get_parse_math() for text in texts)
    xml.etree.ElementTree.parse(tmp_path / "figure.svg")


def test_ticks_of_log_scales_are_plain_numbers():
    figure, axis = plt.subplots()
    axis.plot([1e-3, 1e4], [0, 1])
    drawing.set_log_scale(axis, "x")
    figure.draw_without_rendering()
    labels = [label.get_text() for label in axis.get_xticklabels()]
    assert {"0.001", "1", "10,000"} < {*labels}


def test_powers_of_ten_of_other_libraries_are_drawn_as_powers(tmp_path):
    figure, axis = plt.subplots()
    axis.plot([1, 1e5], [0, 1])
    axis.set_xscale("log")
    drawing.save_figure(figure, tmp_path / "figure.png")
    labels = [label for label in axis.get_xticklabels() if "^{3}" in label.get_text()]
    assert len(labels) == 1
    assert labels[0].get_parse_math()
