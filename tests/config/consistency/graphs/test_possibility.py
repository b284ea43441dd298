"""Graphs that the grid makes impossible, and populations whose lineages never meet."""

import shutil

import pytest
import yaml
from helpers.cases import CASES
from helpers.configs import HEADER, complaint, complaint_about, sweeps_with

from coalflow.config.loading import read_config

OLD = {"name": "old", "epochs": [{"start_size": 900, "end_time": 50}]}
A = {"name": "A", "ancestors": ["old"], "epochs": [{"start_size": 90}]}
B = {
    "name": "B",
    "ancestors": ["old"],
    "epochs": [{"start_size": 90, "end_time": 40}, {"end_time": 0}],
}


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """Be in a folder of one's own."""
    monkeypatch.chdir(tmp_path)


def under(demes, grid=None, **parts):
    history = {"time_units": "generations", "demes": demes, **parts}
    with open("mine.yaml", "w") as file:
        yaml.safe_dump(history, file)
    config = sweeps_with(samples=20)
    section = config["simulation"]
    section["demography"] = {"demes": "mine.yaml"}
    section["samples"] = {"A": 3, "B": 3}
    del section["grid"], section["prior"]
    if grid:
        section["grid"] = grid
    return config


def test_values_of_the_grid_that_contradict_each_other():
    grid = {"demes.B.epochs.0.end_time": [10, 45, 60]}
    message = complaint_about(under([OLD, A, B], grid))
    assert message.startswith(
        f"{HEADER}  simulation.grid.demes.B.epochs.0.end_time is impossible, at "
        "demes.B.epochs.0.end_time 60: "
    )
    assert "must have start_time > end_time" in message
    assert message.count("\n") == 1
    read_config(under([OLD, A, B], {"demes.B.epochs.0.end_time": [10, 45]}))


ALONE = [{**one, "ancestors": []} for one in (A, B)]
MOVE = {"rate": 0.01, "source": "A", "dest": "B"}
MEETING = {
    "a common ancestor": ([OLD, A, B], {}),
    "migration since ever": (ALONE, {"migrations": [MOVE]}),
}
STRANGERS = {
    "no ancestor": (ALONE, {}),
    "migration that began": (ALONE, {"migrations": [{**MOVE, "start_time": 30}]}),
    "a pulse": (
        ALONE,
        {"pulses": [{"sources": ["A"], "dest": "B", "time": 9, "proportions": [0.5]}]},
    ),
}


@pytest.mark.parametrize(("demes", "parts"), MEETING.values(), ids=list(MEETING))
def test_populations_that_meet(demes, parts):
    read_config(under(demes, **parts))


@pytest.mark.parametrize(("demes", "parts"), STRANGERS.values(), ids=list(STRANGERS))
def test_populations_that_never_meet_are_refused(demes, parts):
    message = complaint_about(under(demes, **parts))
    assert "simulation.demography.demes has no common ancestor of A and B, " in message


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("linear", "line 4: demes.A.epochs.0.size_function is 'linear', but only constant and"),
        ("selfing", "line 4: demes.A.epochs.0.selfing_rate is 0.9, but selfing is not simulated"),
        ("extinct", "simulation.samples.A is extinct today: say when it is sampled"),
        ("years", ""),
    ],
)
def test_quirks_of_demes_files(tmp_path, name, message):
    for file in (CASES / "41-demes-quirks").glob(f"*_{name}.yaml"):
        shutil.copy(file, tmp_path)
    if message:
        assert message in complaint(f"s3_{name}.yaml")
    else:
        read_config(yaml.safe_load((tmp_path / f"s3_{name}.yaml").read_text()))


def test_a_prior_of_impossible_histories_is_refused():
    config = under([OLD, A, B])
    path = "demes.B.epochs.0.end_time"
    config["simulation"]["prior"] = {path: {"uniform": [60, 90]}}
    message = complaint_about(config)
    assert f"simulation.prior.{path} cannot be drawn (2,000 attempts): it makes a hist" in message
    assert "must have start_time > end_time" in message
    config["simulation"]["prior"] = {path: {"uniform": [40, 90]}}
    read_config(config)
