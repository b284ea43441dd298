"""How a model's predictions become probabilities of bases, and segments of haplotypes."""

from __future__ import annotations

import math
import pathlib
from collections.abc import Iterable, Mapping

import numpy as np
import numpy.typing as npt

from coalflow.config.fields.section import Section
from coalflow.config.genomes.model_files import ANCESTRY_FILE
from coalflow.core.files import read_bytes, refuse_damaged, write_json
from coalflow.evaluation.ancestry.haplotype_chain import HaplotypeChain
from coalflow.evaluation.ancestry.odds_calibration import OddsCalibration
from coalflow.evaluation.calibration.calibration_files import FORMAT, parse_calibration_file


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
        self,
        odds: npt.NDArray[np.float32],
        bases: npt.NDArray[np.float64],
        share: float | None = None,
    ) -> npt.NDArray[np.floating]:
        """Return calibrated log odds, given the predictions for all sites of a haplotype.

        Parameters
        ----------
        odds : ndarray of float32, shape (windows, sites, rows)
            As the model predicts them.
        bases : ndarray of float64, shape (windows, sites)
            How many each site stands for, 0 in padding.
        share : float, optional
            The share of all bases that has the ancestry, where it is not that of validation
            windows.
        """
        calibrated = self.bases.apply(odds)
        if self.chain is None or self.segments is None:
            return calibrated
        joined = self.chain.smooth(calibrated, bases, share)
        if share is None:
            return self.segments.apply(joined)
        # What is calibrated is what the sites say, not how common the ancestry is.
        shift = np.float32(_take_log_odds(share) - _take_log_odds(self.chain.share))
        return self.segments.apply(joined - shift) + shift


def _take_log_odds(share: float) -> float:
    return math.log(share / (1 - share))


class AncestryFile(Section):
    """What the file of a net holds, next to its calibration of windows."""

    format: int
    calibrations: dict[str, AncestryCalibration]
    """By the names of models: its restarts, and their ensemble."""


def write_ancestry_calibrations(
    folder: pathlib.Path, calibrations: Mapping[str, AncestryCalibration]
) -> None:
    """Write the calibrations of a net.

    Parameters
    ----------
    folder : Path
        Of the net, with all restarts.
    calibrations : mapping of str to AncestryCalibration

    Raises
    ------
    CoalflowError
        If the disk is full, or cannot be written.
    """
    content = AncestryFile(format=FORMAT, calibrations=dict(calibrations))
    write_json(folder / ANCESTRY_FILE, content.as_json())


def read_ancestry_calibrations(
    models_folder: pathlib.Path, nets: Iterable[str]
) -> dict[str, AncestryCalibration]:
    """Return the calibrations of some nets, by the names of their models.

    Parameters
    ----------
    models_folder : Path
        The folder of all models.
    nets : iterable of str

    Raises
    ------
    CoalflowError
        If a file is missing, damaged, or of another format.
    """
    found: dict[str, AncestryCalibration] = {}
    for name in nets:
        path = models_folder / name / ANCESTRY_FILE
        with refuse_damaged(path):
            content = read_bytes(path)
        found |= parse_calibration_file(content, path, AncestryFile).calibrations
    return found
