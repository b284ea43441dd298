"""Simulated genomes as VCF files."""

import errno
import os
import pathlib
import tempfile

import cyvcf2
import numpy as np
import tskit

from coalflow.core.files import replace_atomically
from coalflow.genomes.readers.vcf_damage import BGZF_END


def write_vcf(tree_sequence: tskit.TreeSequence, path: str | pathlib.Path) -> None:
    """Write a simulated genome as a bgzipped VCF of contig 1; A is ancestral, T derived.

    Parameters
    ----------
    tree_sequence : tskit.TreeSequence
        With alleles 0 and 1; its positions are whole numbers, counted from 0.
    path : path

    Raises
    ------
    CoalflowError
        If the disk is full or cannot be written.
    """
    path, length = pathlib.Path(path), tree_sequence.sequence_length
    with (
        replace_atomically(path) as temporary,
        tempfile.TemporaryDirectory(dir=path.parent) as folder,
    ):
        plain = pathlib.Path(folder) / "plain.vcf"
        with open(plain, "w", encoding="utf-8") as file:
            _name_bases(tree_sequence).write_vcf(
                file,
                # A VCF counts bases from 1. The length of the contig is transformed, too.
                position_transform=lambda bases: np.minimum(np.add(bases, 1), length),
            )
        reader = cyvcf2.VCF(str(plain))
        writer = cyvcf2.Writer(str(temporary), reader, mode="wz")
        for record in reader:
            writer.write_record(record)
        writer.close()
        # On a full disk, htslib says nothing.
        if temporary.read_bytes()[-len(BGZF_END) :] != BGZF_END:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _name_bases(tree_sequence: tskit.TreeSequence) -> tskit.TreeSequence:
    """Return the trees with A in place of the allele 0 and T in place of 1."""
    tables = tree_sequence.dump_tables()
    base = {"0": "A", "1": "T"}
    tables.sites.packset_ancestral_state([base[s.ancestral_state] for s in tree_sequence.sites()])
    tables.mutations.packset_derived_state(
        [base[m.derived_state] for m in tree_sequence.mutations()]
    )
    return tables.tree_sequence()
