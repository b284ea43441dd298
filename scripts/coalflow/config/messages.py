"""Mistakes in a config: what is wrong, in plain words, and in which line of which file.

A mistake is a pair: the path of its key, a tuple, and the message that follows the key.
"""

import pathlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Any

import pydantic
import yaml

from coalflow.config.fields.section import (
    KINDS,
    UNKNOWN_KEY,
    Mistake,
    Path,
    Section,
    describe_unknown_key,
    show,
)
from coalflow.config.json_schema import (
    Schema,
    find_schema,
    list_alternatives,
    list_choices,
    list_keys,
    make_schema,
)
from coalflow.core.errors import CoalflowError, suggest_nearest

# What pydantic calls an error of type, and what the value should be.
WANTED = {
    "string_type": "text",
    "bool_type": "true or false",
    "tuple_type": "a list in [ ]",
    "dict_type": "a set of keys",
    "model_type": "a set of keys",
    "model_attributes_type": "a set of keys",
}
KIND_NAMES = dict(zip(KINDS, ("a set of keys", "a list in [ ]", "text", "a number"), strict=True))
JSON_KINDS = {
    "object": "a set of keys",
    "array": "a list in [ ]",
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
}


# What is wrong with single values ---------------------------------------------------------


def list_mistakes(error: pydantic.ValidationError, schema: Schema) -> list[Mistake]:
    """Return the mistakes that validation found, in plain words, sorted by key.

    Parameters
    ----------
    error : pydantic.ValidationError
    schema : dict
        The JSON schema of what was validated.
    """
    found = [
        _put_plainly(details, schema)
        for details in error.errors(include_url=False)
        if not _is_consequence(details)
    ]
    unknown = {path for path, message in found if message.startswith(UNKNOWN_KEY)}
    mistakes = [
        (path, message)
        for path, message in found
        if message.startswith(UNKNOWN_KEY)
        or not any(path[:depth] in unknown for depth in range(1, len(path) + 1))
    ]
    mistakes.sort(key=lambda mistake: [str(part) for part in mistake[0]])
    return list(dict.fromkeys(mistakes))


def check_value(model: type[Section], name: str, value: Any) -> list[Mistake]:
    """Return what is wrong with a value for a field of a model; paths are relative to the field."""
    field = model.model_fields[name]
    annotated: Any = field.annotation
    if field.metadata:
        annotated = Annotated[field.annotation, *field.metadata]
    try:
        pydantic.TypeAdapter(annotated, config=Section.model_config).validate_python(value)
    except pydantic.ValidationError as error:
        return list_mistakes(error, find_schema(make_schema(model), (name,)))
    return []


def list_empty(value: Any, path: Path = ()) -> Iterator[Mistake]:
    """Yield keys and items without a value, which YAML reads as null."""
    for part, inner in _list_parts(value):
        yield from list_empty(inner, (*path, part))
    if value is None:
        yield path, "is empty: give it a value, or delete the key"


def list_unquoted_keys(config: Any, mistakes: Iterable[Mistake]) -> list[Mistake]:
    """Return keys that YAML does not read as text, as far as no mistake is about them already.

    Parameters
    ----------
    config : dict
        The config as it was read.
    mistakes : iterable of (path, message)
        What is wrong with the config whose keys are all text.
    """
    known = {
        path
        for path, message in mistakes
        if path and message.startswith((UNKNOWN_KEY, f"is {show(path[-1])}"))
    }
    message = "is a name that YAML does not read as text: put it in quotes"
    return [(path, message) for path in _list_unquoted(config, ()) if path not in known]


def spell_keys(value: Any) -> Any:
    """Return a config with the text of all keys."""
    if isinstance(value, Mapping):
        return {str(key): spell_keys(inner) for key, inner in value.items()}
    return [spell_keys(inner) for inner in value] if isinstance(value, list) else value


def _list_unquoted(value: Any, path: Path) -> Iterator[Path]:
    for part, inner in _list_parts(value):
        key = part if isinstance(value, list) else str(part)
        if key != part:
            yield (*path, key)
        yield from _list_unquoted(inner, (*path, key))


