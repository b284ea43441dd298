"""A residual net whose convolutions reach far along the sites."""

import torch
from torch import nn

from coalflow.evaluation.cards import NetInput
from coalflow.models.nets.ancestry import RARE, AncestryNet
from coalflow.models.nets.layers import SiteConvolution, average_sites, clear_padding
from coalflow.models.nets.net import DenseEndedNet, Net

UNITS = 64
DILATIONS = (1, 2, 4, 8, 16)
SHOWN = {f"block_{i}": f"block {i}" for i in range(1, len(DILATIONS) + 1)}


class DilatedLayers(Net):
    """The residual blocks that read windows, haplotypes as channels."""

    def add_dilated_layers(self, shape: NetInput) -> None:
        """Add the layers.

        Parameters
        ----------
        shape : NetInput
            That of windows.
        """
        self.sites = nn.Linear(shape.haplotypes + shape.channels, UNITS)
        for i, dilation in enumerate(DILATIONS, start=1):
            self.add_module(f"block_{i}", ResidualBlock(dilation))
        self.normalisation = nn.LayerNorm(UNITS)

    def read_sites(
        self, haplotypes: torch.Tensor, positions: torch.Tensor, mask: torch.Tensor
    ) -> torch.Tensor:
        """Return what the layers make of windows, float32 (windows, sites, units).

        Parameters
        ----------
        haplotypes, positions, mask : Tensor
            As nets take them.
        """
        channels = torch.cat([haplotypes, positions], dim=2)
        features = self.sites(clear_padding(channels, mask))
        for block in self.list_numbered("block"):
            features = block(features, mask)
        return torch.relu(self.normalisation(features))


class DilatedResidual(DilatedLayers, DenseEndedNet):
    """A residual net of dilated convolutions along the sites.

    It combines what was published elsewhere: residual blocks that normalise first (He et al.
    2016, arXiv:1603.05027), with convolutions that reach twice as far in each block (Yu and
    Koltun 2016, arXiv:1511.07122), so that what is computed at a site depends on up to 62 sites
    on either side. As it stands, it was not published for genomes. A dense layer of 64 on each
    site, five blocks of two convolutions of 64 filters over 3 sites, mean and maximum over sites, a
    dense layer of 64, the output. It takes haplotypes (windows, sites, haplotypes) as channels, so
    their order matters, and positions (windows, sites, channels). Padding is 0 before each
    convolution and counts in no mean. With 40 sites of 20 haplotypes, one channel of positions
    and one output it has 134,657 weights, whatever the number of sites.
    """

    shown = SHOWN | {"relu": "dense"}

    def __init__(self, shape: NetInput, outputs: int) -> None:
        super().__init__(shape, outputs)
        self.add_dilated_layers(shape)
        self.add_dense_end(2 * UNITS, UNITS, outputs)

    def forward(
        self, haplotypes: torch.Tensor, positions: torch.Tensor, mask: torch.Tensor
    ) -> torch.Tensor:
        """Return the outputs for ``haplotypes``, ``positions`` and ``mask``, (windows, outputs)."""
        features = self.read_sites(haplotypes, positions, mask)
        # ReLU leaves nothing below 0, so the 0 of padding is a maximum only where all is padding.
        largest = clear_padding(features, mask).amax(dim=1)
        return self.apply_dense_end(torch.cat([average_sites(features, mask), largest], dim=1))


class DilatedAncestry(DilatedLayers, AncestryNet):
    """The dilated residual net, where the ancestry of each haplotype at each site is predicted.

    As :class:`DilatedResidual`, but from each site a dense layer leads to the log odds of all
    haplotypes of the population there.
    """

    shown = SHOWN

    def __init__(self, shape: NetInput, outputs: int) -> None:
        super().__init__(shape, outputs)
        self.add_dilated_layers(shape)
        rows = shape.find_rows(shape.ancestry_of)
        self.output = nn.Linear(UNITS, rows.stop - rows.start)
        nn.init.constant_(self.output.bias, RARE)

    def find_log_odds(
        self, haplotypes: torch.Tensor, positions: torch.Tensor, mask: torch.Tensor
    ) -> torch.Tensor:
        """Return the log odds of ancestry, float32 (windows, sites, haplotypes).

        Parameters
        ----------
        haplotypes, positions, mask : Tensor
            As nets take them.
        """
        return self.output(self.read_sites(haplotypes, positions, mask))


class ResidualBlock(nn.Module):
    """Two convolutions over 3 sites, whose result is added to the input.

    Parameters
    ----------
    dilation : int
        How far apart the sites are.
    """

    def __init__(self, dilation: int) -> None:
        super().__init__()
        self.normalisation_1 = nn.LayerNorm(UNITS)
        self.convolution_1 = SiteConvolution(UNITS, UNITS, kernel=3, dilation=dilation)
        self.normalisation_2 = nn.LayerNorm(UNITS)
        self.convolution_2 = SiteConvolution(UNITS, UNITS, kernel=3, dilation=dilation)
        self.dilation = dilation

    def forward(self, windows: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Apply the block.

        Parameters
        ----------
        windows : Tensor of float32, shape (windows, sites, channels)
        mask : Tensor of bool, shape (windows, sites)
            False where there is padding.

        Returns
        -------
        Tensor of float32, shape (windows, sites, channels)
        """
        convolved = self._convolve(windows, mask, self.normalisation_1, self.convolution_1)
        return windows + self._convolve(convolved, mask, self.normalisation_2, self.convolution_2)

    def _convolve(
        self,
        windows: torch.Tensor,
        mask: torch.Tensor,
        normalisation: nn.Module,
        convolution: nn.Module,
    ) -> torch.Tensor:
        rectified = clear_padding(torch.relu(normalisation(windows)), mask)
        # Zeros at both ends keep the number of sites.
        return convolution(nn.functional.pad(rectified, (0, 0, self.dilation, self.dilation)))
