"""Allele frequencies from one Wright-Fisher generation to the next.

The compiled parts of trajectories. Histories come as the arrays of ``Generations``: a generation's
row is how many generations ago it was, and the last row holds for all before.
"""

from typing import NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from coalflow.simulation.sweeps.compilation import compiled, inlined
from coalflow.simulation.sweeps.trajectories.binomial import compute_binomial_quantile

# Generations (by populations) tried for one path, about 15 seconds.
LARGEST_WORK = 400_000_000
NEVER = -1  # duration of a path that did not end as it should


#: One frequency, or an array of several.
Frequency = TypeVar("Frequency", float, npt.NDArray[np.float64])


class Forces(NamedTuple):
    """All that changes a frequency.

    Attributes
    ----------
    chromosomes, matrix, parents : ndarray
        Sizes and migration, as in ``Generations``.
    coefficients : ndarray of float64, shape (populations,)
        The selection coefficient s in each population.
    dominance : float
    new_copies : float
        The rate, per chromosome and generation, at which the allele arises again.
    """

    chromosomes: npt.NDArray[np.int64]
    matrix: npt.NDArray[np.int64]
    parents: npt.NDArray[np.float64]
    coefficients: npt.NDArray[np.float64]
    dominance: float
    new_copies: float


class Starts(NamedTuple):
    """Where and when paths may begin.

    Attributes
    ----------
    generations : ndarray of int64, shape (starts,)
        Generations ago.
    cumulated : ndarray of float64, shape (starts,)
        The sums of their probabilities.
    lineage : ndarray of int64, shape (generations of the history,)
        In which population a path begins.
    frequency : float
        At which frequency; 0 for one copy.
    """

    generations: npt.NDArray[np.int64]
    cumulated: npt.NDArray[np.float64]
    lineage: npt.NDArray[np.int64]
    frequency: float


class End(NamedTuple):
    """How paths must end.

    Attributes
    ----------
    population : int
        The index of the population in which they end.
    frequency : float
        The allele's frequency at which they end.
    latest, earliest : int
        When they must end, in generations ago: from ``earliest`` to ``latest``, which is less.
    """

    population: int
    frequency: float
    latest: int
    earliest: int


@inlined
def apply_selection(frequency: Frequency, coefficient: Frequency, dominance: float) -> Frequency:
    """Return the allele's frequency among the gametes of selected parents.

    Fitnesses are 1, 1 + hs and 1 + s, genotypes in Hardy-Weinberg proportions.

    Parameters
    ----------
    frequency : float or ndarray
        The allele's frequency among the parents before selection.
    coefficient : float or ndarray
        s.
    dominance : float
        h.

    References
    ----------
    Ewens 2004, Mathematical population genetics, eq. 1.24

    Examples
    --------
    >>> round(apply_selection(0.5, 0.1, 0.5), 4)
    0.5119
    """
    both = frequency * frequency * (1.0 + coefficient)
    single = frequency * (1.0 - frequency) * (1.0 + dominance * coefficient)
    none = (1.0 - frequency) * (1.0 - frequency)
    return (both + single) / (both + 2.0 * single + none)


@inlined
def _compute_gametes(
    path: npt.NDArray[np.int64],
    step: int,
    ago: int,
    forces: Forces,
    gametes: npt.NDArray[np.float64],
) -> None:
    """Write the allele's frequency among each population's gametes into ``gametes``.

    Copies are in row ``step`` of the path, and chromosomes in row ``ago`` of the history: numba
    counts references to rows that are passed.
    """
    for population in range(len(gametes)):
        size = forces.chromosomes[ago, population]
        gametes[population] = 0.0
        if size > 0:
            selected = apply_selection(
                path[step, population] / size, forces.coefficients[population], forces.dominance
            )
            gametes[population] = selected + forces.new_copies * (1.0 - selected)


@inlined
def _average_gametes(
    forces: Forces, below: int, population: int, gametes: npt.NDArray[np.float64]
) -> float:
    """Return the allele's frequency among gametes that come from several populations."""
    frequency, matrix = 0.0, forces.matrix[below]
    for source in range(len(gametes)):
        frequency += forces.parents[matrix, population, source] * gametes[source]
    return min(frequency, 1.0)


