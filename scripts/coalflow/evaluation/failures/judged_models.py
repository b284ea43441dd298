"""Which models are looked at: what stands for each net, and the best baseline."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

BASELINE, ENSEMBLE = "baseline", "ensemble"


@dataclasses.dataclass(frozen=True)
class JudgedModels:
    """The models whose failures are shown.

    Attributes
    ----------
    nets : tuple of str
        What stands for each net, the best on validation windows first: its ensemble, or itself
        where there is one restart.
    baseline : str, optional
        The best on validation windows; None where there is none.
    others : tuple of str
        All other baselines.
    """

    nets: tuple[str, ...]
    baseline: str | None = None
    others: tuple[str, ...] = ()

    @classmethod
    def choose(cls, order: Mapping[str, str]) -> JudgedModels:
        """Return the models that are judged.

        Parameters
        ----------
        order : mapping of str to str
            The kinds of all models, the best first, as
            :func:`coalflow.evaluation.comparisons.order_by_validation` returns them.

        Examples
        --------
        >>> order = {"a/1": "net", "a": "ensemble", "mean": "baseline", "b/0": "net"}
        >>> JudgedModels.choose(order)
        JudgedModels(nets=('a',), baseline='mean', others=())
        """
        kind = ENSEMBLE if ENSEMBLE in order.values() else "net"
        baselines = [name for name, other in order.items() if other == BASELINE]
        return cls(
            tuple(name for name, other in order.items() if other == kind),
            baselines[0] if baselines else None,
            tuple(baselines[1:]),
        )

    @property
    def shown(self) -> list[str]:
        """The names of the nets and of the best baseline, which is last."""
        return [*self.nets, *([] if self.baseline is None else [self.baseline])]

    def list_baselines(self) -> list[str]:
        """Return the names of all baselines, the best first."""
        return [*([] if self.baseline is None else [self.baseline]), *self.others]

    def only_pair(self) -> JudgedModels:
        """Return the best net and, where there is one, the best baseline."""
        return dataclasses.replace(self, nets=self.nets[:1])

    def find_kind(self, name: str) -> str:
        """Return whether a model is a ``net`` or a ``baseline``."""
        return "net" if name in self.nets else BASELINE
