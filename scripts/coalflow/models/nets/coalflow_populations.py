"""coalflow's own net for several populations."""

import functools
from collections.abc import Sequence

import torch
from torch import nn

from coalflow.evaluation.cards import NetInput
from coalflow.models.nets.coalflow import (
    HEADS,
    AttentionPooling,
    PartConvolution,
    PartLinear,
    Standardisation,
    StandardisedNet,
)
from coalflow.models.nets.layers import Dropout, HaplotypePooling
from coalflow.models.nets.net import FirstLayer, Inputs
from coalflow.models.nets.populations.summaries import count_channels, summarise_populations


def mirror_summaries(inputs: Inputs) -> Inputs:
    """Return the summaries of windows as if these were read from right to left.

    Parameters
    ----------
    inputs : tuple of Tensor
        As :func:`summarise_populations` returns them.
    """
    number = len(inputs) // 2 - 1
    in_parts, (parts, *others) = inputs[:number], inputs[number:]
    return *(haplotypes.flip(2) for haplotypes in in_parts), parts.flip(1), *others


@functools.cache
def make_first_layer(populations: int) -> FirstLayer:
    """Return the layer that the net begins with, for a number of populations."""
    in_parts = (("haplotypes", "parts"),) * populations
    axes = (*in_parts, ("parts",), *(("haplotypes",),) * populations, ())
    return FirstLayer(summarise_populations, mirror_summaries, axes, reads_populations=True)


class CoalflowPopulations(StandardisedNet):
    """coalflow's own net for several populations, for any number of haplotypes of each.

    It is :class:`coalflow.models.nets.coalflow.Coalflow` with a first layer that compares each
    haplotype with its own population and with each other one, and describes each population and
    each pair (:mod:`coalflow.models.nets.populations.summaries`). Each population has dense layers
    of its own for its haplotypes, whose mean and maximum are those of the population. All else is
    the same.
    """

    shown = {"parts": "parts of the window", "gelu": "dense"}
    dropout = {"dropout_parts": 0.15, "dropout_joined": 0.15, "dropout_dense": 0.15}

    def __init__(self, shape: NetInput, outputs: int) -> None:
        super().__init__(shape, outputs)
        units, wide, number = 32, 64, len(shape.populations)
        every = range(number)
        self.first_layer = make_first_layer(number)
        channels = count_channels(number)
        self.haplotypes = OfEach(HaplotypeLayers(channels.in_part, units) for _ in every)
        self.part_scale = Standardisation(channels.part)
        self.dense_parts = PartLinear(4 * units * number + channels.part, wide)
        self.along_parts = nn.Sequential(
            nn.LayerNorm(wide),
            PartConvolution(wide, 2 * wide),
            nn.GELU(),
            nn.Linear(2 * wide, wide),
        )
        self.dropout_parts = Dropout()
        self.parts = nn.LayerNorm(wide)
        self.attention = AttentionPooling(wide, HEADS)
        self.in_window = OfEach(WholeLayers(channels.in_window, units) for _ in every)
        self.spectrum_scale = Standardisation(channels.window)
        self.dense_spectrum = nn.Sequential(nn.Linear(channels.window, wide), nn.GELU())
        self.dropout_joined = Dropout()
        self.dense = nn.Linear(HEADS * wide + 2 * units * number + wide, wide)
        self.gelu = nn.GELU()
        self.dropout_dense = Dropout()
        self.output = nn.Linear(wide + channels.window, outputs)

    def forward(self, *summaries: torch.Tensor) -> torch.Tensor:
        """Return the outputs for summaries of windows, (windows, outputs).

        Parameters
        ----------
        *summaries : Tensor
            As :func:`summarise_populations` returns them.
        """
        number = len(self.haplotypes)
        in_parts, (parts, *wholes, spectrum) = summaries[:number], summaries[number:]
        pooled = self.haplotypes(in_parts)
        joint = self.dense_parts(torch.cat([pooled, self.part_scale(parts)], dim=2))
        joint = joint + self.dropout_parts(self.along_parts(joint))
        spectrum = self.spectrum_scale(spectrum)
        joined = [
            self.attention(self.parts(joint)),
            self.in_window(wholes),
            self.dense_spectrum(spectrum),
        ]
        features = self.dense(self.dropout_joined(torch.cat(joined, dim=1)))
        features = self.dropout_dense(self.gelu(features))
        return self.output(torch.cat([features, spectrum], dim=1))


class OfEach(nn.ModuleList):
    """Layers of each population, and what they make of its haplotypes, as channels together."""

    def forward(self, populations: Sequence[torch.Tensor]) -> torch.Tensor:
        """Return (windows, ..., all channels) of what there is of each population."""
        made = [layers(own) for layers, own in zip(self, populations, strict=True)]
        return torch.cat(made, dim=-1)


class HaplotypeLayers(nn.Module):
    """Reads each haplotype of a population along the window, and pools over haplotypes.

    Parameters
    ----------
    channels, units : int
        Numbers of a haplotype in a part, and units of each layer.
    """

    def __init__(self, channels: int, units: int) -> None:
        super().__init__()
        self.scale = Standardisation(channels)
        self.dense = nn.Sequential(nn.Linear(channels, units), nn.LayerNorm(units))
        self.along = nn.Sequential(PartConvolution(units, units), nn.GELU())
        self.mean = HaplotypePooling("mean")
        self.most = HaplotypePooling("maximum")

    def forward(self, haplotypes: torch.Tensor) -> torch.Tensor:
        """Return (windows, parts, 4 x units) of (windows, haplotypes, parts, channels)."""
        own = self.dense(self.scale(haplotypes))
        own = torch.cat([own, self.along(own)], dim=3)
        return torch.cat([self.mean(own), self.most(own)], dim=2)


class WholeLayers(nn.Module):
    """Reads each haplotype of a population in the whole window, and pools over haplotypes.

    Parameters
    ----------
    channels, units : int
        Numbers of a haplotype, and units of each layer.
    """

    def __init__(self, channels: int, units: int) -> None:
        super().__init__()
        self.scale = Standardisation(channels)
        self.dense = nn.Sequential(
            nn.Linear(channels, units), nn.GELU(), nn.Linear(units, units), nn.GELU()
        )

    def forward(self, haplotypes: torch.Tensor) -> torch.Tensor:
        """Return (windows, 2 x units) of (windows, haplotypes, channels)."""
        whole = self.dense(self.scale(haplotypes))
        return torch.cat([whole.mean(dim=1), whole.amax(dim=1)], dim=1)
