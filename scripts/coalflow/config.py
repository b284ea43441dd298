"""Reads the config against its schema, and checks what a schema cannot.

Every mistake becomes one message that names the file, the line, the key, the
value, why it cannot be used, and how to mend it. The schema is the only place
where keys, defaults and limits are written down.

Needs nothing but what Snakemake itself installs, since the Snakefile uses it.
"""

import difflib
import json
import math
import os
import pathlib

import jsonschema
import yaml

from coalflow import scenarios
from coalflow.errors import CoalflowError


def read_schema(path):
    """Return the schema as a dict."""
    return yaml.safe_load(pathlib.Path(path).read_text())


def prepare(config, schema, files=()):
    """Return ``config`` checked and with every default filled in.

    ``files`` are the config files it was read from, for naming lines.
    Raises CoalflowError with one message for all mistakes found; contradictions
    between values are looked for when every single value is in order.
    """
    _refuse_repeated_keys(files)
    _refuse(_schema_mistakes(config, schema), config, files)
    filled = _with_defaults(config, schema, schema)
    _refuse(list(_cross_field_mistakes(filled)), filled, files)
    return filled


# Schema: mistakes of one value ---------------------------------------------------------


def _is_number(_, value):
    """Tell whether a value is a number that can be computed with: not nan, not infinite."""
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number beyond any float
        return False


def _is_whole_number(_, value):
    return isinstance(value, int) and _is_number(_, value)


_Validator = jsonschema.validators.extend(
    jsonschema.Draft202012Validator,
    type_checker=jsonschema.Draft202012Validator.TYPE_CHECKER.redefine_many(
        {"number": _is_number, "integer": _is_whole_number}
    ),
)


def _schema_mistakes(config, schema):
    validator = _Validator(schema)
    errors = sorted(validator.iter_errors(config), key=lambda error: [str(p) for p in error.path])
    # The validator tells of each missing key, and each time of all of them.
    return list(dict.fromkeys(mistake for error in errors for mistake in _in_plain_words(error)))


def _in_plain_words(error):
    """Yield (path, message) for one error of the validator."""
    path, value, limit = tuple(error.absolute_path), error.instance, error.validator_value
    if "propertyNames" in error.absolute_schema_path:
        path = (*path, value)
    if error.validator == "additionalProperties":
        known = list(error.schema.get("properties", {}))
        for key in sorted(set(value) - set(known), key=str):
            yield (*path, key), f"is no key that coalflow knows{_nearest(key, known)}"
    elif error.validator == "required":
        for key in limit:
            if key not in value:
                yield (*path, key), "is missing: add it"
    elif error.validator == "type":
        yield path, f"is {_shown(value)}, but {_wanted(error)}"
    elif error.validator == "enum":
        choices = ", ".join(str(choice) for choice in limit)
        yield path, f"is {_shown(value)}, but must be one of: {choices}{_nearest(value, limit)}"
    elif error.validator in ("minItems", "minProperties"):
        yield path, "is empty: list at least one value, or delete the key"
    elif error.validator == "uniqueItems":
        yield path, f"lists a value twice: {_shown(value)}"
    elif error.validator == "pattern":
        yield path, f"is {_shown(value)}: use letters, digits, '_', '-' and '.' only"
    else:
        relation = {
            "minimum": "at least",
            "exclusiveMinimum": "greater than",
            "maximum": "at most",
            "exclusiveMaximum": "less than",
        }.get(error.validator)
        yield path, f"is {_shown(value)}, must be {relation} {limit}" if relation else error.message


def _wanted(error):
    """Say which type a value should have, with the mend where the slip is a known one."""
    wanted, value = error.validator_value, error.instance
    if wanted in ("number", "integer") and isinstance(value, str):
        try:
            number = float(value)
        except ValueError:
            return f"must be {_article(wanted)}"
        whole = number.is_integer() or wanted == "number"
        if not math.isfinite(number) or not whole:
            return f"must be {_article(wanted)}"
        if "e" not in value.lower():
            return f"must be {_article(wanted)}, not text: write {value.strip()} without quotes"
        spelled = str(int(number)) if wanted == "integer" else _for_yaml(value)
        return f"must be {_article(wanted)}: YAML reads {value} as text, write {spelled}"
    if wanted == "integer" and isinstance(value, float):
        return "must be a whole number, without '.' or 'e'"
    return f"must be {_article(wanted)}"


def _for_yaml(text):
    """Spell a number such as 1e-8 the way YAML 1.1 wants it: with a point and a sign."""
    mantissa, exponent = text.lower().split("e")
    point = "" if "." in mantissa else ".0"
    return f"{mantissa}{point}e{int(exponent):+d}"


def _article(json_type):
    return {
        "number": "a number",
        "integer": "a whole number",
        "string": "text: put it in quotes",
        "boolean": "true or false",
        "array": "a list in [ ]",
        "object": "a set of keys",
    }[json_type]


