"""Pictures of genomes."""

import dataclasses
from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from coalflow.core.shown_names import shorten_name
from coalflow.evaluation import predictions
from coalflow.evaluation.cards import Card
from coalflow.evaluation.comparisons import BASELINE, ShownModel
from coalflow.report.figures import drawing
from coalflow.report.targets import find_trained_range

MOST_ROWS = 8  # of panels
COMPUTED = "computed by tskit"


def draw_scan(
    table: pd.DataFrame, shown: Sequence[ShownModel], computed: str, card: Card
) -> Figure:
    """Picture a scan along each contig by target, and predictions against what is computed.

    Of targets that cannot be computed, the predictions of two models are drawn against each other.
    The range of each target in training is dotted.

    Parameters
    ----------
    table : DataFrame
        That of ``windows.tsv``.
    shown : sequence of ShownModel
        One model or two.
    computed : str
        What the names of the columns of targets begin with that were computed.
    card : Card
        That of a model.
    """
    contigs, targets = list(dict.fromkeys(table["contig"])), card.targets
    drawn = contigs[: max(1, MOST_ROWS // len(targets))]
    figure = plt.figure(figsize=(10, 1.5 + 1.9 * max(len(drawn) * len(targets), 1)))
    rows = [(target, contig) for target in targets.names for contig in drawn]
    _write_header(figure, shown, len(drawn), contigs)
    panels = figure.subplot_mosaic(
        [[f"{target} along {contig}", f"{target} against"] for target, contig in rows],
        width_ratios=[3, 1.2],
    )
    for target, contig in rows:
        axis = panels[f"{target} along {contig}"]
        part = table[table["contig"] == contig]
        _draw_along_contig(axis, part, _list_lines(table, shown, computed, target))
        for bound in find_trained_range(target, card):
            axis.axhline(bound, color="0.7", lw=0.7, ls=":")
        axis.set(xlabel=_label_contig(contig), ylabel=drawing.find_title(target))
        if targets[target].is_log:
            drawing.set_log_scale(axis, "y")
    # The legend is in a panel that has all of its lines.
    known = [name for name in targets.names if predictions.name_column(computed, name) in table]
    with_legend = (known or targets.names)[0]
    panels[f"{with_legend} along {drawn[0]}"].legend(fontsize=7, ncols=3, loc="upper left")
    for target, definition in targets:
        against = panels[f"{target} against"]
        _draw_against(against, table, _list_lines(table, shown, computed, target))
        if definition.is_log:
            drawing.set_log_scale(against, "x", "y")
    return figure


def _write_header(
    figure: Figure, shown: Sequence[ShownModel], drawn: int, contigs: Sequence[str]
) -> None:
    """Write above a picture which models and how many of the contigs it shows, and why."""
    described = "; ".join(f"{model.name}: {model.reason}" for model in shown)
    some = f"\nthe first {drawn:,} of {len(contigs):,} contigs" if drawn < len(contigs) else ""
    figure.suptitle(f"{described}. windows.bed has the first{some}", fontsize=8)


@dataclasses.dataclass(frozen=True)
class _Line:
    """What is computed or predicted of a target: its name, its column, and how it is drawn."""

    label: str
    column: str
    colour: str
    width: float = 0.8

    @property
    def is_computed(self) -> bool:
        return self.label == COMPUTED


def _list_lines(
    table: pd.DataFrame, shown: Sequence[ShownModel], computed: str, target: str
) -> list[_Line]:
    """Return the lines of a target, what is computed first."""
    lines = [
        _Line(
            model.name,
            predictions.name_column(model.name, target),
            drawing.BASELINE if model.kind == BASELINE else drawing.NET,
        )
        for model in shown
    ]
    known = predictions.name_column(computed, target)
    return [_Line(COMPUTED, known, drawing.TRUTH, 1.2), *lines] if known in table else lines


def _draw_along_contig(axis: Axes, part: pd.DataFrame, lines: Sequence[_Line]) -> None:
    for line in lines:
        middle = (part["start"] + part["end"]) / 2e6
        axis.plot(middle, part[line.column], label=line.label, color=line.colour, lw=line.width)


def _draw_against(axis: Axes, table: pd.DataFrame, lines: Sequence[_Line]) -> None:
    """Draw models against what is computed, or, where nothing is, the second against the first."""
    first, *others = lines
    if not others:
        axis.set_visible(False)
        return
    for other in others:
        x, y = table[first.column], table[other.column]
        axis.plot(x, y, ".", ms=3, alpha=0.6, color=other.colour)
    limits = [table[first.column].min(), table[first.column].max()]
    axis.plot(limits, limits, color=drawing.TRUTH, lw=0.8)
    labels = ("computed", "predicted") if first.is_computed else (first.label, others[0].label)
    axis.set(xlabel=labels[0], ylabel=labels[1], box_aspect=1)


def draw_scan_of_classes(
    table: pd.DataFrame, models: Sequence[str], shown: Sequence[ShownModel], classes: Sequence[str]
) -> Figure:
    """Picture the probabilities of classes along each contig, and how often each is predicted.

    Parameters
    ----------
    table : DataFrame
        That of ``windows.tsv``.
    models : sequence of str
        All models, for the shares of windows.
    shown : sequence of ShownModel
        The models that are shown along the genome, one or two.
    classes : sequence of str
        In the order of their colours.
    """
    contigs = list(dict.fromkeys(table["contig"]))
    rows = [(contig, model.name) for contig in contigs for model in shown][:MOST_ROWS]
    figure = plt.figure(figsize=(10, 1.9 + 1.5 * len(rows)))
    panels = figure.subplot_mosaic(
        [[f"{name} along {contig}", "shares"] for contig, name in rows], width_ratios=[3, 1.2]
    )
    _write_header(figure, shown, len({contig for contig, _ in rows}), contigs)
    for contig, name in rows:
        part = table[table["contig"] == contig]
        axis = panels[f"{name} along {contig}"]
        _draw_probabilities(axis, part, name, classes)
        axis.set(ylim=(0, 1), xlabel=_label_contig(contig), ylabel=f"probability\nby {name}")
        axis.yaxis.label.set_fontsize(7)
        axis.margins(x=0)
    _draw_shares(panels["shares"], table, models, classes)
    return figure


def _label_contig(contig: str) -> str:
    return f"contig {shorten_name(contig)}, Mb"


def _draw_probabilities(axis: Axes, part: pd.DataFrame, model: str, classes: Sequence[str]) -> None:
    middle = (part["start"] + part["end"]) / 2e6
    probabilities = part[[predictions.name_column(model, name) for name in classes]].to_numpy()
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
