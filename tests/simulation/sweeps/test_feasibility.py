"""What cannot be simulated is found out before anything is, with the cell's name."""

import csv
import json
import pathlib
import sys
from unittest import mock

import pytest
import yaml

import check_sweep
import simulate
from coalflow.config.loading import read_config
from coalflow.config.settings.making import SettingsMaker, write_settings
from coalflow.core.errors import CoalflowError
from coalflow.simulation.cell_simulator import CellSimulator
from coalflow.simulation.sweeps import feasibility
from coalflow.simulation.sweeps.trajectories import sweep_duration
from coalflow.simulation.sweeps.trajectories.selection import Selection
from coalflow.windows import shards

ROOT = pathlib.Path(__file__).resolve().parents[3]
TINY_SWEEPS = ROOT / "tests" / "cases" / "tiny_sweeps.yaml"


@pytest.fixture(autouse=True)
def working_folder(monkeypatch):
    """Demes files are relative to where Snakemake is started."""
    monkeypatch.chdir(ROOT)


def make_sweeps(demography=None, seed=7, **simulation):
    """Return the settings maker of the tiny sweeps, with changes; None deletes a key."""
    config = yaml.safe_load(TINY_SWEEPS.read_text())
    del config["genomes"]
    section = config["simulation"]
    for name, changes in {**simulation, "demography": demography or {}}.items():
        if isinstance(changes, dict):
            changes = {k: v for k, v in {**section[name], **changes}.items() if v is not None}
        section[name] = changes
    config["seed"] = seed
    return SettingsMaker(read_config(config))


def run(program, settings, output):
    arguments = [f"{program.__name__}.py", "--settings", write_settings(settings, code="")]
    with mock.patch.object(sys, "argv", [*arguments, "--output", str(output)]):
        program.main()


def check(maker, folder):
    """Run the program for each cell with a sweep; return the rows of their tables, by cell."""
    rows = {}
    for cell in maker.cells.values():
        if cell.is_swept:
            path = folder / f"{cell.name}.tsv"
            run(check_sweep, maker.check_sweep(cell), path)
            with path.open() as file:
                rows[cell.name] = list(csv.DictReader(file, delimiter="\t"))
    return rows


def refusal(maker, folder):
    with pytest.raises(CoalflowError) as caught:
        check(maker, folder)
    assert not list(folder.rglob("*.tsv"))
    return str(caught.value)


EUROPEAN = {"demes": "config/demography/human.yaml"}
SOFT = {"start_frequency": {"uniform": [0.05, 0.1]}}


def test_each_corner_of_each_sweep_is_a_row(tmp_path):
    prior = {**SOFT, "distance": None}
    maker = make_sweeps(EUROPEAN, grid={"sweep": ["neutral", "hard", "soft"]}, prior=prior)
    by_cell = check(maker, tmp_path)
    assert {cell: len(rows) for cell, rows in by_cell.items()} == {"sweep=hard": 4, "sweep=soft": 8}
    for row in by_cell["sweep=hard"] + by_cell["sweep=soft"]:
        assert tuple(row) == feasibility.COLUMNS
        s, time = float(row["selection_coefficient"]), float(row["fixation_time"])
        assert s in (0.03, 0.1)
        assert time in (500, 800)
        assert int(row["origin"]) > time + int(row["duration"]) - 20
        assert int(row["tries"]) > 0
    assert {row["start_frequency"] for row in by_cell["sweep=hard"]} == {"nan"}
    assert {row["start_frequency"] for row in by_cell["sweep=soft"]} == {"0.05", "0.1"}


def test_selection_and_duration_are_those_of_the_size_at_the_end(tmp_path):
    constant = {"population_size": 1000, "demes": None, "population": None, "selected_in": None}
    fixed = {"selection_coefficient": 0.05, "fixation_time": 3, "mutation_rate": 1e-8}
    none = dict.fromkeys(("selection_coefficient", "fixation_time", "distance"))
    maker = make_sweeps(constant, grid={"sweep": ["neutral", "hard"]}, prior=none, **fixed)
    ((row,),) = check(maker, tmp_path).values()
    assert float(row["2Ns"]) == 100
    expected = sweep_duration.estimate_duration(Selection(0.05, end_frequency=0.8), 2000)[0]
    assert float(row["likely_duration"]) == pytest.approx(expected, rel=1e-3)
    assert expected / 3 < int(row["duration"]) < 3 * expected
    assert int(row["origin"]) == 3 + int(row["duration"])


def test_the_table_is_that_of_its_seed(tmp_path):
    changes = {"grid": {"sweep": ["hard", "neutral"]}, "prior": {"distance": None}}
    first = check(make_sweeps(EUROPEAN, **changes), tmp_path)
    assert check(make_sweeps(EUROPEAN, **changes), tmp_path) == first
    assert check(make_sweeps(EUROPEAN, seed=8, **changes), tmp_path) != first


