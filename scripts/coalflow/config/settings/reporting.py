"""What the report and the check before a run are given."""

from typing import Any

from coalflow.config.fields.section import Section
from coalflow.config.histories.demes_file import HistoryOrigin
from coalflow.config.schema.whole import Config


class ReportSettings(Section):
    """What ``report.py`` is given."""

    config: Config
    written: dict[str, Any]
    """The config with every default, which the report shows: it can be run again."""
    snakemake: str
    """Snakemake's version."""
    origin: HistoryOrigin = HistoryOrigin()
    """Where the history in a demes file is from."""


class CheckSettings(Section):
    """What ``check.py`` is given: the whole config, since a check looks at all of it."""

    config: Config
    recombination_map: str | None = None
    cores: int
