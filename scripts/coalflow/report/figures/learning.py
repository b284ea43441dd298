"""Pictures of how nets learn, and would learn from more or otherwise."""

import matplotlib.pyplot as plt

from coalflow.report.figures import drawing


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
    measure, shown = drawing.loss_in_words(asked, loss)
    styles = ["-", "--", ":", "-."]
    for number, (name, history) in enumerate(histories.items()):
        style = styles[number % len(styles)]
        for column, colour, label in (
            ("loss", drawing.NET, "train"),
            ("val_loss", drawing.BASELINE, "validation"),
        ):
            values = shown(history[column])
            axis.plot(history["epoch"], values, style, color=colour, label=f"{name}, {label}")
        best = history["val_loss"].idxmin()
        axis.plot(
            history["epoch"][best], shown(history["val_loss"][best]), "o", color=drawing.BASELINE
        )
    if loss == "squared":
        axis.set_yscale("log")
    axis.set(xlabel="epoch", ylabel=measure)
    axis.xaxis.get_major_locator().set_params(integer=True)
    axis.legend(fontsize=7, loc="upper left", bbox_to_anchor=(1, 1))


def learning_curve(curve, asked):
    """Picture errors by number of training windows, and the curve through them, of each net.

    ``curve`` is what :func:`coalflow.evaluation.learning_curve.of_nets` returned, ``asked`` the card of any.
    """
    figure, axis = plt.subplots(figsize=(7.5, 3.6))
    for number, (net, rows) in enumerate(curve.groupby("net", sort=False)):
        trained, fitted = (rows[rows["kind"] == kind] for kind in ("trained", "fitted"))
        colour = drawing.NET_COLOURS[number % len(drawing.NET_COLOURS)]
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
    drawing.make_log(axis, "x")
    axis.set(
        xlabel="training windows (dotted: all there are)",
        ylabel=f"{measure or drawing.error_in_words(target, metric)}\non validation windows",
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
        axis.plot(places, tried["value"], "o", ms=4, color=drawing.NET)
        axis.axhline(as_it_is["value"], color=drawing.TRUTH, lw=0.8, ls=":")
        if best["trial"] > 0:
            place = told.index(best[name]) if kind == "categorical" else best[name]
            axis.plot(place, best["value"], "o", ms=10, mfc="none", color=drawing.BASELINE)
        if kind == "log_uniform":
            drawing.make_log(axis, "x")
        axis.set_xlabel(name.replace("_", " "))
    measure = best["metric"].replace("_", " ")
    axes[0, 0].set_ylabel(f"{measure} on validation windows")
    return figure
