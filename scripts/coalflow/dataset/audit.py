"""The description of a dataset: counts, sites and targets per cell and split; the leak audit."""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy.stats

from coalflow.config.schema.judging.hold_out import HoldOut
from coalflow.config.schema.targets import Targets
from coalflow.dataset.held_out import find_held_out
from coalflow.dataset.split_names import (
    ALL,
    EXCLUDED,
    HELD_OUT,
    IN_HELD_OUT,
    SIMULATED_GENE_FLOW,
    SPLITS,
    TARGET_UNDEFINED,
    TOO_FEW_SITES,
)
from coalflow.windows.packed_windows import Windows

MOMENTS = {"min": "min", "mean": "mean", "sd": "std", "max": "max"}


def describe_dataset(
    table: pd.DataFrame,
    targets: Targets,
    windows: Windows,
    drawn: Sequence[str] = (),
    hold_out: HoldOut | None = None,
) -> pd.DataFrame:
    """Return the table of ``dataset.tsv``.

    Parameters
    ----------
    table : DataFrame
        The split table.
    targets : Targets
        What is predicted.
    windows : Windows
        Those of the rows of ``table`` that are not excluded, in their order.
    drawn : sequence of str
        The parameters that were drawn for each replicate.
    hold_out : mapping of str to tuple, optional
        Regions of parameters that are held out.

    Returns
    -------
    DataFrame
        One row per cell and split, and one per split for all cells together: counts of
        replicates, of those left out and why, of those with fewer sites than the net reads
        (``padded``) or with more, which it sees in part (``trimmed``); draws of their parameters
        that could not be used (``refused_draws``), classes that are not the simulated gene flow
        (``relabelled``); sites; each target's range (``<target>_min`` and so on), or how many
        replicates are ``of_<class>``. The rows for all cells also have the tests and the audit:

        - ``cells_p``: chi-squared test that the splits have the same distribution of cells, and
          so of classes, which are the same in all of a cell;
        - ``<name>_ks`` and ``<name>_p``, of each target that is a number and each drawn parameter:
          two-sample Kolmogorov-Smirnov test of this split's values against those of train, or, of
          names, the p of a chi-squared test;
        - ``shared_replicates``, ``shared_seeds``, ``shared_matrices``: how many of this split's
          replicates have a number, a seed or a matrix that is also in another split. The first
          two must be 0. The third can be above 0 by chance in windows with little variation;
          windows without a site are not counted;
        - ``in_held_out_regions``, where regions are held out: how many of this split's replicates
          are in one of them, which must be 0 in training, validation and test.
    """
    sites = windows.mask.shape[1]
    rows = []
    for cell, part in [*table.groupby("cell"), (ALL, table)]:
        for split in (*SPLITS, *([HELD_OUT] if hold_out else []), EXCLUDED):
            chosen = part[part["split"] == split]
            counts = _count_replicates(chosen, sites)
            rows.append({"cell": cell, "split": split, **counts, **_describe(chosen, targets)})
    described = pd.DataFrame(rows)
    numbers = [] if targets.has_classes else targets.names
    tested = dict.fromkeys([*numbers, *drawn])  # a target can be a drawn parameter
    columns = _compare_splits(table, tested) | _audit(table, windows, hold_out or {})
    for column, values in columns.items():
        described[column] = np.nan
        for split, value in values.items():
            described.loc[(described.cell == ALL) & (described.split == split), column] = value
    return described


def _count_replicates(chosen: pd.DataFrame, sites: int) -> dict[str, float]:
    """Return counts of replicates; ``sites`` is how many the net reads."""
    used = chosen["reason"] == ""
    return {
        "replicates": len(chosen),
        "too_few_sites": int((chosen["reason"] == TOO_FEW_SITES).sum()),
        "target_undefined": int((chosen["reason"] == TARGET_UNDEFINED).sum()),
        "padded": int((used & (chosen["sites"] < sites)).sum()),
        "trimmed": int((used & (chosen["sites"] > sites)).sum()),
        "refused_draws": int(chosen["refused_draws"].sum()),
        "sites_min": chosen["sites"].min(),
        "sites_mean": chosen["sites"].mean(),
        "sites_max": chosen["sites"].max(),
    }


