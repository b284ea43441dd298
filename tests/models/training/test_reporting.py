"""What the log and TensorBoard show of a training."""

import itertools
import math
import re
import signal

import pytest
import torch
from helpers.data import make_predictands
from helpers.training import EPOCHS, make_plan, run
from tensorboardX.proto.event_pb2 import Event

from coalflow.core.errors import CoalflowError
from coalflow.models import nets
from coalflow.models.training import checkpoints, loop, reporting
from coalflow.models.training.learner import Learner
from coalflow.models.training.reporting import find_best_epoch

# The log ------------------------------------------------------------------------------------------


def test_every_epoch_has_a_line_with_errors_in_the_targets_units(
    train, validation, tmp_path, capsys
):
    _, history = run(train, validation, make_plan(), tmp_path / "checkpoint.pt")
    pattern = (
        r"epoch (\d+)/5  loss (\S+)  val_loss (\S+)  "
        r"validation RMSE of diversity (\S+)  \([\d,]+ windows/s, at most \d+ s left\)"
    )
    lines = re.findall(pattern, capsys.readouterr().err)
    sd = train.target.std()
    assert len(lines) == EPOCHS
    for line, row in zip(lines, history, strict=True):
        expected = [
            row["epoch"],
            row["loss"],
            row["val_loss"],
            sd * math.sqrt(row["val_loss"]),
        ]
        assert [float(number) for number in line] == pytest.approx(expected, abs=6e-5)


def test_best_epoch_is_the_first_of_equals():
    history = [{"epoch": e, "val_loss": loss} for e, loss in enumerate([3.0, 1.0, 2.0, 1.0], 1)]
    assert find_best_epoch(history) == 2


def test_the_log_names_the_epoch_that_is_kept(noise, tmp_path, capsys):
    _, history = run(*noise, make_plan(), tmp_path / "checkpoint.pt")
    best = find_best_epoch(history)
    assert f"best: epoch {best} of {EPOCHS}; its weights are kept" in capsys.readouterr().err


def list_noted_epochs(losses, capsys):
    """Return the epochs after which the log has the note on overfitting."""
    plan = make_plan(epochs=len(losses), batch_size=10)
    predictands = make_predictands("diversity")
    reporter = reporting.Reporter(plan, predictands, windows=100, uninformed_loss=100.0)
    history, noted = [], []
    for epoch, (loss, val_loss) in enumerate(losses, 1):
        reporter.begin_epoch(epoch, checkpoints.Progress())
        row = {"epoch": epoch, "loss": loss, "val_loss": val_loss, "val_rmse:diversity": 0.0}
        history.append(row)
        reporter.end_epoch(history, 1.0)
        noted += [epoch] * capsys.readouterr().err.count("val_loss has risen while loss fell")
    return noted


def test_a_net_that_learns_nothing_is_noted_once(noise, tmp_path, capsys):
    plan = make_plan(epochs=5, learning_rate=1e-9)
    run(*noise, plan, tmp_path / "checkpoint.pt")
    said = capsys.readouterr().err.splitlines()
    (noted,) = (n for n, line in enumerate(said) if "better than ignoring the windows" in line)
    assert said[noted - 1].startswith("epoch 3/5")
    assert "Windows may hold no information on the target" in said[noted]


def test_a_net_that_predicts_the_same_for_all_windows_is_noted(noise, tmp_path, capsys):
    net_class = nets.find_net_class("flagel_tajimas_d")
    forward = net_class.forward
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(net_class, "forward", lambda self, *batch: 0 * forward(self, *batch) + 5)
        run(*noise, make_plan(epochs=3), tmp_path / "checkpoint.pt")
    assert "its units are saturated or dead" in capsys.readouterr().err


