"""Trainings that are killed and resumed, and checkpoints that cannot be used."""

import contextlib
import hashlib
import io
import itertools
import os

import numpy as np
import pytest
import torch
from helpers.training import EPOCHS, make_plan, new_net, run, same_weights

from coalflow.core.errors import CoalflowError
from coalflow.core.files import replace_atomically
from coalflow.models.training import checkpoints, devices, loop, processes, reporting
from coalflow.models.training.learner import Learner
from coalflow.models.training.reporting import find_best_epoch

RESTLESS = {"learning_rate": 3e-3, "batch_size": 16}  # overfits within a few epochs


class Killed(BaseException):
    """What a signal does to a program: nothing in it may catch this."""


# Killed and resumed ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def unbroken(noise, tmp_path_factory):
    """A run without interruption, whose best epoch is not the last."""
    devices.make_deterministic(threads=1)
    checkpoint = tmp_path_factory.mktemp("unbroken") / "checkpoint.pt"
    net, history = run(*noise, make_plan(**RESTLESS), checkpoint)
    assert find_best_epoch(history) < EPOCHS
    return net, history


def kill_after_epoch(monkeypatch, epoch):
    end_epoch = reporting.Reporter.end_epoch

    def killing(self, history, *more):
        end_epoch(self, history, *more)
        if len(history) == epoch:
            raise Killed

    monkeypatch.setattr(reporting.Reporter, "end_epoch", killing)


def kill_within_epoch(monkeypatch, epoch):
    def killing(steps, total, what, tell):
        for step, rows in enumerate(steps):
            if what.startswith(f"epoch {epoch}/") and step == total // 2:
                raise Killed
            yield rows

    monkeypatch.setattr(loop, "show_bar", killing)


