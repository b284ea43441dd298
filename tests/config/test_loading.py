"""Each mistake in a config gets one message: where it is, what is wrong, how to mend it."""

import copy
import json
import pathlib
import re

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from snakemake.common.configfile import load_configfile
from snakemake.utils import update_config

from coalflow.config import grid
from coalflow.config.loading import prepare, read_schema
from coalflow.config.targets import STATISTICS
from coalflow.core.errors import CoalflowError

ROOT = pathlib.Path(__file__).resolve().parents[2]
QUICKSTART = ROOT / "config" / "config.yaml"
SCHEMA = read_schema(ROOT / "workflow" / "schemas" / "config.schema.yaml")

# The same examples on every machine.
PROPERTY = settings(derandomize=True, database=None, deadline=None)

HEADER = "the config cannot be used:\n"
MARK = "# <-"  # ends the line that a message must name


def quickstart():
    return yaml.safe_load(QUICKSTART.read_text())


def prepare_files(*files):
    """Prepare files as Snakemake reads them and lays them over each other."""
    config = {}
    for file in files:
        update_config(config, load_configfile(file))
    return prepare(config, SCHEMA, files)


def complaint(*files):
    with pytest.raises(CoalflowError) as caught:
        prepare_files(*files)
    return str(caught.value)


def written(folder, text, name="mine.yaml"):
    file = folder / name
    file.write_text(text)
    return file


def marked_line(text):
    (line,) = [n for n, line in enumerate(text.splitlines(), start=1) if line.endswith(MARK)]
    return line


def line_of(text, start):
    (line,) = [n for n, line in enumerate(text.splitlines(), start=1) if line.startswith(start)]
    return line


def dumped(**changes):
    """Return the quickstart as YAML with changes, place by place; None deletes a key."""
    config = quickstart()
    for place, value in changes.items():
        *around, last = place.split(".")
        section = config
        for key in around:
            section = section[key]
        section[last] = value
        if value is None:
            del section[last]
    return yaml.safe_dump(config, sort_keys=False)


HISTORIES = ", ".join(["constant", *quickstart()["simulation"]["demography"]["histories"]])


# What is valid -------------------------------------------------------------------------------


def test_the_quickstart_is_valid():
    assert prepare_files(QUICKSTART)["run"] == "tajimas_d"


def test_defaults_are_filled_in_at_every_depth():
    given_values = {
        "run": "small",
        "seed": 1,
        "target": {
            "diversity": {"statistic": "diversity", "of": [], "mode": "site", "scale": "linear"}
        },
        "simulation": {
            "demography": {"population_size": 10000},
            "samples": 4,
            "sequence_length": 1000,
            "mutation_rate": 1.0e-8,
            "recombination_rate": 0,
            "replicates": 20,
        },
        "genomes": {"simulated": {"simulate": {"population_size": 500, "sequence_length": 9}}},
    }
    assert prepare(given_values, SCHEMA) == {
        "run": "small",
        "seed": 1,
        "target": {
            "diversity": {"statistic": "diversity", "of": [], "mode": "site", "scale": "linear"}
        },
        "simulation": {
            "demography": {"population_size": 10000, "history": "constant", "histories": {}},
            "sweep": "neutral",
            "prior": {},
            "samples": 4,
            "ploidy": 2,
            "sequence_length": 1000,
            "mutation_rate": 1.0e-8,
            "recombination_rate": 0,
            "replicates": 20,
            "shard_size": 2500,
        },
        "observation": {
            "polarised": False,
            "polarisation_error": 0,
            "phased": True,
            "missing": 0,
            "genotype_error": 0,
            "minimum_allele_count": 1,
        },
        "encoding": {
            "sites": 40,
            "stretch": "central",
            "pad": False,
            "order": "similarity",
            "positions": "position",
            "coding": "signed",
        },
        "split": {"train": 0.8, "validation": 0.1, "test": 0.1},
        "statistics": {
            "parts": [5, 11],
            "kinds": ["spectrum", "sites", "haplotypes", "linkage"],
        },
        "search": {
            "trials": 21,
            "at_once": 5,
            "space": {
                "learning_rate": {"log_uniform": [1e-4, 1e-2]},
                "batch_size": {"categorical": [32, 64, 128, 256, 512]},
                "dropout": {"uniform": [0.0, 0.5]},
            },
        },
        "models": {
            "nets": ["coalflow"],
            "restarts": 2,
            "baselines": ["mean", "ridge", "gradient_boosting"],
        },
        "training": {
            "class_weights": "equal",
            "threads": 1,
            "processes": 1,
            "nodes": 1,
            "device": "auto",
            "precision": "auto",
            "tensorboard": False,
        },
        "genomes": {
            "simulated": {
                "simulate": {"population_size": 500, "sequence_length": 9, "history": "constant"}
            }
        },
    }


def test_a_given_value_wins_over_the_default():
    config = quickstart()
    config["simulation"]["shard_size"] = 7
    config["encoding"] = {"coding": "binary"}
    prepared = prepare(config, SCHEMA)
    assert prepared["simulation"]["shard_size"] == 7
    assert prepared["encoding"]["coding"] == "binary"
    assert prepared["encoding"]["sites"] == 40


@pytest.mark.parametrize(
    ("target", "baselines"),
    [
        ("diversity", ["mean", "ridge", "gradient_boosting"]),
        ("history", ["mean", "classical", "logistic_regression", "gradient_boosting"]),
        ("population_size", ["mean", "ridge", "gradient_boosting"]),
    ],
)
def test_baselines_fit_the_target_unless_listed(target, baselines):
    config = {**quickstart(), "target": target}
    del config["models"]["baselines"]
    prepared = prepare(config, SCHEMA)
    assert prepared["models"]["baselines"] == baselines
    prepared["models"]["baselines"].clear()
    assert prepare(config, SCHEMA)["models"]["baselines"] == baselines
    listed = {**config, "models": {"baselines": ["mean"]}}
    assert prepare(listed, SCHEMA)["models"]["baselines"] == ["mean"]


def test_sizes_of_padded_windows_have_a_classical_estimator():
    config = {**quickstart(), "target": "population_size", "encoding": {"pad": True}}
    del config["models"]["baselines"]
    baselines = ["mean", "classical", "ridge", "gradient_boosting"]
    assert prepare(config, SCHEMA)["models"]["baselines"] == baselines
    config["statistics"] = {"kinds": ["spectrum"]}
    assert "classical" not in prepare(config, SCHEMA)["models"]["baselines"]


