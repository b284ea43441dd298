"""The format of a genome is known by what is in its file, whatever its name is."""

import gzip
import shutil
import zipfile

import msprime
import pytest
import tszip
from helpers.genome_files import write_vcf_zarr
from helpers.genomes import PLAIN, write, write_by_htslib

from coalflow.core.errors import CoalflowError
from coalflow.genomes.readers.formats import open_genome_file
from coalflow.genomes.readers.ms import MsFile
from coalflow.genomes.readers.tree_sequence import TreeSequenceFile
from coalflow.genomes.readers.vcf import VcfFile
from coalflow.genomes.readers.vcf_zarr import VcfZarrFile

MS = "ms 4 1 -t 1 -r 1 1000\n1 2 3\n\n//\nsegsites: 1\npositions: 0.5\n0\n1\n0\n1\n"


def write_zarr(path):
    packed = write_by_htslib(path.with_name("packed.vcf.gz"), PLAIN, "wz")
    return write_vcf_zarr(path, packed)


def zip_zarr(path):
    folder = write_zarr(path.with_name("store"))
    return shutil.move(shutil.make_archive(str(folder), "zip", folder), path)


def simulate():
    trees = msprime.sim_ancestry(3, sequence_length=100, random_seed=1)
    return msprime.sim_mutations(trees, rate=0.01, random_seed=1)


FILES = {
    "VCF": (VcfFile, lambda path: write(path, PLAIN)),
    "gzip": (VcfFile, lambda path: write(path, gzip.compress(PLAIN.encode()))),
    "BGZF": (VcfFile, lambda path: write_by_htslib(path, PLAIN, "wz")),
    "BCF": (VcfFile, lambda path: write_by_htslib(path, PLAIN, "wb")),
    "plain BCF": (VcfFile, lambda path: write_by_htslib(path, PLAIN, "wbu")),
    "Zarr": (VcfZarrFile, write_zarr),
    "zipped Zarr": (VcfZarrFile, zip_zarr),
    "trees": (TreeSequenceFile, lambda path: simulate().dump(path)),
    "tszip": (TreeSequenceFile, lambda path: tszip.compress(simulate(), path)),
    "ms": (MsFile, lambda path: write(path, MS)),
    "gzipped ms": (MsFile, lambda path: write(path, gzip.compress(MS.encode()))),
}


@pytest.mark.parametrize("name", FILES)
def test_formats_are_known_by_content(name, tmp_path):
    kind, make = FILES[name]
    make(tmp_path / "genome.png")
    assert type(open_genome_file(tmp_path / "genome.png")) is kind


OTHERS = {
    "empty": b"",
    "a letter": b"Dear reader,\n",
    "a packed letter": gzip.compress(b"Dear reader,\n"),
    "a FASTA": b">chr1\nACGT\n",
    "damaged gzip": b"\x1f\x8b\x08\x04" + bytes(20),
}


@pytest.mark.parametrize("name", OTHERS)
def test_other_files_are_refused_with_a_list_of_formats(name, tmp_path):
    path = write(tmp_path / "genome.vcf", OTHERS[name])
    with pytest.raises(CoalflowError) as caught:
        open_genome_file(path)
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    for format_ in ("VCF", "BCF", "VCF Zarr", ".trees", ".tsz", "ms"):
        assert format_ in message


def test_other_zip_files_are_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "genome.zip", "w") as packed:
        packed.writestr("letter.txt", "Dear reader,")
    with pytest.raises(CoalflowError, match="is of none of the formats that are read"):
        open_genome_file(tmp_path / "genome.zip")
    content = (tmp_path / "genome.zip").read_bytes()
    with pytest.raises(CoalflowError, match="is a damaged zip file"):
        open_genome_file(write(tmp_path / "genome.zip", content[:-10]))
