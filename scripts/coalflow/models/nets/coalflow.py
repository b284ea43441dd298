"""coalflow's own net."""

import functools
from collections.abc import Iterable

import torch
from torch import nn

from coalflow.evaluation.cards import NetInput
from coalflow.models.nets import first_layer
from coalflow.models.nets.layers import Dropout, HaplotypePooling, SiteConvolution
from coalflow.models.nets.net import Net

PAIRS_AT_ONCE = 400_000  # of haplotypes, while calibrating; about 100 MB
CONSTANT = 1e-4  # a standard deviation in training below which a number is not informative
HEADS = 4


class Coalflow(Net):
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
    in it, such as pi, is learned exactly. GELU between. It takes haplotypes (windows, sites,
    haplotypes), 40 sites or 400, and positions (windows, sites, channels), of which it reads the
    first, which must not be distances. With one output it has 78,027 weights, whatever the numbers
    of sites and haplotypes.
    """

    shown = {"parts": "parts of the window", "gelu": "dense"}
    dropout = {"dropout_parts": 0.15, "dropout_joined": 0.15, "dropout_dense": 0.15}

    low: torch.Tensor

    def __init__(self, shape: NetInput, outputs: int) -> None:
        super().__init__(shape, outputs)
        units, wide = 32, 64
        # The number that codes allele 0, which calibration finds out.
        self.register_buffer("low", torch.zeros(()))
        self.haplotype_scale = Standardisation(first_layer.HAPLOTYPE_CHANNELS)
        self.part_scale = Standardisation(first_layer.PART_CHANNELS)
        self.whole_scale = Standardisation(len(first_layer.SCALES))
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
            nn.Linear(len(first_layer.SCALES), units), nn.GELU(), nn.Linear(units, units), nn.GELU()
        )
        self.dense_spectrum = nn.Sequential(
            nn.Linear(first_layer.SPECTRUM_CHANNELS, wide), nn.GELU()
        )
        self.dropout_joined = Dropout()
        self.dense = nn.Linear(HEADS * wide + 2 * units + wide, wide)
        self.gelu = nn.GELU()
        self.dropout_dense = Dropout()
        self.output = nn.Linear(wide + first_layer.SPECTRUM_CHANNELS, outputs)

    def calibrate(
        self, haplotypes: torch.Tensor, positions: torch.Tensor, mask: torch.Tensor
    ) -> None:
        """Learn which number codes allele 0, and how summaries differ between windows.

        Parameters
        ----------
        haplotypes, positions, mask : Tensor
            Training windows, as :meth:`forward` takes them.
        """
        self.low.fill_(haplotypes.min().clamp(-1, 0).round())
        scales = self.haplotype_scale, self.part_scale, self.whole_scale, self.spectrum_scale
        at_once = max(1, PAIRS_AT_ONCE // haplotypes.shape[2] ** 2)
        batches = (array.split(at_once) for array in (haplotypes, positions, mask))
        summaries = [self._summarise(*batch) for batch in zip(*batches, strict=True)]
        for scale, values in zip(scales, zip(*summaries, strict=True), strict=True):
            scale.fit(values)

    def _summarise(
        self, haplotypes: torch.Tensor, positions: torch.Tensor, mask: torch.Tensor
    ) -> first_layer.WindowSummaries:
        # Sums of hundreds of sites need more digits than training at low precision has.
        with torch.no_grad(), torch.autocast(haplotypes.device.type, enabled=False):
            alleles = (haplotypes.float() - self.low) / (1 - self.low)
            return first_layer.summarise_alleles(
                alleles.clamp(0, 1), positions[..., 0].float(), mask
            )

    def forward(
        self, haplotypes: torch.Tensor, positions: torch.Tensor, mask: torch.Tensor
    ) -> torch.Tensor:
        """Return the outputs for ``haplotypes``, ``positions`` and ``mask``, (windows, outputs)."""
        summaries = self._summarise(haplotypes, positions, mask)
        own = self.dense_haplotypes(self.haplotype_scale(summaries.haplotypes))
        own = torch.cat([own, self.along_haplotypes(own)], dim=3)
        pooled = [self.mean_haplotypes(own), self.most_haplotypes(own)]
        parts = self.dense_parts(torch.cat([*pooled, self.part_scale(summaries.parts)], dim=2))
        parts = parts + self.dropout_parts(self.along_parts(parts))
        whole = self.dense_whole(self.whole_scale(summaries.whole_haplotypes))
        spectrum = self.spectrum_scale(summaries.spectrum)
        joined = [
            self.attention(self.parts(parts)),
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

    def fit(self, batches: Iterable[torch.Tensor]) -> None:
        """Set mean and scale to those of training windows.

        Parameters
        ----------
        batches : iterable of Tensor, shape (..., channels)
        """
        flat = [values.flatten(end_dim=-2).double() for values in batches]
        count = sum(len(values) for values in flat)
        mean = functools.reduce(torch.add, [values.sum(dim=0) for values in flat]) / count
        squares = [(values - mean).square().sum(dim=0) for values in flat]
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
