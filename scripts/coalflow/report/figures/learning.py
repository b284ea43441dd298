"""Pictures of how nets learn, and how they would learn from more windows or by other recipes."""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from coalflow.config.schema.targets import Targets
from coalflow.config.schema.training import SearchSpace
from coalflow.evaluation.cards import Predictands
from coalflow.report.figures import drawing

LINES = ("-", "--", ":", "-.")


def draw_loss_by_epoch(
    histories: Mapping[str, pd.DataFrame], predictands: Predictands, losses: Mapping[str, str]
) -> Figure:
    """Picture loss by epoch for every restart of every net.

    The squared error of a number is shown as RMSE in the target's units, or of its logarithm; of
    several numbers in their standard deviations in training; all other losses as they are.

    Parameters
    ----------
    histories : mapping of str to DataFrame
        The tables of ``history.tsv``, by the names of the nets.
    predictands : Predictands
        What the nets predict.
    losses : mapping of str to str
        By which loss each net was trained. Each loss has an axis of its own.
    """
    kinds = list(dict.fromkeys(losses.values()))
    figure, axes = plt.subplots(
        len(kinds), 1, figsize=(7.5, 3.2 * len(kinds)), squeeze=False, sharex=True
    )
    for loss, axis in zip(kinds, axes[:, 0], strict=True):
        chosen = {name: table for name, table in histories.items() if losses[name] == loss}
        _draw_epochs(axis, chosen, predictands, loss)
    return figure


def _draw_epochs(
    axis: Axes, histories: Mapping[str, pd.DataFrame], predictands: Predictands, loss: str
) -> None:
    label, convert = drawing.label_loss(predictands, loss)
    for index, (name, history) in enumerate(histories.items()):
        style = LINES[index % len(LINES)]
        for column, colour, split in (
            ("loss", drawing.SPLIT_COLOURS["train"], "train"),
            ("val_loss", drawing.SPLIT_COLOURS["validation"], "validation"),
        ):
            values = convert(history[column])
            axis.plot(history["epoch"], values, style, color=colour, label=f"{name}, {split}")
        best = history[history["val_loss"] == history["val_loss"].min()].iloc[:1]
        axis.plot(best["epoch"], convert(best["val_loss"]), "o", color=colour)
    if loss == "squared":
        drawing.set_log_scale(axis, "y")
    axis.set(xlabel="epoch", ylabel=label)
    axis.locator_params(axis="x", integer=True)
    axis.legend(loc="upper left", bbox_to_anchor=(1, 1))


def draw_learning_curve(curve: pd.DataFrame, targets: Targets) -> Figure:
    """Picture errors by number of training windows, and the curve through them, of each net.

    Parameters
    ----------
    curve : DataFrame
        The table of ``learning_curve.tsv``.
    targets : Targets
        What the nets predict.
    """
    figure, axis = plt.subplots(figsize=(7.5, 3.6))
    for index, (net, rows) in enumerate(curve.groupby("net", sort=False)):
        trained, fitted = (rows[rows["kind"] == kind] for kind in ("trained", "fitted"))
        colour = drawing.NET_COLOURS[index % len(drawing.NET_COLOURS)]
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
    has_name = targets.has_classes or metric == "scaled_mse"
    label = metric.replace("_", " ") if has_name else drawing.label_error(target, metric)
    drawing.set_log_scale(axis, "x")
    axis.set(
        xlabel="training windows (dotted: all there are)",
        ylabel=f"{label}\non validation windows",
    )
    axis.legend()
    return figure


def draw_search(table: pd.DataFrame, space: Mapping[str, SearchSpace]) -> Figure:
    """Picture how good the recipes of a search were, by each key that was searched.

    A line marks the recipe as it is without a search, a ring the best.

    Parameters
    ----------
    table : DataFrame
        That of ``search.tsv``, the best first.
    space : mapping of str to SearchSpace
        Where values of each key were drawn from.
    """
    figure, axes = plt.subplots(
        1, len(space), figsize=(2.2 + 2.3 * len(space), 3), sharey=True, squeeze=False
    )
    best, unchanged = table.iloc[0], table[table["trial"] == 0].iloc[0]
    tried = table[table["trial"] > 0]
    for axis, (name, searched) in zip(axes[0], space.items(), strict=True):
        values, best_value = tried[name], best[name]
        if searched.kind == "categorical":
            choices = list(searched.values)
            values = values.map(choices.index)
            axis.set_xticks(range(len(choices)), choices)
            axis.set_xlim(-0.5, len(choices) - 0.5)
            best_value = choices.index(best_value) if best["trial"] > 0 else None
        axis.plot(values, tried["value"], "o", ms=4, color=drawing.NET)
        axis.axhline(unchanged["value"], color=drawing.TRUTH, lw=0.8, ls=":")
        if best["trial"] > 0:
            axis.plot(best_value, best["value"], "o", ms=10, mfc="none", color=drawing.BASELINE)
        if searched.kind == "log_uniform":
            drawing.set_log_scale(axis, "x")
        axis.set_xlabel(name.replace("_", " "))
    metric = best["metric"].replace("_", " ")
    axes[0, 0].set_ylabel(f"{metric} on validation windows")
    return figure
