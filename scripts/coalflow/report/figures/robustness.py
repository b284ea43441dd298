"""The picture of how models do on other data than those in training."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from coalflow.config.schema.distributions import Value
from coalflow.config.schema.targets import Targets
from coalflow.core.shown_names import shorten_name
from coalflow.evaluation.failures.judged_models import JudgedModels
from coalflow.evaluation.metrics import COVERAGE, list_compared_metrics
from coalflow.genomes.robustness.tried_models import AS_SIMULATED, CALIBRATION_ERROR, NOVEL
from coalflow.report.figures import drawing

LONGEST_LABEL = 24
COLUMNS, MEASURES = 4, 3


def draw_robustness(
    table: pd.DataFrame, judged: JudgedModels, targets: Targets, usual: Mapping[str, Value]
) -> Figure:
    """Picture error, calibration and novelty by what is changed, a column for each.

    Parameters
    ----------
    table : DataFrame
        That of ``robustness.tsv``.
    judged : JudgedModels
        Which models are drawn.
    targets : Targets
        What is predicted.
    usual : mapping of str to float or str
        The run's own value of each key, where there is one.
    """
    measures = _list_measures(targets)
    keys = [key for key in dict.fromkeys(table["key"]) if key != AS_SIMULATED]
    blocks = -(-len(keys) // COLUMNS)
    columns = min(len(keys), COLUMNS)
    figure, axes = plt.subplots(
        MEASURES * blocks,
        columns,
        figsize=(min(1.2 + 2.6 * columns, drawing.WIDEST), 5.6 * blocks),
        squeeze=False,
    )
    for index, key in enumerate(keys):
        block, column = divmod(index, COLUMNS)
        panels = axes[MEASURES * block : MEASURES * (block + 1), column]
        for axis, (label, target, measure) in zip(panels, measures, strict=True):
            own = table[(table["measure"] == measure) & (table["target"].fillna("") == target)]
            lines = [(name, _pick_colour(judged, name)) for name in judged.shown]
            if measure == NOVEL:
                lines = [("", drawing.NOVEL)]
            _draw_panel(axis, own, key, lines, usual.get(key))
            axis.set_ylabel(label if column == 0 else "")
            axis.set_ylim(_find_limits(own[own["model"].fillna("").isin(dict(lines))]))
            axis.tick_params(labelbottom=axis is panels[-1])
        panels[-1].set_xlabel(drawing.find_title(key))
    for axis in axes[-MEASURES:, len(keys) - COLUMNS * (blocks - 1) :].flat:
        axis.set_axis_off()
    drawing.explain_models(figure, axes[0, 0])
    return figure


def _list_measures(targets: Targets) -> list[tuple[str, str, str]]:
    """Return the label, the target and the name of what is drawn, from the top down."""
    target, metric = next(iter(list_compared_metrics(targets)))
    if targets.has_classes:
        error = metric.replace("_", " ")
        calibration = "calibration error", targets.first, CALIBRATION_ERROR
    else:
        error = drawing.label_error(target, metric)
        calibration = "share within\n90 % interval", targets.first, COVERAGE
    return [(error, target, metric), calibration, ("novel windows", "", NOVEL)]


def _find_limits(table: pd.DataFrame) -> tuple[float, float]:
    """Return the limits of an axis that all panels of a measure share."""
    low, high = min(table["ci_low"].min(), 0.0), table["ci_high"].max()
    margin = 0.05 * ((high - low) or 1.0)
    return low - margin, high + margin


def _draw_panel(
    axis: Axes,
    table: pd.DataFrame,
    key: str,
    lines: Sequence[tuple[str, str]],
    usual: Value | None,
) -> None:
    """Draw a measure by the values of one key; as simulated, it is an open circle."""
    values = list(dict.fromkeys(table.loc[table["key"] == key, "value"]))
    numbers = _read_numbers(values)
    is_placed = numbers is not None and isinstance(usual, (int, float))
    places = np.arange(1, len(values) + 1, dtype=np.float64) if numbers is None else numbers
    own = float(usual) if is_placed and usual is not None else None
    for name, colour in lines:
        model = table[table["model"].fillna("") == name]
        rows = model[model["key"] == key].set_index("value").reindex(values).assign(place=places)
        base = model[model["key"] == AS_SIMULATED].assign(place=0.0 if own is None else own)
        if own is None and numbers is not None:
            axis.axhline(base["score"].iloc[0], color=colour, lw=0.8, ls=":")
            base = base.iloc[:0]
        label = shorten_name(name, LONGEST_LABEL) if name else None
        drawn = pd.concat([base, rows]).sort_values("place")
        axis.plot(drawn["place"], drawn["score"], color=colour, lw=0.9, label=label)
        _draw_points(axis, rows, colour, colour)
        _draw_points(axis, base, colour, "white")
    if numbers is None:
        names = [AS_SIMULATED, *(shorten_name(value, LONGEST_LABEL) for value in values)]
        axis.set_xticks([0, *places], names, rotation=20, ha="right")
    elif _spans_much([*numbers, *([] if own is None else [own])]):
        drawing.set_log_scale(axis, "x")


def _draw_points(axis: Axes, rows: pd.DataFrame, colour: str, face: str) -> None:
    errors = [rows["score"] - rows["ci_low"], rows["ci_high"] - rows["score"]]
    axis.errorbar(
        rows["place"],
        rows["score"],
        np.abs(errors),
        fmt="o",
        ms=4,
        lw=0.9,
        color=colour,
        markerfacecolor=face,
    )


def _read_numbers(values: Sequence[str]) -> npt.NDArray[np.float64] | None:
    """Return values as numbers; None if one is not."""
    try:
        return np.array([float(value) for value in values])
    except ValueError:
        return None


def _spans_much(numbers: Sequence[float]) -> bool:
    return min(numbers) > 0 and max(numbers) >= drawing.ON_LOG_SCALE * min(numbers)


def _pick_colour(judged: JudgedModels, name: str) -> str:
    if name == judged.baseline:
        return drawing.BASELINE
    return drawing.NET_COLOURS[judged.nets.index(name) % len(drawing.NET_COLOURS)]
