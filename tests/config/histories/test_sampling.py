"""Which populations of a graph can be sampled, and when, as configs say it."""

import pytest
import yaml
from helpers.cases import CASES
from helpers.configs import HEADER, complaint_about

from coalflow.config.histories import sampling
from coalflow.config.loading import read_config

DEMES = CASES / "41-demes-quirks"
EURASIA = {"species": "HomSap", "demography": {"stdpopsim": "AncientEurasia_9K19"}}
PAPUANS = {"species": "HomSap", "demography": {"stdpopsim": "PapuansOutOfAfrica_10J19"}}
WOLVES = {"species": "CanFam", "demography": {"stdpopsim": "EarlyWolfAdmixture_6F14"}}
HARD = {"sweep": "hard", "selection_coefficient": 0.1}


def config_with(**simulation):
    simulation = {"sequence_length": 20_000, "replicates": 20, **simulation}
    rates = {"mutation_rate": 2.0e-7, "recombination_rate": 1.0e-8}
    if "species" not in simulation:
        simulation = {**rates, **simulation}
    config = {"run": "dated", "seed": 1, "simulation": simulation}
    return {**config, "encoding": {"pad": True}, "target": "segregating_sites"}


def demes(name, **changes):
    return {"demography": {"demes": str(DEMES / name)}, **changes}


def read_times(**simulation):
    config = read_config(config_with(**simulation))
    assert read_config(config.as_written()) == config
    return dict(config.samples.times)


# When ----------------------------------------------------------------------------------------


def test_the_catalogue_says_when_populations_are_sampled():
    (case,) = (CASES / "38-stdpopsim-dated-populations").glob("*.yaml")
    assert dict(read_config(yaml.safe_load(case.read_text())).samples.times) == {"LBK": 320}
    everyone = dict.fromkeys(("NeaA", "DenA", "Papuan"), 2)
    assert read_times(**PAPUANS, samples=everyone) == {"NeaA": 2612, "DenA": 2058}


def test_a_population_of_the_past_is_sampled_when_it_ended():
    """In models that are made of splits, stdpopsim samples ancestors at their split."""
    assert read_times(**WOLVES, samples={"root": 2, "GLJ": 2}) == {"root": 398262}


def test_the_one_population_that_is_named_has_its_time():
    demography = {**EURASIA["demography"], "population": "LBK"}
    assert read_times(species="HomSap", demography=demography, samples=4) == {"all": 320}


def test_the_config_says_otherwise():
    given = {"LBK": {"individuals": 2, "time": 400}, "Han": 2, "MA1": {"individuals": 3}}
    assert read_times(**EURASIA, samples=given) == {"LBK": 400, "MA1": 960}
    given = {"LBK": {"individuals": 2, "time": 0}, "Han": {"individuals": 2, "time": 10.5}}
    assert read_times(**EURASIA, samples=given) == {"Han": 10.5}
    # What the catalogue does not sample can be sampled by somebody who says when.
    given = {"Ghost": {"individuals": 2, "time": 2000}, "YRI": 2}
    assert read_times(**PAPUANS, samples=given) == {"Ghost": 2000}


def test_times_of_a_demes_file_are_in_its_units():
    dated = {"A": {"individuals": 2, "time": 2500}, "B": 2}
    assert read_times(**demes("d_years.yaml", samples=dated)) == {"A": 100}
    assert read_times(**demes("d_years.yaml", samples={"A": 2, "B": 2})) == {}
    dated["A"]["time"] = 200
    assert read_times(**demes("d_extinct.yaml", samples=dated)) == {"A": 200}


def test_a_deme_lives_from_the_end_of_its_ancestor_unless_it_says_otherwise():
    epochs = {"epochs": [{"start_size": 10, "end_time": 7}]}
    content = {
        "time_units": "generations",
        "defaults": {"deme": {"ancestors": ["old"]}, "epoch": {"end_time": 3}},
        "demes": [
            {"name": "old", "ancestors": [], **epochs},
            {"name": "by default", "epochs": [{"start_size": 10}]},
            {"name": "mixed", "ancestors": ["old", "by default"], "start_time": 5, **epochs},
            {"name": "first", "start_time": "Infinity", "ancestors": [], **epochs},
        ],
    }
    lives = [sampling.find_life(deme["name"], content) for deme in content["demes"]]
    assert lives == [(7, float("inf")), (3, 7), (7, 5), (7, float("inf"))]


# Refused -------------------------------------------------------------------------------------

