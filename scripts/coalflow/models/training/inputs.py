"""What a training is given, and checks of it, before hours are spent on it."""

import dataclasses
import pathlib
from collections.abc import Callable

import numpy as np

from coalflow.config.schema.targets import Targets
from coalflow.core.errors import CoalflowError
from coalflow.core.progress import say
from coalflow.dataset.loading import Replicates
from coalflow.dataset.target_scaling import TargetScaling
from coalflow.models.summaries import Storage
from coalflow.models.training.interruptions import Stop
from coalflow.models.training.processes import ALONE, Processes
from coalflow.windows.packed_windows import Windows


@dataclasses.dataclass(frozen=True)
class TrainingData:
    """What a net learns from.

    Attributes
    ----------
    train, validation : Replicates
    scaling : TargetScaling, optional
        The units in which numbers are learned; None for classes.
    redraw_errors : callable, optional
        Returns the training windows of an epoch with what is random in the observation drawn again.
        Needed where the recipe's ``augment`` has ``errors``.
    """

    train: Replicates
    validation: Replicates
    scaling: TargetScaling | None
    redraw_errors: Callable[[int], Windows] | None = None


@dataclasses.dataclass(frozen=True)
class TrainingRun:
    """What is around a training.

    Attributes
    ----------
    checkpoint : Path
        The file from which it resumes.
    identity : str
        Differs between trainings: another one's checkpoint is ignored.
    together : Processes
        Those that train the net together.
    stop : Stop
        Says when to stop before the end.
    events : Path, optional
        A folder for what TensorBoard shows.
    storage : Storage
        Where it is kept what a first layer without weights makes of windows.
    """

    checkpoint: pathlib.Path
    identity: str
    together: Processes = ALONE
    stop: Stop = dataclasses.field(default_factory=Stop)
    events: pathlib.Path | None = None
    storage: Storage = Storage()


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