def test_the_encoding_tells_all_of_how_windows_are_read():
    config = quickstart()
    assert not {"length", "seed"} & set(prepare(config, SCHEMA)["encoding"])
    config["encoding"] = {"pad": True, "stretch": "random"}
    prepared = prepare(config, SCHEMA)
    assert prepared["encoding"]["length"] == config["simulation"]["sequence_length"]
    assert prepared["encoding"]["seed"] == config["seed"]
    assert prepare(prepared, SCHEMA) == prepared
    config["encoding"].update(length=100, seed=3)
    given = prepare(config, SCHEMA)["encoding"]
    assert (given["length"], given["seed"]) == (100, 3)
    # With a length of its own a window may be cut from simulated ones of any length.
    del config["simulation"]["sequence_length"]
    config["simulation"]["grid"]["sequence_length"] = [1000, 20000.5]
    assert prepare(config, SCHEMA)["encoding"] == prepare(config, SCHEMA)["encoding"] | given


def test_the_classes_are_in_the_order_of_the_grid():
    config = {**quickstart(), "target": "history", "models": {}}
    for histories in (["growth", "constant"], ["constant", "growth", "bottleneck"]):
        config["simulation"]["grid"]["history"] = histories
        assert grid.classes(prepare(config, SCHEMA)) == histories
    assert grid.classes(prepare(quickstart(), SCHEMA)) is None


def test_the_input_stays_as_it_was():
    config = quickstart()
    prepare(config, SCHEMA)
    assert config == quickstart()


def test_what_is_returned_shares_nothing_with_the_input_or_the_schema():
    config, schema = quickstart(), copy.deepcopy(SCHEMA)
    del config["models"]
    prepared = prepare(config, schema)
    prepared["models"]["nets"].append("mine")
    prepared["split"]["train"] = 0
    prepared["simulation"]["grid"]["population_size"].clear()
    prepared["simulation"]["demography"]["histories"]["growth"][0]["start_size"] = 0
    assert schema == SCHEMA
    assert config == {key: value for key, value in quickstart().items() if key != "models"}


def test_prepared_configs_can_be_prepared_again():
    once = prepare(quickstart(), SCHEMA)
    assert prepare(once, SCHEMA) == once


def test_json_is_a_config_too(tmp_path):
    file = written(tmp_path, json.dumps(quickstart(), indent=2), "mine.json")
    assert prepare_files(file) == prepare_files(QUICKSTART)


def test_json_with_tabs_is_a_config_too(tmp_path):
    """Snakemake reads it, although it is no YAML."""
    file = written(tmp_path, json.dumps(quickstart(), indent="\t"), "mine.json")
    assert prepare_files(file) == prepare_files(QUICKSTART)


@pytest.mark.parametrize("indent", [2, "\t"])
def test_a_mistake_in_json_is_not_blamed_on_the_command_line(tmp_path, indent):
    """JSON writes -1e-08, which YAML would read as text."""
    config = quickstart()
    config["simulation"]["recombination_rate"] = -1.0e-8
    file = written(tmp_path, json.dumps(config, indent=indent), "mine.json")
    assert complaint(file).startswith(f"{HEADER}  {file}:")


@pytest.mark.parametrize("block", ["", "# nothing but this comment\n"])
def test_a_later_file_may_be_small(tmp_path, block):
    file = written(tmp_path, f"{block}seed: 3\n")
    assert prepare_files(QUICKSTART, file)["seed"] == 3


# One mistake, laid over the quickstart -------------------------------------------------------

