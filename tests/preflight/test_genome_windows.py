"""Genomes: their diversity is measured right, and found where it is not that of simulations."""

import numpy as np
import pytest
from helpers.data import constant_history, make_encoding, make_observation, make_samples
from helpers.genomes import keep, make_options

from coalflow.config.schema.simulation import Simulation
from coalflow.genomes import vcf_writer
from coalflow.genomes.genotypes.sites import REASONS
from coalflow.genomes.opening import GenomeDescription, open_genome
from coalflow.genomes.plan import list_parts
from coalflow.preflight import genome_windows
from coalflow.preflight.compared_windows import ComparedWindows
from coalflow.preflight.segregating_sites import CellSites
from coalflow.simulation import neutral

ENCODING = make_encoding(sites=20, order="sampled")


def simulation_of(**sections):
    return Simulation.model_validate({"samples": 2, "replicates": 10, **sections})


SIMULATION = simulation_of(demography={"population_size": 10_000})


class Contig:
    """A contig of four haplotypes with sites at these positions."""

    name, length, draws = "1", 500, 1
    samples = make_samples(4, ploidy=1)

    def __init__(self, positions):
        self.positions = np.array(positions)
        self.sites = len(positions)

    def read_positions(self, first, last):
        return self.positions[first:last]


def genome_of(*contigs, records=100, used=0, **dropped):
    description = GenomeDescription(
        format="VCF",
        samples=(),
        samples_in_file=0,
        records=records,
        sites_used=used,
        missing=0,
        dropped={**dict.fromkeys(REASONS, 0), **dropped},
    )
    return genome_windows.Genome("mine", list(contigs), description)


def cells_of(*thetas):
    return {f"cell{index}": CellSites(*[0] * 6, theta) for index, theta in enumerate(thetas)}


def find(genome, cells, simulation=SIMULATION, swept=()):
    return list(genome_windows.find_genome_problems(genome, cells, simulation, swept))


def findings_of(genome, *thetas, simulation=SIMULATION):
    return find(genome, cells_of(*thetas), simulation)


def test_theta_by_hand():
    genome = genome_of(Contig([11, 20, 110]), Contig([1, 400]), Contig([]))
    assert (genome.number_of_sites, genome.bases) == (5, 100 + 400)
    assert genome.theta == pytest.approx(5 / (1 + 1 / 2 + 1 / 3) / 500)


def test_theta_of_a_simulated_file_is_4_n_mu(tmp_path):
    """One genome of 2 Mb at N = 10,000: its sd is about 3 % of the mean, so within 10 %."""
    rates = {"sequence_length": 2_000_000, "mutation_rate": 1.5e-8, "recombination_rate": 1.5e-8}
    trees = neutral.simulate_genome(constant_history(10_000), {"population": 5}, rates, seed=3)
    vcf_writer.write_vcf(trees, tmp_path / "mine.vcf.gz")
    plan = keep(tmp_path / "mine.vcf.gz", tmp_path, make_samples(5), make_options())
    stores = list_parts(tmp_path / "contigs", plan)
    opened = open_genome(stores, plan, make_samples(5), make_observation(), make_options())
    genome = genome_windows.Genome("mine", opened.contigs, opened.description)
    assert genome.theta == pytest.approx(4 * 10_000 * 1.5e-8, rel=0.1)
    ((label, words),) = genome_windows.describe_diversity(genome)
    assert label == "genome mine"
    assert f"theta {genome.theta:.2g} per base" in words


def test_of_several_draws_the_sites_of_one_are_counted():
    """Of the sites of all individuals, those of one draw have two in three."""

    class Drawn(Contig):
        draws = 3

        def read_sites(self, first, last):
            kept = self.positions[first:last]
            return Contig(kept[kept % 3 > 0])

    positions = np.arange(1, 100_001)
    genome, third = genome_of(Drawn(positions)), genome_of(Contig(positions[positions % 3 > 0]))
    assert genome.theta == pytest.approx(third.theta, rel=0.01)


def test_a_genome_as_diverse_as_some_cell_is_no_finding():
    genome = genome_of(Contig(np.arange(1, 1001, 10)))
    assert findings_of(genome, genome.theta / 1.9, genome.theta / 1.5) == []
    assert findings_of(genome, genome.theta * 0.1, genome.theta * 10) == []