@compiled
def draw_ending_path(
    random: np.random.Generator,
    path: npt.NDArray[np.int64],
    forces: Forces,
    starts: Starts,
    end: End,
) -> tuple[int, int, int, int]:
    """Try paths until one ends as it should.

    Parameters
    ----------
    random : numpy.random.Generator
    path : ndarray of int64, shape (longest + 1, populations)
        Room for the path: on return its first rows are the copies in each generation, the oldest
        first.
    forces : Forces
    starts : Starts
    end : End

    Returns
    -------
    began : int
        When the path began, in generations ago.
    duration : int
        In generations; NEVER if none was found within reasonable work.
    tries : int
        How many paths were tried.
    survived : int
        How many of them reached their end at any time.
    """
    chromosomes = forces.chromosomes
    last = len(chromosomes) - 1
    work, tries, survived = 0, 0, 0
    gametes = np.empty(path.shape[1])
    while work < LARGEST_WORK:
        tries += 1
        start = np.searchsorted(starts.cumulated, random.random(), side="right")
        began = starts.generations[start]
        origin = starts.lineage[min(began, last)]
        size = chromosomes[min(began, last), origin]
        path[0] = 0
        path[0, origin] = 1
        if starts.frequency > 0.0:
            path[0, origin] = min(max(int(starts.frequency * size + 0.5), 1), size - 1)
        duration, generations = _run_path(random, path, forces, end, began, gametes)
        work += generations * path.shape[1]
        if duration != NEVER:
            survived += 1
            if began - duration <= end.earliest:
                return began, duration, tries, survived
    return 0, NEVER, tries, survived


@inlined
def _run_path(
    random: np.random.Generator,
    path: npt.NDArray[np.int64],
    forces: Forces,
    end: End,
    began: int,
    gametes: npt.NDArray[np.float64],
) -> tuple[int, int]:
    """Run a path from ``path[0]``, ``began`` generations ago, until its end.

    Returns its duration in generations, or NEVER where the allele was lost or had not
    ended by the latest time; and the number of generations that were run.
    """
    chromosomes = forces.chromosomes
    populations = chromosomes.shape[1]
    last = len(chromosomes) - 1
    for generation in range(min(began - end.latest, len(path) - 1)):
        ago = min(began - generation, last)
        below = min(began - generation - 1, last)
        _compute_gametes(path, generation, ago, forces, gametes)
        total = 0
        for population in range(populations):
            chance = _average_gametes(forces, below, population, gametes)
            copies = compute_binomial_quantile(
                chromosomes[below, population], chance, random.standard_normal()
            )
            path[generation + 1, population] = copies
            total += copies
        if total == 0:
            return NEVER, generation + 1
        size = chromosomes[below, end.population]
        if size > 0 and path[generation + 1, end.population] >= end.frequency * size:
            return generation + 1, generation + 1
    return NEVER, began - end.latest


@compiled
def drift_to_present(
    random: np.random.Generator,
    copies: npt.NDArray[np.int64],
    generations: int,
    forces: Forces,
) -> npt.NDArray[np.int64]:
    """Let an allele drift until today, whatever becomes of it.

    Parameters
    ----------
    random : numpy.random.Generator
    copies : ndarray of int64, shape (populations,)
        The allele's, ``generations`` ago.
    generations : int
    forces : Forces

    Returns
    -------
    ndarray of int64, shape (generations + 1, populations)
        Its copies, the oldest first.
    """
    chromosomes = forces.chromosomes
    populations = chromosomes.shape[1]
    last = len(chromosomes) - 1
    path = np.empty((generations + 1, populations), dtype=np.int64)
    path[0] = copies
    gametes = np.empty(populations)
    for step in range(generations):
        ago = min(generations - step, last)
        below = min(generations - step - 1, last)
        _compute_gametes(path, step, ago, forces, gametes)
        for population in range(populations):
            chance = _average_gametes(forces, below, population, gametes)
            path[step + 1, population] = random.binomial(chromosomes[below, population], chance)
    return path
