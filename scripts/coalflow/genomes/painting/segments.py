"""Segments of ancestry along painted contigs, and how much of it individuals have."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
import pandas as pd

from coalflow.genomes.painting.painted_contigs import PaintedContig

BED_COLUMNS = ("contig", "start", "end", "name", "score", "strand", "probability", "sites")


@dataclasses.dataclass(frozen=True)
class PaintedRow:
    """A haplotype, or an individual where the phase is not known.

    Attributes
    ----------
    individual : str
    haplotype : int or None
        Which of the individual's, counted from 1; None where the phase is not known.
    """

    individual: str
    haplotype: int | None

    @property
    def label(self) -> str:
        """What it is called in files, such as ``NA12878_1``."""
        return self.individual if self.haplotype is None else f"{self.individual}_{self.haplotype}"


def name_rows(individuals: Sequence[str], haplotypes: int | None) -> list[PaintedRow]:
    """Return the rows of individuals.

    Parameters
    ----------
    individuals : sequence of str
    haplotypes : int or None
        Of each; None where the phase is not known.

    Examples
    --------
    >>> [row.label for row in name_rows(["a", "b"], 2)]
    ['a_1', 'a_2', 'b_1', 'b_2']
    """
    if haplotypes is None:
        return [PaintedRow(name, None) for name in individuals]
    return [PaintedRow(name, index + 1) for name in individuals for index in range(haplotypes)]


def find_segments(
    contig: PaintedContig, rows: Sequence[PaintedRow], threshold: float
) -> pd.DataFrame:
    """Return the segments of a contig, the columns of ``ancestry.bed``.

    Parameters
    ----------
    contig : PaintedContig
    rows : sequence of PaintedRow
    threshold : float
        Runs of sites with this probability or more are segments.

    Returns
    -------
    DataFrame
        In the order of their starts. Bases are counted as in BED; ``score`` is 1,000 times the
        mean ``probability`` of the segment's bases.
    """
    edges = contig.edges
    called = contig.probability >= threshold
    padded = np.pad(called, ((1, 1), (0, 0))).astype(np.int8)
    changes = np.diff(padded, axis=0).T
    row, first = np.nonzero(changes == 1)
    _, end = np.nonzero(changes == -1)
    bases = np.diff(edges)
    sums = np.cumsum(np.pad(contig.probability * bases[:, None], ((1, 0), (0, 0))), axis=0)
    length = edges[end] - edges[first]
    mean = (sums[end, row] - sums[first, row]) / np.maximum(length, 1)
    table = pd.DataFrame(
        {
            "contig": contig.name,
            "start": edges[first].astype(np.int64),
            "end": edges[end].astype(np.int64),
            "name": [rows[index].label for index in row.tolist()],
            "score": np.rint(1000 * mean).clip(0, 1000).astype(np.int64),
            "strand": ".",
            "probability": mean.clip(0, 1),
            "sites": end - first,
        },
        columns=list(BED_COLUMNS),
    )
    return table.sort_values(["start", "end", "name"], kind="stable", ignore_index=True)


def sum_rows(contig: PaintedContig, threshold: float) -> pd.DataFrame:
    """Return how much of a contig each row has of the ancestry.

    Parameters
    ----------
    contig : PaintedContig
    threshold : float
        As in :func:`find_segments`.

    Returns
    -------
    DataFrame
        A row for each: ``bases``, all that are painted; ``expected``, the sum of their
        probabilities; ``called``, those in segments.
    """
    bases = np.diff(contig.edges)
    return pd.DataFrame(
        {
            "bases": np.full(contig.probability.shape[1], bases.sum()),
            "expected": bases @ contig.probability.astype(np.float64),
            "called": bases @ (contig.probability >= threshold),
        }
    )
