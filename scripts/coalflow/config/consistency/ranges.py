"""The lowest and the highest value that a scenario parameter may take in a run."""

from coalflow.config import grid


def extreme(simulation, name, choose):
    """Return the place and the largest or smallest value that a parameter may take.

    ``choose`` is ``min`` or ``max``. The value is None where only drawing can tell.
    """
    if name in simulation.get("grid", {}):
        return ("simulation", "grid", name), choose(simulation["grid"][name])
    if name in simulation.get("prior", {}):
        return ("simulation", "prior", name), _of_prior(simulation["prior"][name], choose)
    if name in grid.PLACES:
        return ("simulation", name), grid.single_value(simulation, name)
    return ("simulation", name), simulation.get(name)


def places(simulation, name):
    """Yield the paths at which a parameter has a value or several."""
    place = grid.PLACES.get(name, (name,))
    section = simulation if len(place) == 1 else simulation[place[0]]
    if place[-1] in section:
        yield ("simulation", *place)
    for several in ("grid", "prior"):
        if name in simulation.get(several, {}):
            yield ("simulation", several, name)


def _of_prior(distribution, choose):
    ((kind, told),) = distribution.items()
    if kind == "categorical":
        return choose(told["values"])
    if isinstance(told, list):
        ends = told
    elif isinstance(told, dict):
        ends = [told.get("low"), told.get("high")]
    else:
        return None
    end = ends[0] if choose is min else ends[1]
    return end if isinstance(end, (int, float)) else None
