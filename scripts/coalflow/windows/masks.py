"""Accessibility masks: BED files of the stretches of a genome where sites can be seen.

A stretch of the mask, as long as the window, is laid on each simulated window. It begins
anywhere between a contig's first accessible base and its last, all beginnings equally
likely, for there the windows of a real genome lie.
"""

import dataclasses
import functools
import gzip
import hashlib
import pathlib
import zlib

import numpy as np

from coalflow.core.errors import CoalflowError

LONGEST_SHOWN = 60  # characters of a line in a message
NAMES_SHOWN = 3
COMMENTS = ("#", "track", "browser")


@dataclasses.dataclass(frozen=True)
class Mask:
    """Accessible stretches; ``edges`` maps contigs to int64 (2 * stretches,).

    Edges ascend: where the first stretch begins, where it ends, where the second
    begins ..., as in BED: from 0, ends not included.
    """

    path: str
    edges: dict

    def covers(self, contig, bases):
        """Return which bases of a contig are accessible; ``bases`` count from 0."""
        edges = self.edges.get(contig, np.empty(0, dtype=np.int64))
        return np.searchsorted(edges, bases, side="right") % 2 == 1

    def share(self, contig, start, end):
        """Return the accessible share of the bases ``start`` to ``end`` of a contig."""
        edges = np.clip(self.edges.get(contig, np.empty(0, dtype=np.int64)), start, end)
        return float((edges[1::2] - edges[::2]).sum() / (end - start))

    def lay(self, lengths, fractions):
        """Return the contig and the first base of a stretch for each window.

        ``lengths`` are the windows' bases; ``fractions``, float64 (windows,) in [0, 1), say
        where the stretches begin. Returns int64 (windows,), the contigs' places in ``edges``,
        and int64 (windows,). Raises CoalflowError where no contig is as long as a window.
        """
        first = np.array([edges[0] for edges in self.edges.values()])
        spans = np.array([edges[-1] for edges in self.edges.values()]) - first
        contig = np.empty(len(lengths), dtype=np.int64)
        base = np.empty(len(lengths), dtype=np.int64)
        for length in np.unique(lengths):
            these = lengths == length
            ends = np.cumsum(np.maximum(spans - int(np.ceil(length)) + 1, 0))
            if ends[-1] == 0:
                raise CoalflowError(
                    f"{self.path}: no contig has {length:,.0f} bases between its first accessible "
                    f"base and its last, as simulated windows have; the longest has "
                    f"{spans.max():,}. Lower simulation.sequence_length"
                )
            drawn = (fractions[these] * ends[-1]).astype(np.int64)
            contig[these] = np.searchsorted(ends, drawn, side="right")
            before = np.r_[0, ends[:-1]][contig[these]]
            base[these] = first[contig[these]] + drawn - before
        return contig, base

    def covers_windows(self, contig, base, positions, counts):
        """Return which sites of windows are accessible, bool (sites,).

        Window i lies on the mask's contig number ``contig[i]`` from ``base[i]`` on and has
        ``counts[i]`` of the ``positions``, which are in bases from its left end.
        """
        seen = np.empty(len(positions), dtype=bool)
        ends = np.cumsum(counts)
        names = list(self.edges)
        for window, end in enumerate(ends):
            of_window = slice(end - counts[window], end)
            seen[of_window] = self.covers(
                names[contig[window]], positions[of_window] + base[window]
            )
        return seen


@functools.cache
def read_mask(path):
    """Return the :class:`Mask` in a BED file, plain or gzipped; overlapping stretches are joined.

    Raises CoalflowError, with the line, for a file that cannot be read as BED.
    """
    stretches = {}
    for number, line in _lines(path):
        columns = line.split("\t") if "\t" in line else line.split()
        try:
            contig, start, end = columns[0], int(columns[1]), int(columns[2])
        except (IndexError, ValueError):
            shown = line[:LONGEST_SHOWN]
            raise CoalflowError(
                f"{path}:{number}: is {shown!r}, but a line of a BED file has a contig, a start "
                "and an end, separated by tabs"
            ) from None
        if not 0 <= start < end:
            raise CoalflowError(
                f"{path}:{number}: goes from {start} to {end}, but a stretch begins at 0 or later, "
                "and ends behind its start (BED counts from 0, the end is not included)"
            )
        stretches.setdefault(contig, []).append((start, end))
    if not stretches:
        raise CoalflowError(f"{path}: has no stretch: list those that are accessible")
    return Mask(str(path), {contig: _joined(some) for contig, some in stretches.items()})


def describe_mask(path):
    """Return what a mask holds, a dict for ``observation.json``.

    With the digest of its file, what hangs on it is made again when it changes.
    """
    edges = read_mask(path).edges
    return {
        "path": path,
        "contigs": len(edges),
        "stretches": sum(len(of_contig) // 2 for of_contig in edges.values()),
        "accessible_bases": int(sum(np.diff(of_contig)[::2].sum() for of_contig in edges.values())),
        "bases_spanned": int(sum(of_contig[-1] - of_contig[0] for of_contig in edges.values())),
        "sha256": hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest(),
    }


def refuse_unknown_contigs(mask, contigs, path):
    """Raise CoalflowError where none of a file's contigs is among the mask's."""
    if contigs and not any(contig in mask.edges for contig in contigs):
        raise CoalflowError(
            f"{path}: names its contigs {_some(contigs)}, but the mask {mask.path} names them "
            f"{_some(mask.edges)}: write the mask's names as in the VCF"
        )


def _lines(path):
    """Yield number and text of a BED file's lines of stretches."""
    number = 0
    try:
        with open(path, "rb") as file:
            packed = file.read(2) == b"\x1f\x8b"
        opened = gzip.open if packed else open
        with opened(path, "rt", encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                if line.strip() and not line.startswith(COMMENTS):
                    yield number, line.rstrip("\r\n")
    except UnicodeDecodeError:
        raise CoalflowError(f"{path}: is no text after line {number:,}, so no BED file") from None
    except (OSError, EOFError, zlib.error) as error:
        where = f"after line {number:,}" if number else "at its beginning"
        raise CoalflowError(f"{path}: cannot be read {where} ({error})") from None


def _joined(stretches):
    """Return the edges of stretches, int64; those that overlap or touch become one."""
    starts, ends = np.array(sorted(stretches), dtype=np.int64).T
    ends = np.maximum.accumulate(ends)
    new = np.r_[True, starts[1:] > ends[:-1]]
    last = np.r_[np.flatnonzero(new)[1:] - 1, len(starts) - 1]
    return np.column_stack([starts[new], ends[last]]).ravel()


def _some(names):
    names = list(names)
    more = ", ..." if len(names) > NAMES_SHOWN else ""
    return ", ".join(names[:NAMES_SHOWN]) + more
