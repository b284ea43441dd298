"""The mutation rate of a graph: used, and no other."""

import pytest
import yaml
from helpers.configs import HEADER, ROOT, complaint_about, read_files, sweeps_with

from coalflow.config.histories import demes_file, stdpopsim_catalogue
from coalflow.config.loading import read_config

OWN = 2.36e-8
INFERRED = f"the history's sizes were inferred with {OWN:g} (metadata of mine.yaml)"
HISTORY = {
    "time_units": "generations",
    "demes": [{"name": "A", "epochs": [{"start_size": 900}]}],
    "metadata": {"mutation_rate": OWN},
}


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """Be where there is a demes file with a mutation rate."""
    monkeypatch.chdir(tmp_path)
    write_history({"mutation_rate": OWN})


def write_history(metadata):
    with open("mine.yaml", "w") as file:
        yaml.safe_dump({**HISTORY, "metadata": metadata}, file)


def under_demes(rate=None, prior=None, **simulation):
    config = sweeps_with(**simulation)
    section = config["simulation"]
    section["demography"] = {"demes": "mine.yaml"}
    section["prior"] = {} if prior is None else {"mutation_rate": prior}
    del section["grid"]["sweep"]
    if not section["grid"]:
        del section["grid"]
    del section["mutation_rate"]
    if rate is not None:
        section["mutation_rate"] = rate
    return config


def test_the_rate_of_the_file_is_used():
    config = read_config(under_demes())
    assert config.simulation.mutation_rate == OWN
    assert read_config(config.as_written()) == config
    assert "metadata" not in config.graph


def test_the_rate_of_the_file_comes_before_that_of_the_species():
    assert read_config(under_demes(species="HomSap")).simulation.mutation_rate == OWN


def test_the_same_rate_may_be_given():
    assert read_config(under_demes(OWN)).simulation.mutation_rate == OWN


def test_without_metadata_a_rate_is_needed():
    for metadata in ({}, {"source": "me"}, None):
        write_history(metadata)
        assert "simulation.mutation_rate is missing: add it" in complaint_about(under_demes())
    assert read_config(under_demes(1e-8)).simulation.mutation_rate == 1e-8


@pytest.mark.parametrize("rate", [0, -1e-8, 0.5, "2.36 e-8", float("nan"), [OWN], True])
def test_a_rate_that_is_not_possible(rate):
    write_history({"mutation_rate": rate})
    message = complaint_about(under_demes(1e-8))
    assert (
        "simulation.demography.demes is 'mine.yaml': line 6: metadata.mutation_rate is " in message
    )
    assert message.count("\n") == 1


def test_another_rate_is_refused():
    message = f"{HEADER}  simulation.mutation_rate is 1.25e-08, but {INFERRED}: delete it"
    assert complaint_about(under_demes(1.25e-8)) == message


def test_another_rate_in_the_grid_is_refused():
    config = under_demes(grid={"mutation_rate": [OWN, 1.25e-8]})
    message = f"{HEADER}  simulation.grid.mutation_rate.1 is 1.25e-08, but {INFERRED}: delete it"
    assert complaint_about(config) == message


def test_another_rate_of_a_simulated_genome_is_refused():
    config = under_demes()
    simulated = {"sequence_length": 9, "mutation_rate": 1.25e-8}
    config["genomes"] = {"far": {"simulate": simulated}}
    message = f"  genomes.far.simulate.mutation_rate is 1.25e-08, but {INFERRED}: delete it"
    assert complaint_about(config) == HEADER + message


ELSEWHERE = {
    "uniform": {"uniform": [1e-8, 2e-8]},
    "log-uniform": {"log_uniform": [3e-8, 4e-8]},
    "normal": {"normal": {"mean": 1.25e-8, "sd": 2e-9}},
    "beta": {"beta": {"a": 1, "b": 1, "low": 1e-9, "high": 1e-8}},
    "categorical": {"categorical": {"values": [1e-8, 2e-8]}},
    "draws": {"draws": "mu"},
}


@pytest.mark.parametrize("prior", ELSEWHERE.values(), ids=list(ELSEWHERE))
def test_a_prior_that_excludes_the_rate_is_refused(prior):
    with open("draws.csv", "w") as file:
        file.write("mu\n1e-8\n2e-8\n")
    config = under_demes(prior=prior)
    if "draws" in prior:
        config["simulation"]["draws"] = "draws.csv"
    message = complaint_about(config)
    assert "simulation.prior.mutation_rate draws rates of about " in message
    assert message.endswith(f"{INFERRED}: include it, or delete the prior")


AROUND = {
    "uniform": {"uniform": [2e-8, 3e-8]},
    "normal": {"normal": {"mean": 2.3e-8, "sd": 2e-9}},
    "categorical": {"categorical": {"values": [2e-8, 3e-8]}},
    "formula": {"formula": "1.0e-8"},
    "formulas": {"uniform": ["1.0e-8", "recombination_rate * 2"]},
}


@pytest.mark.parametrize("prior", AROUND.values(), ids=list(AROUND))
def test_a_prior_around_the_rate_is_used(prior):
    config = read_config(under_demes(prior=prior))
    assert config.simulation.mutation_rate is None


def test_rates_of_models_are_treated_alike():
    config = under_demes(1.2e-8, species="HomSap")
    config["simulation"]["demography"] = {"stdpopsim": "OutOfAfrica_3G09", "population": "CEU"}
    config["genomes"] = {"far": {"simulate": {"sequence_length": 9, "mutation_rate": 1e-8}}}
    message = complaint_about(config)
    wanted = "but the history's sizes were inferred with 2.35e-08 (OutOfAfrica_3G09): delete it"
    assert f"  simulation.mutation_rate is 1.2e-08, {wanted}" in message
    assert f"  genomes.far.simulate.mutation_rate is 1e-08, {wanted}" in message


@pytest.mark.parametrize(
    ("file", "species", "model"),
    [
        ("human", "HomSap", "OutOfAfrica_2T12"),
        ("out_of_africa", "HomSap", "OutOfAfrica_2T12"),
        ("drosophila", "DroMel", "African3Epoch_1S16"),
        ("arabidopsis", "AraTha", "African3Epoch_1H18"),
    ],
)
def test_shipped_histories_have_the_rates_of_the_catalogue(file, species, model):
    path = ROOT / "config" / "demography" / f"{file}.yaml"
    published = stdpopsim_catalogue.find_own_mutation_rate(species, model)
    assert demes_file.read_mutation_rate(path) == published
    metadata = yaml.safe_load(path.read_text())["metadata"]
    generation_time = stdpopsim_catalogue.find_model(species, model).generation_time
    assert metadata["generation_time"] == generation_time
    assert metadata["source"] == f"stdpopsim, {species} {model}"


@pytest.mark.parametrize("name", ["sweeps", "sweeps_small"])
def test_shipped_sweeps_are_those_of_europeans(name, monkeypatch):
    monkeypatch.chdir(ROOT)
    config = read_files(ROOT / "config" / f"{name}.yaml")
    low, high = config.simulation.prior["mutation_rate"].log_uniform
    assert low < OWN < high
