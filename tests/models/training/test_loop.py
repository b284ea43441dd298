import contextlib
import dataclasses
import itertools
import math
import os
import re

import numpy as np
import pytest
import scipy.special
import torch
from helpers.data import asked_of, targets_of
from helpers.models import padded, replicates_of, settings_of_models, varied_matrices
from helpers.training import EPOCHS, new_net, run, same_weights, settings_of_training
from torch import nn

from coalflow.core.errors import CoalflowError
from coalflow.core.files import replace_atomically
from coalflow.dataset import target_scaling
from coalflow.dataset.loading import Replicates
from coalflow.models import batches, nets
from coalflow.models.training import checkpoints, devices, loop, losses, processes, reporting

ENCODING = settings_of_models()["encoding"]
RESTLESS = {"learning_rate": 3e-3, "batch_size": 16}  # overfits within a few epochs


class Killed(BaseException):
    """What a signal does to a program: nothing in it may catch this."""


@pytest.fixture(autouse=True)
def deterministic():
    """Train as the program does, and leave PyTorch as it was for other tests."""
    threads = torch.get_num_threads()
    algorithms = torch.are_deterministic_algorithms_enabled()
    cublas = os.environ.get("CUBLAS_WORKSPACE_CONFIG")
    devices.make_deterministic(threads=1)
    yield
    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(algorithms)
    if cublas is None:
        os.environ.pop("CUBLAS_WORKSPACE_CONFIG", None)
    else:
        os.environ["CUBLAS_WORKSPACE_CONFIG"] = cublas


@pytest.fixture(scope="module")
def noise():
    """Targets without any relation to the windows: a net can only learn them by heart."""
    generator = np.random.default_rng(5)
    made = []
    for number, seed in ((64, 6), (200, 7)):
        learnt = replicates_of(varied_matrices(number, seed))
        made.append(Replicates(learnt.windows, generator.normal(size=(number, 1)), learnt.table))
    return made


def loss_of(net, replicates, scale):
    inputs = batches.DeviceWindows(replicates.windows, ENCODING, "cpu")
    target = torch.as_tensor(scale.standardise(replicates.target), dtype=torch.float32)
    return nn.functional.mse_loss(
        batches.predict_in_batches(net, inputs).double(), target.double()
    ).item()


# Learning ---------------------------------------------------------------------------------


def test_training_learns_what_can_be_learnt(train, validation, tmp_path):
    settings = settings_of_training(epochs=15)
    net, history = run(train, validation, settings, tmp_path / "checkpoint.pt")
    assert history[-1]["loss"] < 0.3 * history[0]["loss"]
    # A net that predicts the mean has a loss of 1.
    assert (
        loss_of(
            net, validation, target_scaling.TargetScaling.of(train.target, targets_of("diversity"))
        )
        < 0.5
    )


def test_history_has_a_row_per_epoch(train, validation, tmp_path):
    _, history = run(train, validation, settings_of_training(), tmp_path / "checkpoint.pt")
    assert [row["epoch"] for row in history] == list(range(1, EPOCHS + 1))
    keys = {"epoch", "loss", "val_loss", "val_rmse:diversity"}
    assert all(row.keys() == keys for row in history)


def test_loss_is_the_mean_over_windows_also_with_a_short_last_batch(noise, tmp_path, monkeypatch):
    train, validation = noise
    sizes, seen = [], []
    of_windows = losses.SquaredError.of_windows

    def watched(self, outputs, target):
        loss = of_windows(self, outputs, target)
        sizes.append(len(target))
        seen.append(loss.mean().item())
        return loss

    monkeypatch.setattr(losses.SquaredError, "of_windows", watched)
    settings = settings_of_training(epochs=1, batch_size=25)
    _, history = run(train, validation, settings, tmp_path / "checkpoint.pt")
    # At first, what always saying the same comes to.
    assert sizes == [len(validation), 25, 25, 14, len(validation)]
    assert history[0]["loss"] == pytest.approx(np.average(seen[1:-1], weights=sizes[1:-1]))
    assert history[0]["val_loss"] == pytest.approx(seen[-1])


def test_every_epoch_sees_every_window_once_and_in_another_order(noise, tmp_path, monkeypatch):
    train, validation = noise
    epochs = []

    def watched(steps, total, what, tell):
        epochs.append(torch.cat(list(steps)).tolist())
        assert total == len(steps) == 2
        return steps

    monkeypatch.setattr(loop, "bar", watched)
    run(train, validation, settings_of_training(epochs=2), tmp_path / "checkpoint.pt")
    assert [sorted(order) for order in epochs] == [list(range(len(train)))] * 2
    assert epochs[0] != epochs[1]


