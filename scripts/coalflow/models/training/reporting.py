"""What the log says of a training, and its notes on what looks wrong."""

import time

from coalflow.core.progress import say

RISING_EPOCHS = 3  # so many in a row are a trend, not noise
EPOCHS_TO_LEARN = 3  # after which a net should be better than one that looks at nothing


def find_best_epoch(history):
    """Return the number of the epoch with the lowest validation loss."""
    return min(history, key=lambda row: row["val_loss"])["epoch"]


class Reporter:
    """Tells how a training goes; only the first of several processes says it."""

    def __init__(self, options, scale, target, windows, uninformed_loss, silent, events=None):
        """Begin to report.

        ``windows`` is how many there are to train on, ``uninformed_loss`` the validation loss
        of the best net that looks at nothing; ``events`` are those of TensorBoard, if wanted.
        """
        self.options, self.scale, self.target = options, scale, target
        self.windows, self.uninformed_loss, self.silent = windows, uninformed_loss, silent
        self.events = events

    def begin_epoch(self, epoch, progress):
        """Start the clock of an epoch."""
        self.title = f"epoch {epoch}/{self.options['epochs']}"
        self.started, self.first = time.monotonic(), progress.steps
        self.progress = progress

    def so_far(self, summed_loss):
        """Return a function that tells of the epoch so far; ``summed_loss`` is over its windows."""

        def tell():
            seen = self._seen(self.progress.steps)
            return f"loss {summed_loss.item() / max(1, seen):.5f}, {self._speed():,.0f} windows/s"

        return tell

    def end_epoch(self, history, spread):
        """Say how an epoch went, and what is wrong with it if that is new.

        ``spread`` is by how much the answers to validation windows differ at the most.
        """
        if self.silent:
            return
        row, epochs = history[-1], self.options["epochs"]
        if self.events:
            self.events.add(row)
        left = (epochs - row["epoch"]) * (time.monotonic() - self.started)
        say(
            f"epoch {row['epoch']:>{len(str(epochs))}}/{epochs}  "
            f"loss {row['loss']:.5f}  val_loss {row['val_loss']:.5f}  "
            f"{self._meaning(row)}  ({self._speed():,.0f} windows/s, "
            f"at most {_duration(left)} left)"
        )
        if _overfits(history) and not _overfits(history[:-1]):
            say(
                f"note: for {RISING_EPOCHS} epochs val_loss has risen while loss fell. The net is "
                "learning its training windows by heart. More simulations or dropout help; the "
                f"weights of epoch {find_best_epoch(history)} are kept"
            )
        if row["epoch"] == min(EPOCHS_TO_LEARN, epochs) and not self._has_learned(history):
            say(self._nothing_learned(spread))

    def _has_learned(self, history):
        return min(row["val_loss"] for row in history) < self.uninformed_loss

    def _nothing_learned(self, spread):
        said = (
            f"note: no epoch so far is better than to look at nothing and always say the same, of "
            f"which val_loss is {self.uninformed_loss:.5f}. "
        )
        if spread < 1e-5:
            return said + (
                "And the net does say the same for all windows: its units are saturated or dead. "
                "Lower training.learning_rate"
            )
        return said + (
            "Windows may not tell of the target, or training.learning_rate is far too high or low"
        )

    def _seen(self, steps):
        batch_size = self.options["batch_size"]
        return min(steps * batch_size, self.windows)

    def _speed(self):
        steps = self.progress.steps or -(-self.windows // self.options["batch_size"])
        seen = self._seen(steps) - self._seen(self.first)
        return seen / (time.monotonic() - self.started)

    def _meaning(self, row):
        if self.scale is None:
            (name,) = self.target
            return f"validation accuracy of {name} {row['val_accuracy']:.4f}"
        errors = (
            f"{'log10 ' if log else ''}{name} {row[f'val_rmse:{name}']:.4g}"
            for name, log in zip(self.scale.names, self.scale.logs, strict=True)
        )
        return f"validation RMSE of {', '.join(errors)}"


def _overfits(history):
    """Tell whether validation loss rose, and training loss fell, in each of the last epochs."""
    last = history[-RISING_EPOCHS - 1 :]
    return len(last) == RISING_EPOCHS + 1 and all(
        after["val_loss"] > before["val_loss"] and after["loss"] < before["loss"]
        for before, after in zip(last, last[1:], strict=False)
    )


def _duration(seconds):
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
