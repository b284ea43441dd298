"""Where models fail, in words and tables for the report."""

from __future__ import annotations

import dataclasses
import pathlib
from collections.abc import Hashable
from typing import Any

import pandas as pd

from coalflow.config.schema.targets import Targets
from coalflow.evaluation.calibration.window_groups import ALL
from coalflow.evaluation.failures.confusing_windows import (
    DISAGREEMENT,
    LARGEST_ERROR,
    SHOWN,
    UNCERTAIN,
    WRONG,
)
from coalflow.evaluation.failures.errors_by_parameter import ACCURACY, LOG_LOSS, RMSE
from coalflow.evaluation.failures.hold_out import INSIDE
from coalflow.evaluation.failures.window_power import DRAWN_RATE
from coalflow.evaluation.failures.worst_regions import CONFIRMED
from coalflow.evaluation.metrics import COVERAGE, LOG10
from coalflow.evaluation.result_tables import read_result_table
from coalflow.report.figures.drawing import find_title
from coalflow.report.scores import Score
from coalflow.report.wording import format_number

CAPTIONS = {
    UNCERTAIN: "The five test windows whose two most probable classes are most nearly level",
    WRONG: "The five test windows for which a wrong class has the highest probability",
    LARGEST_ERROR: "The five test windows with the largest errors",
    DISAGREEMENT: "The five test windows on which the net and the best baseline differ most",
}
EXACT = 1e-4  # of the error of the net: a baseline with less is exact up to rounding
FIGURE = "figures/confusing_{}.png"


@dataclasses.dataclass(frozen=True)
class Failures:
    """What the report says of where models fail.

    Attributes
    ----------
    net : str
        The name of the net that is looked at; empty without nets.
    worst : list of str
        The regions in which the best net is worse than elsewhere, in sentences.
    looked_at : int
        How many regions were measured.
    confusing : dict of str to str
        Paths of pictures of confusing windows, and their captions.
    areas : list of dict
        Rows of ``curve_areas.tsv`` by class and model; none where targets are numbers.
    power : list of dict
        Of the windows that are not neutral, and of those that are, what each model calls; none
        without neutral classes.
    held_out : list of HeldOutRow
        By target and model; none where nothing is held out.
    rate : float
        At which rate of false positives.
    """

    net: str
    worst: list[str]
    looked_at: int
    confusing: dict[str, str]
    areas: list[dict[Hashable, Any]]
    power: list[dict[Hashable, Any]]
    held_out: list[HeldOutRow] = dataclasses.field(default_factory=list)
    rate: float = DRAWN_RATE


@dataclasses.dataclass(frozen=True)
class HeldOutRow:
    """How good a model is inside, between and beyond what was trained.

    Attributes
    ----------
    model, kind, target : str
    measure : str
        In words.
    scores : dict of str to Score
        By where windows are, in words.
    coverage : dict of str to Score
        The share of 90 % intervals or sets that hold.
    """

    model: str
    kind: str
    target: str
    measure: str
    scores: dict[str, Score]
    coverage: dict[str, Score]


def summarise_failures(results: pathlib.Path, targets: Targets) -> Failures:
    """Return what the report says of where models fail.

    Parameters
    ----------
    results : Path
        The run's folder.
    targets : Targets
        What the models predict.
    """
    numbers = ("value", "ci_low", "ci_high", "elsewhere", "p")
    regions = read_result_table(results / "where_it_fails.tsv", numbers, ("region", "verdict"))
    drawn = {FIGURE.format(kind): caption for kind, caption in CAPTIONS.items()}
    pictured = _list_pictured(results)
    areas, power = [], []
    if targets.has_classes:
        areas = read_result_table(results / "curve_areas.tsv", ["value"]).to_dict("records")
    if (results / "window_power.tsv").exists():
        power = _select_power(read_result_table(results / "window_power.tsv", ["share"]))
    errors = read_result_table(results / "errors_by_parameter.tsv", ["value"], ["model", "kind"])
    nets = errors.loc[errors["kind"] == "net", "model"]
    return Failures(
        net=str(nets.iloc[0]) if len(nets) else "",
        worst=list(_describe_regions(regions)),
        looked_at=len(regions[["target", "rank"]].drop_duplicates()),
        confusing={path: text for path, text in drawn.items() if path in pictured},
        areas=areas,
        power=power,
        held_out=_read_held_out(results / "hold_out.tsv"),
    )


