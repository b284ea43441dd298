"""Configs that import simulations: which defaults they get, and a message for each mistake."""

import pytest
import yaml
from helpers.configs import HEADER, complaint_about, quickstart

from coalflow.config import grid
from coalflow.config.loading import read_config
from coalflow.config.settings.making import SettingsMaker

CONFIG = """
run: mine
seed: 1
simulation:
  import:
    format: ms
    files:
      neutral: [neutral.ms.gz]
      hard: [hard_*.ms]
  samples: 10
  sequence_length: 1.0e+5
  replicates: 100
encoding: {sites: 40, pad: true}
target: class
"""


@pytest.fixture(autouse=True)
def files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("neutral.ms.gz", "hard_1.ms", "hard_2.ms", "hard.tsv"):
        (tmp_path / name).touch()


def changed(changes):
    """Return the config with changes, place by place; None deletes a key."""
    config = yaml.safe_load(CONFIG)
    for place, value in changes.items():
        *around, last = place.split(".")
        section = config
        for key in around:
            section = section.setdefault(key, {})
        section[last] = value
        if value is None:
            del section[last]
    return config


def test_a_column_of_splits_needs_no_true_values():
    tables = {"neutral": ["hard.tsv"], "hard": ["hard.tsv"]}
    changes = {"split.given": "set", "simulation.import.truth": {"tables": tables}}
    config = read_config(changed(changes))
    assert config.split.given == "set"
    assert read_config(config.as_written()) == config


def test_gene_flow_of_imported_trees():
    changes = {
        "simulation.import": {
            "format": "trees",
            "files": {"none": ["neutral.ms.gz"], "in": ["hard_1.ms"]},
        },
        "simulation.samples": {"EUR": 10},
    }
    config = read_config(changed({**changes, "target": "gene_flow"}))
    assert config.targets.classes == ("none", "in")
    maker = SettingsMaker(config)
    settings = maker.import_simulations(maker.cells["class=in"])
    assert (settings.without_gene_flow, settings.ancestry) == ("none", None)
    ancestry = {"ancestry": {"of": "EUR", "from": "NEA", "since": 900}}
    changes["simulation.import"]["populations"] = {"EUR": "p1", "NEA": 2}
    maker = SettingsMaker(read_config(changed({**changes, "target": ancestry})))
    settings = maker.import_simulations(maker.cells["class=in"])
    assert settings.ancestry.model_dump() == {"of": "EUR", "source": "NEA", "since": 900}
    assert settings.without_gene_flow is None


def test_nothing_that_simulates_is_filled_in():
    config = read_config(yaml.safe_load(CONFIG))
    assert config.as_written()["simulation"] == {
        **yaml.safe_load(CONFIG)["simulation"],
        "import": {
            **yaml.safe_load(CONFIG)["simulation"]["import"],
            "populations": {},
            "subsample": False,
            "truth": {},
        },
        "demography": {"histories": {}, "gene_flow": {}},
        "prior": {},
        "shard_size": 2500,
        "ploidy": 2,
    }
    assert read_config(config.as_written()) == config  # the report prints it, to be run again
    baselines = ("mean", "classical", "logistic_regression", "gradient_boosting")
    assert config.baselines == baselines


def test_each_class_is_a_cell_and_classes_keep_the_order_of_the_file():
    config = read_config(yaml.safe_load(CONFIG))
    assert config.targets.classes == ("neutral", "hard")
    assert [(cell.name, cell.parameters) for cell in grid.list_cells(config.simulation)] == [
        ("class=hard", {"class": "hard", "sequence_length": 100_000}),
        ("class=neutral", {"class": "neutral", "sequence_length": 100_000}),
    ]
    assert grid.list_parameters(config.simulation) == ["class", "sequence_length"]
    assert grid.list_drawn(config.simulation) == []


def test_true_values_are_what_differs_between_replicates():
    truth = {
        "command": {"theta": "-t"},
        "values": {"rho": 1},
        "columns": {"s": "s"},
        "tables": {"hard": ["hard.tsv"]},
    }
    config = read_config(changed({"simulation.import.truth": truth}))
    assert grid.list_drawn(config.simulation) == ["rho", "s", "theta"]


