"""What the trajectory of a selected allele means for the lineages on its backgrounds."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from coalflow.simulation.sweeps.trajectories.generations import Generations
from coalflow.simulation.sweeps.trajectories.selection import Selection
from coalflow.simulation.sweeps.trajectories.trajectory import Trajectory
from coalflow.simulation.sweeps.trajectories.wright_fisher import apply_selection

SMALLEST = 1e-300  # in place of a divisor of 0


class Course(NamedTuple):
    """What lineages need to know of each step back in time, at the step's older end.

    Attributes
    ----------
    times : ndarray of float64, shape (steps + 1,)
        The ends of the steps, in generations ago.
    copies, chromosomes : ndarray of int64, shape (steps, populations)
        Copies of the allele, and all chromosomes.
    partner : ndarray of float64, shape (steps, populations, 2)
        The chance that the other chromosome of a parent of this background carries the allele.
    moves : ndarray of float64, shape (steps, 2, populations, populations)
        The chance that a lineage's parents lived elsewhere; no steps for one population.
    mutated : ndarray of float64, shape (steps, populations)
        The chance that a copy is new.
    """

    times: npt.NDArray[np.float64]
    copies: npt.NDArray[np.int64]
    chromosomes: npt.NDArray[np.int64]
    partner: npt.NDArray[np.float64]
    moves: npt.NDArray[np.float64]
    mutated: npt.NDArray[np.float64]


def make_course(
    trajectory: Trajectory,
    selection: Selection,
    history: Generations,
    selected: npt.NDArray[np.bool_],
) -> Course:
    """Return the course of a trajectory.

    Parameters
    ----------
    trajectory : Trajectory
    selection : Selection
    history : Generations
    selected : ndarray of bool, shape (populations,)
        In which populations the allele is selected.
    """
    times = trajectory.times[1:]
    under_selection = (times > trajectory.fixation_time) & (times <= trajectory.selection_began)
    coefficient = np.where(under_selection[:, None] & selected, selection.coefficient, 0.0)
    chromosomes = np.maximum(trajectory.chromosomes, 1)
    frequency = trajectory.copies / chromosomes
    both = frequency * (1 + coefficient)
    single = 1 + selection.dominance * coefficient
    # Of a parent that carries the allele on this chromosome, and of one that does not.
    partner = np.stack(
        [
            frequency * single / (frequency * single + (1 - frequency)),
            both / np.maximum(both + (1 - frequency) * single, SMALLEST),
        ],
        axis=2,
    )
    gametes = apply_selection(frequency, coefficient, selection.dominance)
    new = np.where(under_selection[:, None], selection.new_copies, 0.0) * (1 - gametes)
    moves = np.empty((0, 2, 1, 1))
    if chromosomes.shape[1] > 1:
        moves = _compute_moves(history.parents[trajectory.matrix], gametes + new)
    return Course(
        times=trajectory.times,
        copies=trajectory.copies,
        chromosomes=trajectory.chromosomes,
        partner=partner,
        moves=moves,
        mutated=new / np.maximum(gametes + new, SMALLEST),
    )


def _compute_moves(
    parents: npt.NDArray[np.float64], gametes: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Return where parents of each background lived, shape (steps, 2, populations, populations).

    ``parents`` (steps, populations, populations) is the chance whatever the allele is,
    ``gametes`` (steps, populations) its frequency among the gametes there.
    """
    moves = np.stack([parents * (1 - gametes)[:, None, :], parents * gametes[:, None, :]], axis=1)
    total = moves.sum(axis=3, keepdims=True)
    return np.where(total > 0, moves / np.where(total > 0, total, 1), np.eye(parents.shape[1]))
