"""What contradicts an import of simulations, files that do not exist, misplaced true values."""

import os
import pathlib
from collections.abc import Iterator

from coalflow.config import import_files
from coalflow.config.fields.section import Mistake
from coalflow.config.registry.statistics import STATISTICS
from coalflow.config.schema.imports import Import, Truth
from coalflow.config.schema.simulation import Demography, Simulation
from coalflow.core.errors import describe_unknown

# What `simulation` may hold as well as `import`.
WITH_IMPORTS = {"imported", "samples", "ploidy", "sequence_length", "replicates", "shard_size"}
# Where true values are found in files of one format alone.
ONLY_FROM = {"ms": ("command", "values"), "trees": ("metadata",)}
# Columns that split.parquet has anyway.
NOT_TRUE_VALUES = {
    *("cell", "shard", "row", "replicate", "seed", "split", "reason", "sites", "refused_draws"),
    *("class", "sequence_length", *STATISTICS),
}


def check_import(simulation: Simulation, section: Import) -> Iterator[Mistake]:
    """Yield what contradicts an import, files that do not exist, and misplaced true values."""
    nothing = {"demography": Demography(), "prior": {}}
    for key in type(simulation).model_fields:
        if key not in WITH_IMPORTS and getattr(simulation, key) not in (None, nothing.get(key)):
            message = "is for simulating, and simulation.import reads what was simulated elsewhere"
            yield ("simulation", key), f"{message}: delete it, or the import"
    if simulation.sequence_length is None:
        message = "is missing: give the length of the imported windows in bases"
        yield ("simulation", "sequence_length"), message
    for path, message in (*_check_files(section), *_check_truth(section)):
        yield ("simulation", "import", *path), message


def _check_files(section: Import) -> Iterator[Mistake]:
    classes: dict[str, str] = {}
    for name, patterns in section.files.items():
        for index, pattern in enumerate(patterns):
            path = ("files", name, index)
            found = import_files.expand_patterns([pattern])
            if not found:
                yield path, _describe_missing(pattern)
            for file in found:
                if file in classes:
                    message = f"is {pattern!r}, but {file} is already in files.{classes[file]}"
                    yield path, f"{message}: list it once"
                    break
                classes[file] = name


def _check_truth(section: Import) -> Iterator[Mistake]:
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
    if (truth.columns is None) != (truth.tables is None):
        missing, given = ("columns", "tables") if truth.columns is None else ("tables", "columns")
        yield ("truth", missing), f"is missing: `{given}` goes with it"
    for name, tables in (truth.tables or {}).items():
        if name not in section.files:
            yield ("truth", "tables", name), describe_unknown(name, "classes", section.files)
        for index, table in enumerate(tables):
            if not os.path.isfile(table):  # noqa: PTH113 - pathlib raises on names too long
                yield ("truth", "tables", name, index), _describe_missing(table)


def _describe_missing(name: str) -> str:
    return f"is {name!r}: there is no such file (relative to {pathlib.Path.cwd()})"
