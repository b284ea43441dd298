"""What programs are given: files by name, and all else in one JSON text."""

from __future__ import annotations

import argparse
import json
import pathlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    import pydantic


S = TypeVar("S", bound="pydantic.BaseModel")


class Arguments(argparse.Namespace, Generic[S]):
    """A program's arguments: settings of its type, and paths and numbers by their names."""

    settings: S


def parse_arguments(
    description: str | None,
    settings: type[S],
    numbers: Mapping[str, str] | None = None,
    optional: Mapping[str, str] | None = None,
    **paths: str,
) -> Arguments[S]:
    """Return a program's arguments; numbers and optional paths may be left out.

    Parameters
    ----------
    description : str
        What the program does, for ``--help``.
    settings : type
        What the JSON text of ``--settings`` holds, apart from a digest of the code under ``code``.
    numbers : dict of str to str, optional
        Options that are numbers, with their help; 0 where they are not given.
    optional : dict of str to str, optional
        Options that are paths, with their help; None where they are not given.
    **paths : str
        Options that are paths and must be given, with their help.

    Returns
    -------
    Arguments
        Paths are :class:`pathlib.Path`, numbers float.

    Raises
    ------
    SystemExit
        If the arguments are wrong, after one line about what is wrong.
    """
    parser = argparse.ArgumentParser(description=description)
    names = ", ".join(settings.model_fields)

    def read_settings(text: str) -> S:
        return _read_settings(settings, text)

    parser.add_argument(
        "--settings", type=read_settings, required=True, help=f"JSON text with {names}"
    )
    for name, meaning in paths.items():
        parser.add_argument(_option(name), type=pathlib.Path, required=True, help=meaning)
    for name, meaning in (optional or {}).items():
        parser.add_argument(_option(name), type=pathlib.Path, help=meaning)
    for name, meaning in (numbers or {}).items():
        parser.add_argument(_option(name), type=float, default=0, help=meaning)
    return parser.parse_args(namespace=Arguments())


def _option(name: str) -> str:
    return "--" + name.replace("_", "-")


def _read_settings(settings: type[S], text: str) -> S:
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        raise argparse.ArgumentTypeError(f"is not JSON ({error})") from None
    if not isinstance(value, dict):
        raise argparse.ArgumentTypeError("is not a JSON object")
    value.pop("code", None)
    try:
        return settings.model_validate_json(json.dumps(value))
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            f"does not hold what this program needs ({' '.join(str(error).split())})"
        ) from None
