"""A net of attention, between haplotypes and along the sites."""

import math

import torch
from torch import nn

from coalflow.models.nets.layers import Dropout, HaplotypePooling, mean_of_sites
from coalflow.models.nets.net import Net

UNITS = 32
HEADS = 4
LAYERS = 2
SITES_TOGETHER = 4  # neighbouring sites that are one token: 16 times fewer pairs of tokens
FAR_BELOW = -1e9  # makes a weight of 0 in a softmax, and no nan where there is nothing else


class AxialTransformer(Net):
    """A small axial transformer: attention between haplotypes and along the sites, in turn.

    It is made of what is published elsewhere: attention along one axis after the other (Ho et
    al. 2019, arXiv:1912.12180), as for sequences that are aligned (Rao et al. 2021), in layers
    that normalise first. It was not published for genomes as it stands. Every 4 neighbouring
    sites of a haplotype are one token of 32 channels, with where the sites lie; two layers, each
    of attention with 4 heads between the haplotypes, attention along the sites, and a dense layer
    of 64; the mean over haplotypes; the mean over tokens, a dense layer of 64, the output. It
    takes haplotypes (windows, sites, haplotypes), of any number, and positions (windows, sites,
    channels). Tokens without a site are not attended to and count in no mean. With 40 sites, one
    channel of positions and one output it has 28,353 weights, whatever the number of sites and
    of haplotypes.
    """

    fewest_sites = 1
    any_order = any_haplotypes = True
    shown = {"pooling": "mean of haplotypes", "relu": "dense"}
    dropout = {"dropout_dense": 0.1}
    recipe = {
        "batch_size": 128,
        "learning_rate": 2e-3,
        "schedule": "cosine",
        "warm_up": 1,
        "weight_decay": 0.01,
        "clip": 1.0,
    }

    def __init__(self, sites, haplotypes, outputs, channels):
        super().__init__()
        self.alleles = nn.Linear(SITES_TOGETHER, UNITS)
        self.places = nn.Linear(SITES_TOGETHER * (channels + 1), UNITS)
        for number in range(1, LAYERS + 1):
            setattr(self, f"between_haplotypes_{number}", Attention())
            setattr(self, f"along_sites_{number}", Attention())
            setattr(self, f"dense_{number}", DenseBlock())
        self.normalisation = nn.LayerNorm(UNITS)
        self.pooling = HaplotypePooling()
        self.dense = nn.Linear(UNITS, 2 * UNITS)
        self.relu = nn.ReLU()
        self.dropout_dense = Dropout()
        self.output = nn.Linear(2 * UNITS, outputs)

    def forward(self, haplotypes, positions, mask):
        """Return the outputs, (windows, outputs)."""
        padding = ~mask[:, :, None]
        alleles = _tokens(haplotypes.masked_fill(padding, 0.0)).transpose(2, 3).transpose(1, 2)
        told = mask[:, :, None].to(positions.dtype)
        places = _tokens(torch.cat([positions.masked_fill(padding, 0.0), told], dim=2)).flatten(2)
        places = self.places(places)
        places = places + _waves(places.shape[1], places)
        seen = self.alleles(alleles) + places[:, None]  # (windows, haplotypes, tokens, channels)
        mask = _tokens(mask[:, :, None]).any(dim=2)[:, :, 0]
        ignored = (~mask).to(seen.dtype)[:, None, None, None] * FAR_BELOW
        for number in range(1, LAYERS + 1):
            across = self.get_submodule(f"between_haplotypes_{number}")(seen.transpose(1, 2))
            seen = across.transpose(1, 2)
            seen = self.get_submodule(f"along_sites_{number}")(seen, ignored)
            seen = self.get_submodule(f"dense_{number}")(seen)
        pooled = mean_of_sites(self.pooling(self.normalisation(seen)), mask)
        return self.output(self.dropout_dense(self.relu(self.dense(pooled))))


def _tokens(windows):
    """Return (windows, tokens, sites together, channels) of (windows, sites, channels).

    What is lacking for the last token is filled up with 0.
    """
    lacking = -windows.shape[1] % SITES_TOGETHER
    return nn.functional.pad(windows, (0, 0, 0, lacking)).unflatten(1, (-1, SITES_TOGETHER))


def _waves(tokens, like):
    """Return where tokens stand in the row, as sines and cosines, (tokens, channels).

    After Vaswani et al. (2017, arXiv:1706.03762). ``like`` has the device and the dtype.
    """
    place = torch.arange(tokens, device=like.device, dtype=like.dtype)[:, None]
    channel = torch.arange(0, UNITS, 2, device=like.device, dtype=like.dtype)
    angle = place * torch.exp(channel * (-math.log(10_000) / UNITS))
    return torch.cat([angle.sin(), angle.cos()], dim=1)


class Attention(nn.Module):
    """Attention between the tokens of the last axis but one, added to what comes in."""

    def __init__(self):
        super().__init__()
        self.normalisation = nn.LayerNorm(UNITS)
        self.asked = nn.Linear(UNITS, 3 * UNITS)
        self.answered = nn.Linear(UNITS, UNITS)

    def forward(self, seen, ignored=None):
        """Return (..., tokens, channels); ``ignored`` is added to the weights' logarithms."""
        asked = self.asked(self.normalisation(seen)).unflatten(-1, (3, HEADS, UNITS // HEADS))
        query, key, value = asked.movedim(-3, 0).transpose(-2, -3).unbind(0)
        answer = nn.functional.scaled_dot_product_attention(query, key, value, attn_mask=ignored)
        return seen + self.answered(answer.transpose(-2, -3).flatten(-2))


class DenseBlock(nn.Module):
    """A dense layer on each token by itself, added to what comes in."""

    def __init__(self):
        super().__init__()
        self.normalisation = nn.LayerNorm(UNITS)
        self.wide = nn.Linear(UNITS, 2 * UNITS)
        self.narrow = nn.Linear(2 * UNITS, UNITS)

    def forward(self, seen):
        """Return (..., channels)."""
        return seen + self.narrow(torch.relu(self.wide(self.normalisation(seen))))
