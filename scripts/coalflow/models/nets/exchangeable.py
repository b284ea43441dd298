"""Nets to which the order of haplotypes does not matter, since all are read alike and pooled."""

import torch
from torch import nn

from coalflow.models.nets.layers import (
    HaplotypePooling,
    MaskedNormalisation,
    SiteConvolution,
    SitePooling,
    beside,
    mean_of_sites,
)
from coalflow.models.nets.net import Net

UNITS = 50  # filters of SPIDNA's convolutions
MOST_BLOCKS = 7  # of SPIDNA, enough for its authors' 400 sites


class Exchangeable(Net):
    """The exchangeable net of Chan, Perrone, Spence, Jenkins, Mathieson and Song (2018).

    Its source are that paper (NeurIPS 31, arXiv:1802.06153) and its program defiNETti. Two
    convolutions of 32 and 64 filters over 5 sites read each haplotype by itself, the largest
    answer of all haplotypes is taken at each site, and two dense layers of 128 lead to the
    output; ReLU between. It takes haplotypes (windows, sites, haplotypes), of any number,
    and positions (windows, sites, channels) as further channels of each, in the paper
    distances (``encoding.positions: distance``). Padding is 0 in all of them. With 40 sites, one
    channel of positions and one output it has 289,569 weights, whatever the number of
    haplotypes. The program makes 20,000 batches of 50 windows, each simulated for it alone.
    """

    fewest_sites = 9
    any_order = any_haplotypes = True
    shown = {"pooling": "largest of all haplotypes", "relu_3": "dense 1", "relu_4": "dense 2"}
    recipe = {"batch_size": 50, "learning_rate": 1e-3}

    def __init__(self, sites, haplotypes, outputs, channels):
        super().__init__()
        self.convolution_1 = SiteConvolution(1 + channels, 32, kernel=5)
        self.relu_1 = nn.ReLU()
        self.convolution_2 = SiteConvolution(32, 64, kernel=5)
        self.relu_2 = nn.ReLU()
        self.pooling = HaplotypePooling("maximum")
        self.flatten = nn.Flatten()
        self.dense_1 = nn.Linear((sites - 8) * 64, 128)
        self.relu_3 = nn.ReLU()
        self.dense_2 = nn.Linear(128, 128)
        self.relu_4 = nn.ReLU()
        self.output = nn.Linear(128, outputs)

    def forward(self, haplotypes, positions, mask):
        """Return the outputs, (windows, outputs)."""
        seen = beside(haplotypes, positions, mask)
        for layer in self.children():
            seen = layer(seen)
        return seen


class SPIDNA(Net):
    """SPIDNA of Sanchez, Cury, Charpiat and Jay (2021), with batch normalisation.

    Its source are that paper (doi.org/10.1111/1755-0998.13224) and its program in DNADNA. A
    convolution of 50 filters over 3 sites reads the alleles of each haplotype, another the
    positions. Then come blocks, seven of them, or as many as the sites are enough for: a
    convolution of 50 filters over 3 sites, whose mean over haplotypes is set beside what each
    haplotype has, ReLU and maximum pooling over pairs of sites. The output is a sum over blocks,
    of a dense layer on the mean over haplotypes and sites. It takes haplotypes (windows, sites,
    haplotypes), of any number, and positions (windows, sites, channels), in the paper
    distances (``encoding.positions: distance``). Padding counts in no mean. With 40 sites, one
    channel of positions and one output it has 61,804 weights in four blocks, whatever the number
    of haplotypes. In the paper there are 400 sites of 50 haplotypes. There a block's dense layer
    reads as many of the 50 filters as there are outputs, here all.
    """

    fewest_sites = 5
    any_order = any_haplotypes = True

    def __init__(self, sites, haplotypes, outputs, channels):
        super().__init__()
        self.convolution_alleles = SiteConvolution(1, UNITS, kernel=3)
        self.normalisation_alleles = MaskedNormalisation(UNITS)
        self.convolution_positions = SiteConvolution(channels, UNITS, kernel=3)
        self.normalisation_positions = MaskedNormalisation(UNITS)
        self.blocks, left = 0, sites - 2
        while self.blocks < MOST_BLOCKS and left >= 3:
            self.blocks += 1
            setattr(self, f"block_{self.blocks}", SpidnaBlock())
            setattr(self, f"pooling_{self.blocks}", HaplotypePooling())
            left = (left - 2) // 2
        self.output = SumOfDenseLayers(self.blocks, UNITS, outputs)
        self.shown = {
            f"pooling_{number}": f"block {number}" for number in range(1, self.blocks + 1)
        }

    def forward(self, haplotypes, positions, mask):
        """Return the outputs, (windows, outputs)."""
        alleles = haplotypes.transpose(1, 2)[..., None]
        own = self.convolution_alleles(alleles.masked_fill(~mask[:, None, :, None], 0.0))
        common = self.convolution_positions(positions.masked_fill(~mask[:, :, None], 0.0))
        mask = mask[:, 1:-1]
        own = torch.relu(self.normalisation_alleles(own, mask[:, None]))
        common = torch.relu(self.normalisation_positions(common, mask))
        means = []
        for number in range(1, self.blocks + 1):
            own = self.get_submodule(f"block_{number}")(own, common, mask)
            common = self.get_submodule(f"pooling_{number}")(own)
            mask = mask[:, 1:-1]
            means.append(mean_of_sites(common, mask))
            own, common = _halved(own, mask[:, None]), _halved(common, mask)
            mask = mask[:, : mask.shape[1] // 2 * 2].unflatten(1, (-1, 2)).any(dim=2)
        return self.output(means)


def _halved(windows, mask):
    """Return ReLU of (..., sites, channels), then the larger of every two sites."""
    return SitePooling(2, "maximum")(torch.relu(windows.masked_fill(~mask[..., None], 0.0)))


class SpidnaBlock(nn.Module):
    """Normalisation and convolution of what each haplotype has and what all have in common.

    It is the convolution of both side by side, as channels. What is in common is the same for all
    haplotypes, so its part is computed once.
    """

    def __init__(self):
        super().__init__()
        self.normalisation_own = MaskedNormalisation(UNITS)
        self.normalisation_common = MaskedNormalisation(UNITS)
        self.convolution_own = SiteConvolution(UNITS, UNITS, kernel=3)
        self.convolution_common = SiteConvolution(UNITS, UNITS, kernel=3, bias=False)

    def forward(self, own, common, mask):
        """Return float32 (windows, haplotypes, sites - 2, channels).

        ``own`` is float32 (windows, haplotypes, sites, channels), ``common`` float32
        (windows, sites, channels), ``mask`` bool (windows, sites).
        """
        of_own = self.convolution_own(self.normalisation_own(own, mask[:, None]))
        of_common = self.convolution_common(self.normalisation_common(common, mask))
        return of_own + of_common[:, None]


class SumOfDenseLayers(nn.ModuleList):
    """The sum of several dense layers, each with an input of its own."""

    def __init__(self, number, inputs, outputs):
        super().__init__(nn.Linear(inputs, outputs) for _ in range(number))

    def forward(self, inputs):
        """Return (windows, outputs) from as many (windows, inputs) as there are layers."""
        return sum(layer(one) for layer, one in zip(self, inputs, strict=True))
