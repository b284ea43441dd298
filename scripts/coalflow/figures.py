"""Every picture, in one style. Each is written as PNG, and as SVG beside it."""

import pathlib

import matplotlib

matplotlib.use("Agg")  # no screen needed

import matplotlib.pyplot as plt  # noqa: E402 - the backend comes first
import numpy as np  # noqa: E402

from coalflow.files import replacing  # noqa: E402

NET = "#1f6f8b"
BASELINE = "#d98032"
TRUTH = "#333333"
SPLIT_COLOURS = {"train": "#1f6f8b", "validation": "#7fb069", "test": "#d98032"}
TITLES = {"tajimas_d": "Tajima's D", "diversity": "diversity (pi)"}

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


def dataset(table, target):
    """Picture what was made: segregating sites and targets, by cell and by split."""
    used = table[table["split"] != "excluded"]
    cells = sorted(table["cell"].unique())
    figure, axes = plt.subplots(
        1, 3, figsize=(11, 1.6 + 0.32 * max(len(cells), 5)), width_ratios=[1, 1, 1]
    )
    _boxes(axes[0], [table.loc[table["cell"] == cell, "sites"] for cell in cells], cells)
    axes[0].set(xlabel="segregating sites in a window", title="sites by cell")
    _boxes(axes[1], [used.loc[used["cell"] == cell, target] for cell in cells], [""] * len(cells))
    axes[1].set(xlabel=TITLES[target], title="target by cell")
    bins = np.histogram_bin_edges(used[target], 40)
    for split, colour in SPLIT_COLOURS.items():
        values = used.loc[used["split"] == split, target]
        axes[2].hist(values, bins, density=True, histtype="step", color=colour, label=split)
    axes[2].set(xlabel=TITLES[target], ylabel="density", title="target by split")
    axes[2].legend()
    return figure


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
    figure.supxlabel(f"true {TITLES[target]}", fontsize=9)
    figure.supylabel(f"predicted {TITLES[target]}", fontsize=9)
    return figure


def _scores_of(metrics, card):
    restart = "" if card["restart"] is None else card["restart"]
    rows = metrics[(metrics["model"] == card["model"]) & (metrics["restart"] == restart)]
    return dict(zip(rows["metric"], rows["value"], strict=True))


def error_by_cell(by_cell, cards):
    """Picture every model's RMSE in every cell of the grid, with intervals."""
    rows = by_cell[by_cell["metric"] == "rmse"]
    cells = sorted(rows["cell"].unique())
    height = 1 + (0.1 + 0.08 * len(cards)) * len(cells)
    figure, axis = plt.subplots(figsize=(7.5, max(height, 3)))
    offsets = np.linspace(-0.35, 0.35, len(cards)) if len(cards) > 1 else [0.0]
    markers = "osDv^<>PX*"
    for number, (offset, (name, card)) in enumerate(zip(offsets, cards.items(), strict=True)):
        restart = "" if card["restart"] is None else card["restart"]
        mine = rows[(rows["model"] == card["model"]) & (rows["restart"] == restart)]
        mine = mine.set_index("cell").loc[cells]
        axis.errorbar(
            mine["value"],
            np.arange(len(cells)) + offset,
            xerr=[mine["value"] - mine["ci_low"], mine["ci_high"] - mine["value"]],
            fmt=markers[number % len(markers)],
            ms=4,
            lw=1,
            color=NET if card["kind"] == "net" else BASELINE,
            mfc="white" if number % 2 else None,
            label=name,
        )
    axis.set_xscale("log")
    axis.set_yticks(range(len(cells)), [cell.replace("+", "\n") for cell in cells], fontsize=7)
    axis.invert_yaxis()
    axis.set(xlabel="RMSE on test windows (log scale, 95 % intervals)")
    axis.legend(fontsize=7, loc="upper left", bbox_to_anchor=(1, 1))
    return figure


def learning_curves(histories, scale, target):
    """Picture loss by epoch, as RMSE in the target's units, for every restart of a net."""
    figure, axis = plt.subplots(figsize=(5.5, 3.2))
    styles = ["-", "--", ":", "-."]
    for number, (name, history) in enumerate(histories.items()):
        style = styles[number % len(styles)]
        for column, colour, label in (("loss", NET, "train"), ("val_loss", BASELINE, "validation")):
            values = scale[name] * np.sqrt(history[column])
            axis.plot(history["epoch"], values, style, color=colour, label=f"{name}, {label}")
        best = history["val_loss"].idxmin()
        axis.plot(
            history["epoch"][best],
            scale[name] * np.sqrt(history["val_loss"][best]),
            "o",
            color=BASELINE,
        )
    axis.set_yscale("log")
    axis.set(xlabel="epoch", ylabel=f"RMSE of {TITLES[target]}")
    axis.xaxis.get_major_locator().set_params(integer=True)
    axis.legend(fontsize=7)
    return figure


def activations(matrix, outputs, title):
    """Picture one window and what a net's layers answer to it.

    ``matrix`` is (sites, haplotypes); ``outputs`` maps layer names to (sites, units)
    or (units,).
    """
    figure, axes = plt.subplots(
        len(outputs) + 1, 1, figsize=(6.5, 9), height_ratios=[1.2, 3, 3, 0.7][: len(outputs) + 1]
    )
    axes[0].imshow(matrix.T, aspect="auto", cmap="Greys", interpolation="nearest")
    axes[0].set(ylabel="haplotype", xlabel="segregating site", title=title)
    for axis, (name, output) in zip(axes[1:], outputs.items(), strict=True):
        flat = output.ndim == 1
        image = axis.imshow(
            output[None, :] if flat else output.T, aspect="auto", interpolation="nearest"
        )
        figure.colorbar(image, ax=axis, pad=0.01)
        axis.set_title(f"{name}: {' × '.join(map(str, output.shape))}")
        axis.set(xlabel="unit" if flat else "site", ylabel="" if flat else "unit")
        if flat:
            axis.set_yticks([])
    for axis in axes:
        axis.spines[["top", "right"]].set_visible(True)
    return figure


def restarts(comparison, names, predictions, target):
    """Picture how two restarts agree outside and differ inside."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.6))
    left.plot(*predictions, ".", ms=3, alpha=0.6, color=NET)
    limits = [min(map(np.min, predictions)), max(map(np.max, predictions))]
    left.plot(limits, limits, color=TRUTH, lw=0.8)
    left.set(
        xlabel=f"{TITLES[target]} predicted by {names[0]}",
        ylabel=f"by {names[1]}",
        title=f"outside: predictions, r = {np.corrcoef(*predictions)[0, 1]:.4f}",
    )
    layers = list(dict.fromkeys(comparison["layer"]))
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
        axis.set(xlabel=f"contig {contig}, Mb", ylabel=TITLES[target])
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
