"""What programs are told: files by name, and all else in one JSON text."""

import argparse
import json
import pathlib


def parse_arguments(description, settings, numbers=None, optional=None, **paths):
    """Return a program's arguments, all of them required but numbers and optional paths.

    ``settings`` names what the JSON text of ``--settings`` holds; it comes back as a
    dict. Each of ``paths`` is an option with its help, and comes back as a path; so does each
    of ``numbers``, which is 0 where it is not given, and of ``optional`` paths, which is None.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument(
        "--settings", type=_json_object, required=True, help=f"JSON text with {settings}"
    )
    for name, meaning in paths.items():
        option = "--" + name.replace("_", "-")
        parser.add_argument(option, type=pathlib.Path, required=True, help=meaning)
    for name, meaning in (optional or {}).items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=pathlib.Path, help=meaning)
    for name, meaning in (numbers or {}).items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=float, default=0, help=meaning)
    return parser.parse_args()


def _json_object(text):
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        raise argparse.ArgumentTypeError(f"is no JSON ({error})") from None
    if not isinstance(value, dict):
        raise argparse.ArgumentTypeError("is no JSON object")
    return value
