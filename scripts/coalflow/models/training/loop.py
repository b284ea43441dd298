"""Training a net: one loop, to be read from top to bottom."""

import time
from collections.abc import Iterable

import numpy as np
import torch
from torch import Tensor, nn

from coalflow.config.schema.training import Recipe
from coalflow.core.errors import CoalflowError
from coalflow.core.progress import say, show_bar
from coalflow.dataset.loading import Replicates
from coalflow.evaluation.cards import Predictands
from coalflow.models.batches import DeviceWindows, predict_in_batches
from coalflow.models.nets.ancestry import average_odds
from coalflow.models.nets.net import Inputs, Net
from coalflow.models.summaries import KeptSummaries, keep_summaries
from coalflow.models.training.augmentation import Augmentation
from coalflow.models.training.checkpoints import (
    EpochRow,
    History,
    resume_training,
    save_checkpoint,
)
from coalflow.models.training.devices import choose_device, seed_generator, use_precision
from coalflow.models.training.inputs import TrainingData, TrainingRun
from coalflow.models.training.learner import Learner, schedule_learning_rate
from coalflow.models.training.losses import (
    choose_loss,
    compute_mean_loss,
    evaluate_outputs,
    evaluate_shares,
)
from coalflow.models.training.recipes import TrainingPlan
from coalflow.models.training.reporting import Events, Reporter, find_best_epoch
from coalflow.windows.packed_windows import Windows

SECONDS_BETWEEN_CHECKPOINTS = 300  # what a kill without warning can cost
SHARE_OF_SAVING = 0.01  # of the time: after very short epochs it would be a tenth
CALIBRATION_WINDOWS = 5000
CALIBRATION_ALLELES = 50_000_000  # 200 MB of numbers
# What a process requests after a step; of several processes, the largest request is granted.
CONTINUE, SAVE, STOP = 0, 1, 2


def train_net(net: Net, data: TrainingData, plan: TrainingPlan, run: TrainingRun) -> History:
    """Train a net until its validation loss stops falling; leave its best weights in it.

    After each epoch, or after some if they are very short, every five minutes and when it is
    stopped, the state is saved; started again, the training resumes, and ends with the same bits as
    if it had never stopped.

    Parameters
    ----------
    net : Net
        New, as :func:`coalflow.models.nets.build_net` makes it.
    data : TrainingData
    plan : TrainingPlan
    run : TrainingRun

    Returns
    -------
    list of dict
        The history, a row per epoch (:data:`coalflow.models.training.checkpoints.EpochRow`).

    Raises
    ------
    CoalflowError
        If the loss is no longer a number, or when the training is stopped; also if the disk is
        full, or if there is no device such as the recipe asks for.
    """
    trainer = Trainer(net, data, plan, run)
    history, progress = trainer.progress.history, trainer.progress
    with run.stop.watch_signals():
        while not is_finished(history, plan.recipe):
            epoch = len(history) + 1
            for rows in trainer.begin_epoch(epoch):
                trainer.take_step(rows)
                request = trainer.find_request()
                if request != CONTINUE and progress.steps < trainer.steps_per_epoch:
                    trainer.save()
                    if request == STOP:
                        raise run.stop.make_error(f"after step {progress.steps} of epoch {epoch}")
            outputs = trainer.evaluate(epoch)
            finished = is_finished(history, plan.recipe)
            stopped = trainer.find_request() == STOP and not finished
            if stopped or finished or trainer.is_saving_cheap:
                trainer.save()
            trainer.reporter.end_epoch(history, (outputs - outputs[:1]).abs().max().item())
            if stopped:
                raise run.stop.make_error(f"after epoch {epoch}")
    assert progress.best is not None  # there is an epoch, and one is the best
    net.load_state_dict(progress.best)
    if run.together.rank == 0:
        say(f"best: epoch {find_best_epoch(history)} of {len(history)}; its weights are kept")
    return history


def is_finished(history: History, recipe: Recipe) -> bool:
    """Tell whether all epochs are done, or validation loss has not fallen for too many of them.

    Parameters
    ----------
    history : list of dict
        A row for each epoch so far.
    recipe : Recipe
        Its ``epochs`` and ``patience`` decide.
    """
    epochs = len(history)
    return epochs > 0 and (
        epochs >= recipe.epochs or epochs - find_best_epoch(history) >= recipe.patience
    )


