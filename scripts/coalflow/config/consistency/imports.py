"""What contradicts an import of simulations, files that are not there, misplaced true values."""

import os
import pathlib

from coalflow.config import grid, import_files, messages, targets

# What `simulation` may hold beside `import`.
WITH_IMPORTS = {"import", "samples", "ploidy", "sequence_length", "replicates", "shard_size"}
# Where true values stand in files of one format alone.
ONLY_FROM = {"ms": ("command", "values"), "trees": ("metadata",)}
# Columns that split.parquet has anyway.
NOT_TRUE_VALUES = {
    *("cell", "shard", "row", "replicate", "seed", "split", "reason", "sites", "refused_draws"),
    *("class", "sequence_length", *targets.STATISTICS),
}


def of_import(simulation):
    """Yield what contradicts an import, files that are not there, and misplaced true values."""
    nothing = {"demography": {"histories": {}}}  # but defaults
    for key in simulation:
        if key not in WITH_IMPORTS and simulation[key] != nothing.get(key):
            message = "is for simulating, and simulation.import takes what was simulated elsewhere"
            yield ("simulation", key), f"{message}: delete it, or the import"
    if "sequence_length" not in simulation:
        message = "is missing: say how many bases the imported windows are long"
        yield ("simulation", "sequence_length"), message
    section = simulation["import"]
    for path, message in (*_file_mistakes(section["files"]), *_truth_mistakes(section)):
        yield ("simulation", "import", *path), message


def _file_mistakes(files):
    place, classes = pathlib.Path.cwd(), {}
    for name, patterns in files.items():
        for number, pattern in enumerate(patterns):
            found = import_files.expand_patterns([pattern])
            if not found:
                message = f"is {pattern!r}: there is no such file (seen from {place})"
                yield ("files", name, number), message
            for file in found:
                if file in classes:
                    message = f"is {pattern!r}, but {file} is already in files.{classes[file]}"
                    yield ("files", name, number), f"{message}: list it once"
                    break
                classes[file] = name


def _truth_mistakes(section):
    truth, names = section["truth"], set()
    other = "trees" if section["format"] == "ms" else "ms"
    for place in grid.TRUTH:
        if place in truth and place in ONLY_FROM[other]:
            yield ("truth", place), f"is for format {other}, not {section['format']}: delete it"
        for name in truth.get(place, ()):
            if name in NOT_TRUE_VALUES:
                yield ("truth", place, name), "is the name of something else: choose another"
            elif name in names:
                yield ("truth", place, name), "is given in two places: delete one"
            names.add(name)
    if ("columns" in truth) != ("tables" in truth):
        missing, given = sorted(("columns", "tables"), key=lambda key: key in truth)
        yield ("truth", missing), f"is missing: `{given}` goes with it"
    for name, tables in truth.get("tables", {}).items():
        if name not in section["files"]:
            yield (
                ("truth", "tables", name),
                messages.unknown(name, "classes", list(section["files"])),
            )
        for number, table in enumerate(tables):
            if not os.path.isfile(table):  # noqa: PTH113 - pathlib raises on names too long
                message = f"is {table!r}: there is no such file (seen from {pathlib.Path.cwd()})"
                yield ("truth", "tables", name, number), message