def _nearest(word, words):
    close = difflib.get_close_matches(str(word), [str(w) for w in words], n=1)
    return f"; did you mean {close[0]}?" if close else ""


def _shown(value):
    return "empty" if value is None else repr(value)


# Cross-field checks: mistakes that no single value shows ---------------------------------


def _cross_field_mistakes(config):
    simulation = config["simulation"]
    yield from _parameter_mistakes(simulation)
    yield from _history_mistakes(simulation)
    yield from _shard_mistakes(simulation)
    yield from _split_mistakes(config["split"], simulation["replicates"])
    for name, genome in config["genomes"].items():
        for key, message in _genome_mistakes(genome, config):
            yield ("genomes", name, *key), message


def _parameter_mistakes(simulation):
    grid = simulation.get("grid", {})
    for parameter, place in scenarios.PLACES.items():
        path = ("simulation", *place)
        single = scenarios.single_value(simulation, parameter)
        # `history` has a default, which is no contradiction.
        if parameter in grid and single is not None and single != "constant":
            yield path, f"has a value here and others in simulation.grid.{parameter}: delete one"
        if parameter not in grid and single is None:
            yield path, f"is missing: add it, or list values in simulation.grid.{parameter}"


def _history_mistakes(simulation):
    demography = simulation["demography"]
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
    for name in grid.get("history", [demography["history"]]):
        if name not in known:
            yield ("simulation", *place, "history"), _unknown_history(name, known)


def _unknown_history(name, known):
    return f"names {name!r}, but the histories are: {', '.join(known)}{_nearest(name, known)}"


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
        known = ["constant", *config["simulation"]["demography"]["histories"]]
        if genome["simulate"]["history"] not in known:
            message = _unknown_history(genome["simulate"]["history"], known)
            yield ("simulate", "history"), message
        for rate in ("mutation_rate", "recombination_rate"):
            gridded = rate in config["simulation"].get("grid", {})
            if gridded and rate not in genome["simulate"]:
                yield ("simulate", rate), "is missing: simulation has several values of it"


# Messages --------------------------------------------------------------------------------


def _refuse(mistakes, config, files):
    if mistakes:
        lines = [
            f"  {_place(path, config, files)}{_dotted(path)} {message}"
            for path, message in mistakes
        ]
        raise CoalflowError("\n".join(["the config cannot be used:", *lines]))


def _dotted(path):
    return ".".join(str(part) for part in path) or "the config"


def _place(path, config, files):
    """Return ``file:line: `` of a key, or of the nearest key above it that is written down."""
    for depth in range(len(path), 0, -1):
        # Of files laid over each other, the last one that has the key decides.
        for file in reversed(files):
            line, node = _find(_nodes(file), path[:depth])
            if node is not None:
                written_there = depth < len(path) or _says(node, config, path)
                return f"{file}:{line}: " if written_there else "--config: "
    return f"{files[-1]}: " if files else ""


def _says(node, config, path):
    """Tell whether a node of a file has the config's value; --config can have changed it."""
    if not isinstance(node, yaml.ScalarNode):
        return True
    said = yaml.SafeLoader("").construct_document(node)
    try:
        for part in path:
            config = config[part]
        if isinstance(said, str) and isinstance(config, float):
            said = float(said)  # a JSON file may say 1e-08, which YAML reads as text
    except (LookupError, TypeError, ValueError):
        return False
    return repr(said) == repr(config)  # repr, for nan is not equal to itself


def _nodes(file):
    """Return the YAML nodes of a file; None for one that is JSON and no YAML, with tabs."""
    try:
        return yaml.compose(pathlib.Path(file).read_text(), Loader=yaml.SafeLoader)
    except yaml.YAMLError:
        return None


def _find(node, path):
    """Return the line and the node of a key in a file, or None twice."""
    line = None
    for part in path:
        if isinstance(node, yaml.MappingNode):
            entries = {key.value: (key, value) for key, value in node.value}
            if str(part) not in entries:
                return None, None
            key, node = entries[str(part)]
            line = key.start_mark.line + 1
        elif isinstance(node, yaml.SequenceNode) and part in range(len(node.value)):
            node = node.value[part]
            line = node.start_mark.line + 1
        else:
            return None, None
    return line, node


def _refuse_repeated_keys(files):
    """YAML lets a later key silently win over an earlier one of the same name."""
    for file in files:
        waiting = [_nodes(file)]
        while waiting:
            node = waiting.pop()
            if isinstance(node, yaml.MappingNode):
                seen = {}
                for key, value in node.value:
                    line = key.start_mark.line + 1
                    if key.value in seen:
                        first = seen[key.value]
                        raise CoalflowError(
                            f"{file}:{line}: {key.value} is here a second time, the first "
                            f"is in line {first}: delete one"
                        )
                    seen[key.value] = line
                    waiting.append(value)
            elif isinstance(node, yaml.SequenceNode):
                waiting.extend(node.value)


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
