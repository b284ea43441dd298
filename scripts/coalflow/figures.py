"""Every picture, in one style. Each is written as PNG, and as SVG beside it."""

import pathlib

import matplotlib

matplotlib.use("Agg")  # no screen needed

import demesdraw  # noqa: E402 - the backend comes first
import matplotlib.pyplot as plt  # noqa: E402
import numpy as np  # noqa: E402

from coalflow import predictions as columns  # noqa: E402
from coalflow.files import replacing  # noqa: E402

NET = "#1f6f8b"
BASELINE = "#d98032"
TRUTH = "#333333"
SPLIT_COLOURS = {"train": "#1f6f8b", "validation": "#7fb069", "test": "#d98032"}
TITLES = {"tajimas_d": "Tajima's D", "diversity": "diversity (pi)"}
# Told apart by colour-blind people too (Okabe and Ito 2008); the first is mostly "nothing".
CLASS_COLOURS = ("#c9c9c9", "#d55e00", "#f0c000", "#0072b2", "#56b4e9", "#009e73", "#cc79a7")
# Of values that were drawn, and of those that the prior states.
STATED = {"histtype": "stepfilled", "color": "0.85", "label": "stated"}
REALISED = {"histtype": "step", "color": NET, "label": "drawn"}
WIDE = 10  # with such a ratio of the middle 90 %, values are shown on a logarithmic axis
FEWEST_WINDOWS = 10  # in a point of a calibration curve; a share of fewer is mostly noise

plt.rcParams.update(
    {
        "figure.dpi": 150,
        "savefig.dpi": "figure",
        "figure.constrained_layout.use": True,
        "figure.constrained_layout.w_pad": 0.08,
        "font.size": 9,
        "axes.titlesize": 10,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "legend.frameon": False,
        "axes.formatter.useoffset": False,
        "image.cmap": "viridis",
        # The same picture, the same bytes.
        "svg.hashsalt": "coalflow",
    }
)


def title_of(target):
    """Return the words for a target."""
    if "." in target:  # a path into a demes file
        return target
    return TITLES.get(target, target.replace("_", " "))


def colour_of(number):
    """Return the colour of a class, by its place in the list of classes."""
    return CLASS_COLOURS[number % len(CLASS_COLOURS)]


def save(figure, path):
    """Write a figure at ``path`` (.png) and as .svg beside it, and close it."""
    path = pathlib.Path(path)
    _settle_layout(figure)
    metadata = {".png": {"Software": None}, ".svg": {"Date": None}}
    for suffix, data in metadata.items():
        with replacing(path.with_suffix(suffix)) as temporary:
            figure.savefig(temporary, metadata=data)
    plt.close(figure)


def _settle_layout(figure):
    """Lay the figure out and round the places of its axes.

    The solver of the layout orders its equations by memory addresses, so its last
    digits differ from run to run, and the names that an SVG derives from them too.
    """
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    for axis in figure.axes:
        axis.set_position(np.round(axis.get_position().bounds, 6))


