"""The log odds of ancestry at the sites of contigs, before sites are joined along haplotypes.

Windows overlap. Where several have a site, their log odds are averaged, those of windows in whose
middle it lies count more. Of several draws of individuals, those in which somebody is are averaged,
too. A site that is in no window is left out.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from coalflow.core.progress import say
from coalflow.dataset.loading import Allocate
from coalflow.genomes.painting.painted_contigs import Painter, find_edges
from coalflow.genomes.painting.painted_rows import PaintedIndividuals, PaintedRow
from coalflow.genomes.store.usable_contigs import UsableContig
from coalflow.genomes.windows.window_batches import WindowBatches, encode_batch

LEAST_WEIGHT = 0.05  # of a site at the end of a window; in the middle it is .55


@dataclasses.dataclass(frozen=True)
class PredictedContig:
    """Log odds at the sites of a contig, of rows that have the same sites.

    Attributes
    ----------
    name : str
    length : int
        Its bases.
    positions : ndarray of int64, shape (sites,)
        Counted from 1.
    odds : ndarray of float32, shape (sites, rows)
        As the model predicts them.
    rows : tuple of PaintedRow
        Which these are.
    """

    name: str
    length: int
    positions: npt.NDArray[np.int64]
    odds: npt.NDArray[np.float32]
    rows: tuple[PaintedRow, ...]

    def measure_sites(self) -> npt.NDArray[np.float64]:
        """Return how many bases each site stands for, float64 (sites,)."""
        return np.diff(find_edges(self.positions))

    def keep(self, allocate: Allocate) -> PredictedContig:
        """Return the contig with its log odds in an array that is made for them.

        Parameters
        ----------
        allocate : callable
            Makes it.
        """
        kept = allocate(self.odds.shape, np.float32)
        kept[...] = self.odds
        return dataclasses.replace(self, odds=kept)


@dataclasses.dataclass(frozen=True)
class _Odds:
    """Log odds at the sites of a contig, as one draw has them.

    Attributes
    ----------
    contig : UsableContig
    painted : ndarray of bool, shape (usable sites,)
        Which sites are in a window.
    values : ndarray of float32, shape (painted sites, rows)
    """

    contig: UsableContig
    painted: npt.NDArray[np.bool_]
    values: npt.NDArray[np.float32]


class _Sums:
    """Weighted sums of log odds at the sites of a contig, in one draw."""

    def __init__(self, contig: UsableContig, rows: int) -> None:
        self.contig = contig
        self.positions = contig.read_positions(0, contig.sites)
        self.odds = np.zeros((len(self.positions), rows), np.float32)
        self.weights = np.zeros(len(self.positions), np.float32)

    def add(
        self,
        bases: npt.NDArray[np.int64],
        weights: npt.NDArray[np.float32],
        odds: npt.NDArray[np.float32],
    ) -> None:
        """Add the sites of a window: positions, weights, (sites,), and log odds, (sites, rows)."""
        index = np.searchsorted(self.positions, bases)
        self.odds[index] += weights[:, None] * odds
        self.weights[index] += weights

    def average(self) -> _Odds:
        """Return the means of what windows say."""
        painted = self.weights > 0
        return _Odds(self.contig, painted, self.odds[painted] / self.weights[painted, None])


def predict_contigs(
    batches: WindowBatches, painter: Painter, individuals: PaintedIndividuals
) -> Iterator[list[PredictedContig]]:
    """Yield what a model predicts of the contigs of a genome, in their order.

    Log odds of one contig at a time are in memory.

    Parameters
    ----------
    batches : WindowBatches
        The windows of a genome.
    painter : Painter
    individuals : PaintedIndividuals

    Yields
    ------
    list of PredictedContig
        A contig: of one draw, with all rows. Of several, those who are in the same draws have the
        same sites, and are together.
    """
    if len(individuals.draws) == 1:
        for odds in _average_windows(batches, painter):
            rows = individuals.name_rows(0, odds.contig.ploidies.tolist())
            positions = odds.contig.read_positions(0, odds.contig.sites)[odds.painted]
            yield [_name(odds.contig, positions, odds.values, rows)]
        return
    for contig in batches.contigs:
        own = WindowBatches.plan([contig], batches.encoding, batches.options)
        assert isinstance(contig, UsableContig)
        predicted = list(_predict_draws(contig, own, painter, individuals))
        if predicted:
            yield predicted


def _predict_draws(
    contig: UsableContig, batches: WindowBatches, painter: Painter, individuals: PaintedIndividuals
) -> Iterator[PredictedContig]:
    """Yield what is predicted of a contig, of those who are in the same draws."""
    draws = range(len(individuals.draws))
    drawn = [individuals.name_rows(draw, contig.ploidies.tolist()) for draw in draws]
    draws_of: dict[PaintedRow, tuple[int, ...]] = {}
    for draw, own in enumerate(drawn):
        draws_of |= {row: (*draws_of.get(row, ()), draw) for row in own}
    rows = sorted(draws_of)
    column = {row: index for index, row in enumerate(rows)}
    sums = np.zeros((contig.sites, len(rows)), np.float32)
    painted = np.zeros((len(draws), contig.sites), np.bool_)
    for draw, own in enumerate(drawn):
        columns = np.array([column[row] for row in own])
        for odds in _average_windows(batches, painter, draw, len(draws)):
            painted[draw] = odds.painted
            sums[np.ix_(np.flatnonzero(odds.painted), columns)] += odds.values
    positions = contig.read_positions(0, contig.sites)
    for group in sorted({*draws_of.values()}):
        numbers = painted[list(group)].sum(axis=0)
        sites = np.flatnonzero(numbers)
        own = [row for row in rows if draws_of[row] == group]
        values = sums[np.ix_(sites, np.array([column[row] for row in own]))]
        values /= numbers[sites, None].astype(np.float32)
        if len(sites):
            yield _name(contig, positions[sites], values, own)


def _name(
    contig: UsableContig,
    positions: npt.NDArray[np.int64],
    odds: npt.NDArray[np.float32],
    rows: Sequence[PaintedRow],
) -> PredictedContig:
    return PredictedContig(contig.name, contig.length, positions, odds, tuple(rows))


def _average_windows(
    batches: WindowBatches, painter: Painter, draw: int = 0, draws: int = 1
) -> Iterator[_Odds]:
    """Yield the log odds of one draw, averaged over windows, contig by contig."""
    length = painter.view.encoding.length
    assert length is not None
    sums: _Sums | None = None
    for batch in range(len(batches)):
        pieces = batches.lay(batch)
        encoded = encode_batch(pieces, painter.view, draw)
        which = f", draw {draw + 1} of {draws}" if draws > 1 else ""
        first = batch * batches.size + 1
        say(f"painting windows {first:,} and on, of {batches.windows:,}{which}")
        if encoded.encoded is None:
            continue
        contigs = np.repeat(np.arange(len(pieces)), [len(windows) for _, windows in pieces])
        starts = np.concatenate([windows.start for _, windows in pieces])
        contigs, starts = contigs[encoded.predictable], starts[encoded.predictable]
        for part, odds in painter.models.predict_parts(encoded.encoded):
            windows, values = encoded.encoded[part], odds[painter.name]
            for row, (index, start) in enumerate(zip(contigs[part], starts[part], strict=True)):
                contig = pieces[index][0]
                assert isinstance(contig, UsableContig)
                if sums is None or sums.contig is not contig:
                    if sums is not None:
                        yield sums.average()
                    sums = _Sums(contig, values.shape[2])
                mask, places = windows.mask[row], windows.positions[row]
                bases = np.rint(places[mask] * np.float64(length))
                weights = np.minimum(places[mask], 1 - places[mask]).clip(0) + LEAST_WEIGHT
                sums.add(start + 1 + bases.astype(np.int64), weights, values[row, mask])
    if sums is not None:
        yield sums.average()