def test_a_new_cell_leaves_the_others_rows(tmp_path):
    few = check(
        make_sweeps(EUROPEAN, grid={"sweep": ["hard", "neutral"]}, prior={"distance": None}),
        tmp_path,
    )
    more = check(make_sweeps(EUROPEAN), tmp_path)
    assert more["sweep=hard"] == few["sweep=hard"]
    assert len(more) > len(few)


# What is found out ---------------------------------------------------------------------------


def test_standing_variation_in_several_populations_is_refused_with_the_cells_name(tmp_path):
    message = refusal(
        make_sweeps(grid={"sweep": ["neutral", "soft"]}, prior={**SOFT, "distance": None}), tmp_path
    )
    assert message.startswith(
        "cell sweep=soft, at selection_coefficient 0.03, start_frequency 0.05, fixation_time 500: "
        "a sweep from standing variation needs a demography of one population; this one has 2"
    )


def test_a_sweep_before_its_population_existed_is_found_out(tmp_path):
    """The lowest fixation_time could be; the highest is from before there were two."""
    two = {
        "time_units": "generations",
        "demes": [
            {"name": "old", "epochs": [{"start_size": 500, "end_time": 900}]},
            {"name": "A", "ancestors": ["old"], "epochs": [{"start_size": 500, "end_time": 700}]},
            {"name": "B", "ancestors": ["old"], "epochs": [{"start_size": 500, "end_time": 700}]},
            {
                "name": "C",
                "ancestors": ["A", "B"],
                "proportions": [0.5, 0.5],
                "start_time": 700,
                "epochs": [{"start_size": 500}],
            },
        ],
    }
    (tmp_path / "two.yaml").write_text(json.dumps(two))
    demography = {"demes": str(tmp_path / "two.yaml"), "population": "C", "selected_in": ["C"]}
    values = {
        "fixation_time": {"uniform": [10, 800]},
        "selection_coefficient": {"uniform": [0.1, 0.2]},
    }
    message = refusal(make_sweeps(demography, prior=values, mutation_rate=1e-8), tmp_path)
    assert message.startswith(
        "cell sweep=hard, at selection_coefficient 0.1, fixation_time 800: the sweep that ended "
        "800 generations ago would have to begin before there was a population C"
    )


def test_a_hopeless_sweep_is_found_out(tmp_path, monkeypatch):
    monkeypatch.setattr("coalflow.simulation.sweeps.feasibility.TrajectorySampler.draw", refuse)
    message = refusal(make_sweeps(end_frequency=1), tmp_path)
    assert message.startswith("cell sweep=hard, at selection_coefficient 0.03, fixation_time 500")
    assert "then set end_frequency below 1" in message
    assert "migrants" not in refusal(make_sweeps(EUROPEAN, end_frequency=1), tmp_path)


def refuse(*_):
    raise CoalflowError("no sweep ended")


def test_a_history_that_cannot_be_simulated_is_found_out():
    maker = make_sweeps()
    settings = maker.check_sweep(maker.cells["sweep=hard"])
    settings.history.graph["demes"][1]["epochs"][2]["size_function"] = "linear"
    with pytest.raises(CoalflowError, match="^the population history cannot"):
        feasibility.check_corners(CellSimulator(settings), 7)


# Shards of sweeps in a demes file ------------------------------------------------------------


def simulate_shard(folder, maker, cell, first, count):
    path = folder / cell.name / f"{first}+{count}.npz"
    run(simulate, maker.simulate(cell, first, count), path)
    return shards.read_shard(path, cell.name)


def test_sweeps_are_the_same_in_shards_of_another_size(tmp_path):
    maker = make_sweeps()
    for cell in maker.cells.values():
        whole = simulate_shard(tmp_path, maker, cell, 0, 4)
        parts = [simulate_shard(tmp_path, maker, cell, first, 2) for first in (0, 2)]
        for name in ("haplotypes", "positions", "replicate", "seed"):
            joined = b"".join(getattr(part, name).tobytes() for part in parts)
            assert getattr(whole, name).tobytes() == joined, name
        for name, values in whole.truth.items():
            assert values.tolist() == [v for part in parts for v in part.truth[name].tolist()], name
        assert whole.samples.number_of_haplotypes == 20
        assert len(whole.positions) > 0


def test_only_the_sampled_population_is_sampled(tmp_path):
    """Europeans have fewer sites than Africans: the bottleneck took them."""
    sites = {}
    for population in ("EUR", "AFR"):
        maker = make_sweeps({"population": population}, sequence_length=200_000)
        cell = maker.cells["sweep=neutral"]
        shard = simulate_shard(tmp_path / population, maker, cell, 0, 10)
        sites[population] = len(shard.positions)
    assert sites["EUR"] < 0.85 * sites["AFR"]