def test_size_and_rates_describe_the_files():
    size = {"simulation.demography": {"population_size": 10_000}}
    changes = {**size, "simulation.mutation_rate": 1e-8, "simulation.recombination_rate": 2e-8}
    config = read_config(changed(changes))
    known = {"population_size": 10_000, "mutation_rate": 1e-8, "recombination_rate": 2e-8}
    for cell in grid.list_cells(config.simulation):
        assert known.items() <= cell.parameters.items()
    assert grid.list_parameters(config.simulation) == ["class", "sequence_length", *known]
    settings = SettingsMaker(config, None).import_simulations(cell)
    assert known.items() <= settings.parameters.items()


def test_a_species_is_compared_and_fills_in_nothing():
    config = read_config(changed({"simulation.species": "EscCol"}))
    assert config.samples.ploidy == 2
    assert grid.list_parameters(config.simulation) == ["class", "sequence_length"]
    message = complaint_about(changed({"simulation.species": "NoOne"}))
    assert "simulation.species names 'NoOne'" in message


def test_times_of_samples_are_in_generations():
    samples = {"A": 5, "B": {"individuals": 4, "time": 320}}
    changes = {"simulation.samples": samples, "target": "tajimas_d", "simulation.import": TREES}
    config = read_config(changed(changes))
    (cell, _) = grid.list_cells(config.simulation)
    settings = SettingsMaker(config, None).import_simulations(cell)
    assert settings.samples.times == (("B", 320.0),)
    assert settings.subsampling_seed is None


def test_one_class_is_enough_for_a_target_that_is_a_number():
    files = {"all": ["hard_1.ms"]}
    changes = {"simulation.import.files": files, "target": "tajimas_d"}
    config = read_config(changed(changes))
    assert config.targets.classes is None
    assert [cell.name for cell in grid.list_cells(config.simulation)] == ["class=all"]


