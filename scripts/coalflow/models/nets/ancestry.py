"""Nets that predict the ancestry of rows at each site, coalflow's own among them."""

from __future__ import annotations

import abc
import functools

import torch
from torch import nn

from coalflow.evaluation.cards import NetInput
from coalflow.models.nets.coalflow import PartConvolution, Standardisation, StandardisedNet
from coalflow.models.nets.layers import Dropout, HaplotypePooling
from coalflow.models.nets.net import FirstLayer, Inputs
from coalflow.models.nets.populations.summaries import count_channels, summarise_haplotypes
from coalflow.models.nets.window_parts import PARTS, weigh_parts
from coalflow.windows.packed_windows import Populations

UNITS, BLOCKS = 32, 3
RARE = -4.0  # the log odds with which training begins


class AncestryNet(StandardisedNet, abc.ABC):
    """A net whose outputs are the log odds of ancestry, of each row of one population at each site.

    Rows are haplotypes, or individuals where the phase is not known. Training needs these outputs;
    to all else the net is one that predicts a number of each window, the share of ancestry.
    """

    @abc.abstractmethod
    def find_log_odds(
        self, haplotypes: torch.Tensor, positions: torch.Tensor, mask: torch.Tensor
    ) -> torch.Tensor:
        """Return the log odds of ancestry, float32 (windows, sites, rows).

        Parameters
        ----------
        haplotypes, positions, mask : Tensor
            As nets take them, or what a first layer returns of haplotypes, and the positions and
            mask of sites.
        """

    def forward(
        self,
        haplotypes: torch.Tensor,
        positions: torch.Tensor,
        mask: torch.Tensor,
        at_sites: bool = False,
    ) -> torch.Tensor:
        """Return the share of ancestry, float32 (windows, 1), or with ``at_sites`` the log odds."""
        odds = self.find_log_odds(haplotypes, positions, mask)
        return odds if at_sites else average_odds(odds, mask)


def average_odds(odds: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Return the share of ancestry in windows, float32 (windows, 1).

    Parameters
    ----------
    odds : Tensor of float32, shape (windows, sites, rows)
        Log odds of ancestry.
    mask : Tensor of bool or float32, shape (windows, sites)
        0 where there is padding.
    """
    present = mask.to(odds.dtype)
    shares = (odds.sigmoid().mean(dim=2) * present).sum(dim=1)
    return (shares / present.sum(dim=1).clamp_min(1))[:, None]


# coalflow's own ---------------------------------------------------------------------------------


def summarise_population(
    alleles: torch.Tensor,
    positions: torch.Tensor,
    mask: torch.Tensor,
    populations: Populations,
    population: str,
) -> Inputs:
    """Return the summaries of one population's haplotypes, and where sites are.

    Parameters
    ----------
    alleles, positions, mask, populations
        As :func:`coalflow.models.nets.populations.summaries.summarise_populations` takes them.
    population : str

    Returns
    -------
    haplotypes : Tensor of float32, shape (windows, haplotypes, parts, numbers)
    positions, mask : Tensor of float32, shape (windows, sites)
    """
    haplotypes = summarise_haplotypes(alleles, positions, mask, populations, population)
    return haplotypes, positions, mask.to(positions.dtype)


def mirror_population(inputs: Inputs) -> Inputs:
    """Return the summaries of windows as if these were read from right to left.

    Sites stay in their columns, so that what is true of them does too.

    Parameters
    ----------
    inputs : tuple of Tensor
        As :func:`summarise_population` returns them.
    """
    haplotypes, positions, mask = inputs
    return haplotypes.flip(2), (1 - positions) * mask, mask


@functools.cache
def _make_first_layer(population: str) -> FirstLayer:
    return FirstLayer(
        summarise_population,
        mirror_population,
        axes=(("haplotypes", "parts"), (), ()),
        reads_populations=True,
        population=population,
    )


class CoalflowAncestry(AncestryNet):
    """coalflow's own net, where the ancestry of each haplotype at each site is predicted.

    It reads what :class:`coalflow.models.nets.coalflow_populations.CoalflowPopulations` reads of
    the haplotypes of one population: how similar each is, in each part of the window, to its own
    population and to each other one, and which alleles it carries that others lack. Three blocks
    follow, each of a convolution over 3 neighbouring parts, so that a haplotype is followed along
    the window, together with the mean and the maximum over all of its parts, those over all
    haplotypes, and a dense layer. Between the middles of two parts, log odds are interpolated to
    the sites.
    """

    shown = {"parts": "mean of haplotypes"}
    dropout = {"drop": 0.1}

    def __init__(self, shape: NetInput, outputs: int) -> None:
        super().__init__(shape, outputs)
        assert shape.ancestry_of is not None
        channels = count_channels(len(shape.populations)).in_part
        self.first_layer = _make_first_layer(shape.ancestry_of)
        self.scale = Standardisation(channels)
        self.dense = nn.Linear(channels, UNITS)
        self.blocks = nn.Sequential(*(HaplotypeBlock(UNITS) for _ in range(BLOCKS)))
        self.normalisation = nn.LayerNorm(UNITS)
        self.parts = HaplotypePooling("mean")
        self.common = nn.Linear(UNITS, UNITS)
        self.drop = Dropout()
        self.output = nn.Linear(UNITS, outputs)
        self.direct = nn.Linear(channels, outputs, bias=False)
        nn.init.constant_(self.output.bias, RARE)
        nn.init.zeros_(self.direct.weight)

    def find_log_odds(
        self, haplotypes: torch.Tensor, positions: torch.Tensor, mask: torch.Tensor
    ) -> torch.Tensor:
        """Return the log odds of ancestry, float32 (windows, sites, haplotypes).

        Parameters
        ----------
        haplotypes, positions, mask : Tensor
            As :func:`summarise_population` returns them.
        """
        scaled = self.scale(haplotypes)
        features = self.normalisation(self.blocks(self.dense(scaled)))
        common = self.common(self.parts(features))[:, None]
        odds = (self.output(self.drop(features + common)) + self.direct(scaled))[..., 0]
        return weigh_parts(positions, mask > 0)[..., :PARTS] @ odds.transpose(1, 2)


class HaplotypeBlock(nn.Module):
    """Follows each haplotype along the window, and compares it with all.

    Parameters
    ----------
    units : int
    """

    def __init__(self, units: int) -> None:
        super().__init__()
        self.normalisation = nn.LayerNorm(units)
        self.along = PartConvolution(units, units)
        self.whole = nn.Linear(2 * units, units, bias=False)
        self.others = nn.Linear(2 * units, units)
        self.dense = nn.Linear(units, units)

    def forward(self, haplotypes: torch.Tensor) -> torch.Tensor:
        """Apply the block to ``haplotypes``, (windows, haplotypes, parts, units)."""
        own = self.normalisation(haplotypes)
        all_together = torch.cat([own.mean(dim=1), own.amax(dim=1)], dim=2)
        whole = torch.cat([own.mean(dim=2), own.amax(dim=2)], dim=2)
        read = self.along(own) + self.others(all_together)[:, None] + self.whole(whole)[:, :, None]
        return haplotypes + self.dense(nn.functional.gelu(read))
