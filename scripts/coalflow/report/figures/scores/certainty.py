"""The picture of how often 90 % sets or intervals hold, in all test windows and in parts."""

from __future__ import annotations

from collections.abc import Hashable, Mapping

import pandas as pd
from matplotlib.figure import Figure

from coalflow.evaluation.calibration.calibration_errors import AFTER
from coalflow.evaluation.calibration.coverage import INTERVAL, SET
from coalflow.evaluation.calibration.window_groups import ALL, CLASS, PREDICTED
from coalflow.evaluation.cards import Card
from coalflow.report.figures import drawing
from coalflow.report.figures.scores.model_rows import (
    choose_models,
    draw_model_rows,
    make_row_panels,
)


def draw_certainty(table: pd.DataFrame, cards: Mapping[str, Card]) -> Figure:
    """Picture how often 90 % sets or intervals hold: in all test windows, and in parts of these.

    Ensembles stand for their restarts.

    Parameters
    ----------
    table : DataFrame
        That of ``coverage.tsv``.
    cards : mapping of str to Card
        By the names of the models.
    """
    cards = {name: cards[name] for name in choose_models(list(cards))}
    shown = table[(table["stage"] == AFTER) & table["kind"].isin([SET, INTERVAL])]
    targets = list(dict.fromkeys(shown["target"]))
    labels = {target: _label_groups(shown[shown["target"] == target]) for target in targets}
    figure, axes = make_row_panels([len(labels[target]) for target in targets], len(cards))
    for axis, target in zip(axes, targets, strict=True):
        rows = shown[shown["target"] == target]
        tables = {name: rows[rows["model"] == name].set_index(["group", "part"]) for name in cards}
        draw_model_rows(axis, tables, cards, labels[target], "share")
        level = rows["level"].iloc[0]
        axis.axvline(level, color=drawing.TRUTH, lw=0.8)
        what = "set" if (rows["kind"] == SET).all() else "interval"
        axis.set_xlabel(f"share of windows whose {what} holds the truth (95 % intervals)")
        title = f"{drawing.find_title(target)}: points on the line hold {level:.0%} as promised"
        axis.set_title(title.replace("%", " %"), loc="left")
    axes[0].legend(loc="upper left", bbox_to_anchor=(1, 1))
    return figure


def _label_groups(rows: pd.DataFrame) -> dict[Hashable, str]:
    """Return what parts of the test windows are called, by group and part."""
    labels: dict[Hashable, str] = {}
    for row in rows.drop_duplicates(["group", "part"]).to_dict("records"):
        group, part = row["group"], row["part"]
        if group == ALL:
            what = "all test windows"
        elif group == CLASS:
            what = part
        elif group == PREDICTED:
            what = f"predicted value: fifth {part}"
        else:
            if row["from"] == row["from"]:
                ends = [drawing.write_number(row[name]) for name in ("from", "to")]
                part = " to ".join(dict.fromkeys(ends))
            what = f"{drawing.find_title(group)}: {part}"
        labels[group, row["part"]] = what
    return labels
