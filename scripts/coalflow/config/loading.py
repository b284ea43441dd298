"""A config, read in four stages: parsed, completed, checked for consistency, frozen.

Every mistake becomes one message that names the file, the line, the key, the
value, why it cannot be used, and how to fix it.
"""

import pathlib
from collections.abc import Sequence
from typing import Any

import pydantic

from coalflow.config import consistency, messages
from coalflow.config.consistency.simulation import check_names
from coalflow.config.defaults import fill_in_defaults
from coalflow.config.json_schema import make_schema
from coalflow.config.schema.whole import Config, WrittenConfig


def read_config(raw: dict[str, Any], files: Sequence[str | pathlib.Path] = ()) -> Config:
    """Return a config, checked, with every default filled in.

    Parameters
    ----------
    raw : dict
        The config as YAML or Snakemake read it. It stays as it is.
    files : sequence of paths
        The config files it was read from, for naming lines.

    Raises
    ------
    CoalflowError
        With one message for all mistakes found. Contradictions between values are looked for
        when every single value is in order.
    """
    messages.refuse_repeated_keys(files)
    written = parse_config(raw, files)
    messages.refuse(list(check_names(written.simulation)), raw, files)
    config = fill_in_defaults(written)
    messages.refuse(list(consistency.check_config(config)), raw, files)
    return config


def parse_config(raw: dict[str, Any], files: Sequence[str | pathlib.Path] = ()) -> WrittenConfig:
    """Return a config as it is written, each value checked by itself.

    Parameters
    ----------
    raw : dict
        As YAML or Snakemake read it.
    files : sequence of paths
        The config files it was read from, for naming lines.

    Raises
    ------
    CoalflowError
        With one message for all values that cannot be used.
    """
    config = messages.spell_keys(raw)
    mistakes = list(messages.list_empty(config))
    written = None
    try:
        written = WrittenConfig.model_validate(config)
    except pydantic.ValidationError as error:
        empty = {path for path, _ in mistakes}
        found = messages.list_mistakes(error, make_schema(WrittenConfig))
        mistakes += [mistake for mistake in found if mistake[0] not in empty]
    mistakes += messages.list_unquoted_keys(raw, mistakes)
    messages.refuse(mistakes, config, files)
    assert written is not None  # or there was a mistake
    return written