OVERLAYS = {
    "typo": (
        "simulation: {replicats: 3000}",
        "simulation.replicats is no key that coalflow knows; did you mean replicates?",
    ),
    "typo at the top": (
        "encodng: {sites: 20}",
        "encodng is no key that coalflow knows; did you mean encoding?",
    ),
    "key of nothing known": (
        "zzz: 1",
        "zzz is no key that coalflow knows",
    ),
    "number read as text": (
        "simulation: {recombination_rate: 1e-8}",
        "simulation.recombination_rate is '1e-8', but must be a number: YAML reads 1e-8 as "
        "text, write 1.0e-8",
    ),
    "text": (
        "simulation: {recombination_rate: low}",
        "simulation.recombination_rate is 'low', but must be a number",
    ),
    "infinity as text": (
        "simulation: {recombination_rate: inf}",
        "simulation.recombination_rate is 'inf', but must be a number",
    ),
    "negative size in the grid": (
        "simulation: {grid: {population_size: [10000, -20000]}}",
        "simulation.grid.population_size.1 is -20000, must be greater than 0",
    ),
    "negative size of an epoch": (
        "simulation: {demography: {histories: {odd: [{start_size: 1.0, end_time: 500}, "
        "{start_size: -0.5}]}}}",
        "simulation.demography.histories.odd.1.start_size is -0.5, must be greater than 0",
    ),
    "negative rate": (
        "simulation: {recombination_rate: -1.0e-8}",
        "simulation.recombination_rate is -1e-08, must be at least 0",
    ),
    "rate beyond reason": (
        "simulation: {mutation_rate: 1.5}",
        "simulation.mutation_rate is 1.5, must be at most 0.01",
    ),
    "dropout of all": (
        "training: {dropout: 1}",
        "training.dropout is 1, must be less than 1",
    ),
    "nan": (
        "simulation: {mutation_rate: .nan}",
        "simulation.mutation_rate is nan, but must be a number",
    ),
    "infinite": (
        "simulation: {sequence_length: .inf}",
        "simulation.sequence_length is inf, but must be a number",
    ),
    "empty list in the grid": (
        "simulation: {grid: {population_size: []}}",
        "simulation.grid.population_size is empty: list at least one value, or delete the key",
    ),
    "repeated value in the grid": (
        "simulation: {grid: {population_size: [10000, 20000, 1.0e+4]}}",
        "simulation.grid.population_size lists a value twice: [10000, 20000, 10000.0]",
    ),
    "one value where a list belongs": (
        "simulation: {grid: {population_size: 10000}}",
        "simulation.grid.population_size is 10000, but must be a list in [ ]",
    ),
    "split of more than all": (
        "split: {train: 0.9}",
        "split sums to 1.1: train + validation + test must be 1",
    ),
    "split too fine": (
        "split: {train: 0.3334, validation: 0.3333, test: 0.3333}",
        "split has fractions finer than thousandths: round them",
    ),
    "fewer replicates than a block": (
        "simulation: {replicates: 100}\nsplit: {train: 0.805, validation: 0.1, test: 0.095}",
        "simulation.replicates is 100, but a split in blocks of 200 needs 400 or more",
    ),
    "more shards than can be planned": (
        "simulation: {shard_size: 1000, replicates: 11112000}",
        "simulation.shard_size makes more than 100,000 shards, each a job: make it 1,001 or larger",
    ),
    "size here and in the grid": (
        "simulation: {demography: {population_size: 10000}}",
        "simulation.demography.population_size is given in simulation.grid.population_size too: "
        "delete one",
    ),
    "history here and in the grid": (
        "simulation: {demography: {history: growth}}",
        "simulation.demography.history is given in simulation.grid.history too: delete one",
    ),
    "unknown history": (
        "simulation: {grid: {history: [constant, botleneck]}}",
        f"simulation.grid.history names 'botleneck', but the histories are: {HISTORIES}; did "
        "you mean bottleneck?",
    ),
    "unknown history of a genome": (
        "genomes: {simulated: {simulate: {history: grwth}}}",
        "genomes.simulated.simulate.history names 'grwth', but the histories are: "
        f"{HISTORIES}; did you mean growth?",
    ),
    "epochs from the youngest to the oldest": (
        "simulation: {demography: {histories: {odd: [{start_size: 1.0, end_time: 500}, "
        "{start_size: 0.5, end_time: 1000}, {start_size: 1.0}]}}}",
        "simulation.demography.histories.odd has end_times [500, 1000]: list epochs from the "
        "oldest to the youngest",
    ),
    "epoch of no length": (
        "simulation: {demography: {histories: {odd: [{start_size: 1.0, end_time: 500}, "
        "{start_size: 0.5, end_time: 500}, {start_size: 1.0}]}}}",
        "simulation.demography.histories.odd has end_times [500, 500]: list epochs from the "
        "oldest to the youngest",
    ),
    "epoch without an end": (
        "simulation: {demography: {histories: {odd: [{start_size: 1.0}, {start_size: 0.5}]}}}",
        "simulation.demography.histories.odd has an epoch without end_time before the last "
        "one: add it",
    ),
    "history that ends before today": (
        "simulation: {demography: {histories: {odd: [{start_size: 1.0, end_time: 500}]}}}",
        "simulation.demography.histories.odd ends before today: the last epoch must have no "
        "end_time",
    ),
    "history that changes before it begins": (
        "simulation: {demography: {histories: {odd: [{start_size: 1.0, end_size: 2.0, "
        "end_time: 500}, {start_size: 2.0}]}}}",
        "simulation.demography.histories.odd changes size in its first epoch, which has no "
        "beginning: make it constant",
    ),
    "history without epochs": (
        "simulation: {demography: {histories: {odd: []}}}",
        "simulation.demography.histories.odd is empty: list at least one value, or delete the key",
    ),
    "history with the built-in one's name": (
        "simulation: {demography: {histories: {constant: [{start_size: 2.0}]}}}",
        "simulation.demography.histories.constant is the built-in history without change: "
        "choose another name",
    ),
    "epoch without a size": (
        "simulation: {demography: {histories: {odd: [{end_size: 1.0}]}}}",
        "simulation.demography.histories.odd.0.start_size is missing: add it",
    ),
    "genome of neither kind": (
        "genomes: {mine: {step: 10}}",
        "genomes.mine needs either `path` or `simulate`, one of them",
    ),
    "search of a key that is no recipe's": (
        "search: {space: {epochs: {uniform: [1, 9]}}}",
        "search.space.epochs is 'epochs', but must be one of: patience, batch_size, "
        "learning_rate, schedule, warm_up, weight_decay, clip, average, loss, dropout",
    ),
    "search beyond what training takes": (
        "search: {space: {dropout: {uniform: [0.1, 1.5]}}}",
        "search.space.dropout.uniform.1 is 1.5, must be less than 1",
    ),
    "search among what training does not take": (
        "search: {space: {schedule: {categorical: [constant, cosin]}}}",
        "search.space.schedule.categorical.1 is 'cosin', but must be one of: constant, cosine; "
        "did you mean cosine?",
    ),
    "search in no range": (
        "search: {space: {dropout: {uniform: [0.5, 0.1]}}}",
        "search.space.dropout.uniform is [0.5, 0.1]: the first must be less than the second",
    ),
    "search by logarithm from 0": (
        "search: {space: {weight_decay: {log_uniform: [0, 0.1]}}}",
        "search.space.weight_decay.log_uniform begins at 0, of which there is no logarithm: begin "
        "above 0",
    ),
    "search of a net that is not trained": (
        "search: {net: flagel_sweeps}",
        "search.net is flagel_sweeps, which is none of models.nets: take coalflow or "
        "flagel_tajimas_d",
    ),
    "genome of both kinds": (
        "genomes: {simulated: {path: mine.vcf.gz}}",
        "genomes.simulated needs either `path` or `simulate`, one of them",
    ),
    "samples of a simulated genome": (
        "genomes: {simulated: {samples: [a, b]}}",
        "genomes.simulated.samples goes with `path`, not with `simulate`: delete it",
    ),
    "ancestral allele of a simulated genome": (
        "genomes: {simulated: {ancestral: AA}}",
        "genomes.simulated.ancestral goes with `path`, not with `simulate`: delete it",
    ),
    "genome's name with a space": (
        "genomes: {my species: {simulate: {population_size: 15000, sequence_length: 3000000}}}",
        "genomes.my species is 'my species': use letters, digits, '_', '-' and '.' only",
    ),
    "run's name with a slash": (
        "run: mine/first",
        "run is 'mine/first': use letters, digits, '_', '-' and '.' only",
    ),
    "float for a whole number": (
        "simulation: {replicates: 2.5e+3}",
        "simulation.replicates is 2500.0, but must be a whole number, without '.' or 'e'",
    ),
    "infinite for a whole number": (
        "training: {epochs: .inf}",
        "training.epochs is inf, but must be a whole number, without '.' or 'e'",
    ),
    "true for a number": (
        "simulation: {mutation_rate: true}",
        "simulation.mutation_rate is True, but must be a number",
    ),
    "yes for a whole number": (
        "training: {threads: yes}",
        "training.threads is True, but must be a whole number",
    ),
    "number for true or false": (
        "observation: {polarised: 1}",
        "observation.polarised is 1, but must be true or false",
    ),
    "unknown target": (
        "target: tajima_d",
        "target is 'tajima_d', but must be one of: history, population_size, "
        f"{', '.join(STATISTICS)}; did you mean tajimas_d?",
    ),
    "section without keys": (
        "training:",
        "training is empty, but must be a set of keys",
    ),
}


@pytest.mark.parametrize(("overlay", "message"), OVERLAYS.values(), ids=list(OVERLAYS))
def test_a_mistake_in_an_overlay(tmp_path, overlay, message):
    file = written(tmp_path, f"# mine\n{overlay}\n")
    assert complaint(QUICKSTART, file) == f"{HEADER}  {file}:2: {message}"


@pytest.mark.parametrize(
    "overlay",
    [
        """
simulation:
  demography:
    histories:
      odd:
        - start_size: 1.0
          end_time: 1000
        - start_size: -2 # <-
""",
        """
simulation:
  grid:
    population_size:
      - 10000
      - true # <-
      - 30000
""",
        """
genomes:
  mine: {simulate: {population_size: 9000, sequence_length: 9000}}
  my species: # <-
    simulate: {population_size: 9000, sequence_length: 9000}
""",
        """
genomes:
  mine:
    simulate: # <-
      population_size: 9000
""",
    ],
)
def test_the_line_is_that_of_the_innermost_key(tmp_path, overlay):
    file = written(tmp_path, overlay)
    assert complaint(QUICKSTART, file).startswith(f"{HEADER}  {file}:{marked_line(overlay)}: ")


