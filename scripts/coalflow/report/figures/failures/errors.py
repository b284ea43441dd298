"""The picture of errors against the true value and against every parameter."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from coalflow.evaluation.calibration.window_groups import ALL
from coalflow.evaluation.failures.errors_by_parameter import (
    ACCURACY,
    BIAS,
    LOG_LOSS,
    SPREAD,
)
from coalflow.evaluation.failures.judged_models import JudgedModels
from coalflow.evaluation.metrics import LOG10
from coalflow.report.figures import drawing
from coalflow.report.figures.failures.parameter_panels import (
    COLUMNS,
    draw_nothing,
    draw_parts,
    make_panels,
)

WORDS = {BIAS: "bias", SPREAD: "spread", ACCURACY: "accuracy", LOG_LOSS: "log loss"}


def draw_errors(table: pd.DataFrame, models: JudgedModels) -> Figure:
    """Picture bias and spread of numbers, or accuracy of classes, by the truth and by parameters.

    Parameters
    ----------
    table : DataFrame
        That of ``errors_by_parameter.tsv``.
    models : JudgedModels
    """
    parts = table[table["group"] != ALL]
    is_class = parts["measure"].isin([ACCURACY, LOG_LOSS]).any()
    wanted = [ACCURACY] if is_class else [BIAS, SPREAD]
    panels = [
        (target, group, measure)
        for target in dict.fromkeys(parts["target"])
        for measure in wanted
        for group in dict.fromkeys(parts["group"])
    ]
    if not panels:
        return draw_nothing("too few windows for parts of them")
    groups = parts["group"].nunique()
    figure, axes = make_panels(len(panels), columns=2 if groups in (2, 4) else COLUMNS)
    several = len({target for target, _, _ in panels}) > 1
    for axis, (target, group, measure) in zip(axes, panels, strict=True):
        rows = parts[
            (parts["target"] == target)
            & (parts["group"] == group)
            & parts["measure"].str.startswith(measure)
        ]
        draw_parts(axis, rows, models, group)
        _label_measure(axis, rows["measure"].iloc[0], target, several)
    drawing.explain_models(figure, axes[0])
    return figure


def _label_measure(axis: Axes, measure: str, target: str, several: bool) -> None:
    """Write what is measured; errors are 0 at best, accuracies 1."""
    name = measure.removesuffix(LOG10)
    if name == BIAS:
        axis.axhline(0, color=drawing.TRUTH, lw=0.8)
    elif name == ACCURACY:
        axis.set_ylim(-0.02, 1.02)
    else:
        axis.set_ylim(bottom=0)
    words = f"{WORDS[name]}{' of log10' if measure.endswith(LOG10) else ''}"
    axis.set_ylabel(f"{words}\n{drawing.find_title(target)}" if several else words)
