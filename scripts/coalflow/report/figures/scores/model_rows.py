"""Rows of a picture with a point for each model, and an interval."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from coalflow.evaluation.cards import Card
from coalflow.report.figures import drawing

MARKERS = "osDv^<>PX*"
SHADE = "#f4f6f7"  # of every second row
WIDTH = 8.4  # inches
MARGINS, GAP, MODEL = 1.1, 0.14, 0.115  # inches: of a panel, between rows, of a model in a row


def choose_models(models: Sequence[str]) -> list[str]:
    """Return the models that are drawn: ensembles in place of their restarts, and all others.

    Examples
    --------
    >>> choose_models(["coalflow", "coalflow/0", "coalflow/1", "flagel/0", "ridge"])
    ['coalflow', 'flagel/0', 'ridge']
    """
    return [
        name
        for name in models
        if name.partition("/")[0] == name or (name.partition("/")[0] not in models)
    ]


def list_styles(cards: Mapping[str, Card]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each model's name, and a style by which its line or points are known.

    Parameters
    ----------
    cards : mapping of str to Card
        By the names of the models.
    """
    for index, (name, card) in enumerate(cards.items()):
        style = {
            "marker": MARKERS[index % len(MARKERS)],
            "ms": 4,
            "color": drawing.pick_kind_colour(card.kind),
            "mfc": "white" if index % 2 else None,
        }
        yield name, style


def make_row_panels(rows: Sequence[int], models: int) -> tuple[Figure, list[Axes]]:
    """Return a figure with panels below each other, with room for their rows.

    Parameters
    ----------
    rows : sequence of int
        How many each panel has.
    models : int
        How many each row has.
    """
    heights = [MARGINS + (GAP + MODEL * models) * number for number in rows]
    height = max(sum(heights), 0.8 + 0.17 * models)
    figure, axes = plt.subplots(
        len(rows), 1, figsize=(WIDTH, height), squeeze=False, height_ratios=heights
    )
    return figure, list(axes[:, 0])


def draw_model_rows(
    axis: Axes,
    tables: Mapping[str, pd.DataFrame],
    cards: Mapping[str, Card],
    rows: Mapping[Hashable, str],
    value: str,
) -> None:
    """Draw the value of each model in each row, with its interval.

    Parameters
    ----------
    axis : Axes
    tables : mapping of str to DataFrame
        By the names of the models: ``value``, ``ci_low`` and ``ci_high``; the index are rows.
    cards : mapping of str to Card
        By the names of the models.
    rows : mapping of hashable to str
        The labels of rows by what the tables call them, from top to bottom.
    value : str
        The column with the value.
    """
    offsets = np.linspace(-0.35, 0.35, len(cards)) if len(cards) > 1 else np.zeros(1)
    for offset, (name, style) in zip(offsets, list_styles(cards), strict=True):
        own = tables[name].reindex(list(rows))
        axis.errorbar(
            own[value],
            np.arange(len(rows)) + offset,
            xerr=[own[value] - own["ci_low"], own["ci_high"] - own[value]],
            ls="",
            elinewidth=1,
            label=name,
            **style,
        )
    for place in range(0, len(rows), 2):
        axis.axhspan(place - 0.5, place + 0.5, color=SHADE, lw=0, zorder=-1)
    axis.set_yticks(range(len(rows)), list(rows.values()))
    axis.set_ylim(len(rows) - 0.5, -0.5)
    axis.tick_params(axis="y", length=0)