# One mistake that an overlay cannot make, since it takes no key away -------------------------

EDITS = {
    "empty grid": (
        {"simulation.grid": {}},
        "  grid:",
        "simulation.grid is empty: list at least one value, or delete the key",
    ),
    "missing parameter": (
        {"simulation.mutation_rate": None},
        "simulation:",
        "simulation.mutation_rate is missing: add it, or list values in "
        "simulation.grid.mutation_rate, or draw it (simulation.prior)",
    ),
    "missing parameter, one level down": (
        {"simulation.grid.population_size": None},
        "  demography:",
        "simulation.demography.population_size is missing: add it, or list values in "
        "simulation.grid.population_size, or draw it (simulation.prior)",
    ),
    "missing key": (
        {"simulation.replicates": None},
        "simulation:",
        "simulation.replicates is missing: add it",
    ),
    "unknown history outside the grid": (
        {"simulation.grid.history": None, "simulation.demography.history": "grow"},
        "    history:",
        f"simulation.demography.history names 'grow', but the histories are: {HISTORIES}; did "
        "you mean growth?",
    ),
    "classes of which there is one": (
        {"target": "history", "simulation.grid.history": ["growth"], "models.baselines": ["mean"]},
        "target:",
        "target is history, whose values in simulation.grid are the classes: list two or more in "
        "simulation.grid.history",
    ),
    "classes that are not in the grid": (
        {"target": "sweep", "models.baselines": ["mean"]},
        "target:",
        "target is sweep, whose values in simulation.grid are the classes: list two or more in "
        "simulation.grid.sweep",
    ),
    "baseline of numbers for classes": (
        {"target": "history"},
        "  - ridge",
        "models.baselines.1 is ridge, which does not predict classes, and the target history is of "
        "that kind: take mean, classical, logistic_regression, gradient_boosting",
    ),
    "baseline of classes for numbers": (
        {"models.baselines": ["mean", "logistic_regression"]},
        "  - logistic_regression",
        "models.baselines.1 is logistic_regression, which does not predict numbers, and the target "
        "tajimas_d is of that kind: take mean, ridge, gradient_boosting",
    ),
    "classical estimator of Tajima's D": (
        {"models.baselines": ["mean", "classical"]},
        "  - classical",
        "models.baselines.1 is classical, but there is none of tajimas_d, only of population_size "
        "or mutation_rate: take mean, ridge, gradient_boosting",
    ),
    "classical estimator of a size at many rates": (
        {
            "models.baselines": ["classical"],
            "target": "population_size",
            "encoding.pad": True,
            "simulation.mutation_rate": None,
            "simulation.prior": {"mutation_rate": {"uniform": [1.0e-8, 2.0e-8]}},
            "genomes.simulated.simulate.mutation_rate": 1.0e-8,
        },
        "  - classical",
        "models.baselines.0 is classical, but it needs one value of mutation_rate, and simulations "
        "have several: take mean, ridge, gradient_boosting",
    ),
    "classical estimator of windows that are not padded": (
        {"models.baselines": ["classical"], "target": "population_size"},
        "  - classical",
        "models.baselines.0 is classical, but it needs windows of so many bases, and without "
        "encoding.pad they have so many sites: take mean, ridge, gradient_boosting",
    ),
    "classical estimator without its statistic": (
        {
            "models.baselines": ["classical"],
            "target": "history",
            "statistics": {"kinds": ["linkage"]},
        },
        "  - classical",
        "models.baselines.0 is classical, but statistics.kinds has no sites, of which it takes "
        "one: take mean, logistic_regression, gradient_boosting",
    ),
    "loss of numbers for classes": (
        {"target": "history", "models.baselines": ["mean"], "training.loss": "gaussian"},
        "  loss:",
        "training.loss is for numbers, but the target history has classes: delete it",
    ),
    "weights of classes for numbers": (
        {"training.class_weights": "balanced"},
        "  class_weights:",
        "training.class_weights is for classes, but the target tajimas_d is a number: delete it",
    ),
    "nothing but warm-up": (
        {"training.warm_up": 20, "training.epochs": 20},
        "  warm_up:",
        "training.warm_up is 20, but there are 20 epochs in all: lower it",
    ),
    "thinned without padding": (
        {"training.augment": {"thin": 8}, "target": "population_size"},
        "    thin:",
        "training.augment.thin leaves fewer sites than the net reads: set encoding.pad to true, or "
        "delete it",
    ),
    "thinned to more than there are": (
        {"training.augment": {"thin": 20}, "target": "population_size"},
        "    thin:",
        "training.augment.thin is 20, but windows have 20 haplotypes: lower it",
    ),
    "thinned under a statistic": (
        {"training.augment": {"thin": 8}, "encoding.pad": True},
        "    thin:",
        "training.augment.thin is of haplotypes, and so is tajimas_d, which would be another one: "
        "delete it",
    ),
    "thinned for a net that takes one number": (
        {
            "training.augment": {"thin": 8},
            "encoding.pad": True,
            "target": "population_size",
        },
        "    thin:",
        "training.augment.thin is for nets that take any number of haplotypes, not for "
        "flagel_tajimas_d: delete it",
    ),
    "flipped though folded": (
        {"training.augment": {"flip": 0.01}},
        "    flip:",
        "training.augment.flip is of ancestral alleles, which are not known: delete it, or set "
        "observation.polarised to true",
    ),
    "no errors to draw anew": (
        {"training.augment": {"errors": True}},
        "    errors:",
        "training.augment.errors is true, but observation has none: add some, or delete it",
    ),
    "errors that change the target": (
        {"training.augment": {"errors": True}, "observation.genotype_error": 0.01},
        "    errors:",
        "training.augment.errors changes which sites are seen, and tajimas_d is a statistic of "
        "these: delete it",
    ),
    "too few sites for a net": (
        {"models.nets": ["flagel_sweeps"], "encoding.sites": 31},
        "  sites:",
        "encoding.sites is 31, but flagel_sweeps needs 32 or more: raise it",
    ),
    "unknown net": (
        {"models.nets": ["flagel_tajimas_d", "spidnas"]},
        "  - spidnas",
        "models.nets.1 is 'spidnas', but must be one of: coalflow, flagel_tajimas_d, flagel_theta, "
        "flagel_recombination, flagel_introgression, flagel_demography, flagel_sweeps, "
        "exchangeable, spidna, dilated_residual, axial_transformer; did you mean spidna?",
    ),
    "padded windows of several lengths": (
        {
            "encoding.pad": True,
            "simulation.sequence_length": None,
            "simulation.grid.sequence_length": [10000, 20000],
        },
        "    sequence_length:",
        "simulation.grid.sequence_length has several values, but with encoding.pad windows have "
        "one length: give one in encoding.length, or set encoding.pad to false",
    ),
    "padded windows of half a base": (
        {"encoding.pad": True, "simulation.sequence_length": 20000.5},
        "  sequence_length:",
        "simulation.sequence_length is 20000.5, but with encoding.pad windows are whole bases "
        "long: round it, or give encoding.length",
    ),
    "padded windows longer than the simulated ones": (
        {
            "encoding.pad": True,
            "encoding.length": 10001,
            "simulation.sequence_length": None,
            "simulation.grid.sequence_length": [20000, 10000],
        },
        "  length:",
        "encoding.length is 10,001, but simulated windows have 10,000 bases: lower it, or raise "
        "simulation.sequence_length",
    ),
    "length of windows that are not padded": (
        {"encoding.length": 10000},
        "  length:",
        "encoding.length is for padded windows: delete it, or set encoding.pad to true",
    ),
    "seed of stretches that are not random": (
        {"encoding.seed": 5, "encoding.stretch": "first"},
        "  seed:",
        "encoding.seed is for random stretches, but encoding.stretch is first: delete it",
    ),
    "distances for a net that reads haplotypes alone": (
        {"models.nets": ["flagel_sweeps", "flagel_tajimas_d"], "encoding.positions": "both"},
        "  positions:",
        "encoding.positions is both, but flagel_tajimas_d does not read where sites lie: "
        "delete it, or take only some of coalflow, flagel_recombination, flagel_demography, "
        "flagel_sweeps, exchangeable, spidna, dilated_residual, axial_transformer",
    ),
    "distances for a net that needs to know where sites lie": (
        {"models.nets": ["coalflow"], "encoding.positions": "distance"},
        "  positions:",
        "encoding.positions is distance, but coalflow needs to know where in the window sites "
        "lie: make it position, or both",
    ),
    "rate of a simulated genome where the run has several": (
        {"simulation.mutation_rate": None, "simulation.grid.mutation_rate": [1.0e-8, 2.0e-8]},
        "    simulate:",
        "genomes.simulated.simulate.mutation_rate is missing: simulation has several values of it",
    ),
}


