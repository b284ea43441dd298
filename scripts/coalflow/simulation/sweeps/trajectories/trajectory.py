"""The frequency of a selected allele through time: Wright-Fisher, given its end.

A sweep is specified by its end: ``fixation_time`` generations ago the allele
became fixed, or first reached ``end_frequency``. A Wright-Fisher population runs
the other way, so its paths must be made to end when they should.

Where sizes do not change, a path is run from anywhere, and moved. Where they
change, moving it would change the sizes it ran through. There, new mutations arise
in proportion to the number of chromosomes of their generation, each is followed
under the sizes that it meets, and the first path is taken that ends close to the
required time: within 2 % of the sweep's likely duration. Nothing is approximated
by that: the path is one of those that end when it ends, and when that was is recorded.
Only starts are left out from which fewer than about one sweep in 10,000 ends in time.

**Standing variation.** Before selection began, an allele at frequency f0 had
drifted from a single mutation. Backwards in time the neutral diffusion of such an
allele is that of one bound for loss, with new mutations in proportion to 2N (see
:mod:`coalflow.simulation.sweeps.trajectories.standing_variation`). f0 is
given, so every generation is as good for the start of selection as any other.

References
----------
Kimura and Ohta 1973, doi.org/10.1093/genetics/75.1.199
Griffiths 2003, Theoretical Population Biology 64: 241-251
"""

import dataclasses
import math
from collections.abc import Collection
from typing import NoReturn

import numpy as np
import numpy.typing as npt

from coalflow.core.errors import CoalflowError
from coalflow.simulation.sweeps.trajectories import (
    standing_variation,
    sweep_duration,
    wright_fisher,
)
from coalflow.simulation.sweeps.trajectories.generations import NOWHERE, Generations
from coalflow.simulation.sweeps.trajectories.selection import Selection

LONGEST = 1_000_000  # generations of selection that a path may take
TOLERANCE = 0.02  # of the likely duration, for the end of a sweep under changing sizes
LEAST, MOST = 2.5, 8.0  # standard deviations of the duration: how far a sweep may be off


@dataclasses.dataclass(frozen=True)
class Trajectory:
    """An allele's copies from the time of sampling (or fixation) back to its origin.

    Step i goes from ``times[i]`` back to ``times[i + 1]``.

    Attributes
    ----------
    times : ndarray of float64, shape (steps + 1,)
        In generations ago.
    copies, chromosomes : ndarray of int64, shape (steps, populations)
        Those at the older end of each step, where the parents lived.
    matrix : ndarray of int64, shape (steps,)
        Where the parents lived, as in ``Generations``.
    copies_at_end, chromosomes_at_end : ndarray of int64, shape (populations,)
        Those at ``times[0]``.
    fixation_time, selection_began : int
        Selection acted between them, in generations ago.
    tries : int
        How many paths were tried.
    """

    times: npt.NDArray[np.float64]
    copies: npt.NDArray[np.int64]
    chromosomes: npt.NDArray[np.int64]
    matrix: npt.NDArray[np.int64]
    copies_at_end: npt.NDArray[np.int64]
    chromosomes_at_end: npt.NDArray[np.int64]
    fixation_time: int
    selection_began: int
    tries: int

    @property
    def origin(self) -> int:
        """Generations ago at which the allele arose."""
        return int(self.times[-1])


