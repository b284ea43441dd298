"""A genome that is read for several draws has in each what a file of these individuals has."""

import numpy as np
import pytest
from helpers.data import make_observation, make_samples
from helpers.genomes import keep, make_options, open_text, record, vcf, write

from coalflow.genomes.opening import open_genome
from coalflow.genomes.plan import list_parts

NAMES = [f"i{number}" for number in range(9)]


def make_text():
    generator = np.random.default_rng(5)
    records = []
    for position in range(10, 400, 10):
        alleles = generator.random((len(NAMES), 2)) < generator.beta(0.3, 2)
        genotypes = ["|".join("01"[int(allele)] for allele in each) for each in alleles]
        if position % 70 == 0:
            genotypes[generator.integers(len(NAMES))] = ".|."
        records.append(record(position, *genotypes))
    return vcf(*records, names=NAMES)


@pytest.mark.parametrize("observed", [{}, {"missing": 0.1, "minimum_allele_count": 2}])
def test_each_draw_is_what_its_individuals_have(observed, tmp_path):
    text, observation, samples = make_text(), make_observation(**observed), make_samples(4, 2)
    path, options = write(tmp_path / "genome.vcf", text), make_options(draws=3)
    plan = keep(path, tmp_path, samples, options, observation.phased, parts=1)
    stores = list_parts(tmp_path / "contigs", plan)
    genome = open_genome(stores, plan, samples, observation, options)
    (contig,) = genome.contigs
    assert (genome.draws, genome.description.chosen) == (3, "drawn")
    for draw, indices in enumerate(plan.draws):
        names = [plan.individuals[index] for index in indices]
        folder = tmp_path / str(draw)
        folder.mkdir()
        (alone,) = open_text(folder, text, samples, observation, make_options(names)).contigs
        one, other = contig.read_sites(0, contig.sites, draw), alone.read_sites(0, alone.sites)
        for name in ("positions", "haplotypes", "called"):
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
        assert one.samples == other.samples == samples
