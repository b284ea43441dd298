"""Whether the sweep of a cell can be simulated, found out by its most extreme cases.

A sweep may be refused (standing variation in several populations), not yet exist (it
would begin before its population did) or be hopeless (it is hardly ever over in time).
All three show in the corners of the parameters' ranges, in one allele-frequency
trajectory each, long before the first window is simulated.
"""

import itertools

from coalflow import demography, priors, seeds
from coalflow.errors import CoalflowError
from coalflow.simulation import durations, generations, sweep
from coalflow.simulation.trajectory import Sampler

RANGED = ("selection_coefficient", "start_frequency", "fixation_time")
COLUMNS = (*RANGED, "2Ns", "likely_duration", "duration", "origin", "tries")

MIGRANTS = (
    ". Where migrants bring in the other allele, a sweep may never be complete: then set "
    "end_frequency below 1"
)


def of_cell(cell, parameters, history, seed):
    """Return a dict with ``COLUMNS`` for each corner of the ranges of a cell with a sweep.

    ``cell`` is its name, ``history`` what ``histories.of_cell`` tells of it, ``seed`` the
    run's. 2Ns and the likely duration are those of the size at the end of the sweep.
    Durations and the origin, which is the time when the allele arose, are in generations.

    Raises CoalflowError, with the cell's name and the values, for what cannot be simulated.
    """
    try:
        graph = demography.to_graph(history["graph"])
        demography.to_msprime(graph)
        sampler = Sampler(
            generations.of_graph(graph), history["population"], history["selected_in"]
        )
    except CoalflowError as error:
        raise CoalflowError(f"cell {cell}: {error}") from None
    rows = []
    for values in _corners(parameters):
        corner_seed = seeds.integer(seed, "corner", cell, *values.values())
        try:
            rows.append({**values, **_draw(sampler, parameters, values, corner_seed)})
        except CoalflowError as error:
            at = ", ".join(f"{name} {value:g}" for name, value in values.items())
            hint = MIGRANTS if graph.migrations else ""
            raise CoalflowError(f"cell {cell}, at {at}: {error}{hint}") from None
    return rows


def _corners(parameters):
    """Yield the lowest and highest values of the ranges in every combination, as dicts."""
    ends = {name: _ends(parameters[name]) for name in RANGED if name in parameters}
    for values in itertools.product(*ends.values()):
        yield dict(zip(ends, values, strict=True))


def _ends(value):
    if not isinstance(value, dict):
        return [value]
    (limits,) = value.values()
    return limits


def _draw(sampler, parameters, values, seed):
    """Draw one trajectory and describe it; what is no corner is drawn as for a replicate."""
    drawn = {**priors.draw(parameters, seed), **values}
    selection = sweep.selection_of(drawn)
    trajectory = sampler.draw(
        seeds.generator(seed, "sweep"), selection, round(drawn["fixation_time"])
    )
    ended = min(trajectory.fixation_time, len(sampler.lineage) - 1)
    chromosomes = sampler.history.chromosomes[ended, sampler.lineage[ended]]
    return {
        "2Ns": chromosomes * selection.coefficient,
        "likely_duration": durations.mean_and_deviation(selection, chromosomes)[0],
        "duration": trajectory.selection_began - trajectory.fixation_time,
        "origin": trajectory.origin,
        "tries": trajectory.tries,
    }