SIMULATES = (
    "is for simulating, and simulation.import reads what was simulated elsewhere: delete it, or "
    "the import"
)
MU = {"mutation_rate": 1}
TREES = {"format": "trees", "files": {"neutral": ["neutral.ms.gz"], "hard": ["hard_1.ms"]}}
HERE = "there is no such file (relative to {place})"
NO_TABLE = "a column of simulation.import.truth.tables, which has no"
SHARE = {"share": {"statistic": "introgression", "of": ["EUR", "NEA"]}}
MISTAKES = {
    "a given split of simulations": (
        {"simulation": quickstart()["simulation"], "split.given": "set", "target": "tajimas_d"},
        "split.given is for windows that are imported, and these are simulated: delete it",
    ),
    "fractions next to a given split": (
        {"split": {"given": {"test": ["hard_1.ms"]}, "test": 0.2}},
        "split.test is a fraction, but split.given says which windows are for what: delete one of "
        "the two",
    ),
    "a column of no table": (
        {
            "split.given": "set",
            "simulation.import.truth": {"tables": {"hard": ["hard.tsv", "hard.tsv"]}},
        },
        f"split.given is 'set', {NO_TABLE} neutral: list its tables there",
    ),
    "a test that does not exist": (
        {"split.given.test": ["hard_7.ms"]},
        f"split.given.test.0 is 'hard_7.ms': {HERE}",
    ),
    "a test that is not imported": (
        {"split.given.test": ["hard.tsv"]},
        "split.given.test.0 is 'hard.tsv', but hard.tsv is not in simulation.import.files: list it "
        "there, too",
    ),
    "a file for two purposes": (
        {"split.given": {"test": ["hard_1.ms"], "validation": ["hard_[1].ms"]}},
        "split.given.validation.0 is 'hard_[1].ms', but hard_1.ms is already for something else: "
        "list it once",
    ),
    "no file for training": (
        {"split.given.test": ["hard_*.ms"]},
        "split.given has all files of hard, and none is left for training: leave some out",
    ),
    "a demography": (
        {"simulation.demography": {"demes": "a.yaml"}},
        f"simulation.demography {SIMULATES}",
    ),
    "a grid": ({"simulation.grid": {"sweep": ["hard"]}}, f"simulation.grid {SIMULATES}"),
    "a sweep": ({"simulation.sweep": "neutral"}, f"simulation.sweep {SIMULATES}"),
    "a prior": (
        {"simulation.prior": {"dominance": {"uniform": [0, 1]}}},
        f"simulation.prior {SIMULATES}",
    ),
    "a rate that is in the files as well": (
        {"simulation.mutation_rate": 1e-8, "simulation.import.truth": {"values": MU}},
        "simulation.import.truth.values.mutation_rate is given in simulation.mutation_rate, too: "
        "delete one",
    ),
    "a size that is in the files as well": (
        {
            "simulation.demography": {"population_size": 1000},
            "simulation.import.truth": {"values": {"population_size": 1}},
        },
        "simulation.import.truth.values.population_size is given in "
        "simulation.demography.population_size, too: delete one",
    ),
    "populations of ms": (
        {"simulation.import.populations": {"A": 0}},
        "simulation.import.populations is for format trees, not ms: delete it",
    ),
    "a subsample of ms": (
        {"simulation.import.subsample": True},
        "simulation.import.subsample is for format trees, not ms: delete it",
    ),
    "a map of populations without names": (
        {"simulation.import": {**TREES, "populations": {"A": 0}}},
        "simulation.import.populations.A is of no use: simulation.samples names no populations",
    ),
    "a map of a population that is not sampled": (
        {
            "simulation.import": {**TREES, "populations": {"EU": 0}},
            "simulation.samples": {"EUR": 5, "AFR": 4},
        },
        "simulation.import.populations.EU names 'EU', but the samples are: EUR, AFR; did you mean "
        "EUR?",
    ),
    "two populations that are one": (
        {
            "simulation.import": {**TREES, "populations": {"EUR": "p1", "AFR": "p1"}},
            "simulation.samples": {"EUR": 5, "AFR": 4},
        },
        "simulation.import.populations.AFR is 'p1', as is populations.EUR: a population can be "
        "sampled once",
    ),
    "a population of the name of all": (
        {"simulation.import": TREES, "simulation.samples": {"all": 5, "AFR": 4}},
        "simulation.samples.all is 'all', the name of a sample that has no populations: write "
        "another, and map it in simulation.import.populations",
    ),
    "a population that is neither name nor number": (
        {
            "simulation.import": {**TREES, "populations": {"EUR": -1}},
            "simulation.samples": {"EUR": 5, "AFR": 4},
        },
        "simulation.import.populations.EUR is -1, must be at least 0",
    ),
    "a folder": (
        {"simulation.import.files.hard": ["."]},
        "simulation.import.files.hard.0 is '.': that is a folder, not a file",
    ),
    "a device": (
        {"simulation.import.files.hard": ["/dev/zero"]},
        "simulation.import.files.hard.0 is '/dev/zero': that is a device, not a file",
    ),
    "no length": (
        {"simulation.sequence_length": None},
        "simulation.sequence_length is missing: give the length of the imported windows in bases",
    ),
    "a length that is no whole number": (
        {"simulation.sequence_length": 10.5},
        "simulation.sequence_length is 10.5, but with encoding.pad windows are whole bases long: "
        "round it, or give encoding.length",
    ),
    "another format": (
        {"simulation.import.format": "vcf"},
        "simulation.import.format is 'vcf', but must be one of: ms, trees",
    ),
    "a file that is no list": (
        {"simulation.import.files.hard": "hard_1.ms"},
        "simulation.import.files.hard is 'hard_1.ms', but must be a list in [ ]: write [hard_1.ms]",
    ),
    "no such file": (
        {"simulation.import.files.hard": ["hard_1.ms", "gone_*.ms"]},
        f"simulation.import.files.hard.1 is 'gone_*.ms': {HERE}",
    ),
    "a file twice": (
        {"simulation.import.files.hard": ["hard_*.ms", "hard_2.ms"]},
        "simulation.import.files.hard.1 is 'hard_2.ms', but hard_2.ms is already in files.hard: "
        "list it once",
    ),
    "a file in two classes": (
        {"simulation.import.files.soft": ["hard_2.ms"]},
        "simulation.import.files.soft.0 is 'hard_2.ms', but hard_2.ms is already in files.hard: "
        "list it once",
    ),
    "one class": (
        {"simulation.import.files": {"hard": ["hard_1.ms"]}},
        "target is class, and the classes are those of simulation.import.files: list two or more "
        "there",
    ),
    "the target of simulated sweeps": (
        {"target": "sweep"},
        "target is sweep, but the classes of imported files are called `class`: write that",
    ),
    "gene flow in files of ms": (
        {"target": "gene_flow"},
        "target is gene_flow, which is read from trees, and files of ms have none: import trees of "
        "msprime's with record_migrations, or write `target: class` for the classes of files",
    ),
    "gene flow without a class that has none": (
        {"target": "gene_flow", "simulation.import.format": "trees"},
        "target is gene_flow, and windows in which no lineage moved need a class of their own: "
        "list files without gene flow as none, and those with it as more in "
        "simulation.import.files, or write `target: class` for the classes of files",
    ),
    "gene flow as simulated": (
        {"target": {"gene_flow": {"label": "simulated"}}, "simulation.import.format": "trees"},
        "target.gene_flow.label is simulated, but the classes of imported files are called "
        "`class`: write `target: class`",
    ),
    "introgression in files of ms": (
        {"simulation.samples": {"EUR": 5}, "target": SHARE},
        "target.share is introgression, which is computed on trees, and files of ms have none: "
        "import trees, or choose another",
    ),
    "ancestry in files of ms": (
        {"simulation.samples": {"EUR": 5}, "target": {"ancestry": {"of": "EUR", "from": "NEA"}}},
        "target.ancestry is ancestry, which is read from trees, and files of ms have none: import "
        "trees of msprime's with record_migrations, or simulate the history here",
    ),
    "an option that is none": (
        {"simulation.import.truth": {"command": {"theta": "t"}}},
        "simulation.import.truth.command.theta is 't': begin with '-'",
    ),
    "metadata of ms": (
        {"simulation.import.truth": {"metadata": {"s": "s"}}},
        "simulation.import.truth.metadata is for format trees, not ms: delete it",
    ),
    "a command line of trees": (
        {"simulation.import.truth": {"command": {"s": "-s"}}, "simulation.import.format": "trees"},
        "simulation.import.truth.command is for format ms, not trees: delete it",
    ),
    "a name that is taken": (
        {"simulation.import.truth": {"values": {"seed": 1}}},
        "simulation.import.truth.values.seed is the name of something else: choose another",
    ),
    "a name twice": (
        {"simulation.import.truth": {"command": {"s": "-s"}, "values": {"s": 1}}},
        "simulation.import.truth.values.s is given in two places: delete one",
    ),
    "columns without tables": (
        {"simulation.import.truth": {"columns": {"s": "s"}}},
        "simulation.import.truth.tables is missing: `columns` goes with it",
    ),
    "tables of another class": (
        {"simulation.import.truth": {"columns": {"s": "s"}, "tables": {"hrd": ["hard.tsv"]}}},
        "simulation.import.truth.tables.hrd names 'hrd', but the classes are: neutral, hard; did "
        "you mean hard?",
    ),
    "no such table": (
        {"simulation.import.truth": {"columns": {"s": "s"}, "tables": {"hard": ["gone.tsv"]}}},
        f"simulation.import.truth.tables.hard.0 is 'gone.tsv': {HERE}",
    ),
    "a simulated genome without rates": (
        {
            "genomes.a.simulate": {
                "population_size": 1000,
                "sequence_length": 1000,
                "mutation_rate": 1e-8,
            }
        },
        "genomes.a.simulate.recombination_rate is missing: simulations are imported, so add it",
    ),
}


@pytest.mark.parametrize(("changes", "message"), MISTAKES.values(), ids=list(MISTAKES))
def test_a_mistake(tmp_path, changes, message):
    expected = message.replace("{place}", str(tmp_path))
    assert complaint_about(changed(changes)) == f"{HEADER}  {expected}"


def test_classes_of_imports_without_an_import():
    config = {**quickstart(), "target": "class"}
    assert "which is for simulations that are imported" in complaint_about(config)
