"""A file that is longer than one block of compression."""

import numpy as np
import pytest
from helpers.genomes import as_lists, read, record, vcf, write


@pytest.fixture(scope="package")
def long_text():
    """A VCF of two contigs that fills more than one block of BGZF, which are of 64 KiB."""
    generator = np.random.default_rng(1)
    records = []
    for contig in "12":
        positions = np.cumsum(generator.integers(1, 50, size=900))
        for position in positions:
            alleles = generator.integers(2, size=(10, 2))
            records.append(
                record(position, *("|".join(map(str, g)) for g in alleles), contig=contig)
            )
    return vcf(*records, names=[f"s{n}" for n in range(10)])


@pytest.fixture(scope="package")
def long_result(long_text, tmp_path_factory):
    path = write(tmp_path_factory.mktemp("long") / "genome.vcf", long_text)
    return as_lists(read(path, 20)[0])
