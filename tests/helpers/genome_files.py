"""Files of genomes in other formats than VCF, and what readers make of them."""

import contextlib
import io
import logging

import bio2zarr.vcf
import pysam

from coalflow.genomes.genotypes.carried import ABSENT
from coalflow.genomes.genotypes.sites import OTHER
from coalflow.genomes.readers.formats import open_genome_file


def write_vcf_zarr(path, vcf, zarr_format=2, variants=3, samples=2):
    """Convert a bgzipped VCF to VCF Zarr, in chunks of a few variants and samples."""
    logging.getLogger("bio2zarr").setLevel(logging.ERROR)
    pysam.tabix_index(str(vcf), preset="vcf", force=True)
    with contextlib.redirect_stderr(io.StringIO()):
        bio2zarr.vcf.convert(
            [str(vcf)],
            str(path),
            variants_chunk_size=variants,
            samples_chunk_size=samples,
            zarr_format=zarr_format,
        )
    return path


def read_records(path, individuals=None, **options):
    """Return the records of a file, each as a plain tuple."""
    file = open_genome_file(path)
    blocks = file.read_blocks(individuals or file.individuals, **options)
    return [record for block in blocks for record in list_records(block)]


def list_records(block):
    """Return the records of a block, so that those of different formats can be compared.

    A reference without alternatives is left out: cyvcf2 does not always read it.
    """
    sets = block.phase_sets
    return [
        (
            block.contig,
            int(block.positions[row]),
            [[each for each in called if each != ABSENT] for called in block.alleles[row].tolist()],
            block.phased[row].tolist(),
            None if sets is None else sets[row].tolist(),
            block.texts[row] if len(block.texts[row]) > 1 else (),
            [code for code in block.bases[row][1:].tolist() if code != OTHER],
            block.filters[row],
            block.ancestral[row],
        )
        for row in range(len(block))
    ]
