"""Rates and sizes that come from stdpopsim's catalogue."""

from coalflow.config.loading import read_config


def read_simulation(**changes):
    """Read a config and return its simulation with defaults filled in."""
    simulation = {"samples": 3, "sequence_length": 20_000, "replicates": 20, **changes}
    config = {"run": "two", "seed": 3, "simulation": simulation, "target": "diversity"}
    return read_config(config).simulation


def test_a_model_brings_its_own_rates():
    simulation = read_simulation(
        species="HomSap",
        demography={"stdpopsim": "OutOfAfrica_3G09"},
        samples={"YRI": 2, "CEU": 2},
    )
    assert simulation.mutation_rate == 2.35e-8
    assert 1e-8 < simulation.recombination_rate < 1.4e-8
    assert simulation.demography.population_size is None


def test_a_species_brings_rates_and_a_size():
    genome = read_simulation(species="DroMel")
    chromosome = read_simulation(species="DroMel", chromosome="2L")
    assert genome.demography.population_size == 1_720_600
    assert genome.mutation_rate == 5.49e-9
    assert chromosome.recombination_rate > genome.recombination_rate


def test_what_is_given_comes_before_the_catalogue():
    simulation = read_simulation(
        species="DroMel", demography={"population_size": 5}, mutation_rate=1e-7
    )
    assert simulation.demography.population_size == 5
    assert simulation.mutation_rate == 1e-7