class TrajectorySampler:
    """Draws trajectories in one population of a history.

    Parameters
    ----------
    generations : Generations
    population : str
        Where sweeps end.
    selected_in : collection of str, optional
        The populations in which the allele is selected; without it, all.

    Attributes
    ----------
    history : Generations
    focal : int
        The index of the population where sweeps end.
    lineage : ndarray of int64, shape (generations,)
        The index of the population where its ancestors lived, see
        :meth:`coalflow.simulation.sweeps.trajectories.generations.Generations.follow_ancestors`.
    selected : ndarray of bool, shape (populations,)
    """

    def __init__(
        self,
        generations: Generations,
        population: str,
        selected_in: Collection[str] | None = None,
    ) -> None:
        self.history = generations
        self.focal = generations.names.index(population)
        self.lineage = generations.follow_ancestors(population)
        self.selected = np.array(
            [selected_in is None or name in selected_in for name in generations.names]
        )
        self._path = np.empty((LONGEST + 1, len(generations.names)), dtype=np.int64)

    def draw(
        self, random: np.random.Generator, selection: Selection, fixation_time: int
    ) -> Trajectory:
        """Draw a trajectory.

        Parameters
        ----------
        random : numpy.random.Generator
        selection : Selection
        fixation_time : int
            When the sweep must end, in generations ago.

        Raises
        ------
        CoalflowError
            If there was no such population, selection starts from standing variation in several
            populations, or no path ended in time within reasonable work.
        """
        began, took, tries = self._draw_selected_path(random, selection, fixation_time)
        ended = began - took
        # Rows of a trajectory go back in time; those of a path go forward.
        times = [np.arange(ended + 1, began + 1)]
        copies = [self._path[:took][::-1]]
        at_end = self._path[took].copy()
        if selection.start_frequency is not None:
            older, standing, more = self._draw_standing_variation(random, began, self._path[0, 0])
            times.append(older)
            copies.append(standing[:, None])
            tries += more
        if selection.end_frequency < 1 and ended > 0:
            drifted = self.drift_to_present(random, at_end, ended)
            times.insert(0, np.arange(1, ended + 1))
            copies.insert(0, drifted[:-1][::-1])
            at_end = drifted[-1]
        ages = np.concatenate(times)
        steps = np.concatenate([[ages[0] - 1], ages])
        return Trajectory(
            times=steps.astype(np.float64),
            copies=np.concatenate(copies),
            chromosomes=self.history.chromosomes[self._find_row(ages)],
            matrix=self.history.matrix[self._find_row(steps[:-1])],
            copies_at_end=at_end,
            chromosomes_at_end=self.history.chromosomes[self._find_row(steps[0])],
            fixation_time=ended,
            selection_began=began,
            tries=tries,
        )

    def _find_row(self, generation: npt.ArrayLike) -> npt.NDArray[np.intp]:
        """Return the row of the history's arrays for a number of generations ago."""
        return np.minimum(generation, len(self.history.matrix) - 1)

    def _draw_selected_path(
        self, random: np.random.Generator, selection: Selection, fixation_time: int
    ) -> tuple[int, int, int]:
        """Leave a path in ``_path``; return when it began, how long it took, and the tries."""
        generations, weights, window, moved = self._propose_starts(selection, fixation_time)
        starts = wright_fisher.Starts(
            generations,
            np.cumsum(weights) / weights.sum(),
            self.lineage,
            float(selection.start_frequency or 0.0),
        )
        end = wright_fisher.End(self.focal, float(selection.end_frequency), *window)
        forces = self._make_forces(
            np.where(self.selected, selection.coefficient, 0.0),
            selection.dominance,
            selection.new_copies,
        )
        began, took, tries, survived = wright_fisher.draw_ending_path(
            random, self._path, forces, starts, end
        )
        if took == wright_fisher.NEVER:
            _refuse_hopeless(selection, fixation_time, tries, survived)
        if moved:
            began = fixation_time + took
        return began, took, tries

    def _propose_starts(
        self, selection: Selection, fixation_time: int
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64], tuple[int, int], bool]:
        """Return starts and their weights, when a path must end, and whether it is moved there."""
        if self._count_chromosomes(fixation_time) == 0:
            _refuse_absent(self.history.names[self.focal], fixation_time)
        steady = self._find_steady_end(fixation_time)
        if not math.isinf(steady):
            starts, weights, likely = self._find_plausible_starts(selection, fixation_time)
        if math.isinf(steady) or steady > starts[-1]:
            # Nothing changes: a path may begin anywhere there, and is moved to its end.
            start = int(min(steady, fixation_time + LONGEST))
            return np.array([start]), np.ones(1), (fixation_time, start), True
        tolerance = round(TOLERANCE * likely)
        window = (max(fixation_time - tolerance, 0), fixation_time + tolerance)
        return starts, weights, window, False

    def _find_plausible_starts(
        self, selection: Selection, fixation_time: int
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64], float]:
        """Return when a sweep may have begun, with weights, and its likely duration.

        How long a sweep takes depends in equal parts on how many chromosomes there are when it
        begins and when it ends; fewer than about one sweep in 10,000 takes ``LEAST`` standard
        deviations less, or ``MOST`` more. New mutations arise in proportion to the number of
        chromosomes; standing variation is as likely at any time.
        """
        at_end = int(self._count_chromosomes(fixation_time))
        likely, deviation = sweep_duration.estimate_duration(selection, at_end)
        met = self._count_chromosomes(np.arange(fixation_time, fixation_time + round(2 * likely)))
        smallest, largest = met[met > 0].min(), met.max()
        fastest, slowest = likely, likely
        if smallest < largest:
            fastest, least = sweep_duration.estimate_duration(selection, smallest)
            slowest, most = sweep_duration.estimate_duration(selection, largest)
            deviation = max(deviation, least, most)
        earliest = max(int(min(fastest, slowest) - LEAST * deviation), 1)
        latest = math.ceil(max(fastest, slowest) + MOST * deviation) + 2
        starts = np.arange(fixation_time + earliest, fixation_time + latest)
        sizes = self._count_chromosomes(starts)
        expected = np.interp(
            np.log(np.maximum(sizes, 1)), np.log([smallest, largest]), [fastest, slowest]
        )
        plausible = starts - fixation_time <= (expected + likely) / 2 + MOST * deviation
        if selection.start_frequency is not None:
            sizes = np.minimum(sizes, 1)
        weights = np.where(plausible, sizes, 0)
        if weights.sum() == 0:
            _refuse_absent(self.history.names[self.focal], fixation_time)
        return starts, weights, likely

    def _count_chromosomes(self, generations: npt.ArrayLike) -> npt.NDArray[np.int64]:
        """Return the chromosomes of the focal population, or of its ancestors; 0 for none."""
        row = self._find_row(generations)
        home = self.lineage[row]
        return np.where(home == NOWHERE, 0, self.history.chromosomes[row, home])

    def _find_steady_end(self, generation: int) -> float:
        """Return the oldest generation up to which nothing changes, going back."""
        first = self._find_row(generation)
        history = self.history
        changes = (history.chromosomes[first:] != history.chromosomes[first]).any(axis=1)
        changes |= history.matrix[first:] != history.matrix[first]
        return generation + int(changes.argmax()) - 1 if changes.any() else math.inf

    def _draw_standing_variation(
        self, random: np.random.Generator, began: int, copies: int
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], int]:
        """Draw how an allele drifted to ``copies`` copies, ``began`` generations ago.

        Returns the times (generations ago) of some steps back to its origin, the copies
        then, and the number of tries.
        """
        if len(self.history.names) > 1:
            raise CoalflowError(
                "a sweep from standing variation needs a demography of one population; "
                f"this one has {len(self.history.names)}. Use hard sweeps, or one population"
            )
        times, path, tries = standing_variation.draw_standing_variation(
            random, self.history.chromosomes[:, 0], began, copies
        )
        if len(times) == 0:
            raise CoalflowError(
                f"no neutral allele with {copies:,} copies {began:,} generations ago could be "
                f"followed back to its origin, in {tries:,} tries. Lower start_frequency"
            )
        return times, path, tries

    def drift_to_present(
        self, random: np.random.Generator, copies: npt.NDArray[np.int64], generations: int
    ) -> npt.NDArray[np.int64]:
        """Let an allele drift until today, whatever becomes of it.

        Parameters
        ----------
        random : numpy.random.Generator
        copies : ndarray of int64, shape (populations,)
            The allele's, ``generations`` ago.
        generations : int

        Returns
        -------
        ndarray of int64, shape (generations + 1, populations)
            Its copies, the oldest first.
        """
        neutral = self._make_forces(np.zeros(len(self.history.names)), 0.5, 0.0)
        return wright_fisher.drift_to_present(random, copies, generations, neutral)

    def _make_forces(
        self, coefficients: npt.NDArray[np.float64], dominance: float, new_copies: float
    ) -> wright_fisher.Forces:
        history = self.history
        return wright_fisher.Forces(
            history.chromosomes,
            history.matrix,
            history.parents,
            coefficients,
            float(dominance),
            float(new_copies),
        )


def _refuse_hopeless(
    selection: Selection, fixation_time: int, tries: int, survived: int
) -> NoReturn:
    raise CoalflowError(
        f"no sweep with {selection} ended {fixation_time:,} generations ago: of {tries:,} "
        f"allele-frequency paths {survived:,} reached their end frequency, none in time. Make "
        "selection stronger, or check whether the population existed then, and was large enough"
    )


def _refuse_absent(population: str, fixation_time: int) -> NoReturn:
    raise CoalflowError(
        f"the sweep that ended {fixation_time:,} generations ago would have to begin before "
        f"there was a population {population}, or any single one that it came from. "
        "Lower fixation_time, or name another population"
    )
