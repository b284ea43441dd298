"""The last hidden layer of a net: what it makes of windows before it decides."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from coalflow.models.storage.model import Model

OUTPUT = "output"  # the layer with which every net ends


class HiddenLayer:
    """What the last layer of a net was given, while it predicted."""

    def __init__(self) -> None:
        self._parts: list[npt.NDArray[np.float32]] = []

    def append(self, features: npt.NDArray[np.float32]) -> None:
        """Add what it was given of some windows, float32 (windows, units)."""
        self._parts.append(features)

    def take(self) -> npt.NDArray[np.float32]:
        """Return what it was given since the last time, float32 (windows, units)."""
        taken = np.concatenate(self._parts)
        self._parts.clear()
        return taken


@contextlib.contextmanager
def record_hidden_layer(model: Model) -> Iterator[HiddenLayer]:
    """Record what the last layer of a net is given, each time that it predicts.

    Parameters
    ----------
    model : Model
        It has a net.

    Yields
    ------
    HiddenLayer
    """
    assert model.net is not None
    recorded = HiddenLayer()

    def record(layer: Any, inputs: tuple[Any, ...]) -> None:
        (given,) = inputs
        parts = [given] if hasattr(given, "flatten") else list(given)
        flat = [_describe_windows(layer, part.detach().cpu()) for part in parts]
        recorded.append(np.concatenate(flat, axis=1))

    hook = model.net.get_submodule(OUTPUT).register_forward_pre_hook(record)
    try:
        yield recorded
    finally:
        hook.remove()


def _describe_windows(layer: Any, given: Any) -> npt.NDArray[np.float32]:
    """Return what a layer was given of windows, float32 (windows, units).

    A dense layer that is applied at each site, or to each haplotype, is given units of each. Of
    these it is the mean and the maximum: all of them would be tens of thousands of numbers.
    """
    if given.dim() == 2 or given.shape[-1] != getattr(layer, "in_features", None):
        return given.flatten(1).numpy()
    units = given.flatten(1, -2)
    return np.concatenate([units.mean(dim=1).numpy(), units.amax(dim=1).numpy()], axis=1)
