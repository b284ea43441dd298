"""A picture of what each layer of a net knows."""

import matplotlib.pyplot as plt
import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from coalflow.report.figures import drawing

ROW, COLUMN, NARROW = 0.22, 0.86, 0.5  # inches of a statistic, of a layer, and of one of many
LABELS = 2.4  # inches for the names of statistics
MANY = 7  # layers, of which the shares of the trained and of the untrained net are in two lines
DARK = 0.55  # above this share of variance, text on a cell is white


def draw_probes(found: pd.DataFrame) -> Figure:
    """Picture how much of each statistic each layer of each net knows.

    Parameters
    ----------
    found : DataFrame
        The table of ``probes.tsv``. Statistics that are not defined are left out.
    """
    known = found[found["r2"].notna()]
    statistics = list(dict.fromkeys(known["statistic"]))
    nets = list(dict.fromkeys(found["net"]))
    layers = {net: list(dict.fromkeys(found.loc[found["net"] == net, "layer"])) for net in nets}
    most = max(map(len, layers.values()))
    is_narrow = most > MANY
    width = LABELS + (NARROW if is_narrow else COLUMN) * most + 0.8
    row = 2 * ROW if is_narrow else ROW
    height = (1.4 + row * max(1, len(statistics))) * len(nets)
    figure, axes = plt.subplots(
        len(nets), 1, figsize=(min(max(5.0, width), drawing.WIDEST), height), squeeze=False
    )
    image = None
    for axis, net in zip(axes[:, 0], nets, strict=True):
        shares, random = (
            known[known["net"] == net]
            .pivot_table(index="statistic", columns="layer", values=column, sort=False)
            .reindex(index=statistics, columns=layers[net])
            .to_numpy(np.float64)
            for column in ("r2", "r2_untrained")
        )
        if statistics:
            image = _draw_net(axis, shares, random, "\n" if is_narrow else " ")
        axis.set_xticks(range(len(layers[net])), layers[net], rotation=35, ha="right")
        axis.set_yticks(range(len(statistics)), [name.replace("_", " ") for name in statistics])
        axis.set_title(f"What the layers of {net} know", loc="left")
        axis.spines[:].set_visible(False)
        axis.tick_params(length=0)
    if image is None:
        axes[0, 0].text(0.5, 0.5, "not defined: too few windows", ha="center", va="center")
    else:
        figure.colorbar(
            image, ax=axes[:, 0].tolist(), label="share known (R²)", pad=0.01, aspect=40
        )
    return figure


def _draw_net(
    axis: Axes, shares: npt.NDArray[np.float64], random: npt.NDArray[np.float64], between: str
) -> plt.cm.ScalarMappable:
    """Draw shares as colours and numbers, those of the untrained net in brackets."""
    image = axis.imshow(
        shares.clip(0, 1), aspect="auto", cmap="Blues", vmin=0, vmax=1, interpolation="nearest"
    )
    for (row, column), share in np.ndenumerate(shares):
        if np.isfinite(share):
            without = float(random[row, column])
            text = _write_share(float(share))
            if np.isfinite(without):
                text += f"{between}({_write_share(without)})"
            colour = "white" if share > DARK else "black"
            axis.text(
                column, row, text, ha="center", va="center", fontsize=drawing.SMALL, color=colour
            )
    return image


def _write_share(share: float) -> str:
    """Return a share of variance in two digits; what is worse than the mean is 0."""
    return f"{max(share, 0):.2f}"
