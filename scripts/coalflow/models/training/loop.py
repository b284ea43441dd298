"""Training a net: one loop that can be read from top to bottom."""

import time

import numpy as np
import torch

from coalflow.core import seeds
from coalflow.core.errors import CoalflowError
from coalflow.core.progress import say, show_bar
from coalflow.models import batches
from coalflow.models.training import checkpoints, devices, interruptions, losses, processes, recipes
from coalflow.models.training.augmentation import Augmentation
from coalflow.models.training.events import Events
from coalflow.models.training.reporting import Reporter, find_best_epoch

SECONDS_BETWEEN_CHECKPOINTS = 300  # what a kill without warning can cost
CALIBRATION_WINDOWS = 5000
CALIBRATION_ALLELES = 50_000_000  # 200 MB of numbers
# What a process wants after a step; of several processes, the one that wants most has its way.
GO_ON, SAVE, STOP = 0, 1, 2


class Learner:
    """A net, its optimizer and, if there is one, the moving average of its weights."""

    def __init__(self, net, options, together):
        self.net, self.options = net, options
        self.wrapped = together.wrapped(net)
        self.optimizer = recipes.make_optimizer(net, options)
        decay = options["average"]
        self.average = recipes.make_moving_average(net, decay) if decay else None

    @property
    def judged(self):
        """The net whose weights are judged and kept."""
        return self.average.module if self.average else self.net

    def step(self, loss, learning_rate):
        """Change the weights by the gradient of a loss."""
        self.optimizer.zero_grad()
        loss.backward()
        if self.options["clip"]:
            torch.nn.utils.clip_grad_norm_(self.net.parameters(), self.options["clip"])
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate
        self.optimizer.step()
        if self.average:
            self.average.update_parameters(self.net)

    def _parts(self):
        parts = {"net": self.net, "optimizer": self.optimizer, "average": self.average}
        return {name: part for name, part in parts.items() if part}

    def state(self):
        """Return all that steps have changed."""
        return {name: part.state_dict() for name, part in self._parts().items()}

    def load(self, state):
        """Take up what :meth:`state` returned."""
        for name, part in self._parts().items():
            part.load_state_dict(state[name])


