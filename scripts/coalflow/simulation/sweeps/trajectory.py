"""The frequency of a selected allele through time: Wright-Fisher, given its end.

A sweep is asked for by its end: ``fixation_time`` generations ago the allele
became fixed, or first reached ``end_frequency``. A Wright-Fisher population runs
the other way, so its paths must be made to end when they should.

Where sizes do not change, a path is run from anywhere, and moved. Where they
change, moving it would change the sizes it ran through. There, new mutations arise
in proportion to the number of chromosomes of their generation, each is followed
under the sizes that it meets, and the first path is taken that ends close to the
time asked for: within 2 % of the sweep's likely duration. Nothing is approximated
by that: the path is one of those that end when it ends, and when that was is recorded.
Only starts are left out from which not one sweep in some 10,000 ends in time.

**Standing variation.** Before selection set in, an allele at frequency f0 had
drifted from a single mutation. Backwards in time the neutral diffusion of such an
allele is that of one bound for loss (Kimura and Ohta 1973; Griffiths 2003), with
new mutations in proportion to 2N (see ``wright_fisher.standing_variation``). f0 is
given, so every generation is as good for the start of selection as any other.
"""

import dataclasses
import math

import numpy as np

from coalflow.core.errors import CoalflowError
from coalflow.simulation.sweeps import sweep_duration, wright_fisher
from coalflow.simulation.sweeps.generations import NOWHERE

LONGEST = 1_000_000  # generations of selection that a path may take
TOLERANCE = 0.02  # of the likely duration, for the end of a sweep under changing sizes
LEAST, MOST = 2.5, 8.0  # standard deviations of the duration: how far a sweep may be off


@dataclasses.dataclass(frozen=True)
class Selection:
    """How an allele is selected, and between which frequencies.

    Fitnesses are 1, 1 + ``dominance`` * s and 1 + s for none, one and two copies;
    ``coefficient`` is s. ``start_frequency`` is None for one new copy.
    ``new_copies`` is the rate, per chromosome and generation, at which ancestral
    copies mutate to the selected allele while the sweep goes on.
    """

    coefficient: float
    dominance: float = 0.5
    start_frequency: float | None = None
    end_frequency: float = 1.0
    new_copies: float = 0.0


@dataclasses.dataclass(frozen=True)
class Trajectory:
    """An allele's copies from the time of sampling (or fixation) back to its origin.

    Step i goes from ``times[i]`` back to ``times[i + 1]`` generations ago.
    ``copies`` and ``chromosomes``, int64 (steps, populations), are those at its older
    end, where the parents lived; ``copies_at_end`` and ``chromosomes_at_end``
    (populations,) those at ``times[0]``. ``matrix`` (steps,) tells where parents
    lived (see ``Generations``). Selection acted between ``selection_began`` and
    ``fixation_time`` generations ago. ``tries`` counts the paths that it took.
    """

    times: np.ndarray
    copies: np.ndarray
    chromosomes: np.ndarray
    matrix: np.ndarray
    copies_at_end: np.ndarray
    chromosomes_at_end: np.ndarray
    fixation_time: int
    selection_began: int
    tries: int

    @property
    def origin(self):
        """Generations ago at which the allele arose."""
        return int(self.times[-1])


