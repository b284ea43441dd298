"""Contradictions in a config: mistakes that no single value shows.

Each function yields mistakes: the path of a key, and the message that follows it.
"""

from collections.abc import Iterator

from coalflow.config.schema.section import Mistake
from coalflow.config.schema.whole import Config, WrittenConfig


def check_names(written: WrittenConfig) -> Iterator[Mistake]:
    """Yield names that stdpopsim's catalogue does not have."""
    yield from ()


def check_config(config: Config) -> Iterator[Mistake]:
    """Yield all contradictions of a config whose defaults are filled in."""
    yield from ()