class Trainer:
    """A training: its parts, and what is done in each epoch and step of :func:`train_net`.

    Parameters
    ----------
    net, data, plan, run
        As in :func:`train_net`.
    """

    def __init__(self, net: Net, data: TrainingData, plan: TrainingPlan, run: TrainingRun) -> None:
        self.net, self.data, self.plan, self.run = net, data, plan, run
        self.device = choose_device(plan.recipe.device)
        self.augmentation = Augmentation(plan.recipe.augment, plan.view)
        self.train_windows = self._start_net("training", data.train.windows)
        self.validation_windows = self._start_net("validation", data.validation.windows)
        self.train_target = self._move_target(data.train)
        self.validation_target = self._move_target(data.validation)
        self.at_sites = {} if data.train.ancestry is None else {"at_sites": True}
        self.loss = choose_loss(plan.recipe, data.train.target, data.train.classes, self.device)
        self._calibrate(net.to(self.device))
        self.learner = Learner(net, plan.recipe, run.together)
        self.progress = resume_training(run.checkpoint, run.identity, self.learner)
        self.steps_per_epoch = -(-len(data.train) // plan.batch_size)
        self.summed_loss = torch.zeros((), dtype=torch.float64, device=self.device)
        self.reporter = self._make_reporter()
        self.saved, self.saving = time.monotonic(), 0.0  # when, and how many seconds it took

    def _move_windows(self, windows: Windows) -> DeviceWindows:
        encoding = self.plan.view.encoding
        return DeviceWindows(windows, encoding, self.device, self.net.first_layer)

    def _start_net(self, split: str, windows: Windows) -> DeviceWindows | KeptSummaries:
        """Return windows as far as a net needs no weights to read them."""
        moved, changes = self._move_windows(windows), self.augmentation.changes
        if moved.first_layer is None:
            return moved
        silent, part = self.run.together.rank > 0, self.plan.settings.one_in
        started: DeviceWindows | KeptSummaries = moved
        if split == "training" and changes:
            why = f"augmentation ({', '.join(changes)}) gives other windows each time"
            note = f"computed for every batch, since {why}"
        else:
            name = f"{split}_1_in_{part}" if split == "training" and part > 1 else split
            started, note = keep_summaries(moved, name, self.run.storage, silent)
        if not silent:
            say(f"first layer of {len(windows):,} {split} windows: {note}")
        return started

    def _move_target(self, replicates: Replicates) -> Tensor:
        if replicates.ancestry is not None:
            return torch.as_tensor(replicates.ancestry, device=self.device)
        if self.data.scaling is None:
            return torch.as_tensor(replicates.target, device=self.device)
        scaled = self.data.scaling.standardise(replicates.target)
        return torch.as_tensor(scaled, dtype=torch.float32, device=self.device)

    def _calibrate(self, net: Net) -> None:
        """Show a net some training windows, chosen at random, before it learns."""
        _, sites, haplotypes = self.data.train.windows.shape
        count = min(CALIBRATION_WINDOWS, max(1, CALIBRATION_ALLELES // (sites * haplotypes)))
        generator = self.plan.make_generator("calibration")
        chosen = torch.randperm(len(self.train_windows), generator=generator)[:count]
        with torch.no_grad():
            net.calibrate(self.train_windows.make_batch(chosen.sort().values.to(self.device)))

    def _make_reporter(self) -> Reporter:
        uninformed = self.loss.find_constant(self.train_target)
        outputs = uninformed
        if not self.at_sites:
            outputs = uninformed.expand(len(self.data.validation), -1)
        silent = self.run.together.rank > 0
        events = None
        if self.run.events is not None and not silent:
            events = Events(self.run.events, self.progress.history)
        return Reporter(
            self.plan,
            Predictands(self.plan.view.targets, self.data.scaling),
            windows=len(self.data.train),
            uninformed_loss=compute_mean_loss(self.loss, outputs, self.validation_target),
            events=events,
            silent=silent,
        )

    def begin_epoch(self, epoch: int) -> Iterable[Tensor]:
        """Return the batches that are left of an epoch, rows of training windows, int64."""
        plan, progress, together = self.plan, self.progress, self.run.together
        # The order depends on the epoch, and what is dropped out on the step, so a resumed training
        # meets the same.
        generator = plan.make_generator("order", epoch)
        order = torch.randperm(len(self.data.train), generator=generator).to(self.device)
        batches = order.split(plan.batch_size)[progress.steps :]
        if plan.recipe.augment.errors and epoch > 1:
            assert self.data.redraw_errors is not None
            self.train_windows = self._move_windows(self.data.redraw_errors(epoch))
        self.summed_loss.fill_(progress.summed_loss)
        self.summed_loss *= together.rank == 0  # what is resumed counts once
        self.reporter.begin_epoch(epoch, progress)
        self.learner.wrapped.train()
        if together.rank > 0:
            return batches
        status = self.reporter.make_status(self.summed_loss)
        return show_bar(batches, len(batches), self.reporter.title, status)

    def take_step(self, rows: Tensor) -> None:
        """Learn from a batch.

        Parameters
        ----------
        rows : Tensor of int64
            The training windows of all processes.
        """
        plan, together = self.plan, self.run.together
        step = len(self.progress.history) * self.steps_per_epoch + self.progress.steps
        seed_generator(self.device, plan.derive_seed("step", step, together.rank))
        generator = plan.make_generator("augment", step)
        batch = self.augmentation.augment_batch(self.train_windows, rows, together, generator)
        with use_precision(plan.recipe.precision, self.device):
            outputs = self.learner.wrapped(*batch, **self.at_sites)
        mine, weight = together.share(rows)
        losses = self.loss.compute(outputs.float(), self.train_target[mine]).mean(dim=1)
        summed_loss = weight * losses.sum()
        # Gradients become the mean of all processes', so each loss is counted that many times.
        self.learner.change_weights(
            summed_loss * together.count / len(rows),
            schedule_learning_rate(step, self.steps_per_epoch, plan.recipe),
        )
        self.summed_loss += summed_loss.detach()
        self.progress.steps += 1

    def _judge_sites(self, net: nn.Module, batch: Inputs, rows: slice) -> Tensor:
        """Return the loss of validation windows and the share predicted, float32 (windows, 2)."""
        odds = net(*batch, at_sites=True)
        losses = self.loss.compute(odds, self.validation_target[rows])
        return torch.cat([losses, average_odds(odds, batch[-1])], dim=1)

    def find_request(self) -> int:
        """Return whether all processes are to continue, to save or to stop."""
        due = time.monotonic() - self.saved > SECONDS_BETWEEN_CHECKPOINTS
        request = STOP if self.run.stop.is_due else SAVE if due else CONTINUE
        return self.run.together.find_largest(request)

    @property
    def is_saving_cheap(self) -> bool:
        """Whether training has taken long enough to save again, if that takes as long as before."""
        return self.saving <= SHARE_OF_SAVING * (time.monotonic() - self.saved)

    def save(self) -> None:
        """Save the state, in the first process.

        Raises
        ------
        CoalflowError
            If the disk is full, or cannot be written.
        """
        run, progress = self.run, self.progress
        started = time.monotonic()
        if progress.steps:
            progress.summed_loss = run.together.sum_values(self.summed_loss).item()
        if run.together.rank == 0:
            save_checkpoint(run.checkpoint, run.identity, self.learner, progress)
        self.saved = time.monotonic()
        self.saving = self.saved - started

    def evaluate(self, epoch: int) -> Tensor:
        """End an epoch: add its row to the history, and keep the weights if they are the best.

        Returns
        -------
        Tensor of float32, shape (validation windows, outputs)

        Raises
        ------
        CoalflowError
            If the loss is not a number.
        """
        progress, together, net = self.progress, self.run.together, self.learner.evaluated
        count = len(self.validation_windows)
        read = self._judge_sites if self.at_sites else None
        mine = together.select_part(count)
        (part,) = predict_in_batches([net], self.validation_windows, mine, read=read)
        outputs = together.gather(part, count)
        loss = together.sum_values(self.summed_loss).item() / len(self.data.train)
        row: EpochRow = {"epoch": epoch, "loss": loss}
        if self.at_sites:
            row |= evaluate_shares(outputs, self.data.validation.target, self.plan.view.targets)
        else:
            row |= evaluate_outputs(outputs, self.validation_target, self.loss, self.data.scaling)
        if not np.isfinite([row["loss"], row["val_loss"]]).all():
            raise CoalflowError(
                f"the loss of epoch {epoch} is not a number: the steps are too large. "
                "Lower training.learning_rate"
            )
        progress.history.append(row)
        progress.steps, progress.summed_loss = 0, 0.0
        if find_best_epoch(progress.history) == epoch:
            progress.best = {name: value.clone() for name, value in net.state_dict().items()}
        return outputs
