"""Simulated genomes as VCF files."""

import errno
import os
import pathlib
import shutil
import tempfile
from collections.abc import Iterable

import cyvcf2
import numpy as np
import tskit

from coalflow.core.files import replace_atomically
from coalflow.genomes.readers.vcf_damage import BGZF_END

HEADER_MARK = "#"
CONTIG_LINE = "##contig="


def write_vcf(tree_sequence: tskit.TreeSequence, path: str | pathlib.Path) -> None:
    """Write a simulated genome of one contig, 1, see :func:`write_contigs`.

    Parameters
    ----------
    tree_sequence : tskit.TreeSequence
    path : path

    Raises
    ------
    CoalflowError
        If the disk is full or cannot be written.
    """
    write_contigs([("1", tree_sequence)], path)


def write_contigs(
    contigs: Iterable[tuple[str, tskit.TreeSequence]], path: str | pathlib.Path
) -> None:
    """Write a simulated genome as a bgzipped VCF; A is ancestral, T derived.

    Parameters
    ----------
    contigs : iterable of (str, tskit.TreeSequence)
        Their names, and trees with alleles 0 and 1, and one site in each base at most. They are
        taken one by one, and have the same samples.
    path : path

    Raises
    ------
    CoalflowError
        If the disk is full or cannot be written.
    """
    path = pathlib.Path(path)
    with (
        replace_atomically(path) as temporary,
        tempfile.TemporaryDirectory(dir=path.parent) as folder,
    ):
        plain = _join([_write_plain(*one, pathlib.Path(folder)) for one in contigs])
        reader = cyvcf2.VCF(str(plain))
        writer = cyvcf2.Writer(str(temporary), reader, mode="wz")
        for record in reader:
            writer.write_record(record)
        writer.close()
        # On a full disk, htslib says nothing.
        if temporary.read_bytes()[-len(BGZF_END) :] != BGZF_END:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _write_plain(
    name: str, tree_sequence: tskit.TreeSequence, folder: pathlib.Path
) -> pathlib.Path:
    """Return the plain VCF of one contig, written to a folder."""
    path, length = folder / f"{name}.vcf", tree_sequence.sequence_length
    with open(path, "w", encoding="utf-8") as file:
        _name_bases(tree_sequence).write_vcf(
            file,
            contig_id=name,
            # A VCF counts bases from 1. The length of the contig is transformed, too.
            position_transform=lambda positions: np.minimum(np.floor(positions) + 1, length),
        )
    return path


def _join(plain: list[pathlib.Path]) -> pathlib.Path:
    """Return the first of some plain VCFs, with the contigs and the records of all of them."""
    first, *others = plain
    if not others:
        return first
    joined = first.with_name("joined")
    with open(joined, "wb") as file:
        listed = [line for path in others for line in _read_header(path) if CONTIG_LINE in line]
        for line in _read_header(first):
            file.write(line.encode())
            if CONTIG_LINE in line:
                file.writelines(other.encode() for other in listed)
        for path in plain:
            with open(path, "rb") as records:
                records.seek(sum(len(line.encode()) for line in _read_header(path)))
                shutil.copyfileobj(records, file)
            path.unlink()
    return joined


def _read_header(path: pathlib.Path) -> list[str]:
    """Return the lines of a plain VCF before its records, with their ends."""
    lines = []
    with open(path, encoding="utf-8", newline="") as file:
        for line in file:
            if not line.startswith(HEADER_MARK):
                break
            lines.append(line)
    return lines


def _name_bases(tree_sequence: tskit.TreeSequence) -> tskit.TreeSequence:
    """Return the trees with A in place of the allele 0 and T in place of 1."""
    tables = tree_sequence.dump_tables()
    base = {"0": "A", "1": "T"}
    tables.sites.packset_ancestral_state([base[s.ancestral_state] for s in tree_sequence.sites()])
    tables.mutations.packset_derived_state(
        [base[m.derived_state] for m in tree_sequence.mutations()]
    )
    return tables.tree_sequence()
