"""Sites of contigs joined along haplotypes: from what is predicted of each to probabilities.

The chain goes from site to site, so to join several contigs at once takes hardly longer than one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from coalflow.evaluation.ancestry.ancestry_calibration import AncestryCalibration
from coalflow.genomes.painting.painted_contigs import PaintedContig
from coalflow.genomes.painting.predicted_contigs import PredictedContig

JOINED_AT_ONCE = 5_000_000  # log odds of several contigs: with all that joining takes, 350 MB


def paint_together(
    contigs: Sequence[PredictedContig], calibration: AncestryCalibration, share: float | None
) -> list[PaintedContig]:
    """Return contigs, painted, in their order.

    Parameters
    ----------
    contigs : sequence of PredictedContig
    calibration : AncestryCalibration
    share : float, optional
        As in :meth:`AncestryCalibration.join_sites`.
    """
    found = dict(join_contigs(contigs, calibration, share))
    return [
        PaintedContig(each.name, each.length, each.positions, found[index], each.rows)
        for index, each in enumerate(contigs)
    ]


def join_contigs(
    contigs: Sequence[PredictedContig], calibration: AncestryCalibration, share: float | None
) -> Iterator[tuple[int, npt.NDArray[np.float32]]]:
    """Yield contigs, by their index, and the probabilities of their sites, in any order.

    Probabilities are float32 (sites, rows), and do not depend on which contigs there are.

    Parameters
    ----------
    contigs, calibration, share
        As in :func:`paint_together`.
    """
    for batch in _batch_contigs(contigs):
        sizes = [contigs[index].odds.shape for index in batch]
        odds = np.zeros((len(batch), *np.max(sizes, axis=0)), np.float32)
        bases = np.zeros(odds.shape[:2])
        for number, (index, (sites, rows)) in enumerate(zip(batch, sizes, strict=True)):
            odds[number, :sites, :rows] = contigs[index].odds
            bases[number, :sites] = contigs[index].measure_sites()
        joined = calibration.join_sites(odds, bases, share)
        for number, (index, (sites, rows)) in enumerate(zip(batch, sizes, strict=True)):
            yield index, (1 / (1 + np.exp(-joined[number, :sites, :rows]))).astype(np.float32)


def _batch_contigs(contigs: Sequence[PredictedContig]) -> Iterator[list[int]]:
    """Yield the indices of contigs that are joined together, with about as many rows and sites."""
    batch: list[int] = []
    most = 0  # sites
    for index in sorted(range(len(contigs)), key=lambda index: contigs[index].odds.shape[::-1]):
        sites, rows = contigs[index].odds.shape
        if batch and (len(batch) + 1) * max(most, sites) * rows > JOINED_AT_ONCE:
            yield batch
            batch, most = [], 0
        batch.append(index)
        most = max(most, sites)
    if batch:
        yield batch
