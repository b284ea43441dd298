"""Files from which a training that was stopped goes on, to the same bits."""

import dataclasses
import hashlib
import io

import torch

from coalflow.core.files import replace_atomically
from coalflow.core.progress import say


@dataclasses.dataclass
class Progress:
    """How far a training is.

    ``history`` has a dict per epoch, ``best`` the best weights so far. Of the epoch that is
    not over, ``steps`` are done, and ``summed_loss`` is the sum of their windows' losses.
    """

    history: list = dataclasses.field(default_factory=list)
    best: dict = None
    steps: int = 0
    summed_loss: float = 0.0


def save_checkpoint(path, identity, learner, progress):
    """Write all that is needed to go on; ``identity`` says what training it is of."""
    buffer = io.BytesIO()
    state = {"identity": identity, "learner": learner.state(), "progress": vars(progress)}
    torch.save(state, buffer)
    content = buffer.getvalue()
    with replace_atomically(path) as temporary:
        temporary.write_bytes(hashlib.sha256(content).digest() + content)


def resume_training(path, identity, learner):
    """Load a checkpoint of this very training into a learner, if there is one.

    Returns the :class:`Progress`.
    """
    if not path.exists():
        return Progress()
    stored = path.read_bytes()
    digest, content = stored[:32], stored[32:]
    state = None
    if hashlib.sha256(content).digest() == digest:
        state = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    if state is None or state["identity"] != identity:
        say(f"{path} is of another training or damaged: starting anew")
        return Progress()
    learner.load(state["learner"])
    progress = Progress(**state["progress"])
    epochs, steps = len(progress.history), progress.steps
    done = f"step {steps} of epoch {epochs + 1}" if steps else f"epoch {epochs}"
    say(f"going on after {done}, from {path}")
    return progress
