"""coalflow's version, which the cards of models and their packages hold."""

import functools
import pathlib

# Text and not code: a new version alone needs no new results.
FILE = pathlib.Path(__file__).resolve().parents[1] / "VERSION"


@functools.cache
def read_version() -> str:
    """Return coalflow's version, such as ``0.1.0``."""
    return FILE.read_text(encoding="utf-8").strip()
