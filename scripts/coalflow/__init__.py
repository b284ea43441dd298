"""coalflow's library: from coalescent simulations to nets that read genomes.

Pure functions with no word of Snakemake in them. The programs in the folder
above, one per rule, are thin: they parse arguments, call these modules and
write one result.
"""

import functools
import pathlib

# Text and not code: a new version alone needs no new results.
_VERSION = pathlib.Path(__file__).resolve().parent / "VERSION"


@functools.cache
def read_version() -> str:
    """Return coalflow's version, such as ``0.1.0``."""
    return _VERSION.read_text(encoding="utf-8").strip()
