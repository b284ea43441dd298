"""What contradicts a demes file, and populations without one."""

import copy

import pytest
import yaml
from helpers.configs import (
    HEADER,
    QUICKSTART,
    ROOT,
    complaint,
    complaint_about,
    quickstart,
    read_files,
    sweeps_with,
    write,
)

from coalflow.config import grid
from coalflow.config.loading import read_config

TWO_POPULATIONS = {
    "time_units": "generations",
    "demes": [
        {"name": "old", "epochs": [{"start_size": 9000, "end_time": 2000}]},
        {"name": "north", "ancestors": ["old"], "epochs": [{"start_size": 500}]},
        {"name": "south", "ancestors": ["old"], "epochs": [{"start_size": 800}]},
    ],
}


@pytest.fixture
def demes_file(tmp_path, monkeypatch):
    """Give a demes file of two populations, and be where it is."""
    monkeypatch.chdir(tmp_path)
    return write(tmp_path, yaml.safe_dump(TWO_POPULATIONS), "two.yaml")


def under_demes(demography, **sections):
    config = sweeps_with()
    config["simulation"]["demography"] = {"demes": "two.yaml", **demography}
    for name, changes in sections.items():
        config.setdefault(name, {}).update(changes)
    return config


def test_cells_of_a_demes_file_have_neither_size_nor_history(demes_file):
    genomes = {"mine": {"simulate": {"sequence_length": 1000}}}
    given = under_demes({"population": "north", "selected_in": ["old", "north"]}, genomes=genomes)
    config = read_config(given)
    assert read_config(config.as_written()) == config
    assert config.genomes["mine"].simulate.as_json() == genomes["mine"]["simulate"]
    assert config.graph == TWO_POPULATIONS
    names = grid.list_parameters(config.simulation)
    assert names == ["sequence_length", "mutation_rate", "recombination_rate"]
    for cell in grid.list_cells(config.simulation):
        assert set(names) <= set(cell.parameters)
        assert not {"population_size", "history"} & set(cell.parameters)


def test_a_population_cannot_have_the_name_of_all(demes_file):
    demes_file.write_text(demes_file.read_text().replace("south", "all"))
    given = under_demes({}, simulation={"samples": {"all": 5, "north": 5}, "sweep": None})
    del given["simulation"]["sweep"]
    assert (
        "simulation.samples.all is 'all', the name of a sample that has no populations: rename the "
        "population in the demes file"
    ) in complaint_about(given)


def test_the_only_population_of_today_need_not_be_named(demes_file):
    one = copy.deepcopy(TWO_POPULATIONS)
    del one["demes"][1]
    demes_file.write_text(yaml.safe_dump(one))
    assert read_config(under_demes({})).simulation.demography.population is None


NORTH = {"population": "north"}
DEMOGRAPHY = "simulation.demography."
CONTRADICTS = "contradicts simulation.demography.demes, "
WHOLE = "which specifies the whole history: delete one"
UNDER_DEMES = {
    "size": (
        {**NORTH, "population_size": 500},
        {},
        f"{DEMOGRAPHY}population_size {CONTRADICTS}{WHOLE}",
    ),
    "history": (
        {**NORTH, "history": "constant"},
        {},
        f"{DEMOGRAPHY}history {CONTRADICTS}{WHOLE}",
    ),
    "histories": (
        {**NORTH, "histories": {"odd": [{"start_size": 2.0}]}},
        {},
        f"{DEMOGRAPHY}histories {CONTRADICTS}{WHOLE}",
    ),
    "sizes in the grid": (
        NORTH,
        {"simulation": {"grid": {"sweep": ["neutral", "hard"], "population_size": [5, 6]}}},
        f"simulation.grid.population_size {CONTRADICTS}{WHOLE}",
    ),
    "histories in the grid": (
        NORTH,
        {"simulation": {"grid": {"sweep": ["neutral", "hard"], "history": ["constant"]}}},
        f"simulation.grid.history {CONTRADICTS}{WHOLE}",
    ),
    "no population": (
        {},
        {},
        f"{DEMOGRAPHY}population is missing: north, south can be sampled, name one of them, "
        "or sample several (simulation.samples)",
    ),
    "unknown population": (
        {"population": "nort"},
        {},
        f"{DEMOGRAPHY}population names 'nort', but the populations of today are: north, south; "
        "did you mean north?",
    ),
    "population of the past": (
        {"population": "old"},
        {},
        f"{DEMOGRAPHY}population names 'old', but the populations of today are: north, south",
    ),
    "selected in an unknown population": (
        {**NORTH, "selected_in": ["old", "suoth"]},
        {},
        f"{DEMOGRAPHY}selected_in.1 names 'suoth', but the populations are: old, north, south; "
        "did you mean south?",
    ),
    "size of a simulated genome": (
        NORTH,
        {"genomes": {"mine": {"simulate": {"sequence_length": 9, "population_size": 5}}}},
        f"genomes.mine.simulate.population_size {CONTRADICTS}whose history is used: delete it",
    ),
    "history of a simulated genome": (
        NORTH,
        {"genomes": {"mine": {"simulate": {"sequence_length": 9, "history": "constant"}}}},
        f"genomes.mine.simulate.history {CONTRADICTS}whose history is used: delete it",
    ),
    "samples of an unknown population": (
        NORTH,
        {
            "simulation": {
                "samples": {"north": 4, "sooth": 4},
                "grid": {"sweep": ["neutral", "hard"]},
            }
        },
        "simulation.samples.sooth names 'sooth', but the populations are: north, south; "
        "did you mean south?",
    ),
    "no file": (
        {"demes": "tow.yaml"},
        {},
        f"{DEMOGRAPHY}demes is 'tow.yaml': there is no such file (relative to {{here}})",
    ),
    "a folder": (
        {"demes": "."},
        {},
        f"{DEMOGRAPHY}demes is '.': is a folder, not a file",
    ),
    "a file of something else": (
        {"demes": str(QUICKSTART)},
        {},
        f"{DEMOGRAPHY}demes is {str(QUICKSTART)!r}: this is not a demes file: it has no "
        "time_units. See https://popsim-consortium.github.io/demes-spec-docs/",
    ),
}


