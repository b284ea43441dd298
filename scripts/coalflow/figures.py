"""Every picture, in one style. Each is written as PNG, and as SVG beside it."""

import pathlib

import matplotlib

matplotlib.use("Agg")  # no screen needed

import demesdraw  # noqa: E402 - the backend comes first
import matplotlib.pyplot as plt  # noqa: E402
import numpy as np  # noqa: E402
from matplotlib.ticker import (  # noqa: E402
    LogFormatterSciNotation,
    LogLocator,
    MaxNLocator,
    NullFormatter,
    ScalarFormatter,
)

from coalflow import predictions as columns  # noqa: E402
from coalflow.files import replacing  # noqa: E402
from coalflow.scales import Scale  # noqa: E402
from coalflow.targets import is_log  # noqa: E402

NET = "#1f6f8b"
BASELINE = "#d98032"
NET_COLOURS = [NET, "#7fb069", "#8e5ea2", "#c44e52", "#4c4c9d", "#b8860b"]
TRUTH = "#333333"
SPLIT_COLOURS = {"train": "#1f6f8b", "validation": "#7fb069", "test": "#d98032"}
TITLES = {
    "tajimas_d": "Tajima's D",
    "diversity": "diversity (pi)",
    "watterson_theta": "Watterson's theta",
    "theta_h": "theta H",
    "fay_wu_h": "Fay and Wu's H",
    "fst": "Fst",
    **{name: name.upper() for name in ("y1", "y2", "y3")},
}
TARGET_COLOURS = (NET, BASELINE, "#7fb069", "#8a6fae")
SCAN_ROWS = 8
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


def _make_log(axis, *sides):
    """Give an axis log scales, with enough numbers also where it spans one decade or two."""
    for side in sides:
        axis.set(**{f"{side}scale": "log"})
        low, high = getattr(axis, f"get_{side}lim")()
        one = getattr(axis, f"{side}axis")
        if high < 10 * low:
            one.set_major_locator(MaxNLocator(3))
            one.set_major_formatter(ScalarFormatter())
        elif high < 100 * low:
            one.set_major_locator(LogLocator(subs=(1.0, 3.0)))
            one.set_major_formatter(LogFormatterSciNotation(minor_thresholds=(np.inf, np.inf)))
        one.set_minor_formatter(NullFormatter())


def dataset(table, targets, classes=None):
    """Picture what was made: segregating sites and targets, by cell and by split.

    ``targets`` are whole definitions (:mod:`coalflow.targets`) by their names.
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
        by_cell.set(xlabel=title_of(target), title="target by cell")
        _by_split(by_split, used, target, is_log(definition))
        if is_log(definition):
            _make_log(by_cell, "x")
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
        _make_log(axis, "x")
    axis.set(xlabel=title_of(target), ylabel="share of windows", title="target by split")


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


def predicted_against_true(predictions, cards, metrics):
    """Picture every model's predictions of the test windows against the truth, by target."""
    names = list(cards)
    of_target = -(-len(names) // 3)
    targets = next(iter(cards.values()))["target"]
    figure, axes = plt.subplots(
        of_target * len(targets),
        min(3, len(names)),
        figsize=(3.4 * min(3, len(names)), 3.3 * of_target * len(targets)),
        squeeze=False,
    )
    for number, (target, definition) in enumerate(targets.items()):
        panels = list(axes[number * of_target : (number + 1) * of_target].flat)
        truth = predictions[columns.column(columns.TRUTH, target)]
        for axis, name in zip(panels, names, strict=False):
            predicted = predictions[columns.column(name, target)]
            _against(axis, truth, predicted, cards[name], is_log(definition))
            scores = _scores_of(metrics, cards[name], target)
            axis.set_title(f"{name}\n{_in_short(scores)}")
            axis.set_xlabel(f"true {title_of(target)}")
            axis.sharex(panels[0])
            axis.sharey(panels[0])
        for place, axis in enumerate(panels):
            axis.set_visible(place < len(names))
            if place % 3 == 0:
                axis.set_ylabel(f"predicted {title_of(target)}")
    return figure


def _against(axis, truth, predicted, card, log):
    colour = BASELINE if card["kind"] == "baseline" else NET
    # Thousands of points are an image inside the SVG, or it would weigh megabytes.
    axis.plot(truth, predicted, ".", ms=2, alpha=0.5, color=colour, rasterized=True)
    limits = [truth.min(), truth.max()]
    axis.plot(limits, limits, color=TRUTH, lw=0.8)
    if log:
        _make_log(axis, "x", "y")


def _in_short(scores):
    """Return a target's error and R squared, of logarithms where these are learned."""
    if "rmse_log10" in scores:
        return f"RMSE of log10 {scores['rmse_log10']:.3g}, R² {scores['r2_log10']:.4f}"
    return f"RMSE {scores['rmse']:.3g}, R² {scores['r2']:.4f}"


def _scores_of(metrics, card, target):
    restart = "" if card["restart"] is None else card["restart"]
    rows = metrics[(metrics["model"] == card["model"]) & (metrics["restart"] == restart)]
    rows = rows[rows["target"] == target]
    return dict(zip(rows["metric"], rows["value"], strict=True))


def confusion(table, names, asked):
    """Picture confusion matrices side by side: the rows of ``confusion.tsv`` of some models."""
    ((target,), classes) = asked["target"], asked["classes"]
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
            "color": BASELINE if card["kind"] == "baseline" else NET,
            "mfc": "white" if number % 2 else None,
        }
        yield name, style


