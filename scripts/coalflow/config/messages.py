"""Mistakes in a config: what is wrong, in plain words, and in which line of which file.

A mistake is a pair: the path of its key, a tuple, and the message that follows the
key. Needs nothing but what Snakemake itself installs, since the Snakefile uses it.
"""

import math
import pathlib
import re

import jsonschema
import yaml

from coalflow.core.errors import CoalflowError, suggest_nearest

# What is wrong with single values ---------------------------------------------------------


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


def _among_texts(key):
    """Return the validator's check of a keyword that compares keys with patterns.

    It takes all keys for text, and a key of YAML may be a number. ``propertyNames`` tells of it.
    """
    check = jsonschema.Draft202012Validator.VALIDATORS[key]

    def check_texts(validator, wanted, instance, schema):
        if "patternProperties" in schema and isinstance(instance, dict):
            instance = {name: value for name, value in instance.items() if isinstance(name, str)}
        return check(validator, wanted, instance, schema)

    return check_texts


_Validator = jsonschema.validators.extend(
    jsonschema.Draft202012Validator,
    {key: _among_texts(key) for key in ("patternProperties", "additionalProperties")},
    type_checker=jsonschema.Draft202012Validator.TYPE_CHECKER.redefine_many(
        {"number": _is_number, "integer": _is_whole_number}
    ),
)


def of_single_values(config, schema):
    """Return the mistakes that the schema finds in a config, each in plain words."""
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
        patterns = error.schema.get("patternProperties", {})
        for key in sorted(set(value) - set(known), key=str):
            if any(re.search(pattern, str(key)) for pattern in patterns):
                continue
            yield (*path, key), f"is no key that coalflow knows{suggest_nearest(key, known)}"
    elif error.validator == "required":
        for key in limit:
            if key not in value:
                yield (*path, key), "is missing: add it"
    elif error.validator == "type":
        yield path, f"is {_shown(value)}, but {_wanted(error)}"
    elif error.validator == "enum":
        choices = ", ".join(str(choice) for choice in limit)
        yield (
            path,
            f"is {_shown(value)}, but must be one of: {choices}{suggest_nearest(value, limit)}",
        )
    elif error.validator in ("minItems", "minProperties"):
        yield path, "is empty: list at least one value, or delete the key"
    elif error.validator == "maxProperties":
        yield path, f"has several of {', '.join(map(str, value))}: keep one"
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
    if isinstance(json_type, list):
        return " or ".join(_article(one) for one in json_type)
    return {
        "number": "a number",
        "integer": "a whole number",
        "string": "text: put it in quotes",
        "boolean": "true or false",
        "array": "a list in [ ]",
        "object": "a set of keys",
    }[json_type]


def unknown(name, what, known):
    """Return the message for a name that is none of those known."""
    near = suggest_nearest(name, known)
    return f"names {name!r}, but the {what} are: {', '.join(known)}{near}"


def _shown(value):
    return "empty" if value is None else repr(value)


# How it is said ------------------------------------------------------------------------------


def refuse(mistakes, config, files):
    """Raise CoalflowError with all mistakes, a line each, if there are any."""
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


def refuse_repeated_keys(files):
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
