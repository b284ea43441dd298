"""What layers know, what models use, and whether they look at selected sites, in sentences."""

import pathlib
from collections.abc import Hashable
from typing import Any

import pandas as pd

from coalflow.evaluation.result_tables import read_result_table
from coalflow.report.wording import format_number, join_names

# What the report speaks of, by its names in probes.tsv.
SPOKEN = ("pi", "theta_W", "S", "D's numerator, pi - theta_W", "H12", "ZnS")
INPUT, FIRST_LAYER, OUTPUT = "input", "first layer", "output"
ALL_BUT, LITTLE = 0.99, 0.05


def describe_probes(path: pathlib.Path) -> list[str]:
    """Return what the layers of nets know, a sentence or two for each net.

    Parameters
    ----------
    path : Path
        ``probes.tsv``.

    Raises
    ------
    CoalflowError
        If the file is missing or damaged.
    """
    found = read_result_table(path, numbers=("r2", "r2_untrained", "r2_input"))
    sentences = []
    constant = _list_undefined(found)
    if constant:
        verb = "are" if len(constant) > 1 else "is"
        sentences.append(
            f"{join_names(constant)} {verb} not defined here, being the same in all windows (or "
            "there are too few of them): there is nothing to know"
        )
    for net, rows in found.groupby("net", sort=False):
        spoken = [_describe_statistic(rows, name) for name in SPOKEN]
        if any(spoken):
            sentences.append(f"{net}: {'; '.join(filter(None, spoken))}")
    return sentences


def describe_permutations(path: pathlib.Path) -> list[str]:
    """Return what information models use, a sentence for each model.

    Parameters
    ----------
    path : Path
        ``permutations.tsv``.

    Raises
    ------
    CoalflowError
        If the file is missing or damaged.
    """
    found = read_result_table(path, texts=("model", "shuffled", "verdict"))
    sentences = []
    for model, rows in found.groupby("model", sort=False):
        used = list(dict.fromkeys(rows.loc[rows["verdict"] == "used", "shuffled"]))
        rest = [name for name in dict.fromkeys(rows["shuffled"]) if name not in used]
        parts = [f"worse when shuffled: {join_names(used)}"] if used else []
        if rest:
            parts.append(f"no difference: {join_names(rest)}")
        sentences.append(f"{model}: {'; '.join(parts)}")
    return sentences


def describe_peaks(path: pathlib.Path) -> list[str]:
    """Return whether models look at the selected site, a sentence for each model, class and method.

    Parameters
    ----------
    path : Path
        ``saliency_peaks.tsv``.

    Raises
    ------
    CoalflowError
        If the file is missing or damaged.
    """
    shares = ("share_at_site", "share_expected", "share_neutral", "p")
    found = read_result_table(path, numbers=shares, texts=("model", "method", "target"))
    return [_describe_peak(row) for row in found.to_dict("records")]


def _describe_peak(row: dict[Hashable, Any]) -> str:
    neutral = row["share_neutral"]
    elsewhere = f"; in neutral windows, {100 * neutral:.0f} %" if neutral == neutral else ""
    return (
        f"{row['model']}, {row['method']}: in {row['target'].replace('_', ' ')} windows, "
        f"{100 * row['share_at_site']:.0f} % is in the part with the selected site "
        f"({100 * row['share_expected']:.0f} % by chance, p = {format_number(row['p'], 2)}"
        f"{elsewhere})"
    )


def _list_undefined(found: pd.DataFrame) -> list[str]:
    """Return the statistics of which nothing is known in any layer."""
    best = found.groupby("statistic", sort=False)["r2"].max()
    return [str(name) for name in best.index[best.isna()]]


def _describe_statistic(rows: pd.DataFrame, name: str) -> str:
    """Return how much of a statistic a net is given, holds, and has left at its output."""
    by_layer = rows[rows["statistic"] == name].set_index("layer")["r2"].dropna()
    hidden = by_layer.drop([INPUT, FIRST_LAYER, OUTPUT], errors="ignore")
    if hidden.empty or INPUT not in by_layer:
        return ""
    where = str(hidden.idxmax())
    text = (
        f"{name} is known to {_write(by_layer[INPUT])} from what it is given, "
        f"to {_write(hidden[where])} in its layer “{where}”"
    )
    if OUTPUT in by_layer:
        text += f", and to {_write(by_layer[OUTPUT])} from its output"
    return text


def _write(share: float) -> str:
    share = max(share, 0.0)
    if share > ALL_BUT:
        return "more than 99 %"
    return f"{100 * share:.0f} %" if share > LITTLE else f"less than {100 * LITTLE:.0f} %"
