"""coalflow's own net."""

import functools

import torch
from torch import nn

from coalflow.evaluation.cards import NetInput
from coalflow.models.nets import first_layer
from coalflow.models.nets.layers import Dropout, HaplotypePooling, SiteConvolution
from coalflow.models.nets.net import FirstLayer, Inputs, Net

WINDOWS_AT_ONCE = 500  # while calibrating
CONSTANT = 1e-4  # a standard deviation in training below which a number is not informative
HEADS = 4


def mirror_summaries(inputs: Inputs) -> Inputs:
    """Return the summaries of windows as if these were read from right to left.

    Parameters
    ----------
    inputs : tuple of Tensor
        As :class:`coalflow.models.nets.first_layer.WindowSummaries`.
    """
    haplotypes, parts, whole_haplotypes, spectrum = inputs
    return haplotypes.flip(2), parts.flip(1), whole_haplotypes, spectrum


class StandardisedNet(Net):
    """A net that has a :class:`Standardisation` for the tensors it takes, in their order.

    Those that come after, if any, it takes as they are.
    """

    def calibrate(self, inputs: Inputs) -> None:
        """Learn how summaries differ between windows.

        Parameters
        ----------
        inputs : tuple of Tensor
            Summaries of training windows, as ``forward`` takes them.
        """
        scales = (layer for layer in self.modules() if isinstance(layer, Standardisation))
        for scale, values in zip(scales, inputs, strict=False):
            scale.fit(values)


class Coalflow(StandardisedNet):
    """coalflow's own net, for any number of haplotypes in any order.

    Its source is docs/own_net.md, which explains what each of its parts is good for. It first
    reduces a window to :mod:`coalflow.models.nets.first_layer`: how similar each haplotype is to
    the others, the spectrum of sites and the linkage of pairs, in 11 parts of the window, and the
    first two in the window as a whole. They are standardised by their means and deviations in
    training windows. The numbers of a haplotype then go through a dense layer of 32 and a
    convolution over 3 neighbouring parts, so that it is followed along the window, and are pooled
    over haplotypes by mean and maximum. Together with the numbers of sites they make 64 units for
    each part; a residual convolution over 3 parts and attention pooling with four heads follow.
    Haplotypes of the whole window go through two dense layers of 32 and are pooled likewise. A
    dense layer of 64 joins all; the output also sees the spectrum as it is, so that what is linear
    in it, such as pi, is learned exactly. GELU between. Windows may have any number of sites, 40 or
    400, and of haplotypes. With one output it has 78,027 weights, whatever these numbers.
    """

    first_layer = FirstLayer(
        first_layer.summarise_alleles,
        mirror_summaries,
        axes=(("haplotypes", "parts"), ("parts",), ("haplotypes",), ()),
    )

    shown = {"parts": "parts of the window", "gelu": "dense"}
    dropout = {"dropout_parts": 0.15, "dropout_joined": 0.15, "dropout_dense": 0.15}

    def __init__(self, shape: NetInput, outputs: int) -> None:
        super().__init__(shape, outputs)
        units, wide = 32, 64
        self.haplotype_scale = Standardisation(first_layer.HAPLOTYPE_CHANNELS)
        self.part_scale = Standardisation(first_layer.PART_CHANNELS)
        self.whole_scale = Standardisation(first_layer.WHOLE_CHANNELS)
        self.spectrum_scale = Standardisation(first_layer.SPECTRUM_CHANNELS)
        self.dense_haplotypes = nn.Sequential(
            nn.Linear(first_layer.HAPLOTYPE_CHANNELS, units), nn.LayerNorm(units)
        )
        self.along_haplotypes = nn.Sequential(PartConvolution(units, units), nn.GELU())
        self.mean_haplotypes = HaplotypePooling("mean")
        self.most_haplotypes = HaplotypePooling("maximum")
        self.dense_parts = PartLinear(4 * units + first_layer.PART_CHANNELS, wide)
        self.along_parts = nn.Sequential(
            nn.LayerNorm(wide),
            PartConvolution(wide, 2 * wide),
            nn.GELU(),
            nn.Linear(2 * wide, wide),
        )
        self.dropout_parts = Dropout()
        self.parts = nn.LayerNorm(wide)
        self.attention = AttentionPooling(wide, HEADS)
        self.dense_whole = nn.Sequential(
            nn.Linear(first_layer.WHOLE_CHANNELS, units),
            nn.GELU(),
            nn.Linear(units, units),
            nn.GELU(),
        )
        self.dense_spectrum = nn.Sequential(
            nn.Linear(first_layer.SPECTRUM_CHANNELS, wide), nn.GELU()
        )
        self.dropout_joined = Dropout()
        self.dense = nn.Linear(HEADS * wide + 2 * units + wide, wide)
        self.gelu = nn.GELU()
        self.dropout_dense = Dropout()
        self.output = nn.Linear(wide + first_layer.SPECTRUM_CHANNELS, outputs)

    def forward(
        self,
        haplotypes: torch.Tensor,
        parts: torch.Tensor,
        whole_haplotypes: torch.Tensor,
        spectrum: torch.Tensor,
    ) -> torch.Tensor:
        """Return the outputs for summaries of windows, (windows, outputs).

        Parameters
        ----------
        haplotypes, parts, whole_haplotypes, spectrum : Tensor
            As :class:`coalflow.models.nets.first_layer.WindowSummaries`.
        """
        own = self.dense_haplotypes(self.haplotype_scale(haplotypes))
        own = torch.cat([own, self.along_haplotypes(own)], dim=3)
        pooled = [self.mean_haplotypes(own), self.most_haplotypes(own)]
        joint = self.dense_parts(torch.cat([*pooled, self.part_scale(parts)], dim=2))
        joint = joint + self.dropout_parts(self.along_parts(joint))
        whole = self.dense_whole(self.whole_scale(whole_haplotypes))
        spectrum = self.spectrum_scale(spectrum)
        joined = [
            self.attention(self.parts(joint)),
            whole.mean(dim=1),
            whole.amax(dim=1),
            self.dense_spectrum(spectrum),
        ]
        features = self.dense(self.dropout_joined(torch.cat(joined, dim=1)))
        features = self.dropout_dense(self.gelu(features))
        return self.output(torch.cat([features, spectrum], dim=1))


