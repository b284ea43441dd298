"""The table of power: by kind of sweep and by its parameters, with false discoveries."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
import scipy.stats

from coalflow.config.registry.parameters import NEUTRAL
from coalflow.genomes.power.found_blocks import AT_SITE

FIFTHS = 5
LEVEL = 0.95
ALL, KIND = "all", "kind"
COLUMNS = (
    "model", "score", "by", "group", "low", "high", "blocks", "found", "power", "power_low",
    "power_high", "distance", "novel", "elsewhere", "neutral_blocks", "false_regions",
    "expected_false", "fdr", "fdr_low", "fdr_high",
)  # fmt: skip

Row: TypeAlias = dict[str, Any]


def tabulate_power(
    found: pd.DataFrame,
    judged: pd.DataFrame,
    blocks: pd.DataFrame,
    parameters: Sequence[str],
    swept: float,
    fdr: float,
) -> pd.DataFrame:
    """Return the rows of one model in ``power.tsv``, without its name and that of the score.

    Parameters
    ----------
    found : DataFrame
        What :func:`coalflow.genomes.power.found_blocks.find_blocks` returned.
    judged : DataFrame
        What :func:`coalflow.genomes.power.found_blocks.judge_regions` returned.
    blocks : DataFrame
        All blocks.
    parameters : sequence of str
        Columns of ``found``, by each of which there are rows.
    swept : float
        The share of blocks with a sweep in a genome.
    fdr : float
        At which false discovery rate blocks are found.

    Returns
    -------
    DataFrame
        A row for all blocks, one for each kind of sweep, and one for each fifth of each parameter,
        or each value where there are few. The first has the false discoveries, too.
    """
    rows = [{"by": ALL, "group": ALL, **_count(found), **_count_false(judged, blocks, swept, fdr)}]
    kinds = list(dict.fromkeys(found["kind"]))
    rows += [{"by": KIND, "group": kind, **_count(found[found["kind"] == kind])} for kind in kinds]
    for name in parameters:
        rows += [{"by": name, **row} for row in _divide(found, name)]
    return pd.DataFrame(rows).reindex(columns=list(COLUMNS[2:]))


def _count(found: pd.DataFrame) -> Row:
    """Return how many of some blocks are found, with the exact interval of their share."""
    hits = found[found["found"]]
    # Clopper and Pearson (1934), doi.org/10.1093/biomet/26.4.404: it holds for few blocks, too.
    share = scipy.stats.binomtest(len(hits), len(found))
    ends = share.proportion_ci(LEVEL, method="exact")
    return {
        "blocks": len(found),
        "found": len(hits),
        "power": share.statistic,
        "power_low": ends.low,
        "power_high": ends.high,
        "distance": hits["distance"].median(),
        "novel": int(hits["novel"].sum()),
        "elsewhere": int(found["elsewhere"].sum()),
    }


def _count_false(judged: pd.DataFrame, blocks: pd.DataFrame, swept: float, fdr: float) -> Row:
    """Return how many regions of neutral blocks are found, and which share of all that makes.

    Their number is taken as Poisson, with its exact interval; the threshold, and the regions at
    sites, are taken as known.
    """
    called = judged[judged["q"] <= fdr]
    false, true = (called[called["place"] == place] for place in (NEUTRAL, AT_SITE))
    neutral = blocks[blocks["kind"] == NEUTRAL]
    count, tail = len(false), (1 - LEVEL) / 2
    most = scipy.stats.chi2.ppf(1 - tail, 2 * count + 2) / 2
    least = scipy.stats.chi2.ppf(tail, 2 * count) / 2 if count else 0.0
    row: Row = {
        "neutral_blocks": len(neutral),
        "false_regions": count,
        "expected_false": called["rate"].max() * len(neutral) if len(called) else 0.0,
    }
    if not len(called):
        return row
    weight, certain = (1 - swept) / len(neutral), float(true["weight"].sum())
    for name, number in (("fdr", float(count)), ("fdr_low", least), ("fdr_high", most)):
        wrong = number * weight
        row[name] = wrong / (wrong + certain) if wrong + certain else np.nan
    return row


def _divide(found: pd.DataFrame, name: str) -> Iterator[Row]:
    """Yield a row for each fifth of a parameter, or for each value where there are few."""
    known = found[found[name].notna()]
    values = known[name].to_numpy(np.float64)
    distinct = np.unique(values)
    if len(distinct) < 2:
        return
    if len(distinct) <= FIFTHS:
        groups = np.searchsorted(distinct, values)
    else:
        inner = np.quantile(values, np.arange(1, FIFTHS) / FIFTHS)
        groups = np.searchsorted(inner, values, side="right")
    for group in np.unique(groups).tolist():
        part = known[groups == group]
        low, high = float(part[name].min()), float(part[name].max())
        label = f"{low:.4g}" if low == high else f"{low:.4g} to {high:.4g}"
        yield {"group": label, "low": low, "high": high, **_count(part)}


def describe_power(table: pd.DataFrame, fdr: float) -> list[str]:
    """Return a line per model on what it finds.

    Parameters
    ----------
    table : DataFrame
        That of ``power.tsv``.
    fdr : float
        At which false discovery rate blocks are found.
    """
    lines = []
    for row in table[table["by"] == ALL].to_dict("records"):
        realised = "none found"
        if not np.isnan(row["fdr"]):
            realised = f"{row['fdr']:.3f} [{row['fdr_low']:.3f}, {row['fdr_high']:.3f}]"
        lines.append(
            f"{row['model']}: {row['found']} of {row['blocks']} sweeps are found, "
            f"{row['power']:.3f} [{row['power_low']:.3f}, {row['power_high']:.3f}], at a false "
            f"discovery rate of {fdr:g} as reported; realised: {realised}"
        )
    return lines