def test_a_genome_that_is_more_diverse_asks_for_larger_sizes():
    genome = genome_of(Contig(np.arange(1, 1001, 10)))
    (finding,) = findings_of(genome, genome.theta / 20, genome.theta / 5)
    assert "theta is 0.055 per base, that of the simulations 0.0028 to 0.011" in finding.finding
    assert "or mutation_rate about 5 times: population_size of about 50,000" in finding.fix


def test_a_genome_that_is_less_diverse_asks_for_smaller_sizes():
    genome = genome_of(Contig(np.arange(1, 1001, 10)))
    simulation = simulation_of(grid={"population_size": [10_000, 40_000]})
    (finding,) = findings_of(genome, 4 * genome.theta, 9 * genome.theta, simulation=simulation)
    assert "lower population_size or mutation_rate about 4 times" in finding.fix
    assert "population_size of about 2,500 to 10,000" in finding.fix


def test_no_sizes_are_named_where_the_config_has_none():
    genome = genome_of(Contig(np.arange(1, 1001, 10)))
    demes = simulation_of(demography={"demes": "mine.yaml"})
    (finding,) = findings_of(genome, genome.theta / 5, simulation=demes)
    assert finding.fix.endswith("about 5 times")


def test_a_handful_of_sites_tells_nothing_of_diversity():
    assert findings_of(genome_of(Contig([1, 2, 3])), 1e-9) == []
    assert findings_of(genome_of(), 1e-9) == []


def test_many_dropped_records_are_found():
    genome = genome_of(Contig([1, 2, 3]), used=45, missing_genotypes=15, not_varying=40)
    (finding,) = findings_of(genome, 1.0)
    assert finding.finding.startswith("25 % of the records that vary or may vary have genotypes")
    assert "observation.missing" in finding.fix


@pytest.mark.parametrize(
    "dropped",
    [
        {"not_varying": 99},
        {"not_varying": 54, "missing_genotypes": 10},
        {"duplicate": 99},
        {"outside_mask": 99},
        {"contig_left_out": 99},
    ],
)
def test_records_that_are_no_loss_are_no_finding(dropped):
    assert findings_of(genome_of(Contig([1, 2, 3]), used=45, **dropped), 1.0) == []


def test_which_windows_are_compared_is_said():
    few = ComparedWindows(None, np.zeros(20), np.zeros(20), ["1"] * 20, 100, 90, 3)
    ((_, words),) = genome_windows.describe_compared(few, ENCODING)
    assert words.startswith("20 of its 100 windows of 20 sites are compared; taken evenly from")
    assert "; 10 without a usable site are not; 3 with a stretch without a site" in words
    all_of_it = ComparedWindows(None, np.zeros(9), np.zeros(9), ["1"] * 9, 9, 9, 0)
    ((_, words),) = genome_windows.describe_compared(all_of_it, ENCODING)
    assert words == "9 of its 9 windows of 20 sites are compared"
    figures = {each.name: each.value for each in genome_windows.list_window_figures("mine", few)}
    assert figures["windows side by side"] == 100
    assert figures["windows compared"] == 20


def test_a_genome_without_windows_to_compare_is_found():
    genome, none = genome_of(Contig([1, 2])), ([], [], [])
    padded = make_encoding(sites=20, pad=True, length=1000)
    for encoding, in_genome, said in (
        (padded, 0, "its longest contig has 500 bases, and windows have 1,000"),
        (padded, 7, "all of its 7 windows have too few sites, or a long stretch"),
    ):
        windows = ComparedWindows(None, *none, in_genome, 0, 0)
        (finding,) = genome_windows.find_incomparable(genome, windows, encoding)
        assert said in finding.finding
    assert genome_windows.describe_compared(ComparedWindows(None, *none, 0, 0, 0), padded) == []


def test_a_genome_as_a_whole_is_compared_with_cells_without_a_sweep():
    """Only a sweep leaves as little diversity, and no genome is one sweep."""
    genome = genome_of(Contig(np.arange(1, 1001, 10)))
    cells = cells_of(genome.theta, genome.theta * 10)
    low, high = cells
    assert find(genome, cells) == []
    (finding,) = find(genome, cells, swept=[low])
    assert "that of the simulations without a sweep" in finding.finding
    assert find(genome, cells, swept=[low, high]) == []
