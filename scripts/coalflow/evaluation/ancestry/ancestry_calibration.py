"""How a model's predictions become probabilities of bases, and segments of haplotypes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from coalflow.config.fields.section import Section
from coalflow.evaluation.ancestry.haplotype_chain import HaplotypeChain
from coalflow.evaluation.ancestry.odds_calibration import OddsCalibration


class AncestryCalibration(Section):
    """What is made of a model's log odds, all of it fitted to validation windows."""

    bases: OddsCalibration
    """Of what is predicted of a site from one window."""
    chain: HaplotypeChain | None = None
    """None if validation windows have no ancestry, or nothing else."""
    segments: OddsCalibration | None = None
    """Of log odds that the chain has joined along haplotypes. Its threshold bounds segments."""

    @property
    def segment_threshold(self) -> float:
        """The log odds from which on sites are in segments."""
        return (self.segments or self.bases).threshold

    def join_sites(
        self, odds: npt.NDArray[np.float32], bases: npt.NDArray[np.float64]
    ) -> npt.NDArray[np.floating]:
        """Return calibrated log odds, given the predictions for all sites of a haplotype.

        Parameters
        ----------
        odds : ndarray of float32, shape (windows, sites, rows)
            As the model predicts them.
        bases : ndarray of float64, shape (windows, sites)
            How many each site stands for, 0 in padding.
        """
        calibrated = self.bases.apply(odds)
        if self.chain is None or self.segments is None:
            return calibrated
        return self.segments.apply(self.chain.smooth(calibrated, bases))
