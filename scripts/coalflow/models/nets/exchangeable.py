"""Nets to which the order of haplotypes does not matter, since all are read alike and pooled."""

import functools

import torch
from torch import nn

from coalflow.evaluation.cards import NetInput
from coalflow.models.nets.layers import (
    HaplotypePooling,
    MaskedNormalisation,
    SiteConvolution,
    SitePooling,
    add_positions,
    average_sites,
    clear_padding,
)
from coalflow.models.nets.net import Net

UNITS = 50  # filters of SPIDNA's convolutions
MOST_BLOCKS = 7  # of SPIDNA, enough for its authors' 400 sites


class Exchangeable(Net):
    """The exchangeable net of Chan, Perrone, Spence, Jenkins, Mathieson and Song (2018).

    Its sources are that paper (NeurIPS 31, arXiv:1802.06153) and its program defiNETti. Two
    convolutions of 32 and 64 filters over 5 sites read each haplotype by itself, the maximum over
    all haplotypes is taken at each site, and two dense layers of 128 lead to the
    output; ReLU between. It takes haplotypes (windows, sites, haplotypes), any number of them,
    and positions (windows, sites, channels) as further channels of each, in the paper
    distances (``encoding.positions: distance``). Padding is 0 in all of them. With 40 sites, one
    channel of positions and one output it has 289,569 weights, whatever the number of
    haplotypes. The program makes 20,000 batches of 50 windows, each simulated for it alone.
    """

    shown = {"pooling": "largest of all haplotypes", "relu_3": "dense 1", "relu_4": "dense 2"}

    def __init__(self, shape: NetInput, outputs: int) -> None:
        super().__init__(shape, outputs)
        self.convolution_1 = SiteConvolution(1 + shape.channels, 32, kernel=5)
        self.relu_1 = nn.ReLU()
        self.convolution_2 = SiteConvolution(32, 64, kernel=5)
        self.relu_2 = nn.ReLU()
        self.pooling = HaplotypePooling("maximum")
        self.flatten = nn.Flatten()
        self.dense_1 = nn.Linear((shape.sites - 8) * 64, 128)
        self.relu_3 = nn.ReLU()
        self.dense_2 = nn.Linear(128, 128)
        self.relu_4 = nn.ReLU()
        self.output = nn.Linear(128, outputs)

    def forward(
        self, haplotypes: torch.Tensor, positions: torch.Tensor, mask: torch.Tensor
    ) -> torch.Tensor:
        """Return the outputs for ``haplotypes``, ``positions`` and ``mask``, (windows, outputs)."""
        return self.apply_layers(add_positions(haplotypes, positions, mask))


