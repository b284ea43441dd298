"""Inbred lines are noticed, and nobody else is taken for one."""

import msprime
import numpy as np
import pytest
from helpers.genomes import read_text, record, refusal_of_text, vcf

from coalflow.genomes.genotypes.inbreeding import STRETCH, are_inbred, expect_heterozygotes


def look_at(haplotypes, called=None):
    """Return whether diploids with these alleles, (sites, haplotypes), are inbred."""
    called = np.ones_like(haplotypes) if called is None else called
    number, copies = called.sum(axis=1), haplotypes.sum(axis=1)
    missing = (called[:, ::2] == 0).sum(axis=1)
    individuals = haplotypes.shape[1] // 2
    expected = expect_heterozygotes(np.minimum(copies, number - copies), missing, individuals)
    heterozygotes = (haplotypes[:, ::2] != haplotypes[:, 1::2]).sum()
    stretches = np.split(haplotypes, range(STRETCH, len(haplotypes), STRETCH))
    return are_inbred(heterozygotes, expected, stretches)


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
    assert look_at(lines ^ flipped)
    assert not are_inbred(0, 0, [])


@pytest.mark.parametrize("individuals", [2, 3])
def test_few_lines_are_inbred_where_there_are_sites_enough(individuals):
    lines = np.repeat(simulate(individuals, 1, sequence_length=2e6), 2, axis=1)
    assert not look_at(lines[:40])
    assert look_at(lines)


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
        assert len(alleles) == 0 or not look_at(alleles)


def test_cousins_are_not_inbred():
    """A sixteenth of the genome, in one stretch, or all of it in one individual."""
    alleles = simulate(20, 3)
    alleles[: len(alleles) // 4, 1::2] = alleles[: len(alleles) // 4, ::2]
    alleles[:, 1] = alleles[:, 0]
    assert not look_at(alleles)


def test_missing_genotypes_are_neither():
    lines = np.repeat(simulate(10, 1), 2, axis=1)
    called = np.repeat(np.random.default_rng(2).random((len(lines), 10)) < 0.7, 2, axis=1)
    assert look_at(lines * called, called.astype(np.uint8))
    outbred = simulate(20, 1)[: len(called)]
    called = called[: len(outbred)].astype(np.uint8)
    assert not look_at(outbred * called, called)


def test_haploids_are_not_looked_at_nor_whose_ploidy_is_given(tmp_path):
    lines = simulate(10, 1, sequence_length=1e6)
    names = [f"i{number}" for number in range(10)]

    def write_lines(genotype):
        records = (
            record(10 * site + 1, *(genotype.format(allele) for allele in row))
            for site, row in enumerate(lines.tolist())
        )
        return vcf(*records, names=names)

    diploid = write_lines("{0}|{0}")
    assert "as inbred lines are" in refusal_of_text(tmp_path, diploid, 20, ploidy=2)
    rules = {"ploidy": 2}
    assert read_text(tmp_path, diploid, 20, ploidy=2, genotypes=rules)[1].sites_used == len(lines)
    assert read_text(tmp_path, write_lines("{0}"), 10)[1].sites_used == len(lines)