@pytest.mark.parametrize(("changes", "start", "message"), EDITS.values(), ids=list(EDITS))
def test_a_mistake_of_what_is_not_there(tmp_path, changes, start, message):
    text = dumped(**changes)
    file = written(tmp_path, text)
    assert complaint(file) == f"{HEADER}  {file}:{line_of(text, start)}: {message}"


# Genomes on the disk -------------------------------------------------------------------------


def genome_in(folder, monkeypatch, *lines):
    """Write ``mine.vcf.gz`` and a config with it, and go where they are."""
    monkeypatch.chdir(folder)
    written(folder, "", "mine.vcf.gz")
    return written(folder, "\n".join(["genomes:", "  mine:", *lines, ""]))


def test_a_genome_with_all_it_needs(tmp_path, monkeypatch):
    samples = [f"tsk_{number}" for number in range(10)]
    file = genome_in(
        tmp_path,
        monkeypatch,
        "    path: mine.vcf.gz",
        f"    samples: {json.dumps(samples)}",
        "    ancestral: AA",
        "observation: {polarised: true}",
    )
    assert prepare_files(QUICKSTART, file)["genomes"]["mine"]["samples"] == samples


def test_a_genome_that_is_not_there(tmp_path, monkeypatch):
    file = genome_in(tmp_path, monkeypatch, "    path: mein.vcf.gz")
    assert complaint(QUICKSTART, file) == (
        f"{HEADER}  {file}:3: genomes.mine.path is 'mein.vcf.gz': there is no such file "
        f"(seen from {tmp_path})"
    )


def test_a_folder_is_no_genome(tmp_path, monkeypatch):
    file = genome_in(tmp_path, monkeypatch, "    path: .")
    assert "genomes.mine.path is '.': there is no such file" in complaint(QUICKSTART, file)


def test_a_path_longer_than_a_disk_allows(tmp_path, monkeypatch):
    file = genome_in(tmp_path, monkeypatch, f"    path: {'a' * 300}")
    assert "aaa': there is no such file" in complaint(QUICKSTART, file)


def test_polarised_needs_the_ancestral_allele(tmp_path, monkeypatch):
    file = genome_in(
        tmp_path, monkeypatch, "    path: mine.vcf.gz", "observation: {polarised: true}"
    )
    assert complaint(QUICKSTART, file) == (
        f"{HEADER}  {file}:2: genomes.mine.ancestral is missing: observation.polarised needs to "
        "know the ancestral allele (REF, or an INFO field such as AA)"
    )


def test_as_many_individuals_as_simulated(tmp_path, monkeypatch):
    file = genome_in(tmp_path, monkeypatch, "    path: mine.vcf.gz", "    samples: [a, b, c]")
    assert complaint(QUICKSTART, file) == (
        f"{HEADER}  {file}:4: genomes.mine.samples lists 3 individuals, but simulation.samples "
        "is 10"
    )


# Several files, several mistakes -------------------------------------------------------------


def test_the_file_that_has_the_key_is_named(tmp_path):
    text = dumped(**{"training.epochs": 0})
    base = written(tmp_path, text, "base.yaml")
    overlay = written(tmp_path, "training:\n  patience: 7\n")
    line = line_of(text, "  epochs:")
    assert complaint(base, overlay) == (
        f"{HEADER}  {base}:{line}: training.epochs is 0, must be at least 1"
    )


def test_of_two_files_that_have_the_key_the_later_is_named(tmp_path):
    first = written(tmp_path, "training: {epochs: 0}\n", "first.yaml")
    second = written(tmp_path, "\ntraining:\n  epochs: -1\n", "second.yaml")
    assert complaint(QUICKSTART, first, second).splitlines()[1:] == [
        f"  {second}:3: training.epochs is -1, must be at least 1"
    ]


def test_a_later_file_mends_an_earlier_one(tmp_path):
    first = written(tmp_path, "training: {epochs: 0}\n", "first.yaml")
    second = written(tmp_path, "training: {epochs: 3}\n", "second.yaml")
    assert prepare_files(QUICKSTART, first, second)["training"]["epochs"] == 3


def test_the_file_is_named_where_no_line_can_be(tmp_path):
    file = written(tmp_path, dumped(target=None))
    assert complaint(file) == f"{HEADER}  {file}: target is missing: add it"


def test_without_files_the_key_alone_is_named():
    config = quickstart()
    config["seed"] = -1
    with pytest.raises(CoalflowError) as caught:
        prepare(config, SCHEMA)
    assert str(caught.value) == f"{HEADER}  seed is -1, must be at least 0"


def test_mistakes_of_values_are_all_reported_at_once(tmp_path):
    overlay = "seed: -1\nencoding: {site: 4}\nsimulation:\n  replicates: 1\n  mutation_rate: 1e-8\n"
    file = written(tmp_path, overlay)
    assert [line.split()[:2] for line in complaint(QUICKSTART, file).splitlines()[1:]] == [
        [f"{file}:2:", "encoding.site"],
        [f"{file}:1:", "seed"],
        [f"{file}:5:", "simulation.mutation_rate"],
        [f"{file}:4:", "simulation.replicates"],
    ]


