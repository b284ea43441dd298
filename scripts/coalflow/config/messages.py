"""Mistakes in a config: what is wrong, in plain words, and in which line of which file.

A mistake is a pair: the path of its key, a tuple, and the message that follows the key.
"""

import pathlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Any

import pydantic
import yaml

from coalflow.config.json_schema import find_schema, list_alternatives, list_keys, make_schema
from coalflow.config.schema.section import KINDS, PLAIN, Mistake, Path, Section, show
from coalflow.core.errors import CoalflowError, suggest_nearest

# What pydantic calls an error of type, and what the value should be.
WANTED = {
    "string_type": "text: put it in quotes",
    "bool_type": "true or false",
    "tuple_type": "a list in [ ]",
    "dict_type": "a set of keys",
    "model_type": "a set of keys",
    "model_attributes_type": "a set of keys",
}
KIND_NAMES = dict(zip(KINDS, ("a set of keys", "a list in [ ]", "text", "a number"), strict=True))
LITERALS = {
    "string_pattern_mismatch": "use letters, digits, '_', '-' and '.' only",
    "string_too_short": "write a name",
}


# What is wrong with single values ---------------------------------------------------------


def list_mistakes(error: pydantic.ValidationError, model: type[Section]) -> list[Mistake]:
    """Return the mistakes that validation by a model found, in plain words, sorted by key."""
    mistakes = [
        _put_plainly(details, model)
        for details in error.errors(include_url=False)
        if not _is_consequence(details)
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
        return list_mistakes(error, model)
    return []


def list_empty(value: Any, path: Path = ()) -> Iterator[Mistake]:
    """Yield keys and items without a value, which YAML reads as null."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from list_empty(inner, (*path, key))
    elif isinstance(value, (list, tuple)):
        for index, inner in enumerate(value):
            yield from list_empty(inner, (*path, index))
    elif value is None:
        yield path, "is empty: give it a value, or delete the key"


def _is_consequence(details: Any) -> bool:
    """Tell whether a list is called too short only because items of it are mistaken."""
    shortened = details["type"] == "too_short"
    return shortened and len(details["input"]) >= details["ctx"]["min_length"]


def _put_plainly(details: Any, model: type[Section]) -> Mistake:
    """Return (path, message) for one error of pydantic."""
    # Labels of unions, and of keys, are not part of the path.
    is_key = details["loc"][-1:] == ("[key]",)
    path = tuple(part for part in details["loc"] if part not in (*KINDS, "[key]"))
    kind, value = details["type"], details["input"]
    context = details.get("ctx", {})
    if is_key and kind != PLAIN:
        return path, f"is {show(value)}: {LITERALS['string_pattern_mismatch']}"
    match kind:
        case "plain":
            return path, str(details["msg"])
        case "extra_forbidden":
            known = list_keys(find_schema(make_schema(model), path[:-1]))
            return path, describe_unknown_key(path[-1], known)
        case "missing":
            return path, "is missing: add it"
        case "literal_error":
            choices = [part for part in context["expected"].split("'") if part.strip(", or")]
            near = suggest_nearest(value, choices)
            return path, f"is {show(value)}, but must be one of: {', '.join(choices)}{near}"
        case "union_tag_invalid" | "union_tag_not_found":
            tags = [tag for tag in KIND_NAMES if tag in context.get("expected_tags", "")]
            wanted = " or ".join(KIND_NAMES[tag] for tag in tags) or _list_kinds(model, path)
            return path, f"is {show(value)}, but must be {wanted}"
        case "too_short":
            return path, _describe_too_short(value, context)
        case _ if kind in WANTED:
            return path, f"is {show(value)}, but must be {WANTED[kind]}"
        case _ if kind in LITERALS:
            return path, f"is {show(value)}: {LITERALS[kind]}"
    return path, f"is {show(value)}: {details['msg']}"


def _describe_too_short(value: Any, context: Mapping[str, Any]) -> str:
    fewest = context["min_length"]
    if fewest > 1 and value:
        return f"is {show(value)}: list {fewest} values or more"
    return "is empty: list at least one value, or delete the key"


def _list_kinds(model: type[Section], path: Path) -> str:
    """Return which kinds of values the schema has at a path, such as ``text or a number``."""
    kinds = {"object": "a set of keys", "array": "a list in [ ]", "string": "text"}
    kinds |= {"integer": "a whole number", "number": "a number"}
    alternatives = list_alternatives(find_schema(make_schema(model), path))
    return " or ".join(kinds[one["type"]] for one in alternatives if one.get("type") in kinds)


def describe_unknown_key(key: object, known: Iterable[str]) -> str:
    """Return the message for a key that there is not."""
    return f"is not a recognised key{suggest_nearest(key, known)}"


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
        return yaml.compose(pathlib.Path(file).read_text(), Loader=yaml.SafeLoader)
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
