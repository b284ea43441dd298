"""Inbred lines are noticed, and nobody else is taken for one."""

import msprime
import numpy as np
import pytest
from helpers.data import make_samples

from coalflow.genomes.contigs import Contig
from coalflow.genomes.genotypes.assembly import AssembledContig
from coalflow.genomes.genotypes.inbreeding import are_inbred


def contig_of(haplotypes, called=None):
    """Return a contig with alleles, (sites, haplotypes), of diploids."""
    individuals = haplotypes.shape[1] // 2
    positions = np.arange(1, len(haplotypes) + 1)
    contig = Contig("1", positions, haplotypes.astype(np.uint8), called, make_samples(individuals))
    return AssembledContig("1", contig, [2] * individuals, [True] * individuals, {})


def simulate(haplotypes, seed, **options):
    """Return the alleles of a population, (sites, haplotypes)."""
    settings = {"population_size": 10_000, "recombination_rate": 1e-8, "sequence_length": 2e5}
    trees = msprime.sim_ancestry(haplotypes, ploidy=1, random_seed=seed, **{**settings, **options})
    trees = msprime.sim_mutations(trees, rate=2e-8, random_seed=seed, discrete_genome=False)
    return trees.genotype_matrix().clip(max=1)


@pytest.mark.parametrize("individuals", [4, 5, 10, 50])
@pytest.mark.parametrize("residual", [0, 0.02])
def test_lines_are_inbred(individuals, residual):
    """Also where some of their genotypes are still heterozygous."""
    lines = np.repeat(simulate(individuals, 1), 2, axis=1)
    random = np.random.default_rng(1)
    flipped = random.random(lines.shape) < residual / 2
    flipped[:, ::2] = False
    inbred = contig_of(lines ^ flipped)
    assert are_inbred([inbred])
    assert not are_inbred([])


@pytest.mark.parametrize("individuals", [2, 3])
def test_few_lines_are_inbred_where_there_are_sites_enough(individuals):
    lines = np.repeat(simulate(individuals, 1, sequence_length=2e6), 2, axis=1)
    assert not are_inbred([contig_of(lines[:40])])
    assert are_inbred([contig_of(lines)])


@pytest.mark.parametrize("individuals", [2, 4, 10])
@pytest.mark.parametrize("recombination_rate", [0, 1e-8])
@pytest.mark.parametrize("population_size", [1_000, 10_000])
def test_outbred_individuals_are_not_inbred(individuals, recombination_rate, population_size):
    """Nor those of a bottlenecked population, on one stretch without recombination."""
    for seed in range(1, 40):
        alleles = simulate(
            2 * individuals,
            seed,
            recombination_rate=recombination_rate,
            population_size=population_size,
        )
        assert len(alleles) == 0 or not are_inbred([contig_of(alleles)])


def test_cousins_are_not_inbred():
    """A sixteenth of the genome, in one stretch, or all of it in one individual."""
    alleles = simulate(20, 3)
    alleles[: len(alleles) // 4, 1::2] = alleles[: len(alleles) // 4, ::2]
    alleles[:, 1] = alleles[:, 0]
    assert not are_inbred([contig_of(alleles)])


def test_missing_genotypes_are_neither():
    lines = np.repeat(simulate(10, 1), 2, axis=1)
    called = np.repeat(np.random.default_rng(2).random((len(lines), 10)) < 0.7, 2, axis=1)
    assert are_inbred([contig_of(lines * called, called.astype(np.uint8))])
    outbred = simulate(20, 1)[: len(called)]
    called = called[: len(outbred)].astype(np.uint8)
    assert not are_inbred([contig_of(outbred * called, called)])


def test_haploids_are_not_looked_at():
    lines = np.repeat(simulate(10, 1), 2, axis=1)
    contig = contig_of(lines).contig
    assert not are_inbred([AssembledContig("1", contig, [1] * 20, [True] * 20, {})])
