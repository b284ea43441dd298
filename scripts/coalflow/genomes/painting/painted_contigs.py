"""Contigs painted: at each site, how probable it is that each row has the ancestry."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from coalflow.config.settings.view import View
from coalflow.evaluation.ancestry.ancestry_calibration import AncestryCalibration
from coalflow.genomes.painting.painted_rows import PaintedRow
from coalflow.models.storage.model import Model

if TYPE_CHECKING:
    from coalflow.models.ancestry.predicting import AncestryModels


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
        return find_edges(self.positions)


def find_edges(positions: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Return where the bases begin that each site stands for, as :attr:`PaintedContig.edges`.

    Parameters
    ----------
    positions : ndarray of int64, shape (sites,)
    """
    if not len(positions):
        return np.zeros(1)
    between = (positions[1:] + positions[:-1]) / 2
    return np.r_[positions[0] - 1, np.floor(between), positions[-1]]
