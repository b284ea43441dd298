"""What the log and TensorBoard show of a training, with notes on what looks wrong."""

from __future__ import annotations

import pathlib
import shutil
import time
from collections.abc import Callable

from tensorboardX.event_file_writer import EventsWriter
from tensorboardX.proto.event_pb2 import Event
from tensorboardX.proto.summary_pb2 import Summary
from torch import Tensor

from coalflow.core.progress import say
from coalflow.evaluation.cards import Predictands
from coalflow.models.training.checkpoints import EpochRow, History, Progress
from coalflow.models.training.recipes import TrainingPlan

RISING_EPOCHS = 3  # this many in a row are a trend, not noise
EPOCHS_TO_LEARN = 3  # after which a net should be better than one that ignores its windows
SAME_OUTPUTS = 1e-5  # the largest difference of outputs that counts as none


def find_best_epoch(history: History) -> int:
    """Return the number of the epoch with the lowest validation loss, the first of equals.

    Parameters
    ----------
    history : list of dict

    Examples
    --------
    >>> find_best_epoch([{"epoch": 1, "val_loss": 3.0}, {"epoch": 2, "val_loss": 1.0}])
    2
    """
    return int(min(history, key=lambda row: row["val_loss"])["epoch"])


class Reporter:
    """Reports how a training goes.

    Parameters
    ----------
    plan : TrainingPlan
    predictands : Predictands
        What the net learns.
    windows : int
        How many there are to train on.
    uninformed_loss : float
        The validation loss of the best net that ignores its windows.
    events : Events, optional
        Those of TensorBoard.
    silent : bool
        Whether another process reports.
    """

    def __init__(
        self,
        plan: TrainingPlan,
        predictands: Predictands,
        windows: int,
        uninformed_loss: float,
        events: Events | None = None,
        silent: bool = False,
    ) -> None:
        self.plan, self.predictands = plan, predictands
        self.windows, self.uninformed_loss = windows, uninformed_loss
        self.events, self.silent = events, silent

    def begin_epoch(self, epoch: int, progress: Progress) -> None:
        """Start the clock of an epoch.

        Parameters
        ----------
        epoch : int
            Its number, from 1.
        progress : Progress
            Its ``steps`` are those that were taken already.
        """
        self.title = f"epoch {epoch}/{self.plan.recipe.epochs}"
        self.started, self.first_step = time.monotonic(), progress.steps
        self.progress = progress

    def make_status(self, summed_loss: Tensor) -> Callable[[], str]:
        """Return a function that describes the epoch so far.

        Parameters
        ----------
        summed_loss : Tensor of float64
            The sum of the losses of its windows, which steps change.
        """

        def describe() -> str:
            trained_on = max(1, self._count_windows(self.progress.steps))
            loss = summed_loss.item() / trained_on
            return f"loss {loss:.5f}, {self._measure_speed():,.0f} windows/s"

        return describe

    def end_epoch(self, history: History, spread: float) -> None:
        """Say how an epoch went, and what is wrong with it if that is new.

        Parameters
        ----------
        history : list of dict
            The epoch's row is the last.
        spread : float
            The largest difference between the outputs for two validation windows.
        """
        if self.silent:
            return
        row, epochs = history[-1], self.plan.recipe.epochs
        epoch = int(row["epoch"])
        if self.events:
            self.events.add_epoch(row)
        left = (epochs - epoch) * (time.monotonic() - self.started)
        say(
            f"epoch {epoch:>{len(str(epochs))}}/{epochs}  "
            f"loss {row['loss']:.5f}  val_loss {row['val_loss']:.5f}  "
            f"{self._describe_errors(row)}  ({self._measure_speed():,.0f} windows/s, "
            f"at most {_describe_duration(left)} left)"
        )
        if _overfits(history) and not _overfits(history[:-1]):
            say(
                f"note: for {RISING_EPOCHS} epochs val_loss has risen while loss fell: the net is "
                "memorising its training windows. More simulations or dropout help; the weights of "
                f"epoch {find_best_epoch(history)} are kept"
            )
        has_learned = min(row["val_loss"] for row in history) < self.uninformed_loss
        if epoch == min(EPOCHS_TO_LEARN, epochs) and not has_learned:
            say(self._note_nothing_learned(spread))

    def _note_nothing_learned(self, spread: float) -> str:
        note = (
            "note: no epoch so far is better than ignoring the windows and always predicting the "
            f"same, of which val_loss is {self.uninformed_loss:.5f}. "
        )
        if spread < SAME_OUTPUTS:
            return note + (
                "And the net does predict the same for all windows: its units are saturated or "
                "dead. Lower training.learning_rate"
            )
        return note + (
            "Windows may hold no information on the target, or training.learning_rate is far too "
            "high or low"
        )

    def _count_windows(self, steps: int) -> int:
        return min(steps * self.plan.batch_size, self.windows)

    def _measure_speed(self) -> float:
        steps = self.progress.steps or -(-self.windows // self.plan.batch_size)
        trained_on = self._count_windows(steps) - self._count_windows(self.first_step)
        return trained_on / (time.monotonic() - self.started)

    def _describe_errors(self, row: EpochRow) -> str:
        scaling = self.predictands.scaling
        if scaling is None:
            name = self.predictands.targets.first
            return f"validation accuracy of {name} {row['val_accuracy']:.4f}"
        errors = (
            f"{'log10 ' if log else ''}{name} {row[f'val_rmse:{name}']:.4g}"
            for name, log in zip(scaling.names, scaling.logs, strict=True)
        )
        return f"validation RMSE of {', '.join(errors)}"


def _overfits(history: History) -> bool:
    """Tell whether validation loss rose, and training loss fell, in each of the last epochs."""
    last = history[-RISING_EPOCHS - 1 :]
    return len(last) == RISING_EPOCHS + 1 and all(
        after["val_loss"] > before["val_loss"] and after["loss"] < before["loss"]
        for before, after in zip(last, last[1:], strict=False)
    )


def _describe_duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


class Events:
    """A training's history as an event file of TensorBoard, each epoch as soon as it is over.

    Parameters
    ----------
    folder : Path
        What was in it is deleted.
    history : list of dict
        Rows of the epochs so far: a resumed training shows all of them.
    """

    def __init__(self, folder: pathlib.Path, history: History) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        # Not the library's SummaryWriter: it writes later, in a thread that dies with a kill.
        self.writer = EventsWriter(str(folder / "events"))
        for row in history:
            self.add_epoch(row)

    def add_epoch(self, row: EpochRow) -> None:
        """Write the history's row of an epoch."""
        values = [
            Summary.Value(tag=name.replace(":", "/"), simple_value=value)
            for name, value in row.items()
            if name != "epoch"
        ]
        event = Event(step=int(row["epoch"]), wall_time=time.time(), summary=Summary(value=values))
        self.writer.write_event(event)
        self.writer.flush()
