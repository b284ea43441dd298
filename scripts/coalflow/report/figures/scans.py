"""Pictures of genomes."""

import matplotlib.pyplot as plt
import numpy as np

from coalflow.config.targets import is_log
from coalflow.evaluation import predictions as columns
from coalflow.report.figures import drawing

SCAN_ROWS = 8


def scan(table, nets, computed, asked):
    """Picture a scan along each contig by target, and predictions against what is computed.

    ``computed`` begins the names of columns of targets that were computed; of others the
    predictions of the first two nets are drawn against each other. ``asked`` is a model's
    card, whose ranges of training are dotted.
    """
    contigs, targets = list(dict.fromkeys(table["contig"])), list(asked["target"])
    shown = contigs[: max(1, SCAN_ROWS // len(targets))]
    figure = plt.figure(figsize=(10, 1.2 + 1.9 * max(len(shown) * len(targets), 1)))
    rows = [(target, contig) for target in targets for contig in shown]
    panels = figure.subplot_mosaic(
        [[f"{target} along {contig}", f"{target} against"] for target, contig in rows],
        width_ratios=[3, 1.2],
    )
    for target, contig in rows:
        axis = panels[f"{target} along {contig}"]
        part = table[table["contig"] == contig]
        lines = _lines_of_scan(part, nets, computed, target)
        for (label, column), style in zip(lines.items(), _styles_of_scan(lines), strict=True):
            axis.plot((part["start"] + part["end"]) / 2e6, part[column], label=label, **style)
        for bound in asked["trained_on"]["target"][target]:
            axis.axhline(bound, color="0.7", lw=0.7, ls=":")
        axis.set(xlabel=f"contig {contig}, Mb", ylabel=drawing.title_of(target))
        if is_log(asked["target"][target]):
            drawing.make_log(axis, "y")
    # Where something is computed, the legend is to tell it.
    known = [one for one in targets if columns.column(computed, one) in table]
    legend_of = (known or targets)[0]
    panels[f"{legend_of} along {shown[0]}"].legend(fontsize=7, ncols=3, loc="upper left")
    for target in targets:
        against = panels[f"{target} against"]
        _scan_against(against, table, _lines_of_scan(table, nets, computed, target))
        if is_log(asked["target"][target]):
            drawing.make_log(against, "x", "y")
    return figure


COMPUTED = "computed by tskit"


def _lines_of_scan(table, nets, computed, target):
    """Return what is drawn of a target: labels and columns, what is computed first."""
    lines = {net: columns.column(net, target) for net in nets}
    known = columns.column(computed, target)
    return {COMPUTED: known, **lines} if known in table else lines


def _styles_of_scan(lines):
    for number, label in enumerate(label for label in lines):
        if label == COMPUTED:
            yield {"color": drawing.TRUTH, "lw": 1.2}
        else:
            place = number - (COMPUTED in lines)
            yield {"color": [drawing.NET, drawing.BASELINE][place % 2], "lw": 0.8}


def _scan_against(axis, table, lines):
    """Draw nets against what is computed, or, where nothing is, the second against the first."""
    (label, column), *others = lines.items()
    if not others:
        axis.set_visible(False)
        return
    for number, (_, other) in enumerate(others if label == COMPUTED else others[:1]):
        colour = [drawing.NET, drawing.BASELINE][number % 2]
        axis.plot(table[column], table[other], ".", ms=3, alpha=0.6, color=colour)
    limits = [table[column].min(), table[column].max()]
    axis.plot(limits, limits, color=drawing.TRUTH, lw=0.8)
    labels = ("computed", "predicted") if label == COMPUTED else (label, others[0][0])
    axis.set(xlabel=labels[0], ylabel=labels[1], box_aspect=1)


def scan_of_classes(table, models, nets, classes):
    """Picture the probabilities of classes along each contig, and how often each is predicted."""
    contigs = list(dict.fromkeys(table["contig"]))
    rows = [(contig, net) for contig in contigs for net in nets[:2]][:8]
    figure = plt.figure(figsize=(10, 1.6 + 1.5 * len(rows)))
    panels = figure.subplot_mosaic(
        [[f"{net} along {contig}", "shares"] for contig, net in rows], width_ratios=[3, 1.2]
    )
    for contig, net in rows:
        axis = panels[f"{net} along {contig}"]
        part = table[table["contig"] == contig]
        middle = (part["start"] + part["end"]) / 2e6
        probabilities = part[[columns.column(net, name) for name in classes]].to_numpy()
        # A window without sites leaves a gap.
        axis.stackplot(
            middle,
            np.nan_to_num(probabilities).T,
            colors=[drawing.colour_of(number) for number in range(len(classes))],
            step="mid",
        )
        axis.set(ylim=(0, 1), xlabel=f"contig {contig}, Mb", ylabel=f"probability\nby {net}")
        axis.yaxis.label.set_fontsize(7)
        axis.margins(x=0)
    shares = panels["shares"]
    left = np.zeros(len(models))
    for number, name in enumerate(classes):
        values = np.array([(table[model] == name).mean() for model in models])
        shares.barh(
            models, values, left=left, color=drawing.colour_of(number), label=name, height=0.7
        )
        left += values
    shares.invert_yaxis()
    shares.set(xlim=(0, 1), xlabel="share of windows said to be")
    shares.tick_params(axis="y", labelsize=7)
    shares.legend(fontsize=7, loc="lower left", bbox_to_anchor=(0, 1), ncols=2)
    return figure
