"""What contradicts an import of simulations, files that do not exist, misplaced true values."""

from collections.abc import Iterator

from coalflow.config import import_files
from coalflow.config.fields.section import Mistake, show
from coalflow.config.grid import KNOWN_OF_IMPORTS
from coalflow.config.registry.parameters import PARAMETERS
from coalflow.config.registry.statistics import STATISTICS
from coalflow.config.schema.dataset import GivenFiles
from coalflow.config.schema.imports import Import, Truth
from coalflow.config.schema.simulation import Demography, Simulation
from coalflow.config.schema.whole import Config
from coalflow.core.errors import describe_unknown
from coalflow.core.input_files import describe_unusable

# What `simulation` may hold as well as `import`. Rates describe the files, as the size does, and
# `snakemake check` compares them with those of the species.
WITH_IMPORTS = {
    *("imported", "samples", "ploidy", "sequence_length", "replicates", "shard_size"),
    *("mutation_rate", "recombination_rate", "species", "chromosome"),
}
# Where true values are found in files of one format alone.
ONLY_FROM = {"ms": ("command", "values"), "trees": ("metadata",)}
# Columns that split.parquet has anyway.
NOT_TRUE_VALUES = {
    *("cell", "shard", "row", "replicate", "seed", "split", "reason", "sites", "refused_draws"),
    *("simulated_gene_flow", "class", "sequence_length", *STATISTICS),
}


def check_import(config: Config, section: Import) -> Iterator[Mistake]:
    """Yield what contradicts an import, files that do not exist, and misplaced true values.

    Parameters
    ----------
    config : Config
    section : Import
        Its section ``simulation.import``.
    """
    simulation, given = config.simulation, config.split.given
    size = Demography(population_size=simulation.demography.population_size)
    nothing = {"demography": size, "prior": {}}
    for key in type(simulation).model_fields:
        if key not in WITH_IMPORTS and getattr(simulation, key) not in (None, nothing.get(key)):
            message = "is for simulating, and simulation.import reads what was simulated elsewhere"
            yield ("simulation", key), f"{message}: delete it, or the import"
    if simulation.sequence_length is None:
        message = "is missing: give the length of the imported windows in bases"
        yield ("simulation", "sequence_length"), message
    for path, message in (
        *_check_files(section),
        *_check_populations(config, section),
        *_check_truth(section, given),
        *_check_rates(simulation, section.truth),
    ):
        yield ("simulation", "import", *path), message
    for path, message in _check_given(section, given):
        yield ("split", "given", *path), message


def _check_given(section: Import, given: str | GivenFiles | None) -> Iterator[Mistake]:
    """Yield why it is not known which windows are for training, validation and test."""
    if isinstance(given, str):
        for name in section.files:
            if not (section.truth.tables or {}).get(name):
                message = f"is {given!r}, a column of simulation.import.truth.tables, which has no"
                yield (), f"{message} {name}: list its tables there"
        return
    if given is None:
        return
    classes = {name: import_files.expand_patterns(some) for name, some in section.files.items()}
    imported = {file for files in classes.values() for file in files}
    used: set[str] = set()
    for key in GivenFiles.model_fields:
        for index, pattern in enumerate(getattr(given, key) or ()):
            found = {*import_files.expand_patterns([pattern])}
            path = (key, index)
            if not found:
                yield path, f"is {show(pattern)}: {describe_unusable(pattern)}"
            elif others := sorted(found - imported):
                message = f"is {pattern!r}, but {others[0]} is not in simulation.import.files"
                yield path, f"{message}: list it there, too"
            elif others := sorted(found & used):
                message = f"is {pattern!r}, but {others[0]} is already for something else"
                yield path, f"{message}: list it once"
            used |= found
    for name, files in classes.items():
        if files and used.issuperset(files):
            yield (), f"has all files of {name}, and none is left for training: leave some out"


def _check_files(section: Import) -> Iterator[Mistake]:
    classes: dict[str, str] = {}
    for name, patterns in section.files.items():
        for index, pattern in enumerate(patterns):
            path = ("files", name, index)
            found = import_files.expand_patterns([pattern])
            if not found:
                yield path, f"is {show(pattern)}: {describe_unusable(pattern)}"
            for file in found:
                if file in classes:
                    message = f"is {pattern!r}, but {file} is already in files.{classes[file]}"
                    yield path, f"{message}: list it once"
                    break
                classes[file] = name


def _check_populations(config: Config, section: Import) -> Iterator[Mistake]:
    if section.format != "trees":
        for key in ("populations", "subsample"):
            if getattr(section, key):
                yield (key,), f"is for format trees, not {section.format}: delete it"
        return
    sampled = config.samples.populations
    # Those that ancestry is from need not be sampled.
    named = {name for target in config.targets.tree_statistics.values() for name in target.of}
    known = [*sampled, *sorted(named.difference(sampled))]
    found: dict[str | int, str] = {}
    for name, population in section.populations.items():
        if not sampled:
            yield ("populations", name), "is of no use: simulation.samples names no populations"
        elif name not in known:
            yield ("populations", name), describe_unknown(name, "samples", known)
        elif population in found:
            message = f"is {population!r}, as is populations.{found[population]}"
            yield ("populations", name), f"{message}: a population can be sampled once"
        found[population] = name


def _check_rates(simulation: Simulation, truth: Truth) -> Iterator[Mistake]:
    """Yield parameters that are given for all files, and again for each replicate."""
    for name in KNOWN_OF_IMPORTS:
        if simulation.single_value(name) is not None:
            for place, names in truth.places.items():
                if name in names:
                    where = ".".join(("simulation", *PARAMETERS[name].section))
                    yield ("truth", place, name), f"is given in {where}, too: delete one"


def _check_truth(section: Import, given: str | GivenFiles | None) -> Iterator[Mistake]:
    truth: Truth = section.truth
    found: set[str] = set()
    other = "trees" if section.format == "ms" else "ms"
    for place, names in truth.places.items():
        if place in ONLY_FROM[other]:
            yield ("truth", place), f"is for format {other}, not {section.format}: delete it"
        for name in names:
            if name in NOT_TRUE_VALUES:
                yield ("truth", place, name), "is the name of something else: choose another"
            elif name in found:
                yield ("truth", place, name), "is given in two places: delete one"
            found.add(name)
    needs_no_columns = truth.columns is None and isinstance(given, str)
    if (truth.columns is None) != (truth.tables is None) and not needs_no_columns:
        missing, given = ("columns", "tables") if truth.columns is None else ("tables", "columns")
        yield ("truth", missing), f"is missing: `{given}` goes with it"
    for name, tables in (truth.tables or {}).items():
        if name not in section.files:
            yield ("truth", "tables", name), describe_unknown(name, "classes", section.files)
        for index, table in enumerate(tables):
            unusable = describe_unusable(table)
            if unusable:
                yield ("truth", "tables", name, index), f"is {show(table)}: {unusable}"
