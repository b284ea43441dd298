"""Reads a demes file, so that its content can be handed to programs.

Only what the Snakefile must know is looked at here: whether it is a demes file at all.
Needs nothing but what Snakemake itself installs, since the Snakefile uses it.
"""

import json
import math
import pathlib
import re

import yaml

from coalflow.config.histories import contents
from coalflow.core.errors import CoalflowError

# What a demes file says to people alone: it changes no simulation.
REMARKS = ("description", "doi", "metadata")
# A program is told the history in one word of its command, which Linux limits to 128 KiB.
MOST_CHARACTERS = 60_000


class _Loader(yaml.SafeLoader):
    """Reads numbers as YAML 1.2 does, in which demes files are written: 1e-4 is one.

    An infinite number becomes the text that JSON demes files have for it.
    """


def _number(loader, node):
    value = yaml.SafeLoader.construct_yaml_float(loader, node)
    return value if math.isfinite(value) else "Infinity" if value > 0 else str(value)


_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)[eE][-+]?[0-9]+$"),
    list("-+.0123456789"),
)
_Loader.add_constructor("tag:yaml.org,2002:float", _number)


def read_demes_file(path):
    """Return the content of a demes file, a dict that JSON can write, without its remarks.

    Raises CoalflowError where there is no such file, or it is no demes file at first
    sight. The message is to follow the file's name.
    """
    path = pathlib.Path(path)
    try:
        content = yaml.load(path.read_text(), Loader=_Loader)
    except OSError:
        raise CoalflowError(f"there is no such file (seen from {pathlib.Path.cwd()})") from None
    except (yaml.YAMLError, ValueError) as error:
        raise CoalflowError(f"this is no YAML: {' '.join(str(error).split())}") from None
    problem = _problem(content)
    if problem:
        raise CoalflowError(
            f"this is no demes file: {problem}. See https://popsim-consortium.github.io/demes-spec-docs/"
        )
    return {key: value for key, value in content.items() if key not in REMARKS}


def _problem(content):
    """Return why no history can be in the content of a file, or None."""
    if not isinstance(content, dict):
        return "it is no set of keys"
    for key in ("time_units", "demes"):
        if not content.get(key):
            return f"it has no {key}"
    demes = content["demes"]
    if not isinstance(demes, list) or not all(isinstance(deme, dict) for deme in demes):
        return "its demes are no list of sets of keys"
    for deme in demes:
        if not isinstance(deme.get("name"), str):
            return f"the name of a deme is {deme.get('name')!r}, but must be text"
    if not contents.list_populations_today(content):
        return "none of its demes exists today (end_time 0)"
    try:
        text = json.dumps({key: content[key] for key in content if key not in REMARKS})
    except (TypeError, ValueError) as error:
        return f"it holds what JSON cannot write ({error})"
    if len(text) > MOST_CHARACTERS:
        return (
            f"its {len(text):,} characters are too many, "
            f"programs can be told {MOST_CHARACTERS:,}: use fewer epochs"
        )
    return None
