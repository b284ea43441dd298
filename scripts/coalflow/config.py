"""Reads the config against its schema, and checks what a schema cannot.

Every mistake becomes one message that names the file, the line, the key, the
value, why it cannot be used, and how to mend it. The schema is the only place
where keys, defaults and limits are written down.

Needs nothing but what Snakemake itself installs, since the Snakefile uses it.
"""

import json
import os
import pathlib

import yaml

from coalflow import demes_file, histories, import_files, mistakes, scenarios
from coalflow.errors import CoalflowError

MOST_SELECTION = 1_000_000  # 2Ns
# Which baselines there are for which kind of target.
BASELINES = {
    "numbers": ["mean", "ridge", "gradient_boosting"],
    "classes": ["mean", "logistic_regression", "gradient_boosting"],
}
# Sites below which a net's layers have nothing left; found out here, not after the simulations.
FEWEST_SITES = {"flagel_tajimas_d": 4, "flagel_sweeps": 32}
READ_POSITIONS = ["flagel_sweeps"]  # nets that read where sites lie

# What `simulation` may hold beside `import`.
WITH_IMPORTS = {"import", "samples", "sequence_length", "replicates", "shard_size"}
# Where true values stand in files of one format alone.
ONLY_FROM = {"ms": ("command", "values"), "trees": ("metadata",)}
# Columns that split.parquet has anyway.
NOT_TRUE_VALUES = {
    *("cell", "shard", "row", "replicate", "seed", "split", "reason", "sites"),
    *("class", "sequence_length", "tajimas_d", "diversity"),
}


def read_schema(path):
    """Return the schema as a dict."""
    return yaml.safe_load(pathlib.Path(path).read_text())


def prepare(config, schema, files=()):
    """Return ``config`` checked and with every default filled in.

    ``files`` are the config files it was read from, for naming lines.
    Raises CoalflowError with one message for all mistakes found; contradictions
    between values are looked for when every single value is in order.
    """
    mistakes.refuse_repeated_keys(files)
    mistakes.refuse(mistakes.of_single_values(config, schema), config, files)
    filled = _with_defaults(config, schema, schema)
    filled["models"].setdefault("baselines", list(BASELINES[_kind_of_target(filled)]))
    _fill_in_histories(filled)
    _fill_in_encoding(filled)
    _take_out_idle_defaults(filled["simulation"], written=config["simulation"])
    if "import" in filled["simulation"]:
        _take_out_what_simulates(filled["simulation"], written=config["simulation"])
    mistakes.refuse(list(_cross_field_mistakes(filled)), filled, files)
    return filled


def _take_out_idle_defaults(simulation, written):
    """Take out defaults of sweep parameters that are given elsewhere, or that no sweep has."""
    elsewhere = {*simulation.get("grid", {}), *simulation["prior"]}
    kinds = scenarios.sweeps(simulation)
    needed = {name for kind in kinds for name in scenarios.SWEEPS[kind]} | {"sweep"}
    for name in scenarios.SWEEP_PARAMETERS:
        if name not in written and (name in elsewhere or name not in needed):
            simulation.pop(name, None)


def _take_out_what_simulates(simulation, written):
    """Take out defaults of simulations where they are imported."""
    for name in (*scenarios.SWEEP_PARAMETERS, "prior"):
        if name not in written:
            simulation.pop(name, None)


def _fill_in_histories(config):
    """Fill in the history where there is one to choose: in the cells, and in simulated genomes."""
    simulation = config["simulation"]
    if "demes" not in simulation["demography"]:
        if "history" not in simulation.get("grid", {}) and "import" not in simulation:
            simulation["demography"].setdefault("history", "constant")
        for genome in config["genomes"].values():
            if "simulate" in genome:
                genome["simulate"].setdefault("history", "constant")


def _fill_in_encoding(config):
    """Fill in what the encoding takes from elsewhere: then it tells all of how windows are read."""
    encoding, length = config["encoding"], config["simulation"].get("sequence_length")
    if encoding["pad"] and length is not None and length == int(length):
        encoding.setdefault("length", int(length))
    if encoding["stretch"] == "random":
        encoding.setdefault("seed", config["seed"])