def score_by_cell(by_cell, cards, shown):
    """Picture every model's error or accuracy in every cell of the grid, with intervals.

    ``shown`` are (target, metric) pairs, one panel each.
    """
    cells = sorted(by_cell["cell"].unique())
    height = 1 + (0.1 + 0.08 * len(cards)) * len(cells)
    figure, axes = plt.subplots(
        1, len(shown), figsize=(2.7 + 4.8 * len(shown), max(height, 3)), squeeze=False
    )
    for number, (axis, (target, metric)) in enumerate(zip(axes[0], shown, strict=True)):
        rows = by_cell[(by_cell["metric"] == metric) & (by_cell["target"] == target)]
        _scores_in_cells(axis, rows, cards, cells)
        labels = [] if number else [cell.replace("+", "\n") for cell in cells]
        axis.set_yticks(range(len(cells)), labels or [""] * len(cells), fontsize=7)
        axis.invert_yaxis()
        if metric == "accuracy":
            axis.set(xlabel="accuracy on test windows (95 % intervals)", xlim=(-0.02, 1.02))
        else:
            axis.set_xscale("log")
            axis.set(xlabel=f"{_error_in_words(target, metric)} (log scale, 95 % intervals)")
    axes[0, -1].legend(fontsize=7, loc="upper left", bbox_to_anchor=(1, 1))
    return figure


def _scores_in_cells(axis, rows, cards, cells):
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


def _error_in_words(target, metric):
    of_what = f"log10 {title_of(target)}" if metric.endswith("_log10") else title_of(target)
    return f"RMSE of {of_what}"


LOSSES_IN_WORDS = {
    "gaussian": "negative log-likelihood, in sd of training",
    "quantiles": "pinball loss, in sd of training",
}


def loss_by_epoch(histories, asked, losses):
    """Picture loss by epoch for every restart of a net; ``asked`` is the card of any.

    ``losses`` are the names of the losses by which they were trained. Each has an axis of its own.
    The squared error of a number is shown as RMSE in the target's units, or of its logarithm; of
    several numbers in their standard deviations in training; all other losses as they are.
    """
    kinds = list(dict.fromkeys(losses.values()))
    figure, axes = plt.subplots(
        len(kinds), 1, figsize=(7.5, 3.2 * len(kinds)), squeeze=False, sharex=True
    )
    for loss, axis in zip(kinds, axes[:, 0], strict=True):
        alike = {name: one for name, one in histories.items() if losses[name] == loss}
        _epochs_of_loss(axis, alike, asked, loss)
    return figure


def _epochs_of_loss(axis, histories, asked, loss):
    measure, shown = _loss_in_words(asked, loss)
    styles = ["-", "--", ":", "-."]
    for number, (name, history) in enumerate(histories.items()):
        style = styles[number % len(styles)]
        for column, colour, label in (("loss", NET, "train"), ("val_loss", BASELINE, "validation")):
            values = shown(history[column])
            axis.plot(history["epoch"], values, style, color=colour, label=f"{name}, {label}")
        best = history["val_loss"].idxmin()
        axis.plot(history["epoch"][best], shown(history["val_loss"][best]), "o", color=BASELINE)
    if loss == "squared":
        axis.set_yscale("log")
    axis.set(xlabel="epoch", ylabel=measure)
    axis.xaxis.get_major_locator().set_params(integer=True)
    axis.legend(fontsize=7, loc="upper left", bbox_to_anchor=(1, 1))


