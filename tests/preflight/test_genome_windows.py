"""Genomes: their diversity is measured right, and found where it is not that of simulations."""

import numpy as np
import pytest
from helpers.data import constant_history, seen_as

from coalflow.core.errors import CoalflowError
from coalflow.genomes import reading, vcf_writer
from coalflow.preflight import genome_windows
from coalflow.simulation import neutral
from coalflow.windows.observation import Sampled

ENCODING = {
    "sites": 20,
    "stretch": "central",
    "pad": False,
    "order": "sampled",
    "positions": "position",
    "coding": "signed",
}
OPTIONS = {"individuals": None, "ancestral": None, "masked": True}
SIMULATION = {"demography": {"population_size": 10_000}}
DROPPED = dict.fromkeys(reading.REASONS, 0)


def contig(positions, haplotypes=4, name="1"):
    alleles = np.zeros((len(positions), haplotypes), dtype=np.uint8)
    alleles[:, 0] = 1
    sampled = Sampled.of([("all", haplotypes)], 1)
    return reading.Contig(name, np.array(positions), alleles, None, sampled)


def genome_of(*contigs, records=100, **dropped):
    return genome_windows.Genome(
        "mine", list(contigs), {"records": records, "dropped": {**DROPPED, **dropped}}
    )


def rows_of(*thetas):
    return {str(number): {"theta": theta} for number, theta in enumerate(thetas)}


def findings_of(genome, *thetas, simulation=SIMULATION):
    return list(genome_windows.findings(genome, rows_of(*thetas), simulation))


def test_theta_by_hand():
    genome = genome_of(contig([11, 20, 110]), contig([1, 400], name="2"))
    assert (genome.sites, genome.bases) == (5, 100 + 400)
    assert genome.theta == pytest.approx(5 / (1 + 1 / 2 + 1 / 3) / 500)


def test_theta_of_a_simulated_file_is_4_n_mu(tmp_path):
    """One genome of 2 Mb at N = 10,000: its sd is some 3 % of the mean, so within 10 %."""
    rates = {"sequence_length": 2_000_000, "mutation_rate": 1.5e-8, "recombination_rate": 1.5e-8}
    trees = neutral.simulate_genome(constant_history(10_000), {"population": 5}, rates, seed=3)
    vcf_writer.write_vcf(trees, tmp_path / "mine.vcf.gz")
    genome = genome_windows.read(
        "mine",
        {**OPTIONS, "path": tmp_path / "mine.vcf.gz"},
        Sampled.of([("all", 5)], 2),
        seen_as(),
    )
    assert genome.theta == pytest.approx(4 * 10_000 * 1.5e-8, rel=0.1)
    assert genome_windows.line(genome)[0] == "genome mine"
    assert f"theta {genome.theta:.2g} per base" in genome_windows.line(genome)[1]


def test_a_genome_as_diverse_as_some_cell_is_no_finding():
    genome = genome_of(contig(np.arange(1, 1001, 10)))
    assert findings_of(genome, genome.theta / 1.9, genome.theta / 1.5) == []
    assert findings_of(genome, genome.theta * 0.1, genome.theta * 10) == []


def test_a_genome_that_is_more_diverse_asks_for_larger_sizes():
    genome = genome_of(contig(np.arange(1, 1001, 10)))
    (finding,) = findings_of(genome, genome.theta / 20, genome.theta / 5)
    assert "theta is 0.055 per base, that of the simulations 0.0028 to 0.011" in finding.finding
    assert "or mutation_rate about 5 times: population_size of some 50,000" in finding.mend


def test_a_genome_that_is_less_diverse_asks_for_smaller_sizes():
    genome = genome_of(contig(np.arange(1, 1001, 10)))
    simulation = {"demography": {}, "grid": {"population_size": [10_000, 40_000]}}
    (finding,) = findings_of(genome, 4 * genome.theta, 9 * genome.theta, simulation=simulation)
    assert "lower population_size or mutation_rate about 4 times" in finding.mend
    assert "population_size of some 2,500 to 10,000" in finding.mend


def test_no_sizes_are_named_where_the_config_has_none():
    genome = genome_of(contig(np.arange(1, 1001, 10)))
    demes = {"demography": {"demes": "mine.yaml"}}
    (finding,) = findings_of(genome, genome.theta / 5, simulation=demes)
    assert finding.mend.endswith("about 5 times")


def test_a_handful_of_sites_tells_nothing_of_diversity():
    assert findings_of(genome_of(contig([1, 2, 3])), 1e-9) == []
    assert findings_of(genome_of(), 1e-9) == []


def test_many_dropped_records_are_found():
    genome = genome_of(contig([1, 2, 3]), missing_genotypes=15, not_varying=40)
    (finding,) = findings_of(genome, 1.0)
    assert "25 % of the records that vary are dropped (missing genotypes)" in finding.finding
    assert findings_of(genome_of(contig([1, 2, 3]), not_varying=99), 1.0) == []


def test_windows_lie_side_by_side():
    genome = genome_of(contig(np.arange(1, 501, 5)), contig(np.arange(1, 51), name="2"))
    windows, counts, lengths = genome_windows.windows(genome, None, ENCODING, seen_as(), 100)
    assert len(windows) == 5 + 2
    assert (counts == 20).all()
    assert lengths.tolist() == [96] * 5 + [20] * 2


def test_padded_windows_tell_all_their_sites():
    genome = genome_of(contig(np.arange(1, 502)))
    padded = {**ENCODING, "pad": True, "length": 100}
    windows, counts, lengths = genome_windows.windows(genome, 100, padded, seen_as(), 100)
    assert len(windows) == 5
    assert (counts == 100).all()
    assert (lengths == 100).all()
    assert windows.mask.all()


def test_of_many_windows_some_are_taken_from_everywhere():
    genome = genome_of(contig(np.arange(1, 10_001)))
    windows, _, _ = genome_windows.windows(genome, None, ENCODING, seen_as(), 30)
    assert 25 <= len(windows) <= 30


def test_a_genome_without_a_window_is_refused():
    with pytest.raises(CoalflowError, match="no window"):
        genome_windows.windows(genome_of(contig([1, 2])), None, ENCODING, seen_as(), 30)


def test_a_genome_as_a_whole_is_compared_with_cells_without_a_sweep():
    """Only a sweep leaves as little diversity, and no genome is one sweep."""
    genome = genome_of(contig(np.arange(1, 1001, 10)))
    rows = rows_of(genome.theta, genome.theta * 10)
    low, high = rows
    assert list(genome_windows.findings(genome, rows, SIMULATION)) == []
    (finding,) = genome_windows.findings(genome, rows, SIMULATION, [low])
    assert "that of the simulations without a sweep" in finding.finding
    assert list(genome_windows.findings(genome, rows, SIMULATION, [low, high])) == []
