"""What programs are given: files by name, and all else in one JSON text, or in a file of it."""

from __future__ import annotations

import argparse
import json
import pathlib
import shlex
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from coalflow.core.digests import digest_value
from coalflow.core.files import read_json, write_json

if TYPE_CHECKING:
    import pydantic


S = TypeVar("S", bound="pydantic.BaseModel")
# Linux gives a shell at most 128 KiB, which paths and other options share with the settings.
MOST_BYTES_OF_SETTINGS = 64 * 1024
FILE_MARK = "@"


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
        "--settings",
        type=read_settings,
        required=True,
        help=f"JSON text with {names}; or {FILE_MARK} and a file that Snakemake wrote it to",
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


def shorten_settings(text: str, folder: str, write: bool) -> str:
    """Return what ``--settings`` is given: the text, or the name of a file if it is long.

    The name holds a digest of the text, so it differs where the text does.

    Parameters
    ----------
    text : str
        JSON.
    folder : str
        Of such files.
    write : bool
        Whether to write the file, unless it is there already.

    Raises
    ------
    CoalflowError
        If the disk is full or cannot be written.
    """
    if len(shlex.quote(text).encode()) <= MOST_BYTES_OF_SETTINGS:
        return text
    settings = json.loads(text)
    file = pathlib.Path(folder, f"{digest_value(settings)}.json")
    if write and not file.exists():
        write_json(file, settings)
    return f"{FILE_MARK}{file}"


def _read_settings(settings: type[S], text: str) -> S:
    value = read_json(text[1:]) if text.startswith(FILE_MARK) else _parse_json(text)
    value.pop("code", None)
    try:
        return settings.model_validate_json(json.dumps(value))
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            f"does not hold what this program needs ({' '.join(str(error).split())})"
        ) from None


def _parse_json(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        raise argparse.ArgumentTypeError(f"is not JSON ({error})") from None
    except RecursionError:
        raise argparse.ArgumentTypeError("is nested too deeply") from None
    if not isinstance(value, dict):
        raise argparse.ArgumentTypeError("is not a JSON object")
    return value
