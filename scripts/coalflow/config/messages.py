"""Mistakes in a config: what is wrong, in plain words, and in which line of which file.

A mistake is a pair: the path of its key, a tuple, and the message that follows the key.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any

import pydantic

from coalflow.config.fields.section import (
    KINDS,
    UNKNOWN_KEY,
    Mistake,
    Path,
    Section,
    describe_unknown_key,
    show,
    spell_path,
)
from coalflow.config.json_schema import (
    Schema,
    find_schema,
    list_alternatives,
    list_choices,
    list_keys,
    make_schema,
)
from coalflow.config.schema.genomes import PANEL
from coalflow.config.sources import COMMAND_LINE, HEADER, Sources
from coalflow.core.errors import CoalflowError, suggest_nearest

MOST_SHOWN = 50  # mistakes
NUMBER_TEXT = re.compile(r"[-+.0-9]+([eE][-+]?[0-9]+)?")
# What is said last where a key of one file contradicts that of another.
DELETE = re.compile(r": (delete|keep) (one|it)\b")
HOW_TO_DELETE = (
    "  A later config file deletes a key of an earlier one with null, as in `mutation_rate: null`"
)

# What pydantic calls an error of type, and what the value should be.
WANTED = {
    "string_type": "text",
    "bool_type": "true or false",
    "tuple_type": "a list in [ ]",
    "dict_type": "a set of keys",
    "model_type": "a set of keys",
    "model_attributes_type": "a set of keys",
}
LABELS = (*KINDS, PANEL, "[key]")  # pydantic's, in the paths of errors
KEYED = ("dict_type", "model_type", "model_attributes_type")
KEYS_SHOWN = 5
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


def spell_keys(value: Any) -> Any:
    """Return a config with the text of all keys."""
    if isinstance(value, Mapping):
        return {str(key): spell_keys(inner) for key, inner in value.items()}
    return [spell_keys(inner) for inner in value] if isinstance(value, list) else value


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
    path = tuple(part for part in details["loc"] if part not in LABELS)
    kind, value = details["type"], details["input"]
    context = details.get("ctx", {})
    match kind:
        case "plain":
            return path, str(details["msg"])
        case "extra_forbidden":
            *_, key = details["loc"]  # it may look like a label
            around = path if key in LABELS else path[:-1]
            known = list_keys(find_schema(schema, around))
            return (*around, key), describe_unknown_key(key, known)
        case "missing":
            return path, "is missing: add it"
        case "literal_error":
            return path, _describe_choices(value, find_schema(schema, path))
        case "union_tag_invalid" | "union_tag_not_found":
            tags = [tag for tag in KIND_NAMES if tag in context.get("expected_tags", "")]
            wanted = " or ".join(KIND_NAMES[tag] for tag in tags)
            wanted = wanted or " or ".join(_list_kinds(find_schema(schema, path)))
            return path, f"is {show(value)}, but must be {wanted}{_suggest_unquoted(value, wanted)}"
        case "too_short":
            return path, _describe_too_short(value, context)
        case "string_type" if not isinstance(value, (list, tuple, Mapping)):
            return path, f"is {show(value)}, but must be text: put it in quotes"
        case _ if kind in WANTED:
            wanted = WANTED[kind] + _suggest_form(kind, value, find_schema(schema, path))
            return path, f"is {show(value)}, but must be {wanted}"
        case "string_too_short":
            return path, f"is {show(value)}: write it out, or delete the key"
    return path, f"is {show(value)}: {details['msg']}"


def _suggest_form(kind: str, value: Any, schema: Schema) -> str:
    """Return how a value is written that is a list or a set of keys, as far as it is known."""
    if kind == "bool_type":
        return _suggest_unquoted(value, WANTED[kind])
    if kind == "tuple_type" and isinstance(value, (str, int, float)) and not _is_number_text(value):
        return f": write [{value if isinstance(value, str) else show(value)}]"
    keys = list(list_keys(schema))
    return f", such as {', '.join(keys[:KEYS_SHOWN])}" if kind in KEYED and keys else ""


def _is_number_text(value: Any) -> bool:
    """Tell whether a value is text that is empty, or a number in quotes or not as YAML has it."""
    return isinstance(value, str) and (not value or NUMBER_TEXT.fullmatch(value) is not None)


def _suggest_unquoted(value: Any, wanted: str) -> str:
    """Return what to do where a number, true or false was put in quotes."""
    if not isinstance(value, str):
        return ""
    plain = value.strip().lower()
    is_meant = (plain in ("true", "false") and "true" in wanted) or (
        plain.isdecimal() and "number" in wanted
    )
    return f": write {plain} without quotes" if is_meant else ""


def _describe_too_short(value: Any, context: Mapping[str, Any]) -> str:
    fewest = context["min_length"]
    if fewest > 1:
        return f"is {show(value)}: list {fewest} values or more"
    if isinstance(value, Mapping):
        return "is empty: give it a key, or delete it"
    return "is empty: list at least one value, or delete the key"


def _describe_choices(value: Any, schema: Schema) -> str:
    """Return the message for a value that is none of the choices of a schema."""
    alternatives = list_alternatives(schema)
    choices = [choice for one in alternatives for choice in list_choices(one)]
    others = _list_kinds({"oneOf": [one for one in alternatives if not list_choices(one)]})
    wanted = f"one of: {', '.join(choices)}" if len(choices) > 1 else choices[0]
    near = suggest_nearest(value, choices) or _suggest_unquoted(value, " ".join(others))
    return f"is {show(value)}, but must be {' or '.join([*others, wanted])}{near}"


def _list_kinds(schema: Schema) -> list[str]:
    """Return which kinds of values a schema has, such as ``["text", "a number"]``."""
    kinds = (one.get("type") for one in list_alternatives(schema))
    return [JSON_KINDS[kind] for kind in kinds if kind in JSON_KINDS]


# How it is said ------------------------------------------------------------------------------


def refuse(mistakes: Sequence[Mistake], sources: Sources) -> None:
    """Raise CoalflowError with all mistakes, a line each, if there are any.

    Parameters
    ----------
    mistakes : list of (path, message)
    sources : Sources
        What the config was merged from.

    Raises
    ------
    CoalflowError
        If there is a mistake.
    """
    if not mistakes:
        return
    shown = mistakes[:MOST_SHOWN]
    lines = [HEADER, *(_show_mistake(path, message, sources) for path, message in shown)]
    if len(mistakes) > len(shown):
        lines.append(f"  and {len(mistakes) - len(shown):,} more")
    if sources.are_several and any(DELETE.search(message) for _, message in mistakes):
        lines.append(HOW_TO_DELETE)
    raise CoalflowError("\n".join(lines))


def _show_mistake(path: Path, message: str, sources: Sources) -> str:
    where, dotted = sources.locate(path), spell_path(path) or "the config"
    if where == COMMAND_LINE:  # where Snakemake drops quotes
        message = message.replace("put it in quotes", "put it in a config file, in quotes")
    return f"  {where}{dotted} {message}"
