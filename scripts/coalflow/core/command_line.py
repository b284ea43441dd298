"""What programs are given: files by name, and all else in one JSON text."""

import argparse
import json
import pathlib
from collections.abc import Mapping
from typing import Any, Protocol, TypeVar


class Settings(Protocol):
    """A type of settings that can be read from JSON; pydantic's models are such types."""

    model_fields: Any

    @classmethod
    def model_validate_json(cls, text: str) -> Any:
        """Return settings; raise ValueError for a text that is not of this type."""


S = TypeVar("S", bound=Settings)


def parse_arguments(
    description: str | None,
    settings: type[S],
    numbers: Mapping[str, str] | None = None,
    optional: Mapping[str, str] | None = None,
    **paths: str,
) -> argparse.Namespace:
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
    argparse.Namespace
        ``settings`` is of the type ``settings``.
    """
    parser = argparse.ArgumentParser(description=description)
    names = ", ".join(settings.model_fields)

    def read_settings(text: str) -> Any:
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
    return parser.parse_args()


def _option(name: str) -> str:
    return "--" + name.replace("_", "-")


def _read_settings(settings: type[S], text: str) -> Any:
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
