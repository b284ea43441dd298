"""Files from which a training that was stopped resumes, and ends with the same bits."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import pathlib
import pickle
from typing import Any, Protocol, TypeAlias

import torch

from coalflow.core.errors import CoalflowError
from coalflow.core.files import read_bytes, replace_atomically
from coalflow.core.progress import say

RETRAIN = "Delete it and start Snakemake again: the net is then trained from the beginning"
# All that a foreign or damaged file makes PyTorch raise.
UNUSABLE = (
    pickle.UnpicklingError,
    EOFError,
    OSError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    RuntimeError,
    ArithmeticError,
)

#: Of an epoch: its number, from 1, as ``epoch``; ``loss`` and ``val_loss``; for classes
#: ``val_accuracy``, for each number ``val_rmse:<target>``, in its own unit.
EpochRow: TypeAlias = dict[str, float]
History: TypeAlias = list[EpochRow]


class Resumable(Protocol):
    """What learns, and can be brought into the state of an earlier time."""

    def collect_state(self) -> dict[str, Any]:
        """Return all that steps change."""

    def restore_state(self, state: dict[str, Any]) -> None:
        """Set what :meth:`collect_state` returned."""


@dataclasses.dataclass
class Progress:
    """How far a training is.

    Attributes
    ----------
    history : list of dict
        A row for each epoch.
    best : dict of str to Tensor, optional
        The best weights so far.
    steps : int
        Steps taken of the current epoch.
    summed_loss : float
        The sum of the losses of the windows of these steps.
    """

    history: History = dataclasses.field(default_factory=list)
    best: dict[str, torch.Tensor] | None = None
    steps: int = 0
    summed_loss: float = 0.0


def save_checkpoint(
    path: pathlib.Path, identity: str, learner: Resumable, progress: Progress
) -> None:
    """Write all that is needed to resume.

    Parameters
    ----------
    path : Path
    identity : str
        Differs between trainings.
    learner : Learner
    progress : Progress

    Raises
    ------
    CoalflowError
        If the disk is full, or cannot be written.
    """
    buffer = io.BytesIO()
    state = {"identity": identity, "learner": learner.collect_state(), "progress": vars(progress)}
    torch.save(state, buffer)
    content = buffer.getvalue()
    with replace_atomically(path) as temporary:
        temporary.write_bytes(hashlib.sha256(content).digest() + content)


def resume_training(path: pathlib.Path, identity: str, learner: Resumable) -> Progress:
    """Load a checkpoint of this very training into a learner, if there is one.

    A checkpoint of another training, or a damaged one, is ignored, which the log says.

    Parameters
    ----------
    path, identity, learner
        As in :func:`save_checkpoint`.

    Raises
    ------
    CoalflowError
        If it is of this training, but does not fit the learner.
    """
    if not path.exists():
        return Progress()
    state = _read_state(path)
    if state is None or state["identity"] != identity:
        say(f"{path} is from another training or damaged: starting from the beginning")
        return Progress()
    progress = Progress(**state["progress"])
    try:
        learner.restore_state(state["learner"])
        if not _has_shapes(progress.best, learner.collect_state()["net"]):
            raise ValueError("its best weights are not those of this net")
    except UNUSABLE as error:
        # What was restored before it failed is no longer as at the beginning.
        why = str(error).strip().partition("\n")[0][:200]
        raise CoalflowError(
            f"{path}: training cannot be resumed from it ({why}). {RETRAIN}"
        ) from None
    epochs, steps = len(progress.history), progress.steps
    done = f"step {steps} of epoch {epochs + 1}" if steps else f"epoch {epochs}"
    say(f"resuming after {done}, from {path}")
    return progress


def _read_state(path: pathlib.Path) -> dict[str, Any] | None:
    """Return what :func:`save_checkpoint` wrote; None where it is something else."""
    try:
        stored = read_bytes(path)
        digest, content = stored[:32], stored[32:]
        if hashlib.sha256(content).digest() != digest:
            return None
        state = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
        whole = set(state) == {"identity", "learner", "progress"}
        return state if whole and _is_progress(**state["progress"]) else None
    except UNUSABLE:
        return None


def _is_progress(history: object, best: object, steps: object, summed_loss: object) -> bool:
    """Tell whether values of a file are those of :class:`Progress`."""
    return (
        isinstance(history, list)
        and all(
            isinstance(row, dict) and {"epoch", "loss", "val_loss"} <= set(row) for row in history
        )
        and (best is None or isinstance(best, dict))
        and isinstance(steps, int)
        and isinstance(summed_loss, float)
    )


def _has_shapes(best: dict[str, torch.Tensor] | None, weights: dict[str, torch.Tensor]) -> bool:
    """Tell whether the best weights, if there are any yet, could be those of a net."""
    if best is None:
        return True
    return {name: part.shape for name, part in best.items()} == {
        name: part.shape for name, part in weights.items()
    }
