"""Whether the sweep of a cell can be simulated, found out by its most extreme cases.

A sweep may be refused (standing variation in several populations), not yet exist (it
would begin before its population did) or be hopeless (it is hardly ever over in time).
All three show in the corners of the parameters' ranges, in one allele-frequency
trajectory each, long before the first window is simulated.
"""

import itertools
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from coalflow.core import seeds
from coalflow.core.errors import CoalflowError
from coalflow.simulation.cell_simulator import CellSimulator
from coalflow.simulation.sweeps.drawn_sweeps import collect_selection
from coalflow.simulation.sweeps.trajectories import generations, sweep_duration
from coalflow.simulation.sweeps.trajectories.trajectory import TrajectorySampler

DRAWN = 1000  # draws of the prior, of which the extreme ones make the corners
RANGED = ("selection_coefficient", "start_frequency", "fixation_time")
COLUMNS = (*RANGED, "2Ns", "likely_duration", "duration", "origin", "tries")

MIGRANTS = (
    ". Where migrants bring in the other allele, a sweep may never be complete: then set "
    "end_frequency below 1"
)

#: One row of the table: its ``COLUMNS``, as far as they apply.
Corner: TypeAlias = dict[str, float]


def check_corners(simulator: CellSimulator, seed: int) -> list[Corner]:
    """Draw one trajectory at each corner of the ranges of a cell with a sweep.

    Parameters
    ----------
    simulator : CellSimulator
        That of the cell.
    seed : int
        The run's.

    Returns
    -------
    list of dict
        2Ns and the likely duration are those of the population size at the end of the sweep.
        Durations and the origin, when the allele arose, are in generations; the origin counts
        back from today.

    Raises
    ------
    CoalflowError
        If a sweep cannot be simulated, with the cell's name and the values.
    """
    rows = []
    for index, values in enumerate(_list_corners(simulator, seed)):
        corner_seed = seeds.derive_replicate_seed(seed, f"corner of {simulator.cell}", index)
        try:
            rows.append({**values, **_draw_trajectory(simulator, values, corner_seed)})
        except CoalflowError as error:
            at = ", ".join(f"{name} {value:g}" for name, value in values.items())
            raise CoalflowError(f"cell {simulator.cell}, at {at}: {error}") from None
    return rows


def _list_corners(simulator: CellSimulator, seed: int) -> Iterator[dict[str, float]]:
    """Yield the lowest and highest values of the ranges in every combination."""
    prior = simulator.prior
    drawn: list[Mapping[str, Any]] = [
        prior.draw(seeds.derive_replicate_seed(seed, f"range of {simulator.cell}", index))
        for index in range(DRAWN)
    ]
    usable = [values for values in drawn if prior.find_problem(values) is None]
    ends = {
        name: prior.find_ends(name)
        or sorted({extreme(values[name] for values in usable) for extreme in (min, max)})
        for name in RANGED
        if name in prior.names and usable
    }
    for combination in itertools.product(*ends.values()):
        yield dict(zip(ends, combination, strict=True))


def _draw_trajectory(simulator: CellSimulator, values: Mapping[str, float], seed: int) -> Corner:
    """Draw a trajectory and describe it; what has no range is drawn as for a replicate."""
    parameters = simulator.draw(seed).parameters
    graph, history = simulator.build_graph(parameters), simulator.history
    sampler = TrajectorySampler(
        generations.expand_graph(graph), history.population, history.selected_in
    )
    selection = collect_selection({**parameters, **values})
    try:
        trajectory = sampler.draw(
            seeds.derive_generator(seed, "sweep"), selection, round(values["fixation_time"])
        )
    except CoalflowError as error:
        raise CoalflowError(f"{error}{MIGRANTS if graph.migrations else ''}") from None
    ended = min(trajectory.fixation_time, len(sampler.lineage) - 1)
    chromosomes = sampler.history.chromosomes[ended, sampler.lineage[ended]]
    return {
        "2Ns": chromosomes * selection.coefficient,
        "likely_duration": sweep_duration.estimate_duration(selection, chromosomes)[0],
        "duration": trajectory.selection_began - trajectory.fixation_time,
        "origin": trajectory.origin,
        "tries": trajectory.tries,
    }