def _describe(chosen: pd.DataFrame, targets: Targets) -> dict[str, float]:
    """Return how many replicates are of each class, or the range of each target."""
    if targets.classes:
        values = chosen[targets.first]
        counts: dict[str, float] = {
            f"of_{name}": int((values == name).sum()) for name in targets.classes
        }
        if SIMULATED_GENE_FLOW not in chosen:
            return counts
        return {"relabelled": int((chosen[SIMULATED_GENE_FLOW] != values).sum()), **counts}
    return {
        f"{name}_{moment}": getattr(chosen[name], method)()
        for name in targets.names
        for moment, method in MOMENTS.items()
    }


# Tests ---------------------------------------------------------------------------------------


def _compare_splits(table: pd.DataFrame, names: Iterable[str]) -> dict[str, dict[str, float]]:
    """Return p of the cells' test, and ks and p of columns, by split; names have no ks."""
    used = table[table["split"].isin(SPLITS)]
    counts = pd.crosstab(used["cell"], used["split"])
    cells_p = scipy.stats.chi2_contingency(counts).pvalue if len(counts) > 1 else np.nan
    tests = {"cells_p": dict.fromkeys(SPLITS, cells_p)}
    for name in names:
        train, *others = [used.loc[used["split"] == split, name].dropna() for split in SPLITS]
        compared = [_compare_samples(train, values) for values in others]
        for column, results in zip(("ks", "p"), zip(*compared, strict=True), strict=True):
            tests[f"{name}_{column}"] = dict(zip(SPLITS[1:], results, strict=True))
    return tests


def _compare_samples(train: pd.Series, values: pd.Series) -> tuple[float, float]:
    """Return how far two samples differ, and the p of that: of numbers, or of names."""
    if pd.api.types.is_numeric_dtype(values):
        statistic, p = scipy.stats.ks_2samp(train, values)
        return statistic, p
    both = pd.concat([train, values], keys=["train", "other"], names=["split"]).reset_index("split")
    counts = pd.crosstab(both.iloc[:, 1], both["split"])
    return np.nan, scipy.stats.chi2_contingency(counts).pvalue


# Leaks ---------------------------------------------------------------------------------------


def _audit(table: pd.DataFrame, windows: Windows, hold_out: HoldOut) -> dict[str, dict[str, float]]:
    """Return how many replicates of each split are also in another, by what they share."""
    used = table[table["split"] != EXCLUDED]
    with_sites = np.flatnonzero(windows.mask.any(axis=1))
    matrices = pd.Series(_digest_windows(windows), index=used.index)
    identities = {
        "shared_replicates": used["cell"] + "/" + used["replicate"].astype(str),
        "shared_seeds": used["seed"],
        "shared_matrices": matrices.iloc[with_sites],
    }
    shared = {
        column: _count_shared(identity, used.loc[identity.index, "split"])
        for column, identity in identities.items()
    }
    return shared | _count_held_out(table, hold_out)


def _count_held_out(table: pd.DataFrame, hold_out: HoldOut) -> dict[str, dict[str, float]]:
    """Return how many replicates of each split are in a region that is held out."""
    if not hold_out:
        return {}
    used = table[(table["split"] != EXCLUDED) & find_held_out(table, hold_out)]
    inside = used["split"].value_counts()
    return {IN_HELD_OUT: {split: int(inside.get(split, 0)) for split in (*SPLITS, HELD_OUT)}}


def _count_shared(identity: pd.Series, splits: pd.Series) -> dict[str, float]:
    """Count, for each split, the members whose identity is also in another split."""
    splits_of_identity = splits.groupby(identity.to_numpy()).transform("nunique")
    shared = splits[splits_of_identity > 1].value_counts()
    return {split: int(shared.get(split, 0)) for split in SPLITS}


def _digest_windows(windows: Windows) -> npt.NDArray[np.uint64]:
    """Return a number per window, of its alleles and padding, uint64 (windows,).

    Of 100 million windows, two that differ have the same number once in several thousand runs.
    """
    packed, _, mask, *called = windows.arrays
    rows: Iterable[tuple[Any, ...]] = zip(packed, mask, *called, strict=True)
    return np.fromiter((_digest(b"".join(row)) for row in rows), np.uint64, len(windows))


def _digest(content: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(content, digest_size=8).digest())
