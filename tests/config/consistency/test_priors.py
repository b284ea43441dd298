"""Priors, paths into demes files, recombination maps and stdpopsim's names: what is refused."""

import pytest
from helpers.two_populations import read_changed, write_demes

from coalflow.core.errors import CoalflowError


@pytest.fixture(autouse=True)
def working_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_demes(tmp_path)
    (tmp_path / "map.txt").write_text("pos rate\n0 1\n900000 0\n")


WITHOUT_HISTORY = {"samples": 3, "demography": None}
REFUSED = {
    "a path that does not exist": (
        {"prior": {"demes.A.epochs.1.end_size": {"uniform": [1, 2]}}},
        "simulation.prior.demes.A.epochs.1.end_size is not a parameter of this history; it has: "
        "demes.A.epochs.0.end_time, demes.A.epochs.0.start_size, demes.A.epochs.1.start_size",
    ),
    "a path without a graph": (
        {
            "demography": {"population_size": 5},
            "samples": 3,
            "grid": {"demes.A.start_time": [1, 2]},
        },
        "simulation.grid.demes.A.start_time is a path into a demes file, and there is none: name "
        "one in simulation.demography.demes",
    ),
    "a size that cannot be": (
        {"grid": {"demes.A.epochs.1.start_size": [300, -1]}},
        "simulation.grid.demes.A.epochs.1.start_size.1 is -1, must be greater than 0",
    ),
    "bounds swapped": (
        {"mutation_rate": None, "prior": {"mutation_rate": {"uniform": [2e-8, 1e-8]}}},
        "simulation.prior.mutation_rate.uniform is [2e-08, 1e-08]: the first must be less than "
        "the second",
    ),
    "bounds beyond the limits": (
        {"mutation_rate": None, "prior": {"mutation_rate": {"uniform": [0, 1e-8]}}},
        "simulation.prior.mutation_rate.uniform.0 is 0, must be greater than 0",
    ),
    "a logarithm of 0": (
        {"recombination_rate": None, "prior": {"recombination_rate": {"log_uniform": [0, 1e-8]}}},
        "simulation.prior.recombination_rate.log_uniform.0 is 0: only numbers above 0 have a "
        "logarithm",
    ),
    "a deviation of 0": (
        {"mutation_rate": None, "prior": {"mutation_rate": {"normal": {"mean": 1e-8, "sd": 0}}}},
        "simulation.prior.mutation_rate.normal.sd is 0, must be greater than 0",
    ),
    "two distributions": (
        {"prior": {"x": {"uniform": [1, 2], "log_uniform": [1, 2]}}},
        "simulation.prior.x has several of log_uniform, uniform: keep one",
    ),
    "an unknown parameter": (
        {"prior": {"mutation_rat": {"uniform": [1e-9, 1e-8]}}},
        "simulation.prior.mutation_rat is not a parameter of simulations, and no formula names it; "
        "did you mean mutation_rate?",
    ),
    "a formula of an unknown parameter": (
        {
            "mutation_rate": None,
            "prior": {"mutation_rate": {"formula": "thet / 2"}, "theta": {"uniform": [1, 2]}},
        },
        "simulation.prior.mutation_rate.formula names 'thet', but the parameters are: ",
    ),
    "a formula that cannot be read": (
        {"mutation_rate": None, "prior": {"mutation_rate": {"formula": "import os"}}},
        "simulation.prior.mutation_rate.formula is 'import os', which is not a formula",
    ),
    "a circle": (
        {
            "mutation_rate": None,
            "prior": {"mutation_rate": {"formula": "x * 2"}, "x": {"formula": "mutation_rate"}},
        },
        " depends on itself: ",
    ),
    "drawn and given": (
        {"prior": {"mutation_rate": {"uniform": [1e-9, 1e-8]}}},
        "simulation.mutation_rate is also given in simulation.prior.mutation_rate: delete one",
    ),
    "weights that are too few": (
        {
            "prior": {
                "migrations.0.rate": {"categorical": {"values": [0, 0.1], "weights": [1, 2, 3]}}
            }
        },
        "simulation.prior.migrations.0.rate.categorical.weights are 3, the values 2: give one for "
        "each",
    ),
    "names for numbers": (
        {"prior": {"migrations.0.rate": {"categorical": {"values": [0.1, "much"]}}}},
        "simulation.prior.migrations.0.rate.categorical.values.1 is 'much', but must be a number",
    ),
    "sweeps that are drawn": (
        {"prior": {"sweep": {"categorical": {"values": ["hard", "soft"]}}}},
        "simulation.prior.sweep cannot be drawn: list kinds of sweep in simulation.grid.sweep",
    ),
    "draws without a file": (
        {"prior": {"migrations.0.rate": {"draws": "m"}}},
        "simulation.prior.migrations.0.rate.draws is a column of simulation.draws, which is "
        "missing: name the file there",
    ),
    "draws of no file": (
        {"draws": "none.csv", "prior": {"migrations.0.rate": {"draws": "m"}}},
        "simulation.draws is 'none.csv': there is no such file",
    ),
    "no such column of draws": (
        {"draws": "two.yaml", "prior": {"migrations.0.rate": {"draws": "m"}}},
        "simulation.prior.migrations.0.rate.draws is 'm': two.yaml: has no column m; it has: ",
    ),
    "a map and a rate": (
        {"recombination_map": "map.txt"},
        "simulation.recombination_rate is given as well as simulation.recombination_map: delete "
        "one",
    ),
    "no such map": (
        {"recombination_map": "none.txt", "recombination_rate": None},
        "simulation.recombination_map is 'none.txt': there is no such file",
    ),
    "no such map of a species": (
        {
            **WITHOUT_HISTORY,
            "species": "DroMel",
            "recombination_map": "Comeron",
            "recombination_rate": None,
        },
        "nor a map of stdpopsim's for the species; these are: ComeronCrossover_dm6",
    ),
    "an unknown species": (
        {**WITHOUT_HISTORY, "species": "DroMell"},
        "; did you mean DroMel?",
    ),
    "an unknown model": (
        {"species": "HomSap", "demography": {"stdpopsim": "OutOfAfrica_2T21"}},
        "simulation.demography.stdpopsim names 'OutOfAfrica_2T21', but the models of HomSap in "
        "stdpopsim are: ",
    ),
    "a model without a species": (
        {"demography": {"stdpopsim": "OutOfAfrica_2T12"}},
        "simulation.demography.stdpopsim is a model of stdpopsim's: name the species too "
        "(simulation.species)",
    ),
    "an unknown chromosome": (
        {**WITHOUT_HISTORY, "species": "DroMel", "chromosome": "chr2L"},
        "simulation.chromosome names 'chr2L', but the chromosomes of DroMel in stdpopsim are: 2L",
    ),
    "a model and a file": (
        {
            "species": "HomSap",
            "demography": {"stdpopsim": "OutOfAfrica_2T12", "demes": "two.yaml"},
            "mutation_rate": None,
        },
        "simulation.demography.stdpopsim is given as well as `demes`: delete one",
    ),
    "populations that the model does not have": (
        {
            "species": "HomSap",
            "demography": {"stdpopsim": "OutOfAfrica_2T12"},
            "samples": {"EUR": 2, "CEU": 2},
            "mutation_rate": None,
        },
        "simulation.samples.CEU names 'CEU', but the populations are: AFR, EUR",
    ),
    "samples of populations without a graph": (
        {"demography": {"population_size": 5}},
        "simulation.samples names populations, and only a demes file (demography.demes) has "
        "several: give a number, or a file",
    ),
}


@pytest.mark.parametrize(("simulation", "message"), REFUSED.values(), ids=list(REFUSED))
def test_a_mistake_is_reported_in_one_line(simulation, message):
    with pytest.raises(CoalflowError) as caught:
        read_changed(**simulation)
    reported = str(caught.value).removeprefix("the config cannot be used:\n  ")
    assert message in reported
    assert "\n" not in reported, reported


def test_text_that_is_a_number_is_that_number():
    """YAML reads 1e-9 as text, and a formula may be a number."""
    prior = {"mutation_rate": {"log_uniform": ["1e-9", " 2E-8 "]}}
    simulation = read_changed(mutation_rate=None, prior=prior).simulation
    assert simulation.prior["mutation_rate"].log_uniform == (1e-9, 2e-8)
    prior = {"mutation_rate": {"uniform": ["3e-8", "2e-8"]}}
    with pytest.raises(CoalflowError, match="is \\[3e-08, 2e-08\\]: the first must be less"):
        read_changed(mutation_rate=None, prior=prior)
