"""The tables of config keys in docs/reference/config.md, made from the JSON schema."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from coalflow.config.json_schema import Schema, list_alternatives, list_choices, make_config_schema

NAMES = {
    "number": "number",
    "integer": "whole number",
    "string": "text",
    "boolean": "`true` or `false`",
    "object": "keys",
}
SEVERAL = {**NAMES, "number": "numbers", "integer": "whole numbers"}
SIGNS = {"exclusiveMinimum": ">", "minimum": "≥", "exclusiveMaximum": "<", "maximum": "≤"}


def make_key_tables() -> str:
    """Return tables in Markdown with a row for each key: its values, default and meaning.

    Keys that have no others below them are in the first table; each of the rest has a heading.
    """
    keys = list(_list_described(make_config_schema(), ()))
    sections = dict.fromkeys(path[0] for path, _ in keys if len(path) > 1)
    single = _make_table((path, schema) for path, schema in keys if path[0] not in sections)
    return single + "".join(
        f"\n## {name}\n\n{_make_table(one for one in keys if one[0][0] == name)}"
        for name in sections
    )


def _make_table(keys: Iterable[tuple[tuple[str, ...], Any]]) -> str:
    rows = ["| key | value | default | meaning |", "|---|---|---|---|"]
    for path, schema in keys:
        default = _show_default(schema.get("default"))
        cells = [f"`{'.'.join(path)}`", _describe_values(schema), default, schema["description"]]
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows) + "\n"


def _list_described(schema: Schema, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield the path and the schema of each key below a schema, in the order of the config."""
    for alternative in list_alternatives(schema):
        for key, inner in alternative.get("properties", {}).items():
            yield (*path, key), inner
            yield from _list_described(inner, (*path, key))
        named = alternative.get("additionalProperties")
        if isinstance(named, dict):
            yield from _list_described(named, (*path, "<name>"))
        if "items" in alternative:
            yield from _list_described(alternative["items"], path)


def _describe_values(schema: Schema, names: Mapping[str, str] = NAMES) -> str:
    """Return in words what a value can be, such as ``whole number, ≥ 1, ≤ 100``."""
    if "oneOf" in schema:
        kinds = dict.fromkeys(_describe_values(one, names) for one in schema["oneOf"])
        return (", or " if "," in "".join(kinds) else " or ").join(kinds)
    if "items" in schema:
        return f"list of {_describe_values(schema['items'], SEVERAL)}"
    choices = list_choices(schema)
    if choices:
        return (" or " if names is NAMES else ", ").join(f"`{choice}`" for choice in choices)
    limits = [f"{sign} {schema[key]:,}" for key, sign in SIGNS.items() if key in schema]
    return ", ".join([names[schema["type"]], *limits])


def _show_default(default: Any) -> str:
    return "" if default is None else f"`{json.dumps(default)}`".replace('"', "")