class TrajectorySampler:
    """Draws trajectories in one population of a history.

    ``generations`` is a ``Generations``, ``population`` the name of the one in which
    the sweep is to end, ``selected_in`` the names of those in which the allele is
    selected (default: in all of them).
    """

    def __init__(self, generations, population, selected_in=None):
        self.history = generations
        self.focal = generations.names.index(population)
        self.lineage = generations.ancestry_of(population)
        self.selected = np.array(
            [selected_in is None or name in selected_in for name in generations.names]
        )
        self._path = np.empty((LONGEST + 1, len(generations.names)), dtype=np.int64)

    def draw(self, random, selection, fixation_time):
        """Return a random :class:`Trajectory` that ends ``fixation_time`` generations ago.

        ``random`` is a numpy generator, ``fixation_time`` a whole number. Raises
        CoalflowError where no path ended so within reasonable work.
        """
        began, took, tries = self._selected_path(random, selection, fixation_time)
        ended = began - took
        # Rows of a trajectory go back in time; those of a path go forward.
        times = [np.arange(ended + 1, began + 1)]
        copies = [self._path[:took][::-1]]
        at_end = self._path[took].copy()
        if selection.start_frequency is not None:
            older, standing, more = self.standing_variation(random, began, self._path[0, 0])
            times.append(older)
            copies.append(standing[:, None])
            tries += more
        if selection.end_frequency < 1 and ended > 0:
            drifted = self._drift(random, at_end, ended)
            times.insert(0, np.arange(1, ended + 1))
            copies.insert(0, drifted[:-1][::-1])
            at_end = drifted[-1]
        ages = np.concatenate(times)
        steps = np.concatenate([[ages[0] - 1], ages])
        return Trajectory(
            times=steps.astype(np.float64),
            copies=np.concatenate(copies),
            chromosomes=self.history.chromosomes[self._row(ages)],
            matrix=self.history.matrix[self._row(steps[:-1])],
            copies_at_end=at_end,
            chromosomes_at_end=self.history.chromosomes[self._row(steps[0])],
            fixation_time=ended,
            selection_began=began,
            tries=tries,
        )

    def _row(self, generation):
        """Return the row of the history's arrays for some generations ago."""
        return np.minimum(generation, len(self.history.matrix) - 1)

    def _selected_path(self, random, selection, fixation_time):
        """Leave a path in ``_path``; return when it began, how long it took, and the tries."""
        starts, weights, window, moved = self._proposals(selection, fixation_time)
        began, took, tries, survived = wright_fisher.first_path_that_ends(
            random,
            self._path,
            self._forces(
                np.where(self.selected, selection.coefficient, 0.0),
                selection.dominance,
                selection.new_copies,
            ),
            selection.start_frequency or 0.0,
            selection.end_frequency,
            self.focal,
            self.lineage,
            starts,
            np.cumsum(weights) / weights.sum(),
            *window,
        )
        if took == wright_fisher.NEVER:
            raise CoalflowError(_hopeless(selection, fixation_time, tries, survived))
        if moved:
            began = fixation_time + took
        return began, took, tries

    def _proposals(self, selection, fixation_time):
        """Return starts and their weights, when a path must end, and whether it is moved there."""
        if self._sizes(fixation_time) == 0:
            raise CoalflowError(_not_there(self.history.names[self.focal], fixation_time))
        steady = self._steady_until(fixation_time)
        if not math.isinf(steady):
            starts, weights, likely = self._plausible_starts(selection, fixation_time)
        if math.isinf(steady) or steady > starts[-1]:
            # Nothing changes: a path may begin anywhere there, and is moved to its end.
            start = min(steady, fixation_time + LONGEST)
            starts, weights, window = np.array([start]), np.ones(1), (fixation_time, start)
            return starts, weights, window, True
        tolerance = round(TOLERANCE * likely)
        window = (max(fixation_time - tolerance, 0), fixation_time + tolerance)
        return starts, weights, window, False

    def _plausible_starts(self, selection, fixation_time):
        """Return when a sweep may have begun, in proportion to what, and its likely duration.

        How long a sweep takes depends on how many chromosomes there are when it begins and
        when it ends, by halves; less often than once in some 10,000 sweeps does it take
        ``LEAST`` standard deviations less, or ``MOST`` more. New mutations arise in
        proportion to the chromosomes there are; standing variation is as likely at any time.
        """
        at_end = int(self._sizes(fixation_time))
        likely, deviation = sweep_duration.estimate_duration(selection, at_end)
        met = self._sizes(np.arange(fixation_time, fixation_time + round(2 * likely)))
        smallest, largest = met[met > 0].min(), met.max()
        fastest, slowest = likely, likely
        if smallest < largest:
            fastest, least = sweep_duration.estimate_duration(selection, smallest)
            slowest, most = sweep_duration.estimate_duration(selection, largest)
            deviation = max(deviation, least, most)
        earliest = max(int(min(fastest, slowest) - LEAST * deviation), 1)
        latest = math.ceil(max(fastest, slowest) + MOST * deviation) + 2
        starts = np.arange(fixation_time + earliest, fixation_time + latest)
        sizes = self._sizes(starts)
        expected = np.interp(
            np.log(np.maximum(sizes, 1)), np.log([smallest, largest]), [fastest, slowest]
        )
        plausible = starts - fixation_time <= (expected + likely) / 2 + MOST * deviation
        if selection.start_frequency is not None:
            sizes = np.minimum(sizes, 1)
        weights = np.where(plausible, sizes, 0)
        if weights.sum() == 0:
            raise CoalflowError(_not_there(self.history.names[self.focal], fixation_time))
        return starts, weights, likely

    def _sizes(self, generations):
        """Return how many chromosomes the focal population, or its ancestors, had; 0 for none."""
        row = self._row(generations)
        place = self.lineage[row]
        return np.where(place == NOWHERE, 0, self.history.chromosomes[row, place])

    def _steady_until(self, generation):
        """Return the oldest generation up to which nothing changes, going back."""
        first = self._row(generation)
        history = self.history
        changes = (history.chromosomes[first:] != history.chromosomes[first]).any(axis=1)
        changes |= history.matrix[first:] != history.matrix[first]
        return generation + int(changes.argmax()) - 1 if changes.any() else math.inf

    def standing_variation(self, random, began, copies):
        """Draw how an allele drifted to ``copies`` copies, ``began`` generations ago.

        Returns the times (generations ago) of some steps back to its origin, the copies
        then, both int64, and the number of tries. Raises CoalflowError for several
        populations, or where nothing came of much work.
        """
        if len(self.history.names) > 1:
            raise CoalflowError(
                "a sweep from standing variation needs a demography of one population; "
                f"this one has {len(self.history.names)}. Use hard sweeps, or one population"
            )
        times, path, tries = wright_fisher.standing_variation(
            random, self.history.chromosomes[:, 0], began, copies
        )
        if len(times) == 0:
            raise CoalflowError(
                f"no neutral allele with {copies:,} copies {began:,} generations ago could be "
                f"followed back to its origin, in {tries:,} tries. Lower start_frequency"
            )
        return times, path, tries

    def _drift(self, random, copies, generations):
        neutral = self._forces(np.zeros(len(self.history.names)), 0.5, 0.0)
        return wright_fisher.drift(random, copies, generations, neutral)

    def _forces(self, coefficients, dominance, new_copies):
        history = self.history
        return wright_fisher.Forces(
            history.chromosomes,
            history.matrix,
            history.parents,
            coefficients,
            float(dominance),
            float(new_copies),
        )


def _hopeless(selection, fixation_time, tries, survived):
    return (
        f"no sweep with {selection} ended {fixation_time:,} generations ago: of {tries:,} "
        f"allele-frequency paths {survived:,} reached their end frequency, none in time. Make "
        "selection stronger, or look whether the population was there, and large enough"
    )


def _not_there(population, fixation_time):
    return (
        f"the sweep that ended {fixation_time:,} generations ago would have to begin before "
        f"there was a population {population}, or any single one that it came from. "
        "Lower fixation_time, or name another population"
    )
