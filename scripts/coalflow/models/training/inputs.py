"""Checks of training data, before hours are spent on them."""

import numpy as np

from coalflow.config.schema.targets import Targets
from coalflow.core.errors import CoalflowError
from coalflow.core.progress import say
from coalflow.dataset.loading import Replicates
from coalflow.windows.packed_windows import Windows


def refuse_unusable(replicates: Replicates, split: str, targets: Targets) -> None:
    """Refuse data in which a target is not a number, or a class has no window.

    Parameters
    ----------
    replicates : Replicates
    split : str
        What to call them, such as ``training``.
    targets : Targets

    Raises
    ------
    CoalflowError
        If there are such targets or classes.
    """
    if replicates.classes is not None:
        _refuse_missing_classes(replicates, replicates.classes, split)
        return
    for name, values in zip(targets.names, replicates.target.T, strict=True):
        unusable = np.flatnonzero(~np.isfinite(values))
        if len(unusable):
            row = replicates.table.iloc[unusable[0]]
            raise CoalflowError(
                f"split.parquet: {name} is {values[unusable[0]]} in {len(unusable):,} of "
                f"{len(values):,} {split} windows, the first of which is replicate "
                f"{row['replicate']} of {row['cell']}. Delete the file and start Snakemake: it is "
                "then rebuilt"
            )


def _refuse_missing_classes(replicates: Replicates, classes: tuple[str, ...], split: str) -> None:
    counts = np.bincount(replicates.target, minlength=len(classes))
    for name, count in zip(classes, counts.tolist(), strict=True):
        if count == 0:
            raise CoalflowError(
                f"no {split} window belongs to the class {name}, so it can be neither learned nor "
                "evaluated. dataset.tsv says what was left out. Raise simulation.replicates, or "
                "set encoding.pad to true, which leaves out none"
            )


def note_constant_windows(windows: Windows) -> None:
    """Say so if all training windows are identical: there is then nothing to learn from."""
    first = windows[:1].arrays
    # One at a time, since the second mostly differs, and comparing all at once needs memory.
    if len(windows) > 1 and all(
        np.array_equal(window, same[0])
        for array, same in zip(windows.arrays, first, strict=True)
        for window in array
    ):
        say(
            "note: all training windows are identical, so a net cannot distinguish them. Look at "
            "dataset.tsv: are there sites, and does the observation leave any?"
        )
