"""Pictures of genomes."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from coalflow.evaluation import predictions
from coalflow.evaluation.cards import Card
from coalflow.report.figures import drawing
from coalflow.report.targets import find_trained_range

MOST_ROWS = 8  # of panels
COMPUTED = "computed by tskit"
LINE_COLOURS = (drawing.NET, drawing.BASELINE)


def draw_scan(table: pd.DataFrame, nets: Sequence[str], computed: str, card: Card) -> Figure:
    """Picture a scan along each contig by target, and predictions against what is computed.

    Of targets that cannot be computed, the predictions of the first two nets are drawn against
    each other. The range of each target in training is dotted.

    Parameters
    ----------
    table : DataFrame
        That of ``windows.tsv``.
    nets : sequence of str
        The nets, or ensembles, that are shown.
    computed : str
        What the names of the columns of targets begin with that were computed.
    card : Card
        That of a model.
    """
    contigs, targets = list(dict.fromkeys(table["contig"])), card.targets
    shown = contigs[: max(1, MOST_ROWS // len(targets))]
    figure = plt.figure(figsize=(10, 1.2 + 1.9 * max(len(shown) * len(targets), 1)))
    rows = [(target, contig) for target in targets.names for contig in shown]
    panels = figure.subplot_mosaic(
        [[f"{target} along {contig}", f"{target} against"] for target, contig in rows],
        width_ratios=[3, 1.2],
    )
    for target, contig in rows:
        axis = panels[f"{target} along {contig}"]
        part = table[table["contig"] == contig]
        _draw_along_contig(axis, part, _list_lines(table, nets, computed, target))
        for bound in find_trained_range(target, card):
            axis.axhline(bound, color="0.7", lw=0.7, ls=":")
        axis.set(xlabel=_label_contig(contig), ylabel=drawing.find_title(target))
        if targets[target].is_log:
            drawing.set_log_scale(axis, "y")
    # The legend is in a panel that has all of its lines.
    known = [name for name in targets.names if predictions.name_column(computed, name) in table]
    with_legend = (known or targets.names)[0]
    panels[f"{with_legend} along {shown[0]}"].legend(fontsize=7, ncols=3, loc="upper left")
    for target, definition in targets:
        against = panels[f"{target} against"]
        _draw_against(against, table, _list_lines(table, nets, computed, target))
        if definition.is_log:
            drawing.set_log_scale(against, "x", "y")
    return figure


def _list_lines(
    table: pd.DataFrame, nets: Sequence[str], computed: str, target: str
) -> dict[str, str]:
    """Return the lines of a target: labels and columns, what is computed first."""
    lines = {net: predictions.name_column(net, target) for net in nets}
    known = predictions.name_column(computed, target)
    return {COMPUTED: known, **lines} if known in table else lines


def _draw_along_contig(axis: Axes, part: pd.DataFrame, lines: Mapping[str, str]) -> None:
    for (label, column), style in zip(lines.items(), _list_styles(lines), strict=True):
        axis.plot((part["start"] + part["end"]) / 2e6, part[column], label=label, **style)


def _list_styles(lines: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    for index, label in enumerate(lines):
        if label == COMPUTED:
            yield {"color": drawing.TRUTH, "lw": 1.2}
        else:
            yield {"color": LINE_COLOURS[(index - (COMPUTED in lines)) % 2], "lw": 0.8}


def _draw_against(axis: Axes, table: pd.DataFrame, lines: Mapping[str, str]) -> None:
    """Draw nets against what is computed, or, where nothing is, the second against the first."""
    (label, column), *others = lines.items()
    if not others:
        axis.set_visible(False)
        return
    for index, (_, other) in enumerate(others if label == COMPUTED else others[:1]):
        colour = LINE_COLOURS[index % 2]
        axis.plot(table[column], table[other], ".", ms=3, alpha=0.6, color=colour)
    limits = [table[column].min(), table[column].max()]
    axis.plot(limits, limits, color=drawing.TRUTH, lw=0.8)
    labels = ("computed", "predicted") if label == COMPUTED else (label, others[0][0])
    axis.set(xlabel=labels[0], ylabel=labels[1], box_aspect=1)


def draw_scan_of_classes(
    table: pd.DataFrame, models: Sequence[str], nets: Sequence[str], classes: Sequence[str]
) -> Figure:
    """Picture the probabilities of classes along each contig, and how often each is predicted.

    Parameters
    ----------
    table : DataFrame
        That of ``windows.tsv``.
    models : sequence of str
        All models, for the shares of windows.
    nets : sequence of str
        The nets, or ensembles, of which two are shown along the genome.
    classes : sequence of str
        In the order of their colours.
    """
    contigs = list(dict.fromkeys(table["contig"]))
    rows = [(contig, net) for contig in contigs for net in nets[:2]][:MOST_ROWS]
    figure = plt.figure(figsize=(10, 1.6 + 1.5 * len(rows)))
    panels = figure.subplot_mosaic(
        [[f"{net} along {contig}", "shares"] for contig, net in rows], width_ratios=[3, 1.2]
    )
    for contig, net in rows:
        part = table[table["contig"] == contig]
        axis = panels[f"{net} along {contig}"]
        _draw_probabilities(axis, part, net, classes)
        axis.set(ylim=(0, 1), xlabel=_label_contig(contig), ylabel=f"probability\nby {net}")
        axis.yaxis.label.set_fontsize(7)
        axis.margins(x=0)
    _draw_shares(panels["shares"], table, models, classes)
    return figure


def _label_contig(contig: str) -> str:
    return f"contig {drawing.shorten_name(contig)}, Mb"


def _draw_probabilities(axis: Axes, part: pd.DataFrame, net: str, classes: Sequence[str]) -> None:
    middle = (part["start"] + part["end"]) / 2e6
    probabilities = part[[predictions.name_column(net, name) for name in classes]].to_numpy()
    # A window without sites leaves a gap.
    axis.stackplot(
        middle,
        np.nan_to_num(probabilities).T,
        colors=[drawing.pick_class_colour(index) for index in range(len(classes))],
        step="mid",
    )


def _draw_shares(
    axis: Axes, table: pd.DataFrame, models: Sequence[str], classes: Sequence[str]
) -> None:
    """Draw which share of windows each model assigns to each class, as bars."""
    left = np.zeros(len(models))
    for index, name in enumerate(classes):
        shares = np.array([(table[model] == name).mean() for model in models])
        colour = drawing.pick_class_colour(index)
        axis.barh(models, shares, left=left, color=colour, label=name, height=0.7)
        left += shares
    axis.invert_yaxis()
    axis.set(xlim=(0, 1), xlabel="share of windows said to be")
    axis.tick_params(axis="y", labelsize=7)
    axis.legend(fontsize=7, loc="lower left", bbox_to_anchor=(0, 1), ncols=2)
