"""A residual net whose convolutions reach far along the sites."""

import torch
from torch import nn

from coalflow.models.nets.layers import Dropout, SiteConvolution, mean_of_sites
from coalflow.models.nets.net import Net

UNITS = 64
DILATIONS = (1, 2, 4, 8, 16)


class DilatedResidual(Net):
    """A residual net of dilated convolutions along the sites.

    It is made of what is published elsewhere: residual blocks that normalise first (He et al.
    2016, arXiv:1603.05027), with convolutions that reach twice as far in each block (Yu and
    Koltun 2016, arXiv:1511.07122), so that a site's answer hangs on up to 62 sites on either
    side. It was not published for genomes as it stands. A dense layer of 64 on each site, five
    blocks of two convolutions of 64 filters over 3 sites, mean and maximum over sites, a dense
    layer of 64, the output. It takes haplotypes (windows, sites, haplotypes) as channels, so that
    their order matters, and positions (windows, sites, channels). Padding is 0 before each
    convolution and counts in no mean. With 40 sites of 20 haplotypes, one channel of positions
    and one output it has 134,657 weights, whatever the number of sites.
    """

    fewest_sites = 1
    shown = {f"block_{number}": f"block {number}" for number in range(1, len(DILATIONS) + 1)} | {
        "relu": "dense"
    }
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
        self.sites = nn.Linear(haplotypes + channels, UNITS)
        for number, dilation in enumerate(DILATIONS, start=1):
            setattr(self, f"block_{number}", ResidualBlock(dilation))
        self.normalisation = nn.LayerNorm(UNITS)
        self.dense = nn.Linear(2 * UNITS, UNITS)
        self.relu = nn.ReLU()
        self.dropout_dense = Dropout()
        self.output = nn.Linear(UNITS, outputs)

    def forward(self, haplotypes, positions, mask):
        """Return the outputs, (windows, outputs)."""
        seen = torch.cat([haplotypes, positions], dim=2)
        seen = self.sites(seen.masked_fill(~mask[:, :, None], 0.0))
        for number in range(1, len(DILATIONS) + 1):
            seen = self.get_submodule(f"block_{number}")(seen, mask)
        seen = torch.relu(self.normalisation(seen))
        # After ReLU nothing is below 0, so 0 in the padding is no maximum but of padding alone.
        largest = seen.masked_fill(~mask[:, :, None], 0.0).amax(dim=1)
        pooled = torch.cat([mean_of_sites(seen, mask), largest], dim=1)
        return self.output(self.dropout_dense(self.relu(self.dense(pooled))))


class ResidualBlock(nn.Module):
    """Two convolutions over 3 sites that are ``dilation`` apart, added to what comes in."""

    def __init__(self, dilation):
        super().__init__()
        self.normalisation_1 = nn.LayerNorm(UNITS)
        self.convolution_1 = SiteConvolution(UNITS, UNITS, kernel=3, dilation=dilation)
        self.normalisation_2 = nn.LayerNorm(UNITS)
        self.convolution_2 = SiteConvolution(UNITS, UNITS, kernel=3, dilation=dilation)
        self.dilation = dilation

    def forward(self, windows, mask):
        """Return (windows, sites, channels), as many sites as come in."""
        seen = self._convolved(windows, mask, self.normalisation_1, self.convolution_1)
        return windows + self._convolved(seen, mask, self.normalisation_2, self.convolution_2)

    def _convolved(self, windows, mask, normalisation, convolution):
        seen = torch.relu(normalisation(windows)).masked_fill(~mask[:, :, None], 0.0)
        # Zeros at both ends leave as many sites as there were.
        return convolution(nn.functional.pad(seen, (0, 0, self.dilation, self.dilation)))
