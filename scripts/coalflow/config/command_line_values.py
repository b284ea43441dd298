"""Values of ``--config``, whose inner ones Snakemake hands on as text, whatever they are."""

import re
from collections.abc import Mapping
from typing import Any

import yaml

from coalflow.config.fields.section import Path, spell_path
from coalflow.config.json_schema import Schema, find_schema, list_alternatives
from coalflow.config.sources import COMMAND_LINE, NULL
from coalflow.config.strict_yaml import compose_yaml, list_problems, load_yaml
from coalflow.core.errors import CoalflowError

EXPONENTIAL = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)[eE][-+]?[0-9]+")


def read_values(given: Any, schema: Schema, path: Path = ()) -> Any:
    """Return values of ``--config`` with numbers in place of their text, where text cannot stand.

    Parameters
    ----------
    given : mapping or list or text or number
        As Snakemake has it, such as ``{"training": {"epochs": "3"}}``.
    schema : dict
        The JSON schema of the config.
    path : tuple
        Where it stands in the config.

    Raises
    ------
    CoalflowError
        If a number is written so that it is read as another one.
    """
    if isinstance(given, Mapping):
        return {str(key): read_values(v, schema, (*path, str(key))) for key, v in given.items()}
    if isinstance(given, list):
        return [read_values(v, schema, (*path, i)) for i, v in enumerate(given)]
    if given is None:
        return ""  # Snakemake's for `--config run=`
    types = {one.get("type", "string") for one in list_alternatives(find_schema(schema, path))}
    if not isinstance(given, str) or types == {"string"}:
        return None if given in NULL else given
    return _read_scalar(given, path)


def _read_scalar(text: str, path: Path) -> Any:
    """Return the value of a text, as YAML reads it."""
    if EXPONENTIAL.fullmatch(text):  # 1e-8 is text in YAML, and here it is not in a file
        return float(text)
    try:
        node = compose_yaml(text)
    except CoalflowError:
        return text
    if not isinstance(node, yaml.ScalarNode):
        return text
    for problem in list_problems(node):
        raise CoalflowError(f"{COMMAND_LINE}{spell_path(path)} {problem.message}")
    return load_yaml(text)
