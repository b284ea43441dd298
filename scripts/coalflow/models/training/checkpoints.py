"""Files from which a training that was stopped resumes, and ends with the same bits."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import pathlib
from typing import Any, Protocol, TypeAlias

import torch

from coalflow.core.files import replace_atomically
from coalflow.core.progress import say

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
    """
    if not path.exists():
        return Progress()
    stored = path.read_bytes()
    digest, content = stored[:32], stored[32:]
    state = None
    if hashlib.sha256(content).digest() == digest:
        state = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    if state is None or state["identity"] != identity:
        say(f"{path} is from another training or damaged: starting from the beginning")
        return Progress()
    learner.restore_state(state["learner"])
    progress = Progress(**state["progress"])
    epochs, steps = len(progress.history), progress.steps
    done = f"step {steps} of epoch {epochs + 1}" if steps else f"epoch {epochs}"
    say(f"resuming after {done}, from {path}")
    return progress
