"""Contigs painted: at each site, how probable it is that each row has the ancestry.

Windows overlap. Where several have a site, their log odds are averaged, those of windows in whose
middle it lies count more; then all sites of a haplotype are joined. A site that is in no window is
not painted.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from coalflow.config.settings.view import View
from coalflow.core.progress import say
from coalflow.evaluation.ancestry.ancestry_calibration import AncestryCalibration
from coalflow.genomes.store.usable_contigs import UsableContig
from coalflow.genomes.windows.window_batches import WindowBatches, encode_batch
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


@dataclasses.dataclass(frozen=True)
class PaintedContig:
    """A contig, painted.

    Attributes
    ----------
    name : str
    length : int
        Its bases.
    positions : ndarray of int64, shape (sites,)
        Of painted sites, counted from 1.
    probability : ndarray of float32, shape (sites, rows)
        That each haplotype, or individual where the phase is not known, has the ancestry.
    """

    name: str
    length: int
    positions: npt.NDArray[np.int64]
    probability: npt.NDArray[np.float32]

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


class _Sums:
    """Weighted sums of log odds at the sites of a contig."""

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

    def paint(self, calibration: AncestryCalibration) -> PaintedContig:
        """Return the contig, painted."""
        painted = self.weights > 0
        positions = self.positions[painted]
        odds = self.odds[painted] / self.weights[painted, None]
        joined = calibration.join_sites(odds[None], np.diff(_find_edges(positions))[None])[0]
        probability = (1 / (1 + np.exp(-joined))).astype(np.float32)
        return PaintedContig(self.contig.name, self.contig.length, positions, probability)


def paint_contigs(batches: WindowBatches, painter: Painter) -> Iterator[PaintedContig]:
    """Yield the contigs of a genome, painted, in their order.

    Parameters
    ----------
    batches : WindowBatches
        The windows of a genome.
    painter : Painter
    """
    target = painter.view.targets.at_sites
    assert target is not None
    sums: _Sums | None = None
    for batch in range(len(batches)):
        pieces = batches.lay(batch)
        encoded = encode_batch(pieces, painter.view)
        say(f"painting windows {batch * batches.size + 1:,} and on, of {batches.windows:,}")
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
                        yield sums.paint(painter.calibration)
                    sums = _Sums(contig, values.shape[2])
                mask, places = windows.mask[row], windows.positions[row]
                assert painter.view.encoding.length is not None
                bases = np.rint(places[mask] * np.float64(painter.view.encoding.length))
                weights = np.minimum(places[mask], 1 - places[mask]).clip(0) + LEAST_WEIGHT
                sums.add(start + 1 + bases.astype(np.int64), weights, values[row, mask])
    if sums is not None:
        yield sums.paint(painter.calibration)
