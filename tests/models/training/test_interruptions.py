"""A training that is stopped or killed at any step ends as if it had never been."""

import signal
import time

import numpy as np
import pytest
from helpers.models import replicates_of, varied_matrices
from helpers.training import make_plan, run, same_weights

from coalflow.core.errors import CoalflowError
from coalflow.models.training import devices, interruptions, loop
from coalflow.models.training.learner import Learner

EPOCHS, STEPS = 4, 5  # steps of an epoch
# Everything that has a state, or randomness, of its own.
EVERYTHING = {
    "epochs": EPOCHS,
    "batch_size": 16,
    "dropout": 0.3,
    "average": 0.9,
    "schedule": "cosine",
    "warm_up": 0.5,
    "clip": 1.0,
    "weight_decay": 0.01,
    "loss": "gaussian",
}


class Killed(BaseException):
    """What a signal does to a program that does not listen."""


@pytest.fixture(scope="module")
def data():
    devices.make_deterministic(threads=1)
    return [replicates_of(varied_matrices(number, number)) for number in (16 * STEPS - 3, 30)]


@pytest.fixture(scope="module")
def unbroken(data, tmp_path_factory):
    checkpoint = tmp_path_factory.mktemp("unbroken") / "checkpoint.pt"
    return run(*data, make_plan(**EVERYTHING), checkpoint)


def at_step(monkeypatch, number, do):
    """Do something after the step of that number, of all steps of the training."""
    change_weights, done = Learner.change_weights, []

    def watched(self, *arguments):
        change_weights(self, *arguments)
        done.append(None)
        if len(done) == number:
            do()

    monkeypatch.setattr(Learner, "change_weights", watched)


def assert_ends_as_unbroken(data, unbroken, checkpoint):
    net, history = run(*data, make_plan(**EVERYTHING), checkpoint)
    assert history == unbroken[1]
    assert same_weights(net, unbroken[0])


@pytest.mark.parametrize("number", np.random.default_rng(5).integers(1, EPOCHS * STEPS, 5))
@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
def test_stopped_by_a_signal_and_resumed(number, sent, data, unbroken, tmp_path, capsys):
    checkpoint = tmp_path / "checkpoint.pt"
    with pytest.MonkeyPatch.context() as patch:
        at_step(patch, number, lambda: signal.raise_signal(sent))
        with pytest.raises(CoalflowError, match=rf"stopped after .* \({sent.name}\)"):
            run(*data, make_plan(**EVERYTHING), checkpoint)
    capsys.readouterr()
    assert_ends_as_unbroken(data, unbroken, checkpoint)
    epoch, step = divmod(int(number), STEPS)
    where = f"step {step} of epoch {epoch + 1}" if step else f"epoch {epoch}"
    assert f"resuming after {where}," in capsys.readouterr().err


@pytest.mark.parametrize("number", np.random.default_rng(6).integers(2, EPOCHS * STEPS, 5))
def test_killed_without_warning_loses_what_came_after_the_last_checkpoint(
    number, data, unbroken, tmp_path, monkeypatch
):
    def kill():
        raise Killed

    monkeypatch.setattr(loop, "SECONDS_BETWEEN_CHECKPOINTS", 0)
    checkpoint = tmp_path / "checkpoint.pt"
    with pytest.MonkeyPatch.context() as patch, pytest.raises(Killed):
        at_step(patch, number, kill)
        run(*data, make_plan(**EVERYTHING), checkpoint)
    with pytest.MonkeyPatch.context() as patch:
        taken = []
        real = Learner.change_weights
        patch.setattr(Learner, "change_weights", lambda *all: taken.append(None) or real(*all))
        assert_ends_as_unbroken(data, unbroken, checkpoint)
    assert len(taken) == EPOCHS * STEPS - (number - 1)


def test_stopped_after_every_step_it_still_ends_the_same(data, unbroken, tmp_path):
    checkpoint = tmp_path / "checkpoint.pt"
    for _ in range(EPOCHS * STEPS - 1):
        with pytest.MonkeyPatch.context() as patch, pytest.raises(CoalflowError):
            at_step(patch, 1, lambda: signal.raise_signal(signal.SIGTERM))
            run(*data, make_plan(**EVERYTHING), checkpoint)
    assert_ends_as_unbroken(data, unbroken, checkpoint)


def test_a_signal_at_the_last_step_stops_nothing(data, unbroken, tmp_path, monkeypatch):
    at_step(monkeypatch, EPOCHS * STEPS, lambda: signal.raise_signal(signal.SIGTERM))
    assert_ends_as_unbroken(data, unbroken, tmp_path / "checkpoint.pt")


def test_handlers_of_signals_are_as_before(data, tmp_path):
    before = [signal.getsignal(number) for number in interruptions.SIGNALS]
    run(*data, make_plan(epochs=1), tmp_path / "checkpoint.pt")
    assert [signal.getsignal(number) for number in interruptions.SIGNALS] == before


def test_the_time_limit_stops(monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    stop, without = interruptions.Stop(seconds=90), interruptions.Stop()
    now[0] += 89
    assert not stop.is_due
    now[0] += 2
    assert stop.is_due
    now[0] += 1e9
    assert not without.is_due
    said = str(stop.make_error("after epoch 3"))
    assert said.startswith("stopped after epoch 3 (training.time_limit, 1.5 minutes).")