# Cross-field checks: mistakes that no single value shows ---------------------------------


def _cross_field_mistakes(config):
    simulation = config["simulation"]
    if "import" in simulation:
        yield from _import_mistakes(simulation)
    else:
        yield from _simulation_mistakes(simulation)
    yield from _shard_mistakes(simulation)
    yield from _split_mistakes(config["split"], simulation["replicates"])
    yield from _target_mistakes(config)
    yield from _encoding_mistakes(config)
    for name, genome in config["genomes"].items():
        for key, message in _genome_mistakes(genome, config):
            yield ("genomes", name, *key), message


def _simulation_mistakes(simulation):
    yield from _parameter_mistakes(simulation)
    if "demes" in simulation["demography"]:
        yield from _demes_mistakes(simulation)
    else:
        yield from _history_mistakes(simulation)
    yield from _misplaced_sweep_parameters(simulation)
    yield from _sweep_mistakes(simulation)


def _import_mistakes(simulation):
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
            found = import_files.expand([pattern])
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
    for place in scenarios.TRUTH:
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
            yield ("truth", "tables", name), _unknown(name, "classes", list(section["files"]))
        for number, table in enumerate(tables):
            if not os.path.isfile(table):  # noqa: PTH113 - pathlib raises on names too long
                message = f"is {table!r}: there is no such file (seen from {pathlib.Path.cwd()})"
                yield ("truth", "tables", name, number), message


def _parameter_mistakes(simulation):
    grid = simulation.get("grid", {})
    for parameter in scenarios.names(simulation):
        path = ("simulation", *scenarios.PLACES[parameter])
        single = scenarios.single_value(simulation, parameter)
        if parameter in grid and single is not None:
            yield path, f"has a value here and others in simulation.grid.{parameter}: delete one"
        if parameter not in grid and single is None:
            yield path, f"is missing: add it, or list values in simulation.grid.{parameter}"


def _demes_mistakes(simulation):
    """Yield what contradicts a demes file, why it cannot be read, and names it does not have."""
    demography, place = simulation["demography"], ("simulation", "demography")
    replaced = sorted(set(scenarios.PLACES) - set(scenarios.names(simulation)))
    paths = [(*place, key) for key in (*replaced, "histories") if demography.get(key)]
    paths += [("simulation", "grid", key) for key in replaced if key in simulation.get("grid", {})]
    for path in paths:
        message = "contradicts simulation.demography.demes, which tells all of the history"
        yield path, f"{message}: delete one"
    try:
        content = demes_file.read(demography["demes"])
    except CoalflowError as error:
        yield (*place, "demes"), f"is {demography['demes']!r}: {error}"
        return
    for path, message in _population_mistakes(demography, content):
        yield (*place, *path), message
    if "selected_in" in demography and scenarios.sweeps(simulation) == ["neutral"]:
        yield (*place, "selected_in"), "is for sweeps, and there are none: delete it"
    yield from _strength_mistakes(simulation, histories.largest_size(content), "the file's sizes")


def _population_mistakes(demography, content):
    today = histories.today(content)
    if "population" in demography:
        if demography["population"] not in today:
            what = "populations of today"
            yield ("population",), _unknown(demography["population"], what, today)
    elif len(today) > 1:
        yield ("population",), f"is missing: {', '.join(today)} exist today, name one of them"
    names = histories.names(content)
    for number, name in enumerate(demography.get("selected_in", ())):
        if name not in names:
            yield ("selected_in", number), _unknown(name, "populations", names)


def _history_mistakes(simulation):
    demography = simulation["demography"]
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
    grid = simulation.get("grid", {})
    place = ("grid",) if "history" in grid else ("demography",)
    chosen = grid.get("history") or [demography["history"]]
    for name in chosen:
        if name not in known:
            yield ("simulation", *place, "history"), _unknown(name, "histories", known)
    multiples = [
        epoch.get(end, 0)
        for name in chosen
        for epoch in demography["histories"].get(name, histories.CONSTANT)
        for end in ("start_size", "end_size")
    ]
    _, largest = _extreme(simulation, "population_size", max)
    if largest is not None:
        yield from _strength_mistakes(simulation, largest * max(multiples), "population_size")


