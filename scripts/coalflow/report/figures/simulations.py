"""Pictures of what was simulated, and of the histories it was simulated under."""

import demesdraw
import matplotlib.pyplot as plt
import numpy as np

from coalflow.config.targets import is_log
from coalflow.report.figures import drawing

SPLIT_COLOURS = {"train": "#1f6f8b", "validation": "#7fb069", "test": "#d98032"}
# Of values that were drawn, and of those that the prior states.
STATED = {"histtype": "stepfilled", "color": "0.85", "label": "stated"}
REALISED = {"histtype": "step", "color": drawing.NET, "label": "drawn"}
WIDE = 10  # with such a ratio of the middle 90 %, values are shown on a logarithmic axis


def dataset(table, targets, classes=None):
    """Picture what was made: segregating sites and targets, by cell and by split.

    ``targets`` are whole definitions (:mod:`coalflow.config.targets`) by their names.
    """
    used = table[table["split"] != "excluded"]
    cells = sorted(table["cell"].unique())
    rows, panels = (1, 2) if classes else (len(targets), 3)
    size = (1 + 3.4 * panels, (1.6 + 0.32 * max(len(cells), 5)) * rows)
    figure, axes = plt.subplots(rows, panels, figsize=size, squeeze=False)
    _boxes(axes[0, 0], [table.loc[table["cell"] == cell, "sites"] for cell in cells], cells)
    axes[0, 0].set(xlabel="segregating sites in a window", title="sites by cell")
    if classes:
        (target,) = targets
        _classes_by_split(axes[0, 1], used, target, classes)
        return figure
    for number, (target, definition) in enumerate(targets.items()):
        by_cell, by_split = axes[number, 1:]
        values = [used.loc[used["cell"] == cell, target] for cell in cells]
        # Cells are named once, beside the sites.
        _boxes(by_cell, values, cells if number else [""] * len(cells))
        by_cell.set(xlabel=drawing.title_of(target), title="target by cell")
        _by_split(by_split, used, target, is_log(definition))
        if is_log(definition):
            drawing.make_log(by_cell, "x")
        if number:
            axes[number, 0].set_visible(False)
    axes[0, 2].legend()
    return figure


def _by_split(axis, used, target, log):
    """Draw how a target is distributed in each split."""
    bins = np.histogram_bin_edges(np.log10(used[target]) if log else used[target], 40)
    for split, colour in SPLIT_COLOURS.items():
        values = used.loc[used["split"] == split, target]
        weights = np.full(len(values), 1 / len(values))
        edges = 10.0**bins if log else bins
        axis.hist(values, edges, weights=weights, histtype="step", color=colour, label=split)
    if log:
        drawing.make_log(axis, "x")
    axis.set(xlabel=drawing.title_of(target), ylabel="share of windows", title="target by split")


def _classes_by_split(axis, used, target, classes):
    """Draw the share of each class in each split, as bars side by side."""
    for number, (split, colour) in enumerate(SPLIT_COLOURS.items()):
        values = used.loc[used["split"] == split, target]
        shares = [(values == name).mean() for name in classes]
        places = np.arange(len(classes)) + 0.27 * (number - 1)
        axis.bar(places, shares, width=0.25, color=colour, label=f"{split}, {len(values):,}")
    axis.set_xticks(range(len(classes)), classes)
    if len(classes) > 3:
        axis.tick_params(axis="x", rotation=30, labelsize=7)
    axis.set(xlabel=drawing.title_of(target), ylabel="share of windows", title="classes by split")
    axis.set_ylim(top=1.35 * axis.get_ylim()[1])
    axis.legend(ncols=3, fontsize=7, loc="upper center")