def test_net_holds_the_weights_of_the_best_epoch(noise, tmp_path):
    train, validation = noise
    settings = settings_of_training(epochs=12, dropout=0.0)
    net, history = run(train, validation, settings, tmp_path / "checkpoint.pt")
    best = min(row["val_loss"] for row in history)
    assert history[-1]["val_loss"] > best  # or the test would say nothing
    scale = target_scaling.TargetScaling.of(train.target, targets_of("diversity"))
    assert loss_of(net, validation, scale) == pytest.approx(best, rel=1e-6)


def test_training_stops_when_patience_is_over(noise, tmp_path):
    train, validation = noise
    settings = settings_of_training(epochs=100, patience=3, dropout=0.0)
    _, history = run(train, validation, settings, tmp_path / "checkpoint.pt")
    losses = [row["val_loss"] for row in history]
    assert len(losses) < 100
    assert losses.index(min(losses)) == len(losses) - 1 - 3
    for earlier in range(1, len(losses)):
        assert losses.index(min(losses[:earlier])) > earlier - 1 - 3


def test_training_stops_after_the_last_epoch(train, validation, tmp_path):
    settings = settings_of_training(epochs=2, patience=1)
    _, history = run(train, validation, settings, tmp_path / "checkpoint.pt")
    assert len(history) == 2


def test_best_epoch_is_the_first_of_equals():
    history = [{"epoch": e, "val_loss": loss} for e, loss in enumerate([3.0, 1.0, 2.0, 1.0], 1)]
    assert loop.best_epoch(history) == 2


# Classes ----------------------------------------------------------------------------------


def settings_of_classes(**training_options):
    settings = settings_of_training(loss="cross_entropy", **training_options)
    return {**settings, "target": targets_of("history"), "classes": ["growth", "constant"]}


def run_classes(train, validation, settings, checkpoint):
    net = new_net(settings, train)
    history = loop.train_net(net, train, validation, settings, None, "this", checkpoint)
    return net, history


@pytest.mark.parametrize("name", ["flagel_tajimas_d", "flagel_sweeps"])
def test_training_learns_classes(name, train_classes, validation_classes, tmp_path):
    wide = [wider(replicates) for replicates in (train_classes, validation_classes)]
    settings = {**settings_of_classes(epochs=8), "net": name}
    _, history = run_classes(*wide, settings, tmp_path / "checkpoint.pt")
    assert all(row.keys() == {"epoch", "loss", "val_loss", "val_accuracy"} for row in history)
    # Who guesses has log 2; the quickest nets are far below in the first epoch.
    assert history[-1]["val_loss"] < min(0.2, history[0]["loss"])
    assert history[-1]["val_accuracy"] > 0.95


def wider(replicates):
    """Return the same windows with padding, so many columns that every net takes them."""
    return dataclasses.replace(replicates, windows=padded(replicates.windows, 20, 22))


def test_loss_and_accuracy_of_classes_are_those_of_the_net(
    train_classes, validation_classes, tmp_path
):
    settings = settings_of_classes(epochs=2)
    net, history = run_classes(train_classes, validation_classes, settings, tmp_path / "c.pt")
    best = history[loop.best_epoch(history) - 1]
    inputs = batches.DeviceWindows(validation_classes.windows, ENCODING, "cpu")
    outputs = batches.predict_in_batches(net, inputs).numpy().astype(float)
    probabilities = scipy.special.softmax(outputs, axis=1)
    truth = validation_classes.target
    expected = -np.log(probabilities[np.arange(len(truth)), truth]).mean()
    assert best["val_loss"] == pytest.approx(expected, rel=1e-5)
    assert best["val_accuracy"] == (probabilities.argmax(axis=1) == truth).mean()


def test_resumed_run_of_classes_ends_as_if_never_stopped(
    train_classes, validation_classes, tmp_path
):
    data, settings = (train_classes, validation_classes), settings_of_classes()
    unbroken, history = run_classes(*data, settings, tmp_path / "unbroken.pt")
    with pytest.MonkeyPatch.context() as patch, pytest.raises(Killed):
        kill_within_epoch(patch, 3)
        run_classes(*data, settings, tmp_path / "checkpoint.pt")
    net, resumed = run_classes(*data, settings, tmp_path / "checkpoint.pt")
    assert resumed == history
    assert same_weights(net, unbroken)


