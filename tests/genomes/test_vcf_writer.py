"""Simulated genomes as VCF: whole or not at all."""

import cyvcf2
import msprime
import numpy as np
import pytest
from helpers.genomes import dropped, only, read

from coalflow.genomes import vcf_writer


def test_ancestral_alleles_are_a_and_positions_count_from_1(tmp_path):
    trees = msprime.sim_ancestry(3, sequence_length=1000, random_seed=1)
    model = msprime.BinaryMutationModel()
    trees = msprime.sim_mutations(trees, rate=5e-3, random_seed=1, model=model)
    vcf_writer.write_vcf(trees, tmp_path / "a.vcf.gz")
    file = cyvcf2.VCF(str(tmp_path / "a.vcf.gz"))
    assert file.seqlens == [1000]
    records = list(file)
    assert [one.POS - 1 for one in records] == trees.sites_position.tolist()
    assert {(one.REF, *one.ALT) for one in records} == {("A", "T")}
    assert [path.name for path in tmp_path.iterdir()] == ["a.vcf.gz"]


def test_after_an_error_there_is_no_file(tmp_path, monkeypatch):
    monkeypatch.setattr(cyvcf2, "Writer", None)
    trees = msprime.sim_ancestry(3, sequence_length=1000, random_seed=1)
    with pytest.raises(TypeError):
        vcf_writer.write_vcf(trees, tmp_path / "a.vcf.gz")
    assert list(tmp_path.iterdir()) == []


@pytest.fixture(scope="module")
def simulated():
    ancestry = msprime.sim_ancestry(
        5, sequence_length=20_000, recombination_rate=1e-8, population_size=10_000, random_seed=1
    )
    return msprime.sim_mutations(
        ancestry, rate=2e-8, model=msprime.BinaryMutationModel(), random_seed=1
    )


def test_simulated_genome_is_read_as_it_was_written(simulated, tmp_path):
    path = tmp_path / "genome.vcf.gz"
    vcf_writer.write_vcf(simulated, path)
    contigs, description = read(path, 10, ancestral="REF")
    one = only(contigs)
    assert one.name == "1"
    assert one.positions.tolist() == (simulated.sites_position + 1).astype(int).tolist()
    assert np.array_equal(one.haplotypes, simulated.genotype_matrix())
    assert dropped(description) == {}
    assert len(one.positions) > 10
    assert [file.name for file in tmp_path.iterdir()] == ["genome.vcf.gz"]


def test_simulated_genome_is_written_as_bgzf(simulated, tmp_path):
    path = tmp_path / "genome.vcf.gz"
    vcf_writer.write_vcf(simulated, path)
    content = path.read_bytes()
    assert content[:2] == b"\x1f\x8b"
    assert content[12:14] == b"BC"
    assert content.endswith(vcf_writer.BGZF_END)


def test_simulated_genome_written_twice_is_the_same_bytes(simulated, tmp_path):
    for name in "ab":
        vcf_writer.write_vcf(simulated, tmp_path / f"{name}.vcf.gz")
    assert (tmp_path / "a.vcf.gz").read_bytes() == (tmp_path / "b.vcf.gz").read_bytes()
