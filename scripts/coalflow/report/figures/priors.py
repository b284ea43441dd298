"""Pictures of parameters as they were drawn, and of their priors."""

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from coalflow.report.figures import drawing

COLUMNS = 3  # of panels
WIDE = 10  # with such a ratio of the middle 90 %, values are shown on a logarithmic axis
# Of values in the prior, and of those that were drawn for windows.
STATED: dict[str, Any] = {"color": "0.85", "label": "stated"}
REALISED: dict[str, Any] = {"color": drawing.NET, "label": "drawn"}


def draw_priors(
    realised: pd.DataFrame, stated: Mapping[str, Sequence[float] | Sequence[str]]
) -> Figure:
    """Picture parameters as they were drawn for windows, and their priors.

    Parameters
    ----------
    realised : DataFrame
        The split table.
    stated : mapping of str to sequence
        Values drawn from the prior alone, by the names of the parameters.
    """
    columns = min(COLUMNS, len(stated))
    rows = -(-len(stated) // columns)
    figure, axes = plt.subplots(
        rows, columns, figsize=(0.8 + 3 * columns, 2.5 * rows), squeeze=False
    )
    for axis, (name, values) in zip(axes.flat, stated.items(), strict=False):
        drawn = realised[name].dropna().to_numpy()
        if isinstance(values[0], str):
            _draw_shares(axis, np.array(values), drawn)
        else:
            _draw_histograms(axis, np.array(values), drawn)
        axis.set_title(drawing.find_title(name))
        axis.set_yticks([])
    drawing.explain_models(figure, axes[0, 0])
    for axis in axes.flat[len(stated) :]:
        axis.set_visible(False)
    return figure


def _draw_histograms(
    axis: Axes, values: npt.NDArray[np.float64], drawn: npt.NDArray[np.float64]
) -> None:
    values = values[np.isfinite(values)]
    lowest, highest = min(values.min(), drawn.min()), max(values.max(), drawn.max())
    low, high = np.quantile(values, [0.05, 0.95])
    wide = lowest > 0 and high / low > WIDE
    bins = np.geomspace(lowest, highest, 31) if wide else np.linspace(lowest, highest, 31)
    stated, realised = STATED | {"histtype": "stepfilled"}, REALISED | {"histtype": "step"}
    for data, style in ((values, stated), (drawn, realised)):
        weights = np.full(len(data), 1 / len(data))
        axis.hist(data, bins.tolist(), weights=weights, **style)
    if wide:
        drawing.set_log_scale(axis, "x")
    else:
        axis.locator_params(axis="x", nbins=4)


def _draw_shares(axis: Axes, values: npt.NDArray[np.str_], drawn: npt.NDArray[np.str_]) -> None:
    """Draw how often each name is in the prior and among the values that were drawn."""
    names = sorted({*values, *drawn})
    for data, fill, style in ((values, True, STATED), (drawn, False, REALISED)):
        shares = [np.mean(data == name) for name in names]
        axis.stairs(shares, np.arange(len(names) + 1) - 0.5, fill=fill, **style)
    axis.set_xticks(range(len(names)), names)