def test_a_net_that_learns_is_not_noted(train, validation, tmp_path, capsys):
    run(train, validation, make_plan(), tmp_path / "checkpoint.pt")
    assert "note:" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("losses", "noted"),
    [
        pytest.param([(9 - e, 1 + e) for e in range(8)], [4], id="one streak"),
        pytest.param([(9 - e, 9 - e) for e in range(8)], [], id="both fall"),
        pytest.param([(1 + e, 1 + e) for e in range(8)], [], id="both rise"),
        pytest.param([(1.0, 1 + e) for e in range(8)], [], id="loss stays"),
        pytest.param([(9 - e, 1.0) for e in range(8)], [], id="val_loss stays"),
        pytest.param([(9 - e, 1 + e) for e in range(3)], [], id="too short"),
        pytest.param(
            [(20 - e, v) for e, v in enumerate([1, 2, 3, 4, 5, 4, 5, 6, 7, 8])],
            [4, 9],
            id="two streaks",
        ),
        pytest.param(
            [(20 - e, v) for e, v in enumerate([1, 2, 3, 2, 3, 4, 3, 4, 5])], [], id="broken"
        ),
    ],
)
def test_note_on_overfitting_comes_once_a_streak(losses, noted, capsys):
    assert list_noted_epochs(losses, capsys) == noted


def test_note_on_overfitting_comes_while_a_net_memorises(
    train, validation, tmp_path, capsys, monkeypatch
):
    worse = itertools.count(1)
    monkeypatch.setattr(
        loop,
        "predict_in_batches",
        lambda nets, inputs, part, read: [torch.full((len(inputs), 1), float(next(worse)))],
    )
    plan = make_plan(epochs=6, batch_size=len(train), dropout=0.0)
    _, history = run(train, validation, plan, tmp_path / "checkpoint.pt")
    said = capsys.readouterr().err.splitlines()
    losses = [(row["loss"], row["val_loss"]) for row in history]
    assert list_noted_epochs(losses, capsys) == [4]  # or the test would say nothing
    noted = [n for n, line in enumerate(said) if "memorising its training windows" in line]
    # Right after the lines of four epochs, and a note that the predictions are all the same.
    assert noted == [5]
    assert "the weights of epoch 1 are kept" in said[5]


# TensorBoard ------------------------------------------------------------------------------------


def read_scalars(folder):
    """Return the (epoch, name, value) of all scalars of a folder's event files.

    A record is its length, 8 bytes, a checksum of 4, its content and another checksum of 4.
    """
    found = []
    for path in folder.iterdir():
        content = path.read_bytes()
        while content:
            end = 12 + int.from_bytes(content[:8], "little")
            event = Event.FromString(content[12:end])
            found += [(event.step, value.tag, value.simple_value) for value in event.summary.value]
            content = content[end + 4 :]
    return sorted(found)


def list_scalars(history):
    return sorted(
        (row["epoch"], name.replace(":", "/"), pytest.approx(value))
        for row in history
        for name, value in row.items()
        if name != "epoch"
    )


def test_every_epoch_is_shown_once_also_of_a_training_that_was_stopped(train, validation, tmp_path):
    checkpoint, folder = tmp_path / "checkpoint.pt", tmp_path / "events"
    plan = make_plan()
    steps_per_epoch = -(-len(train) // plan.batch_size)
    taken = []

    def step(self, *arguments, real=Learner.change_weights):
        real(self, *arguments)
        taken.append(None)
        if len(taken) == 2 * steps_per_epoch + 1:
            signal.raise_signal(signal.SIGTERM)

    with pytest.MonkeyPatch.context() as patch, pytest.raises(CoalflowError):
        patch.setattr(Learner, "change_weights", step)
        run(train, validation, plan, checkpoint, events=folder)
    assert {epoch for epoch, _, _ in read_scalars(folder)} == {1, 2}
    _, history = run(train, validation, plan, checkpoint, events=folder)
    assert len(history) == EPOCHS
    assert read_scalars(folder) == list_scalars(history)
    last = (EPOCHS, "val_rmse/diversity", pytest.approx(history[-1]["val_rmse:diversity"]))
    assert last in read_scalars(folder)