def _sweep_mistakes(simulation):
    grid, prior = simulation.get("grid", {}), simulation["prior"]
    kinds = scenarios.sweeps(simulation)
    taken = {name: kind for kind in reversed(kinds) for name in scenarios.SWEEPS[kind]}
    for name, kind in taken.items():
        missing = name not in simulation and name not in grid and name not in prior
        if missing and name != "position":
            ways = f"add it, or list values in simulation.grid.{name}, or draw it"
            yield ("simulation", name), f"is missing for {kind} sweeps: {ways} (simulation.prior)"
    for name, distribution in prior.items():
        ((kind, (lowest, highest)),) = distribution.items()
        if lowest >= highest:
            message = f"is [{lowest}, {highest}]: the lowest value comes first, and is lower"
            yield ("simulation", "prior", name, kind), message
    yield from _sweep_range_mistakes(simulation, taken)


def _misplaced_sweep_parameters(simulation):
    """Yield sweep parameters that stand in several places, or that no sweep has."""
    kinds = scenarios.sweeps(simulation)
    places = {
        (): simulation,
        ("grid",): simulation.get("grid", {}),
        ("prior",): simulation.get("prior", {}),
    }
    for name in scenarios.SWEEP_PARAMETERS:
        found = [place for place, values in places.items() if name in values]
        for place in found[1:]:
            other = ".".join(("simulation", *found[0], name))
            yield ("simulation", *place, name), f"is given in {other} too: delete one"
        if found and name != "sweep" and not any(name in scenarios.SWEEPS[kind] for kind in kinds):
            message = f"is no parameter of {' or '.join(kinds)}: delete it, or add a sweep"
            yield ("simulation", *found[0], name), message


def _sweep_range_mistakes(simulation, taken):
    """Yield what sweep parameters, each in order by itself, contradict each other in."""
    if "start_frequency" in taken:
        place, start = _extreme(simulation, "start_frequency", max)
        _, end = _extreme(simulation, "end_frequency", min)
        if start and start >= end:
            message = f"is {start}, but the sweep may end at {end} (end_frequency): lower it"
            yield place, message
    if "position" in taken:
        place, position = _extreme(simulation, "position", max)
        _, length = _extreme(simulation, "sequence_length", min)
        if position and length and position >= length:
            message = f"is {position:,}, outside of the window of {length:,} bases"
            yield place, f"{message}: lower it, or simulate linked sweeps with a distance"


def _strength_mistakes(simulation, largest, sizes):
    """Yield selection that is too strong for the largest size; ``sizes`` says where that is set."""
    place, strongest = _extreme(simulation, "selection_coefficient", max)
    if strongest and 2 * largest * strongest > MOST_SELECTION:
        message = f"makes 2Ns as large as {2 * largest * strongest:.3g}; above {MOST_SELECTION:,}"
        yield place, f"{message} no sweep can be followed: lower it, or {sizes}"


def _extreme(simulation, name, choose):
    """Return the place and the largest or smallest value that a parameter may take."""
    if name in simulation.get("grid", {}):
        return ("simulation", "grid", name), choose(simulation["grid"][name])
    if name in simulation.get("prior", {}):
        (values,) = simulation["prior"][name].values()
        return ("simulation", "prior", name), choose(values)
    if name in scenarios.PLACES:
        return ("simulation", name), scenarios.single_value(simulation, name)
    return ("simulation", name), simulation.get(name)


def _unknown(name, what, known):
    near = mistakes.nearest(name, known)
    return f"names {name!r}, but the {what} are: {', '.join(known)}{near}"


