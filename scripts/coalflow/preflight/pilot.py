"""The pilot: the first replicates of each cell, as the run itself simulates them."""

import dataclasses
import functools
import heapq
import pathlib
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from coalflow.config.registry.parameters import NEUTRAL
from coalflow.config.settings.making import SettingsMaker
from coalflow.core import memory, seeds
from coalflow.core.errors import CoalflowError
from coalflow.imports.imported_replicates import ImportedShard, read_replicates
from coalflow.imports.remarks import Remarks
from coalflow.simulation.replicates import Replicates
from coalflow.windows.shards import Shard, read_shard

SECONDS = 20.0  # of simulation, for all cells together
MOST_REPLICATES = 200  # of a cell: the fewest of which one is the outermost percent on both sides
BYTES_OF_MAXRSS = 1 if sys.platform == "darwin" else 1024


@dataclasses.dataclass(frozen=True)
class CellTrial:
    """Replicates of a cell, simulated or read one by one.

    Attributes
    ----------
    add : callable
        Adds the replicate that has this index in the cell.
    write : callable
        Writes all of them as a shard.
    seconds : list of float
        How long each has taken.
    remarks : Remarks
        Those on imported files.
    """

    add: Callable[[int], None]
    write: Callable[[pathlib.Path], None]
    seconds: list[float] = dataclasses.field(default_factory=list)
    elapsed: list[float] = dataclasses.field(default_factory=list)
    remarks: Remarks = dataclasses.field(default_factory=Remarks)

    def measure_next(self) -> float:
        """Add the next replicate and return how long a processor worked on that.

        On a machine that does other work too, more time passes.
        """
        worked, began = time.process_time(), time.perf_counter()
        self.add(len(self.seconds))
        self.seconds.append(time.process_time() - worked)
        self.elapsed.append(time.perf_counter() - began)
        return self.seconds[-1]


@dataclasses.dataclass(frozen=True)
class Pilot:
    """What was tried.

    Attributes
    ----------
    shards : dict of Shard
        The replicates of each cell.
    seconds : dict of ndarray of float64, shape (replicates,)
        How long a processor worked on each replicate, by cell.
    elapsed : float
        Seconds that passed meanwhile.
    failures : dict of str
        Why a cell's replicates cannot be simulated.
    cells : int
        How many cells there are, tried or not.
    memory : int
        By how many bytes this process grew.
    remarks : dict of Remarks
        Those on imported files, by cell.
    """

    shards: dict[str, Shard]
    seconds: dict[str, npt.NDArray[np.float64]]
    elapsed: float
    failures: dict[str, str]
    cells: int
    memory: int
    remarks: dict[str, Remarks] = dataclasses.field(default_factory=dict)

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
    start = _start_simulation if simulation.imported is None else _start_import
    memory.keep_memory_between_simulations()
    kinds = {name: cell.sweep for name, cell in maker.cells.items()}
    most = min(simulation.replicates, MOST_REPLICATES)
    return try_cells(kinds, functools.partial(start, maker), maker.config.seed, most)


def _start_simulation(maker: SettingsMaker, cell: str) -> CellTrial:
    replicates = Replicates(maker.simulate(maker.cells[cell]))
    return CellTrial(replicates.add, replicates.write)


def _start_import(maker: SettingsMaker, cell: str) -> CellTrial:
    settings = maker.import_simulations(maker.cells[cell])
    remarks, shard = Remarks(), ImportedShard(settings)
    replicates = read_replicates(settings, remarks)
    return CellTrial(lambda index: shard.add(next(replicates), index), shard.write, remarks=remarks)


def try_cells(
    kinds: Mapping[str, str],
    start: Callable[[str], CellTrial],
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
    start : callable
        Takes the name of a cell and returns its trial, without replicates.
    seed : int
        The run's.
    most : int
        Replicates of a cell, at most.
    seconds : float
        That may pass for all cells together, without compilation.

    Raises
    ------
    CoalflowError
        If no cell can be simulated.
    """
    order = seeds.derive_generator(seed, "pilot").permutation(sorted(kinds)).tolist()
    waiting = [(0.0, turn, cell) for turn, cell in enumerate(order)]
    trials: dict[str, CellTrial] = {}
    failures, compiled = {}, {NEUTRAL}
    used, end = _measure_memory(), time.perf_counter() + seconds
    while waiting and time.perf_counter() < end:
        spent, turn, cell = heapq.heappop(waiting)
        try:
            if kinds[cell] not in compiled:
                end += _compile(start(cell))
                compiled.add(kinds[cell])
                used = _measure_memory()  # compiling takes much of it, but once on a machine
            if cell not in trials:
                trials[cell] = start(cell)
            spent += trials[cell].measure_next()
        except CoalflowError as error:
            failures[cell] = str(error)
            trials.pop(cell, None)
            continue
        if len(trials[cell].seconds) < most:
            heapq.heappush(waiting, (spent, turn, cell))
    if not trials:
        raise CoalflowError(next(iter(failures.values())))
    shards = {cell: _write_and_read(trials[cell]) for cell in sorted(trials)}
    times = {cell: np.array(trials[cell].seconds) for cell in sorted(trials)}
    remarks = {cell: trials[cell].remarks for cell in sorted(trials)}
    elapsed = sum(sum(trial.elapsed) for trial in trials.values())
    return Pilot(shards, times, elapsed, failures, len(kinds), _measure_memory() - used, remarks)


def _compile(trial: CellTrial) -> float:
    """Try a replicate, so that its functions are compiled; return how much time that took."""
    trial.measure_next()
    return sum(trial.elapsed)


def _measure_memory() -> int:
    """Return the most bytes that this process has had in memory."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * BYTES_OF_MAXRSS


def _write_and_read(trial: CellTrial) -> Shard:
    """Return the replicates of a trial as a shard that was written and read, as all shards are."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "pilot.npz"
        trial.write(path)
        return read_shard(path)
