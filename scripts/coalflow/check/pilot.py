"""The pilot: a few replicates of each cell, as the run itself will make them."""

import dataclasses
import heapq
import pathlib
import resource
import sys
import tempfile
import time

import numpy as np

from coalflow import seeds, shards
from coalflow.errors import CoalflowError

SECONDS = 20.0  # of simulation, for all cells together
MOST_REPLICATES = 200  # of a cell: the fewest of which one is the outermost percent on both sides
BYTES_OF_MAXRSS = 1 if sys.platform == "darwin" else 1024


@dataclasses.dataclass(frozen=True)
class Pilot:
    """What was tried.

    ``shards`` maps names of cells to :class:`coalflow.shards.Shard`, ``seconds`` to
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


def simulate(cells, start, seed, most=MOST_REPLICATES, seconds=SECONDS):
    """Return the :class:`Pilot` of some cells.

    ``cells`` maps their names to their kinds, ``start`` is a function that takes a name and
    returns that cell's :class:`coalflow.simulation.scenario.Replicates`. Replicates are those that
    the run begins with: 0, 1, ... up to ``most``. The next one is always of the cell that
    has taken least time so far, so that cells share the time fairly; the first round goes
    through them in an order drawn from ``seed``.

    The first replicate of each kind is made twice, and timed the second time: what sweeps
    do is compiled, once on a machine. Raises CoalflowError where no cell can be simulated.
    """
    order = seeds.generator(seed, "pilot").permutation(sorted(cells)).tolist()
    waiting = [(0.0, place, name) for place, name in enumerate(order)]
    made, taken, failures, warm = {}, {}, {}, set()
    memory, left = _memory(), seconds
    while waiting and left > 0:
        spent, place, name = heapq.heappop(waiting)
        try:
            if cells[name] not in warm:
                start(name).add(0)
                warm.add(cells[name])
            began = time.perf_counter()
            if name not in made:
                made[name], taken[name] = start(name), []
                began = time.perf_counter()
            made[name].add(len(taken[name]))
        except CoalflowError as error:
            failures[name] = str(error)
            made.pop(name, None)
            continue
        taken[name].append(time.perf_counter() - began)
        left -= taken[name][-1]
        if len(taken[name]) < most:
            heapq.heappush(waiting, (spent + taken[name][-1], place, name))
    if not made:
        raise CoalflowError(next(iter(failures.values())))
    memory = _memory() - memory
    return Pilot(
        {name: _shard(made[name]) for name in sorted(made)},
        {name: np.array(taken[name]) for name in sorted(made)},
        failures,
        len(cells),
        memory,
    )


def _memory():
    """Return the most bytes that this process has had in memory."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * BYTES_OF_MAXRSS


def _shard(replicates):
    """Return replicates as a shard that was written and read, as all shards are."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "pilot.npz"
        replicates.write(path)
        return shards.read(path)
