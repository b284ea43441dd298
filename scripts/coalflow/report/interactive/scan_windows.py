"""The windows of a scan that an interactive picture holds: all, or of very many a part."""

from __future__ import annotations

import dataclasses
import pathlib
from collections.abc import Collection, Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from coalflow.evaluation.result_tables import read_result_table
from coalflow.genomes.scans.scanned_columns import NOVEL

FIRST_LINE = 2  # of windows.tsv that has a window; lines count from 1
MB = 1e6
NOT_DRAWN = ("p", "q", "low", "high")  # what names of columns begin with that need no extremes
USUAL, NOVELTY, FLAG = range(3)  # what windows are


@dataclasses.dataclass(frozen=True)
class ScanWindows:
    """The windows of a scan, and its regions.

    Attributes
    ----------
    table : DataFrame
        Rows of ``windows.tsv`` that are held, with ``line``, their number in that file.
    total : int
        How many windows there are.
    regions : DataFrame
        That of ``regions.tsv``, with ``number``, which counts its rows from 1; it may be empty.
    contigs : DataFrame
        ``name``, and in bases ``start`` of its first window, ``end`` of its last, and ``offset``:
        what is added to a position to place contigs one after the other.
    """

    table: pd.DataFrame
    total: int
    regions: pd.DataFrame
    contigs: pd.DataFrame

    def has(self, column: str) -> bool:
        """Return whether a column is there, and has a number."""
        return column in self.table and bool(self.table[column].notna().any())

    def read_known(self, column: str) -> npt.NDArray[np.float64]:
        """Return the numbers of a column, those that are known."""
        return self.table[column].dropna().to_numpy(np.float64)

    def find_span(self) -> tuple[float, float]:
        """Return where the first contig begins and the last one ends, in Mb on the axis."""
        offset = self.contigs["offset"]
        starts, ends = ((self.contigs[name] + offset) / MB for name in ("start", "end"))
        return float(starts.iloc[0]), float(ends.iloc[-1])

    def find_kinds(self) -> npt.NDArray[np.int64]:
        """Return whether each window is usual, novel, or flagged for another reason."""
        flags = self.table["flags"].fillna("").astype(str)
        kinds = {
            words: FLAG if {*words.split(",")} - {NOVEL, ""} else NOVELTY if words else USUAL
            for words in flags.unique()
        }
        return flags.map(kinds).to_numpy(np.int64)


def read_scan_windows(
    folder: pathlib.Path, columns: Mapping[str, str], most: int
) -> ScanWindows | None:
    """Return the windows of a scan, and its regions; None where there is no window.

    Parameters
    ----------
    folder : Path
        That of the scan, which holds ``windows.tsv`` and ``regions.tsv``.
    columns : mapping of str to str
        The columns that are needed, if they are there, by the names that they are given.
    most : int
        How many windows are held, about. Of more, all in regions are, and the extremes of
        neighbours.

    Raises
    ------
    CoalflowError
        If a table is missing or damaged.
    """
    table = read_result_table(folder / "windows.tsv", ["start", "end"], ["contig", "flags"])
    if table.empty:
        return None
    found = {short: table[name] for short, name in columns.items() if name in table}
    drawn = table[["contig", "start", "end", "flags"]].assign(
        **{short: pd.to_numeric(values, errors="coerce") for short, values in found.items()},
        line=np.arange(FIRST_LINE, len(table) + FIRST_LINE),
    )
    regions = read_result_table(folder / "regions.tsv", ["start", "end"], ["contig"])
    regions = regions.assign(number=np.arange(1, len(regions) + 1))
    extremes = [name for name in found if not name.startswith(NOT_DRAWN)]
    kept = choose_windows(drawn, regions, extremes, most)
    return ScanWindows(
        drawn[kept].reset_index(drop=True), len(drawn), regions, _place_contigs(drawn)
    )


def _place_contigs(table: pd.DataFrame) -> pd.DataFrame:
    """Return contigs one after the other, in the order of the table."""
    groups = table.groupby("contig", sort=False)
    spans = pd.DataFrame({"start": groups["start"].min(), "end": groups["end"].max()})
    lengths = (spans["end"] - spans["start"]).to_numpy()
    begins = np.concatenate([[0], np.cumsum(lengths)[:-1]])
    if len(spans) == 1:
        begins = spans["start"].to_numpy()
    return spans.assign(offset=begins - spans["start"]).reset_index(names="name")


def choose_windows(
    table: pd.DataFrame, regions: pd.DataFrame, columns: Collection[str], most: int
) -> npt.NDArray[np.bool_]:
    """Return which windows are held: of very many those of regions, and extremes of neighbours.

    Parameters
    ----------
    table : DataFrame
        Windows in order.
    regions : DataFrame
        ``contig``, ``start`` and ``end``; it may be empty.
    columns : collection of str
        Of each, the lowest and the highest value of neighbours are held.
    most : int
        About how many windows are held besides those of regions.
    """
    if len(table) <= most:
        return np.ones(len(table), dtype=np.bool_)
    kept = np.zeros(len(table), dtype=np.bool_)
    starts, ends = table["start"].to_numpy(), table["end"].to_numpy()
    for contig, rows in regions.groupby("contig") if len(regions) else ():
        here = np.flatnonzero((table["contig"] == contig).to_numpy())
        for start, end in rows[["start", "end"]].to_numpy():
            kept[here[(ends[here] > start) & (starts[here] < end)]] = True
    # A bin is on one contig, and gives at most two windows for each column.
    size = -(-2 * len(columns) * len(table) // most)
    within = table.groupby("contig", sort=False).cumcount().to_numpy() // size
    codes = pd.factorize(table["contig"])[0]
    bins = np.cumsum(np.diff(codes, prepend=-1) | np.diff(within, prepend=-1) != 0)
    for column in columns:
        known = table[column].dropna()
        groups = known.groupby(bins[known.index])
        kept[groups.idxmin().to_numpy()] = True
        kept[groups.idxmax().to_numpy()] = True
    return kept