def test_mistakes_between_values_are_all_reported_at_once(tmp_path):
    overlay = """
split: {train: 0.7}
simulation: {demography: {population_size: 9000, histories: {constant: [{start_size: 1}]}}}
genomes: {simulated: {samples: [a], ancestral: REF}, mine: {}}
"""
    file = written(tmp_path, overlay)
    assert sorted(line.split()[1] for line in complaint(QUICKSTART, file).splitlines()[1:]) == [
        "genomes.mine",
        "genomes.simulated.ancestral",
        "genomes.simulated.samples",
        "simulation.demography.histories.constant",
        "simulation.demography.population_size",
        "split",
    ]


def test_each_missing_key_is_reported_once():
    with pytest.raises(CoalflowError) as caught:
        prepare({"run": "mine"}, SCHEMA)
    assert sorted(str(caught.value).splitlines()[1:]) == [
        "  seed is missing: add it",
        "  simulation is missing: add it",
        "  target is missing: add it",
    ]


def test_several_unknown_keys_are_each_reported_once(tmp_path):
    file = written(tmp_path, "encoding:\n  site: 4\n  oder: sampled\n")
    assert complaint(QUICKSTART, file).splitlines()[1:] == [
        f"  {file}:3: encoding.oder is no key that coalflow knows; did you mean order?",
        f"  {file}:2: encoding.site is no key that coalflow knows; did you mean sites?",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("seed: 1\nrun: mine\nseed: 2\n", "3: seed is here a second time, the first is in line 1"),
        (
            "training:\n  epochs: 1\n  threads: 1\n  epochs: 2\n",
            "4: epochs is here a second time, the first is in line 2",
        ),
        (
            "simulation:\n  demography:\n    histories:\n      odd:\n"
            "        - start_size: 1\n          start_size: 2\n",
            "6: start_size is here a second time, the first is in line 5",
        ),
    ],
)
def test_a_repeated_key(tmp_path, text, message):
    """YAML would silently take the last one."""
    file = written(tmp_path, text)
    assert complaint(QUICKSTART, file) == f"{file}:{message}: delete one"


def test_the_same_key_in_two_sections_is_no_repetition(tmp_path):
    file = written(
        tmp_path,
        "genomes:\n  a: {step: 1, simulate: &s {population_size: 5, "
        "sequence_length: 9}}\n  b: {step: 1, simulate: *s}\n",
    )
    assert set(prepare_files(QUICKSTART, file)["genomes"]) == {"simulated", "a", "b"}


# The command line ----------------------------------------------------------------------------


def complaint_with(config):
    """Return the message for a config that --config has made differ from the quickstart."""
    with pytest.raises(CoalflowError) as caught:
        prepare(config, SCHEMA, [QUICKSTART])
    return str(caught.value)


def test_a_value_of_the_command_line_is_not_blamed_on_a_file():
    config = quickstart()
    config["training"]["threads"] = 0
    assert (
        complaint_with(config) == f"{HEADER}  --config: training.threads is 0, must be at least 1"
    )


def test_a_list_of_the_command_line_that_is_longer_than_the_file_s():
    config = quickstart()
    config["simulation"]["grid"]["population_size"] = [1000, 2000, 3000, 4000, -5000]
    message = "simulation.grid.population_size.4 is -5000, must be greater than 0"
    assert complaint_with(config).endswith(message)


def test_a_section_of_the_command_line_that_is_a_list_in_the_file():
    config = quickstart()
    config["models"]["nets"] = {"flagel_tajimas_d": 2}
    message = "models.nets is {'flagel_tajimas_d': 2}, but must be a list in [ ]"
    assert complaint_with(config).endswith(message)


def test_a_config_of_the_command_line_alone():
    """``--replace-workflow-config`` puts ``--config`` in the place of all files."""
    assert "seed is missing: add it" in complaint_with({"run": "mine"})


# Numbers that YAML reads as text -------------------------------------------------------------


@pytest.mark.parametrize("text", ["1e-8", "1E-8", "125e-10", "1.23456e-8", "1.25e0", "12345e-12"])
def test_what_is_to_be_written_is_the_number_that_was_meant(text):
    config = quickstart()
    config["simulation"]["demography"]["histories"]["growth"][0]["start_size"] = text
    with pytest.raises(CoalflowError) as caught:
        prepare(config, SCHEMA)
    suggested = yaml.safe_load(re.search(r"write (\S+)$", str(caught.value))[1])
    assert isinstance(suggested, float)
    assert suggested == float(text)


def test_a_whole_number_is_suggested_where_one_is_wanted():
    config = quickstart()
    config["simulation"]["replicates"] = "1e4"
    with pytest.raises(CoalflowError) as caught:
        prepare(config, SCHEMA)
    assert str(caught.value).endswith("YAML reads 1e4 as text, write 10000")


@pytest.mark.parametrize("text", ["2.5e0", "1e-2", "0.5"])
def test_no_whole_number_is_suggested_for_one_that_is_not_whole(text):
    config = quickstart()
    config["simulation"]["replicates"] = text
    with pytest.raises(CoalflowError) as caught:
        prepare(config, SCHEMA)
    assert str(caught.value).endswith(f"is {text!r}, but must be a whole number")


@pytest.mark.parametrize("text", ["20", "0.25", "1234567.125", "123456789"])
def test_a_number_in_quotes_is_the_number_that_was_meant(text):
    config = quickstart()
    config["simulation"]["sequence_length"] = text
    with pytest.raises(CoalflowError) as caught:
        prepare(config, SCHEMA)
    suggested = re.search(r"not text: write (\S+) without quotes$", str(caught.value))[1]
    assert yaml.safe_load(suggested) == float(text)


@pytest.mark.parametrize("text", ["inf", "nan", "-Infinity", "1e999"])
def test_what_is_no_finite_number_is_never_suggested(text):
    config = quickstart()
    config["simulation"]["mutation_rate"] = text
    with pytest.raises(CoalflowError) as caught:
        prepare(config, SCHEMA)
    assert str(caught.value).endswith(f"is {text!r}, but must be a number")


# Configs that pass the schema and break later ------------------------------------------------


@pytest.mark.parametrize("name", [2024, True, None, 1.5])
def test_the_name_of_a_genome_is_text(name):
    """Snakemake's wildcards are text: they would not find a genome by a number."""
    config = quickstart()
    config["genomes"][name] = {"simulate": {"population_size": 500, "sequence_length": 9}}
    with pytest.raises(CoalflowError, match="genomes"):
        prepare(config, SCHEMA)


