"""Pictures of windows of genomes among simulated ones."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from coalflow.report.figures import drawing

COLUMNS = 4  # of panels
LINES = ("-", "--", ":", "-.")  # one for each genome
MARKERS = "xo^sDv*P"


def draw_coverage(
    pilot: pd.DataFrame,
    cells: npt.NDArray[np.str_],
    genomes: Mapping[str, pd.DataFrame],
    components: Sequence[npt.NDArray[np.float64]],
    log: Collection[str] = (),
) -> Figure:
    """Picture windows of genomes among simulated ones: each statistic, and all of them together.

    Parameters
    ----------
    pilot : DataFrame
        A row for each simulated window, a column for each statistic.
    cells : ndarray of str, shape (windows,)
        The cell of each simulated window.
    genomes : mapping of str to DataFrame
        Tables of the same columns, by the names of the genomes.
    components : sequence of ndarray of float64, shape (windows, 2)
        The coordinates of windows in two components: those of the pilot, then of each genome.
    log : collection of str
        Statistics with a log scale.
    """
    panels, names = len(pilot.columns) + 1, list(dict.fromkeys(cells))
    rows = -(-panels // COLUMNS)
    figure, axes = plt.subplots(rows, COLUMNS, figsize=(2.5 * COLUMNS, 2.1 * rows), squeeze=False)
    shades = drawing.pick_class_colours(names)
    real: dict[str, Any] = {"color": drawing.TRUTH, "lw": 1.4}
    styles: list[dict[str, Any]] = [{"color": shade} for shade in shades.values()]
    styles += [{**real, "ls": _pick_line(index)} for index in range(len(genomes))]
    for axis, statistic in zip(axes.flat, pilot.columns, strict=False):
        parts = [pilot.loc[cells == name, statistic] for name in names]
        parts += [table[statistic] for table in genomes.values()]
        bins = _choose_bins(np.concatenate(parts), statistic in log)
        for values, style in zip(parts, styles, strict=True):
            weights = np.full(len(values), 1 / len(values))
            axis.hist(values, bins, weights=weights, histtype="step", **style)
        if statistic in log:
            drawing.set_log_scale(axis, "x")
        axis.set(xlabel=statistic, yticks=[])
    _draw_components(axes.flat[panels - 1], components, cells, shades)
    _explain(figure, axes.flat[0], shades, list(genomes))
    for axis in axes.flat[panels:]:
        axis.set_axis_off()
    return figure


def _pick_line(index: int) -> str:
    return LINES[index % len(LINES)]


def _draw_components(
    axis: Axes,
    components: Sequence[npt.NDArray[np.float64]],
    cells: npt.NDArray[np.str_],
    shades: Mapping[str, str],
) -> None:
    """Draw the windows of each cell as points, those of genomes as other markers."""
    simulated, *real = components
    for name, shade in shades.items():
        axis.plot(*simulated[cells == name].T, ".", ms=2, color=shade, rasterized=True)
    for index, windows in enumerate(real):
        marker = MARKERS[index % len(MARKERS)]
        style: dict[str, Any] = {"marker": marker, "ls": "", "ms": 3, "color": drawing.TRUTH}
        axis.plot(*windows.T, mfc="none", rasterized=True, **style)
    axis.set(xlabel="all of them: first component", ylabel="second", xticks=[], yticks=[])


def _explain(figure: Figure, axis: Axes, shades: Mapping[str, str], genomes: Sequence[str]) -> None:
    lines = [
        axis.plot([], [], color=shade, label=f"simulated: {drawing.label_cell(name)}")[0]
        for name, shade in shades.items()
    ]
    lines += [
        axis.plot([], [], color=drawing.TRUTH, ls=_pick_line(index), label=f"genome {name}")[0]
        for index, name in enumerate(genomes)
    ]
    figure.legend(handles=lines, loc="outside lower left", ncols=3)


def _choose_bins(values: npt.NDArray[np.float64], log: bool) -> npt.NDArray[np.float64]:
    """Return about 30 bins; each bin of whole numbers holds equally many of them."""
    low, high = values.min(), values.max()
    if log:
        return np.geomspace(low, max(high, 1.001 * low), 31)
    if (values == np.round(values)).all():
        step = max(1, round((high - low) / 30))
        return np.arange(low, high + step + 1, step) - 0.5
    margin = max(abs(low), abs(high), 1e-12) * 1e-6
    if 0 < high - low < margin:  # by rounding alone: bins would be too narrow to be numbers
        return np.linspace(low - margin, high + margin, 31)
    return np.histogram_bin_edges(values, 30)