AT_200 = {"A": {"individuals": 2, "time": 200}, "B": 2}
SAMPLES = "simulation.samples"
REFUSED = {
    "ghost": (
        {**PAPUANS, "samples": {"Ghost": 2, "YRI": 2}},
        f"{SAMPLES}.Ghost is not sampled in PapuansOutOfAfrica_10J19, where YRI, CEU, CHB, Papuan, "
        "DenA, NeaA are: say when it is sampled, which can be from 2,218 generations ago until "
        "today, with {individuals: 2, time: ...}",
    ),
    "ghost as the one population": (
        {
            "species": "HomSap",
            "demography": {**PAPUANS["demography"], "population": "Ghost"},
            "samples": 4,
        },
        "simulation.demography.population names 'Ghost', but the populations that can be sampled "
        "are: YRI, CEU, CHB, Papuan, DenA, NeaA",
    ),
    "extinct": (
        demes("d_extinct.yaml", samples={"A": 2, "B": 2}),
        f"{SAMPLES}.A is extinct today: say when it is sampled, which can be from 5,000 to 200 "
        "generations ago, with {individuals: 2, time: ...}",
    ),
    "ancestor of all": (
        demes("d_extinct.yaml", samples={"anc": 2, "B": 2}),
        f"{SAMPLES}.anc is extinct today: say when it is sampled, which can be until 5,000 "
        "generations ago, with {individuals: 2, time: ...}",
    ),
    "after its end": (
        demes("d_extinct.yaml", samples={"A": {"individuals": 2, "time": 199}, "B": 2}),
        f"{SAMPLES}.A.time samples A 199 generations ago, but it existed from 5,000 to 200 "
        "generations ago",
    ),
    "when it began": (
        demes("d_years.yaml", samples={"A": {"individuals": 2, "time": 125_000}, "B": 2}),
        f"{SAMPLES}.A.time samples A 125,000 years ago, but it existed from 125,000 years ago "
        "until today",
    ),
    "before it began, by the catalogue's model": (
        {**EURASIA, "samples": {"LBK": {"individuals": 2, "time": 4000}, "Han": 2}},
        f"{SAMPLES}.LBK.time samples LBK 4,000 generations ago, but it existed from 1,508 "
        "generations ago until today",
    ),
    "in a cell": (
        demes("d_extinct.yaml", samples=AT_200, grid={"demes.A.epochs.0.end_time": [100, 300]}),
        f"{SAMPLES}.A.time samples A 200 generations ago, but it existed from 5,000 to 300 "
        "generations ago, with demes.A.epochs.0.end_time 300",
    ),
    "one population with a time": (
        {**EURASIA, "samples": {"individuals": 2, "time": 5}},
        "One population with a time is written {name: {individuals: 5, time: 100}}",
    ),
    "unknown key": (
        {**EURASIA, "samples": {"LBK": {"individual": 2}}},
        f"{SAMPLES}.LBK.individual is not a recognised key; did you mean individuals?",
    ),
    "negative": (
        {**EURASIA, "samples": {"LBK": {"individuals": 2, "time": -1}}},
        f"{SAMPLES}.LBK.time is -1, must be at least 0",
    ),
    "sweeps, by the catalogue": (
        {
            **EURASIA,
            "demography": {**EURASIA["demography"], "population": "Han"},
            "samples": {"LBK": 2, "Han": 2},
            **HARD,
        },
        f"{SAMPLES}.LBK samples LBK 320 generations ago, and where there are sweeps everyone is "
        "sampled today: delete the sweeps, or sample other populations",
    ),
    "sweeps, by the config": (
        demes(
            "d_years.yaml",
            demography={"demes": str(DEMES / "d_years.yaml"), "population": "A"},
            samples={"A": {"individuals": 4, "time": 250}},
            grid={"sweep": ["neutral", "hard"]},
            selection_coefficient=0.1,
        ),
        f"{SAMPLES}.A.time samples A 250 years ago, and where there are sweeps everyone is sampled "
        "today: delete the sweeps, or sample other populations",
    ),
    "sweeps end in a population of today": (
        {
            "species": "HomSap",
            "demography": {**EURASIA["demography"], "population": "LBK"},
            "samples": 4,
            **HARD,
        },
        "simulation.demography.population names 'LBK', but the populations of today are: Mbuti, "
        "Sardinian, Han",
    ),
    "no population": (
        {**EURASIA, "samples": 4},
        "simulation.demography.population is missing: Mbuti, LBK, Sardinian, Loschbour, MA1, Han, "
        "UstIshim, Neanderthal can be sampled, name one of them, or sample several "
        "(simulation.samples)",
    ),
}


@pytest.mark.parametrize(("simulation", "message"), REFUSED.values(), ids=list(REFUSED))
def test_what_cannot_be_sampled_is_refused(simulation, message):
    reported = complaint_about(config_with(**simulation)).removeprefix(f"{HEADER}  ")
    assert message in reported


@pytest.mark.parametrize(
    "changes",
    [
        {"grid": {"demes.A.epochs.0.end_time": [100, 150]}, "samples": AT_200},
        {"prior": {"demes.A.epochs.0.end_time": {"uniform": [100, 300]}}, "samples": AT_200},
    ],
    ids=["other times of the grid", "times that are drawn"],
)
def test_the_time_of_the_file_does_not_count_where_others_are_simulated(changes):
    assert read_times(**demes("d_extinct.yaml", **changes)) == {"A": 200}
