"""Targets that cannot be predicted or computed, and baselines that cannot predict them."""

from collections.abc import Iterator

from coalflow.config import grid
from coalflow.config.completion.targets import complete_target
from coalflow.config.consistency.ancestry import check_ancestry
from coalflow.config.consistency.graphs.gene_flow import check_moving
from coalflow.config.consistency.graphs.introgression import check_introgression
from coalflow.config.defaults import list_suitable_baselines, why_not_classical
from coalflow.config.fields.section import Mistake, Path, show
from coalflow.config.histories import kinds
from coalflow.config.registry.baselines import CLASSICAL, list_baselines
from coalflow.config.registry.parameters import CATEGORICAL, PARAMETERS, PATHS
from coalflow.config.registry.statistics import BRANCH, STATISTICS
from coalflow.config.schema.imports import Import
from coalflow.config.schema.samples import Samples
from coalflow.config.schema.simulation import Simulation
from coalflow.config.schema.targets import (
    ParameterTarget,
    StatisticTarget,
    TargetDefinition,
    list_written,
)
from coalflow.config.schema.whole import Config
from coalflow.core.errors import describe_unknown, suggest_nearest

GENE_FLOW = "gene_flow"
# Columns of split.parquet and of dataset.tsv that are not targets.
NOT_TARGETS = {
    *("cell", "cells", "shard", "row", "replicate", "seed", "split", "reason", "sites"),
    *("refused_draws", "simulated_gene_flow"),
}


def check_targets(config: Config) -> Iterator[Mistake]:
    """Yield why a target cannot be predicted."""
    written, simulation = list_written(config.target), config.simulation
    known = {*grid.list_differing(simulation), *grid.list_parameters(simulation)}
    known |= {*PARAMETERS, *CATEGORICAL}
    for path, name, definition in written:
        if definition.parameter is not None and definition.statistic is not None:
            yield path, "is both a parameter and a statistic: delete one of the two"
            continue
        if definition.parameter is not None and definition.source is not None:
            yield path, "is both a parameter and ancestry (`from`): delete one of the two"
            continue
        target = complete_target(name, definition, simulation, config.graph)
        is_itself = isinstance(target, ParameterTarget) and target.parameter == name
        if name in NOT_TARGETS or (name in known and not is_itself):
            yield path, f"is {name}, the name of something else: choose another"
        elif isinstance(target, StatisticTarget) and target.at_sites:
            mistaken = [*check_introgression(path, target, config)]
            yield from mistaken or check_ancestry(path, definition, target, config)
        elif isinstance(target, StatisticTarget):
            yield from _check_statistic(path, definition, target, config)
        else:
            yield from _check_parameter(path, definition, target.parameter, config, known)
            if target.scale is None and len(written) > 1:
                message = f"has classes ({target.parameter}), and these are predicted alone"
                yield path, f"{message}: make it the only target, or remove it"


def list_parameters(config: Config) -> list[str]:
    """Return the names of what is predicted, as far as it is not said to be a statistic."""
    return [
        definition.parameter or name
        for _, name, definition in list_written(config.target)
        if definition.statistic is None and definition.source is None
    ]


# Parameters ----------------------------------------------------------------------------------


def _check_parameter(
    path: Path,
    definition: TargetDefinition,
    parameter: str,
    config: Config,
    known: set[str],
) -> Iterator[Mistake]:
    simulation = config.simulation
    where = path if definition.parameter is None else (*path, "parameter")
    for key in ("of", "mode", "since"):
        if getattr(definition, key) is not None:
            message = f"is for statistics, and {parameter} is not one: delete it"
            yield (*path, key), message
    if definition.label is not None and parameter != GENE_FLOW:
        yield (*path, "label"), f"is for {GENE_FLOW}, not {parameter}: delete it"
    if parameter in CATEGORICAL:
        if definition.scale is not None:
            yield (*path, "scale"), f"is for numbers, and {parameter} has classes: delete it"
        imported = simulation.imported
        if imported and parameter == GENE_FLOW:
            yield from _check_imported_gene_flow(where, definition, imported)
            return
        yield from _check_classes(where, parameter, simulation)
        if parameter == GENE_FLOW and definition.label != "simulated":
            yield from _check_label(where, simulation)
        if parameter == GENE_FLOW:
            yield from check_moving(config)
        return
    differing = grid.list_differing(simulation)
    if parameter in differing:
        return
    if parameter in known or parameter.startswith(PATHS):
        message = f"is {parameter}, which is the same in all simulations"
        ways = f"list values in simulation.grid.{parameter}, or draw it in simulation.prior"
        yield where, f"{message}: {'choose another' if simulation.imported else ways}"
    else:
        choices = [*differing, *(STATISTICS if where == path else ())]
        near = suggest_nearest(parameter, choices)
        is_key = where == path and path[-1] == parameter
        named = f"is {show(parameter)}, but must be"
        if is_key:
            named = "has no `parameter` and no `statistic`: name one there, or let its name be"
        yield where, f"{named} one of: {', '.join(choices)}{near}"


def _check_classes(path: Path, parameter: str, simulation: Simulation) -> Iterator[Mistake]:
    """Yield why a parameter whose values are classes has none, or only one."""
    if simulation.imported and parameter != "class":
        message = f"is {parameter}, but the classes of imported files are called `class`"
        yield path, f"{message}: write that"
    elif simulation.imported:
        if len(simulation.imported.files) < 2:
            message = "is class, and the classes are those of simulation.import.files"
            yield path, f"{message}: list two or more there"
    elif parameter == "class":
        yield path, "is class, which is for simulations that are imported: choose another"
    elif len(grid.list_classes(simulation, parameter)) < 2:
        yield (
            path,
            f"is {parameter}, whose values in simulation.grid are the classes: list two or more in "
            f"simulation.grid.{parameter}",
        )


