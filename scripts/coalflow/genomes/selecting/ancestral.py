"""Ancestral alleles from FASTA files, such as Ensembl's."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import re
import tempfile
import weakref
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
import pysam

from coalflow.config.schema.genomes import CONTIG, AncestralFasta
from coalflow.core.errors import CoalflowError
from coalflow.core.input_files import GZIP, open_input
from coalflow.core.shown_names import shorten_name
from coalflow.genomes.genotypes.sites import RecordBlock
from coalflow.genomes.readers.genome_file import FileContig
from coalflow.genomes.selecting.name_lists import PREFIX, show_names

# As Ensembl names the sequence of a whole chromosome.
ENSEMBL = re.compile("ANCESTOR_for_[^:]+:[^:]*:([^:]+):1:[0-9]+:1")
STRETCH = 1 << 18  # bases that are read at a time, at most
BGZF = b"BC\x02\x00"  # bytes 12 to 15, where gzip alone has none
UNREADABLE = (OSError, ValueError, KeyError, UnicodeDecodeError, pysam.SamtoolsError)


class AncestralSequence:
    """The ancestral bases of the contigs of a genome; one file is open at a time.

    Letters other than A, C, G and T are not known: Ensembl writes ``N`` where ancestors disagree,
    ``-`` in insertions, and ``.`` where nothing is aligned. Ensembl's calls of low confidence are
    in lower case; they are used unless the config drops them.

    Parameters
    ----------
    given : AncestralFasta
    genome : str
        The file of the genome, for messages.
    """

    def __init__(self, given: AncestralFasta, genome: str) -> None:
        self.path, self._genome = given.fasta, genome
        self._letters = np.full(256, "", dtype="<U1")
        for base in "ACGT":
            self._letters[ord(base)] = base
            if given.low_confidence == "use":
                self._letters[ord(base.lower())] = base
        self._open: _Fasta | None = None

    def read_bases(self, contig: str, positions: npt.NDArray[np.int64]) -> list[str]:
        """Return the ancestral base at each position; empty where it is not known.

        Parameters
        ----------
        contig : str
            Nothing is known of one that the files do not have.
        positions : ndarray of int64, shape (sites,)
            From 1, ascending. One before the first base, and one after the last, are telomeres.

        Raises
        ------
        CoalflowError
            If the file cannot be read, or the sequence ends before a position.
        """
        record = self._find_record(contig)
        if record is None or not len(positions):
            return [""] * len(positions)
        fasta, name = record
        length = fasta.lengths[name]
        if positions[-1] > length + 1:
            raise CoalflowError(
                f"{fasta.path}: {shorten_name(name)} has {length:,} bases, but {self._genome} has "
                f"a record at base {positions[-1]:,} of contig {shorten_name(contig)}: is it of "
                "another assembly?"
            )
        bases = np.zeros(len(positions), dtype=np.uint8)
        within = np.flatnonzero((positions > 0) & (positions <= length))
        offsets = positions[within] - 1
        for begin, end in _cut(offsets):
            first, last = int(offsets[begin]), int(offsets[end - 1])
            sequence = fasta.read(name, first, last + 1)
            bases[within[begin:end]] = sequence[offsets[begin:end] - first]
        return self._letters[bases].tolist()

    def refuse_unfit(self, contigs: Sequence[FileContig]) -> None:
        """Refuse files that do not belong to a genome.

        Parameters
        ----------
        contigs : sequence of FileContig
            Those of the genome that are read.

        Raises
        ------
        CoalflowError
            If no contig is in the files, or one is of another length there.
        """
        found = False
        for contig in contigs:
            record = self._find_record(contig.name)
            if record is None:
                continue
            found = True
            fasta, name = record
            length = fasta.lengths[name]
            if contig.length is not None and contig.length != length:
                raise CoalflowError(
                    f"{fasta.path}: {shorten_name(name)} has {length:,} bases, but contig "
                    f"{shorten_name(contig.name)} of {self._genome} has {contig.length:,}: is it "
                    "of another assembly? If only this contig differs, list it in "
                    "genomes.<name>.exclude"
                )
        if contigs and not found:
            named = show_names(contig.name for contig in contigs)
            raise CoalflowError(
                f"{self.path}: {self._describe_names()}, but {self._genome} names its contigs "
                f"{named}: write the names as there"
            )

    def _describe_names(self) -> str:
        if CONTIG in self.path:
            return "there is no such file for any contig"
        assert self._open is not None  # or no contig was looked for
        return f"its sequences are named {show_names(self._open.lengths)}"

    def _find_record(self, contig: str) -> tuple[_Fasta, str] | None:
        """Return the file and the name of the sequence of a contig; None where there is none."""
        for path in self._list_paths(contig):
            if self._open is None or self._open.path != path:
                self._open = _Fasta(path)
            name = self._open.names.get(contig)
            if name is not None:
                return self._open, name
        return None

    def _list_paths(self, contig: str) -> Iterator[str]:
        """Yield the files that may have a contig; Ensembl's have no ``chr`` in their names."""
        if CONTIG not in self.path:
            yield self.path
            return
        for name in dict.fromkeys([contig, contig.removeprefix(PREFIX)]):
            path = self.path.replace(CONTIG, name)
            if os.path.isfile(path):  # noqa: PTH113 - pathlib raises on names too long
                yield path


