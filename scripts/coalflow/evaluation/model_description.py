"""Descriptions of models that travel: what their cards cannot hold, since it is known only later.

A card is written when its model is trained. The description next to it, or next to the cards of all
restarts of a net, is written when the run has been evaluated.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from coalflow.config.fields.section import Section
from coalflow.config.schema.models import About

FORMAT = 1


class ReportedScore(Section):
    """A score of a model on windows that it was not trained on."""

    model: str
    """With the restart where it is one of several."""
    target: str
    metric: str
    value: float | None = None
    """None where it is not defined, as are the ends of its interval."""
    ci_low: float | None = None
    ci_high: float | None = None
    """The two ends of the 95 % interval; None on validation windows."""
    n: int | None = None
    """How many windows there are."""


class ReportedComparison(Section):
    """How a score of a net differs from that of the best baseline on the same test windows."""

    net: str
    baseline: str
    target: str
    metric: str
    difference: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    verdict: str


class ReportedCertainty(Section):
    """How far to trust what a model says of its certainty, on test windows."""

    model: str
    target: str
    stage: str
    """``before`` or ``after`` calibration."""
    what: str
    """``calibration error``, or what holds: ``set`` or ``interval``."""
    value: float
    ci_low: float
    ci_high: float
    windows: int


class ModelDescription(Section):
    """What a model is for, how good it is, and who may use it."""

    format: int
    model: str
    """Name of the net or the baseline."""
    run: str
    coalflow: str
    """The version that wrote this."""
    about: About = About()
    simulated: tuple[tuple[str, str], ...]
    """What was simulated, or imported: names, and values in words."""
    history: dict[str, Any] | None = None
    """The demes graph of the simulations, or their histories of epochs; None if imported."""
    validation: tuple[ReportedScore, ...]
    """On windows by which choices were made."""
    test: tuple[ReportedScore, ...]
    """On windows that had no influence."""
    comparisons: tuple[ReportedComparison, ...]
    certainty: tuple[ReportedCertainty, ...] = ()
    """Before and after calibration."""
    files: dict[str, str]
    """The files of the model by their names in its folder, with their SHA-256."""


def list_scores(table: pd.DataFrame, model: str) -> tuple[ReportedScore, ...]:
    """Return the scores of a model, and of its restarts.

    Parameters
    ----------
    table : DataFrame
        ``metrics.tsv`` or ``validation.tsv``, as
        :func:`coalflow.evaluation.scoring.read_scores` returns it.
    model : str
        Name of a net or a baseline.
    """
    rows = table[table["model"] == model].drop(columns="model")
    return tuple(
        ReportedScore(**values)
        for values in _list_values(rows.rename(columns={"name": "model"}), ReportedScore)
    )


def list_comparisons(table: pd.DataFrame, models: Sequence[str]) -> tuple[ReportedComparison, ...]:
    """Return how nets compare with the best baseline.

    Parameters
    ----------
    table : DataFrame
        ``comparisons.tsv``.
    models : sequence of str
        Names of nets, ensembles or restarts.
    """
    rows = table[table["net"].isin(models)]
    return tuple(ReportedComparison(**values) for values in _list_values(rows, ReportedComparison))


def _list_values(rows: pd.DataFrame, row: type[Section]) -> Iterator[dict[str, Any]]:
    """Yield the rows of a table as the values of a section, without what is not defined."""
    for values in rows[[name for name in row.model_fields if name in rows]].to_dict("records"):
        yield {
            str(name): value
            for name, value in values.items()
            if not (isinstance(value, float) and math.isnan(value))
        }


def list_certainty(
    coverage: pd.DataFrame, errors: pd.DataFrame | None, models: Sequence[str]
) -> tuple[ReportedCertainty, ...]:
    """Return how far to trust the certainty of some models.

    Parameters
    ----------
    coverage : DataFrame
        That of ``coverage.tsv``.
    errors : DataFrame, optional
        That of ``calibration_error.tsv``, where the target has classes.
    models : sequence of str
        Names of models.
    """
    found = []
    parts = [coverage[coverage["kind"].isin(["set", "interval"])]]
    parts[0] = parts[0].rename(columns={"kind": "what", "share": "value"})
    if errors is not None:
        target = coverage["target"].iloc[0]
        errors = errors.rename(columns={"ece": "value"})
        parts.insert(0, errors.assign(what="calibration error", target=target))
    for part in parts:
        rows = part[part["model"].isin(models) & (part["group"] == "all")]
        found += [ReportedCertainty(**values) for values in _list_values(rows, ReportedCertainty)]
    return tuple(found)
