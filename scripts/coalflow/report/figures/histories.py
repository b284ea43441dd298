"""Pictures of population histories."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import demesdraw
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from coalflow.report.figures import drawing

if TYPE_CHECKING:
    import demes

COLUMNS = 3  # of panels
WIDE = 10  # with such a ratio, sizes are shown on a logarithmic axis
LONG_AGO = 5  # with such a ratio of the oldest to the youngest change, times are


def draw_histories(graphs: Mapping[str, Sequence[demes.Graph]], total: int) -> Figure:
    """Picture population histories.

    Parameters
    ----------
    graphs : mapping of str to sequence of demes.Graph
        By titles, one graph each, or several draws.
    total : int
        How many histories there are, of which these are the first.
    """
    columns = min(COLUMNS, len(graphs))
    rows = -(-len(graphs) // columns)
    several = any(len(draws[0].demes) > 1 for draws in graphs.values())
    size = (4.6, 4.2) if several else (3.6, 2.8)
    figure, axes = plt.subplots(
        rows, columns, figsize=(size[0] * columns, size[1] * rows), squeeze=False
    )
    for axis, (title, draws) in zip(axes.flat, graphs.items(), strict=False):
        if several:
            demesdraw.tubes(draws[0], ax=axis, log_time=_changes_long_ago(draws[0]), seed=1)
            title = f"{title} (one draw)".strip() if len(draws) > 1 else title
        else:
            _draw_sizes(axis, draws)
        axis.set_title(title, fontsize=8)
    for axis in axes.flat[len(graphs) :]:
        axis.set_visible(False)
    if total > len(graphs):
        figure.supxlabel(f"the first {len(graphs)} of {total} histories", fontsize=8)
    return figure


def _draw_sizes(axis: Axes, graphs: Sequence[demes.Graph]) -> None:
    """Draw the sizes of one population; several draws share the axis."""
    changes = [epoch.end_time for graph in graphs for epoch in graph.demes[0].epochs]
    earliest, logarithmic = max(changes), any(map(_changes_long_ago, graphs))
    span = 1.3 * earliest or 1.0
    nearest = min((time for time in changes if time > 0), default=1.0) / 3
    times = np.geomspace(nearest, span, 1000) if logarithmic else np.linspace(0, span, 1000)
    sizes = [[graph.demes[0].size_at(time) for time in times] for graph in graphs]
    alpha = 1.0 if len(graphs) == 1 else 0.5
    for by_time in sizes:
        axis.plot(times, by_time, color=drawing.NET, lw=1.2, alpha=alpha)
    if logarithmic:
        axis.set_xscale("log")
    axis.set(xlabel="generations ago", ylabel="diploid individuals")
    if np.max(sizes) / np.min(sizes) > WIDE:
        axis.set_yscale("log")
    else:
        axis.set_ylim(0, axis.get_ylim()[1])
    if not earliest:
        axis.set(xticks=[0], xlabel="generations ago: no change")


def _changes_long_ago(graph: demes.Graph) -> bool:
    """Return whether the changes of a history span orders of magnitude of time."""
    times = [epoch.end_time for deme in graph.demes for epoch in deme.epochs if epoch.end_time > 0]
    return bool(times) and max(times) / min(times) > LONG_AGO
