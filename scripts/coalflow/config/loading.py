"""A config, read in four stages: parsed, completed, checked for consistency, frozen.

Every mistake becomes one message that names the file, the line, the key, the
value, why it cannot be used, and how to fix it.
"""

import pathlib
from collections.abc import Mapping, Sequence
from typing import Any

import pydantic

from coalflow.config import consistency, messages
from coalflow.config.command_line_values import read_values
from coalflow.config.consistency.simulation import check_names
from coalflow.config.defaults import fill_in_defaults
from coalflow.config.json_schema import make_schema
from coalflow.config.schema.whole import Config, WrittenConfig
from coalflow.config.sources import Sources, read_sources


def read_config(
    raw: dict[str, Any],
    files: Sequence[str | pathlib.Path] = (),
    given: Mapping[str, Any] | None = None,
) -> Config:
    """Return a config, checked, with every default filled in.

    Parameters
    ----------
    raw : dict
        The config as YAML or Snakemake read and merged it. It stays as it is.
    files : sequence of paths
        The config files it was read from, in which lines are named. A key that a later one leaves
        empty deletes that of an earlier one.
    given : mapping, optional
        The values of ``--config`` among it.

    Raises
    ------
    CoalflowError
        With one message for all mistakes found. Contradictions between values are looked for
        when every single value is in order.
    """
    config = messages.spell_keys(raw)
    in_it = _select(config, given or {})
    values = read_values(in_it, make_schema(WrittenConfig)) if in_it else {}
    sources = read_sources(files, values, config)
    config = _overwrite(config, sources.given)
    written = _parse_config(sources.drop_deleted(config), sources)
    messages.refuse(list(check_names(written.simulation)), sources)
    complete = fill_in_defaults(written)
    messages.refuse(list(consistency.check_config(complete)), sources)
    return complete


def _select(config: Any, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of ``--config`` that a config has.

    That of a module has none, unless the workflow that uses it hands them on.
    """
    selected: dict[str, Any] = {}
    for key, value in given.items():
        found = config.get(key) if isinstance(config, Mapping) else None
        if isinstance(value, Mapping) and isinstance(found, Mapping):
            inner = _select(found, value)
            if inner or not value:
                selected[key] = inner
        elif isinstance(config, Mapping) and key in config and found == value:
            selected[key] = value
    return selected


def _overwrite(config: Any, given: Any) -> Any:
    """Return a config with the values of ``--config`` that it has as text."""
    if not isinstance(config, Mapping) or not isinstance(given, Mapping):
        return given
    return {
        key: _overwrite(value, given[key]) if key in given else value
        for key, value in config.items()
    }


def _parse_config(config: Any, sources: Sources) -> WrittenConfig:
    """Return a config as it is written, each value checked by itself."""
    mistakes = [*messages.list_empty(config), *sources.list_ineffective(config)]
    written = None
    try:
        written = WrittenConfig.model_validate(config)
    except pydantic.ValidationError as error:
        empty = {path for path, _ in mistakes}
        found = messages.list_mistakes(error, make_schema(WrittenConfig))
        mistakes += [mistake for mistake in found if mistake[0] not in empty]
    messages.refuse(mistakes, sources)
    assert written is not None  # or there was a mistake
    return written