def _list_parts(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield the keys or indices of a section or a list, and what they hold."""
    if isinstance(value, Mapping):
        yield from value.items()
    elif isinstance(value, list):
        yield from enumerate(value)


def _is_consequence(details: Any) -> bool:
    """Tell whether a list is called too short only because items of it are mistaken."""
    shortened = details["type"] == "too_short"
    return shortened and len(details["input"]) >= details["ctx"]["min_length"]


def _put_plainly(details: Any, schema: Schema) -> Mistake:
    """Return (path, message) for one error of pydantic."""
    # Labels of unions, and of keys, are not part of the path.
    path = tuple(part for part in details["loc"] if part not in (*KINDS, "[key]"))
    kind, value = details["type"], details["input"]
    context = details.get("ctx", {})
    match kind:
        case "plain":
            return path, str(details["msg"])
        case "extra_forbidden":
            known = list_keys(find_schema(schema, path[:-1]))
            return path, describe_unknown_key(path[-1], known)
        case "missing":
            return path, "is missing: add it"
        case "literal_error":
            return path, _describe_choices(value, find_schema(schema, path))
        case "union_tag_invalid" | "union_tag_not_found":
            tags = [tag for tag in KIND_NAMES if tag in context.get("expected_tags", "")]
            wanted = " or ".join(KIND_NAMES[tag] for tag in tags)
            wanted = wanted or " or ".join(_list_kinds(find_schema(schema, path)))
            return path, f"is {show(value)}, but must be {wanted}"
        case "too_short":
            return path, _describe_too_short(value, context)
        case "string_type" if not isinstance(value, (list, tuple, Mapping)):
            return path, f"is {show(value)}, but must be text: put it in quotes"
        case _ if kind in WANTED:
            return path, f"is {show(value)}, but must be {WANTED[kind]}"
        case "string_too_short":
            return path, f"is {show(value)}: write a name"
    return path, f"is {show(value)}: {details['msg']}"


def _describe_too_short(value: Any, context: Mapping[str, Any]) -> str:
    fewest = context["min_length"]
    if fewest > 1 and value:
        return f"is {show(value)}: list {fewest} values or more"
    return "is empty: list at least one value, or delete the key"


def _describe_choices(value: Any, schema: Schema) -> str:
    """Return the message for a value that is none of the choices of a schema."""
    alternatives = list_alternatives(schema)
    choices = [choice for one in alternatives for choice in list_choices(one)]
    others = _list_kinds({"oneOf": [one for one in alternatives if not list_choices(one)]})
    wanted = f"one of: {', '.join(choices)}" if len(choices) > 1 else choices[0]
    near = suggest_nearest(value, choices)
    return f"is {show(value)}, but must be {' or '.join([*others, wanted])}{near}"


def _list_kinds(schema: Schema) -> list[str]:
    """Return which kinds of values a schema has, such as ``["text", "a number"]``."""
    kinds = (one.get("type") for one in list_alternatives(schema))
    return [JSON_KINDS[kind] for kind in kinds if kind in JSON_KINDS]


# How it is said ------------------------------------------------------------------------------


def refuse(mistakes: Sequence[Mistake], config: Any, files: Sequence[str | pathlib.Path]) -> None:
    """Raise CoalflowError with all mistakes, a line each, if there are any.

    Parameters
    ----------
    mistakes : list of (path, message)
    config : dict
        The config as it was read, which shows which values are those of ``--config``.
    files : list of paths
        The config files, the last of which wins.

    Raises
    ------
    CoalflowError
        If there is a mistake.
    """
    if mistakes:
        lines = [
            f"  {_locate(path, config, files)}{_dotted(path)} {message}"
            for path, message in mistakes
        ]
        raise CoalflowError("\n".join(["the config cannot be used:", *lines]))


def _dotted(path: Path) -> str:
    return ".".join(str(part) for part in path) or "the config"


def _locate(path: Path, config: Any, files: Sequence[str | pathlib.Path]) -> str:
    """Return ``file:line: `` of a key, or of the nearest key above it that is written down."""
    for depth in range(len(path), 0, -1):
        # Of merged files, the last one that has the key decides.
        for file in reversed(files):
            line, node = _find_node(_compose(file), path[:depth])
            if node is not None:
                written_there = depth < len(path) or _has_value(node, config, path)
                return f"{file}:{line}: " if written_there else "--config: "
    return f"{files[-1]}: " if files else ""


def _has_value(node: yaml.Node, config: Any, path: Path) -> bool:
    """Tell whether a node of a file has the config's value; --config can have changed it."""
    if not isinstance(node, yaml.ScalarNode):
        return True
    written = yaml.SafeLoader("").construct_document(node)
    try:
        for part in path:
            config = config[part]
        if isinstance(written, str) and isinstance(config, float):
            written = float(written)  # a JSON file may have 1e-08, which YAML reads as text
    except (LookupError, TypeError, ValueError):
        return False
    return repr(written) == repr(config)  # repr, for nan is not equal to itself


def _compose(file: str | pathlib.Path) -> yaml.Node | None:
    """Return the YAML nodes of a file; None for one that is JSON and not YAML, with tabs."""
    try:
        return yaml.compose(pathlib.Path(file).read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except yaml.YAMLError:
        return None


def _find_node(node: yaml.Node | None, path: Path) -> tuple[int | None, yaml.Node | None]:
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
            node = node.value[int(part)]
            line = node.start_mark.line + 1
        else:
            return None, None
    return line, node


def refuse_repeated_keys(files: Iterable[str | pathlib.Path]) -> None:
    """Refuse files with a repeated key: YAML lets the later one silently win.

    Raises
    ------
    CoalflowError
        If a key is repeated, with the lines of both.
    """
    for file in files:
        waiting = [_compose(file)]
        while waiting:
            node = waiting.pop()
            if isinstance(node, yaml.MappingNode):
                first_lines: dict[str, int] = {}
                for key, value in node.value:
                    line = key.start_mark.line + 1
                    if key.value in first_lines:
                        raise CoalflowError(
                            f"{file}:{line}: {key.value} is given a second time, the first "
                            f"is in line {first_lines[key.value]}: delete one"
                        )
                    first_lines[key.value] = line
                    waiting.append(value)
            elif isinstance(node, yaml.SequenceNode):
                waiting.extend(node.value)
