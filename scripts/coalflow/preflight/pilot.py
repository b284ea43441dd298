"""The pilot: a few replicates of each cell, as the run itself will make them."""

import dataclasses
import heapq
import pathlib
import resource
import sys
import tempfile
import time

import numpy as np

from coalflow.core import seeds
from coalflow.core.errors import CoalflowError
from coalflow.imports import imported_replicates
from coalflow.windows import shards

SECONDS = 20.0  # of simulation, for all cells together
MOST_REPLICATES = 200  # of a cell: the fewest of which one is the outermost percent on both sides
NEUTRAL = "neutral"  # the kind of cells without a sweep, for which nothing is compiled
BYTES_OF_MAXRSS = 1 if sys.platform == "darwin" else 1024


@dataclasses.dataclass(frozen=True)
class Pilot:
    """What was tried.

    ``shards`` maps names of cells to :class:`coalflow.windows.shards.Shard`, ``seconds`` to
    how long each replicate took, float64 (replicates,); ``failures`` to why a cell's replicates
    cannot be made. ``cells`` is how many cells there are, tried or not; ``memory`` by how
    many bytes this process grew.
    """

    shards: dict
    seconds: dict
    failures: dict
    cells: int
    memory: int

    def bytes_of(self, cell):
        """Return the mean bytes of a replicate of a cell, in its shard."""
        shard = self.shards[cell]
        arrays = [shard.haplotypes, shard.positions, shard.replicate, shard.seed]
        arrays += [np.asarray(values) for values in shard.truth.values()]
        return sum(array.nbytes for array in arrays) / len(shard.seed) + shard.offsets.itemsize


def simulate(kinds, start, seed, most=MOST_REPLICATES, seconds=SECONDS):
    """Return the :class:`Pilot` of some cells.

    ``kinds`` maps cells to their kinds of sweep; ``start`` is a function that takes a cell and
    returns its :class:`coalflow.simulation.replicates.Replicates`, or :class:`Imported`.
    Replicates are those that the run begins with: 0, 1, ... up to ``most``. The next one is
    always of the cell that has taken least time so far, so that cells share the time
    fairly; the first round goes through them in an order drawn from ``seed``.

    A kind of sweep is tried once before, for its functions to be compiled. Raises
    CoalflowError where no cell can be simulated.
    """
    order = seeds.derive_generator(seed, "pilot").permutation(sorted(kinds)).tolist()
    waiting = [(0.0, place, cell) for place, cell in enumerate(order)]
    made, times, failures, compiled = {}, {}, {}, {NEUTRAL}
    memory, end = _memory(), time.perf_counter() + seconds
    while waiting and time.perf_counter() < end:
        spent, place, cell = heapq.heappop(waiting)
        try:
            if kinds[cell] not in compiled:
                end += _seconds_for(start(cell), 0)
                compiled.add(kinds[cell])
                memory = _memory()  # compiling takes much of it, but once on a machine
            if cell not in made:
                made[cell], times[cell] = start(cell), []
            times[cell].append(_seconds_for(made[cell], len(times[cell])))
        except CoalflowError as error:
            failures[cell] = str(error)
            made.pop(cell, None)
            continue
        if len(times[cell]) < most:
            heapq.heappush(waiting, (spent + times[cell][-1], place, cell))
    if not made:
        raise CoalflowError(next(iter(failures.values())))
    return Pilot(
        {cell: _shard(made[cell]) for cell in sorted(made)},
        {cell: np.array(times[cell]) for cell in sorted(made)},
        failures,
        len(kinds),
        _memory() - memory,
    )


def _seconds_for(replicates, number):
    """Add a replicate and return how long it took."""
    began = time.perf_counter()
    replicates.add(number)
    return time.perf_counter() - began


class Imported:
    """Replicates of an imported cell, read one by one."""

    def __init__(self, settings):
        self._replicates = imported_replicates.read_replicates(settings)
        self._shard = imported_replicates.Shard(settings)

    def add(self, number):
        """Read the next replicate, which has this number in the cell."""
        self._shard.add(next(self._replicates), number)

    def write(self, path):
        """Write the replicates as a shard."""
        self._shard.write(path)


def _memory():
    """Return the most bytes that this process has had in memory."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * BYTES_OF_MAXRSS


def _shard(replicates):
    """Return replicates as a shard that was written and read, as all shards are."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "pilot.npz"
        replicates.write(path)
        return shards.read_shard(path)
