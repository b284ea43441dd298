"""The nets that Lex Flagel and co-authors published."""

import torch
from torch import nn

from coalflow.nets.layers import SiteConvolution, SitePooling
from coalflow.nets.net import Net


class TajimasD(Net):
    """The Tajima's D net of Flagel's FAQ on deep nets for population genetics.

    Two convolutions of 128 filters over pairs of neighbouring sites, average
    pooling, a dense layer of 128, the output; ReLU between. It takes haplotypes
    (windows, sites, haplotypes), in the FAQ 40 sites of 20 haplotypes, and has then,
    with one output, 349,697 weights. It reads haplotypes as channels, so their order
    matters to it.
    """

    inputs = ("haplotypes",)
    shown = {"relu_1": "convolution 1", "relu_2": "convolution 2", "relu_3": "dense"}
    dropout = {"dropout_1": 0.1, "dropout_2": 0.1}
    l2, penalised = 0.0, ()

    def __init__(self, sites, haplotypes, outputs, channels):
        super().__init__()
        pooled_sites = (sites - 2) // 2
        self.convolution_1 = SiteConvolution(haplotypes, 128, kernel=2)
        self.relu_1 = nn.ReLU()
        self.convolution_2 = SiteConvolution(128, 128, kernel=2)
        self.relu_2 = nn.ReLU()
        self.pooling = SitePooling(2)
        self.dropout_1 = nn.Dropout()
        self.flatten = nn.Flatten()
        self.dense = nn.Linear(pooled_sites * 128, 128)
        self.relu_3 = nn.ReLU()
        self.dropout_2 = nn.Dropout()
        self.output = nn.Linear(128, outputs)

    def forward(self, haplotypes, positions=None, mask=None):
        """Return the outputs, (windows, outputs)."""
        seen = haplotypes
        for layer in self.children():
            seen = layer(seen)
        return seen


class Sweeps(Net):
    """The net for hard and soft sweeps of Flagel, Brandvain and Schrider (2019).

    Its source is the text and the published program of that paper
    (doi.org/10.1093/molbev/msy224). Five convolutions of 256 filters over pairs of
    neighbouring sites, with maximum pooling after the second and third and average
    pooling after the fourth and fifth; beside them a dense layer of 64 that reads the
    sites' positions; both joined in a dense layer of 256, then the output; ReLU
    between. It takes haplotypes (windows, sites, haplotypes) as channels, so that their
    order matters, and positions (windows, sites, channels), -1 where there is padding.
    With 200 sites, 40 haplotypes, one channel of positions and five classes it has
    1,297,733 weights. In the paper windows had up to 5,000 sites, padded.
    """

    shown = {f"relu_{number}": f"convolution {number}" for number in range(1, 6)} | {
        "relu_positions": "dense, positions",
        "relu_joined": "dense, joined",
    }
    dropout = {f"dropout_{number}": 0.2 for number in range(2, 6)} | {
        "dropout_positions": 0.1,
        "dropout_joined": 0.25,
    }
    l2 = 1e-4
    penalised = (
        *(f"convolution_{number}" for number in range(1, 6)),
        "dense_positions",
        "dense_joined",
    )

    def __init__(self, sites, haplotypes, outputs, channels):
        super().__init__()
        units, left = haplotypes, sites
        for number in range(1, 6):
            setattr(self, f"convolution_{number}", SiteConvolution(units, 256, kernel=2))
            setattr(self, f"relu_{number}", nn.ReLU())
            units, left = 256, left - 1
            if number > 1:
                take = "maximum" if number < 4 else "mean"
                setattr(self, f"pooling_{number}", SitePooling(2, take))
                setattr(self, f"dropout_{number}", nn.Dropout())
                left //= 2
        self.dense_positions = nn.Linear(sites * channels, 64)
        self.relu_positions = nn.ReLU()
        self.dropout_positions = nn.Dropout()
        self.dense_joined = nn.Linear(max(left, 0) * 256 + 64, 256)
        self.relu_joined = nn.ReLU()
        self.dropout_joined = nn.Dropout()
        self.output = nn.Linear(256, outputs)

    def forward(self, haplotypes, positions, mask):
        """Return the outputs, (windows, outputs)."""
        seen = self.relu_1(self.convolution_1(haplotypes))
        for number in range(2, 6):
            for layer in ("convolution", "relu", "pooling", "dropout"):
                seen = self.get_submodule(f"{layer}_{number}")(seen)
        placed = positions.masked_fill(~mask[:, :, None], -1.0).flatten(1)
        placed = self.dense_positions(placed)
        placed = self.dropout_positions(self.relu_positions(placed))
        joined = torch.cat([seen.flatten(1), placed], dim=1)
        return self.output(self.dropout_joined(self.relu_joined(self.dense_joined(joined))))
