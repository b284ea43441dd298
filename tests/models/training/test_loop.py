"""Training: what is learned, with which bits, and what cannot be trained."""

import dataclasses
import math

import numpy as np
import pytest
import scipy.special
import torch
from helpers.data import make_targets
from helpers.models import fit_scaling, make_view, padded, replicates_of, varied_matrices
from helpers.training import EPOCHS, make_plan, new_net, run, same_weights
from torch import nn

from coalflow.core.errors import CoalflowError
from coalflow.dataset.loading import Replicates
from coalflow.models import batches, nets
from coalflow.models.training import loop, losses
from coalflow.models.training.reporting import find_best_epoch

ENCODING = make_view().encoding


def compute_loss(net, replicates, scaling):
    """Return the mean squared error of a net, in the units in which it learns."""
    inputs = batches.DeviceWindows(replicates.windows, ENCODING, "cpu")
    target = torch.as_tensor(scaling.standardise(replicates.target), dtype=torch.float32)
    return nn.functional.mse_loss(
        batches.predict_in_batches([net], inputs)[0].double(), target.double()
    ).item()


# Learning ---------------------------------------------------------------------------------


def test_training_learns_what_can_be_learnt(train, validation, tmp_path):
    plan = make_plan(epochs=15)
    net, history = run(train, validation, plan, tmp_path / "checkpoint.pt")
    assert history[-1]["loss"] < 0.3 * history[0]["loss"]
    # A net that predicts the mean has a loss of 1.
    assert compute_loss(net, validation, fit_scaling(train, plan.view)) < 0.5


def test_history_has_a_row_per_epoch(train, validation, tmp_path):
    _, history = run(train, validation, make_plan(), tmp_path / "checkpoint.pt")
    assert [row["epoch"] for row in history] == list(range(1, EPOCHS + 1))
    keys = {"epoch", "loss", "val_loss", "val_rmse:diversity"}
    assert all(row.keys() == keys for row in history)


def test_loss_is_the_mean_over_windows_also_with_a_short_last_batch(noise, tmp_path, monkeypatch):
    train, validation = noise
    sizes, computed = [], []
    squared = losses.NUMBER_LOSSES["squared"]

    def watched(outputs, target):
        loss = squared.compute(outputs, target)
        sizes.append(len(target))
        computed.append(loss.mean().item())
        return loss

    watching = dataclasses.replace(squared, compute=watched)
    monkeypatch.setitem(losses.NUMBER_LOSSES, "squared", watching)
    plan = make_plan(epochs=1, batch_size=25)
    _, history = run(train, validation, plan, tmp_path / "checkpoint.pt")
    # At first, the loss of always predicting the same.
    assert sizes == [len(validation), 25, 25, 14, len(validation)]
    assert history[0]["loss"] == pytest.approx(np.average(computed[1:-1], weights=sizes[1:-1]))
    assert history[0]["val_loss"] == pytest.approx(computed[-1])


def test_every_epoch_sees_every_window_once_and_in_another_order(noise, tmp_path, monkeypatch):
    train, validation = noise
    epochs = []

    def watched(steps, total, what, tell):
        epochs.append(torch.cat(list(steps)).tolist())
        assert total == len(steps) == 2
        return steps

    monkeypatch.setattr(loop, "show_bar", watched)
    run(train, validation, make_plan(epochs=2), tmp_path / "checkpoint.pt")
    assert [sorted(order) for order in epochs] == [list(range(len(train)))] * 2
    assert epochs[0] != epochs[1]


def test_net_holds_the_weights_of_the_best_epoch(noise, tmp_path):
    train, validation = noise
    plan = make_plan(epochs=12, dropout=0.0)
    net, history = run(train, validation, plan, tmp_path / "checkpoint.pt")
    best = min(row["val_loss"] for row in history)
    assert history[-1]["val_loss"] > best  # or the test would say nothing
    scaling = fit_scaling(train, plan.view)
    assert compute_loss(net, validation, scaling) == pytest.approx(best, rel=1e-6)


def test_training_stops_when_patience_is_over(noise, tmp_path):
    train, validation = noise
    plan = make_plan(epochs=100, patience=3, dropout=0.0)
    _, history = run(train, validation, plan, tmp_path / "checkpoint.pt")
    losses = [row["val_loss"] for row in history]
    assert len(losses) < 100
    assert losses.index(min(losses)) == len(losses) - 1 - 3
    for earlier in range(1, len(losses)):
        assert losses.index(min(losses[:earlier])) > earlier - 1 - 3


def test_training_stops_after_the_last_epoch(train, validation, tmp_path):
    plan = make_plan(epochs=2, patience=1)
    _, history = run(train, validation, plan, tmp_path / "checkpoint.pt")
    assert len(history) == 2


# Classes ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["flagel_tajimas_d", "flagel_sweeps"])
def test_training_learns_classes(name, train_classes, validation_classes, tmp_path):
    wide = [wider(replicates) for replicates in (train_classes, validation_classes)]
    plan = make_plan("history", net=name, epochs=8)
    _, history = run(*wide, plan, tmp_path / "checkpoint.pt")
    assert all(row.keys() == {"epoch", "loss", "val_loss", "val_accuracy"} for row in history)
    # Random guessing has log 2; the quickest nets are far below in the first epoch.
    assert history[-1]["val_loss"] < min(0.2, history[0]["loss"])
    assert history[-1]["val_accuracy"] > 0.95


def wider(replicates):
    """Return the same windows with enough padding that every net takes them."""
    return dataclasses.replace(replicates, windows=padded(replicates.windows, 20, 22))