class SPIDNA(Net):
    """SPIDNA of Sanchez, Cury, Charpiat and Jay (2021), with batch normalisation.

    Its sources are that paper (doi.org/10.1111/1755-0998.13224) and its program in DNADNA. A
    convolution of 50 filters over 3 sites reads the alleles of each haplotype, another the
    positions. Then come blocks, seven of them, or as many as there are enough sites for: a
    convolution of 50 filters over 3 sites, whose mean over haplotypes becomes further channels of
    each haplotype, ReLU and maximum pooling over pairs of sites. The output is a sum over blocks,
    of a dense layer on the mean over haplotypes and sites. It takes haplotypes (windows, sites,
    haplotypes), any number of them, and positions (windows, sites, channels), in the paper
    distances (``encoding.positions: distance``). Padding counts in no mean. With 40 sites, one
    channel of positions and one output it has 61,804 weights in four blocks, whatever the number
    of haplotypes. In the paper there are 400 sites of 50 haplotypes. There a block's dense layer
    reads as many of the 50 filters as there are outputs, here all.
    """

    def __init__(self, shape: NetInput, outputs: int) -> None:
        super().__init__(shape, outputs)
        self.convolution_alleles = SiteConvolution(1, UNITS, kernel=3)
        self.normalisation_alleles = MaskedNormalisation(UNITS)
        self.convolution_positions = SiteConvolution(shape.channels, UNITS, kernel=3)
        self.normalisation_positions = MaskedNormalisation(UNITS)
        self.blocks, left = 0, shape.sites - 2
        while self.blocks < MOST_BLOCKS and left >= 3:
            self.blocks += 1
            self.add_module(f"block_{self.blocks}", SpidnaBlock())
            self.add_module(f"pooling_{self.blocks}", HaplotypePooling())
            left = (left - 2) // 2
        self.output = SumOfDenseLayers(self.blocks, UNITS, outputs)
        self.shown = {f"pooling_{i}": f"block {i}" for i in range(1, self.blocks + 1)}

    def forward(
        self, haplotypes: torch.Tensor, positions: torch.Tensor, mask: torch.Tensor
    ) -> torch.Tensor:
        """Return the outputs for ``haplotypes``, ``positions`` and ``mask``, (windows, outputs)."""
        alleles = haplotypes.transpose(1, 2)[..., None]
        own = self.convolution_alleles(clear_padding(alleles, mask[:, None]))
        common = self.convolution_positions(clear_padding(positions, mask))
        mask = mask[:, 1:-1]
        own = torch.relu(self.normalisation_alleles(own, mask[:, None]))
        common = torch.relu(self.normalisation_positions(common, mask))
        means: list[torch.Tensor] = []
        layers = self.list_numbered("block"), self.list_numbered("pooling")
        for block, pooling in zip(*layers, strict=True):
            if means:
                own, common = _halve_sites(own, mask[:, None]), _halve_sites(common, mask)
                mask = mask[:, : mask.shape[1] // 2 * 2].unflatten(1, (-1, 2)).any(dim=2)
            own = block(own, common, mask)
            common = pooling(own)
            mask = mask[:, 1:-1]
            means.append(average_sites(common, mask))
        return self.output(means)


def _halve_sites(windows: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Return ReLU of (..., sites, channels), then the larger of every two sites."""
    return SitePooling("maximum")(torch.relu(clear_padding(windows, mask)))


class SpidnaBlock(nn.Module):
    """Normalisation and convolution of what each haplotype has and what all have in common.

    It is the convolution of both together, as channels. What is in common is the same for all
    haplotypes, so its part is computed once.
    """

    def __init__(self) -> None:
        super().__init__()
        self.normalisation_own = MaskedNormalisation(UNITS)
        self.normalisation_common = MaskedNormalisation(UNITS)
        self.convolution_own = SiteConvolution(UNITS, UNITS, kernel=3)
        self.convolution_common = SiteConvolution(UNITS, UNITS, kernel=3, bias=False)

    def forward(self, own: torch.Tensor, common: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Apply the block.

        Parameters
        ----------
        own : Tensor of float32, shape (windows, haplotypes, sites, channels)
        common : Tensor of float32, shape (windows, sites, channels)
        mask : Tensor of bool, shape (windows, sites)
            False where there is padding.

        Returns
        -------
        Tensor of float32, shape (windows, haplotypes, sites - 2, channels)
        """
        from_own = self.convolution_own(self.normalisation_own(own, mask[:, None]))
        from_common = self.convolution_common(self.normalisation_common(common, mask))
        return from_own + from_common[:, None]


class SumOfDenseLayers(nn.ModuleList):
    """The sum of several dense layers, each with an input of its own.

    Parameters
    ----------
    layers : int
        How many.
    inputs, outputs : int
        Channels of each.
    """

    def __init__(self, layers: int, inputs: int, outputs: int) -> None:
        super().__init__(nn.Linear(inputs, outputs) for _ in range(layers))

    def forward(self, inputs: list[torch.Tensor]) -> torch.Tensor:
        """Return (windows, outputs) from ``inputs``, (windows, channels) for each layer."""
        products = (layer(values) for layer, values in zip(self, inputs, strict=True))
        return functools.reduce(torch.add, products)