def coverage(pilot, of, genomes, places, log=()):
    """Picture windows of genomes among simulated ones: each statistic, and all of them together.

    ``pilot`` is a table with a column for each statistic, ``of`` an array that says which cell
    each of its windows is of; ``genomes`` maps names to tables of the same columns.
    ``places`` are a list of where windows lie in two components, float64 (windows, 2): those of
    the pilot first, then those of each genome. ``log`` names statistics with a log scale.
    """
    panels, names = [*pilot, None], list(dict.fromkeys(of))
    columns = 4
    rows = -(-(len(panels) + 1) // columns)
    figure, axes = plt.subplots(rows, columns, figsize=(3.0 * columns, 2.3 * rows), squeeze=False)
    shades = {name: drawing.colour_of(number) for number, name in enumerate(names)}
    lines = dict(zip(genomes, ["-", "--", ":", "-."] * len(genomes), strict=False))
    for axis, statistic in zip(axes.flat, pilot, strict=False):
        parts = [pilot.loc[of == name, statistic] for name in names]
        parts += [table[statistic] for table in genomes.values()]
        bins = _bins(np.concatenate(parts), statistic in log)
        styles = [{"color": shade} for shade in shades.values()]
        styles += [{"color": drawing.TRUTH, "lw": 1.4, "ls": line} for line in lines.values()]
        for values, style in zip(parts, styles, strict=True):
            weights = np.full(len(values), 1 / len(values))
            axis.hist(values, bins, weights=weights, histtype="step", **style)
        if statistic in log:
            axis.set_xscale("log")
        axis.set(xlabel=statistic, yticks=[])
    together = axes.flat[len(panels) - 1]
    for name in names:
        together.plot(*places[0][of == name].T, ".", ms=2, color=shades[name], rasterized=True)
    for number, place in enumerate(places[1:]):
        style = {"marker": "xo^sDv*P"[number % 8], "ls": "", "ms": 3, "color": drawing.TRUTH}
        together.plot(*place.T, mfc="none", rasterized=True, **style)
    together.set(xlabel="all of them: first component", ylabel="second", xticks=[], yticks=[])
    legend = axes.flat[len(panels)]
    for name in names:
        legend.plot([], [], color=shades[name], label=f"simulated: {name}".replace("+", "\n"))
    for name in genomes:
        legend.plot([], [], color=drawing.TRUTH, ls=lines[name], label=f"genome {name}")
    legend.legend(loc="upper left", fontsize=7)
    for axis in axes.flat[len(panels) :]:
        axis.set_axis_off()
    return figure


def _bins(values, log):
    """Return some 30 bins for a histogram; those of whole numbers have as many of them each."""
    low, high = values.min(), values.max()
    if log:
        return np.geomspace(low, max(high, 1.001 * low), 31)
    if (values == np.round(values)).all():
        step = max(1, round((high - low) / 30))
        return np.arange(low, high + step + 1, step) - 0.5
    return np.histogram_bin_edges(values, 30)


def _boxes(axis, values, labels):
    boxes = axis.boxplot(
        values,
        orientation="horizontal",
        tick_labels=[label.replace("+", "\n") for label in labels],
        flierprops={"marker": ".", "markersize": 2, "markeredgecolor": "0.6"},
        medianprops={"color": drawing.TRUTH},
        patch_artist=True,
        widths=0.6,
    )
    for box in boxes["boxes"]:
        box.set(facecolor="#cfe3ea", edgecolor="0.5")
    axis.invert_yaxis()
    axis.tick_params(axis="y", labelsize=7)


def priors(realised, stated):
    """Picture parameters as they were drawn, and as their priors state them.

    ``realised`` is the split table, ``stated`` maps names to values drawn from the prior.
    """
    columns = min(3, len(stated))
    rows = -(-len(stated) // columns)
    figure, axes = plt.subplots(
        rows, columns, figsize=(1 + 3.2 * columns, 2.6 * rows), squeeze=False
    )
    for axis, (name, values) in zip(axes.flat, stated.items(), strict=False):
        drawn = realised[name].dropna().to_numpy()
        if isinstance(values[0], str):
            _shares(axis, values, drawn)
        else:
            _densities(axis, np.array(values), drawn)
        axis.set_title(drawing.title_of(name), fontsize=8)
        axis.set_yticks([])
    axes[0, 0].legend(fontsize=7)
    for axis in axes.flat[len(stated) :]:
        axis.set_visible(False)
    return figure


def _densities(axis, values, drawn):
    values = values[np.isfinite(values)]
    lowest, highest = min(values.min(), drawn.min()), max(values.max(), drawn.max())
    low, high = np.quantile(values, [0.05, 0.95])
    wide = lowest > 0 and high / low > WIDE
    bins = np.geomspace(lowest, highest, 31) if wide else np.linspace(lowest, highest, 31)
    for data, style in ((values, STATED), (drawn, REALISED)):
        axis.hist(data, bins, weights=np.full(len(data), 1 / len(data)), **style)
    if wide:
        axis.set_xscale("log")
    else:
        axis.locator_params(axis="x", nbins=4)


def _shares(axis, values, drawn):
    names = sorted({*values, *drawn})
    for data, style in ((values, STATED), (drawn, REALISED)):
        shares = [np.mean(np.array(data) == name) for name in names]
        axis.stairs(shares, np.arange(len(names) + 1) - 0.5, **_of_stairs(style))
    axis.set_xticks(range(len(names)), names, fontsize=7)


def _of_stairs(style):
    return {
        "fill": style["histtype"] == "stepfilled",
        "color": style["color"],
        "label": style["label"],
    }


def histories(graphs, number):
    """Picture population histories.

    ``graphs`` maps titles to lists of demes graphs: one, or several draws. ``number`` is
    how many histories there are, of which these are some.
    """
    columns = min(3, len(graphs))
    rows = -(-len(graphs) // columns)
    several = any(len(of_title[0].demes) > 1 for of_title in graphs.values())
    size = (4.6, 4.2) if several else (3.6, 2.8)
    figure, axes = plt.subplots(
        rows, columns, figsize=(size[0] * columns, size[1] * rows), squeeze=False
    )
    for axis, (title, drawn) in zip(axes.flat, graphs.items(), strict=False):
        if several:
            demesdraw.tubes(drawn[0], ax=axis, log_time=_changes_long_ago(drawn[0]), seed=1)
            title = f"{title} (one draw)".strip() if len(drawn) > 1 else title
        else:
            _sizes(axis, drawn)
        axis.set_title(title, fontsize=8)
    for axis in axes.flat[len(graphs) :]:
        axis.set_visible(False)
    if number > len(graphs):
        figure.supxlabel(f"the first {len(graphs)} of {number} histories", fontsize=8)
    return figure


def _sizes(axis, graphs):
    """Draw the sizes of one population, of several draws over each other."""
    changes = [epoch.end_time for graph in graphs for epoch in graph.demes[0].epochs]
    earliest, logarithmic = max(changes), any(map(_changes_long_ago, graphs))
    span = 1.3 * earliest or 1.0
    nearest = min((time for time in changes if time > 0), default=1.0) / 3
    times = np.geomspace(nearest, span, 1000) if logarithmic else np.linspace(0, span, 1000)
    sizes = [[graph.demes[0].size_at(time) for time in times] for graph in graphs]
    for of_graph in sizes:
        axis.plot(
            times, of_graph, color=drawing.NET, lw=1.2, alpha=1.0 if len(graphs) == 1 else 0.5
        )
    if logarithmic:
        axis.set_xscale("log")
    axis.set(xlabel="generations ago", ylabel="diploid individuals")
    if np.max(sizes) / np.min(sizes) > WIDE:
        axis.set_yscale("log")
    else:
        axis.set_ylim(0, axis.get_ylim()[1])
    if not earliest:
        axis.set(xticks=[0], xlabel="generations ago: no change")


def _changes_long_ago(graph):
    """Tell whether what changed did so over magnitudes of time."""
    times = [epoch.end_time for deme in graph.demes for epoch in deme.epochs if epoch.end_time > 0]
    return bool(times) and max(times) / min(times) > 5