def kill_while_saving_epoch(monkeypatch, epoch):
    saved = itertools.count(1)

    @contextlib.contextmanager
    def killing(path):
        with replace_atomically(path) as temporary:
            yield temporary
            if next(saved) == epoch:
                content = temporary.read_bytes()
                temporary.write_bytes(content[: len(content) // 2])
                raise Killed

    monkeypatch.setattr(checkpoints, "replace_atomically", killing)


@pytest.mark.parametrize("epoch", range(1, EPOCHS + 1))
@pytest.mark.parametrize(
    ("kill", "epochs_kept"),
    [(kill_after_epoch, 0), (kill_within_epoch, -1), (kill_while_saving_epoch, -1)],
)
def test_resumed_run_ends_as_if_never_stopped(
    epoch, kill, epochs_kept, noise, unbroken, tmp_path, capsys
):
    checkpoint = tmp_path / "checkpoint.pt"
    with pytest.MonkeyPatch.context() as patch, pytest.raises(Killed):
        kill(patch, epoch)
        run(*noise, make_plan(**RESTLESS), checkpoint)
    capsys.readouterr()
    torch.manual_seed(99)  # a new process knows nothing of the old one's generator
    net, history = run(*noise, make_plan(**RESTLESS), checkpoint)
    kept = epoch + epochs_kept
    assert (f"resuming after epoch {kept}," in capsys.readouterr().err) == (kept > 0)
    assert history == unbroken[1]
    assert same_weights(net, unbroken[0])


def test_short_epochs_are_not_all_saved(noise, unbroken, tmp_path, monkeypatch):
    saved = []
    real = checkpoints.save_checkpoint
    monkeypatch.setattr(loop, "save_checkpoint", lambda *all: saved.append(None) or real(*all))
    monkeypatch.setattr(loop, "SHARE_OF_SAVING", 0)  # as if saving took longer than any epoch
    net, history = run(*noise, make_plan(**RESTLESS), tmp_path / "checkpoint.pt")
    assert len(saved) == 2  # the first one, which showed how long it takes, and the last one
    assert history == unbroken[1]
    assert same_weights(net, unbroken[0])


def test_resumed_run_of_classes_ends_as_if_never_stopped(
    train_classes, validation_classes, tmp_path
):
    data, plan = (train_classes, validation_classes), make_plan("history")
    unbroken, history = run(*data, plan, tmp_path / "unbroken.pt")
    with pytest.MonkeyPatch.context() as patch, pytest.raises(Killed):
        kill_within_epoch(patch, 3)
        run(*data, plan, tmp_path / "checkpoint.pt")
    net, resumed = run(*data, plan, tmp_path / "checkpoint.pt")
    assert resumed == history
    assert same_weights(net, unbroken)


def test_run_killed_after_every_epoch_ends_as_if_never_stopped(train, validation, tmp_path):
    net, history = run(train, validation, make_plan(), tmp_path / "unbroken.pt")
    assert find_best_epoch(history) > 1  # so that better weights come after a resumption
    checkpoint = tmp_path / "checkpoint.pt"
    for epoch in range(1, EPOCHS + 1):
        with pytest.MonkeyPatch.context() as patch, pytest.raises(Killed):
            kill_after_epoch(patch, epoch)
            run(train, validation, make_plan(), checkpoint)
    resumed, resumed_history = run(train, validation, make_plan(), checkpoint)
    assert resumed_history == history
    assert same_weights(resumed, net)


def test_run_killed_when_patience_was_over_trains_no_further(noise, tmp_path, monkeypatch):
    plan = make_plan(epochs=100, patience=2, dropout=0.0)
    net, history = run(*noise, plan, tmp_path / "unbroken.pt")
    with pytest.MonkeyPatch.context() as patch, pytest.raises(Killed):
        kill_after_epoch(patch, len(history))
        run(*noise, plan, tmp_path / "checkpoint.pt")
    kill_within_epoch(monkeypatch, len(history) + 1)
    resumed, resumed_history = run(*noise, plan, tmp_path / "checkpoint.pt")
    assert resumed_history == history
    assert same_weights(resumed, net)


# Checkpoints that cannot be used ---------------------------------------------------------------


@pytest.fixture(scope="module")
def checkpoint_content(noise, tmp_path_factory):
    """What a run leaves that was killed after its second epoch."""
    checkpoint = tmp_path_factory.mktemp("killed") / "checkpoint.pt"
    with pytest.MonkeyPatch.context() as patch, pytest.raises(Killed):
        kill_after_epoch(patch, 2)
        run(*noise, make_plan(**RESTLESS), checkpoint)
    return checkpoint.read_bytes()


def assert_starts_from_the_beginning(content, noise, unbroken, tmp_path, capsys, identity="this"):
    checkpoint = tmp_path / "checkpoint.pt"
    checkpoint.write_bytes(content)
    capsys.readouterr()
    net, history = run(*noise, make_plan(**RESTLESS), checkpoint, identity=identity)
    said = capsys.readouterr().err
    assert f"{checkpoint} is from another training or damaged: starting from the beginning" in said
    assert "resuming" not in said
    assert history == unbroken[1]
    assert same_weights(net, unbroken[0])


def test_checkpoint_of_another_training_is_ignored(
    checkpoint_content, noise, unbroken, tmp_path, capsys
):
    assert_starts_from_the_beginning(
        checkpoint_content, noise, unbroken, tmp_path, capsys, identity="that"
    )


@pytest.mark.parametrize("share", [0, 0.001, 0.01, 0.04, 0.3, 0.9, 0.999])
def test_truncated_checkpoint_is_ignored(
    share, checkpoint_content, noise, unbroken, tmp_path, capsys
):
    content = checkpoint_content[: int(share * len(checkpoint_content))]
    assert_starts_from_the_beginning(content, noise, unbroken, tmp_path, capsys)


def load_damaged(content, net, path, monkeypatch):
    """Return the history that a damaged checkpoint gives."""
    monkeypatch.setattr(checkpoints, "say", lambda line: None)
    path.write_bytes(content)
    return checkpoints.resume_training(path, "this", make_learner(net)).history


def make_learner(net):
    return Learner(net, make_plan().recipe, processes.ALONE)


@pytest.mark.filterwarnings("ignore:Detected pickle protocol")
def test_random_bytes_are_no_checkpoint(noise, tmp_path, monkeypatch):
    generator = np.random.default_rng(1)
    net = new_net(make_plan(), noise[0])
    for start in (b"", b"PK\x03\x04", b"\x80\x02"):
        for _ in range(200):
            content = start + generator.bytes(generator.integers(1000))
            assert load_damaged(content, net, tmp_path / "checkpoint.pt", monkeypatch) == []


def test_bit_flips_in_a_checkpoint_do_not_change_what_is_learnt(
    checkpoint_content, noise, tmp_path, monkeypatch
):
    path = tmp_path / "checkpoint.pt"
    whole = new_net(make_plan(), noise[0])
    assert len(load_damaged(checkpoint_content, whole, path, monkeypatch)) == 2
    generator = np.random.default_rng(2)
    size = len(checkpoint_content)
    # Zip keeps its directory at the end, PyTorch its pickle at the beginning.
    bytes_hit = [*generator.integers(size, size=40), *generator.integers(4000, size=40)]
    for hit in [*bytes_hit, *(size - 1 - generator.integers(4000, size=40))]:
        content = bytearray(checkpoint_content)
        content[hit] ^= 1 << generator.integers(8)
        net = new_net(make_plan(), noise[0])
        if load_damaged(bytes(content), net, path, monkeypatch):
            assert same_weights(net, whole), f"bit flip in byte {hit} of {size}"


def test_checkpoint_cannot_run_code(noise, tmp_path):
    flag = tmp_path / "ran"

    class Harmful:
        def __reduce__(self):
            return os.mkdir, (str(flag),)

    checkpoint = tmp_path / "checkpoint.pt"
    net = new_net(make_plan(), noise[0])
    harmful = checkpoints.Progress(best=Harmful())
    checkpoints.save_checkpoint(checkpoint, "this", make_learner(net), harmful)
    with contextlib.suppress(Exception):  # whether it is refused or ignored is not the point
        run(*noise, make_plan(epochs=1), checkpoint)
    assert not flag.exists()


# Made by hand, with a digest that fits -----------------------------------------------------------


def make_state(net, **changes):
    """Return what a checkpoint holds, with changes: of its parts by name, None takes one out."""
    weights = {name: part.clone() for name, part in net.state_dict().items()}
    row = {"epoch": 1, "loss": 1.0, "val_loss": 1.0}
    progress = {"history": [row], "best": weights, "steps": 0, "summed_loss": 0.0}
    state = {
        "identity": "this",
        "learner": make_learner(net).collect_state(),
        "progress": {**progress, **changes.pop("progress", {})},
    }
    return {name: part for name, part in {**state, **changes}.items() if part is not None}


def resume_from(path, state, net):
    buffer = io.BytesIO()
    torch.save(state, buffer)
    content = buffer.getvalue()
    path.write_bytes(hashlib.sha256(content).digest() + content)
    return checkpoints.resume_training(path, "this", make_learner(net))


def test_the_state_that_these_tests_change_is_one(noise, tmp_path):
    net = new_net(make_plan(), noise[0])
    assert len(resume_from(tmp_path / "c.pt", make_state(net), net).history) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"identity": None},
        {"learner": None},
        {"progress": {"history": 3}},
        {"progress": {"history": [3]}},
        {"progress": {"history": [{"epoch": 1}]}},
        {"progress": {"best": [1]}},
        {"progress": {"steps": "1"}},
        {"progress": {"more": 1}},
        {"more": 1},
    ],
)
def test_a_crafted_checkpoint_of_something_else_is_ignored(noise, tmp_path, capsys, changes):
    net = new_net(make_plan(), noise[0])
    before = {name: part.clone() for name, part in net.state_dict().items()}
    assert resume_from(tmp_path / "c.pt", make_state(net, **changes), net).history == []
    assert "damaged: starting from the beginning" in capsys.readouterr().err
    assert all(torch.equal(part, before[name]) for name, part in net.state_dict().items())


