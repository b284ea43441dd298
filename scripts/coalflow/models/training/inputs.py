"""What is looked for in training data before hours are spent on them."""

import numpy as np

from coalflow.core.errors import CoalflowError
from coalflow.core.progress import say


def refuse_unusable(replicates, split, targets):
    """Raise CoalflowError where a target is not a number, or where a class has no window.

    ``replicates`` are :class:`coalflow.dataset.loading.Replicates` of a ``split``, ``targets`` the names of
    their targets.
    """
    if replicates.classes:
        _refuse_missing_classes(replicates, split)
        return
    for name, values in zip(targets, replicates.target.T, strict=True):
        lost = np.flatnonzero(~np.isfinite(values))
        if len(lost):
            row = replicates.table.iloc[lost[0]]
            first = f"replicate {row['replicate']} of {row['cell']}"
            raise CoalflowError(
                f"split.parquet: {name} is {values[lost[0]]} in {len(lost):,} of {len(values):,} "
                f"{split} windows, the first of them {first}. "
                "Delete the file, and Snakemake makes it again when it is started again"
            )


def _refuse_missing_classes(replicates, split):
    counts = np.bincount(replicates.target, minlength=len(replicates.classes))
    for name, count in zip(replicates.classes, counts.tolist(), strict=True):
        if count == 0:
            raise CoalflowError(
                f"no {split} window is of the class {name}, so it cannot be learned or judged. "
                "dataset.tsv says what was left out. Raise simulation.replicates, or set "
                "encoding.pad to true, which leaves out none"
            )


def note_constant_windows(windows):
    """Say so if all windows to train on are the same: then there is nothing to learn from."""
    first = windows[:1].arrays
    # One after the other, since the second is mostly another, and together they need memory.
    if len(windows) > 1 and all(
        np.array_equal(window, same[0])
        for array, same in zip(windows.arrays, first, strict=True)
        for window in array
    ):
        say(
            "note: all training windows are the same, so a net cannot tell them apart. Look at "
            "dataset.tsv: are there sites, and does the observation leave any?"
        )
