"""Demes files, read so that programs can be given their content.

Only what must be known while the Snakefile is read is checked here: whether it is a demes file at
all. The rest is checked by the demes library, where the graph is made.
"""

import json
import math
import pathlib
import re
from typing import Any

import yaml

from coalflow.config.histories.contents import Content, list_populations_today
from coalflow.config.registry.parameters import PARAMETERS
from coalflow.core.errors import CoalflowError

# What a demes file holds that is no part of the history.
REMARKS = ("description", "doi", "metadata")
RATE = "mutation_rate"  # the parameter, and the key of metadata
SPECIFICATION = "https://popsim-consortium.github.io/demes-spec-docs/"
# A program is given the history in one argument, which Linux limits to 128 KiB.
MOST_CHARACTERS = 60_000


class _Loader(yaml.SafeLoader):
    """Reads numbers as in YAML 1.2, in which demes files are written: 1e-4 is a number.

    An infinite number becomes the text that JSON demes files have for it.
    """


def _read_float(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> float | str:
    value = loader.construct_yaml_float(node)
    return value if math.isfinite(value) else "Infinity" if value > 0 else str(value)


_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)[eE][-+]?[0-9]+$"),
    list("-+.0123456789"),
)
_Loader.add_constructor("tag:yaml.org,2002:float", _read_float)


def read_demes_file(path: str | pathlib.Path) -> Content:
    """Return the content of a demes file, which JSON can write, without its remarks.

    Raises
    ------
    CoalflowError
        If there is no such file, or it is evidently not a demes file. The message is to follow
        the file's name.
    """
    return drop_remarks(_load(path))


def read_mutation_rate(path: str | pathlib.Path) -> float | None:
    """Return the mutation rate with which the sizes of a demes file were inferred.

    It is ``metadata.mutation_rate``, per base and generation.

    Returns
    -------
    float or None
        None where the file does not have it.

    Raises
    ------
    CoalflowError
        If there is no such file, it is evidently not a demes file, or the rate is not possible.
    """
    return _get_mutation_rate(_load(path))


def _load(path: str | pathlib.Path) -> Content:
    """Return the whole content of a demes file."""
    try:
        content = yaml.load(pathlib.Path(path).read_text(encoding="utf-8"), Loader=_Loader)
    except OSError:
        raise CoalflowError(f"there is no such file (relative to {pathlib.Path.cwd()})") from None
    except (yaml.YAMLError, ValueError) as error:
        raise CoalflowError(f"this is not YAML: {' '.join(str(error).split())}") from None
    problem = _find_problem(content)
    if problem:
        raise CoalflowError(f"this is not a demes file: {problem}. See {SPECIFICATION}")
    rate = _get_mutation_rate(content)
    problem = None if rate is None else PARAMETERS[RATE].limits.problem(rate)
    if problem:
        raise CoalflowError(f"metadata.{RATE} {problem}")
    return content


def _get_mutation_rate(content: Content) -> Any:
    metadata = content.get("metadata")
    return metadata.get(RATE) if isinstance(metadata, dict) else None


def drop_remarks(holder: Content) -> Content:
    """Return a content, or a part of one, without what it holds for people alone."""
    return {key: value for key, value in holder.items() if key not in REMARKS}


def _find_problem(content: Any) -> str | None:
    """Return why the content of a file cannot hold a history, or None."""
    if not isinstance(content, dict):
        return "it is not a set of keys"
    for key in ("time_units", "demes"):
        if not content.get(key):
            return f"it has no {key}"
    demes = content["demes"]
    if not isinstance(demes, list) or not all(isinstance(deme, dict) for deme in demes):
        return "its demes are not a list of sets of keys"
    for deme in demes:
        if not isinstance(deme.get("name"), str):
            return f"the name of a deme is {deme.get('name')!r}, but must be text"
    if not list_populations_today(content):
        return "none of its demes exists today (end_time 0)"
    try:
        text = json.dumps(drop_remarks(content))
    except (TypeError, ValueError) as error:
        return f"it holds what JSON cannot write ({error})"
    if len(text) > MOST_CHARACTERS:
        return (
            f"its {len(text):,} characters are too many, "
            f"programs can be given {MOST_CHARACTERS:,}: use fewer epochs"
        )
    return None
