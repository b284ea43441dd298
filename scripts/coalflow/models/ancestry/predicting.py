"""What models predict of the ancestry of rows at each site."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from coalflow.models.ancestry.haplotype_baselines import HaplotypeBaselines
from coalflow.models.batches import DeviceWindows, predict_in_batches
from coalflow.models.nets.ancestry import AncestryNet
from coalflow.models.storage.model import Model
from coalflow.windows.packed_windows import Windows

ODDS_AT_ONCE = 5_000_000  # of each model: 20 MB

#: Predicted log odds by the names of models, float32 (windows, sites, rows) each.
Odds: TypeAlias = Mapping[str, npt.NDArray[np.float32]]


@dataclasses.dataclass(frozen=True)
class AncestryModels:
    """Models that predict ancestry at each site.

    Attributes
    ----------
    nets : mapping of str to Model
        Nets and their ensembles, by name.
    baselines : HaplotypeBaselines, optional
    """

    nets: Mapping[str, Model]
    baselines: HaplotypeBaselines | None = None

    def predict_odds(self, windows: Windows) -> Odds:
        """Return the log odds that models predict; of ensembles, the means of their members'."""
        odds: dict[str, npt.NDArray[np.float32]] = {}
        for name, model in self.nets.items():
            if isinstance(model.net, AncestryNet):
                odds[name] = _predict_by_net(model, model.net, windows)
        for name, model in self.nets.items():
            if model.members:
                odds[name] = np.mean([odds[member] for member in model.members], axis=0)
        odds = {name: odds[name] for name in self.nets}
        if self.baselines is not None:
            _, sites, _ = windows.shape
            by_row = self.baselines.predict_rows(windows)
            odds |= {name: values.repeat(sites, axis=1) for name, values in by_row.items()}
        return odds

    def predict_parts(self, windows: Windows) -> Iterator[tuple[slice, Odds]]:
        """Yield some of the windows at a time, and the log odds that models predict of them."""
        step = max(1, ODDS_AT_ONCE // (windows.shape[1] * windows.rows))
        for start in range(0, len(windows), step):
            part = slice(start, min(start + step, len(windows)))
            yield part, self.predict_odds(windows[part])


def _predict_by_net(model: Model, net: AncestryNet, windows: Windows) -> npt.NDArray[np.float32]:
    inputs = DeviceWindows(windows, model.card.view.encoding, "cpu", net.first_layer)
    (odds,) = predict_in_batches(
        [net], inputs, read=lambda net, batch, rows: net(*batch, at_sites=True)
    )
    return odds.numpy()
