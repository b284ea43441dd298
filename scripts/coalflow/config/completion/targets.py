"""Targets as they are written, completed: the one form that all else takes."""

from typing import Any

from coalflow.config import grid
from coalflow.config.histories import sampling
from coalflow.config.histories.contents import Content
from coalflow.config.registry.parameters import CATEGORICAL
from coalflow.config.registry.statistics import BRANCH, STATISTICS
from coalflow.config.schema.samples import Samples
from coalflow.config.schema.simulation import Simulation
from coalflow.config.schema.targets import (
    ParameterTarget,
    StatisticTarget,
    Target,
    TargetDefinition,
    Targets,
    list_written,
)


def complete_targets(written: Any, simulation: Simulation, graph: Content | None = None) -> Targets:
    """Return the targets in their one form, in alphabetical order, however they are written.

    Parameters
    ----------
    written : str, tuple of str or dict
        The section ``target``.
    simulation : Simulation
        Says which populations are sampled, and which values classes have.
    graph : dict, optional
        The content of the demes file, whose units times have.
    """
    definitions = {
        name: complete_target(name, definition, simulation, graph)
        for _, name, definition in sorted(list_written(written), key=lambda one: one[1])
    }
    first = next(iter(definitions.values()))
    classes = None
    if isinstance(first, ParameterTarget) and first.scale is None:
        classes = grid.list_classes(simulation, first.parameter)
    return Targets(definitions=definitions, classes=classes)


def complete_target(
    name: str, definition: TargetDefinition, simulation: Simulation, graph: Content | None = None
) -> Target:
    """Return a target with nothing left open.

    Parameters
    ----------
    name : str
        The name of the target.
    definition : TargetDefinition
        As far as it is written.
    simulation, graph
        As in :func:`complete_targets`.
    """
    if definition.source is not None and not definition.parameter:
        return _complete_ancestry(definition, definition.source, graph)
    given = definition.parameter or definition.statistic
    if definition.statistic or (not given and name in STATISTICS):
        return _complete_statistic(name, definition, simulation, graph)
    parameter = definition.parameter or name
    if parameter == "gene_flow":
        return ParameterTarget(parameter=parameter, label=definition.label or "happened")
    if parameter in CATEGORICAL:
        return ParameterTarget(parameter=parameter)
    return ParameterTarget(parameter=parameter, scale=definition.scale or "linear")


def _complete_statistic(
    name: str, definition: TargetDefinition, simulation: Simulation, graph: Content | None
) -> StatisticTarget:
    statistic = definition.statistic or name
    populations, record = definition.populations, STATISTICS[statistic]
    sampled = Samples.from_config(simulation.samples, simulation.ploidy).populations
    # Where as many populations are sampled as the statistic compares, they need no naming.
    are_all = len(sampled) in record.sets and not record.needs_moves
    if not populations and 0 not in record.sets and are_all:
        populations = tuple(sampled)
    return StatisticTarget.model_construct(
        statistic=statistic,
        of=populations,
        mode=definition.mode or record.modes[0],
        scale=definition.scale or "linear",
        since=definition.since and sampling.count_generations(definition.since, graph),
    )


def _complete_ancestry(
    definition: TargetDefinition, source: str, graph: Content | None
) -> StatisticTarget:
    return StatisticTarget.model_construct(
        statistic="introgression",
        of=(*definition.populations, source),
        mode=BRANCH,
        scale="linear",
        since=definition.since and sampling.count_generations(definition.since, graph),
        at_sites=True,
    )
