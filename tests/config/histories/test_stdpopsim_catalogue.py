"""Rates and sizes that come from stdpopsim's catalogue."""

import pytest
import stdpopsim
import yaml
from helpers.cases import CASES
from helpers.configs import complaint_about
from validate_catalogue import list_entries, make_config

from coalflow.config.histories import stdpopsim_catalogue
from coalflow.config.loading import read_config
from coalflow.core.errors import CoalflowError


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


# Ploidy --------------------------------------------------------------------------------------

HAPLOIDS = sorted(species.id for species in stdpopsim.all_species() if species.ploidy == 1)
MISTAKEN = "ChlRei"  # 1.4e-7 individuals


def test_n_haploids_have_n_chromosomes():
    (case,) = (CASES / "39-stdpopsim-haploid-species").glob("*.yaml")
    written = yaml.safe_load(case.read_text())
    simulation = read_config(written).simulation
    theta = 4 * simulation.demography.population_size * simulation.mutation_rate
    assert theta == pytest.approx(0.0320, abs=5e-5)
    del written["simulation"]["ploidy"]
    assert read_config(written).simulation == simulation


@pytest.mark.parametrize("name", [name for name in HAPLOIDS if name != MISTAKEN])
def test_every_haploid_species_has_the_diversity_of_the_catalogue(name):
    species, simulation = stdpopsim.get_species(name), read_simulation(species=name, samples=6)
    theta = 4 * simulation.demography.population_size * simulation.mutation_rate
    assert theta == pytest.approx(2 * species.population_size * species.genome.mean_mutation_rate)
    assert simulation.ploidy == 1


def test_a_size_that_nobody_can_have_is_not_filled_in():
    assert MISTAKEN in HAPLOIDS
    simulation = {"samples": 6, "sequence_length": 2000, "replicates": 20, "species": MISTAKEN}
    config = {"run": "two", "seed": 3, "simulation": simulation, "target": "diversity"}
    assert (
        "simulation.demography.population_size is missing, and stdpopsim knows no possible one of "
        "ChlRei: add it"
    ) in complaint_about(config)
    simulation["demography"] = {"population_size": 5e6}
    assert read_config(config).simulation.demography.population_size == 5e6
    # Nor is it what simulations are compared with.
    assert set(stdpopsim_catalogue.find_rates(MISTAKEN)) == {"mutation_rate", "recombination_rate"}


def test_the_ploidy_that_is_given_is_used():
    """A haploid species called as diploid, inbred lines of a diploid: sizes stay the same."""
    assert read_simulation(species="EscCol", ploidy=2).ploidy == 2
    assert read_simulation(species="EscCol", ploidy=2).demography.population_size == 9e7
    assert read_simulation(species="DroMel", ploidy=1, samples=6).ploidy == 1
    assert read_simulation(species="DroMel", ploidy=1, samples=6).demography.population_size == (
        1_720_600
    )
    assert read_simulation(species="DroMel").ploidy == 2


@pytest.mark.parametrize("chromosome", ["MT", "Y"])
def test_of_a_haploid_chromosome_there_are_half_as_many_copies(chromosome):
    simulation = read_simulation(species="HomSap", chromosome=chromosome, samples=6)
    assert (simulation.demography.population_size, simulation.ploidy) == (5000, 1)
    assert simulation.recombination_rate == 0
    assert read_simulation(species="HomSap", chromosome="X").demography.population_size == 10_000


def test_of_a_haploid_chromosome_the_sizes_of_a_model_are_halved():
    whole = stdpopsim_catalogue.read_graph("HomSap", "OutOfAfrica_2T12")
    halved = stdpopsim_catalogue.read_graph("HomSap", "OutOfAfrica_2T12", "MT")
    sizes = [
        [
            epoch.pop(key)
            for deme in graph["demes"]
            for epoch in deme["epochs"]
            for key in list(epoch)
            if key.endswith("size")
        ]
        for graph in (whole, halved)
    ]
    assert sizes[1] == [size / 2 for size in sizes[0]]
    assert whole == halved  # but for the sizes


