"""What all nets have in common."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import TypeAlias

import torch
from torch import nn

from coalflow.config.registry.nets import NetRecord
from coalflow.evaluation.cards import NetInput
from coalflow.models.nets.layers import Dropout
from coalflow.windows.packed_windows import Populations

PAIRS_AT_ONCE = 400_000  # of haplotypes that a first layer may compare; about 100 MB
ALLELES_IN_CACHE = 3_000_000  # which a processor reads faster than more at a time

#: What a net's ``forward`` takes: haplotypes, positions and mask, or what its first layer returns.
Inputs: TypeAlias = tuple[torch.Tensor, ...]


@dataclasses.dataclass(frozen=True)
class FirstLayer:
    """A first layer without weights: what it makes of a window is computed once, and kept.

    Attributes
    ----------
    summarise_windows : callable
        Maps alleles, float32 (windows, sites, haplotypes) from 0 to 1, their positions, float32
        (windows, sites) from 0 to 1, and ``mask``, bool (windows, sites), to tensors of float32,
        (windows, ...). What it returns for a window must not depend on the others, to the bit.
        With ``reads_populations``, it also takes the name of each population and its number of
        haplotypes.
    mirror : callable
        Maps these tensors to those of the same windows read from right to left.
    axes : tuple of tuple of str
        Of each tensor, what lies along its axes between the first, windows, and the last, numbers:
        ``haplotypes`` or ``parts``, which are parts of the window of equal length. Where it reads
        populations, haplotypes are those of one each time, in the order of ``Windows.ordered``.
    reads_populations : bool
    population : str
        Which of the populations it describes, which it takes as well; all where it is empty.
    """

    summarise_windows: Callable[..., Inputs]
    mirror: Callable[[Inputs], Inputs]
    axes: tuple[tuple[str, ...], ...] = ()
    reads_populations: bool = False
    population: str = ""

    def summarise(
        self,
        alleles: torch.Tensor,
        positions: torch.Tensor,
        mask: torch.Tensor,
        populations: Populations = (),
    ) -> Inputs:
        """Return what the net takes, of as many windows at a time as there is memory for.

        Parameters
        ----------
        alleles, positions, mask : Tensor
            As ``summarise_windows`` takes them.
        populations : tuple of (str, int)
            The name of each population and its number of haplotypes, in the order of both; where
            the layer does not read populations, anything.
        """
        _, sites, sample_size = alleles.shape
        at_once = PAIRS_AT_ONCE // sample_size**2
        if alleles.device.type == "cpu":
            at_once = min(at_once, ALLELES_IN_CACHE // (sites * sample_size))
        at_once = max(2, at_once)
        batches = (array.split(at_once) for array in (alleles, positions, mask))
        # Sums of hundreds of sites need more digits than training at low precision has.
        with torch.no_grad(), torch.autocast(alleles.device.type, enabled=False):
            parts = [
                self._summarise_batch(populations, *batch) for batch in zip(*batches, strict=True)
            ]
        return tuple(torch.cat(tensors) for tensors in zip(*parts, strict=True))

    def _summarise_batch(self, populations: Populations, *windows: torch.Tensor) -> Inputs:
        more: tuple[Populations | str, ...] = (populations,) if self.reads_populations else ()
        if self.population:
            more += (self.population,)
        if len(windows[0]) > 1:
            return self.summarise_windows(*windows, *more)
        # Of a window alone, several threads add up sums in another order.
        twice = (array.expand(2, *array.shape[1:]) for array in windows)
        return tuple(array[:1] for array in self.summarise_windows(*twice, *more))

    def mirror_rows(self, inputs: Inputs, mirrored: torch.Tensor) -> Inputs:
        """Return what the net takes, with some windows read from right to left.

        Parameters
        ----------
        inputs : tuple of Tensor
        mirrored : Tensor of bool, shape (windows,)
        """
        rows = mirrored.nonzero()[:, 0].to(inputs[0].device)
        turned = self.mirror(tuple(array[rows] for array in inputs))
        return tuple(
            array.index_copy(0, rows, part) for array, part in zip(inputs, turned, strict=True)
        )


class Net(nn.Module):
    """A net of named layers.

    Its ``forward`` takes

    - ``haplotypes``, float32 (windows, sites, haplotypes);
    - ``positions``, float32 (windows, sites, channels): one or two numbers that give the position
      of a site (:data:`coalflow.models.batches.CHANNELS`);
    - ``mask``, bool (windows, sites), False where there is padding;

    or, if it begins with a layer without weights, what this :attr:`first_layer` returns. It returns
    float32 (windows, outputs). What can be known without PyTorch is in its record; what concerns
    its layers is in attributes of its class.

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
    first_layer : FirstLayer or None
        What it begins with, if that has no weights.
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
    first_layer: FirstLayer | None = None
    shown: Mapping[str, str] = {}
    dropout: Mapping[str, float] = {}
    l2: float = 0.0
    penalised: tuple[str, ...] = ()

    def __init__(self, shape: NetInput, outputs: int) -> None:
        super().__init__()

    def calibrate(self, inputs: Inputs) -> None:
        """Set what the net takes from training windows before it learns: nothing, for most nets.

        Parameters
        ----------
        inputs : tuple of Tensor
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