def _shard_mistakes(simulation):
    most = scenarios.MAX_SHARDS
    if len(scenarios.shard_ranges(simulation)) > most:
        enough = -(-simulation["replicates"] // most)
        message = f"makes more than {most:,} shards a cell: make it {enough:,} or larger"
        yield ("simulation", "shard_size"), message


def _split_mistakes(split, replicates):
    total = sum(split.values())
    if abs(total - 1) > 1e-9:
        yield ("split",), f"sums to {total:.10g}: train + validation + test must be 1"
        return
    block = scenarios.split_block(split.values())
    if block is None:
        yield ("split",), "has fractions finer than thousandths: round them"
    elif replicates < 2 * block:
        message = f"is {replicates}, but a split in blocks of {block} needs {2 * block} or more"
        yield ("simulation", "replicates"), message


def _kind_of_target(config):
    return "classes" if config["target"] in scenarios.CATEGORICAL else "numbers"


def _target_mistakes(config):
    kind = _kind_of_target(config)
    if kind == "classes":
        yield from _class_mistakes(config["target"], config["simulation"])
    for number, name in enumerate(config["models"]["baselines"]):
        if name not in BASELINES[kind]:
            yield (
                ("models", "baselines", number),
                f"is {name}, which does not predict {kind}, and the target {config['target']} is "
                f"of that kind: take {', '.join(BASELINES[kind])}",
            )


def _class_mistakes(target, simulation):
    """Yield why a target that has classes has none, or but one."""
    if "import" in simulation and target != "class":
        message = f"is {target}, but the classes of imported files are called `class`: write that"
        yield ("target",), message
    elif "import" in simulation:
        if len(simulation["import"]["files"]) < 2:
            message = "is class, and the classes are those of simulation.import.files"
            yield ("target",), f"{message}: list two or more there"
    elif target == "class":
        yield ("target",), "is class, which is for simulations that are imported: choose another"
    elif len(simulation.get("grid", {}).get(target, ())) < 2:
        yield (
            ("target",),
            f"is {target}, whose values in simulation.grid are the classes: list two or more in "
            f"simulation.grid.{target}",
        )


def _encoding_mistakes(config):
    encoding, simulation = config["encoding"], config["simulation"]
    for net in config["models"]["nets"]:
        if encoding["sites"] < FEWEST_SITES[net]:
            message = f"is {encoding['sites']}, but {net} needs {FEWEST_SITES[net]} or more"
            yield ("encoding", "sites"), f"{message}: raise it"
        if encoding["positions"] != "position" and net not in READ_POSITIONS:
            message = f"is {encoding['positions']}, but {net} does not read where sites lie"
            nets = ", ".join(READ_POSITIONS)
            yield ("encoding", "positions"), f"{message}: delete it, or take {nets} alone"
    if "seed" in encoding and encoding["stretch"] != "random":
        message = f"is for random stretches, but encoding.stretch is {encoding['stretch']}"
        yield ("encoding", "seed"), f"{message}: delete it"
    if encoding["pad"]:
        yield from _length_mistakes(encoding, simulation)
    elif "length" in encoding:
        message = "is for padded windows: delete it, or set encoding.pad to true"
        yield ("encoding", "length"), message


def _length_mistakes(encoding, simulation):
    """Yield why padded windows have no one length in bases, or a longer one than is simulated."""
    if "length" in encoding:
        _, shortest = _extreme(simulation, "sequence_length", min)
        if shortest is not None and encoding["length"] > shortest:
            message = f"is {encoding['length']:,}, but simulated windows have {shortest:,} bases"
            yield (
                ("encoding", "length"),
                f"{message}: lower it, or raise simulation.sequence_length",
            )
    elif "sequence_length" in simulation.get("grid", {}):
        yield (
            ("simulation", "grid", "sequence_length"),
            "has several values, but with encoding.pad windows have one length: give one in "
            "encoding.length, or set encoding.pad to false",
        )
    elif "sequence_length" in simulation:
        length = simulation["sequence_length"]
        message = f"is {length}, but with encoding.pad windows are whole bases long"
        yield ("simulation", "sequence_length"), f"{message}: round it, or give encoding.length"


def _genome_mistakes(genome, config):
    if ("path" in genome) == ("simulate" in genome):
        yield (), "needs either `path` or `simulate`, one of them"
    elif "path" in genome:
        if not os.path.isfile(genome["path"]):  # noqa: PTH113 - pathlib raises on names too long
            place = pathlib.Path.cwd()
            yield ("path",), f"is {genome['path']!r}: there is no such file (seen from {place})"
        if config["observation"]["polarised"] and "ancestral" not in genome:
            message = "is missing: observation.polarised needs to know the ancestral allele"
            yield ("ancestral",), f"{message} (REF, or an INFO field such as AA)"
        needed = config["simulation"]["samples"]
        if len(genome.get("samples", range(needed))) != needed:
            listed = len(genome["samples"])
            yield ("samples",), f"lists {listed} individuals, but simulation.samples is {needed}"
    else:
        for key in sorted({"samples", "ancestral"} & set(genome)):
            yield (key,), "goes with `path`, not with `simulate`: delete it"
        yield from _genome_history_mistakes(genome["simulate"], config["simulation"]["demography"])
        for rate in ("mutation_rate", "recombination_rate"):
            if rate in genome["simulate"]:
                continue
            if rate in config["simulation"].get("grid", {}):
                yield ("simulate", rate), "is missing: simulation has several values of it"
            elif "import" in config["simulation"]:
                yield ("simulate", rate), "is missing: simulations are imported, so add it"


def _genome_history_mistakes(genome, demography):
    """Yield what is wrong with the history of a simulated genome, that of the demes file if any."""
    if "demes" in demography:
        for key in sorted({"population_size", "history"} & set(genome)):
            message = (
                "contradicts simulation.demography.demes, whose history the genome has: delete it"
            )
            yield ("simulate", key), message
        return
    if "population_size" not in genome:
        yield ("simulate", "population_size"), "is missing: add it"
    known = ["constant", *demography["histories"]]
    if genome["history"] not in known:
        yield ("simulate", "history"), _unknown(genome["history"], "histories", known)


# Defaults and documentation ----------------------------------------------------------------


def _with_defaults(value, schema, root):
    """Return a copy of ``value`` with the schema's defaults, at every depth."""
    schema = _resolved(schema, root)
    if isinstance(value, dict):
        properties, others = schema.get("properties", {}), schema.get("additionalProperties")
        missing = {k: s["default"] for k, s in properties.items() if "default" in s}
        return {
            key: _with_defaults(item, properties.get(key, others or {}), root)
            for key, item in {**missing, **value}.items()
        }
    if isinstance(value, list):
        return [_with_defaults(item, schema.get("items", {}), root) for item in value]
    return value


def _resolved(schema, root):
    if "$ref" in schema:
        return {**root["$defs"][schema["$ref"].rsplit("/", 1)[-1]], **schema}
    return schema


def table_of_keys(schema):
    """Return the schema as a Markdown table, one row per key, for config/README.md."""
    rows = ["| key | value | default | meaning |", "|---|---|---|---|"]
    for path, node in _described(schema, schema, ()):
        default = node.get("default")
        shown = "" if default in (None, {}) else f"`{json.dumps(default)}`".replace('"', "")
        meaning = " ".join(node["description"].split())
        rows.append(f"| `{'.'.join(path)}` | {_kind(node)} | {shown} | {meaning} |")
    return "\n".join(rows) + "\n"


def _described(schema, root, path):
    for key, node in schema.get("properties", {}).items():
        yield from _described_node(_resolved(node, root), root, (*path, key))


def _described_node(node, root, path):
    yield path, node
    yield from _described(node, root, path)
    others = node.get("additionalProperties")
    if isinstance(others, dict):
        named = (*path, "<name>")
        yield from _described(_resolved(others, root), root, named)
        if others.get("type") == "array":
            yield from _described(_resolved(others["items"], root), root, named)


def _kind(node):
    if "enum" in node:
        return " or ".join(f"`{choice}`" for choice in node["enum"])
    kinds = {
        "number": "number",
        "integer": "whole number",
        "string": "text",
        "boolean": "`true` or `false`",
        "array": "list",
        "object": "keys",
    }
    limits = [
        f"{sign} {node[key]:g}"
        for key, sign in (("exclusiveMinimum", ">"), ("minimum", "≥"), ("exclusiveMaximum", "<"))
        if key in node
    ]
    return ", ".join([kinds[node["type"]], *limits])
