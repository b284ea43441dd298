"""Contigs of a genome side by side along one axis of a picture."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FixedFormatter, FixedLocator, MaxNLocator, NullFormatter

from coalflow.core.shown_names import shorten_name

MB = 1e6
MOST_CONTIGS = 30  # that have a stretch of their own
SMALLEST_SHARE = 0.01  # of the genome
MOST_TICKS = 40
LABEL_SIZE = 9  # points
LINE_HEIGHT, LETTER_WIDTH, GAP = 0.17, 0.08, 0.03  # inches, of labels
LONGEST_LABEL = 13  # characters
SHORT_LABEL = 3  # which is never turned
SHADE = "#f1f1f1"


@dataclasses.dataclass(frozen=True)
class Stretch:
    """A stretch of the axis: a contig, or all small ones end to end.

    Attributes
    ----------
    label : str
        The contig's name, or how many there are.
    contigs : int
        How many there are.
    first : float
        Where it begins in its contig, in Mb.
    start, end : float
        Where it lies on the axis, in Mb.
    """

    label: str
    contigs: int
    first: float
    start: float
    end: float

    @property
    def length(self) -> float:
        """Its length in Mb."""
        return self.end - self.start


@dataclasses.dataclass(frozen=True)
class GenomeAxis:
    """Where contigs lie along an axis.

    Attributes
    ----------
    stretches : tuple of Stretch
        From left to right.
    offsets : Series of float64
        How far a contig's first base is from 0 on the axis, in bases, by the contig's name.
    """

    stretches: tuple[Stretch, ...]
    offsets: pd.Series

    @classmethod
    def arrange(cls, table: pd.DataFrame, lengths: Mapping[str, int]) -> GenomeAxis:
        """Put the contigs of windows next to each other, in the order of the table.

        Contigs of less than a hundredth of the genome, and all but the 30 longest, come last. Of a
        contig of which windows cover less than half, only the covered part is shown. A single
        contig lies at its own positions.

        Parameters
        ----------
        table : DataFrame
            Windows: ``contig``, ``start`` and ``end``.
        lengths : mapping of str to int
            The bases of contigs, by name; the last window ends those that are not in it.
        """
        groups = table.groupby("contig", sort=False)
        first, last = (groups[name].agg(how) for name, how in (("start", "min"), ("end", "max")))
        whole = last.index.to_series().map(lengths).fillna(0).clip(lower=last)
        is_whole = last - first >= whole / 2
        first, last = first.where(~is_whole, 0), last.where(~is_whole, whole)
        sizes = (last - first).astype(np.float64)
        longest = sizes.rank(method="first", ascending=False) <= MOST_CONTIGS
        is_large = longest & (sizes >= SMALLEST_SHARE * sizes.sum())
        order = [*sizes.index[is_large], *sizes.index[~is_large]]
        ends = sizes[order].cumsum() + (first.iloc[0] if len(sizes) == 1 else 0)
        starts = ends - sizes[order]
        stretches = [
            Stretch(name, 1, first[name] / MB, starts[name] / MB, ends[name] / MB)
            for name in order[: is_large.sum()]
        ]
        if small := order[len(stretches) :]:
            label = small[0] if len(small) == 1 else f"{len(small):,} others"
            span = (starts[small[0]] / MB, ends[small[-1]] / MB)
            stretches.append(Stretch(label, len(small), first[small[0]] / MB, *span))
        return cls(tuple(stretches), starts - first)

    @property
    def length(self) -> float:
        """The length of all contigs in Mb."""
        return self.stretches[-1].end - self.stretches[0].start

    def find_stretches(self, places: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
        """Return in which stretch each place on the axis lies, by its index."""
        return np.searchsorted([stretch.end for stretch in self.stretches[:-1]], places)

    def place(self, table: pd.DataFrame) -> npt.NDArray[np.float64]:
        """Return where the middles of windows lie on the axis, in Mb."""
        offsets = table["contig"].map(self.offsets).to_numpy()
        return (offsets + (table["start"].to_numpy() + table["end"].to_numpy()) / 2) / MB

    def shade(self, axis: Axes) -> None:
        """Set the limits of a panel's x axis, and shade every second contig behind what it shows.

        Parameters
        ----------
        axis : Axes
            The x axis gets no labels.
        """
        for stretch in self.stretches[1::2]:
            axis.axvspan(stretch.start, stretch.end, color=SHADE, lw=0, zorder=-1)
        margin = 0.005 * self.length
        axis.set_xlim(self.stretches[0].start - margin, self.stretches[-1].end + margin)
        axis.tick_params(axis="x", which="both", labelbottom=False, bottom=False)

    def label(self, axis: Axes, inches: float) -> None:
        """Label the x axis of a panel.

        Parameters
        ----------
        axis : Axes
        inches : float
            About how wide it is, so that labels do not overlap.
        """
        axis.tick_params(axis="x", which="both", labelbottom=True, bottom=True)
        first, *others = self.stretches
        if not others:
            axis.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
            if first.contigs == 1:
                axis.set_xlabel(f"position on contig {shorten_name(first.label)} (Mb)")
            else:
                axis.set_xlabel(f"{first.contigs:,} contigs end to end, in the file's order (Mb)")
            return
        ticks, every = self._list_ticks()
        axis.xaxis.set_minor_locator(FixedLocator(ticks))
        axis.xaxis.set_minor_formatter(NullFormatter())
        axis.tick_params(axis="x", which="minor", length=2.5)
        labels, rotation = choose_labels(self.stretches, inches / self.length)
        middles = [(stretch.start + stretch.end) / 2 for stretch in self.stretches]
        axis.xaxis.set_major_locator(FixedLocator(middles))
        axis.xaxis.set_major_formatter(FixedFormatter(labels))
        axis.tick_params(axis="x", which="major", length=0, pad=5, labelsize=LABEL_SIZE)
        axis.tick_params(axis="x", which="major", labelrotation=rotation)
        axis.set_xlabel(f"{self._describe()}, a tick every {every:,g} Mb")

    def _list_ticks(self) -> tuple[list[float], float]:
        """Return where on the axis there are round positions on contigs, and their distance."""
        every = _round_up(self.length / MOST_TICKS)
        ticks = [
            stretch.start + position - stretch.first
            for stretch in self.stretches
            # Not so close to the end that it would touch the first tick of the next contig.
            for position in np.arange(0, stretch.first + stretch.length - every / 4, every)
            if position >= stretch.first
        ]
        return ticks, every

    def _describe(self) -> str:
        *contigs, last = self.stretches
        total = f"{self.length:,.0f} Mb" if self.length >= 10 else f"{self.length:.3g} Mb"
        if last.contigs == 1:
            return f"{len(self.stretches):,} contigs, {total}"
        return f"{len(contigs):,} contigs and, at the right, {last.contigs:,} small ones; {total}"


def _round_up(value: float) -> float:
    """Return the next of the numbers 1, 2, 5, 10, 20 ..., or of their fractions by ten."""
    power = 10.0 ** np.floor(np.log10(value))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= 0.999 * value)


def choose_labels(stretches: Sequence[Stretch], inches_per_mb: float) -> tuple[list[str], int]:
    """Return labels that do not overlap, empty where there is no room, and their rotation.

    Where not all names fit, what they begin with, if that is ``chr``, is left out; or they are
    turned. Longer contigs come first.

    Parameters
    ----------
    stretches : sequence of Stretch
    inches_per_mb : float
        The scale of the axis.

    Examples
    --------
    >>> stretches = [Stretch("chr1", 1, 0, 0, 9), Stretch("chr2", 1, 0, 9, 10)]
    >>> choose_labels(stretches, 1.0), choose_labels(stretches, 0.05)
    ((['chr1', 'chr2'], 0), (['1', '2'], 0))
    """
    names = [_name_part(stretch) for stretch in stretches]
    plain = [name for stretch, name in zip(stretches, names, strict=True) if stretch.contigs == 1]
    bare = names
    if all(name.startswith("chr") and len(name) > 3 for name in plain):
        bare = [name.removeprefix("chr") for name in names]
    candidates = [
        (_drop_overlapping(stretches, inches_per_mb, texts, rotation), rotation)
        for texts, rotation in ((names, 0), (bare, 0), (bare, 90))
        if rotation == 0 or max(map(len, texts)) > SHORT_LABEL
    ]
    return max(candidates, key=lambda candidate: sum(map(bool, candidate[0])))


def _name_part(stretch: Stretch) -> str:
    """Return the label of a stretch, with its positions where its contig begins elsewhere."""
    name = shorten_name(stretch.label, LONGEST_LABEL)
    if stretch.contigs > 1 or not stretch.first:
        return name
    return f"{name}:{stretch.first:.4g}-{stretch.first + stretch.length:.4g} Mb"


def _drop_overlapping(
    stretches: Sequence[Stretch], inches_per_mb: float, names: Sequence[str], rotation: int
) -> list[str]:
    """Return names, empty where they would overlap that of a longer stretch."""
    kept: dict[int, tuple[float, float]] = {}
    longest_first = sorted(range(len(names)), key=lambda index: -stretches[index].length)
    for index in longest_first:
        stretch, name = stretches[index], names[index]
        middle = inches_per_mb * (stretch.start + stretch.end) / 2
        half = (LINE_HEIGHT if rotation else LETTER_WIDTH * len(name) + GAP) / 2
        if all(middle + half <= low or middle - half >= high for low, high in kept.values()):
            kept[index] = (middle - half, middle + half)
    return [name if index in kept else "" for index, name in enumerate(names)]


def break_between_contigs(
    contigs: pd.Series, *columns: npt.NDArray[np.float64]
) -> list[npt.NDArray[np.float64]]:
    """Return columns with nan between contigs, so that no line joins these.

    Parameters
    ----------
    contigs : Series of str
        The contig of each window.
    *columns : ndarray of float64, shape (windows,)
    """
    codes = pd.factorize(contigs)[0]
    ends = np.flatnonzero(np.diff(codes)) + 1
    return [np.insert(column, ends, np.nan) for column in columns]