@pytest.mark.parametrize("state", [[1], "text", 3, None])
def test_a_checkpoint_of_no_parts_is_ignored(noise, tmp_path, state):
    net = new_net(make_plan(), noise[0])
    assert resume_from(tmp_path / "c.pt", state, net).history == []


@pytest.mark.parametrize(
    "changes",
    [
        {"learner": {}},
        {"learner": 3},
        {"learner": {"net": {"weight": torch.zeros(3)}, "optimizer": {}}},
        {"progress": {"best": {"weight": torch.zeros(3)}}},
        {"progress": {"best": {"weight": "zeros"}}},
    ],
)
def test_a_crafted_checkpoint_that_does_not_fit_is_refused(noise, tmp_path, changes):
    """Rather than ignored: part of it may have been restored before it failed."""
    net = new_net(make_plan(), noise[0])
    with pytest.raises(CoalflowError, match=r"c.pt: training cannot be resumed from it.*Delete it"):
        resume_from(tmp_path / "c.pt", make_state(net, **changes), net)


def test_a_pipe_is_not_waited_for(noise, tmp_path):
    os.mkfifo(tmp_path / "c.pt")
    net = new_net(make_plan(), noise[0])
    assert checkpoints.resume_training(tmp_path / "c.pt", "this", make_learner(net)).history == []
