"""The picture of every model's error or accuracy in every cell of the grid."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from coalflow.evaluation.cards import Card
from coalflow.report.figures import drawing
from coalflow.report.figures.scores.model_rows import (
    choose_models,
    draw_model_rows,
    list_styles,
    make_row_panels,
)

GAP = (
    100.0  # errors so many times smaller than all others are named at the edge, not drawn to scale
)


def draw_scores_by_cell(
    scores: pd.DataFrame, cards: Mapping[str, Card], shown: Sequence[tuple[str, str]]
) -> Figure:
    """Picture every model's error or accuracy in every cell of the grid, with intervals.

    Ensembles stand for their restarts. Models whose errors are orders of magnitude below those of
    all others, such as a regression that is exact, are arrows at the left edge.

    Parameters
    ----------
    scores : DataFrame
        The table of ``metrics_by_cell.tsv``.
    cards : mapping of str to Card
        By the names of the models.
    shown : sequence of (str, str)
        Targets and metrics, one panel each.
    """
    cards = {name: cards[name] for name in choose_models(list(cards))}
    rows: dict[Hashable, str] = {
        cell: drawing.label_cell(cell) for cell in drawing.sort_cells(scores["cell"])
    }
    figure, axes = make_row_panels([len(rows)] * len(shown), len(cards))
    for axis, (target, metric) in zip(axes, shown, strict=True):
        chosen = scores[(scores["metric"] == metric) & (scores["target"] == target)]
        tables = {name: _select_model(chosen, card) for name, card in cards.items()}
        if metric == "accuracy":
            draw_model_rows(axis, tables, cards, rows, "value")
            axis.set(xlabel="accuracy on test windows (95 % intervals)", xlim=(-0.02, 1.02))
            continue
        exact = _find_exact(tables)
        drawn = {
            name: table.assign(value=np.nan) if name in exact else table
            for name, table in tables.items()
        }
        draw_model_rows(axis, drawn, cards, rows, "value")
        drawing.set_log_scale(axis, "x")
        _mark_exact(axis, exact, tables, cards)
        axis.set(xlabel=f"{drawing.label_error(target, metric)} (log scale, 95 % intervals)")
    axes[0].legend(loc="upper left", bbox_to_anchor=(1, 1))
    return figure


def _select_model(table: pd.DataFrame, card: Card) -> pd.DataFrame:
    """Return the rows of one model, by cell."""
    restart = "" if card.restart is None else card.restart
    return table[(table["model"] == card.model) & (table["restart"] == restart)].set_index("cell")


def _find_exact(tables: Mapping[str, pd.DataFrame]) -> list[str]:
    """Return the models whose largest error is far below the smallest of all others."""
    largest = {name: float(table["value"].max()) for name, table in tables.items()}
    order = sorted(largest, key=lambda name: largest[name])
    for index in range(len(order) - 1, 0, -1):
        below, above = order[:index], order[index:]
        smallest = min(float(tables[name]["value"].min()) for name in above)
        if smallest > GAP * largest[below[-1]]:
            return below
    return []


def _mark_exact(
    axis: Axes,
    exact: Sequence[str],
    tables: Mapping[str, pd.DataFrame],
    cards: Mapping[str, Card],
) -> None:
    """Put an arrow at the left edge for each error that lies far beyond it."""
    places = np.linspace(-0.35, 0.35, len(cards)) if len(cards) > 1 else np.zeros(1)
    for place, (name, style) in zip(places, list_styles(cards), strict=True):
        if name in exact:
            rows = np.arange(len(tables[name])) + place
            axis.plot(
                np.zeros(len(rows)),
                rows,
                ls="",
                marker="<",
                ms=5,
                color=style["color"],
                transform=axis.get_yaxis_transform(),
                clip_on=False,
            )
    if exact:
        ends = [f"{name}: {tables[name]['value'].max():.0e} at most" for name in exact]
        words = f"\N{BLACK LEFT-POINTING TRIANGLE} far below this scale: {', '.join(ends)}"
        axis.set_title(words, loc="left", fontsize=drawing.SMALL)