def train_net(
    net,
    train,
    validation,
    settings,
    scale,
    identity,
    checkpoint_path,
    together=processes.ALONE,
    stop=None,
    look_again=None,
    events=None,
):
    """Train ``net`` until validation loss stops falling; leave its best weights in it.

    ``train`` and ``validation`` are :class:`coalflow.dataset.loading.Replicates`; ``settings`` are
    those of ``scripts/train.py``, with ``training`` as
    :func:`coalflow.models.training.recipes.resolve_recipe` returns it. Numbers are learned in units of
    ``scale`` (:class:`coalflow.dataset.target_scaling.TargetScaling`), which for classes is None. Losses are those
    of :mod:`coalflow.models.training.losses`; of several numbers, the mean over them.

    After each epoch, every five minutes and when ``stop`` says so, the state is saved at
    ``checkpoint_path``; if a checkpoint with the same ``identity`` is there, training goes on
    from it, to the same bits as if it had never stopped. ``together`` are the
    :class:`coalflow.models.training.processes.Processes` that train this net. ``look_again`` is a
    function that returns the training windows with errors drawn anew for an epoch, ``events``
    a folder for what TensorBoard shows, if it is wanted.

    Returns the history: one dict per epoch, with ``loss`` and ``val_loss``, for classes
    ``val_accuracy``, and for each number ``val_rmse:<target>``, in its own unit.

    Raises CoalflowError if the loss is no longer a number, or when it is stopped.
    """
    options, encoding = settings["training"], settings["encoding"]
    stop = stop or interruptions.Stop()
    device = devices.choose_device(options["device"])
    stream = (settings["seed"], "net", settings["net"], settings["restart"])
    train_inputs = batches.DeviceWindows(train.windows, encoding, device)
    augmented = Augmentation(options["augment"], encoding, settings["observation"])
    validation_inputs = batches.DeviceWindows(validation.windows, encoding, device)
    train_target = _as_tensor(train.target, scale, device)
    validation_target = _as_tensor(validation.target, scale, device)
    loss_of = losses.choose_loss(options, train.target, train.classes, device)

    net.to(device)
    _calibrate(net, train_inputs, stream)
    learner = Learner(net, options, together)
    progress = checkpoints.resume_training(checkpoint_path, identity, learner)
    history = progress.history
    steps_per_epoch = -(-len(train) // options["batch_size"])
    uninformed = loss_of.constant(train_target).expand(len(validation), -1)
    uninformed_loss = _mean_loss(loss_of, uninformed, validation_target)
    silent = together.rank > 0
    reporter = Reporter(
        options,
        scale,
        settings["target"],
        len(train),
        uninformed_loss,
        silent,
        Events(events, history) if events and not silent else None,
    )
    saved = time.monotonic()

    with stop.watching():
        while not _done(history, options):
            epoch = len(history) + 1
            # The order hangs on the epoch's number, and what is dropped out on the step's, so
            # a resumed run meets the same.
            order = _generator(*stream, "order", epoch)
            order = torch.randperm(len(train), generator=order).to(device)
            steps = order.split(options["batch_size"])[progress.steps :]
            if options["augment"].get("errors") and epoch > 1:
                train_inputs = batches.DeviceWindows(look_again(epoch), encoding, device)
            summed = torch.tensor(progress.summed_loss, dtype=torch.float64, device=device)
            summed *= together.rank == 0  # what is resumed counts once
            reporter.begin_epoch(epoch, progress)

            learner.wrapped.train()
            if together.rank == 0:
                steps = show_bar(steps, len(steps), reporter.title, reporter.so_far(summed))
            for batch in steps:
                number = len(history) * steps_per_epoch + progress.steps
                torch.manual_seed(seeds.derive_seed(*stream, "step", number, together.rank))
                rows, counted = together.share(batch)
                drawn = _generator(*stream, "augment", number)
                inputs = augmented.windows(train_inputs, batch, together, drawn)
                with devices.use_precision(options["precision"], device):
                    outputs = learner.wrapped(*inputs)
                of_windows = loss_of.of_windows(outputs.float(), train_target[rows]).mean(dim=1)
                summed_loss = counted * of_windows.sum()
                # Gradients become the mean of all processes', so each loss counts so many times.
                learner.step(
                    summed_loss * together.number / len(batch),
                    recipes.schedule_learning_rate(number, steps_per_epoch, options),
                )
                summed += summed_loss.detach()
                progress.steps += 1

                due = time.monotonic() - saved > SECONDS_BETWEEN_CHECKPOINTS
                wanted = together.most(STOP if stop.wanted else SAVE if due else GO_ON)
                if wanted != GO_ON and progress.steps < steps_per_epoch:
                    progress.summed_loss = together.sum(summed).item()
                    together.first(
                        checkpoints.save_checkpoint, checkpoint_path, identity, learner, progress
                    )
                    saved = time.monotonic()
                    if wanted == STOP:
                        raise stop.error(f"after step {progress.steps} of epoch {epoch}")

            outputs = _predict(learner.judged, validation_inputs, together)
            row = {"epoch": epoch, "loss": together.sum(summed).item() / len(train)}
            history.append(row | _judge(outputs, validation_target, loss_of, scale))
            _refuse_divergence(history[-1])
            progress.steps, progress.summed_loss = 0, 0.0
            if find_best_epoch(history) == epoch:
                weights = learner.judged.state_dict()
                progress.best = {name: tensor.clone() for name, tensor in weights.items()}
            together.first(
                checkpoints.save_checkpoint, checkpoint_path, identity, learner, progress
            )
            saved = time.monotonic()
            reporter.end_epoch(history, (outputs - outputs[:1]).abs().max().item())
            if together.most(STOP if stop.wanted else GO_ON) and not _done(history, options):
                raise stop.error(f"after epoch {epoch}")

    net.load_state_dict(progress.best)
    if together.rank == 0:
        say(f"best: epoch {find_best_epoch(history)} of {len(history)}; its weights are kept")
    return history


def _calibrate(net, inputs, stream):
    """Show a net some training windows, chosen at random, before it learns."""
    _, sites, haplotypes = inputs.shape
    number = min(CALIBRATION_WINDOWS, max(1, CALIBRATION_ALLELES // (sites * haplotypes)))
    chosen = torch.randperm(len(inputs), generator=_generator(*stream, "calibration"))[:number]
    with torch.no_grad():
        net.calibrate(*inputs.batch(chosen.sort().values.to(inputs.device)))


def _generator(*labels):
    return torch.Generator().manual_seed(seeds.derive_seed(*labels))


def _as_tensor(target, scale, device):
    if scale is None:
        return torch.as_tensor(target, device=device)
    return torch.as_tensor(scale.standardise(target), dtype=torch.float32, device=device)


def _done(history, options):
    if not history:
        return False
    epochs = len(history)
    return epochs >= options["epochs"] or epochs - find_best_epoch(history) >= options["patience"]


def _predict(net, inputs, together):
    """Return the outputs for all windows, each process having computed a part of them."""
    part = together.part(len(inputs))
    return together.gathered(batches.predict_in_batches(net, inputs, part), len(inputs))


def _judge(outputs, target, loss_of, scale):
    """Return what the history tells of validation windows."""
    row = {"val_loss": _mean_loss(loss_of, outputs, target)}
    if scale is None:
        right = outputs.argmax(dim=1) == target
        return row | {"val_accuracy": right.double().mean().item()}
    squares = (loss_of.central(outputs).double() - target).square()
    errors = squares.mean(dim=0).sqrt().tolist()
    of_each = zip(scale.names, scale.sds.tolist(), errors, strict=True)
    return row | {f"val_rmse:{name}": sd * error for name, sd, error in of_each}


def _mean_loss(loss_of, outputs, target):
    return loss_of.of_windows(outputs, target).double().mean().item()


def _refuse_divergence(row):
    if not np.isfinite([row["loss"], row["val_loss"]]).all():
        raise CoalflowError(
            f"the loss of epoch {row['epoch']} is not a number: the steps are too large. "
            "Lower training.learning_rate"
        )
