"""Genomes: their diversity is measured right, and found where it is not that of simulations."""

import numpy as np
import pytest
from helpers.data import constant_history, make_encoding, make_observation, make_samples
from helpers.genomes import make_options

from coalflow.config.schema.simulation import Simulation
from coalflow.core.errors import CoalflowError
from coalflow.genomes import vcf_writer
from coalflow.genomes.contigs import Contig
from coalflow.genomes.genotypes.sites import REASONS
from coalflow.genomes.reading import GenomeDescription
from coalflow.preflight import genome_windows
from coalflow.preflight.segregating_sites import CellSites
from coalflow.simulation import neutral

ENCODING = make_encoding(sites=20, order="sampled")


def simulation_of(**sections):
    return Simulation.model_validate({"samples": 2, "replicates": 10, **sections})


SIMULATION = simulation_of(demography={"population_size": 10_000})


def contig(positions, haplotypes=4, name="1"):
    alleles = np.zeros((len(positions), haplotypes), dtype=np.uint8)
    alleles[:, 0] = 1
    samples = make_samples(haplotypes, ploidy=1)
    return Contig(name, np.array(positions), alleles, None, samples)


def genome_of(*contigs, records=100, used=0, **dropped):
    description = GenomeDescription(
        samples=(),
        samples_in_file=0,
        records=records,
        sites_used=used,
        missing=0,
        accessible=None,
        dropped={**dict.fromkeys(REASONS, 0), **dropped},
    )
    return genome_windows.Genome("mine", list(contigs), description)


def cells_of(*thetas):
    return {f"cell{index}": CellSites(*[0] * 6, theta) for index, theta in enumerate(thetas)}


def find(genome, cells, simulation=SIMULATION, swept=()):
    return list(genome_windows.find_genome_problems(genome, cells, simulation, swept))


def findings_of(genome, *thetas, simulation=SIMULATION):
    return find(genome, cells_of(*thetas), simulation)


def encode(genome, length, encoding, most):
    encoded = genome_windows.encode_side_by_side(genome, length, encoding, make_observation(), most)
    return encoded[:3]


def test_theta_by_hand():
    genome = genome_of(contig([11, 20, 110]), contig([1, 400], name="2"))
    assert (genome.sites, genome.bases) == (5, 100 + 400)
    assert genome.theta == pytest.approx(5 / (1 + 1 / 2 + 1 / 3) / 500)


def test_theta_of_a_simulated_file_is_4_n_mu(tmp_path):
    """One genome of 2 Mb at N = 10,000: its sd is about 3 % of the mean, so within 10 %."""
    rates = {"sequence_length": 2_000_000, "mutation_rate": 1.5e-8, "recombination_rate": 1.5e-8}
    trees = neutral.simulate_genome(constant_history(10_000), {"population": 5}, rates, seed=3)
    vcf_writer.write_vcf(trees, tmp_path / "mine.vcf.gz")
    genome = genome_windows.read_first_records(
        "mine", tmp_path / "mine.vcf.gz", make_samples(5), make_observation(), make_options()
    )
    assert genome.theta == pytest.approx(4 * 10_000 * 1.5e-8, rel=0.1)
    label, words = genome_windows.describe_genome(genome)
    assert label == "genome mine"
    assert f"theta {genome.theta:.2g} per base" in words


def test_a_genome_as_diverse_as_some_cell_is_no_finding():
    genome = genome_of(contig(np.arange(1, 1001, 10)))
    assert findings_of(genome, genome.theta / 1.9, genome.theta / 1.5) == []
    assert findings_of(genome, genome.theta * 0.1, genome.theta * 10) == []


def test_a_genome_that_is_more_diverse_asks_for_larger_sizes():
    genome = genome_of(contig(np.arange(1, 1001, 10)))
    (finding,) = findings_of(genome, genome.theta / 20, genome.theta / 5)
    assert "theta is 0.055 per base, that of the simulations 0.0028 to 0.011" in finding.finding
    assert "or mutation_rate about 5 times: population_size of about 50,000" in finding.fix


def test_a_genome_that_is_less_diverse_asks_for_smaller_sizes():
    genome = genome_of(contig(np.arange(1, 1001, 10)))
    simulation = simulation_of(grid={"population_size": [10_000, 40_000]})
    (finding,) = findings_of(genome, 4 * genome.theta, 9 * genome.theta, simulation=simulation)
    assert "lower population_size or mutation_rate about 4 times" in finding.fix
    assert "population_size of about 2,500 to 10,000" in finding.fix


def test_no_sizes_are_named_where_the_config_has_none():
    genome = genome_of(contig(np.arange(1, 1001, 10)))
    demes = simulation_of(demography={"demes": "mine.yaml"})
    (finding,) = findings_of(genome, genome.theta / 5, simulation=demes)
    assert finding.fix.endswith("about 5 times")


def test_a_handful_of_sites_tells_nothing_of_diversity():
    assert findings_of(genome_of(contig([1, 2, 3])), 1e-9) == []
    assert findings_of(genome_of(), 1e-9) == []


def test_many_dropped_records_are_found():
    genome = genome_of(contig([1, 2, 3]), used=45, missing_genotypes=15, not_varying=40)
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
    assert findings_of(genome_of(contig([1, 2, 3]), used=45, **dropped), 1.0) == []


def test_windows_lie_side_by_side():
    genome = genome_of(contig(np.arange(1, 501, 5)), contig(np.arange(1, 51), name="2"))
    windows, counts, lengths = encode(genome, None, ENCODING, 100)
    assert len(windows) == 5 + 2
    assert (counts == 20).all()
    assert lengths.tolist() == [96] * 5 + [20] * 2


def test_padded_windows_tell_all_their_sites():
    genome = genome_of(contig(np.arange(1, 502)))
    padded = make_encoding(sites=20, pad=True, length=100)
    windows, counts, lengths = encode(genome, 100, padded, 100)
    assert len(windows) == 5
    assert (counts == 100).all()
    assert (lengths == 100).all()
    assert windows.mask.all()


def test_of_many_windows_some_are_taken_from_everywhere():
    genome = genome_of(contig(np.arange(1, 10_001)))
    windows, _, _ = encode(genome, None, ENCODING, 30)
    assert 25 <= len(windows) <= 30


def test_a_genome_without_a_window_is_refused():
    with pytest.raises(CoalflowError, match="no window"):
        encode(genome_of(contig([1, 2])), None, ENCODING, 30)


def test_a_genome_as_a_whole_is_compared_with_cells_without_a_sweep():
    """Only a sweep leaves as little diversity, and no genome is one sweep."""
    genome = genome_of(contig(np.arange(1, 1001, 10)))
    cells = cells_of(genome.theta, genome.theta * 10)
    low, high = cells
    assert find(genome, cells) == []
    (finding,) = find(genome, cells, swept=[low])
    assert "that of the simulations without a sweep" in finding.finding
    assert find(genome, cells, swept=[low, high]) == []