def test_the_name_of_a_history_is_text():
    config = quickstart()
    config["simulation"]["demography"]["histories"][2024] = [{"start_size": 1.0}]
    config["simulation"]["grid"]["history"] = ["constant", "2024"]
    with pytest.raises(CoalflowError, match="histories"):
        prepare(config, SCHEMA)


def test_a_number_too_large_for_a_float():
    config = quickstart()
    config["simulation"]["mutation_rate"] = 10**400
    with pytest.raises(CoalflowError, match=r"simulation\.mutation_rate"):
        prepare(config, SCHEMA)


def test_as_many_shards_as_can_be_planned():
    config = quickstart()
    del config["simulation"]["grid"]["history"]
    config["simulation"]["grid"]["population_size"] = list(range(1, 51))
    config["simulation"].update(replicates=grid.MAX_SHARDS // 50, shard_size=1)
    prepare(config, SCHEMA)


def test_more_cells_than_can_be_planned():
    config = quickstart()
    rates = [number * 1e-12 for number in range(1, 321)]
    config["simulation"]["grid"] = {"mutation_rate": rates, "recombination_rate": rates}
    for rate in ("mutation_rate", "recombination_rate"):
        del config["simulation"][rate]
    with pytest.raises(CoalflowError, match=r"simulation\.grid has 102,400 combinations"):
        prepare(config, SCHEMA)


# Any junk at all -----------------------------------------------------------------------------

FULL = {
    **quickstart(),
    "genomes": {
        "simulated": {"step": 3, "simulate": {"population_size": 10, "sequence_length": 99}},
        "mine": {"path": "mine.vcf", "samples": ["a", "b"], "ancestral": "AA", "step": 20},
    },
}


def sections(config, place=()):
    """Yield the places of all that holds other values, the outermost first."""
    if isinstance(config, (dict, list)):
        yield place
        for key, inner in config.items() if isinstance(config, dict) else enumerate(config):
            yield from sections(inner, (*place, key))


def places(config, place=()):
    """Yield the places of all values."""
    yield place
    if isinstance(config, (dict, list)):
        for key, inner in config.items() if isinstance(config, dict) else enumerate(config):
            yield from places(inner, (*place, key))


def with_value(config, place, value):
    """Return ``config`` with another value at a place; the one given stays as it was."""
    if not place:
        return value
    key, *rest = place
    if isinstance(config, list):
        return [with_value(old, rest, value) if n == key else old for n, old in enumerate(config)]
    return {**config, key: with_value(config.get(key), rest, value)}


NEARLY_VALID = ["constant", "growth", "1e-8", "a b", "", 0, 1, -1, 0.5, 1.0e300, 10**400]
SCALARS = st.sampled_from(NEARLY_VALID) | (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.dates()
)
KEYS = st.sampled_from(["start_size", "end_time", "path", "simulate", "history", "train"]) | SCALARS
JUNK = SCALARS | st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=8,
)


def is_answered(config, files=()):
    """Tell that prepare() returned a config or raised CoalflowError; any other error passes."""
    try:
        return isinstance(prepare(config, SCHEMA, files), dict)
    except CoalflowError as error:
        return len(str(error).splitlines()) > 1


@given(place=st.sampled_from(list(places(FULL))), junk=JUNK)
@settings(PROPERTY, max_examples=400)
def test_junk_is_refused_or_accepted_but_never_crashes(place, junk):
    assert is_answered(with_value(FULL, place, junk))


@given(place=st.sampled_from(list(sections(FULL))), key=KEYS, junk=JUNK)
@settings(PROPERTY, max_examples=200)
def test_junk_under_a_new_key_never_crashes(place, key, junk):
    assert is_answered(with_value(FULL, (*place, key), junk))


@given(place=st.sampled_from(list(places(quickstart()))), junk=JUNK)
@PROPERTY
def test_junk_that_no_file_holds_never_crashes(place, junk):
    """As with ``--config``: lines are looked for in a file that has other values."""
    assert is_answered(with_value(quickstart(), place, junk), [QUICKSTART])


# Sweeps --------------------------------------------------------------------------------------

SWEEPS = {
    "run": "sweeps",
    "seed": 1,
    "target": "tajimas_d",
    "simulation": {
        "demography": {"population_size": 10000},
        "samples": 10,
        "sequence_length": 50000,
        "mutation_rate": 1.0e-8,
        "recombination_rate": 1.0e-8,
        "grid": {"sweep": ["neutral", "hard", "linked_soft"]},
        "prior": {
            "selection_coefficient": {"log_uniform": [0.01, 0.1]},
            "start_frequency": {"uniform": [0.01, 0.2]},
            "distance": {"uniform": [1.0e4, 1.0e5]},
        },
        "replicates": 20,
    },
}


def sweeps_with(**simulation):
    config = copy.deepcopy(SWEEPS)
    for name, value in simulation.items():
        if isinstance(value, dict):
            config["simulation"][name].update(value)
        else:
            config["simulation"][name] = value
    config["simulation"]["prior"] = {k: v for k, v in config["simulation"]["prior"].items() if v}
    return config


def test_sweeps_with_all_they_take_are_valid():
    simulation = prepare(sweeps_with(), SCHEMA)["simulation"]
    parameters = {cell.name: cell.parameters for cell in grid.cells(simulation)}
    assert parameters["sweep=hard"]["position"] == 25000
    assert parameters["sweep=linked_soft"]["distance"] == {"uniform": [1.0e4, 1.0e5]}
    assert "selection_coefficient" not in parameters["sweep=neutral"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"selection_coefficient": -0.1, "prior": {"selection_coefficient": None}}, "-0.1"),
        ({"prior": {"selection_coefficient": {"uniform": [0, 0.1]}}}, "selection_coefficient"),
        ({"prior": {"selection_coefficient": None}}, "is missing for hard sweeps"),
        ({"demography": {"population_size": 1.0e8}}, "2Ns as large as 2e+07"),
        (
            {"demography": {"history": "boom", "histories": {"boom": [{"start_size": 1.0e4}]}}},
            "2Ns as large as 2e+07",
        ),
        ({"prior": {"start_frequency": {"uniform": [0.1, 1.5]}}}, "1.5"),
        ({"end_frequency": 0.15}, "is 0.2, but the sweep may end at 0.15"),
        ({"position": 60000}, "outside of the window"),
        ({"prior": {"start_frequency": {"uniform": [0.2, 0.1]}}}, "the lowest value comes first"),
        ({"grid": {"recurrent_mutation_rate": [1.0e-5]}}, "is no parameter of neutral or hard"),
        ({"grid": {"distance": [1.0e4]}}, "is given in simulation.prior.distance too"),
        ({"selection_coefficient": 0.1}, "is given in simulation.prior.selection_coefficient too"),
        (
            {"fixation_time": 0, "grid": {"fixation_time": [0, 9]}},
            "simulation.grid.fixation_time too",
        ),
        ({"sweep": "hard"}, "is given in simulation.grid.sweep too"),
        ({"recurrent_mutation_rate": 1.0e-5}, "is no parameter of neutral or hard"),
    ],
)
def test_sweeps_that_cannot_be_are_refused(changes, message):
    with pytest.raises(CoalflowError, match=re.escape(message)):
        prepare(sweeps_with(**changes), SCHEMA)


