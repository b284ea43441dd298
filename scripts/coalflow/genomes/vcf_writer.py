"""Simulated genomes as VCF files."""

import errno
import os
import pathlib
import tempfile

import cyvcf2
import numpy as np

from coalflow.core.files import replace_atomically

# The empty block that bgzipped files close with.
BGZF_END = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")


def write_vcf(tree_sequence, path):
    """Write a simulated genome as a bgzipped VCF of contig 1; A is ancestral, T derived."""
    path = pathlib.Path(path)
    with (
        replace_atomically(path) as temporary,
        tempfile.TemporaryDirectory(dir=path.parent) as folder,
    ):
        plain = pathlib.Path(folder) / "plain.vcf"
        with open(plain, "w") as file:
            # A VCF counts bases from 1.
            _with_bases(tree_sequence).write_vcf(file, position_transform=lambda x: np.add(x, 1))
        reader = cyvcf2.VCF(str(plain))
        writer = cyvcf2.Writer(str(temporary), reader, mode="wz")
        for record in reader:
            writer.write_record(record)
        writer.close()
        # On a full disk, htslib says nothing.
        if temporary.read_bytes()[-len(BGZF_END) :] != BGZF_END:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _with_bases(tree_sequence):
    tables = tree_sequence.dump_tables()
    base = {"0": "A", "1": "T"}
    tables.sites.packset_ancestral_state([base[s.ancestral_state] for s in tree_sequence.sites()])
    tables.mutations.packset_derived_state(
        [base[m.derived_state] for m in tree_sequence.mutations()]
    )
    return tables.tree_sequence()
