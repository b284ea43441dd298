import pytest
from helpers.data import make_config, make_samples
from helpers.gene_flow import CONFIG, write_demes

from coalflow.config.loading import read_config
from coalflow.config.schema.distributions import Distribution, MapRate
from coalflow.report.parameters import (
    describe_individuals,
    describe_parameter,
    list_parameter_values,
)


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ({"uniform": [100, 20_000]}, "100 to 20,000, uniform"),
        ({"log_uniform": [1e-9, 1e-8]}, "1 × 10⁻⁹ to 1 × 10⁻⁸, log-uniform"),
        ({"uniform": [1, "2 * theta"]}, "1 to 2 * theta, uniform"),
        ({"normal": {"mean": 1, "sd": 2}}, "normal, mean 1, sd 2"),
        (
            {"normal": {"mean": 1, "sd": 2, "low": 0, "high": 3000}},
            "normal, mean 1, sd 2 (at least 0 and at most 3,000)",
        ),
        ({"normal": {"mean": 1, "sd": 2, "high": 3}}, "normal, mean 1, sd 2 (at most 3)"),
        ({"beta": {"a": 2, "b": 3}}, "beta(2, 3) from 0 to 1"),
        ({"categorical": {"values": ["growth", "constant"]}}, "one of growth, constant"),
        (
            {"categorical": {"values": [1000, 2000], "weights": [1, 0.5]}},
            "one of 1,000 (weight 1), 2,000 (weight 0.5)",
        ),
        ({"formula": "theta / 2"}, "= theta / 2"),
        ({"draws": "N0"}, "column N0 of the joint draws"),
    ],
)
def test_distributions_are_described_in_words(written, words):
    assert describe_parameter(Distribution.model_validate(written)) == words


def test_a_rate_of_a_map_is_described_in_words():
    assert describe_parameter(MapRate(map="maps/chr2.txt")) == "stretches of maps/chr2.txt"
    of_two = MapRate(map="maps/all.txt", chromosome="2")
    assert describe_parameter(of_two) == "stretches of maps/all.txt, chromosome 2"


def test_values_are_in_the_order_of_the_grid():
    config = make_config(simulation={"grid": {"population_size": [2000, 500, 1000]}})
    described = dict(list_parameter_values(config.simulation))
    assert described["population size"] == "2,000, 500, 1,000"
    assert described["sequence length"] == "100,000"
    assert described["mutation rate"] == "1.5 × 10⁻⁸"


def test_individuals_are_described_in_words():
    assert describe_individuals(make_samples(1200, ploidy=1)) == "1,200 haploid individuals"
    assert describe_individuals(make_samples(3, ploidy=4)) == "3 4-ploid individuals"
    several = make_samples({"EUR": 10, "AFR": 8})
    assert describe_individuals(several) == "10 of EUR and 8 of AFR diploid individuals"


def test_parameters_of_all_simulations_come_before_those_of_sweeps():
    sweep = {"selection_coefficient": 0.02, "grid": {"sweep": ["neutral", "hard"]}}
    demography = {"population_size": 1000}
    config = make_config(simulation={**sweep, "demography": demography}, target="sweep")
    names = [name for name, _ in list_parameter_values(config.simulation)]
    assert names[:2] == ["population size", "history"]
    assert names[-6:] == [
        "sweep",
        "selection coefficient",
        "dominance",
        "end frequency",
        "fixation time",
        "position",
    ]


def test_kinds_of_gene_flow_say_what_is_on_in_each(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_demes(tmp_path)
    config = read_config(CONFIG)
    described = dict(list_parameter_values(config.simulation, config.graph))
    assert described["gene flow none"] == "by nothing"
    assert described["gene flow southward"] == (
        "by pulses.1 (from north into south), migrations.0 (from north into south)"
    )
    assert described["gene flow"] == "none, southward, northward"
