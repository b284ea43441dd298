"""What was made: counts, sites and targets per cell and split, and the leak audit."""

import hashlib

import numpy as np
import pandas as pd
import scipy.stats

from coalflow.dataset.splits import EXCLUDED, SPLITS, TARGET_UNDEFINED, TOO_FEW_SITES

ALL = "all cells"


def describe_dataset(table, targets, windows, classes=None, drawn=()):
    """Return the table of ``dataset.tsv``.

    ``table`` is the split table, ``windows`` are the
    :class:`coalflow.windows.encoding.Windows` of its rows that are not excluded, in their
    order; ``targets`` are their names, ``classes`` the classes of the only one, None where
    they are numbers; ``drawn`` names the parameters that were drawn for each replicate.

    One row per cell and split, and one per split for all cells together: counts of
    replicates, of those left out and why, of those with fewer sites than the net reads
    (``padded``) or with more, which it sees in part (``trimmed``); draws of their
    parameters that could not be used (``refused_draws``); sites; each target's range
    (``<target>_min`` and so on), or how many replicates are ``of_<class>``. The rows for
    all cells also have the tests and the audit:

    - ``cells_p``: chi-squared test that the splits have the same distribution of cells,
      and so of classes, which are the same in all of a cell;
    - ``<name>_ks`` and ``<name>_p``, of each target that is a number and each drawn
      parameter: two-sample Kolmogorov-Smirnov test of this split's values against those
      of train, or, of names, the p of a chi-squared test;
    - ``shared_replicates``, ``shared_seeds``, ``shared_matrices``: how many of this
      split's replicates have a number, a seed or a matrix that is also in another
      split. The first two must be 0. The third can be above 0 by chance in windows
      with little variation; windows without a site don't count.
    """
    sites = windows.mask.shape[1]
    rows = []
    for cell, part in [*table.groupby("cell"), (ALL, table)]:
        for split in (*SPLITS, EXCLUDED):
            chosen = part[part["split"] == split]
            of_targets = (
                _classes(chosen, *targets, classes) if classes else _ranges(chosen, targets)
            )
            rows.append({"cell": cell, "split": split, **_counts(chosen, sites), **of_targets})
    described = pd.DataFrame(rows)
    for column, values in {
        **_tests(table, dict.fromkeys([*(() if classes else targets), *drawn])),
        **_audit(table, windows),
    }.items():
        described[column] = np.nan
        for split, value in values.items():
            described.loc[(described.cell == ALL) & (described.split == split), column] = value
    return described


def _counts(chosen, sites):
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


def _classes(chosen, target, classes):
    return {f"of_{name}": int((chosen[target] == name).sum()) for name in classes}


def _ranges(chosen, targets):
    return {
        f"{name}_{what}": getattr(chosen[name], of)()
        for name in targets
        for what, of in {"min": "min", "mean": "mean", "sd": "std", "max": "max"}.items()
    }


def _tests(table, numbers):
    """Return p of the cells' test, and ks and p of columns; names have no ks."""
    used = table[table["split"] != EXCLUDED]
    counts = pd.crosstab(used["cell"], used["split"])
    cells_p = scipy.stats.chi2_contingency(counts).pvalue if len(counts) > 1 else np.nan
    tests = {"cells_p": dict.fromkeys(SPLITS, cells_p)}
    for name in numbers:
        train, *others = [used.loc[used["split"] == split, name].dropna() for split in SPLITS]
        compared = [_compare(train, values) for values in others]
        for column, results in zip(("ks", "p"), zip(*compared, strict=True), strict=True):
            tests[f"{name}_{column}"] = dict(zip(SPLITS[1:], results, strict=True))
    return tests


def _compare(train, values):
    """Return how far two samples differ, and the p of that: of numbers, or of names."""
    if pd.api.types.is_numeric_dtype(values):
        return tuple(scipy.stats.ks_2samp(train, values))
    both = pd.concat([train, values], keys=["train", "other"], names=["split"]).reset_index("split")
    counts = pd.crosstab(both.iloc[:, 1], both["split"])
    return np.nan, scipy.stats.chi2_contingency(counts).pvalue


def _audit(table, windows):
    used = table[table["split"] != EXCLUDED]
    with_sites = windows.mask.any(axis=1)
    matrices = pd.Series(_fingerprints(windows), index=used.index)[with_sites]
    names = {
        "shared_replicates": used["cell"] + "/" + used["replicate"].astype(str),
        "shared_seeds": used["seed"],
        "shared_matrices": matrices,
    }
    return {column: _shared(name, used.loc[name.index, "split"]) for column, name in names.items()}


def _shared(names, splits):
    """Count, for each split, the members whose name is also in another split."""
    splits_of_name = splits.groupby(names.to_numpy()).transform("nunique")
    shared = splits[splits_of_name > 1].value_counts()
    return {split: int(shared.get(split, 0)) for split in SPLITS}


def _fingerprints(windows):
    """Return a number per window, of its alleles and padding, uint64 (windows,).

    Of 100 million windows, two that differ share theirs once in some thousand runs.
    """
    packed, _, mask, *called = windows.arrays
    rows = zip(packed, mask, *called, strict=True)
    return np.fromiter((_digest(b"".join(row)) for row in rows), np.uint64, len(windows))


def _digest(content):
    return int.from_bytes(hashlib.blake2b(content, digest_size=8).digest())
