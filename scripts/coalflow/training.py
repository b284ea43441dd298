"""Training a net: one loop that can be read from top to bottom."""

import hashlib
import io
import os
import time

import numpy as np
import torch
from torch import nn

from coalflow import batches, nets, seeds
from coalflow.errors import CoalflowError
from coalflow.files import replacing
from coalflow.progress import bar, say

RISING_EPOCHS = 3  # so many in a row are a trend, not noise


def choose_device(name):
    """Return the torch device for ``auto``, ``cpu`` or ``cuda``."""
    available = torch.cuda.is_available()
    if name == "cuda" and not available:
        raise CoalflowError("training.device is cuda, but PyTorch sees no CUDA GPU: use auto")
    return torch.device("cuda" if name != "cpu" and available else "cpu")


def make_deterministic(threads):
    """Make PyTorch give the same bits every time for the same number of threads."""
    os.environ["CUBLAS_WORKSPACE_CONFIG"] = ":4096:8"  # what cuBLAS asks for to be deterministic
    torch.use_deterministic_algorithms(True)
    torch.set_num_threads(threads)


def fit(net, train, validation, settings, scale, identity, checkpoint_path):
    """Train ``net`` until validation loss stops falling; leave its best weights in it.

    The loss is the mean squared error of numbers, in units of ``scale``
    (:class:`coalflow.scales.Scale`), or the cross-entropy of classes, where ``scale`` is
    None. Of several numbers, it is the mean over them.

    ``train`` and ``validation`` are :class:`coalflow.dataset.Replicates`;
    ``settings`` has ``seed``, ``net``, ``restart``, ``encoding``, ``target`` and
    ``training``. After each epoch the state is saved at ``checkpoint_path``; if a
    checkpoint with the same ``identity`` is there, training goes on from it, to
    the same bits as if it had never stopped. Returns the history: one dict per epoch,
    with ``loss`` and ``val_loss``, for classes ``val_accuracy``, and for several numbers
    each one's ``val_loss:<target>``.

    Raises CoalflowError if the loss is no longer a number.
    """
    options = settings["training"]
    device = choose_device(options["device"])
    stream = (settings["seed"], "net", settings["net"], settings["restart"])
    encoding = settings["encoding"]
    train_inputs = batches.DeviceWindows(train.windows, encoding, device)
    validation_inputs = batches.DeviceWindows(validation.windows, encoding, device)
    train_target = _as_tensor(train.target, scale, device)
    validation_target = _as_tensor(validation.target, scale, device)
    loss_of = _cross_entropy if train.classes else _squared_error

    net.to(device)
    optimizer = torch.optim.Adam(nets.parameter_groups(net), lr=options["learning_rate"])
    history, best = _resume(checkpoint_path, identity, net, optimizer)

    while len(history) < options["epochs"] and not _out_of_patience(history, options["patience"]):
        epoch = len(history) + 1
        started = time.monotonic()
        # Order and dropout of an epoch hang on its number alone, so a resumed run meets the same.
        torch.manual_seed(seeds.integer(*stream, "epoch", epoch))
        order = torch.randperm(len(train), device="cpu").to(device)
        steps = order.split(options["batch_size"])

        net.train()
        summed_loss = torch.zeros((), dtype=torch.float64, device=device)
        for rows in bar(steps, len(steps), f"epoch {epoch}/{options['epochs']}"):
            loss = loss_of(net(*train_inputs.batch(rows)), train_target[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            summed_loss += loss.detach() * len(rows)

        outputs = batches.predict(net, validation_inputs)
        row = {
            "epoch": epoch,
            "loss": summed_loss.item() / len(train),
            "val_loss": loss_of(outputs, validation_target).item(),
        }
        if train.classes:
            right = outputs.argmax(dim=1) == validation_target
            row["val_accuracy"] = right.sum().item() / len(validation)
        elif len(scale.names) > 1:
            losses = (outputs - validation_target).square().mean(dim=0).tolist()
            row |= {f"val_loss:{name}": one for name, one in zip(scale.names, losses, strict=True)}
        history.append(row)
        _refuse_divergence(history[-1])
        if best_epoch(history) == epoch:
            best = {name: tensor.clone() for name, tensor in net.state_dict().items()}
        _save_checkpoint(checkpoint_path, identity, net, optimizer, history, best)
        seconds = time.monotonic() - started
        _report(history, options, scale, settings["target"], len(train) / seconds)

    net.load_state_dict(best)
    say(f"best: epoch {best_epoch(history)} of {len(history)}; its weights are kept")
    return history


def best_epoch(history):
    """Return the number of the epoch with the lowest validation loss."""
    return min(history, key=lambda row: row["val_loss"])["epoch"]


def _as_tensor(target, scale, device):
    if scale is None:
        return torch.as_tensor(target, device=device)
    return torch.as_tensor(scale.standardise(target), dtype=torch.float32, device=device)


def _squared_error(outputs, target):
    return nn.functional.mse_loss(outputs, target)


def _cross_entropy(outputs, target):
    return nn.functional.cross_entropy(outputs, target)


def _out_of_patience(history, patience):
    return bool(history) and len(history) - best_epoch(history) >= patience


def _refuse_divergence(row):
    if not np.isfinite([row["loss"], row["val_loss"]]).all():
        raise CoalflowError(
            f"the loss of epoch {row['epoch']} is not a number: the steps are too large. "
            "Lower training.learning_rate"
        )


# Checkpoints -------------------------------------------------------------------------------


def _save_checkpoint(path, identity, net, optimizer, history, best):
    state = {
        "identity": identity,
        "net": net.state_dict(),
        "optimizer": optimizer.state_dict(),
        "history": history,
        "best": best,
    }
    buffer = io.BytesIO()
    torch.save(state, buffer)
    content = buffer.getvalue()
    with replacing(path) as temporary:
        temporary.write_bytes(hashlib.sha256(content).digest() + content)


def _resume(path, identity, net, optimizer):
    """Load a checkpoint of this very training into net and optimizer, if there is one.

    Returns the history and the best weights so far.
    """
    if not path.exists():
        return [], None
    stored = path.read_bytes()
    digest, content = stored[:32], stored[32:]
    state = None
    if hashlib.sha256(content).digest() == digest:
        state = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    if state is None or state["identity"] != identity:
        say(f"{path} is of another training or damaged: starting anew")
        return [], None
    net.load_state_dict(state["net"])
    optimizer.load_state_dict(state["optimizer"])
    say(f"going on after epoch {len(state['history'])}, from {path}")
    return state["history"], state["best"]


# What the log says ---------------------------------------------------------------------------


def _report(history, options, scale, target, speed):
    row = history[-1]
    if scale is None:
        (name,) = target
        meaning = f"validation accuracy of {name} {row['val_accuracy']:.4f}"
    elif len(scale.names) == 1:
        rmse, val_rmse = (scale.sds[0] * row[name] ** 0.5 for name in ("loss", "val_loss"))
        what = f"log10 {scale.names[0]}" if scale.logs[0] else scale.names[0]
        meaning = f"RMSE of {what} {rmse:.4g}, validation {val_rmse:.4g}"
    else:
        of_each = [f"{name} {row[f'val_loss:{name}']:.4f}" for name in scale.names]
        meaning = f"val_loss of {', '.join(of_each)}"
    say(
        f"epoch {row['epoch']:>{len(str(options['epochs']))}}/{options['epochs']}  "
        f"loss {row['loss']:.5f}  val_loss {row['val_loss']:.5f}  "
        f"{meaning}  ({speed:,.0f} windows/s)"
    )
    if _overfits(history) and not _overfits(history[:-1]):
        say(
            f"note: for {RISING_EPOCHS} epochs val_loss has risen while loss fell. The net is "
            "learning its training windows by heart. More simulations or dropout help; the "
            f"weights of epoch {best_epoch(history)} are kept"
        )


def _overfits(history):
    """Tell whether validation loss rose, and training loss fell, in each of the last epochs."""
    last = history[-RISING_EPOCHS - 1 :]
    return len(last) == RISING_EPOCHS + 1 and all(
        after["val_loss"] > before["val_loss"] and after["loss"] < before["loss"]
        for before, after in zip(last, last[1:], strict=False)
    )
