"""An interactive picture of a scan, as what a page holds of it."""

from __future__ import annotations

import dataclasses
import json
import pathlib
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from coalflow.genomes.significance.region_tables import FOUND, QUESTION
from coalflow.report.figures import drawing
from coalflow.report.figures.regions.tracks import HIGHEST
from coalflow.report.interactive.dark_colours import list_dark_colours
from coalflow.report.interactive.scan_windows import (
    FLAG,
    NOVELTY,
    USUAL,
    ScanWindows,
    read_scan_windows,
)
from coalflow.report.interactive.specification import KINDS, SURPRISING, specify_scan
from coalflow.report.interactive.tracks import ScanTracks

DIGITS, FEW_DIGITS = 4, 3  # of predicted numbers, and of all others
SHARES = ("p", "q", "region_p", "novelty", "class")
SHOWN_OF_REGIONS = ("class", "value", "p", "q", "verdict", "genes")


@dataclasses.dataclass(frozen=True)
class Explained:
    """What a colour of a picture stands for.

    Attributes
    ----------
    label : str
    colour : str
    shape : str
        ``circle``, ``diamond``, ``cross``, ``line``, ``dashes``, ``area`` or ``frame``.
    """

    label: str
    colour: str
    shape: str


@dataclasses.dataclass(frozen=True)
class ScanPicture:
    """An interactive picture of a scan.

    Attributes
    ----------
    content : str
        What the page's script draws, as JSON that can stand in a page.
    drawn, total : int
        How many windows it holds, and how many there are.
    explained : list of Explained
        Its legend.
    """

    content: str
    drawn: int
    total: int
    explained: list[Explained]


def make_scan_picture(
    folder: pathlib.Path, genome: str, tracks: ScanTracks, most: int
) -> ScanPicture | None:
    """Return the interactive picture of a scan; None where there is no window.

    Parameters
    ----------
    folder : Path
        That of the scan, which holds ``windows.tsv`` and ``regions.tsv``.
    genome : str
        Its name on the page: the row of its first region is ``region-<genome>-1``.
    tracks : ScanTracks
        What is drawn.
    most : int
        How many windows the page holds, about.

    Raises
    ------
    CoalflowError
        If a table is missing or damaged.
    """
    columns = tracks.list_columns()
    windows = read_scan_windows(folder, columns, most)
    if windows is None:
        return None
    found = [name for name in columns if windows.has(name)]
    is_compared = windows.has("region_p")
    kinds = windows.find_kinds()
    content = {
        "genome": genome,
        "model": tracks.model.name,
        "targets": [drawing.find_title(name) for name in tracks.numbers],
        "logs": [tracks.targets[name].is_log for name in tracks.numbers],
        "classes": list(tracks.targets.classes or ()),
        "highest": HIGHEST,
        "threshold": tracks.threshold if is_compared else 0,
        "kinds": {"usual": USUAL, "surprising": SURPRISING},
        "specification": specify_scan(tracks, windows),
        "dark": list_dark_colours(),
        **_pack_windows(windows, kinds, found),
        "regions": _pack_regions(windows),
    }
    text = json.dumps(content, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return ScanPicture(
        content=text.replace("<", "\\u003c"),  # a name may have what ends a script
        drawn=len(windows.table),
        total=windows.total,
        explained=_explain(tracks, windows, kinds),
    )


def _pack_windows(
    windows: ScanWindows, kinds: npt.NDArray[np.int64], found: list[str]
) -> dict[str, Any]:
    """Return windows as columns, which are shorter than rows."""
    table = windows.table
    codes, flags = pd.factorize(table["flags"].fillna("").astype(str))
    order = {name: index for index, name in enumerate(windows.contigs["name"])}
    packed: dict[str, Any] = {
        "contigs": [
            [row["name"], int(row["start"]), int(row["end"]), int(row["offset"])]
            for row in windows.contigs.to_dict("records")
        ],
        "contig": _count_runs(table["contig"].map(order).to_numpy(np.int64)),
        "start": _count_runs(np.diff(table["start"].to_numpy(np.int64), prepend=0)),
        "length": _count_runs((table["end"] - table["start"]).to_numpy(np.int64)),
        "line": _count_runs(np.diff(table["line"].to_numpy(), prepend=0)),
        "flagNames": flags.to_list(),
        "flags": _count_runs(codes),
        "kind": _count_runs(kinds),
    }
    return packed | {
        "columns": {
            name: _round(table[name], FEW_DIGITS if name.startswith(SHARES) else DIGITS)
            for name in found
        }
    }


def _count_runs(values: npt.NDArray[np.int64]) -> list[list[int]]:
    """Return equal values in a row once, each with how many there are.

    Examples
    --------
    >>> _count_runs(np.array([5, 5, 5, 2]))
    [[5, 3], [2, 1]]
    """
    starts = np.flatnonzero(np.diff(values, prepend=values[0] - 1))
    numbers = np.diff(starts, append=len(values))
    return np.column_stack([values[starts], numbers]).tolist()


def _round(column: pd.Series, digits: int = FEW_DIGITS) -> list[float | int | None]:
    """Return numbers with few digits, None where there is none."""
    rounded: list[float | int | None] = []
    for value in column.to_numpy(np.float64).tolist():
        if not np.isfinite(value):
            rounded.append(None)
            continue
        short = float(f"{value:.{digits}g}")
        rounded.append(int(short) if short.is_integer() else short)
    return rounded


def _pack_regions(windows: ScanWindows) -> list[dict[str, Any]]:
    """Return where regions lie, and what is known of them."""
    names = {name: index for index, name in enumerate(windows.contigs["name"])}
    return [
        {
            "number": int(row["number"]),
            "contig": names[row["contig"]],
            "start": int(row["start"]),
            "end": int(row["end"]),
            **{
                name: row[name] if isinstance(row[name], str) else _round(pd.Series([row[name]]))[0]
                for name in SHOWN_OF_REGIONS
                if name in row and row[name] == row[name]
            },
        }
        for row in windows.regions.to_dict("records")
        if row["contig"] in names
    ]


def _explain(
    tracks: ScanTracks, windows: ScanWindows, kinds: npt.NDArray[np.int64]
) -> list[Explained]:
    """Return the legend: what occurs, and no more."""
    model = drawing.pick_kind_colour(tracks.model.kind)
    colours = drawing.pick_class_colours(tracks.targets.classes or ())
    legend = [Explained(name, colour, "line") for name, colour in colours.items()]
    if tracks.numbers:
        legend.append(Explained(f"predicted by {tracks.model.name}", model, "circle"))
        if windows.has("low0"):
            legend.append(Explained("90 % interval", model, "area"))
    if windows.has("region_p"):
        if (windows.read_known("region_p") <= tracks.threshold).any():
            label = f"p of {tracks.threshold:g} or less"
            legend.append(Explained(label, *KINDS[SURPRISING]))
        legend.append(Explained(f"p = {tracks.threshold:g}", drawing.THRESHOLD, "dashes"))
    verdicts = {*windows.regions["verdict"]} if "verdict" in windows.regions else set()
    for verdict, label, shape in (
        (FOUND, "region found", "area"),
        (QUESTION, "region in question", "frame"),
    ):
        if verdict in verdicts:
            legend.append(Explained(label, drawing.REGION, shape))
    for kind, label in ((NOVELTY, "novel"), (FLAG, "flagged")):
        if (kinds == kind).any():
            legend.append(Explained(label, *KINDS[kind]))
    return legend
