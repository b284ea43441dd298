"""What contradicts a population history: sizes in the config, or a demes file."""

from coalflow.config import catalogue, grid, histories, messages
from coalflow.config.consistency import priors, ranges, sweeps
from coalflow.core.errors import CoalflowError


def of_graph(simulation, limits):
    """Yield what contradicts a graph, why it cannot be read, and names it does not have."""
    demography, place = simulation["demography"], ("simulation", "demography")
    source = "demes" if "demes" in demography else "stdpopsim"
    if {"demes", "stdpopsim"} <= set(demography):
        yield (*place, "stdpopsim"), "is given beside `demes`: delete one"
        return
    paths = [(*place, key) for key in (*replaced(simulation), "histories") if demography.get(key)]
    paths += [
        ("simulation", section, key)
        for section in ("grid", "prior")
        for key in replaced(simulation)
        if key in simulation.get(section, {})
    ]
    for path in paths:
        message = f"contradicts simulation.demography.{source}, which tells all of the history"
        yield path, f"{message}: delete one"
    try:
        content = catalogue.of_config(simulation)
    except CoalflowError as error:
        yield (*place, source), f"is {demography[source]!r}: {error}"
        return
    yield from _population_mistakes(simulation, content)
    yield from priors.of_paths(simulation, content, limits)
    if "selected_in" in demography and grid.sweeps(simulation) == ["neutral"]:
        yield (*place, "selected_in"), "is for sweeps, and there are none: delete it"
    yield from sweeps.too_strong(simulation, histories.largest_size(content), "the file's sizes")


def _population_mistakes(simulation, content):
    """Yield names of populations that a demes file does not have, or that are missing."""
    demography, place = simulation["demography"], ("simulation", "demography")
    today, of_today = histories.today(content), "populations of today"
    several = isinstance(simulation["samples"], dict)
    if several:
        for name in simulation["samples"]:
            if name not in today:
                path = ("simulation", "samples", name)
                yield path, messages.unknown(name, of_today, today)
    if "population" in demography:
        path = (*place, "population")
        if demography["population"] not in today:
            yield path, messages.unknown(demography["population"], of_today, today)
        elif several and grid.sweeps(simulation) == ["neutral"]:
            yield path, "is where sweeps end, and there are none: delete it"
    elif len(today) > 1 and not several:
        message = f"is missing: {', '.join(today)} exist today, name one of them"
        yield (*place, "population"), f"{message}, or sample several (simulation.samples)"
    elif len(today) > 1 and grid.sweeps(simulation) != ["neutral"]:
        message = f"is missing: name the one of {', '.join(today)} in which sweeps end"
        yield (*place, "population"), message
    names = histories.names(content)
    for number, name in enumerate(demography.get("selected_in", ())):
        if name not in names:
            message = messages.unknown(name, "populations", names)
            yield (*place, "selected_in", number), message


def replaced(simulation):
    """Return the parameters in whose place there is a graph."""
    in_place = [name for name, place in grid.PLACES.items() if place[0] == "demography"]
    return in_place if grid.has_graph(simulation) else []


def of_histories(simulation):
    """Yield what is wrong with the histories of the config, and with which is chosen."""
    demography = simulation["demography"]
    if isinstance(simulation["samples"], dict):
        message = "names populations, and only a demes file (demography.demes) has several"
        yield ("simulation", "samples"), f"{message}: give a number, or a file"
    for key in ("population", "selected_in"):
        if key in demography:
            yield ("simulation", "demography", key), "goes with a demes file (`demes`): delete it"
    for name, epochs in demography["histories"].items():
        path = ("simulation", "demography", "histories", name)
        if name == "constant":
            yield path, "is the built-in history without change: choose another name"
        end_times = [epoch.get("end_time") for epoch in epochs]
        if end_times[-1] is not None:
            yield path, "ends before today: the last epoch must have no end_time"
        earlier = end_times[:-1]
        if None in earlier:
            yield path, "has an epoch without end_time before the last one: add it"
        elif any(older <= younger for older, younger in zip(earlier, earlier[1:], strict=False)):
            yield path, f"has end_times {earlier}: list epochs from the oldest to the youngest"
        if epochs[0].get("end_size", epochs[0]["start_size"]) != epochs[0]["start_size"]:
            yield path, "changes size in its first epoch, which has no beginning: make it constant"
    known = ["constant", *demography["histories"]]
    grid, drawn = simulation.get("grid", {}), simulation["prior"].get("history", {})
    place = ("grid",) if "history" in grid else ("demography",)
    chosen = grid.get("history", [demography[key] for key in ("history",) if key in demography])
    for name in chosen:
        if name not in known:
            yield ("simulation", *place, "history"), messages.unknown(name, "histories", known)
    if "categorical" in drawn:
        chosen = [name for name in drawn["categorical"]["values"] if name in known]
    multiples = [
        epoch.get(end, 0)
        for name in chosen
        for epoch in demography["histories"].get(name, histories.CONSTANT)
        for end in ("start_size", "end_size")
    ]
    _, largest = ranges.extreme(simulation, "population_size", max)
    if largest is not None and multiples:
        yield from sweeps.too_strong(simulation, largest * max(multiples), "population_size")
