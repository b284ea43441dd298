"""Whether the sweep of a cell can be simulated, found out by its most extreme cases.

A sweep may be refused (standing variation in several populations), not yet exist (it
would begin before its population did) or be hopeless (it is hardly ever over in time).
All three show in the corners of the parameters' ranges, in one allele-frequency
trajectory each, long before the first window is simulated.
"""

import itertools

from coalflow.core import seeds
from coalflow.core.errors import CoalflowError
from coalflow.simulation.sweeps import generations, phases, sweep_duration
from coalflow.simulation.sweeps.trajectory import Sampler

DRAWN = 1000  # draws of the prior, of which the extreme ones make the corners
RANGED = ("selection_coefficient", "start_frequency", "fixation_time")
COLUMNS = (*RANGED, "2Ns", "likely_duration", "duration", "origin", "tries")

MIGRANTS = (
    ". Where migrants bring in the other allele, a sweep may never be complete: then set "
    "end_frequency below 1"
)


def check_corners(scenario, seed):
    """Return a dict with ``COLUMNS`` for each corner of the ranges of a cell with a sweep.

    ``scenario`` is the cell's :class:`coalflow.simulation.cell_simulator.CellSimulator`, ``seed`` the
    run's. 2Ns and the likely duration are those of the size at the end of the sweep.
    Durations and the origin, which is the time when the allele arose, are in generations.

    Raises CoalflowError, with the cell's name and the values, for what cannot be simulated.
    """
    rows = []
    for number, values in enumerate(_corners(scenario, seed)):
        corner_seed = seeds.derive_replicate_seed(seed, f"corner of {scenario.cell}", number)
        try:
            rows.append({**values, **_draw(scenario, values, corner_seed)})
        except CoalflowError as error:
            at = ", ".join(f"{name} {value:g}" for name, value in values.items())
            raise CoalflowError(f"cell {scenario.cell}, at {at}: {error}") from None
    return rows


def _corners(scenario, seed):
    """Yield the lowest and highest values of the ranges in every combination, as dicts."""
    prior = scenario.prior
    drawn = [
        prior.draw(seeds.derive_replicate_seed(seed, f"range of {scenario.cell}", number))
        for number in range(DRAWN)
    ]
    usable = [one for one in drawn if prior.problem(one) is None]
    ends = {
        name: prior.ends(name)
        or sorted({extreme(one[name] for one in usable) for extreme in (min, max)})
        for name in RANGED
        if name in prior.names and usable
    }
    for values in itertools.product(*ends.values()):
        yield dict(zip(ends, values, strict=True))


def _draw(scenario, values, seed):
    """Draw one trajectory and describe it; what is no corner is drawn as for a replicate."""
    drawn, _, _ = scenario.draw(seed)
    graph = scenario.graph(drawn)
    sampler = Sampler(generations.expand_graph(graph), scenario.population, scenario.selected_in)
    selection = phases.collect_selection({**drawn, **values})
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