def test_loss_and_accuracy_of_classes_are_those_of_the_net(
    train_classes, validation_classes, tmp_path
):
    plan = make_plan("history", epochs=2)
    net, history = run(train_classes, validation_classes, plan, tmp_path / "c.pt")
    best = history[find_best_epoch(history) - 1]
    inputs = batches.DeviceWindows(validation_classes.windows, ENCODING, "cpu")
    outputs = batches.predict_in_batches([net], inputs)[0].numpy().astype(float)
    probabilities = scipy.special.softmax(outputs, axis=1)
    truth = validation_classes.target
    expected = -np.log(probabilities[np.arange(len(truth)), truth]).mean()
    assert best["val_loss"] == pytest.approx(expected, rel=1e-5)
    assert best["val_accuracy"] == (probabilities.argmax(axis=1) == truth).mean()


def test_the_penalty_keeps_weights_small(train_classes, validation_classes, tmp_path, monkeypatch):
    data = [wider(replicates) for replicates in (train_classes, validation_classes)]
    plan = make_plan("history", net="flagel_sweeps", epochs=3)
    norms = []
    for index, l2 in enumerate((0.0, 1e-2)):
        monkeypatch.setattr(nets.find_net_class("flagel_sweeps"), "l2", l2)
        net, _ = run(*data, plan, tmp_path / f"{index}.pt")
        norms.append(net.convolution_3.weight.norm().item())
    assert norms[1] < 0.9 * norms[0]


# The same bits ------------------------------------------------------------------------------


def test_same_seed_gives_the_same_bits(train, validation, tmp_path):
    nets_and_histories = [
        run(train, validation, make_plan(), tmp_path / f"{index}.pt") for index in range(2)
    ]
    (net, history), (again, history_again) = nets_and_histories
    assert same_weights(net, again)
    assert history == history_again


@pytest.mark.parametrize("change", [{"restart": 1}, {"seed": 8}])
def test_other_restarts_and_seeds_give_other_bits(change, train, validation, tmp_path):
    plan = make_plan(epochs=2)
    net, history = run(train, validation, plan, tmp_path / "a.pt")
    other, other_history = run(train, validation, make_plan(epochs=2, **change), tmp_path / "b.pt")
    assert not same_weights(net, other)
    assert history != other_history


@pytest.mark.parametrize("change", [{"restart": 1}, {"seed": 8}])
def test_other_restarts_and_seeds_have_another_order(change, train, validation, tmp_path):
    plan = make_plan(epochs=1)
    histories = []
    for index, other in enumerate([plan, make_plan(epochs=1, **change)]):
        net = new_net(plan, train)  # the same weights for both
        histories.append(run(train, validation, other, tmp_path / f"{index}.pt", net=net)[1])
    assert histories[0] != histories[1]


def test_state_of_the_global_generator_changes_nothing(train, validation, tmp_path):
    plan = make_plan(epochs=2)
    trained = []
    for state in range(2):
        net = new_net(plan, train)
        torch.manual_seed(state)
        trained.append(run(train, validation, plan, tmp_path / f"{state}.pt", net=net)[0])
    assert same_weights(*trained)


# Several targets ------------------------------------------------------------------------------


def test_several_targets_are_learned_at_once(tmp_path, capsys):
    names = ("diversity", "tajimas_d")
    train, validation = (
        replicates_of(varied_matrices(number, seed), *names)
        for number, seed in ((300, 1), (100, 2))
    )
    # Units do not matter: the loss is in standard deviations.
    view = make_view().model_copy(update={"targets": make_targets(*names)})
    plan = make_plan(view=view, epochs=12)
    target = train.target * [1e6, 1e-6]
    train = dataclasses.replace(train, target=target)
    validation = dataclasses.replace(validation, target=validation.target * [1e6, 1e-6])
    scaling = fit_scaling(train, view)
    net, history = run(train, validation, plan, tmp_path / "checkpoint.pt")
    last = history[-1]
    errors = [last[f"val_rmse:{name}"] for name in names]
    scaled = np.square(errors / scaling.sds)
    assert last["val_loss"] == pytest.approx(scaled.mean(), rel=1e-5)
    assert max(scaled) < 0.5  # of a net that predicts means it is 1
    best = find_best_epoch(history)
    kept = history[best - 1]["val_loss"]
    assert compute_loss(net, validation, scaling) == pytest.approx(kept, rel=1e-6)
    said = capsys.readouterr().err
    assert f"validation RMSE of diversity {errors[0]:.4g}, tajimas_d {errors[1]:.4g}" in said


# What cannot be trained ------------------------------------------------------------------------


def test_divergence_is_refused(noise, tmp_path):
    plan = make_plan()
    recipe = plan.recipe.model_copy(update={"learning_rate": 1e20})  # no config allows that
    plan = dataclasses.replace(plan, recipe=recipe)
    with pytest.raises(CoalflowError, match=r"training\.learning_rate"):
        run(*noise, plan, tmp_path / "checkpoint.pt")


@pytest.mark.parametrize("value", [math.nan, math.inf])
@pytest.mark.parametrize("split", [0, 1])
def test_loss_that_is_not_a_number_is_refused_and_not_kept(value, split, noise, tmp_path):
    damaged, plan = list(noise), make_plan()
    scaling = fit_scaling(noise[0], plan.view)
    target = noise[split].target.copy()
    target[3] = value
    damaged[split] = Replicates(noise[split].windows, target, noise[split].table)
    with pytest.raises(CoalflowError, match=r"epoch 1 .*training\.learning_rate"):
        run(*damaged, plan, tmp_path / "checkpoint.pt", scaling=scaling)
    assert list(tmp_path.iterdir()) == []
