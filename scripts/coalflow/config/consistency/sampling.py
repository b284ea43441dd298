"""Populations of a graph that cannot be sampled, or not at the time that is given."""

import itertools
import math
from collections.abc import Iterable, Iterator

from coalflow.config.fields.section import Mistake, Path, is_number
from coalflow.config.histories import contents, sampling
from coalflow.config.histories.contents import Content
from coalflow.config.histories.sampling import TODAY
from coalflow.config.schema.samples import SampledPopulation, count_individuals
from coalflow.config.schema.simulation import Simulation
from coalflow.config.settings.simulating import History
from coalflow.core.errors import describe_unknown

POPULATION = ("simulation", "demography", "population")
SAMPLES = ("simulation", "samples")
MOST_GRAPHS = 1000  # of cells with different times; more are checked when they are simulated


def check_sampling(simulation: Simulation, content: Content) -> Iterator[Mistake]:
    """Yield populations that a graph does not have, or that cannot be sampled when they are.

    Parameters
    ----------
    simulation : Simulation
    content : dict
        Of the graph.
    """
    mistakes = [*_check_population(simulation, content), *_check_names(simulation, content)]
    yield from mistakes
    if mistakes:
        return
    for name, time in sampling.list_times(simulation, content).items():
        path, when = _find_path(simulation, name), f"{time:,.10g} {content['time_units']} ago"
        problem = _find_problem(simulation, content, name, time)
        if problem:
            yield path, f"samples {name} {when}, but it existed {problem}"
        if simulation.has_sweeps and time != TODAY:
            message = f"samples {name} {when}, and where there are sweeps everyone is sampled today"
            yield path, f"{message}: delete the sweeps, or sample other populations"


def _find_problem(simulation: Simulation, content: Content, name: str, time: float) -> str | None:
    """Return when a population existed, if it did not when it is sampled, in any cell."""
    for gridded, changed in _list_graphs(simulation, content):
        end, start = sampling.find_life(name, changed)
        if is_number(end) and not end <= time < start:
            return f"{_describe_life(name, changed)}{gridded}"
    return None


def _list_graphs(simulation: Simulation, content: Content) -> Iterator[tuple[str, Content]]:
    """Yield the graphs of cells as far as times differ, and with which values, in words.

    Where times are drawn, only drawing can tell: a draw that cannot be sampled is refused then.
    """
    if any(_is_time(name) for name in simulation.prior):
        return
    known = contents.list_paths(content)
    axes = {n: values for n, values in simulation.axes.items() if _is_time(n) and n in known}
    combinations = itertools.product(*axes.values())
    for values in itertools.islice(combinations, MOST_GRAPHS):
        gridded = dict(zip(axes, values, strict=True))
        words = ", ".join(f"{name} {value:g}" for name, value in gridded.items())
        history = History(graph=content, population="")
        yield f", with {words}" if words else "", contents.make_content(history, gridded)


def _is_time(name: str) -> bool:
    return name.startswith("demes.") and name.endswith("_time")


def _check_population(simulation: Simulation, content: Content) -> Iterator[Mistake]:
    """Yield that the population in which sweeps end, or that is sampled, is missing or unknown."""
    named, several = simulation.demography.population, not isinstance(simulation.samples, int)
    defaults = sampling.list_default_times(simulation, content)
    choice = [name for name in defaults if not simulation.has_sweeps or defaults[name] == TODAY]
    if named is None:
        if sampling.find_population(simulation, content) is not None:
            return
        if not several:
            message = f"is missing: {', '.join(choice)} can be sampled, name one of them"
            yield POPULATION, f"{message}, or sample several (simulation.samples)"
        elif simulation.has_sweeps:
            message = f"is missing: name the one of {', '.join(choice)} in which sweeps end"
            yield POPULATION, message
    elif named not in choice:
        are_of_today = all(defaults[name] == TODAY for name in choice)
        what = "populations of today" if are_of_today else "populations that can be sampled"
        yield POPULATION, describe_unknown(named, what, choice)
    elif several and not simulation.has_sweeps:
        yield POPULATION, "is where sweeps end, and there are none: delete it"


def _check_names(simulation: Simulation, content: Content) -> Iterator[Mistake]:
    """Yield names of samples that the graph does not have, or that need a time."""
    if isinstance(simulation.samples, int):
        return
    known, times = contents.list_populations(content), sampling.list_times(simulation, content)
    defaults = sampling.list_default_times(simulation, content)
    for name in simulation.samples:
        if name not in known:
            fix = ""
            if {*simulation.samples} == set(SampledPopulation.model_fields):
                fix = ". One population with a time is written {name: {individuals: 5, time: 100}}"
            message = describe_unknown(name, "populations", list(defaults))
            yield (*SAMPLES, name), f"{message}{fix}"
        elif name not in times:
            individuals = count_individuals(simulation.samples[name])
            message = f"{_say_why(simulation, defaults)}: say when it is sampled, which can be"
            example = f"{{individuals: {individuals}, time: ...}}"
            yield (*SAMPLES, name), f"{message} {_describe_life(name, content)}, with {example}"


def _say_why(simulation: Simulation, defaults: Iterable[str]) -> str:
    """Return why a population is not sampled unless a time is given."""
    model = simulation.demography.stdpopsim
    if model is None:
        return "is extinct today"
    return f"is not sampled in {model}, where {', '.join(defaults)} are"


def _find_path(simulation: Simulation, name: str) -> Path:
    """Return the path of the key that says when a population is sampled."""
    if isinstance(simulation.samples, int):
        return POPULATION if simulation.demography.population else SAMPLES
    written = simulation.samples[name]
    has_time = isinstance(written, SampledPopulation) and written.time is not None
    return (*SAMPLES, name, "time") if has_time else (*SAMPLES, name)


def _describe_life(name: str, content: Content) -> str:
    """Return when a population existed, in words."""
    (end, start), units = sampling.find_life(name, content), content["time_units"]
    if end == TODAY:
        return "at any time" if start == math.inf else f"from {start:,.10g} {units} ago until today"
    if start == math.inf:
        return f"until {end:,.10g} {units} ago"
    return f"from {start:,.10g} to {end:,.10g} {units} ago"
