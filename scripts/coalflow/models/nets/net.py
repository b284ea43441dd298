"""What all nets have in common."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import nn

from coalflow.config.registry.nets import NetRecord
from coalflow.evaluation.cards import NetInput
from coalflow.models.nets.layers import Dropout


class Net(nn.Module):
    """A net of named layers.

    Its ``forward`` takes

    - ``haplotypes``, float32 (windows, sites, haplotypes);
    - ``positions``, float32 (windows, sites, channels): one or two numbers that give the position
      of a site (:data:`coalflow.models.batches.CHANNELS`);
    - ``mask``, bool (windows, sites), False where there is padding,

    and returns float32 (windows, outputs). What can be known without PyTorch is in its record; what
    concerns its layers is in attributes of its class.

    Parameters
    ----------
    shape : NetInput
        The shape of its windows.
    outputs : int
        How many numbers it predicts.

    Attributes
    ----------
    record : NetRecord
        Set by :func:`coalflow.models.nets.build_net`.
    shown : mapping of str to str
        The layers whose activations the report shows, with their titles there.
    dropout : mapping of str to float
        The rates at which its authors dropped activations, by layer.
    l2 : float
        The factor of the squared weights that its authors added to the loss.
    penalised : tuple of str
        The layers whose weights these are.
    """

    record: NetRecord
    shown: Mapping[str, str] = {}
    dropout: Mapping[str, float] = {}
    l2: float = 0.0
    penalised: tuple[str, ...] = ()

    def __init__(self, shape: NetInput, outputs: int) -> None:
        super().__init__()

    def calibrate(
        self, haplotypes: torch.Tensor, positions: torch.Tensor, mask: torch.Tensor
    ) -> None:
        """Set what the net takes from training windows before it learns: nothing, for most nets.

        Parameters
        ----------
        haplotypes, positions, mask : Tensor
            Training windows, as ``forward`` takes them.
        """

    def apply_layers(self, features: torch.Tensor) -> torch.Tensor:
        """Return what all layers make of ``features``, where one follows the other."""
        for layer in self.children():
            features = layer(features)
        return features

    def list_numbered(self, name: str) -> list[nn.Module]:
        """Return the layers ``<name>_1``, ``<name>_2`` and so on, in this order.

        Parameters
        ----------
        name : str
        """
        layers = dict(self.named_children())
        numbered: list[nn.Module] = []
        while (layer := layers.get(f"{name}_{len(numbered) + 1}")) is not None:
            numbered.append(layer)
        return numbered


class DenseEndedNet(Net):
    """A net that ends in a dense layer, ReLU, dropout and the output."""

    dropout = {"dropout_dense": 0.1}

    def add_dense_end(self, inputs: int, units: int, outputs: int) -> None:
        """Add the last layers.

        Parameters
        ----------
        inputs, units, outputs : int
            Channels that the dense layer takes, units that it has, numbers that are predicted.
        """
        self.dense = nn.Linear(inputs, units)
        self.relu = nn.ReLU()
        self.dropout_dense = Dropout()
        self.output = nn.Linear(units, outputs)

    def apply_dense_end(self, pooled: torch.Tensor) -> torch.Tensor:
        """Return the outputs, float32 (windows, outputs).

        Parameters
        ----------
        pooled : Tensor of float32, shape (windows, inputs)
        """
        return self.output(self.dropout_dense(self.relu(self.dense(pooled))))
