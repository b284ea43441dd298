"""Contigs painted: at each site, how probable it is that each row has the ancestry.

Windows overlap. Where several have a site, their log odds are averaged, those of windows in whose
middle it lies count more. Of several draws of individuals, those in which somebody is are averaged,
too. Then all sites of a haplotype are joined. A site that is in no window is not painted.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from coalflow.config.settings.view import View
from coalflow.core.progress import say
from coalflow.evaluation.ancestry.ancestry_calibration import AncestryCalibration
from coalflow.genomes.painting.painted_rows import PaintedIndividuals, PaintedRow
from coalflow.genomes.store.usable_contigs import UsableContig
from coalflow.genomes.windows.window_batches import WindowBatches, encode_batch
from coalflow.models.storage.model import Model

if TYPE_CHECKING:
    from coalflow.models.ancestry.predicting import AncestryModels

LEAST_WEIGHT = 0.05  # of a site at the end of a window; in the middle it is .55


@dataclasses.dataclass(frozen=True)
class Painter:
    """What paints: a model and its calibration.

    Attributes
    ----------
    models : AncestryModels
        With the model, and its members if it is an ensemble.
    name : str
        The model's.
    calibration : AncestryCalibration
    view : View
        That of the model.
    """

    models: AncestryModels
    name: str
    calibration: AncestryCalibration
    view: View

    @classmethod
    def choose(
        cls, trained: Mapping[str, Model], calibrations: Mapping[str, AncestryCalibration]
    ) -> Painter:
        """Return the net or the ensemble that is best on validation windows.

        Parameters
        ----------
        trained : mapping of str to Model
            By name, with ensembles.
        calibrations : mapping of str to AncestryCalibration
            Of those that predict ancestry at each base, by name.
        """
        from coalflow.models.ancestry.predicting import AncestryModels  # imports PyTorch

        known = {name: calibrations[name] for name in trained if name in calibrations}
        # An ensemble comes before its members, and is chosen if they are as good.
        name = max(known, key=lambda name: known[name].bases.average_precision)
        model = trained[name]
        wanted = {member: trained[member] for member in model.members} | {name: model}
        return cls(AncestryModels(wanted), name, known[name], model.card.view)

    @property
    def threshold(self) -> float:
        """The probability from which on sites are in segments."""
        return 1 / (1 + np.exp(-self.calibration.segment_threshold))

    @property
    def target(self) -> tuple[str, str]:
        """The population whose haplotypes are painted, and the one that the ancestry is from."""
        target = self.view.targets.at_sites
        assert target is not None
        of, source = target.of
        return of, source


@dataclasses.dataclass(frozen=True)
class PaintedContig:
    """A contig, painted, of rows that have the same sites.

    Attributes
    ----------
    name : str
    length : int
        Its bases.
    positions : ndarray of int64, shape (sites,)
        Of painted sites, counted from 1.
    probability : ndarray of float32, shape (sites, rows)
        That each haplotype, or individual where the phase is not known, has the ancestry.
    rows : tuple of PaintedRow
        Which these are.
    """

    name: str
    length: int
    positions: npt.NDArray[np.int64]
    probability: npt.NDArray[np.float32]
    rows: tuple[PaintedRow, ...]

    @property
    def edges(self) -> npt.NDArray[np.float64]:
        """Where the bases begin that each site stands for, and the end, float64 (sites + 1,).

        Counted from 0, half-way between sites; the first and the last stand for nothing beyond.
        """
        return _find_edges(self.positions)


def _find_edges(positions: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    if not len(positions):
        return np.zeros(1)
    between = (positions[1:] + positions[:-1]) / 2
    return np.r_[positions[0] - 1, np.floor(between), positions[-1]]


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


def paint_contigs(
    batches: WindowBatches, painter: Painter, individuals: PaintedIndividuals
) -> Iterator[list[PaintedContig]]:
    """Yield the contigs of a genome, painted, in their order.

    Log odds of one contig at a time are in memory.

    Parameters
    ----------
    batches : WindowBatches
        The windows of a genome.
    painter : Painter
    individuals : PaintedIndividuals

    Yields
    ------
    list of PaintedContig
        A contig: of one draw, with all rows. Of several, those who are in the same draws have the
        same sites, and are painted together.
    """
    if len(individuals.draws) == 1:
        for odds in _average_windows(batches, painter):
            rows = individuals.name_rows(0, odds.contig.ploidies.tolist())
            positions = odds.contig.read_positions(0, odds.contig.sites)[odds.painted]
            yield [_join_sites(odds.contig, positions, odds.values, rows, painter)]
        return
    for contig in batches.contigs:
        own = WindowBatches.plan([contig], batches.encoding, batches.options)
        assert isinstance(contig, UsableContig)
        painted = list(_paint_draws(contig, own, painter, individuals))
        if painted:
            yield painted


def _paint_draws(
    contig: UsableContig, batches: WindowBatches, painter: Painter, individuals: PaintedIndividuals
) -> Iterator[PaintedContig]:
    """Yield a contig, painted, of those who are in the same draws."""
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
            yield _join_sites(contig, positions[sites], values, own, painter)


def _join_sites(
    contig: UsableContig,
    positions: npt.NDArray[np.int64],
    odds: npt.NDArray[np.float32],
    rows: Sequence[PaintedRow],
    painter: Painter,
) -> PaintedContig:
    """Return a contig, painted, from log odds of sites, float32 (sites, rows)."""
    bases = np.diff(_find_edges(positions))[None]
    joined = painter.calibration.join_sites(odds[None], bases)[0]
    probability = (1 / (1 + np.exp(-joined))).astype(np.float32)
    return PaintedContig(contig.name, contig.length, positions, probability, tuple(rows))


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
