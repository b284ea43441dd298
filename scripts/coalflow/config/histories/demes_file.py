"""Demes files, read so that programs can be given their content, or refused.

All that would fail in a simulation is refused here, with the line where one value is at fault.
"""

import copy
import functools
import math
import pathlib
import re
from typing import TYPE_CHECKING

import pydantic
import yaml

from coalflow.config import messages
from coalflow.config.fields.section import Mistake, Path, Section
from coalflow.config.histories.contents import Content, list_populations_today
from coalflow.config.histories.demes_schema import INFINITY, DemesFile
from coalflow.config.histories.graphs import resolve_graph
from coalflow.config.json_schema import make_schema
from coalflow.config.registry.parameters import PATH_ENDS
from coalflow.config.sources import ConfigFile
from coalflow.config.strict_yaml import compose_yaml, load_yaml
from coalflow.core.errors import CoalflowError
from coalflow.core.input_files import UnreadableFile, read_small_text

if TYPE_CHECKING:
    import demes

# What a demes file holds that is no part of the history.
REMARKS = ("description", "doi", "metadata")
SPECIFICATION = "https://popsim-consortium.github.io/demes-spec-docs/"
MOST_BYTES = 500_000  # of which the demes library takes seconds
MOST_SHOWN = 5  # mistakes
LONGEST_AGO = PATH_ENDS["start_time"].high  # generations


class HistoryOrigin(Section):
    """Where a history is from."""

    description: str = ""
    dois: tuple[str, ...] = ()
    """Of what it was published in."""


class _Loader(yaml.SafeLoader):
    """Reads numbers as in YAML 1.2, in which demes files are written: 1e-4 is a number.

    An infinite number becomes the text that JSON demes files have for it.
    """


def _read_float(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> float | str:
    value = loader.construct_yaml_float(node)
    return value if math.isfinite(value) else INFINITY if value > 0 else str(value)


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
        If there is no such file, or it is not a demes file that can be simulated. The message is
        to follow the file's name.
    """
    content = drop_remarks(_load(path))
    demes = [drop_remarks(deme) for deme in content["demes"]]
    return {**content, "demes": demes}


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
        If there is no such file, or it is not a demes file that can be simulated.
    """
    metadata = _load(path).get("metadata") or {}
    return metadata.get("mutation_rate")


def read_origin(path: str | pathlib.Path) -> HistoryOrigin:
    """Return where the history in a demes file is from.

    Raises
    ------
    CoalflowError
        If there is no such file, or it is not a demes file that can be simulated.
    """
    content = _load(path)
    description, dois = content.get("description"), content.get("doi")
    listed = dois if isinstance(dois, list) else []
    return HistoryOrigin(
        description=str(description or ""),
        dois=tuple(str(doi).removeprefix("https://doi.org/") for doi in listed),
    )


def drop_remarks(holder: Content) -> Content:
    """Return a content, or a part of one, without what it holds for people alone."""
    return {key: value for key, value in holder.items() if key not in REMARKS}


def _load(path: str | pathlib.Path) -> Content:
    """Return the whole content of a demes file, checked."""
    try:
        text = read_small_text(path, "a demes file", MOST_BYTES)
    except UnreadableFile as error:
        raise CoalflowError(error.problem) from None
    return copy.deepcopy(_parse(text))


@functools.lru_cache(maxsize=8)  # it is read for its rate, for its history, and for checks
def _parse(text: str) -> Content:
    content = load_yaml(text, _Loader, REMARKS)
    if not isinstance(content, dict):
        raise CoalflowError(f"this is not a demes file: it is not a set of keys. {_see()}")
    for key in ("time_units", "demes"):
        if key not in content:
            raise CoalflowError(f"this is not a demes file: it has no {key}. {_see()}")
    mistakes = _list_mistakes(content)
    if mistakes:
        root = compose_yaml(text, _Loader)
        assert root is not None  # or there is no content
        raise CoalflowError(_describe(mistakes, ConfigFile("", root), content))
    _refuse_long_ago(content, resolve_graph(drop_remarks(content)))
    if not list_populations_today(content):
        raise CoalflowError("none of its demes exists today (end_time 0)")
    return content


def _refuse_long_ago(content: Content, graph: "demes.Graph") -> None:
    """Refuse times that are in order in their units, and endless in generations."""
    times = [time for deme in graph.demes for time in (deme.start_time, deme.end_time)]
    oldest = max((time for time in times if math.isfinite(time)), default=0)
    if oldest > LONGEST_AGO:
        raise CoalflowError(
            f"generation_time is {content.get('generation_time', 1)}, with which a deme begins or "
            f"ends {oldest:.3g} generations ago, must be at most {LONGEST_AGO:.0e}"
        )


def _list_mistakes(content: Content) -> list[Mistake]:
    mistakes = list(messages.list_empty(drop_remarks(content)))
    try:
        DemesFile.model_validate(content)
    except pydantic.ValidationError as error:
        empty = {path for path, _ in mistakes}
        found = messages.list_mistakes(error, make_schema(DemesFile))
        mistakes += [mistake for mistake in found if mistake[0] not in empty]
    return mistakes


def _describe(mistakes: list[Mistake], file: ConfigFile, content: Content) -> str:
    """Return what is wrong, in one line."""
    shown = []
    for path, message in mistakes[:MOST_SHOWN]:
        line = next(
            (
                line
                for depth in range(len(path), 0, -1)
                if (line := file.find(path[:depth])[0]) is not None
            ),
            1,
        )
        shown.append(f"line {line}: {_name(path, content)} {message}")
    more = len(mistakes) - len(shown)
    return "; ".join(shown) + (f"; and {more} more" if more else "")


def _name(path: Path, content: Content) -> str:
    """Return the path of a value as configs write it: demes by their names."""
    parts = [*path]
    if len(parts) > 1 and parts[0] == "demes" and isinstance(parts[1], int):
        deme = content["demes"][parts[1]]
        name = deme.get("name") if isinstance(deme, dict) else None
        parts[1] = name if isinstance(name, str) else parts[1]
    return ".".join(map(str, parts))


def _see() -> str:
    return f"See {SPECIFICATION}"
