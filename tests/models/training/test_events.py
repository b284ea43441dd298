"""What TensorBoard would show, read from the event files."""

import signal

import pytest
from helpers.training import EPOCHS, run, settings_of_training
from tensorboardX.proto.event_pb2 import Event

from coalflow.core.errors import CoalflowError
from coalflow.models.training import loop


def told(folder):
    """Return the (epoch, name, value) of all scalars of a folder's event files.

    A record is its length, 8 bytes, a checksum of 4, its content and another checksum of 4.
    """
    found = []
    for path in folder.iterdir():
        content = path.read_bytes()
        while content:
            end = 12 + int.from_bytes(content[:8], "little")
            event = Event.FromString(content[12:end])
            found += [(event.step, one.tag, one.simple_value) for one in event.summary.value]
            content = content[end + 4 :]
    return sorted(found)


def as_told(history):
    return sorted(
        (row["epoch"], name.replace(":", "/"), pytest.approx(value))
        for row in history
        for name, value in row.items()
        if name != "epoch"
    )


def test_every_epoch_is_told_once_also_of_a_training_that_was_stopped(train, validation, tmp_path):
    checkpoint, folder = tmp_path / "checkpoint.pt", tmp_path / "events"
    settings = settings_of_training()
    steps_per_epoch = -(-len(train) // settings["training"]["batch_size"])
    taken = []

    def step(self, *arguments, real=loop.Learner.step):
        real(self, *arguments)
        taken.append(None)
        if len(taken) == 2 * steps_per_epoch + 1:
            signal.raise_signal(signal.SIGTERM)

    with pytest.MonkeyPatch.context() as patch, pytest.raises(CoalflowError):
        patch.setattr(loop.Learner, "step", step)
        run(train, validation, settings, checkpoint, events=folder)
    assert {epoch for epoch, _, _ in told(folder)} == {1, 2}
    _, history = run(train, validation, settings, checkpoint, events=folder)
    assert len(history) == EPOCHS
    assert told(folder) == as_told(history)
    assert (EPOCHS, "val_rmse/diversity", pytest.approx(history[-1]["val_rmse:diversity"])) in told(
        folder
    )
