"""A net of attention, between haplotypes and along the sites."""

import math

import torch
from torch import nn

from coalflow.evaluation.cards import NetInput
from coalflow.models.nets.ancestry import RARE, AncestryNet
from coalflow.models.nets.layers import HaplotypePooling, average_sites, clear_padding
from coalflow.models.nets.net import DenseEndedNet, Net

UNITS = 32
HEADS = 4
LAYERS = 2
SITES_TOGETHER = 4  # neighbouring sites that are one token: 16 times fewer pairs of tokens
FAR_BELOW = -1e9  # a weight of 0 in a softmax, and no nan where there is nothing else


class AxialLayers(Net):
    """The layers that make tokens of the haplotypes of windows, and compare them."""

    def add_axial_layers(self, shape: NetInput) -> None:
        """Add the layers.

        Parameters
        ----------
        shape : NetInput
            That of windows.
        """
        self.alleles = nn.Linear(SITES_TOGETHER, UNITS)
        self.places = nn.Linear(SITES_TOGETHER * (shape.channels + 1), UNITS)
        self.sizes = [number for _, number in shape.populations]
        if self.sizes:
            self.populations = nn.Embedding(len(self.sizes), UNITS)
        for i in range(1, LAYERS + 1):
            self.add_module(f"between_haplotypes_{i}", Attention())
            self.add_module(f"along_sites_{i}", Attention())
            self.add_module(f"dense_{i}", DenseBlock())
        self.normalisation = nn.LayerNorm(UNITS)

    def read_tokens(
        self, haplotypes: torch.Tensor, positions: torch.Tensor, mask: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return what the layers make of windows.

        Parameters
        ----------
        haplotypes, positions, mask : Tensor
            As nets take them.

        Returns
        -------
        tokens : Tensor of float32, shape (windows, haplotypes, tokens, units)
        mask : Tensor of bool, shape (windows, tokens)
            False where a token has no site.
        """
        alleles = _group_sites(clear_padding(haplotypes, mask)).transpose(2, 3).transpose(1, 2)
        present = mask[:, :, None].to(positions.dtype)
        positions = torch.cat([clear_padding(positions, mask), present], dim=2)
        positions = self.places(_group_sites(positions).flatten(2))
        positions = positions + _compute_waves(positions.shape[1], positions)
        tokens = self.alleles(alleles) + positions[:, None]
        if self.sizes:
            sizes = torch.tensor(self.sizes, device=tokens.device)
            whose = torch.arange(len(sizes), device=tokens.device).repeat_interleave(sizes)
            tokens = tokens + self.populations(whose)[:, None]
        mask = _group_sites(mask[:, :, None]).any(dim=2)[:, :, 0]
        ignored = (~mask).to(tokens.dtype)[:, None, None, None] * FAR_BELOW
        layers = (
            self.list_numbered(name) for name in ("between_haplotypes", "along_sites", "dense")
        )
        for between_haplotypes, along_sites, dense in zip(*layers, strict=True):
            tokens = between_haplotypes(tokens.transpose(1, 2)).transpose(1, 2)
            tokens = dense(along_sites(tokens, ignored))
        return self.normalisation(tokens), mask


class AxialTransformer(AxialLayers, DenseEndedNet):
    """A small axial transformer: attention between haplotypes and along the sites, in turn.

    It combines what was published elsewhere: attention along one axis after the other (Ho et
    al. 2019, arXiv:1912.12180), as for aligned sequences (Rao et al. 2021), in layers that
    normalise first. As it stands, it was not published for genomes. Every 4 neighbouring
    sites of a haplotype are one token of 32 channels, with the positions of these sites; two
    layers, each of attention with 4 heads between the haplotypes, attention along the sites, and a
    dense layer of 64; the mean over haplotypes; the mean over tokens, a dense layer of 64, the
    output. Where there are several populations, 32 learned numbers of each are added to the tokens
    of its haplotypes. It takes haplotypes (windows, sites, haplotypes), any number of them of one
    population, and positions (windows, sites, channels). Tokens without a site are not attended to
    and count in no mean. With 40 sites, one channel of positions and one output it has 28,353
    weights, whatever the number of sites and of haplotypes, and 32 more for each of several
    populations.
    """

    shown = {"pooling": "mean of haplotypes", "relu": "dense"}

    def __init__(self, shape: NetInput, outputs: int) -> None:
        super().__init__(shape, outputs)
        self.add_axial_layers(shape)
        self.pooling = HaplotypePooling()
        self.add_dense_end(UNITS, 2 * UNITS, outputs)

    def forward(
        self, haplotypes: torch.Tensor, positions: torch.Tensor, mask: torch.Tensor
    ) -> torch.Tensor:
        """Return the outputs for ``haplotypes``, ``positions`` and ``mask``, (windows, outputs)."""
        tokens, mask = self.read_tokens(haplotypes, positions, mask)
        return self.apply_dense_end(average_sites(self.pooling(tokens), mask))


class AxialAncestry(AxialLayers, AncestryNet):
    """The axial transformer, where the ancestry of each haplotype at each site is predicted.

    As :class:`AxialTransformer`, but from each token of a haplotype a dense layer leads to the log
    odds at its 4 sites.
    """

    shown = {"pooling": "mean of haplotypes"}

    def __init__(self, shape: NetInput, outputs: int) -> None:
        super().__init__(shape, outputs)
        self.add_axial_layers(shape)
        self.own = shape.find_rows(shape.ancestry_of)
        self.pooling = HaplotypePooling()
        self.common = nn.Linear(UNITS, UNITS)
        self.output = nn.Linear(UNITS, SITES_TOGETHER)
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
        tokens, _ = self.read_tokens(haplotypes, positions, mask)
        own = tokens[:, self.own]
        odds = self.output(own + self.common(self.pooling(own))[:, None])
        return odds.flatten(2)[:, :, : mask.shape[1]].transpose(1, 2)


def _group_sites(windows: torch.Tensor) -> torch.Tensor:
    """Return (windows, tokens, sites together, channels) of (windows, sites, channels).

    The last token is filled up with 0.
    """
    lacking = -windows.shape[1] % SITES_TOGETHER
    return nn.functional.pad(windows, (0, 0, 0, lacking)).unflatten(1, (-1, SITES_TOGETHER))


def _compute_waves(tokens: int, like: torch.Tensor) -> torch.Tensor:
    """Return the index of each token as sines and cosines, (tokens, channels).

    After Vaswani et al. (2017, arXiv:1706.03762). ``like`` has the device and the dtype.
    """
    index = torch.arange(tokens, device=like.device, dtype=like.dtype)[:, None]
    channel = torch.arange(0, UNITS, 2, device=like.device, dtype=like.dtype)
    angle = index * torch.exp(channel * (-math.log(10_000) / UNITS))
    return torch.cat([angle.sin(), angle.cos()], dim=1)


class Attention(nn.Module):
    """Attention between the tokens of the last axis but one, added to the input."""

    def __init__(self) -> None:
        super().__init__()
        self.normalisation = nn.LayerNorm(UNITS)
        self.add_module("asked", nn.Linear(UNITS, 3 * UNITS))  # queries, keys and values
        self.answered = nn.Linear(UNITS, UNITS)

    def forward(self, tokens: torch.Tensor, ignored: torch.Tensor | None = None) -> torch.Tensor:
        """Apply attention to tokens.

        Parameters
        ----------
        tokens : Tensor of float32, shape (..., tokens, channels)
        ignored : Tensor of float32, broadcast to shape (..., heads, tokens, tokens), optional
            Added to the logarithms of the weights.

        Returns
        -------
        Tensor of float32, shape (..., tokens, channels)
        """
        projected = self.get_submodule("asked")(self.normalisation(tokens))
        projected = projected.unflatten(-1, (3, HEADS, UNITS // HEADS))
        query, key, value = projected.movedim(-3, 0).transpose(-2, -3).unbind(0)
        attended = nn.functional.scaled_dot_product_attention(query, key, value, attn_mask=ignored)
        return tokens + self.answered(attended.transpose(-2, -3).flatten(-2))


class DenseBlock(nn.Module):
    """A dense layer on each token by itself, added to the input."""

    def __init__(self) -> None:
        super().__init__()
        self.normalisation = nn.LayerNorm(UNITS)
        self.wide = nn.Linear(UNITS, 2 * UNITS)
        self.narrow = nn.Linear(2 * UNITS, UNITS)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        """Apply the layer to ``tokens``, (..., channels)."""
        return tokens + self.narrow(torch.relu(self.wide(self.normalisation(tokens))))
