"""Whole genomes that are simulated: contigs of their own, and sweeps where they were put."""

import msprime
import numpy as np
import pytest
from helpers.genomes import read

from coalflow.config.schema.distributions import MapRate
from coalflow.config.schema.samples import Samples
from coalflow.config.settings.simulating import History, PlacedSweep, SimulateGenomeSettings
from coalflow.core import seeds
from coalflow.genomes import vcf_writer
from coalflow.simulation import demography, neutral
from coalflow.simulation.simulated_genome import (
    SimulatedContig,
    list_stretches,
    simulate_contigs,
    thin_sites,
)
from coalflow.windows.ancestry import Runs

CONTENT = {
    "time_units": "generations",
    "demes": [{"name": "only", "epochs": [{"start_size": 2000}]}],
}
RATES = {"sequence_length": 400_000, "mutation_rate": 5e-8, "recombination_rate": 5e-8}
SWEEP = {
    "sweep": "hard",
    "selection_coefficient": 0.1,
    "dominance": 0.5,
    "end_frequency": 1.0,
    "fixation_time": 0,
}
SAMPLES = Samples(individuals=(("all", 10),), ploidy=2)


def settings(contigs=1, sweeps=(), **changes):
    return SimulateGenomeSettings(
        seed=5,
        genome="mine",
        parameters={**RATES, **changes},
        contigs=tuple(str(number + 1) for number in range(contigs)),
        sweeps=tuple(sweeps),
        history=History(graph=CONTENT, population="only"),
        samples=SAMPLES,
    )


def sweep_at(position, contig="2", **changes):
    parameters = {**SWEEP, **changes}
    return PlacedSweep(contig=contig, position=position, population="only", parameters=parameters)


def count_near(trees, base, width=20_000):
    return int((np.abs(trees.sites_position - base) < width).sum())


@pytest.fixture(scope="module")
def swept():
    return list(simulate_contigs(settings(3, [sweep_at(200_000)])))


def test_one_contig_is_the_genome_that_it_always_was():
    (contig,) = simulate_contigs(settings())
    history = demography.convert_to_msprime(demography.build_graph(CONTENT))
    seed = seeds.derive_seed(5, "genome", "mine")
    expected = neutral.simulate_genome(
        history, demography.make_sample_sets(SAMPLES, "only"), RATES, seed
    )
    assert contig.trees.tables.equals(expected.tables, ignore_provenance=True)
    assert contig.truth is None


def test_contigs_are_independent_and_more_of_them_change_none(swept):
    (alone,) = simulate_contigs(settings())
    first, _, third = swept
    assert [contig.name for contig in swept] == ["1", "2", "3"]
    assert first.trees.tables.equals(alone.trees.tables, ignore_provenance=True)
    assert first.trees.tables.edges != third.trees.tables.edges


def test_diversity_is_lost_where_the_sweep_was_put_and_nowhere_else(swept):
    first, second, third = (contig.trees for contig in swept)
    theta = 4 * 2000 * 5e-8 * 40_000  # of as many bases
    expected = theta * sum(1 / copies for copies in range(1, 20))
    assert count_near(second, 200_000) < expected / 3
    assert min(count_near(first, 200_000), count_near(third, 200_000)) > expected / 2
    assert count_near(second, 20_000) > expected / 2


def test_the_truth_says_what_came_of_a_sweep(swept):
    truth = swept[1].truth
    assert {truth[name] for name in ("contig", "kind", "population")} == {"2", "hard", "only"}
    assert truth["position"] == 200_000
    assert (truth["frequency"], truth["founders"], truth["fixation_time"]) == (1, 1, 0)
    assert 50 < truth["selection_began"] < 1000
    assert swept[0].truth is swept[2].truth is None


def test_a_base_has_one_site_which_segregates(swept):
    for contig in swept:
        bases = np.floor(contig.trees.sites_position)
        assert (np.diff(bases) >= 1).all()
        assert contig.trees.genotype_matrix().sum(axis=1).min() > 0
    assert swept[1].trees.genotype_matrix().sum(axis=1).max() < 20


def test_the_selected_site_of_a_partial_sweep_is_at_its_base():
    partial = sweep_at(200_000, "1", end_frequency=0.6)
    (contig,) = simulate_contigs(settings(1, [partial]))
    (site,) = [site for site in contig.trees.sites() if site.position == 199_999]
    assert site.mutations[0].metadata == {"selected": True}
    carriers = contig.trees.genotype_matrix()[site.id].mean()
    assert 0.2 < carriers < 0.95
    assert contig.truth["frequency"] == pytest.approx(0.6, abs=0.02)


def test_of_sites_at_one_base_the_first_is_kept_and_the_others_are_counted():
    ancestry = msprime.sim_ancestry(5, sequence_length=20, population_size=1000, random_seed=1)
    trees = msprime.sim_mutations(
        ancestry, rate=1e-2, random_seed=1, discrete_genome=False,
        model=msprime.BinaryMutationModel(),
    )  # fmt: skip
    thinned, dropped = thin_sites(trees)
    assert thinned.num_sites == 20
    assert dropped == trees.num_sites - 20
    first = np.searchsorted(np.floor(trees.sites_position), np.arange(20))
    np.testing.assert_array_equal(thinned.genotype_matrix(), trees.genotype_matrix()[first])


def test_contigs_have_stretches_of_a_map(tmp_path):
    """All recombination is in the right half of the map, which has two contigs' lengths."""
    lines = ["Chromosome\tPosition(bp)\tRate(cM/Mb)\tMap(cM)"]
    lines += ["chr1\t0\t0.0\t0", "chr1\t400000\t20.0\t0", "chr1\t800000\t0\t8"]
    (tmp_path / "map.txt").write_text("\n".join(lines) + "\n")
    rate = MapRate(map=str(tmp_path / "map.txt"))
    given = settings(3, [sweep_at(200_000)], recombination_rate=rate)
    breaks = [contig.trees.breakpoints(as_array=True)[1:-1] for contig in simulate_contigs(given)]
    assert all(len(ends) > 10 for ends in breaks)
    assert len({ends.min() // 1000 for ends in breaks}) == 3
    # The stretch of the second contig is drawn like those of the others.
    assert all(np.diff(ends).max() < 60_000 for ends in breaks)


def test_a_genome_of_several_contigs_is_read_as_it_was_written(swept, tmp_path):
    path = tmp_path / "genome.vcf.gz"
    vcf_writer.write_contigs(((one.name, one.trees) for one in swept), path)
    contigs, _ = read(path, 20, ancestral="REF")
    for one, contig in zip(swept, contigs, strict=True):
        assert contig.name == one.name
        assert contig.positions.tolist() == (one.trees.sites_position // 1 + 1).tolist()
        assert np.array_equal(contig.haplotypes, one.trees.genotype_matrix())
    assert [file.name for file in tmp_path.iterdir()] == ["genome.vcf.gz"]


def test_stretches_are_named_as_tskit_names_individuals():
    runs = Runs(np.array([0, 5], np.int32), np.array([0.2, 7]), np.array([9.7, 7.3]))
    contig = SimulatedContig("1", None, ancestry=runs)
    # The other covers no whole base.
    assert list_stretches(contig, 2) == [("1", 0, 10, "tsk_0_1")]
