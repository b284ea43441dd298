"""Segments of ancestry along painted contigs, and how much of it individuals have."""

from __future__ import annotations

import numpy as np
import pandas as pd

from coalflow.genomes.painting.painted_contigs import PaintedContig

BED_COLUMNS = ("contig", "start", "end", "name", "score", "strand", "probability", "sites")


def find_segments(contig: PaintedContig, threshold: float) -> pd.DataFrame:
    """Return the segments of a contig, the columns of ``ancestry.bed``.

    Parameters
    ----------
    contig : PaintedContig
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
            "name": [contig.rows[index].label for index in row.tolist()],
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
        A row for each, with its label as the index: ``bases``, all that are painted; ``expected``,
        the sum of their probabilities; ``called``, those in segments.
    """
    bases = np.diff(contig.edges)
    return pd.DataFrame(
        {
            "bases": np.full(contig.probability.shape[1], bases.sum()),
            "expected": bases @ contig.probability.astype(np.float64),
            "called": bases @ (contig.probability >= threshold),
        },
        index=[row.label for row in contig.rows],
    )
