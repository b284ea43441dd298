"""Blocks with a sweep and without, scanned as genomes are, and the regions of each model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from coalflow.config.registry.parameters import NEUTRAL
from coalflow.evaluation.predictions import select_prediction
from coalflow.genomes.reference.blocks import Blocks
from coalflow.genomes.reference.reference import Reference
from coalflow.genomes.scans.scanned_columns import NOVEL
from coalflow.genomes.significance.regions import find_regions, measure_covered_bases
from coalflow.genomes.significance.scores import Score, measure_score
from coalflow.models.storage.model import Model

SITE = "target/position"  # of a sweep, in the truth of simulations
PLACES = ("target/{}", "parameter/{}")  # what came of a parameter, or what it was to be


def tabulate_blocks(
    blocks: Blocks, kinds: Mapping[str, str], parameters: Sequence[str]
) -> pd.DataFrame:
    """Return the truth about blocks.

    Parameters
    ----------
    blocks : Blocks
    kinds : mapping of str to str
        The kind of sweep of each cell.
    parameters : sequence of str
        Those of sweeps that are columns.

    Returns
    -------
    DataFrame
        ``block``, ``kind``, ``site``, counted from 0, nan in neutral ones, and the parameters, nan
        where a sweep has none.
    """
    rows: list[dict[str, float | str]] = []
    for block in blocks.blocks:
        kind = kinds[block.name.rpartition("/")[0]]
        values = {name: _find_truth(block.truth, name) for name in parameters}
        site = np.nan if kind == NEUTRAL else block.truth[SITE]
        rows.append({"block": block.name, "kind": kind, "site": site, **values})
    return pd.DataFrame(rows)


def _find_truth(truth: Mapping[str, float | str], name: str) -> float:
    """Return a parameter of a sweep; nan where it has none."""
    found = (truth[place.format(name)] for place in PLACES if place.format(name) in truth)
    return float(next(found, np.nan))


def find_block_regions(
    scanned: pd.DataFrame, model: Model, reference: Reference, score: Score
) -> pd.DataFrame | None:
    """Return the regions of all blocks by one model; None where it has no null of regions.

    Parameters
    ----------
    scanned : DataFrame
        The windows of blocks, what :func:`coalflow.genomes.scans.scan.scan_batches` yields.
    model : Model
    reference : Reference
        That of the net or the baseline.
    score : Score

    Returns
    -------
    DataFrame
        ``block``, ``start``, ``end``, ``p``, ``score`` and ``peak`` of each region, ``rate``, how
        many null regions with such a peak or more a block has, and ``novel``, whether its
        peak is unlike all that was simulated.
    """
    null = reference.find_null(model.name, score)
    if null is None or null.regions is None:
        return None
    meta = reference.meta
    card = model.card
    prediction = select_prediction(scanned, model.name, card.targets)
    scores = measure_score(score, prediction, card.targets, card.scaling)
    tracks = null.judge_means(scanned, scores)
    regions = find_regions(tracks, meta.significance.p, meta.length)
    peaks = scanned.iloc[regions["peak_row"]].reset_index(drop=True)
    best = tracks.iloc[regions["peak_row"]].reset_index(drop=True)
    # The ends of a block cut regions, as those of a contig do.
    bases = round(measure_covered_bases(tracks) / tracks["contig"].nunique())
    return pd.DataFrame(
        {
            "block": regions["contig"],
            "start": regions["start"],
            "end": regions["end"],
            "peak": (peaks["start"] + peaks["end"]) / 2,
            "p": best["p"],
            "score": best["score"],
            "rate": null.regions.expect(best["p"].to_numpy(), bases, contigs=1),
            "novel": peaks["flags"].fillna("").str.contains(NOVEL),
        }
    )