def learning_curve(curve, asked):
    """Picture errors by number of training windows, and the curve through them, of each net.

    ``curve`` is what :func:`coalflow.learning_curve.of_nets` returned, ``asked`` the card of any.
    """
    figure, axis = plt.subplots(figsize=(7.5, 3.6))
    for number, (net, rows) in enumerate(curve.groupby("net", sort=False)):
        trained, fitted = (rows[rows["kind"] == kind] for kind in ("trained", "fitted"))
        colour = NET_COLOURS[number % len(NET_COLOURS)]
        errors = [trained["value"] - trained["ci_low"], trained["ci_high"] - trained["value"]]
        axis.errorbar(
            trained["windows"], trained["value"], errors, fmt="o", ms=4, lw=0.8, color=colour
        )
        axis.plot(fitted["windows"], fitted["value"], color=colour, label=net)
        ends = fitted["ci_low"], fitted["ci_high"]
        axis.fill_between(fitted["windows"], *ends, color=colour, alpha=0.15, lw=0)
    axis.axvline(
        curve.loc[curve["kind"] == "trained", "windows"].max(), color="0.7", lw=0.7, ls=":"
    )
    target, metric = curve["target"].iloc[0], curve["metric"].iloc[0]
    measure = metric.replace("_", " ") if asked["classes"] or metric == "scaled_mse" else None
    _make_log(axis, "x")
    axis.set(
        xlabel="training windows (dotted: all there are)",
        ylabel=f"{measure or _error_in_words(target, metric)}\non validation windows",
    )
    axis.legend(fontsize=7)
    return figure


def search(table, space):
    """Picture how good the recipes of a search were, by each key that was searched.

    ``table`` is that of ``search.tsv``, the best first, ``space`` the config's. A line marks
    the recipe as it is without a search, a ring the best.
    """
    names = list(space)
    figure, axes = plt.subplots(
        1, len(names), figsize=(2.2 + 2.3 * len(names), 3), sharey=True, squeeze=False
    )
    best, as_it_is = table.iloc[0], table[table["trial"] == 0].iloc[0]
    for axis, name in zip(axes[0], names, strict=True):
        tried = table[table["trial"] > 0]
        ((kind, told),) = space[name].items()
        places = tried[name]
        if kind == "categorical":
            places = [told.index(value) for value in tried[name]]
            axis.set_xticks(range(len(told)), told)
            axis.set_xlim(-0.5, len(told) - 0.5)
        axis.plot(places, tried["value"], "o", ms=4, color=NET)
        axis.axhline(as_it_is["value"], color=TRUTH, lw=0.8, ls=":")
        if best["trial"] > 0:
            place = told.index(best[name]) if kind == "categorical" else best[name]
            axis.plot(place, best["value"], "o", ms=10, mfc="none", color=BASELINE)
        if kind == "log_uniform":
            _make_log(axis, "x")
        axis.set_xlabel(name.replace("_", " "))
    measure = best["metric"].replace("_", " ")
    axes[0, 0].set_ylabel(f"{measure} on validation windows")
    return figure


def _loss_in_words(asked, loss):
    """Return what a loss is shown as, and the function that makes it so."""
    first, *others = asked["target"]
    if asked["classes"]:
        return f"cross-entropy of {title_of(first)}", lambda loss: loss
    if loss != "squared":
        return LOSSES_IN_WORDS[loss], lambda loss: loss
    if others:
        return "RMSE of all targets, in sd of training", np.sqrt
    scale = asked["scale"][first]
    metric = "rmse_log10" if scale["log"] else "rmse"
    return _error_in_words(first, metric), lambda loss: scale["sd"] * np.sqrt(loss)


