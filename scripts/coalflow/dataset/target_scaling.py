"""Targets that are numbers, in their own units and in those in which models learn."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from coalflow.config.fields.section import Section
from coalflow.config.schema.targets import Targets
from coalflow.core.errors import CoalflowError


class TargetScale(Section):
    """Mean and standard deviation of one target in training, or of its logarithm to the base 10."""

    log: bool
    mean: float
    sd: float


@dataclasses.dataclass(frozen=True)
class TargetScaling:
    """The units in which models learn: each target minus its training mean, over its deviation.

    Attributes
    ----------
    names : tuple of str
        The targets.
    logs : ndarray of bool, shape (targets,)
        Which of them are learned by their logarithm to the base 10.
    means, sds : ndarray of float64, shape (targets,)
        Of the target, or of its logarithm, in training.
    """

    names: tuple[str, ...]
    logs: npt.NDArray[np.bool_]
    means: npt.NDArray[np.float64]
    sds: npt.NDArray[np.float64]

    @classmethod
    def fit(cls, values: npt.NDArray[np.float64], targets: Targets) -> TargetScaling:
        """Return the scaling of some training targets.

        Parameters
        ----------
        values : ndarray of float64, shape (replicates, targets)
            The true values in training, in their own units.
        targets : Targets
            All of which are numbers.

        Raises
        ------
        CoalflowError
            If all values of a target are equal.
        """
        for name, column in zip(targets.names, values.T, strict=True):
            if np.ptp(column) == 0:
                raise CoalflowError(
                    f"{name} is {column[0]:g} in every training window: there is nothing to learn"
                )
        logs = np.array([target.is_log for _, target in targets])
        learned = _take_logs(values, logs)
        return cls(tuple(targets.names), logs, learned.mean(axis=0), learned.std(axis=0))

    @classmethod
    def from_scales(cls, scales: Mapping[str, TargetScale]) -> TargetScaling:
        """Return the scaling of these scales, which are by name, as a card holds them."""
        return cls(
            tuple(scales),
            np.array([scale.log for scale in scales.values()]),
            np.array([scale.mean for scale in scales.values()]),
            np.array([scale.sd for scale in scales.values()]),
        )

    @property
    def scales(self) -> dict[str, TargetScale]:
        """The scaling as a card holds it."""
        rows = zip(self.logs.tolist(), self.means.tolist(), self.sds.tolist(), strict=True)
        return {
            name: TargetScale(log=log, mean=mean, sd=sd)
            for name, (log, mean, sd) in zip(self.names, rows, strict=True)
        }

    def take_logs(self, values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return targets, or the logarithms of those that are learned by these.

        Parameters
        ----------
        values : ndarray of float64, shape (replicates, targets)
            In their own units.

        Returns
        -------
        ndarray of float64, shape (replicates, targets)
        """
        return _take_logs(values, self.logs)

    def standardise(self, values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return targets in the units in which models learn.

        Parameters
        ----------
        values : ndarray of float64, shape (replicates, targets)
            In their own units.

        Returns
        -------
        ndarray of float64, shape (replicates, targets)
        """
        return (self.take_logs(values) - self.means) / self.sds

    def restore(self, outputs: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Return what models predict in the targets' own units.

        Parameters
        ----------
        outputs : array_like, shape (windows, targets)
            In the units in which models learn.

        Returns
        -------
        ndarray of float64, shape (windows, targets)
        """
        learned = np.asarray(outputs, dtype=np.float64) * self.sds + self.means
        return np.where(self.logs, 10.0 ** np.where(self.logs, learned, 0.0), learned)


def _take_logs(
    values: npt.NDArray[np.float64], logs: npt.NDArray[np.bool_]
) -> npt.NDArray[np.float64]:
    return np.where(logs, np.log10(np.where(logs, values, 1.0)), values)