def fill_ancestral(block: RecordBlock, sequence: AncestralSequence) -> RecordBlock:
    """Return a block with the ancestral bases of its records.

    Call it on each block that is read, before it is judged. Blocks are to be read without
    ancestral bases of the file's own (``ancestral=None``), and judged by rules whose ``ancestral``
    is any text but ``REF``, so that they look at these.
    """
    bases = sequence.read_bases(block.contig, block.positions)
    return dataclasses.replace(block, ancestral=bases)


class _Fasta:
    """An indexed FASTA file.

    An index next to the file is used unless it is older; otherwise one is made elsewhere.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        _refuse_gzip(path)
        compressed = _is_compressed(path)
        index, blocks = f"{path}.fai", f"{path}.gzi"
        pysam.set_verbosity(0)  # htslib would explain itself on the terminal
        with self._refuse_damaged():
            if not all(
                _is_newer(each, path) for each in [index, *([blocks] if compressed else [])]
            ):
                folder = tempfile.TemporaryDirectory()
                weakref.finalize(self, folder.cleanup)
                index, blocks = f"{folder.name}/fai", f"{folder.name}/gzi"
                options = ["--gzi-idx", blocks] if compressed else []
                pysam.faidx("--fai-idx", index, *options, path)
            self._file = pysam.FastaFile(
                path,
                filepath_index=index,
                filepath_index_compressed=blocks if compressed else None,
            )
        self.lengths = dict(zip(self._file.references, self._file.lengths, strict=True))
        #: The name of the sequence of each contig.
        self.names = {name: name for name in self.lengths}
        for name in self.lengths:
            if found := ENSEMBL.fullmatch(name):
                # Ensembl never writes chr.
                for contig in (found[1], f"{PREFIX}{found[1]}"):
                    self.names.setdefault(contig, name)

    def read(self, name: str, start: int, end: int) -> npt.NDArray[np.uint8]:
        """Return the letters of a stretch of a sequence, bases counted from 0."""
        with self._refuse_damaged():
            letters = self._file.fetch(name, start, end).encode("ascii")
            if len(letters) != end - start:
                raise ValueError
        return np.frombuffer(letters, dtype=np.uint8)

    @contextlib.contextmanager
    def _refuse_damaged(self) -> Iterator[None]:
        try:
            yield
        except UNREADABLE:
            raise CoalflowError(
                f"{self.path}: cannot be read as FASTA: each sequence begins with a line of > and "
                "its name, and has lines of one length after it, but for the last. If it is such a "
                "file, it is damaged, or its index (.fai) is that of another: delete that"
            ) from None


def _cut(offsets: npt.NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """Yield indices between which ascending offsets lie in one stretch."""
    begin = 0
    while begin < len(offsets):
        end = int(np.searchsorted(offsets, offsets[begin] + STRETCH))
        yield begin, end
        begin = end


def _refuse_gzip(path: str) -> None:
    with open_input(path) as file:
        start = file.read(16)
    if start.startswith(GZIP) and start[12:16] != BGZF:
        raise CoalflowError(
            f"{path}: is compressed with gzip, which can only be read from its beginning: unpack "
            "it, or compress it with bgzip"
        )


def _is_compressed(path: str) -> bool:
    with open_input(path) as file:
        return file.read(2) == GZIP


def _is_newer(index: str, path: str) -> bool:
    """Return whether an index is there, and not older than its file."""
    try:
        return os.path.getmtime(index) >= os.path.getmtime(path)  # noqa: PTH204
    except OSError:
        return False