@pytest.mark.parametrize(
    ("demography", "sections", "message"), UNDER_DEMES.values(), ids=list(UNDER_DEMES)
)
def test_what_contradicts_a_demes_file(demes_file, demography, sections, message):
    given = under_demes(demography, **sections)
    if "genomes" not in sections and "simulation" in sections:
        given["simulation"]["prior"] = {
            name: given["simulation"]["prior"][name] for name in ("selection_coefficient",)
        }
    message = message.replace("{here}", str(demes_file.parent))
    assert complaint_about(given) == f"{HEADER}  {message}"


def test_selection_is_too_strong_for_the_largest_size_of_the_file(demes_file):
    large = copy.deepcopy(TWO_POPULATIONS)
    large["demes"][2]["epochs"] = [{"start_size": 800, "end_size": 6.0e6}]
    demes_file.write_text(yaml.safe_dump(large))
    message = complaint_about(under_demes(NORTH))
    assert "2Ns as large as 1.2e+06" in message
    assert message.endswith("lower it, or the file's sizes")


def test_where_there_is_no_sweep_nothing_is_selected(demes_file):
    given = under_demes({**NORTH, "selected_in": ["north"]})
    del given["simulation"]["grid"], given["simulation"]["prior"]
    assert "selected_in is for sweeps, and there are none" in complaint_about(given)


@pytest.mark.parametrize("key", ["population", "selected_in"])
def test_without_a_demes_file_no_population_has_a_name(key):
    config = quickstart()
    config["simulation"]["demography"][key] = {"population": "A", "selected_in": ["A"]}[key]
    assert f"demography.{key} goes with a demes file" in complaint_about(config)


def test_a_simulated_genome_without_a_demes_file_has_a_size():
    config = quickstart()
    del config["genomes"]["simulated"]["simulate"]["population_size"]
    assert "simulate.population_size is missing: add it" in complaint_about(config)


@pytest.mark.parametrize("file", sorted(QUICKSTART.parent.glob("*.yaml")), ids=lambda f: f.stem)
def test_ready_made_problems_are_valid(file, monkeypatch):
    monkeypatch.chdir(ROOT)
    config = read_files(file)
    assert read_config(config.as_written()) == config


def test_several_nodes_need_a_cluster(tmp_path, monkeypatch):
    found = {}
    monkeypatch.setattr("shutil.which", found.get)
    over = write(tmp_path, "training:\n  nodes: 2\n", "over.yaml")
    assert (
        f"{over}:2: training.nodes is 2, and there is no SLURM here to start them: make it 1, "
        "or start Snakemake on a cluster"
    ) in complaint(QUICKSTART, over)
    found["srun"] = "/usr/bin/srun"
    assert read_files(QUICKSTART, over).training.nodes == 2
