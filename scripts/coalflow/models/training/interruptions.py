"""When training is to stop before it is done, so that it can go on later."""

import contextlib
import signal
import time

from coalflow.core.errors import CoalflowError

SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Stop:
    """Watches for a signal and for the end of the time that a training has."""

    def __init__(self, seconds=0):
        """Let the time begin; 0 seconds are without end."""
        self.ends = time.monotonic() + seconds if seconds else None
        self.limit, self.signal = seconds, None

    @contextlib.contextmanager
    def watching(self):
        """Note signals for as long as this context lasts, in place of dying of them."""
        before = {number: signal.signal(number, self._note) for number in SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _note(self, number, frame):
        self.signal = signal.Signals(number).name

    @property
    def wanted(self):
        """Whether to stop now."""
        return self.signal is not None or (self.ends is not None and time.monotonic() > self.ends)

    def error(self, where):
        """Return the error that says where training has stopped, and how it goes on."""
        why = self.signal or f"training.time_limit, {self.limit / 60:g} minutes"
        return CoalflowError(
            f"stopped {where} ({why}). What was learned is kept: start Snakemake again to go on"
        )
