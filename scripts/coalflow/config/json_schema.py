"""The JSON schema of the config: for editors, for the table of keys, and for near names."""

import ast
import functools
import inspect
import itertools
import pathlib
from collections.abc import Iterator
from typing import Any, TypeAlias

from pydantic.json_schema import GenerateJsonSchema

from coalflow.config.fields.section import JSON_LIMITS, Path, Section
from coalflow.config.schema.whole import WrittenConfig

Schema: TypeAlias = dict[str, Any]

# The version that all editors can read.
DIALECT = "http://json-schema.org/draft-07/schema#"
TITLE = "coalflow's config"
# Keywords in the order in which they are written; those that are not listed come in between.
FIRST = ("$schema", "title", "description", "type", "enum", "const", "default", "minimum")
LAST = ("required", "propertyNames", "properties", "patternProperties", "additionalProperties")
LIMITS = set(JSON_LIMITS.values())
# Keywords whose values are schemas by the names of keys, and those whose values are one schema.
BY_NAME = ("properties", "patternProperties")
SINGLE = ("items", "additionalProperties", "propertyNames")


def make_config_schema() -> Schema:
    """Return the JSON schema of the config as it is written.

    Examples
    --------
    >>> make_config_schema()["required"]
    ['run', 'seed', 'simulation', 'target']
    """
    return _sort_keywords({"$schema": DIALECT, "title": TITLE, **make_schema(WrittenConfig)})


@functools.cache
def make_schema(model: type[Section]) -> Schema:
    """Return the JSON schema of a section, in which nothing refers to anything else.

    A key that may be left out has no alternative ``null``: it has no value then, not an empty one.
    """
    root = model.model_json_schema(by_alias=True, schema_generator=_DescribedSchema)
    return _simplify(root, root.get("$defs", {}))


class _DescribedSchema(GenerateJsonSchema):
    """Pydantic's JSON schema, in which each key has the text under its field as description.

    Pydantic would read all texts when classes are made: a quarter of a second in every program.
    """

    def model_schema(self, schema: Any) -> Schema:
        described, model = super().model_schema(schema), schema["cls"]
        for base in reversed(model.__mro__):
            for name, text in _read_descriptions(base).items():
                field = model.model_fields.get(name)
                if field and (key := field.alias or name) in described.get("properties", {}):
                    described["properties"][key]["description"] = text
        return described


def _read_descriptions(model: type) -> dict[str, str]:
    """Return the texts under fields of a class, by the names of fields."""
    if not issubclass(model, Section):
        return {}
    body = _read_classes(inspect.getfile(model)).get(model.__name__, [])
    return {
        field.target.id: inspect.cleandoc(text.value.value)
        for field, text in itertools.pairwise(body)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(text, ast.Expr)
        and isinstance(text.value, ast.Constant)
        and isinstance(text.value.value, str)
    }


@functools.cache
def _read_classes(file: str) -> dict[str, list[ast.stmt]]:
    """Return the statements in each class of a file, by its name."""
    nodes = ast.parse(pathlib.Path(file).read_text(encoding="utf-8")).body
    return {node.name: node.body for node in nodes if isinstance(node, ast.ClassDef)}


def _simplify(schema: Schema, definitions: dict[str, Schema]) -> Schema:
    """Return a schema of pydantic's as a person would write it."""
    schema = _merge_references(schema, definitions)
    for keyword in ("$defs", "title"):
        schema.pop(keyword, None)
    if "description" in schema:
        # Docstrings have two backticks, and lines.
        schema["description"] = " ".join(schema["description"].replace("``", "`").split())
    if schema.get("type") == "array":
        if "minLength" in schema:
            schema["minItems"] = schema.pop("minLength")
        if "prefixItems" in schema:
            schema["items"] = schema.pop("prefixItems")[0]  # ranges alone: all items are alike
    if "patternProperties" in schema and "properties" not in schema:
        ((pattern, values),) = schema.pop("patternProperties").items()
        schema |= {"propertyNames": {"pattern": pattern}, "additionalProperties": values}
    for keyword in LIMITS & schema.keys():
        if float(schema[keyword]).is_integer():
            schema[keyword] = int(schema[keyword])
    if schema.get("default") in (None, {}) or "properties" in schema:
        schema.pop("default", None)  # of a section, defaults are those of its keys
    for keyword in BY_NAME:
        if keyword in schema:
            inner = schema[keyword].items()
            schema[keyword] = {name: _simplify(value, definitions) for name, value in inner}
    for keyword in SINGLE:
        if isinstance(schema.get(keyword), dict):
            schema[keyword] = _simplify(schema[keyword], definitions)
    if "oneOf" in schema:
        schema["oneOf"] = [_simplify(one, definitions) for one in schema["oneOf"]]
    return _sort_keywords(schema)


def _merge_references(schema: Schema, definitions: dict[str, Schema]) -> Schema:
    """Return a copy of a schema with its definition, and of an optional value what it may be."""
    while True:
        rest = dict(schema)
        if "$ref" in rest:
            schema = definitions[rest.pop("$ref").rsplit("/", 1)[-1]] | rest
        elif "anyOf" in rest:
            (schema,) = [one for one in rest.pop("anyOf") if one.get("type") != "null"]
            schema = schema | rest
        else:
            return rest


def _sort_keywords(schema: Schema) -> Schema:
    between = [keyword for keyword in schema if keyword not in (*FIRST, *LAST)]
    return {keyword: schema[keyword] for keyword in (*FIRST, *between, *LAST) if keyword in schema}


# Parts of a schema ---------------------------------------------------------------------------


def find_schema(schema: Schema, path: Path) -> Schema:
    """Return the schema of the value at a path; an empty one where there is none.

    Examples
    --------
    >>> find_schema(make_config_schema(), ("genomes", "mine", "step"))["minimum"]
    1
    """
    for part in path:
        inner = [_find_inner(one, part) for one in list_alternatives(schema)]
        schema = next((found for found in inner if found), {})
    return schema


def list_alternatives(schema: Schema) -> list[Schema]:
    """Return the schemas of which a value must match one."""
    return schema.get("oneOf", [schema])


def list_choices(schema: Schema) -> list[Any]:
    """Return the values of which a value must be one; none where it can be another."""
    return schema.get("enum") or [schema[keyword] for keyword in ("const",) if keyword in schema]


def list_keys(schema: Schema) -> Iterator[str]:
    """Yield the keys that a value can have."""
    for alternative in list_alternatives(schema):
        yield from alternative.get("properties", {})


def _find_inner(schema: Schema, part: str | int) -> Schema:
    """Return the schema below a key or an index."""
    if part in schema.get("properties", {}):
        return schema["properties"][part]
    if schema.get("type") == "array":
        return schema["items"] if isinstance(part, int) else {}
    inner = schema.get("additionalProperties")
    return inner if isinstance(inner, dict) else {}