def activations(matrix, outputs, title, mask=None, row="haplotype"):
    """Picture one window and what a net's layers answer to it.

    ``matrix`` is (sites, haplotypes), nan where nothing was called, ``mask`` (sites,) is False
    where it is padding; ``outputs`` maps layer names to (sites, units) or (units,). ``row``
    says what stands in the place of haplotypes.
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
    told = np.ones(len(matrix), bool) if mask is None else mask
    not_called = np.isnan(matrix.T) & told
    if not_called.any():
        lost = np.ma.masked_where(~not_called, not_called)
        axes[0].imshow(lost, aspect="auto", cmap="Blues", interpolation="nearest", vmin=0, vmax=2)
        title += "\nblue: not called"
    if not told.all():
        padding = np.ma.masked_where(
            np.broadcast_to(told, matrix.T.shape), np.full(matrix.T.shape, 0.5)
        )
        axes[0].imshow(padding, aspect="auto", cmap="Oranges", vmin=0, vmax=2)
        title += "\norange: padding"
    axes[0].set(ylabel=row, xlabel="segregating site", title=title)
    for axis, (name, output) in zip(axes[1:], outputs.items(), strict=True):
        flat = output.ndim == 1
        image = axis.imshow(
            output[None, :] if flat else output.T, aspect="auto", interpolation="nearest"
        )
        figure.colorbar(image, ax=axis, pad=0.01)
        axis.set_title(f"{name}: {' × '.join(map(str, output.shape))}")
        axis.set(xlabel="unit" if flat else "along the window", ylabel="" if flat else "unit")
        axis.xaxis.get_major_locator().set_params(integer=True)
        if flat:
            axis.set_yticks([])
    for axis in axes:
        axis.spines[["top", "right"]].set_visible(True)
    return figure


def restarts(comparison, names, predictions, asked):
    """Picture how two restarts agree outside and differ inside; ``asked`` is the card of one."""
    layers = list(dict.fromkeys(comparison["layer"]))
    figure, (left, right) = plt.subplots(
        1,
        2,
        figsize=(max(9, 4 + 1.3 * len(layers)), 3.6),
        width_ratios=[1, max(1, len(layers) / 3)],
    )
    if asked["classes"]:
        _same_classes(left, predictions, asked["classes"])
    else:
        _same_numbers(left, predictions, asked)
        left.set_title(f"outside: predictions, r = {comparison['prediction_r'][0]:.4f}")
    what = " and ".join(map(title_of, asked["target"])) if len(asked["target"]) < 3 else "targets"
    left.set(xlabel=f"{what} predicted by {names[0]}", ylabel=f"by {names[1]}")
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


def _same_numbers(axis, predictions, asked):
    """Draw the predictions of two nets against each other, of several targets in their scales."""
    if len(asked["target"]) == 1:
        (one,) = asked["target"].values()
        log = is_log(one)
    else:
        log, scale = False, Scale.from_card(asked["scale"])
        predictions = [scale.standardise(predicted) for predicted in predictions]
    for place, target in enumerate(asked["target"]):
        colour = TARGET_COLOURS[place % len(TARGET_COLOURS)]
        pair = [predicted[:, place] for predicted in predictions]
        axis.plot(*pair, ".", ms=3, alpha=0.6, color=colour, label=title_of(target))
    limits = [min(map(np.min, predictions)), max(map(np.max, predictions))]
    axis.plot(limits, limits, color=TRUTH, lw=0.8)
    if log:
        _make_log(axis, "x", "y")
    if len(asked["target"]) > 1:
        axis.legend(fontsize=7, title="in sd of training", title_fontsize=7)


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
        axis.set(xlabel=f"contig {contig}, Mb", ylabel=title_of(target))
        if is_log(asked["target"][target]):
            _make_log(axis, "y")
    # Where something is computed, the legend is to tell it.
    known = [one for one in targets if columns.column(computed, one) in table]
    legend_of = (known or targets)[0]
    panels[f"{legend_of} along {shown[0]}"].legend(fontsize=7, ncols=3, loc="upper left")
    for target in targets:
        against = panels[f"{target} against"]
        _scan_against(against, table, _lines_of_scan(table, nets, computed, target))
        if is_log(asked["target"][target]):
            _make_log(against, "x", "y")
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
            yield {"color": TRUTH, "lw": 1.2}
        else:
            place = number - (COMPUTED in lines)
            yield {"color": [NET, BASELINE][place % 2], "lw": 0.8}


def _scan_against(axis, table, lines):
    """Draw nets against what is computed, or, where nothing is, the second against the first."""
    (label, column), *others = lines.items()
    if not others:
        axis.set_visible(False)
        return
    for number, (_, other) in enumerate(others if label == COMPUTED else others[:1]):
        colour = [NET, BASELINE][number % 2]
        axis.plot(table[column], table[other], ".", ms=3, alpha=0.6, color=colour)
    limits = [table[column].min(), table[column].max()]
    axis.plot(limits, limits, color=TRUTH, lw=0.8)
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