def _check_imported_gene_flow(
    path: Path, definition: TargetDefinition, imported: Import
) -> Iterator[Mistake]:
    """Yield why imported windows cannot be labelled by the gene flow that happened in them."""
    or_else = "or write `target: class` for the classes of files"
    if imported.format == "ms":
        message = "is gene_flow, which is read from trees, and files of ms have none: import trees"
        yield path, f"{message} of msprime's with record_migrations, {or_else}"
    elif definition.label == "simulated":
        message = "is simulated, but the classes of imported files are called `class`"
        yield (*path, "label"), f"{message}: write `target: class`"
    elif kinds.IMPORTED_WITHOUT not in imported.files or len(imported.files) < 2:
        message = "is gene_flow, and windows in which no lineage moved need a class of their own"
        fix = f"list files without gene flow as {kinds.IMPORTED_WITHOUT}, and those with it as more"
        yield path, f"{message}: {fix} in simulation.import.files, {or_else}"


def _check_label(path: Path, simulation: Simulation) -> Iterator[Mistake]:
    """Yield why windows cannot be labelled by the gene flow that happened in them."""
    classes = grid.list_classes(simulation, GENE_FLOW)
    if len(classes) < 2 or not simulation.demography.gene_flow:
        return  # reported elsewhere
    nothing = kinds.find_kind_without_gene_flow(simulation)
    or_else = f"or write `target: {{{GENE_FLOW}: {{label: simulated}}}}` for the simulated kinds"
    message = "is gene_flow, and windows in which no lineage moved need a class of their own"
    if nothing is None:
        fix = f"add a kind to simulation.demography.{GENE_FLOW} with nothing on (`none: []`)"
        yield path, f"{message}: {fix}, {or_else}"
    elif nothing not in classes:
        yield path, f"{message}: simulate {nothing}, too, {or_else}"
    elif simulation.has_sweeps:
        message = "is gene_flow, and where there are sweeps it is not recorded which lineages moved"
        yield path, f"{message}: delete the sweeps, {or_else}"


# Statistics ----------------------------------------------------------------------------------


def _check_statistic(
    path: Path, definition: TargetDefinition, target: StatisticTarget, config: Config
) -> Iterator[Mistake]:
    name, record = target.statistic, STATISTICS[target.statistic]
    if definition.label is not None:
        yield (*path, "label"), f"is for {GENE_FLOW}, not {name}: delete it"
    if record.needs_moves:
        yield from check_introgression(path, target, config)
    else:
        yield from _check_sets(path, definition, target, config.samples)
        if definition.since is not None:
            yield (*path, "since"), f"is for introgression, not {name}: delete it"
    if target.mode not in record.modes:
        message = f"is {target.mode}, but {name} exists for {record.modes[0]} only"
        yield (*path, "mode"), f"{message}: delete it"
    if target.is_log and record.signed:
        yield (*path, "scale"), f"is log, but {name} can be below 0: use linear"
    imported = config.simulation.imported
    if target.mode == BRANCH:
        if imported and imported.format == "ms":
            message = f"is {name}, which is computed on trees, and files of ms have none"
            yield path, f"{message}: import trees, or choose another"
        return
    if record.polarised and not config.observation.polarised:
        message = f"is {name}, which needs to know the ancestral alleles"
        yield path, f"{message}: set observation.polarised to true, or choose another"
    if record.only_site_number and not target.of and not config.encoding.pad:
        message = f"is {name}, but without encoding.pad all windows have the same number of sites"
        yield path, f"{message}: set it to true, or choose another"


def _check_sets(
    path: Path, definition: TargetDefinition, target: StatisticTarget, samples: Samples
) -> Iterator[Mistake]:
    """Yield why the populations that a statistic describes cannot be used."""
    name, chosen, populations = target.statistic, target.of, samples.populations
    where = path if definition.of is None else (*path, "of")
    sets = STATISTICS[name].sets
    if not populations and (chosen or 0 not in sets):
        what = f"{name} of {', '.join(chosen)}" if chosen else f"{name}, which compares populations"
        message = f"is {what}, but simulation.samples does not distinguish populations"
        yield where, f"{message}: give there how many individuals of each, as {{A: 10, B: 10}}"
        return
    unknown = [population for population in chosen if population not in populations]
    for population in unknown:
        yield where, describe_unknown(population, "sampled populations", populations)
    if len(set(chosen)) < len(chosen):
        yield where, f"names a population twice: {', '.join(chosen)}"
    elif not chosen and 0 not in sets:
        message = f"is {name}, which compares {sets[0]} populations, but {len(populations)} are"
        fix = "name them in `of`" if len(populations) > sets[0] else "add to simulation.samples"
        yield where, f"{message} sampled: {fix}, or choose another"
    elif len(chosen) not in sets and not unknown:
        wanted = " or ".join(str(number) for number in sets)
        message = f"names {len(chosen)} populations, but {name} takes {wanted}"
        yield where, f"{message}: choose among {', '.join(populations)}"


def check_baselines(config: Config) -> Iterator[Mistake]:
    """Yield baselines that cannot predict the targets."""
    targets = config.targets
    kind = "classes" if targets.has_classes else "numbers"
    others = ", ".join(list_suitable_baselines(config))
    for index, name in enumerate(config.baselines):
        path = ("models", "baselines", index)
        if name not in list_baselines(targets.has_classes):
            yield (
                path,
                f"is {name}, which does not predict {kind}, and the target {targets.first} is "
                f"of that kind: use {others}",
            )
        elif name == CLASSICAL and (why := why_not_classical(config)):
            yield path, f"is {name}, but {why}: use {others}"