def _list_pictured(results: pathlib.Path) -> list[str]:
    """Return the pictures of confusing windows, each set of windows once."""
    table = read_result_table(results / "confusing.tsv", ["rank"], ["kind", "cell", "replicate"])
    shown: dict[tuple[tuple[str, str], ...], str] = {}
    for kind, rows in table[table["rank"] <= SHOWN].groupby("kind", sort=False):
        windows = tuple(sorted(zip(rows["cell"], rows["replicate"].astype(str), strict=True)))
        path = FIGURE.format(kind)
        if (results / path).exists():
            shown.setdefault(windows, path)
    return list(shown.values())


def _read_held_out(path: pathlib.Path) -> list[HeldOutRow]:
    """Return the rows of models; none where nothing is held out."""
    if not path.exists():
        return []
    table = read_result_table(path, ["value", "ci_low", "ci_high"], ["where", "group", "part"])
    table = table[table["part"] == ALL]
    places = table["where"].where(
        table["where"] == INSIDE, table["where"] + ", " + table["group"].map(find_title)
    )
    measures = {RMSE: "RMSE", RMSE + LOG10: "RMSE of log10", ACCURACY: "accuracy"}
    rows = []
    for (target, model), own in table.assign(place=places).groupby(["target", "model"], sort=False):
        main = own[own["measure"].isin(list(measures))]
        rows.append(
            HeldOutRow(
                model=str(model),
                kind=own["kind"].iloc[0],
                target=str(target),
                measure=measures[main["measure"].iloc[0]],
                scores=_collect_scores(main),
                coverage=_collect_scores(own[own["measure"] == COVERAGE]),
            )
        )
    return rows


def _collect_scores(rows: pd.DataFrame) -> dict[str, Score]:
    return {
        row["place"]: Score(row["value"], row["ci_low"], row["ci_high"])
        for row in rows.to_dict("records")
    }


def _select_power(table: pd.DataFrame) -> list[dict[Hashable, Any]]:
    """Return the rows of whole classes at the rate that is drawn."""
    chosen = table[(table["rate"] == DRAWN_RATE) & (table["group"] == ALL)]
    return chosen.to_dict("records")


def _describe_regions(table: pd.DataFrame) -> list[str]:
    """Return in sentences where the best net is worse than elsewhere."""
    sentences = []
    for _, rows in table.groupby(["target", "rank"], sort=False):
        tested = rows[rows["verdict"] == CONFIRMED]
        if tested.empty:
            continue
        main = tested.iloc[0]
        shown = [main["measure"], *([ACCURACY] if main["measure"] == LOG_LOSS else [])]
        parts = []
        for model in dict.fromkeys(rows["model"]):
            own = rows[rows["model"] == model].set_index("measure")
            if own.loc[main["measure"], "value"] < EXACT * abs(main["value"]):
                parts.append(f"{model}: exact")
                continue
            parts.append(
                f"{model}: " + ", ".join(_describe_value(own.loc[name], name) for name in shown)
            )
        about = "" if table["target"].nunique() < 2 else f"{find_title(main['target'])}, "
        sentences.append(f"{about}where {main['region']} ({'; '.join(parts)})")
    return sentences


def _describe_value(row: pd.Series, measure: str) -> str:
    """Return a measure in a region, its interval, and the same elsewhere."""
    value, low, high, elsewhere = (
        format_number(row[name]) for name in ("value", "ci_low", "ci_high", "elsewhere")
    )
    logarithm = " of log10" if measure.endswith(LOG10) else ""
    name = measure.removesuffix(LOG10)
    words = "RMSE" if name == RMSE else name.replace("_", " ")
    return f"{words}{logarithm} {value} [{low}, {high}] against {elsewhere} elsewhere"
