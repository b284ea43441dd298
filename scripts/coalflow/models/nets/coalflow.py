"""coalflow's own net."""

import torch
from torch import nn

from coalflow.models.nets import first_layer
from coalflow.models.nets.layers import Dropout, HaplotypePooling, SiteConvolution
from coalflow.models.nets.net import Net

PAIRS_AT_ONCE = 400_000  # of haplotypes, while calibrating; some 100 MB
CONSTANT = 1e-4  # a standard deviation in training below which a number tells nothing
HEADS = 4


class Coalflow(Net):
    """coalflow's own net, for any number of haplotypes in any order.

    Its source is docs/own_net.md, which tells what each of its parts is good for. It first reduces
    a window to :mod:`coalflow.models.nets.first_layer`: how similar each haplotype is to the others, the
    spectrum of sites and the linkage of pairs, in 11 parts of the window, and the first two in the
    window as a whole. They are standardised by what training windows have. What is told of a
    haplotype then goes through a dense layer of 32 and a convolution over 3 neighbouring
    parts, so that it is followed along the window, and is pooled over haplotypes by mean and
    maximum. That and what sites tell makes 64 units for each part; a residual convolution over
    3 parts and attention pooling with four heads follow. Haplotypes of the whole window go through
    two dense layers of 32 and are pooled likewise. A dense layer of 64 joins all; the output
    also sees the spectrum as it is, so that what is linear in it, such as pi, is learned exactly.
    GELU between. It takes haplotypes (windows, sites, haplotypes), 40 sites or 400, and positions
    (windows, sites, channels), of which it reads the first, which must not be distances. With one
    output it has 78,027 weights, whatever the numbers of sites and haplotypes.
    """

    any_order = any_haplotypes = True
    shown = {"parts": "parts of the window", "gelu": "dense"}
    dropout = {"dropout_parts": 0.15, "dropout_joined": 0.15, "dropout_dense": 0.15}
    recipe = {
        "epochs": 12,
        "patience": 12,
        "batch_size": 64,
        "learning_rate": 2e-3,
        "schedule": "cosine",
        "warm_up": 1,
        "weight_decay": 0.02,
        "clip": 1.0,
        "augment": {"mirror": True},
    }

    def __init__(self, sites, haplotypes, outputs, channels):
        super().__init__()
        units, wide = 32, 64
        # The number of allele 0, which calibration finds out.
        self.register_buffer("low", torch.zeros(()))
        self.haplotype_scale = Standardisation(first_layer.OF_HAPLOTYPES)
        self.part_scale = Standardisation(first_layer.OF_PARTS)
        self.whole_scale = Standardisation(len(first_layer.SCALES))
        self.spectrum_scale = Standardisation(first_layer.OF_WINDOWS)
        self.dense_haplotypes = nn.Sequential(
            nn.Linear(first_layer.OF_HAPLOTYPES, units), nn.LayerNorm(units)
        )
        self.along_haplotypes = nn.Sequential(PartConvolution(units, units), nn.GELU())
        self.mean_haplotypes = HaplotypePooling("mean")
        self.most_haplotypes = HaplotypePooling("maximum")
        self.dense_parts = PlacedLinear(4 * units + first_layer.OF_PARTS, wide)
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
        self.dense_spectrum = nn.Sequential(nn.Linear(first_layer.OF_WINDOWS, wide), nn.GELU())
        self.dropout_joined = Dropout()
        self.dense = nn.Linear(HEADS * wide + 2 * units + wide, wide)
        self.gelu = nn.GELU()
        self.dropout_dense = Dropout()
        self.output = nn.Linear(wide + first_layer.OF_WINDOWS, outputs)

    def calibrate(self, haplotypes, positions, mask):
        """Learn what number allele 0 is, and how summaries differ between windows."""
        self.low.fill_(haplotypes.min().clamp(-1, 0).round())
        scales = self.haplotype_scale, self.part_scale, self.whole_scale, self.spectrum_scale
        number = max(1, PAIRS_AT_ONCE // haplotypes.shape[2] ** 2)
        parts = (some.split(number) for some in (haplotypes, positions, mask))
        seen = [self._told(*part) for part in zip(*parts, strict=True)]
        for scale, values in zip(scales, zip(*seen, strict=True), strict=True):
            scale.fit(values)

    def _told(self, haplotypes, positions, mask):
        # Sums of hundreds of sites need more digits than training at low precision has.
        with torch.no_grad(), torch.autocast(haplotypes.device.type, enabled=False):
            alleles = (haplotypes.float() - self.low) / (1 - self.low)
            return first_layer.of_windows(alleles.clamp(0, 1), positions[..., 0].float(), mask)

    def forward(self, haplotypes, positions, mask):
        """Return the outputs, (windows, outputs)."""
        seen = self._told(haplotypes, positions, mask)
        own = self.dense_haplotypes(self.haplotype_scale(seen.haplotypes))
        own = torch.cat([own, self.along_haplotypes(own)], dim=3)
        pooled = [self.mean_haplotypes(own), self.most_haplotypes(own)]
        parts = self.dense_parts(torch.cat([*pooled, self.part_scale(seen.parts)], dim=2))
        parts = parts + self.dropout_parts(self.along_parts(parts))
        whole = self.dense_whole(self.whole_scale(seen.whole_haplotypes))
        spectrum = self.spectrum_scale(seen.spectrum)
        joined = [
            self.attention(self.parts(parts)),
            whole.mean(dim=1),
            whole.amax(dim=1),
            self.dense_spectrum(spectrum),
        ]
        joined = self.dense(self.dropout_joined(torch.cat(joined, dim=1)))
        joined = self.dropout_dense(self.gelu(joined))
        return self.output(torch.cat([joined, spectrum], dim=1))


class Standardisation(nn.Module):
    """Takes off the mean of training windows and divides by their standard deviation.

    What is constant in training becomes 0: a net has not learned what another value means. Being
    fixed, it adds no noise, as batch normalisation does.
    """

    def __init__(self, channels):
        super().__init__()
        self.register_buffer("mean", torch.zeros(channels))
        self.register_buffer("scale", torch.ones(channels))

    def fit(self, some):
        """Fit to a sequence of tensors (..., channels)."""
        some = [values.flatten(end_dim=-2).double() for values in some]
        number = sum(len(values) for values in some)
        mean = sum(values.sum(dim=0) for values in some) / number
        deviation = (sum((values - mean).square().sum(dim=0) for values in some) / number).sqrt()
        self.mean.copy_(mean)
        self.scale.copy_(torch.where(deviation > CONSTANT, 1 / deviation, 0.0))

    def forward(self, values):
        """Return standardised values, of the same shape."""
        return (values - self.mean) * self.scale


class PartConvolution(SiteConvolution):
    """A convolution over 3 neighbouring parts, beyond the ends of the window 0."""

    def __init__(self, inputs, outputs):
        super().__init__(inputs, outputs, kernel=3)

    def forward(self, parts):
        """Apply the convolution: (..., parts, in) to (..., parts, out)."""
        return super().forward(nn.functional.pad(parts, (0, 0, 1, 1)))


class PlacedLinear(nn.Linear):
    """A dense layer that knows which part of the window it reads: each has a bias of its own."""

    def __init__(self, inputs, outputs):
        super().__init__(inputs, outputs)
        self.place = nn.Parameter(torch.zeros(first_layer.PARTS, outputs))

    def forward(self, parts):
        """Apply the layer: (windows, parts, in) to (windows, parts, out)."""
        return super().forward(parts) + self.place


class AttentionPooling(nn.Module):
    """Means over parts that are weighted by what is in them, (windows, heads x channels)."""

    def __init__(self, channels, heads):
        super().__init__()
        self.score = nn.Linear(channels, heads)

    def forward(self, parts):
        """Pool (windows, parts, channels)."""
        weights = self.score(parts).softmax(dim=1)
        return (weights.transpose(1, 2) @ parts).flatten(1)
