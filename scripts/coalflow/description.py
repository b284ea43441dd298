"""What was made: counts, sites and targets per cell and split, and the leak audit."""

import numpy as np
import pandas as pd
import scipy.stats

from coalflow.splits import EXCLUDED, SPLITS, TARGET_UNDEFINED, TOO_FEW_SITES

ALL = "all cells"


def describe(table, target, matrices):
    """Return the table of ``dataset.tsv``.

    ``table`` is the split table, ``matrices`` uint8 (usable replicates, sites,
    haplotypes) of its rows that are not excluded, in their order.

    One row per cell and split, and one per split for all cells together. The
    latter also have the tests and the audit:

    - ``cells_p``: chi-squared test that the splits have the same distribution of cells;
    - ``target_ks`` and ``target_p``: two-sample Kolmogorov-Smirnov test of this
      split's targets against those of train;
    - ``shared_replicates``, ``shared_seeds``, ``shared_matrices``: how many of this
      split's replicates have a number, a seed or a matrix that is also in another
      split. The first two must be 0. The third can be above 0 by chance in windows
      with little variation.
    """
    rows = []
    for cell, part in [*table.groupby("cell"), (ALL, table)]:
        rows += [_summary(cell, split, part, target) for split in (*SPLITS, EXCLUDED)]
    described = pd.DataFrame(rows)
    for column, values in {
        **_tests(table, target),
        **_audit(table, matrices),
    }.items():
        described[column] = np.nan
        for split, value in values.items():
            described.loc[(described.cell == ALL) & (described.split == split), column] = value
    return described


def _summary(cell, split, part, target):
    chosen = part[part["split"] == split]
    values = chosen[target]
    return {
        "cell": cell,
        "split": split,
        "replicates": len(chosen),
        "too_few_sites": int((chosen["reason"] == TOO_FEW_SITES).sum()),
        "target_undefined": int((chosen["reason"] == TARGET_UNDEFINED).sum()),
        "sites_min": chosen["sites"].min(),
        "sites_mean": chosen["sites"].mean(),
        "sites_max": chosen["sites"].max(),
        "target_min": values.min(),
        "target_mean": values.mean(),
        "target_sd": values.std(),
        "target_max": values.max(),
    }


def _tests(table, target):
    used = table[table["split"] != EXCLUDED]
    counts = pd.crosstab(used["cell"], used["split"])
    cells_p = scipy.stats.chi2_contingency(counts).pvalue if len(counts) > 1 else np.nan
    train = used.loc[used["split"] == "train", target]
    tests = {"cells_p": dict.fromkeys(SPLITS, cells_p), "target_ks": {}, "target_p": {}}
    for split in SPLITS[1:]:
        result = scipy.stats.ks_2samp(train, used.loc[used["split"] == split, target])
        tests["target_ks"][split] = result.statistic
        tests["target_p"][split] = result.pvalue
    return tests


def _audit(table, matrices):
    used = table[table["split"] != EXCLUDED]
    names = {
        "shared_replicates": used["cell"] + "/" + used["replicate"].astype(str),
        "shared_seeds": used["seed"],
        "shared_matrices": pd.Series(_fingerprints(matrices), index=used.index),
    }
    return {column: _shared(name, used["split"]) for column, name in names.items()}


def _shared(names, splits):
    """Count, for each split, the members whose name is also in another split."""
    splits_of_name = splits.groupby(names.to_numpy()).transform("nunique")
    shared = splits[splits_of_name > 1].value_counts()
    return {split: int(shared.get(split, 0)) for split in SPLITS}


def _fingerprints(matrices):
    """Return a number per matrix, the same for two if and only if the matrices are."""
    packed = np.packbits(matrices.reshape(len(matrices), -1), axis=1)
    rows = np.ascontiguousarray(packed).view(f"V{packed.shape[1]}").ravel()
    return np.unique(rows, return_inverse=True)[1]
