"""The table of config keys in config/README.md, made from the schema."""

import json

from coalflow.config.loading import resolved


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
        yield from _described_node(resolved(node, root), root, (*path, key))


def _described_node(node, root, path):
    yield path, node
    yield from _described(node, root, path)
    others = node.get("additionalProperties")
    if isinstance(others, dict):
        named = (*path, "<name>")
        yield from _described(resolved(others, root), root, named)
        if others.get("type") == "array":
            yield from _described(resolved(others["items"], root), root, named)


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
    of_node = node["type"] if isinstance(node["type"], list) else [node["type"]]
    return ", ".join([" or ".join(kinds[kind] for kind in of_node), *limits])
