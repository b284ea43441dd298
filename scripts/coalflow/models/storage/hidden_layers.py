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
        flat = [part.detach().flatten(1).cpu().numpy() for part in parts]
        recorded.append(np.concatenate(flat, axis=1))

    hook = model.net.get_submodule(OUTPUT).register_forward_pre_hook(record)
    try:
        yield recorded
    finally:
        hook.remove()
