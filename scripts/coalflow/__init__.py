"""coalflow: from coalescent simulations to nets that read genomes.

For programs and notebooks:

========================  ========================================================================
:func:`load_model`        a trained model, from its folder or its zip
:class:`Model`            what it predicts of a genome, of matrices, or of simulated windows
:func:`load_windows`      simulated windows of a run, with their true values
:class:`Windows`          what that returned
:func:`load_predictions`  what the models of a run predicted of these windows
:func:`scan_genome`       a genome scanned by a model: tables, pictures, regions
:class:`CoalflowError`    what is raised if something cannot be used: one line says what and why
========================  ========================================================================

They are imported when they are first used: ``import coalflow`` takes no time.

The workflow's programs, one per rule, use the packages below. No module there knows of Snakemake.
"""

from __future__ import annotations

import functools
import importlib
import pathlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from coalflow.api.models import Model, load_model
    from coalflow.api.runs import load_predictions, load_windows
    from coalflow.api.scans import scan_genome
    from coalflow.api.windows import Windows
    from coalflow.core.errors import CoalflowError

__all__ = [
    "CoalflowError",
    "Model",
    "Windows",
    "load_model",
    "load_predictions",
    "load_windows",
    "scan_genome",
]
_MODULES = {
    "CoalflowError": "core.errors",
    "Model": "api.models",
    "Windows": "api.windows",
    "load_model": "api.models",
    "load_predictions": "api.runs",
    "load_windows": "api.runs",
    "scan_genome": "api.scans",
}

# Text and not code: a new version alone needs no new results.
_VERSION = pathlib.Path(__file__).resolve().parent / "VERSION"


@functools.cache
def read_version() -> str:
    """Return coalflow's version, such as ``0.1.0``."""
    return _VERSION.read_text(encoding="utf-8").strip()


def __getattr__(name: str) -> Any:
    """Import what is public when it is first used."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)


def __dir__() -> list[str]:
    return [*globals(), *__all__]
