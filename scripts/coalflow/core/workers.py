"""Several processes of one program, each of which does a part of its work."""

from __future__ import annotations

import concurrent.futures.process
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from coalflow.core.errors import CoalflowError

Item = TypeVar("Item")
Result = TypeVar("Result")


def map_in_processes(
    function: Callable[[Item], Result], items: Iterable[Item], processes: float
) -> Iterator[Result]:
    """Yield ``function(item)`` of all items, in their order.

    Each item is processed by itself, so the number of processes changes no result.

    Parameters
    ----------
    function : callable
        One that can be pickled.
    items : iterable
    processes : float
        With 1, or 0, this process does it all. With more, each process has one thread.

    Raises
    ------
    CoalflowError
        If a process was killed. What ``function`` raises is raised here too.
    """
    if processes <= 1:
        yield from map(function, items)
        return
    # Read where libraries are loaded, so it applies to the new processes alone.
    os.environ["OMP_NUM_THREADS"] = "1"
    # Not forked: a copy of a process that has threads can hang.
    context = multiprocessing.get_context("spawn")
    pool = concurrent.futures.ProcessPoolExecutor(int(processes), context, _end_without_words)
    try:
        with pool:
            try:
                # Ctrl-C waits until processes have started, or they would answer with a traceback.
                signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
                try:
                    results = pool.map(function, items)
                finally:
                    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
                yield from results
            except KeyboardInterrupt:
                # SIGTERM, unlike Ctrl-C, came to this process alone, which waits for the others.
                for process in multiprocessing.active_children():
                    process.terminate()
                raise
    except concurrent.futures.process.BrokenProcessPool:
        raise CoalflowError(
            f"one of {processes:g} processes was killed, most likely because memory ran out: give "
            "the job more (mem_mb), or fewer threads"
        ) from None


def _end_without_words() -> None:
    """Have this process end at Ctrl-C without a traceback: the program itself says it.

    In the background a shell has programs ignore Ctrl-C, which is then for others.
    """
    if signal.getsignal(signal.SIGINT) != signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
