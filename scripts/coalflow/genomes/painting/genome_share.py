"""How common the ancestry is in a genome, which need not be as in the simulations.

Probabilities hold for genomes in which the ancestry is as common as in training. Where it is rarer,
there are too many false segments; where it is commoner, too few are found. So its share is
estimated from the genome itself: it is the one that, taken as known, returns itself as the mean of
all probabilities. That is where expectation maximisation comes to rest.

References
----------
Saerens, Latinne and Decaestecker (2002), Adjusting the outputs of a classifier to new a priori
probabilities: a simple procedure. Neural Computation 14:21-41.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence

import numpy as np

from coalflow.core.progress import say
from coalflow.evaluation.ancestry.ancestry_calibration import AncestryCalibration
from coalflow.genomes.painting.joined_contigs import join_contigs
from coalflow.genomes.painting.predicted_contigs import PredictedContig

LOWEST, HIGHEST = 1e-5, 0.99  # shares between which it is looked for
NEAR = 0.02  # log odds: shares that differ by a fiftieth are the same
STEP = 1.5  # log odds, from one share that is tried to the next, until both sides are known


def estimate_share(
    contigs: Sequence[PredictedContig], calibration: AncestryCalibration
) -> float | None:
    """Return the share of a genome's bases that has the ancestry.

    None where there is no chain that could take it into account, or nothing to estimate it from.

    Parameters
    ----------
    contigs : sequence of PredictedContig
    calibration : AncestryCalibration
    """
    from scipy.optimize import brentq  # takes half a second, which few programs need
    from scipy.special import expit, logit

    if calibration.chain is None or not contigs:
        return None

    @functools.cache
    def rise(odds: float) -> float:
        """Return by how much the mean of all probabilities is above the share, in log odds."""
        share = float(expit(odds))
        mean = _average_probabilities(contigs, calibration, share)
        say(f"if {share:.2%} had the ancestry, {mean:.2%} would be expected to have it")
        return float(logit(min(max(mean, 1e-12), 1 - 1e-12))) - odds

    lowest, highest = float(logit(LOWEST)), float(logit(HIGHEST))
    start = float(np.clip(logit(calibration.chain.share), lowest, highest))
    if abs(rise(start)) < NEAR:
        return float(expit(start))
    end, step = start, np.copysign(STEP, rise(start))
    while rise(end) * step > 0:
        start, end = end, float(np.clip(end + step, lowest, highest))
        if start == end:
            return float(expit(end))
    return float(expit(brentq(rise, *sorted((start, end)), xtol=NEAR)))


def _average_probabilities(
    contigs: Sequence[PredictedContig], calibration: AncestryCalibration, share: float
) -> float:
    """Return the mean probability of all bases of all rows."""
    sizes = [contig.measure_sites() for contig in contigs]
    bases = sum(
        float(own.sum()) * len(contig.rows) for own, contig in zip(sizes, contigs, strict=True)
    )
    joined = join_contigs(contigs, calibration, share)
    # In any order, so that the sum does not depend on it.
    having = math.fsum(
        float((sizes[index] @ probability.astype(np.float64)).sum())
        for index, probability in joined
    )
    return having / bases if bases else share