def dataset(table, target, classes=None):
    """Picture what was made: segregating sites and targets, by cell and by split."""
    used = table[table["split"] != "excluded"]
    cells = sorted(table["cell"].unique())
    panels = 2 if classes else 3
    figure, axes = plt.subplots(
        1, panels, figsize=(1 + 3.4 * panels, 1.6 + 0.32 * max(len(cells), 5))
    )
    _boxes(axes[0], [table.loc[table["cell"] == cell, "sites"] for cell in cells], cells)
    axes[0].set(xlabel="segregating sites in a window", title="sites by cell")
    if classes:
        _classes_by_split(axes[1], used, target, classes)
        return figure
    _boxes(axes[1], [used.loc[used["cell"] == cell, target] for cell in cells], [""] * len(cells))
    axes[1].set(xlabel=title_of(target), title="target by cell")
    bins = np.histogram_bin_edges(used[target], 40)
    for split, colour in SPLIT_COLOURS.items():
        values = used.loc[used["split"] == split, target]
        axes[2].hist(values, bins, density=True, histtype="step", color=colour, label=split)
    axes[2].set(xlabel=title_of(target), ylabel="density", title="target by split")
    axes[2].legend()
    return figure


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
    axis.set(xlabel=title_of(target), ylabel="share of windows", title="classes by split")
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
    shades = {name: colour_of(number) for number, name in enumerate(names)}
    lines = dict(zip(genomes, ["-", "--", ":", "-."] * len(genomes), strict=False))
    for axis, statistic in zip(axes.flat, pilot, strict=False):
        parts = [pilot.loc[of == name, statistic] for name in names]
        parts += [table[statistic] for table in genomes.values()]
        bins = _bins(np.concatenate(parts), statistic in log)
        styles = [{"color": shade} for shade in shades.values()]
        styles += [{"color": TRUTH, "lw": 1.4, "ls": line} for line in lines.values()]
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
        style = {"marker": "xo^sDv*P"[number % 8], "ls": "", "ms": 3, "color": TRUTH}
        together.plot(*place.T, mfc="none", rasterized=True, **style)
    together.set(xlabel="all of them: first component", ylabel="second", xticks=[], yticks=[])
    legend = axes.flat[len(panels)]
    for name in names:
        legend.plot([], [], color=shades[name], label=f"simulated: {name}".replace("+", "\n"))
    for name in genomes:
        legend.plot([], [], color=TRUTH, ls=lines[name], label=f"genome {name}")
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
        medianprops={"color": TRUTH},
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
        axis.set_title(title_of(name), fontsize=8)
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
        axis.plot(times, of_graph, color=NET, lw=1.2, alpha=1.0 if len(graphs) == 1 else 0.5)
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


