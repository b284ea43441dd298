"""Which populations of a graph can be sampled, and when."""

import math
from collections.abc import Mapping
from typing import Any

from coalflow.config.histories import contents, stdpopsim_catalogue
from coalflow.config.histories.contents import Content
from coalflow.config.schema.samples import EVERYONE, SampledPopulation
from coalflow.config.schema.simulation import Simulation

TODAY = 0


def list_default_times(simulation: Simulation, content: Content) -> dict[str, float]:
    """Return when each population is sampled unless the config gives a time.

    In a model of stdpopsim's these are the times of the catalogue; in a demes file, populations
    of today are sampled today.

    Parameters
    ----------
    simulation : Simulation
    content : dict
        Of the graph.

    Returns
    -------
    dict of str to float
        By population, in the time units of the graph. A population that is not in it can be
        sampled only at a time that the config gives.
    """
    demography = simulation.demography
    if demography.stdpopsim is not None and simulation.species is not None:
        return stdpopsim_catalogue.find_sampling_times(simulation.species, demography.stdpopsim)
    return dict.fromkeys(contents.list_populations_today(content), TODAY)


def find_population(simulation: Simulation, content: Content) -> str | None:
    """Return the population in which sweeps end, and of which a mere number of samples is.

    Parameters
    ----------
    simulation : Simulation
    content : dict
        Of the graph.

    Returns
    -------
    str or None
        The one that the config names, or the only one that is sampled today by default. None where
        there are several.
    """
    if simulation.demography.population is not None:
        return simulation.demography.population
    times = list_default_times(simulation, content)
    today = [name for name, time in times.items() if time == TODAY]
    return today[0] if len(today) == 1 else None


def list_times(simulation: Simulation, content: Content) -> dict[str, float]:
    """Return when each population of the samples is sampled, as far as that is known.

    Parameters
    ----------
    simulation : Simulation
    content : dict
        Of the graph.

    Returns
    -------
    dict of str to float
        By population, in the time units of the graph.
    """
    defaults = list_default_times(simulation, content)
    if isinstance(simulation.samples, int):
        only = find_population(simulation, content)
        written: Mapping[str, int | SampledPopulation] = (
            {} if only is None else {only: simulation.samples}
        )
    else:
        written = simulation.samples
    known = {**defaults, **_list_given_times(written)}
    return {name: known[name] for name in written if name in known}


def list_times_in_generations(simulation: Simulation, content: Content | None) -> dict[str, float]:
    """Return when the populations that are not sampled today were, in generations ago.

    Parameters
    ----------
    simulation : Simulation
    content : dict, optional
        Of the graph. Without one, as where simulations are imported, times are in generations.

    Returns
    -------
    dict of str to float
        By the names of the populations as the samples have them.
    """
    if content is None:
        samples = {} if isinstance(simulation.samples, int) else simulation.samples
        return {n: time for n, time in _list_given_times(samples).items() if time != TODAY}
    known = list_times(simulation, content).items()
    times = {name: count_generations(time, content) for name, time in known}
    if isinstance(simulation.samples, int):
        times = dict(zip([EVERYONE], times.values(), strict=False))
    return {name: time for name, time in times.items() if time != TODAY}


def count_generations(time: float, content: Content | None) -> float:
    """Return a time in generations.

    Parameters
    ----------
    time : float
        In the time units of the graph.
    content : dict, optional
        Of the graph. Without one, times are in generations.

    Examples
    --------
    >>> count_generations(5000, {"time_units": "years", "generation_time": 25, "demes": []})
    200.0
    """
    # Divided as the demes library divides the times of the graph, so that equal times stay equal.
    return time if content is None else time / content.get("generation_time", 1)


def describe_age(generations: float, content: Content) -> str:
    """Return a time in words, in the time units of the graph.

    Parameters
    ----------
    generations : float
        Generations ago.
    content : dict
        Of the graph.

    Examples
    --------
    >>> describe_age(200, {"time_units": "years", "generation_time": 25, "demes": []})
    '5,000 years ago'
    """
    time = generations * content.get("generation_time", 1)
    return f"{time:,.10g} {content.get('time_units', 'generations')} ago"


def _list_given_times(samples: Mapping[str, int | SampledPopulation]) -> dict[str, float]:
    """Return the times that the samples are written with."""
    return {
        name: sample.time
        for name, sample in samples.items()
        if isinstance(sample, SampledPopulation) and sample.time is not None
    }


def find_life(name: str, content: Content) -> tuple[float, float]:
    """Return when a population ended and when it began, in the time units of the graph.

    Parameters
    ----------
    name : str
        Of the population.
    content : dict
        Of the graph.

    Examples
    --------
    >>> demes = [
    ...     {"name": "old", "epochs": [{"start_size": 9000, "end_time": 2000}]},
    ...     {"name": "north", "ancestors": ["old"], "epochs": [{"start_size": 500}]},
    ... ]
    >>> find_life("north", {"time_units": "generations", "demes": demes})
    (0, 2000)
    """
    deme = next(deme for deme in content["demes"] if deme["name"] == name)
    return contents.find_end_time(deme, content), _find_start_time(deme, content)


def _find_start_time(deme: Content, content: Content) -> float:
    """Return when a deme began: as it says, by defaults, or when its one ancestor ended."""
    defaults: Mapping[str, Any] = (content.get("defaults") or {}).get("deme") or {}
    start = deme.get("start_time", defaults.get("start_time"))
    if start is not None:
        return math.inf if start == "Infinity" else start
    ancestors = deme.get("ancestors", defaults.get("ancestors")) or []
    if len(ancestors) != 1:
        return math.inf
    return next(
        (
            contents.find_end_time(one, content)
            for one in content["demes"]
            if one["name"] in ancestors
        ),
        math.inf,
    )
