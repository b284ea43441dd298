"""Genomes for benches: msprime's, in pieces, written in several formats."""

from __future__ import annotations

import contextlib
import io
import logging
import pathlib
from collections.abc import Iterator
from typing import IO

import bio2zarr.vcf
import cyvcf2
import msprime
import numpy as np
import numpy.typing as npt
import pysam

PIECE = 500_000  # bases of a piece
PIECES = 20  # that are simulated; those of a longer genome repeat them
POPULATION_SIZE = 10_000
MUTATION_RATE, RECOMBINATION_RATE = 1.25e-8, 1.0e-8
HEADER = """\
##fileformat=VCFv4.2
##FILTER=<ID=PASS,Description="All filters passed">
##contig=<ID=1,length={length}>
##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">
"""
COLUMNS = ("#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT")


def name_individuals(individuals: int) -> list[str]:
    """Return the names of the diploids of a file."""
    return [f"s{number}" for number in range(individuals)]


def write_genome(
    path: pathlib.Path,
    individuals: int,
    records: int,
    length: int = 2_000_000_000,
    mutation_rate: float = MUTATION_RATE,
) -> None:
    """Write a bgzipped VCF of phased diploids, and its index.

    Parameters
    ----------
    path : path
        It ends with ``.vcf.gz``.
    individuals, records : int
        It may have fewer records, if these do not fit into the contig.
    length : int
        Bases of the contig, a multiple of those of a piece.
    mutation_rate : float
        With a high one, many records have room.
    """
    plain = path.with_suffix("")
    with open(plain, "wb") as file:
        names = "\t".join([*COLUMNS, *name_individuals(individuals)])
        file.write(f"{HEADER.format(length=length)}{names}\n".encode())
        written = 0
        for number, piece in enumerate(_iterate_pieces(individuals, mutation_rate)):
            written += _write_piece(file, piece, number * PIECE, records - written)
            if written >= records or (number + 1) * PIECE >= length:
                break
    pysam.tabix_compress(str(plain), str(path), force=True)
    plain.unlink()
    pysam.tabix_index(str(path), preset="vcf", force=True, csi=True)


def convert_to_bcf(path: pathlib.Path, source: pathlib.Path) -> None:
    """Write a VCF as BCF."""
    reader = cyvcf2.VCF(str(source))
    writer = cyvcf2.Writer(str(path), reader, mode="wb")
    for record in reader:
        writer.write_record(record)
    writer.close()


def convert_to_zarr(path: pathlib.Path, source: pathlib.Path) -> None:
    """Write a VCF as VCF Zarr, as vcf2zarr does by default."""
    logging.getLogger("bio2zarr").setLevel(logging.ERROR)
    with contextlib.redirect_stderr(io.StringIO()):
        bio2zarr.vcf.convert([str(source)], str(path))


Piece = tuple[npt.NDArray[np.int64], npt.NDArray[np.uint8]]


def _iterate_pieces(individuals: int, mutation_rate: float) -> Iterator[Piece]:
    """Yield positions of a piece, and its genotypes as text, again and again."""
    pieces = []
    for seed in range(1, PIECES + 1):
        trees = msprime.sim_ancestry(
            individuals,
            population_size=POPULATION_SIZE,
            sequence_length=PIECE,
            recombination_rate=RECOMBINATION_RATE,
            random_seed=seed,
        )
        model = msprime.BinaryMutationModel()
        trees = msprime.sim_mutations(trees, rate=mutation_rate, model=model, random_seed=seed)
        positions = trees.tables.sites.position.astype(np.int64) + 1
        pieces.append((positions, _write_genotypes(trees.genotype_matrix())))
        yield pieces[-1]
    while True:
        yield from pieces


def _write_genotypes(alleles: npt.NDArray[np.int32]) -> npt.NDArray[np.uint8]:
    """Return genotypes such as ``0|1``, with tabs between them, uint8 (sites, characters)."""
    text = np.empty((len(alleles), alleles.shape[1] // 2, 4), dtype=np.uint8)
    text[:, :, [0, 2]] = alleles.reshape(len(alleles), -1, 2) + ord("0")
    text[:, :, 1], text[:, :, 3] = ord("|"), ord("\t")
    text[:, -1, 3] = ord("\n")
    return text.reshape(len(alleles), -1)


def _write_piece(file: IO[bytes], piece: Piece, start: int, most: int) -> int:
    """Write records of a piece that begins at a base, and return how many."""
    positions, genotypes = piece
    for position, cells in zip((positions[:most] + start).tolist(), genotypes, strict=False):
        file.write(b"1\t%d\t.\tA\tT\t.\tPASS\t.\tGT\t" % position + cells.tobytes())
    return min(len(positions), most)
