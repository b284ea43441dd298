"""Pictures of population histories."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import demesdraw
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import StrMethodFormatter

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
    groups = _group_by_shape(graphs)
    several = any(len(draws[0].demes) > 1 for draws in graphs.values())
    columns = min(2 if several else COLUMNS, len(groups))
    rows = -(-len(groups) // columns)
    size = (4.8, 4.2) if several else (3.3, 2.9)
    figure, axes = plt.subplots(
        rows,
        columns,
        figsize=(size[0] * columns, size[1] * rows),
        squeeze=False,
        sharey=not several,
    )
    for axis, titles in zip(axes.flat, groups, strict=False):
        title, names = _split_titles(titles)
        draws = graphs[titles[0]]
        if several:
            demesdraw.tubes(draws[0], ax=axis, log_time=_changes_long_ago(draws[0]), seed=1)
            title = f"{title} (one draw)".strip() if len(draws) > 1 else title
            if names[1:]:
                title += f"\n{names[0]}; all sizes in proportion: {', '.join(names[1:])}"
        else:
            _draw_sizes(axis, [graphs[each] for each in titles], names)
        axis.set_title(title)
    if not several:
        _scale_sizes(list(axes.flat[: len(groups)]))
    for axis in axes.flat[len(groups) :]:
        axis.set_visible(False)
    if total > len(graphs):
        figure.supxlabel(f"the first {len(graphs)} of {total} histories")
    return figure


def _group_by_shape(graphs: Mapping[str, Sequence[demes.Graph]]) -> list[list[str]]:
    """Return the titles of histories, together where these differ only by a factor of all sizes."""
    groups: dict[object, list[str]] = {}
    for title, draws in graphs.items():
        shape = _find_shape(draws[0]) if len(draws) == 1 else title
        groups.setdefault(shape, []).append(title)
    return list(groups.values())


def _find_shape(graph: demes.Graph) -> str:
    """Return a history without its scale, as a text: sizes are relative to the last size of all."""
    unit = graph.demes[0].epochs[-1].end_size
    scaled = graph.asdict()
    for deme in scaled["demes"]:
        for epoch in deme["epochs"]:
            for end in ("start_size", "end_size"):
                epoch[end] = f"{epoch[end] / unit:.6g}"
    return repr({name: scaled[name] for name in ("demes", "migrations", "pulses")})


def _split_titles(titles: Sequence[str]) -> tuple[str, list[str]]:
    """Return what titles have in common, and what each has of its own.

    Examples
    --------
    >>> _split_titles(["history x, population_size 100", "history x, population_size 200"])
    ('history x', ['population size 100', 'population size 200'])
    """
    parts = [title.split(", ") for title in titles]
    common = [part for part in parts[0] if all(part in other for other in parts)]
    own = [[part for part in each if part not in common] for each in parts]
    return _write_parts(common), [_write_parts(each) for each in own]


def _write_parts(parts: Sequence[str]) -> str:
    pairs = (part.partition(" ") for part in parts)
    return ", ".join(
        f"{drawing.find_title(name)} {drawing.write_if_number(value)}".strip()
        for name, _, value in pairs
    )


def _draw_sizes(
    axis: Axes, histories: Sequence[Sequence[demes.Graph]], names: Sequence[str]
) -> None:
    """Draw the sizes of one population by history; several draws share a colour."""
    graphs = [graph for draws in histories for graph in draws]
    changes = [epoch.end_time for graph in graphs for epoch in graph.demes[0].epochs]
    earliest, logarithmic = max(changes), any(map(_changes_long_ago, graphs))
    span = 1.3 * earliest or 1.0
    nearest = min((time for time in changes if time > 0), default=1.0) / 3
    times = np.geomspace(nearest, span, 1000) if logarithmic else np.linspace(0, span, 1000)
    for index, (draws, name) in enumerate(zip(histories, names, strict=True)):
        colour = drawing.TRUTH if len(histories) == 1 else _pick_shade(index, len(histories))
        for number, graph in enumerate(draws):
            sizes = [graph.demes[0].size_at(time) for time in times]
            style: dict[str, Any] = {
                "color": colour,
                "lw": 1.3,
                "alpha": 1.0 if len(draws) == 1 else 0.5,
            }
            axis.plot(times, sizes, label=None if number else name, **style)
    if logarithmic:
        drawing.set_log_scale(axis, "x")
    axis.set_xlabel("generations ago")
    if not earliest:
        axis.set(xticks=[0], xlabel="generations ago: no change")
    if len(histories) > 1:
        axis.legend(loc="upper center", bbox_to_anchor=(0.5, -0.22), handlelength=1.5)


def _scale_sizes(panels: Sequence[Axes]) -> None:
    """Give panels of sizes the same axis: a log scale where the sizes span much."""
    sizes = np.concatenate([line.get_ydata() for axis in panels for line in axis.lines])
    low, high = sizes.min(), sizes.max()
    for axis in panels:
        if high / low > WIDE:
            axis.set_ylim(low / 1.5, high * 1.5)
            drawing.set_log_scale(axis, "y")
        else:
            axis.set_ylim(0, 1.1 * high)
            axis.yaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    panels[0].set_ylabel("diploid individuals")


def _pick_shade(index: int, number: int) -> tuple[float, ...]:
    """Return a colour of a series of shades, the darkest last."""
    return drawing.lighten(drawing.TRUTH, 0.55 * (1 - index / max(number - 1, 1)))


def _changes_long_ago(graph: demes.Graph) -> bool:
    """Return whether the changes of a history span orders of magnitude of time."""
    times = [epoch.end_time for deme in graph.demes for epoch in deme.epochs if epoch.end_time > 0]
    return bool(times) and max(times) / min(times) > LONG_AGO