def predicted_against_true(predictions, cards, metrics, target):
    """Picture every model's predictions of the test windows against the truth."""
    names = list(cards)
    columns = min(3, len(names))
    rows = -(-len(names) // columns)
    figure, axes = plt.subplots(
        rows, columns, figsize=(3.4 * columns, 3.3 * rows), sharex=True, sharey=True, squeeze=False
    )
    truth = predictions["truth"]
    limits = [truth.min(), truth.max()]
    for axis, name in zip(axes.flat, names, strict=False):
        card = cards[name]
        colour = NET if card["kind"] == "net" else BASELINE
        # Thousands of points are an image inside the SVG, or it would weigh megabytes.
        axis.plot(truth, predictions[name], ".", ms=2, alpha=0.5, color=colour, rasterized=True)
        axis.plot(limits, limits, color=TRUTH, lw=0.8)
        scores = _scores_of(metrics, card)
        axis.set_title(f"{name}\nRMSE {scores['rmse']:.3g}, R² {scores['r2']:.4f}")
    for axis in axes.flat[len(names) :]:
        axis.set_visible(False)
    figure.supxlabel(f"true {title_of(target)}", fontsize=9)
    figure.supylabel(f"predicted {title_of(target)}", fontsize=9)
    return figure


def _scores_of(metrics, card):
    restart = "" if card["restart"] is None else card["restart"]
    rows = metrics[(metrics["model"] == card["model"]) & (metrics["restart"] == restart)]
    return dict(zip(rows["metric"], rows["value"], strict=True))


def confusion(table, names, classes, target):
    """Picture confusion matrices side by side: the rows of ``confusion.tsv`` of some models."""
    columns = min(3, len(names))
    rows = -(-len(names) // columns)
    side = 1.2 + 0.5 * max(len(classes), 3)
    figure, axes = plt.subplots(
        rows, columns, figsize=((side + 0.6) * columns, (side + 1.0) * rows), squeeze=False
    )
    for axis, name in zip(axes.flat, names, strict=False):
        mine = table[table["model"] == name]
        fractions, counts = (
            mine.pivot(index="true_class", columns="predicted_class", values=column)
            .loc[classes, classes]
            .to_numpy()
            for column in ("fraction", "count")
        )
        axis.imshow(fractions, cmap="Blues", vmin=0, vmax=1)
        for (true, said), fraction in np.ndenumerate(fractions):
            axis.text(
                said,
                true,
                "–" if np.isnan(fraction) else f"{fraction:.2f}",
                ha="center",
                va="center",
                fontsize=8,
                color="white" if fraction > 0.5 else TRUTH,
            )
        ticks = {"ticks": range(len(classes)), "labels": classes, "fontsize": 8}
        axis.set_xticks(**ticks, rotation=45, ha="right", rotation_mode="anchor")
        axis.set_yticks(**ticks)
        accuracy = np.trace(counts) / counts.sum()
        axis.set_title(f"{name}\naccuracy {accuracy:.3f}")
        axis.spines[:].set_visible(False)
        axis.tick_params(length=0)
    for axis in axes.flat[len(names) :]:
        axis.set_visible(False)
    figure.supxlabel(f"predicted {title_of(target)}", fontsize=9)
    figure.supylabel(f"true {title_of(target)}", fontsize=9)
    return figure


def calibration(table, cards):
    """Picture how often each model is right that is so sure: the rows of ``calibration.tsv``."""
    figure, axis = plt.subplots(figsize=(5.6, 3.4))
    axis.plot([0, 1], [0, 1], color=TRUTH, lw=0.8)
    table = table[table["windows"] >= FEWEST_WINDOWS]
    for name, style in _styled(cards):
        mine = table[table["model"] == name]
        axis.plot(mine["mean_probability"], mine["accuracy"], lw=1, label=name, **style)
    lowest = table["mean_probability"].min() if len(table) else 0.0
    axis.set(
        xlabel="probability of the predicted class, mean of a tenth",
        ylabel="share of windows that is right",
        xlim=(max(0.0, lowest - 0.05), 1.02),
        ylim=(-0.02, 1.02),
    )
    axis.legend(fontsize=7, loc="upper left", bbox_to_anchor=(1, 1))
    return figure


def _styled(cards):
    """Yield each model's name, and a style by which its line or points are known."""
    markers = "osDv^<>PX*"
    for number, (name, card) in enumerate(cards.items()):
        style = {
            "marker": markers[number % len(markers)],
            "ms": 4,
            "color": NET if card["kind"] == "net" else BASELINE,
            "mfc": "white" if number % 2 else None,
        }
        yield name, style


def score_by_cell(by_cell, cards, metric):
    """Picture every model's RMSE or accuracy in every cell of the grid, with intervals."""
    rows = by_cell[by_cell["metric"] == metric]
    cells = sorted(rows["cell"].unique())
    height = 1 + (0.1 + 0.08 * len(cards)) * len(cells)
    figure, axis = plt.subplots(figsize=(7.5, max(height, 3)))
    offsets = np.linspace(-0.35, 0.35, len(cards)) if len(cards) > 1 else [0.0]
    for offset, (name, style) in zip(offsets, _styled(cards), strict=True):
        card = cards[name]
        restart = "" if card["restart"] is None else card["restart"]
        mine = rows[(rows["model"] == card["model"]) & (rows["restart"] == restart)]
        mine = mine.set_index("cell").loc[cells]
        axis.errorbar(
            mine["value"],
            np.arange(len(cells)) + offset,
            xerr=[mine["value"] - mine["ci_low"], mine["ci_high"] - mine["value"]],
            ls="",
            elinewidth=1,
            label=name,
            **style,
        )
    axis.set_yticks(range(len(cells)), [cell.replace("+", "\n") for cell in cells], fontsize=7)
    axis.invert_yaxis()
    if metric == "rmse":
        axis.set_xscale("log")
        axis.set(xlabel="RMSE on test windows (log scale, 95 % intervals)")
    else:
        axis.set(xlabel=f"{metric} on test windows (95 % intervals)", xlim=(-0.02, 1.02))
    axis.legend(fontsize=7, loc="upper left", bbox_to_anchor=(1, 1))
    return figure


def learning_curves(histories, scale, target):
    """Picture loss by epoch for every restart of a net.

    ``scale`` maps names to the targets' standard deviation, and losses are shown as
    RMSE in the target's units; for classes it is None, and they are cross-entropies.
    """

    def shown(name, loss):
        return scale[name] * np.sqrt(loss) if scale else loss

    figure, axis = plt.subplots(figsize=(7.5, 3.2))
    styles = ["-", "--", ":", "-."]
    for number, (name, history) in enumerate(histories.items()):
        style = styles[number % len(styles)]
        for column, colour, label in (("loss", NET, "train"), ("val_loss", BASELINE, "validation")):
            values = shown(name, history[column])
            axis.plot(history["epoch"], values, style, color=colour, label=f"{name}, {label}")
        best = history["val_loss"].idxmin()
        axis.plot(
            history["epoch"][best], shown(name, history["val_loss"][best]), "o", color=BASELINE
        )
    if scale:
        axis.set_yscale("log")
    measure = "RMSE" if scale else "cross-entropy"
    axis.set(xlabel="epoch", ylabel=f"{measure} of {title_of(target)}")
    axis.xaxis.get_major_locator().set_params(integer=True)
    axis.legend(fontsize=7, loc="upper left", bbox_to_anchor=(1, 1))
    return figure


def activations(matrix, outputs, title, mask=None):
    """Picture one window and what a net's layers answer to it.

    ``matrix`` is (sites, haplotypes), ``mask`` (sites,) is False where it is padding;
    ``outputs`` maps layer names to (sites, units) or (units,).
    """
    heights = [1.2, *(0.7 if output.ndim == 1 else 3 for output in outputs.values())]
    many = len(outputs) > 3
    figure, axes = plt.subplots(
        len(heights),
        1,
        figsize=(6.5, 13 if many else 9),
        height_ratios=[min(height, 1.6) for height in heights] if many else heights,
    )
    axes[0].imshow(matrix.T, aspect="auto", cmap="Greys", interpolation="nearest")
    if mask is not None and not mask.all():
        padding = np.ma.masked_where(np.broadcast_to(mask, matrix.T.shape), matrix.T + 0.5)
        axes[0].imshow(padding, aspect="auto", cmap="Oranges", vmin=0, vmax=2)
        title += "\norange: padding"
    axes[0].set(ylabel="haplotype", xlabel="segregating site", title=title)
    for axis, (name, output) in zip(axes[1:], outputs.items(), strict=True):
        flat = output.ndim == 1
        image = axis.imshow(
            output[None, :] if flat else output.T, aspect="auto", interpolation="nearest"
        )
        figure.colorbar(image, ax=axis, pad=0.01)
        axis.set_title(f"{name}: {' × '.join(map(str, output.shape))}")
        axis.set(xlabel="unit" if flat else "site", ylabel="" if flat else "unit")
        axis.xaxis.get_major_locator().set_params(integer=True)
        if flat:
            axis.set_yticks([])
    for axis in axes:
        axis.spines[["top", "right"]].set_visible(True)
    return figure


def restarts(comparison, names, predictions, target, classes=None):
    """Picture how two restarts agree outside and differ inside."""
    layers = list(dict.fromkeys(comparison["layer"]))
    figure, (left, right) = plt.subplots(
        1,
        2,
        figsize=(max(9, 4 + 1.3 * len(layers)), 3.6),
        width_ratios=[1, max(1, len(layers) / 3)],
    )
    if classes:
        _same_classes(left, predictions, classes)
    else:
        left.plot(*predictions, ".", ms=3, alpha=0.6, color=NET)
        limits = [min(map(np.min, predictions)), max(map(np.max, predictions))]
        left.plot(limits, limits, color=TRUTH, lw=0.8)
        r = np.corrcoef(*predictions)[0, 1]
        left.set_title(f"outside: predictions, r = {r:.4f}")
    left.set(xlabel=f"{title_of(target)} predicted by {names[0]}", ylabel=f"by {names[1]}")
    measures = {"same_unit_r": "same unit", "best_match_r": "best match", "cka": "CKA"}
    colours = ["#9bb8c2", "#4b93a8", NET]
    for number, (column, label) in enumerate(measures.items()):
        means = [comparison.loc[comparison["layer"] == layer, column].mean() for layer in layers]
        places = np.arange(len(layers)) + 0.27 * (number - 1)
        bars = right.bar(places, means, width=0.25, color=colours[number], label=label)
        right.bar_label(bars, fmt="%.2f", fontsize=7)
    right.set_xticks(range(len(layers)), layers)
    right.axhline(0, color=TRUTH, lw=0.8)
    right.set(ylabel="similarity", title="inside: activations of the same windows")
    right.set_ylim(top=1.25)
    right.legend(fontsize=8, ncols=3, loc="upper center")
    return figure


def _same_classes(axis, predictions, classes):
    """Draw how many windows two nets say to be of which classes."""
    said = [probabilities.argmax(axis=1) for probabilities in predictions]
    counts = np.zeros((len(classes), len(classes)), dtype=int)
    np.add.at(counts, (said[1], said[0]), 1)
    axis.imshow(counts, cmap="Blues")
    for (row, column), count in np.ndenumerate(counts):
        colour = "white" if count > counts.max() / 2 else TRUTH
        axis.text(column, row, f"{count:,}", ha="center", va="center", fontsize=8, color=colour)
    axis.set_xticks(range(len(classes)), classes, fontsize=8, rotation=30, ha="right")
    axis.set_yticks(range(len(classes)), classes, fontsize=8)
    share = 100 * np.trace(counts) / counts.sum()
    axis.set_title(f"outside: the same class for {share:.1f} % of windows")


def scan(table, nets, computed, target, trained_range):
    """Picture a scan along each contig, predicted and computed, and one against the other."""
    contigs = list(dict.fromkeys(table["contig"]))
    shown = contigs[:8]
    figure = plt.figure(figsize=(10, 1.2 + 1.9 * len(shown)))
    panels = figure.subplot_mosaic(
        [[f"along {contig}", "against"] for contig in shown], width_ratios=[3, 1.2]
    )
    for contig in shown:
        axis = panels[f"along {contig}"]
        part = table[table["contig"] == contig]
        middle = (part["start"] + part["end"]) / 2e6
        axis.plot(middle, part[computed], color=TRUTH, lw=1.2, label="computed by tskit")
        for number, net in enumerate(nets):
            axis.plot(middle, part[net], lw=0.8, label=net, color=[NET, BASELINE][number % 2])
        for bound in trained_range:
            axis.axhline(bound, color="0.7", lw=0.7, ls=":")
        axis.set(xlabel=f"contig {contig}, Mb", ylabel=title_of(target))
    panels[f"along {shown[0]}"].legend(fontsize=7, ncols=3, loc="upper left")
    against = panels["against"]
    for number, net in enumerate(nets):
        against.plot(
            table[computed], table[net], ".", ms=3, alpha=0.6, color=[NET, BASELINE][number % 2]
        )
    limits = [table[computed].min(), table[computed].max()]
    against.plot(limits, limits, color=TRUTH, lw=0.8)
    against.set(xlabel="computed", ylabel="predicted", box_aspect=1)
    return figure


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
        probabilities = part[[columns.probability(net, name) for name in classes]].to_numpy()
        # A window without sites leaves a gap.
        axis.stackplot(
            middle,
            np.nan_to_num(probabilities).T,
            colors=[colour_of(number) for number in range(len(classes))],
            step="mid",
        )
        axis.set(ylim=(0, 1), xlabel=f"contig {contig}, Mb", ylabel=f"probability\nby {net}")
        axis.yaxis.label.set_fontsize(7)
        axis.margins(x=0)
    shares = panels["shares"]
    left = np.zeros(len(models))
    for number, name in enumerate(classes):
        values = np.array([(table[model] == name).mean() for model in models])
        shares.barh(models, values, left=left, color=colour_of(number), label=name, height=0.7)
        left += values
    shares.invert_yaxis()
    shares.set(xlim=(0, 1), xlabel="share of windows said to be")
    shares.tick_params(axis="y", labelsize=7)
    shares.legend(fontsize=7, loc="lower left", bbox_to_anchor=(0, 1), ncols=2)
    return figure
