"""The contigs of a VCF are found by looking at few places of it."""

import numpy as np
import pysam
import pytest
from helpers.data import PROPERTY
from helpers.genomes import META, record, vcf, write
from hypothesis import given
from hypothesis import strategies as st

from coalflow.genomes.readers import vcf_contigs
from coalflow.genomes.readers.vcf_contigs import find_contigs, read_last_locus


def make_text(runs):
    """Return a VCF whose contigs have some records each, of some length."""
    lines = [
        record(10 * index + 1, "0|1", "0" * length + "|0", contig=f"c{number}")
        for number, (records, length) in enumerate(runs)
        for index in range(records)
    ]
    return vcf(*lines)


@PROPERTY
@given(runs=st.lists(st.tuples(st.integers(1, 60), st.integers(1, 90)), max_size=8))
def test_all_contigs_are_found_in_order(tmp_path_factory, runs):
    folder = tmp_path_factory.mktemp("contigs")
    path = write(folder / "genome.vcf", make_text(runs))
    pysam.tabix_compress(str(path), f"{path}.gz")
    expected = [f"c{number}" for number in range(len(runs))]
    for segment in (64, 1000, 1 << 16):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(vcf_contigs, "SEGMENT", segment)
            assert find_contigs(path, is_bgzipped=False) == expected
    assert find_contigs(f"{path}.gz", is_bgzipped=True) == expected
    last = None if not runs else (f"c{len(runs) - 1}", 10 * (runs[-1][0] - 1) + 1)
    assert read_last_locus(f"{path}.gz") == last


def test_few_places_of_a_large_file_are_looked_at(tmp_path, monkeypatch):
    random = np.random.default_rng(1)
    calls = random.choice(["0|0", "0|1", "1|1"], (40_000, 20))
    lines = [
        record(index + 1, *row, contig="1" if index < 30_000 else "2")
        for index, row in enumerate(calls)
    ]
    path = write(tmp_path / "genome.vcf", META + "".join(lines))
    pysam.tabix_compress(str(path), f"{path}.gz")
    read = []
    whole = vcf_contigs._Bgzipped.read

    def count(self, segment):
        read.append(segment)
        return whole(self, segment)

    monkeypatch.setattr(vcf_contigs._Bgzipped, "read", count)
    monkeypatch.setattr(vcf_contigs, "SEGMENT", 1 << 12)
    assert find_contigs(f"{path}.gz", is_bgzipped=True) == ["1", "2"]
    assert len(set(read)) < 0.5 * (path.with_name("genome.vcf.gz").stat().st_size >> 12)
