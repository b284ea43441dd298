"""The true ancestry of a simulated genome, and how well a painted one agrees with it."""

from __future__ import annotations

import pathlib

import numpy as np
import numpy.typing as npt
import pandas as pd

from coalflow.core.files import require_file
from coalflow.evaluation.ancestry.ancestry_scores import JudgedAncestry
from coalflow.evaluation.ancestry.odds_counts import count_odds
from coalflow.evaluation.ancestry.segments import count_segments
from coalflow.genomes.painting.painted_contigs import PaintedContig
from coalflow.genomes.painting.painted_rows import PaintedRow

COLUMNS = ("contig", "start", "end", "name")


def read_true_ancestry(path: pathlib.Path) -> pd.DataFrame:
    """Return what ``simulate_genome.py`` wrote, a row for each stretch.

    Parameters
    ----------
    path : Path

    Raises
    ------
    CoalflowError
        If there is no such file.
    """
    require_file(path)
    types = {"contig": str, "start": np.int64, "end": np.int64, "name": str}
    return pd.read_csv(path, sep="\t", header=None, names=list(COLUMNS), dtype=types)


def judge_painted(contig: PaintedContig, threshold: float, truth: pd.DataFrame) -> JudgedAncestry:
    """Return how well a painted contig agrees with the truth.

    Parameters
    ----------
    contig : PaintedContig
    threshold : float
        The probability from which on bases are called.
    truth : DataFrame
        As :func:`read_true_ancestry` returns it.

    Returns
    -------
    JudgedAncestry
        Of the contig as one window.
    """
    own = truth[truth["contig"] == contig.name]
    true = np.stack([_locate(contig, own, row) for row in contig.rows], axis=1)
    bases = np.diff(contig.edges)[None]
    chance = contig.probability.astype(np.float64).clip(1e-9, 1 - 1e-9)
    called = contig.probability >= threshold
    counts = [[float((bases[0] @ (called & (true == has))).sum()) for has in (False, True)]]
    return JudgedAncestry(
        count_odds(np.log(chance / (1 - chance))[None], true[None], bases),
        np.array(counts),
        count_segments(called[None], true[None], bases),
    )


def _locate(contig: PaintedContig, truth: pd.DataFrame, row: PaintedRow) -> npt.NDArray[np.bool_]:
    """Return at which sites a row has the ancestry; an individual, if one of its haplotypes has."""
    if row.haplotype is None:
        own = truth[truth["name"].str.rpartition("_")[0] == row.individual]
    else:
        own = truth[truth["name"] == row.label]
    # A position counts from 1, so it is before the base of the same number from 0.
    first = np.searchsorted(contig.positions, own["start"], side="right")
    end = np.searchsorted(contig.positions, own["end"], side="right")
    steps = np.zeros(len(contig.positions) + 1, np.int64)
    np.add.at(steps, first, 1)
    np.add.at(steps, end, -1)
    return np.cumsum(steps[:-1]) > 0
