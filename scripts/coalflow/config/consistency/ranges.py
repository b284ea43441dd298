"""The lowest and the highest value that a scenario parameter may take in a run."""

from collections.abc import Callable
from typing import Any

from coalflow.config.fields.section import Path, is_number
from coalflow.config.registry.parameters import PARAMETERS
from coalflow.config.schema.distributions import Distribution
from coalflow.config.schema.simulation import Simulation


def find_extreme(simulation: Simulation, name: str, choose: Callable[..., Any]) -> tuple[Path, Any]:
    """Return the path and the largest or smallest value that a parameter may take.

    Parameters
    ----------
    simulation : Simulation
    name : str
        The parameter.
    choose : callable
        ``min`` or ``max``.

    Returns
    -------
    tuple of path and number
        The number is None where only drawing can tell.
    """
    if name in simulation.axes:
        return ("simulation", "grid", name), choose(simulation.axes[name])
    if name in simulation.prior:
        return ("simulation", "prior", name), _find_end(simulation.prior[name], choose)
    return ("simulation", name), simulation.single_value(name)


def list_places(simulation: Simulation, name: str) -> list[Path]:
    """Return the paths at which a parameter has a value or several.

    Parameters
    ----------
    simulation : Simulation
    name : str
        The parameter.
    """
    places: list[Path] = []
    if name in PARAMETERS and simulation.single_value(name) is not None:
        places.append(("simulation", *PARAMETERS[name].section))
    if name in simulation.axes:
        places.append(("simulation", "grid", name))
    if name in simulation.prior:
        places.append(("simulation", "prior", name))
    return places


def _find_end(distribution: Distribution, choose: Callable[..., Any]) -> Any:
    if distribution.categorical is not None:
        values = distribution.categorical.values
        return choose(values) if all(is_number(value) for value in values) else None
    end = distribution.arguments.get("low" if choose is min else "high")
    return end if isinstance(end, (int, float)) else None
