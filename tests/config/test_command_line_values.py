"""Values of --config are read as in a file, and not blamed on one."""

import copy

import pytest
from helpers.configs import HEADER, QUICKSTART
from snakemake.cli import parse_config
from snakemake.common.configfile import load_configfile
from snakemake.utils import update_config

from coalflow.config.loading import read_config
from coalflow.core.errors import CoalflowError


def read_given(*entries):
    """Read the quickstart as Snakemake merges it with entries of --config."""
    given = parse_config(entries)
    config = load_configfile(QUICKSTART)
    update_config(config, copy.deepcopy(given))
    return read_config(config, [QUICKSTART], given)


def complaint_with(*entries):
    """Return what is said of entries of --config."""
    with pytest.raises(CoalflowError) as caught:
        read_given(*entries)
    return str(caught.value).removeprefix(HEADER)


def test_inner_values_of_the_command_line_are_read_as_in_a_file():
    """Snakemake hands them on as text, whatever they are."""
    config = read_given(
        "seed=5",
        "run=mine",
        "simulation={replicates: 400, mutation_rate: 1e-8, recombination_rate: 2.5e-9, "
        "grid: {population_size: [1000, 2.0e+3], history: [constant]}, samples: 7}",
        "encoding={pad: true}",
        f'genomes={{mine: {{path: {QUICKSTART}, samples: [1001, "1002", s3, s4, s5, s6, s7]}}, '
        "simulated: null}",
        "target=[tajimas_d]",
        "search={space: {dropout: {uniform: [0, 0.5]}}}",
        "statistics={parts: []}",
    )
    simulation = config.simulation
    assert (config.seed, config.run, config.target) == (5, "mine", ("tajimas_d",))
    assert (simulation.replicates, simulation.samples) == (400, 7)
    assert (simulation.mutation_rate, simulation.recombination_rate) == (1e-8, 2.5e-9)
    assert simulation.axes["population_size"] == (1000, 2000.0)
    assert config.encoding.pad is True
    assert list(config.genomes) == ["mine"]
    assert config.genomes["mine"].samples == ("1001", "1002", *(f"s{n}" for n in range(3, 8)))


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("training={threads: 0}", "training.threads is 0, must be at least 1"),
        (
            "simulation={grid: {population_size: [1000, 2000, 3000, 4000, -5000]}}",
            "simulation.grid.population_size.4 is -5000, must be greater than 0",
        ),
        (
            "models={nets: {flagel_tajimas_d: 2}}",
            "models.nets is {'flagel_tajimas_d': '2'}, but must be a list in [ ]",
        ),
        ("simulation={samples: 010}", "simulation.samples is 010, which YAML reads as 8"),
        ("simulation={samples: many}", "simulation.samples is 'many', but must be"),
        ("run=", "run is '': write a name"),
        (
            "run=2018",
            "run is 2018, but must be text: put it in a config file, in",
        ),
        ("genomes={}", "genomes is {}, which leaves the keys of an earlier file"),
        ("training={epoch: 3}", "training.epoch is not a recognised key; did you mean epochs?"),
    ],
)
def test_a_value_of_the_command_line_is_not_blamed_on_a_file(entry, message):
    assert complaint_with(entry).startswith(("  --config: " + message, "--config: " + message))


def test_a_config_of_the_command_line_alone():
    """``--replace-workflow-config`` puts ``--config`` in the place of all files."""
    with pytest.raises(CoalflowError, match="seed is missing: add it"):
        read_config({"run": "mine"}, [QUICKSTART], {"run": "mine"})


def test_what_is_meant_for_another_workflow_is_not_read(tmp_path):
    """A workflow that uses this one as a module has its own --config, and its own keys in files."""
    outer = tmp_path / "outer.yaml"
    outer.write_text("answer: yes\nlibrary: {samples: 010}\n")
    config = load_configfile(QUICKSTART)
    given = {"seed": 99, "simulation": {"replicates": "20"}, "answer": True}
    read = read_config(config, [outer], given)
    assert read == read_config(config)
    with pytest.raises(CoalflowError, match=r"outer\.yaml:1: run is yes, which YAML reads as true"):
        outer.write_text("run: yes\n")
        read_config(config, [outer], given)