# Demes files ---------------------------------------------------------------------------------

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
    return written(tmp_path, yaml.safe_dump(TWO_POPULATIONS), "two.yaml")


def under_demes(demography, **sections):
    config = sweeps_with()
    config["simulation"]["demography"] = {"demes": "two.yaml", **demography}
    for name, changes in sections.items():
        config.setdefault(name, {}).update(changes)
    return config


def test_cells_of_a_demes_file_have_neither_size_nor_history(demes_file):
    genomes = {"mine": {"simulate": {"sequence_length": 1000}}}
    given = under_demes({"population": "north", "selected_in": ["old", "north"]}, genomes=genomes)
    config = prepare(given, SCHEMA)
    assert prepare(config, SCHEMA) == config
    assert config["genomes"] == genomes
    names = grid.names(config["simulation"])
    assert names == ["sequence_length", "mutation_rate", "recombination_rate"]
    for cell in grid.cells(config["simulation"]):
        assert set(names) <= set(cell.parameters)
        assert not {"population_size", "history"} & set(cell.parameters)


def test_the_only_population_of_today_need_not_be_named(demes_file):
    one = copy.deepcopy(TWO_POPULATIONS)
    del one["demes"][1]
    demes_file.write_text(yaml.safe_dump(one))
    assert "population" not in prepare(under_demes({}), SCHEMA)["simulation"]["demography"]


NORTH = {"population": "north"}
DEMOGRAPHY = "simulation.demography."
CONTRADICTS = "contradicts simulation.demography.demes, "
UNDER_DEMES = {
    "size": (
        {**NORTH, "population_size": 500},
        {},
        f"{DEMOGRAPHY}population_size {CONTRADICTS}which tells all of the history: delete one",
    ),
    "history": (
        {**NORTH, "history": "constant"},
        {},
        f"{DEMOGRAPHY}history {CONTRADICTS}which tells all of the history: delete one",
    ),
    "histories": (
        {**NORTH, "histories": {"odd": [{"start_size": 2.0}]}},
        {},
        f"{DEMOGRAPHY}histories {CONTRADICTS}which tells all of the history: delete one",
    ),
    "sizes in the grid": (
        NORTH,
        {"simulation": {"grid": {"sweep": ["neutral", "hard"], "population_size": [5, 6]}}},
        f"simulation.grid.population_size {CONTRADICTS}which tells all of the history: delete one",
    ),
    "histories in the grid": (
        NORTH,
        {"simulation": {"grid": {"sweep": ["neutral", "hard"], "history": ["constant"]}}},
        f"simulation.grid.history {CONTRADICTS}which tells all of the history: delete one",
    ),
    "no population": (
        {},
        {},
        f"{DEMOGRAPHY}population is missing: north, south exist today, name one of them, "
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
        f"genomes.mine.simulate.population_size {CONTRADICTS}whose history the genome has: "
        "delete it",
    ),
    "history of a simulated genome": (
        NORTH,
        {"genomes": {"mine": {"simulate": {"sequence_length": 9, "history": "constant"}}}},
        f"genomes.mine.simulate.history {CONTRADICTS}whose history the genome has: delete it",
    ),
    "samples of an unknown population": (
        NORTH,
        {
            "simulation": {
                "samples": {"north": 4, "sooth": 4},
                "grid": {"sweep": ["neutral", "hard"]},
            }
        },
        "simulation.samples.sooth names 'sooth', but the populations of today are: north, south; "
        "did you mean south?",
    ),
    "no file": (
        {"demes": "tow.yaml"},
        {},
        f"{DEMOGRAPHY}demes is 'tow.yaml': there is no such file (seen from {{here}})",
    ),
    "a folder": (
        {"demes": "."},
        {},
        f"{DEMOGRAPHY}demes is '.': there is no such file (seen from {{here}})",
    ),
    "a file of something else": (
        {"demes": str(QUICKSTART)},
        {},
        f"{DEMOGRAPHY}demes is {str(QUICKSTART)!r}: this is no demes file: it has no time_units. "
        "See https://popsim-consortium.github.io/demes-spec-docs/",
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
    with pytest.raises(CoalflowError) as caught:
        prepare(given, SCHEMA)
    message = message.replace("{here}", str(demes_file.parent))
    assert str(caught.value) == f"{HEADER}  {message}"


def test_selection_is_too_strong_for_the_largest_size_of_the_file(demes_file):
    large = copy.deepcopy(TWO_POPULATIONS)
    large["demes"][2]["epochs"] = [{"start_size": 800, "end_size": 6.0e6}]
    demes_file.write_text(yaml.safe_dump(large))
    with pytest.raises(CoalflowError, match=r"2Ns as large as 1.2e\+06.*or the file's sizes"):
        prepare(under_demes(NORTH), SCHEMA)


def test_where_there_is_no_sweep_nothing_is_selected(demes_file):
    given = under_demes({**NORTH, "selected_in": ["north"]})
    del given["simulation"]["grid"], given["simulation"]["prior"]
    with pytest.raises(CoalflowError, match="selected_in is for sweeps, and there are none"):
        prepare(given, SCHEMA)


@pytest.mark.parametrize("key", ["population", "selected_in"])
def test_without_a_demes_file_no_population_has_a_name(key):
    config = quickstart()
    config["simulation"]["demography"][key] = {"population": "A", "selected_in": ["A"]}[key]
    with pytest.raises(CoalflowError, match=rf"demography\.{key} goes with a demes file"):
        prepare(config, SCHEMA)


def test_a_simulated_genome_without_a_demes_file_has_a_size():
    config = quickstart()
    del config["genomes"]["simulated"]["simulate"]["population_size"]
    with pytest.raises(CoalflowError, match=r"simulate\.population_size is missing: add it"):
        prepare(config, SCHEMA)


@pytest.mark.parametrize("file", sorted(QUICKSTART.parent.glob("*.yaml")), ids=lambda f: f.stem)
def test_ready_made_problems_are_valid(file, monkeypatch):
    monkeypatch.chdir(ROOT)
    assert prepare_files(file)["run"]


def test_several_nodes_need_a_cluster(tmp_path, monkeypatch):
    found = {}
    monkeypatch.setattr("shutil.which", found.get)
    over = written(tmp_path, "training:\n  nodes: 2\n", "over.yaml")
    assert (
        f"{over}:2: training.nodes is 2, and here is no SLURM, which would start them: make it 1, "
        "or start Snakemake on a cluster"
    ) in complaint(QUICKSTART, over)
    found["srun"] = "/usr/bin/srun"
    assert prepare_files(QUICKSTART, over)["training"]["nodes"] == 2
