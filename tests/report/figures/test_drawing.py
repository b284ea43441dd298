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
