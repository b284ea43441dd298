"""Introgression that cannot be: from populations that a history does not have, or never meets."""

from collections.abc import Iterator

from coalflow.config.fields.section import Mistake, Path
from coalflow.config.histories import contents, graphs, kinds, sampling
from coalflow.config.histories.contents import Content
from coalflow.config.histories.reach import find_sources
from coalflow.config.schema.simulation import Simulation
from coalflow.config.schema.targets import StatisticTarget
from coalflow.config.schema.whole import Config
from coalflow.core.errors import CoalflowError, describe_unknown

EXAMPLE = "`of: [EUR, NEA]` is for ancestry of EUR that is from NEA"
ANCESTRY_EXAMPLE = "`{of: EUR, from: NEA}` is for ancestry of EUR that is from NEA"


def check_introgression(path: Path, target: StatisticTarget, config: Config) -> Iterator[Mistake]:
    """Yield why the true introgression of a target cannot be known, or is always 0.

    Parameters
    ----------
    path : tuple
        Of the target.
    target : StatisticTarget
        A statistic of lineages that moved.
    config : Config
    """
    simulation, where = config.simulation, (*path, "of")
    where_source = (*path, "from") if target.at_sites else where
    if len(target.of) == 2 and target.of[0] == target.of[1]:
        message = f"is {target.of[0]}, whose own ancestry is not gene flow: name the population"
        yield where_source, f"{message} that genes came from"
        return
    if len(target.of) != 2:
        example = ANCESTRY_EXAMPLE if target.at_sites else EXAMPLE
        yield path if target.at_sites else where, f"must name two populations: {example}"
        return
    of, source = target.of
    if of not in config.samples.populations:
        known = config.samples.populations
        if known:
            yield where, describe_unknown(of, "sampled populations", known)
        else:
            message = f"names {of}, but simulation.samples does not name its population"
            yield where, f"{message}: write there `{{{of}: {simulation.samples}}}`"
        return
    if simulation.imported:  # only the files know their populations
        names = simulation.imported.populations
        if names.get(of, of) == names.get(source, source):
            message = f"is {source}, which simulation.import.populations maps to the same as {of}"
            yield where_source, f"{message}: name the population that genes came from"
        return
    if simulation.has_sweeps:
        message = "is introgression, and where there are sweeps it is not recorded which lineages"
        yield path, f"{message} moved: delete the sweeps, or choose another"
        return
    if config.graph is None:
        if not simulation.demography.has_graph:
            message = "is introgression, and there is no gene flow in a history of one population"
            yield path, f"{message}: name a demes file in simulation.demography.demes"
        return
    known = contents.list_populations(config.graph)
    if source not in known:
        yield where_source, describe_unknown(source, "populations of the history", known)
        return
    yield from _check_meeting(path, target, config, config.graph)


def _check_meeting(
    path: Path, target: StatisticTarget, config: Config, content: Content
) -> Iterator[Mistake]:
    """Yield that no lineage of the sample ever gets into the other population by gene flow."""
    (of, source), since = target.of, target.since
    try:
        graph = graphs.resolve_graph(_drop_unused(config.simulation, content))
    except CoalflowError:
        return  # the graph's check says why
    time = config.sampling_times.get(of, sampling.TODAY)
    vary = kinds.vary_times(config.simulation)
    found = find_sources(graph, of, time, vary)
    if source in found:
        first = found[source]
        if since is not None and not vary and since < first:
            earliest, written = (sampling.describe_age(one, content) for one in (first, since))
            message = f"is {written}, but gene flow from {source} into {of} was {earliest} or"
            yield (*path, "since"), f"{message} earlier: raise it"
        return
    where = (*path, "of")
    message = f"is introgression of {of} from {source}, but no lineage of {of} ever gets into"
    if source in find_sources(graph, of, time, times_vary=True):
        message = f"{message} {source} by a pulse or migration before {of} is sampled"
        when = sampling.describe_age(time, content)
        yield where, f"{message}, {when}: move the pulse, or sample {of} more recently"
        return
    others = [name for name in found if name != of]
    fix = f"name one of {', '.join(others)}" if others else "add a pulse to the history"
    yield where, f"{message} {source} by a pulse or migration: {fix}"


def _drop_unused(simulation: Simulation, content: Content) -> Content:
    """Return the history without the pulses and migrations that are off in all simulated kinds."""
    switched = kinds.switch_kinds(simulation.demography.gene_flow)
    off = [{*switched[name].off} for name in kinds.list_chosen(simulation)]
    return contents.drop_parts(content, sorted(set.intersection(*off))) if off else content
