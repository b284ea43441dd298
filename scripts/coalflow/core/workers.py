"""Several processes of one program, each of which does a part of its work."""

import concurrent.futures.process
import multiprocessing
import os

from coalflow.core.errors import CoalflowError


def map_in_processes(function, items, number):
    """Yield ``function(item)`` of all items, in their order; so many processes compute them.

    Each item by itself, so that the number changes no result. With 1, or 0, this process does it
    all. With more, each process has one thread.

    Raises what ``function`` raises, and CoalflowError if a process was killed.
    """
    if number <= 1:
        yield from map(function, items)
        return
    # Read where libraries are loaded, so it is for the new processes alone.
    os.environ["OMP_NUM_THREADS"] = "1"
    # Not forked: a copy of a process that has threads can hang.
    context = multiprocessing.get_context("spawn")
    pool = concurrent.futures.ProcessPoolExecutor(int(number), context)
    try:
        with pool:
            yield from pool.map(function, items)
    except concurrent.futures.process.BrokenProcessPool:
        raise CoalflowError(
            f"one of {number:g} processes was killed, most likely for want of memory: give the job "
            "more (mem_mb), or fewer threads"
        ) from None