def test_the_penalty_keeps_weights_small(train_classes, validation_classes, tmp_path, monkeypatch):
    data = [wider(replicates) for replicates in (train_classes, validation_classes)]
    settings = {**settings_of_classes(epochs=3), "net": "flagel_sweeps"}
    norms = []
    for number, l2 in enumerate((0.0, 1e-2)):
        monkeypatch.setattr(nets.NETS["flagel_sweeps"], "l2", l2)
        net, _ = run_classes(*data, settings, tmp_path / f"{number}.pt")
        norms.append(net.convolution_3.weight.norm().item())
    assert norms[1] < 0.9 * norms[0]


# The same bits ------------------------------------------------------------------------------


def test_same_seed_gives_the_same_bits(train, validation, tmp_path):
    nets_and_histories = [
        run(train, validation, settings_of_training(), tmp_path / f"{number}.pt")
        for number in range(2)
    ]
    (net, history), (again, history_again) = nets_and_histories
    assert same_weights(net, again)
    assert history == history_again


@pytest.mark.parametrize("change", [{"restart": 1}, {"seed": 8}])
def test_other_restarts_and_seeds_give_other_bits(change, train, validation, tmp_path):
    settings = settings_of_training(epochs=2)
    net, history = run(train, validation, settings, tmp_path / "a.pt")
    other, other_history = run(train, validation, {**settings, **change}, tmp_path / "b.pt")
    assert not same_weights(net, other)
    assert history != other_history


@pytest.mark.parametrize("change", [{"restart": 1}, {"seed": 8}])
def test_other_restarts_and_seeds_have_another_order(change, train, validation, tmp_path):
    settings = settings_of_training(epochs=1)
    scale = target_scaling.TargetScaling.of(train.target, targets_of("diversity"))
    histories = []
    for number, one in enumerate([settings, {**settings, **change}]):
        net = new_net(settings, train)  # the same weights for both
        checkpoint = tmp_path / f"{number}.pt"
        histories.append(loop.train_net(net, train, validation, one, scale, "this", checkpoint))
    assert histories[0] != histories[1]


def test_state_of_the_global_generator_changes_nothing(train, validation, tmp_path):
    settings = settings_of_training(epochs=2)
    scale = target_scaling.TargetScaling.of(train.target, targets_of("diversity"))
    trained = []
    for number in range(2):
        net = new_net(settings, train)
        torch.manual_seed(number)
        checkpoint = tmp_path / f"{number}.pt"
        loop.train_net(net, train, validation, settings, scale, "this", checkpoint)
        trained.append(net)
    assert same_weights(*trained)


# Killed and resumed ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def unbroken(noise, tmp_path_factory):
    """A run without interruption, whose best epoch is not the last."""
    devices.make_deterministic(threads=1)
    checkpoint = tmp_path_factory.mktemp("unbroken") / "checkpoint.pt"
    net, history = run(*noise, settings_of_training(**RESTLESS), checkpoint)
    assert loop.best_epoch(history) < EPOCHS
    return net, history


def kill_after_epoch(monkeypatch, number):
    end_epoch = reporting.Reporter.end_epoch

    def killing(self, history, *more):
        end_epoch(self, history, *more)
        if len(history) == number:
            raise Killed

    monkeypatch.setattr(reporting.Reporter, "end_epoch", killing)


def kill_within_epoch(monkeypatch, number):
    def killing(steps, total, what, tell):
        for place, rows in enumerate(steps):
            if what.startswith(f"epoch {number}/") and place == total // 2:
                raise Killed
            yield rows

    monkeypatch.setattr(loop, "bar", killing)


