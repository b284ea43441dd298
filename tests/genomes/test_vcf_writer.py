"""Simulated genomes as VCF: whole or not at all."""

import cyvcf2
import msprime
import pytest

from coalflow.genomes import vcf_writer


def test_ancestral_alleles_are_a_and_positions_count_from_1(tmp_path):
    trees = msprime.sim_ancestry(3, sequence_length=1000, random_seed=1)
    model = msprime.BinaryMutationModel()
    trees = msprime.sim_mutations(trees, rate=5e-3, random_seed=1, model=model)
    vcf_writer.write_vcf(trees, tmp_path / "a.vcf.gz")
    records = list(cyvcf2.VCF(str(tmp_path / "a.vcf.gz")))
    assert [one.POS - 1 for one in records] == trees.sites_position.tolist()
    assert {(one.REF, *one.ALT) for one in records} == {("A", "T")}
    assert [path.name for path in tmp_path.iterdir()] == ["a.vcf.gz"]


def test_after_an_error_there_is_no_file(tmp_path, monkeypatch):
    monkeypatch.setattr(cyvcf2, "Writer", None)
    trees = msprime.sim_ancestry(3, sequence_length=1000, random_seed=1)
    with pytest.raises(TypeError):
        vcf_writer.write_vcf(trees, tmp_path / "a.vcf.gz")
    assert list(tmp_path.iterdir()) == []
