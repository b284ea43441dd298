"""The picture of histories: of the first nine alone, and a message where none can be drawn."""

import sys

import pytest
from helpers.two_populations import read_changed, write_demes

import draw_histories
from coalflow.config.schema.distributions import Distribution
from coalflow.config.settings.making import SettingsMaker, write_settings
from coalflow.core.errors import CoalflowError
from coalflow.report.figures import drawing


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """Be in a folder with a demes file."""
    monkeypatch.chdir(tmp_path)
    write_demes(tmp_path)


def draw(settings, monkeypatch):
    arguments = ["draw_histories.py", "--settings", write_settings(settings, code="")]
    monkeypatch.setattr(sys, "argv", [*arguments, "--figure", "histories.png"])
    draw_histories.main()


def test_only_the_histories_that_are_shown_are_drawn(monkeypatch):
    built, shown = [], []
    build = draw_histories.demography.build_graph
    monkeypatch.setattr(
        draw_histories.demography, "build_graph", lambda one: built.append(one) or build(one)
    )
    monkeypatch.setattr(drawing, "save_figure", lambda figure, path: shown.append(figure))
    grid = {"demes.B.epochs.0.start_size": list(range(100, 120))}
    draw(SettingsMaker(read_changed(grid=grid)).draw_histories(), monkeypatch)
    assert len(built) == draw_histories.MOST == 9
    (figure,) = shown
    assert figure.get_supxlabel() == "the first 9 of 20 histories"


def test_a_prior_of_impossible_histories_is_reported(monkeypatch):
    prior = {"demes.A.epochs.0.end_time": {"uniform": [10, 300]}}
    settings = SettingsMaker(read_changed(prior=prior)).draw_histories()
    (cell,) = settings.cells
    after = Distribution.model_validate({"uniform": [-9, -1]})
    parameters = {**cell.parameters, "demes.A.epochs.0.end_time": after}
    never = settings.model_copy(
        update={"cells": (cell.model_copy(update={"parameters": parameters}),)}
    )
    with pytest.raises(CoalflowError, match="none of 1,000 draws of the prior makes a possible"):
        draw(never, monkeypatch)