def test_the_chromosome_says_how_it_recombines_even_in_a_model():
    model = {"demography": {"stdpopsim": "HolsteinFriesian_1B16"}, "species": "BosTau"}
    assert read_simulation(**model).recombination_rate == 3.66e-9  # the model's own
    assert read_simulation(**model, chromosome="MT", samples=6).recombination_rate == 0


def test_a_chromosome_that_mutates_otherwise_is_not_of_a_model():
    model = {"stdpopsim": "CastaneusIndia_1F22"}
    simulation = {"samples": 6, "sequence_length": 2000, "replicates": 20, "species": "MusMus"}
    simulation |= {"chromosome": "MT", "demography": model}
    config = {"run": "two", "seed": 3, "simulation": simulation, "target": "diversity"}
    assert (
        "simulation.chromosome is MT, whose mutation rate, 2.775e-08, is 5.14 times the genome's, "
        "and CastaneusIndia_1F22 was inferred with 5.7e-09 for the genome: choose another "
        "chromosome, or no model"
    ) in complaint_about(config)
    simulation["chromosome"] = "Y"
    assert read_config(config).simulation.mutation_rate == 5.7e-9


def test_rates_of_the_genome_are_those_of_chromosomes_with_its_ploidy():
    """The mean over autosomes, whose copies its size counts, not that of mitochondria too."""
    simulation = read_simulation(species="CaeEle")
    assert (
        simulation.mutation_rate
        == stdpopsim.get_species("CaeEle").genome.get_chromosome("I").mutation_rate
    )


# Gene conversion -----------------------------------------------------------------------------


def test_bacteria_bring_the_length_of_their_tracts():
    assert read_simulation(species="EscCol", samples=6).gene_conversion_tract == 542
    given = read_simulation(species="EscCol", samples=6, gene_conversion_tract=100)
    assert given.gene_conversion_tract == 100
    # The rates of others are of crossovers, whether they have gene conversion or not.
    assert read_simulation(species="DroMel").gene_conversion_tract is None


@pytest.mark.parametrize("length", [0, 542])
def test_where_there_are_only_crossovers_gene_conversion_is_refused(length, tmp_path):
    simulation = {"samples": 6, "sequence_length": 2000, "replicates": 20, "species": "EscCol"}
    simulation |= {"sweep": "hard", "selection_coefficient": 0.001, "gene_conversion_tract": length}
    config = {"run": "two", "seed": 3, "simulation": simulation, "target": "diversity"}
    if not length:
        assert read_config(config).simulation.has_sweeps
        return
    assert (
        "simulation.gene_conversion_tract is 542 bases in EscCol, and sweeps are simulated with "
        "crossovers alone: make it 0 to simulate these instead"
    ) in complaint_about(config)
    del simulation["sweep"], simulation["selection_coefficient"]
    simulation["recombination_map"] = str(tmp_path / "map.txt")
    (tmp_path / "map.txt").write_text("")
    assert (
        "simulation.gene_conversion_tract is 542 bases in EscCol, and "
        "simulation.recombination_map is of crossovers: make it 0 to simulate these instead"
    ) in complaint_about(config)


# The whole catalogue -------------------------------------------------------------------------


def test_all_that_the_catalogue_has_is_read_with_all_of_its_populations():
    refused = []
    for entry in list_entries():
        config = make_config(entry)
        try:
            samples = read_config(config).samples
        except CoalflowError:
            refused.append(entry.name)
            continue
        if entry.model is not None:
            times = stdpopsim_catalogue.find_sampling_times(entry.species, entry.model)
            assert dict(samples.times) == {name: time for name, time in times.items() if time}
            assert [name for name, _ in samples.individuals] == list(times)
    assert refused == [MISTAKEN, "MusMus DomesticusEurope_1F22 MT"]
