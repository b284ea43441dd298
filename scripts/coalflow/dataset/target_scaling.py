"""Targets that are numbers, in their own units and in those in which models learn."""

import dataclasses

import numpy as np

from coalflow.config import targets
from coalflow.core.errors import CoalflowError


@dataclasses.dataclass(frozen=True)
class TargetScaling:
    """Each target's mean and standard deviation in training: models predict in these units.

    Where ``logs`` says so, they are those of the target's logarithm to the base 10.
    ``means``, ``sds`` float64 and ``logs`` bool are (targets,), in the order of ``names``.
    """

    names: tuple
    logs: np.ndarray
    means: np.ndarray
    sds: np.ndarray

    @classmethod
    def of(cls, target, definitions):
        """Return the scale of some training targets, float64 (replicates, targets).

        ``definitions`` are those of :mod:`coalflow.config.targets`. Raises CoalflowError if all
        values of a target are equal.
        """
        for name, values in zip(definitions, target.T, strict=True):
            if np.ptp(values) == 0:
                raise CoalflowError(
                    f"{name} is {values[0]:g} in every training window: nothing to learn"
                )
        logs = np.array([targets.is_log(definition) for definition in definitions.values()])
        learned = _learned(target, logs)
        return cls(tuple(definitions), logs, learned.mean(axis=0), learned.std(axis=0))

    @classmethod
    def from_card(cls, told):
        """Return the scale that :meth:`for_card` told of."""
        logs, means, sds = (
            np.array([one[key] for one in told.values()]) for key in ("log", "mean", "sd")
        )
        return cls(tuple(told), logs, means, sds)

    def for_card(self):
        """Return the scale as JSON can write it."""
        rows = zip(self.logs.tolist(), self.means.tolist(), self.sds.tolist(), strict=True)
        return {
            name: {"log": log, "mean": mean, "sd": sd}
            for name, (log, mean, sd) in zip(self.names, rows, strict=True)
        }

    def learned(self, target):
        """Return targets, float64 (replicates, targets), or their logarithms."""
        return _learned(target, self.logs)

    def standardise(self, target):
        """Return targets in the units in which models learn, float64 (replicates, targets)."""
        return (self.learned(target) - self.means) / self.sds

    def restore(self, outputs):
        """Return what models predict, (windows, targets), in the targets' own units."""
        learned = np.asarray(outputs, dtype=np.float64) * self.sds + self.means
        return np.where(self.logs, 10.0 ** np.where(self.logs, learned, 0.0), learned)


def _learned(target, logs):
    return np.where(logs, np.log10(np.where(logs, target, 1.0)), target)
