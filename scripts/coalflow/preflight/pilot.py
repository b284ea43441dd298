"""The pilot: the first replicates of each cell, as the run itself simulates them."""

import dataclasses
import heapq
import pathlib
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from coalflow.config.schema.parameters import NEUTRAL
from coalflow.config.settings.making import SettingsMaker
from coalflow.config.settings.simulating import ImportSettings
from coalflow.core import memory, seeds
from coalflow.core.errors import CoalflowError
from coalflow.imports.imported_replicates import ImportedShard, read_replicates
from coalflow.simulation.replicates import Replicates
from coalflow.windows import shards
from coalflow.windows.shards import Shard

SECONDS = 20.0  # of simulation, for all cells together
MOST_REPLICATES = 200  # of a cell: the fewest of which one is the outermost percent on both sides
BYTES_OF_MAXRSS = 1 if sys.platform == "darwin" else 1024


class CellReplicates(Protocol):
    """Replicates of a cell, added one by one."""

    def add(self, replicate: int, /) -> None:
        """Add the replicate that has this index in the cell."""

    def write(self, path: pathlib.Path, /) -> None:
        """Write the replicates as a shard."""


@dataclasses.dataclass(frozen=True)
class Pilot:
    """What was tried.

    Attributes
    ----------
    shards : dict of Shard
        The replicates of each cell.
    seconds : dict of ndarray of float64, shape (replicates,)
        How long each replicate took, by cell.
    failures : dict of str
        Why a cell's replicates cannot be simulated.
    cells : int
        How many cells there are, tried or not.
    memory : int
        By how many bytes this process grew.
    """

    shards: dict[str, Shard]
    seconds: dict[str, npt.NDArray[np.float64]]
    failures: dict[str, str]
    cells: int
    memory: int

    def measure_bytes(self, cell: str) -> float:
        """Return the mean bytes of a replicate of a cell, in its shard."""
        shard = self.shards[cell]
        arrays: list[npt.NDArray[Any]] = [shard.haplotypes, shard.positions, shard.replicate]
        arrays += [shard.seed, *shard.truth.values()]
        return sum(array.nbytes for array in arrays) / len(shard.seed) + shard.offsets.itemsize


def run_pilot(maker: SettingsMaker) -> Pilot:
    """Return the pilot of a run; imports are only read.

    Parameters
    ----------
    maker : SettingsMaker
        Of the run.

    Raises
    ------
    CoalflowError
        If no cell can be simulated.
    """
    simulation = maker.config.simulation

    def start(name: str) -> CellReplicates:
        cell = maker.cells[name]
        if simulation.imported is not None:
            return ImportedReplicates(maker.import_simulations(cell))
        return Replicates(maker.simulate(cell))

    memory.keep_memory_between_simulations()
    kinds = {name: cell.sweep for name, cell in maker.cells.items()}
    most = min(simulation.replicates, MOST_REPLICATES)
    return try_cells(kinds, start, maker.config.seed, most)


def try_cells(
    kinds: Mapping[str, str],
    start: Callable[[str], CellReplicates],
    seed: int,
    most: int = MOST_REPLICATES,
    seconds: float = SECONDS,
) -> Pilot:
    """Return the pilot of some cells.

    Replicates are those that the run begins with: 0, 1, ... The next one is always of the cell that
    has taken least time so far, so that cells share the time fairly; the first round takes them in
    an order drawn from ``seed``. A kind of sweep is tried once before, for its functions to be
    compiled.

    Parameters
    ----------
    kinds : dict of str
        The kind of sweep of each cell.
    start : function
        Takes the name of a cell and returns its replicates, of which there are none yet.
    seed : int
        The run's.
    most : int
        Replicates of a cell, at most.
    seconds : float
        For all cells together, without compilation.

    Raises
    ------
    CoalflowError
        If no cell can be simulated.
    """
    order = seeds.derive_generator(seed, "pilot").permutation(sorted(kinds)).tolist()
    waiting = [(0.0, turn, cell) for turn, cell in enumerate(order)]
    replicates: dict[str, CellReplicates] = {}
    times: dict[str, list[float]] = {}
    failures, compiled = {}, {NEUTRAL}
    used, end = _measure_memory(), time.perf_counter() + seconds
    while waiting and time.perf_counter() < end:
        spent, turn, cell = heapq.heappop(waiting)
        try:
            if kinds[cell] not in compiled:
                end += _time_replicate(start(cell), 0)
                compiled.add(kinds[cell])
                used = _measure_memory()  # compiling takes much of it, but once on a machine
            if cell not in replicates:
                replicates[cell], times[cell] = start(cell), []
            times[cell].append(_time_replicate(replicates[cell], len(times[cell])))
        except CoalflowError as error:
            failures[cell] = str(error)
            replicates.pop(cell, None)
            continue
        if len(times[cell]) < most:
            heapq.heappush(waiting, (spent + times[cell][-1], turn, cell))
    if not replicates:
        raise CoalflowError(next(iter(failures.values())))
    return Pilot(
        shards={cell: _write_and_read(replicates[cell]) for cell in sorted(replicates)},
        seconds={cell: np.array(times[cell]) for cell in sorted(replicates)},
        failures=failures,
        cells=len(kinds),
        memory=_measure_memory() - used,
    )


def _time_replicate(replicates: CellReplicates, replicate: int) -> float:
    """Add a replicate and return how long it took."""
    began = time.perf_counter()
    replicates.add(replicate)
    return time.perf_counter() - began


class ImportedReplicates:
    """Replicates of an imported cell, read one by one."""

    def __init__(self, settings: ImportSettings) -> None:
        self._replicates = read_replicates(settings)
        self._shard = ImportedShard(settings)

    def add(self, replicate: int) -> None:
        """Read the next replicate, which has this index in the cell."""
        self._shard.add(next(self._replicates), replicate)

    def write(self, path: str | pathlib.Path) -> None:
        """Write the replicates as a shard."""
        self._shard.write(path)


def _measure_memory() -> int:
    """Return the most bytes that this process has had in memory."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * BYTES_OF_MAXRSS


def _write_and_read(replicates: CellReplicates) -> Shard:
    """Return replicates as a shard that was written and read, as all shards are."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "pilot.npz"
        replicates.write(path)
        return shards.read_shard(path)