class Standardisation(nn.Module):
    """Subtracts the mean of training windows and divides by their standard deviation.

    What is constant in training becomes 0: a net has not learned what another value means. Being
    fixed, it adds no noise, as batch normalisation does.

    Parameters
    ----------
    channels : int
    """

    mean: torch.Tensor
    scale: torch.Tensor

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(channels))
        self.register_buffer("scale", torch.ones(channels))

    def fit(self, values: torch.Tensor) -> None:
        """Set mean and scale to those of training windows.

        Parameters
        ----------
        values : Tensor, shape (windows, ..., channels)
        """
        batches = [batch.flatten(end_dim=-2) for batch in values.split(WINDOWS_AT_ONCE)]
        count = sum(len(batch) for batch in batches)
        mean = functools.reduce(torch.add, (batch.double().sum(dim=0) for batch in batches)) / count
        squares = ((batch.double() - mean).square().sum(dim=0) for batch in batches)
        deviation = (functools.reduce(torch.add, squares) / count).sqrt()
        self.mean.copy_(mean)
        self.scale.copy_(torch.where(deviation > CONSTANT, 1 / deviation, 0.0))

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """Standardise ``values``, (..., channels)."""
        return (values - self.mean) * self.scale


class PartConvolution(SiteConvolution):
    """A convolution over 3 neighbouring parts; beyond the ends of the window there is 0.

    Parameters
    ----------
    inputs, outputs : int
        Channels.
    """

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__(inputs, outputs, kernel=3)

    def forward(self, parts: torch.Tensor) -> torch.Tensor:
        """Apply the convolution to ``parts``: (..., parts, inputs) to (..., parts, outputs)."""
        return super().forward(nn.functional.pad(parts, (0, 0, 1, 1)))


class PartLinear(nn.Linear):
    """A dense layer with a bias for each part of the window, so that it knows which one it reads.

    Parameters
    ----------
    inputs, outputs : int
        Channels.
    """

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__(inputs, outputs)
        self.place = nn.Parameter(torch.zeros(first_layer.PARTS, outputs))

    def forward(self, parts: torch.Tensor) -> torch.Tensor:
        """Apply the layer to ``parts``: (windows, parts, inputs) to (windows, parts, outputs)."""
        return super().forward(parts) + self.place


class AttentionPooling(nn.Module):
    """Means over parts, weighted by what is in them.

    Parameters
    ----------
    channels : int
    heads : int
        How many means.
    """

    def __init__(self, channels: int, heads: int) -> None:
        super().__init__()
        self.score = nn.Linear(channels, heads)

    def forward(self, parts: torch.Tensor) -> torch.Tensor:
        """Pool ``parts``, (windows, parts, channels), to (windows, heads x channels)."""
        weights = self.score(parts).softmax(dim=1)
        return (weights.transpose(1, 2) @ parts).flatten(1)