def kill_while_saving_epoch(monkeypatch, number):
    saved = itertools.count(1)

    @contextlib.contextmanager
    def killing(path):
        with replace_atomically(path) as temporary:
            yield temporary
            if next(saved) == number:
                content = temporary.read_bytes()
                temporary.write_bytes(content[: len(content) // 2])
                raise Killed

    monkeypatch.setattr(checkpoints, "replacing", killing)


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
        run(*noise, settings_of_training(**RESTLESS), checkpoint)
    capsys.readouterr()
    torch.manual_seed(99)  # a new process knows nothing of the old one's generator
    net, history = run(*noise, settings_of_training(**RESTLESS), checkpoint)
    kept = epoch + epochs_kept
    assert (f"going on after epoch {kept}," in capsys.readouterr().err) == (kept > 0)
    assert history == unbroken[1]
    assert same_weights(net, unbroken[0])


def test_run_killed_after_every_epoch_ends_as_if_never_stopped(train, validation, tmp_path):
    net, history = run(train, validation, settings_of_training(), tmp_path / "unbroken.pt")
    assert loop.best_epoch(history) > 1  # so that better weights come after a resumption
    checkpoint = tmp_path / "checkpoint.pt"
    for epoch in range(1, EPOCHS + 1):
        with pytest.MonkeyPatch.context() as patch, pytest.raises(Killed):
            kill_after_epoch(patch, epoch)
            run(train, validation, settings_of_training(), checkpoint)
    resumed, resumed_history = run(train, validation, settings_of_training(), checkpoint)
    assert resumed_history == history
    assert same_weights(resumed, net)


def test_run_killed_when_patience_was_over_trains_no_further(noise, tmp_path, monkeypatch):
    settings = settings_of_training(epochs=100, patience=2, dropout=0.0)
    net, history = run(*noise, settings, tmp_path / "unbroken.pt")
    with pytest.MonkeyPatch.context() as patch, pytest.raises(Killed):
        kill_after_epoch(patch, len(history))
        run(*noise, settings, tmp_path / "checkpoint.pt")
    kill_within_epoch(monkeypatch, len(history) + 1)
    resumed, resumed_history = run(*noise, settings, tmp_path / "checkpoint.pt")
    assert resumed_history == history
    assert same_weights(resumed, net)


# Checkpoints that are good for nothing -----------------------------------------------------------


@pytest.fixture(scope="module")
def checkpoint_content(noise, tmp_path_factory):
    """What a run leaves that was killed after its second epoch."""
    checkpoint = tmp_path_factory.mktemp("killed") / "checkpoint.pt"
    with pytest.MonkeyPatch.context() as patch, pytest.raises(Killed):
        kill_after_epoch(patch, 2)
        run(*noise, settings_of_training(**RESTLESS), checkpoint)
    return checkpoint.read_bytes()


def assert_starts_anew(content, noise, unbroken, tmp_path, capsys, identity="this"):
    checkpoint = tmp_path / "checkpoint.pt"
    checkpoint.write_bytes(content)
    capsys.readouterr()
    net, history = run(*noise, settings_of_training(**RESTLESS), checkpoint, identity)
    said = capsys.readouterr().err
    assert f"{checkpoint} is of another training or damaged: starting anew" in said
    assert "going on" not in said
    assert history == unbroken[1]
    assert same_weights(net, unbroken[0])


def test_checkpoint_of_another_training_is_ignored(
    checkpoint_content, noise, unbroken, tmp_path, capsys
):
    assert_starts_anew(checkpoint_content, noise, unbroken, tmp_path, capsys, identity="that")


@pytest.mark.parametrize("share", [0, 0.001, 0.01, 0.04, 0.3, 0.9, 0.999])
def test_truncated_checkpoint_is_ignored(
    share, checkpoint_content, noise, unbroken, tmp_path, capsys
):
    content = checkpoint_content[: int(share * len(checkpoint_content))]
    assert_starts_anew(content, noise, unbroken, tmp_path, capsys)


def load_damaged(content, net, path, monkeypatch):
    """Return the history that a damaged checkpoint gives."""
    monkeypatch.setattr(checkpoints, "say", lambda line: None)
    path.write_bytes(content)
    return checkpoints.resume_training(path, "this", learner_of(net)).history


def learner_of(net):
    return loop.Learner(net, settings_of_training()["training"], processes.ALONE)


@pytest.mark.filterwarnings("ignore:Detected pickle protocol")
def test_random_bytes_are_no_checkpoint(noise, tmp_path, monkeypatch):
    generator = np.random.default_rng(1)
    net = new_net(settings_of_training(), noise[0])
    for start in (b"", b"PK\x03\x04", b"\x80\x02"):
        for _ in range(200):
            content = start + generator.bytes(generator.integers(1000))
            assert load_damaged(content, net, tmp_path / "checkpoint.pt", monkeypatch) == []


def test_bit_flips_in_a_checkpoint_do_not_change_what_is_learnt(
    checkpoint_content, noise, tmp_path, monkeypatch
):
    path = tmp_path / "checkpoint.pt"
    whole = new_net(settings_of_training(), noise[0])
    assert len(load_damaged(checkpoint_content, whole, path, monkeypatch)) == 2
    generator = np.random.default_rng(2)
    size = len(checkpoint_content)
    # Zip keeps its directory at the end, PyTorch its pickle at the beginning.
    places = [*generator.integers(size, size=40), *generator.integers(4000, size=40)]
    for place in [*places, *(size - 1 - generator.integers(4000, size=40))]:
        content = bytearray(checkpoint_content)
        content[place] ^= 1 << generator.integers(8)
        net = new_net(settings_of_training(), noise[0])
        if load_damaged(bytes(content), net, path, monkeypatch):
            assert same_weights(net, whole), f"bit flip in byte {place} of {size}"


def test_checkpoint_cannot_run_code(noise, tmp_path):
    flag = tmp_path / "ran"

    class Harmful:
        def __reduce__(self):
            return os.mkdir, (str(flag),)

    checkpoint = tmp_path / "checkpoint.pt"
    net = new_net(settings_of_training(), noise[0])
    harmful = checkpoints.Progress(best=Harmful())
    checkpoints.save_checkpoint(checkpoint, "this", learner_of(net), harmful)
    with contextlib.suppress(Exception):  # whether it is refused or ignored is not the point
        run(*noise, settings_of_training(epochs=1), checkpoint)
    assert not flag.exists()


# Several targets ------------------------------------------------------------------------------


def test_several_targets_are_learned_at_once(tmp_path, capsys):
    names = ("diversity", "tajimas_d")
    train, validation = (
        replicates_of(varied_matrices(number, seed), *names)
        for number, seed in ((300, 1), (100, 2))
    )
    # Units do not matter: the loss is in standard deviations.
    settings = {**settings_of_training(epochs=12), "target": targets_of(*names)}
    target = train.target * [1e6, 1e-6]
    train = dataclasses.replace(train, target=target)
    validation = dataclasses.replace(validation, target=validation.target * [1e6, 1e-6])
    scale = target_scaling.TargetScaling.of(train.target, settings["target"])
    net, history = run(train, validation, settings, tmp_path / "checkpoint.pt", scale=scale)
    last = history[-1]
    of_each = [last[f"val_rmse:{name}"] for name in names]
    scaled = np.square(of_each / scale.sds)
    assert last["val_loss"] == pytest.approx(scaled.mean(), rel=1e-5)
    assert max(scaled) < 0.5  # of a net that predicts means it is 1
    best = loop.best_epoch(history)
    assert loss_of(net, validation, scale) == pytest.approx(history[best - 1]["val_loss"], rel=1e-6)
    said = capsys.readouterr().err
    assert f"validation RMSE of diversity {of_each[0]:.4g}, tajimas_d {of_each[1]:.4g}" in said


# What cannot be trained ------------------------------------------------------------------------


def test_divergence_is_refused(noise, tmp_path):
    settings = settings_of_training(learning_rate=1e20)
    with pytest.raises(CoalflowError, match=r"training\.learning_rate"):
        run(*noise, settings, tmp_path / "checkpoint.pt")


@pytest.mark.parametrize("value", [math.nan, math.inf])
@pytest.mark.parametrize("place", [0, 1])
def test_loss_that_is_not_a_number_is_refused_and_not_kept(value, place, noise, tmp_path):
    damaged = list(noise)
    scale = target_scaling.TargetScaling.of(noise[0].target, targets_of("diversity"))
    target = noise[place].target.copy()
    target[3] = value
    damaged[place] = Replicates(noise[place].windows, target, noise[place].table)
    with pytest.raises(CoalflowError, match=r"epoch 1 .*training\.learning_rate"):
        run(*damaged, settings_of_training(), tmp_path / "checkpoint.pt", scale=scale)
    assert list(tmp_path.iterdir()) == []


def test_cuda_without_cuda_is_refused(noise, tmp_path, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(CoalflowError, match=r"training\.device is cuda"):
        run(*noise, settings_of_training(device="cuda"), tmp_path / "checkpoint.pt")


@pytest.mark.parametrize(
    ("name", "available", "chosen"),
    [
        ("auto", False, "cpu"),
        ("auto", True, "cuda"),
        ("cpu", False, "cpu"),
        ("cpu", True, "cpu"),
        ("cuda", True, "cuda"),
    ],
)
def test_choice_of_device(name, available, chosen, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: available)
    assert devices.choose_device(name).type == chosen


@pytest.mark.parametrize("threads", [1, 2])
def test_make_deterministic_does_what_it_says(threads):
    torch.use_deterministic_algorithms(False)
    os.environ.pop("CUBLAS_WORKSPACE_CONFIG", None)
    devices.make_deterministic(threads)
    assert torch.are_deterministic_algorithms_enabled()
    assert torch.get_num_threads() == threads
    assert os.environ["CUBLAS_WORKSPACE_CONFIG"] == ":4096:8"


# The log ------------------------------------------------------------------------------------------


def test_every_epoch_has_a_line_with_errors_in_the_targets_units(
    train, validation, tmp_path, capsys
):
    _, history = run(train, validation, settings_of_training(), tmp_path / "checkpoint.pt")
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


def test_log_tells_which_epoch_is_kept(noise, tmp_path, capsys):
    _, history = run(*noise, settings_of_training(), tmp_path / "checkpoint.pt")
    best = loop.best_epoch(history)
    assert f"best: epoch {best} of {EPOCHS}; its weights are kept" in capsys.readouterr().err


def reporter_of(scale, epochs, uninformed_loss=100.0):
    options = {"epochs": epochs, "batch_size": 10}
    return reporting.Reporter(
        options, scale, targets_of("diversity"), 100, uninformed_loss, silent=False
    )


def notes_at(losses, capsys):
    """Return the epochs after which the log has the note on overfitting."""
    scale = target_scaling.TargetScaling.from_card(asked_of("diversity")["scale"])
    reporter = reporter_of(scale, len(losses))
    history, noted = [], []
    for epoch, (loss, val_loss) in enumerate(losses, 1):
        reporter.begin_epoch(epoch, checkpoints.Progress())
        row = {"epoch": epoch, "loss": loss, "val_loss": val_loss, "val_rmse:diversity": 0.0}
        history.append(row)
        reporter.end_epoch(history, 1.0)
        noted += [epoch] * capsys.readouterr().err.count("val_loss has risen while loss fell")
    return noted


def test_a_net_that_learns_nothing_is_noted_once(noise, tmp_path, capsys):
    settings = settings_of_training(epochs=5, learning_rate=1e-9)
    run(*noise, settings, tmp_path / "checkpoint.pt")
    said = capsys.readouterr().err.splitlines()
    (noted,) = (n for n, line in enumerate(said) if "better than to look at nothing" in line)
    assert said[noted - 1].startswith("epoch 3/5")
    assert "Windows may not tell of the target" in said[noted]


def test_a_net_that_says_the_same_for_all_windows_is_noted(noise, tmp_path, capsys):
    class Dead(nets.NETS["flagel_tajimas_d"]):
        def forward(self, *windows):
            return 0 * super().forward(*windows) + 5

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(nets.NETS, "flagel_tajimas_d", Dead)
        run(*noise, settings_of_training(epochs=3), tmp_path / "checkpoint.pt")
    assert "its units are saturated or dead" in capsys.readouterr().err


def test_a_net_that_learns_is_not_noted(train, validation, tmp_path, capsys):
    run(train, validation, settings_of_training(), tmp_path / "checkpoint.pt")
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
    assert notes_at(losses, capsys) == noted


def test_note_on_overfitting_comes_while_a_net_learns_by_heart(
    train, validation, tmp_path, capsys, monkeypatch
):
    worse = itertools.count(1)
    monkeypatch.setattr(
        batches,
        "predict_in_batches",
        lambda net, inputs, part: torch.full((len(inputs), 1), float(next(worse))),
    )
    settings = settings_of_training(epochs=6, batch_size=len(train), dropout=0.0)
    _, history = run(train, validation, settings, tmp_path / "checkpoint.pt")
    said = capsys.readouterr().err.splitlines()
    losses = [(row["loss"], row["val_loss"]) for row in history]
    assert notes_at(losses, capsys) == [4]  # or the test would say nothing
    noted = [n for n, line in enumerate(said) if "learning its training windows by heart" in line]
    # Right after the lines of four epochs, and a note that the answers are all the same.
    assert noted == [5]
    assert "the weights of epoch 1 are kept" in said[5]
