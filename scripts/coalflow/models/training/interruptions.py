"""When training is to stop before it is finished, to be resumed later."""

import contextlib
import signal
import time
import types
from collections.abc import Iterator

from coalflow.core.errors import CoalflowError

SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Stop:
    """Watches for a signal, and for the end of the time that a training has.

    Parameters
    ----------
    seconds : float
        From now on; 0 for no limit.
    """

    def __init__(self, seconds: float = 0) -> None:
        self.ends = time.monotonic() + seconds if seconds else None
        self.limit = seconds
        self.signal: str | None = None

    @contextlib.contextmanager
    def watch_signals(self) -> Iterator[None]:
        """Note signals, in place of dying of them, for as long as this context lasts."""
        before = {watched: signal.signal(watched, self._note) for watched in SIGNALS}
        try:
            yield
        finally:
            for watched, handler in before.items():
                signal.signal(watched, handler)

    def _note(self, received: int, frame: types.FrameType | None) -> None:
        self.signal = signal.Signals(received).name

    @property
    def is_due(self) -> bool:
        """Whether to stop now."""
        return self.signal is not None or (self.ends is not None and time.monotonic() > self.ends)

    def make_error(self, where: str) -> CoalflowError:
        """Return the error that says where training has stopped, why, and how it resumes.

        Parameters
        ----------
        where : str
            Such as ``after epoch 3``.
        """
        why = self.signal or f"training.time_limit, {self.limit / 60:g} minutes"
        return CoalflowError(
            f"stopped {where} ({why}). What was learned is kept: start Snakemake again to resume"
        )
