"""The nets that Lex Flagel and co-authors published.

They are those of Flagel's FAQ on deep nets for population genetics and of Flagel, Brandvain and
Schrider (2019, doi.org/10.1093/molbev/msy224), written from the texts and the published
programs. All convolve over pairs of neighbouring sites with ReLU between, and read haplotypes as
channels, so that the order of haplotypes matters to them and their number is fixed. The programs
trained with Adam at 0.001, for a number of passes that suited the size of their data.

Classes get one output each, whose softmax is the probability, as in the programs except
``flagel_introgression``.
"""

from collections.abc import Mapping

import torch
from torch import nn

from coalflow.evaluation.cards import NetInput
from coalflow.models.nets.layers import Dropout, Pooling, SiteConvolution, SitePooling
from coalflow.models.nets.net import Net


class _Chain(Net):
    """A net that reads haplotypes alone, and whose layers follow one another."""

    def forward(
        self,
        haplotypes: torch.Tensor,
        positions: torch.Tensor | None = None,
        mask: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """Return the outputs for ``haplotypes``, (windows, outputs).

        ``positions`` and ``mask`` are not read.
        """
        return self.apply_layers(haplotypes)


class TajimasD(_Chain):
    """The net for Tajima's D of Flagel's FAQ on deep nets for population genetics.

    Two convolutions of 128 filters over pairs of neighbouring sites, average
    pooling, a dense layer of 128, the output; ReLU between. It takes haplotypes
    (windows, sites, haplotypes), in the FAQ 40 sites of 20 haplotypes. With these and one output
    it has 349,697 weights. It reads haplotypes as channels, so their order matters.
    """

    shown = {"relu_1": "convolution 1", "relu_2": "convolution 2", "relu_3": "dense"}
    dropout = {"dropout_1": 0.1, "dropout_2": 0.1}

    def __init__(self, shape: NetInput, outputs: int) -> None:
        super().__init__(shape, outputs)
        pooled_sites = (shape.sites - 2) // 2
        self.convolution_1 = SiteConvolution(shape.haplotypes, 128, kernel=2)
        self.relu_1 = nn.ReLU()
        self.convolution_2 = SiteConvolution(128, 128, kernel=2)
        self.relu_2 = nn.ReLU()
        self.pooling = SitePooling()
        self.dropout_1 = Dropout()
        self.flatten = nn.Flatten()
        self.dense = nn.Linear(pooled_sites * 128, 128)
        self.relu_3 = nn.ReLU()
        self.dropout_2 = Dropout()
        self.output = nn.Linear(128, outputs)


class Theta(_Chain):
    """The net for theta of Flagel, Brandvain and Schrider (2019).

    Two convolutions of 64 filters over pairs of neighbouring sites, average pooling, two
    dense layers of 64, the output. It takes haplotypes (windows, sites, haplotypes), padded
    with zeros. With 40 sites of 20 haplotypes and one output it has 92,993 weights. The
    program takes 40 haplotypes, coded 0 and 1 (``encoding.coding: binary``), and makes 10
    passes in batches of 32.
    """

    shown = {
        "relu_1": "convolution 1",
        "relu_2": "convolution 2",
        "relu_3": "dense 1",
        "relu_4": "dense 2",
    }
    dropout = {"dropout_1": 0.25, "dropout_2": 0.5, "dropout_3": 0.5}

    def __init__(self, shape: NetInput, outputs: int) -> None:
        super().__init__(shape, outputs)
        pooled_sites = (shape.sites - 2) // 2
        self.convolution_1 = SiteConvolution(shape.haplotypes, 64, kernel=2)
        self.relu_1 = nn.ReLU()
        self.convolution_2 = SiteConvolution(64, 64, kernel=2)
        self.relu_2 = nn.ReLU()
        self.pooling = SitePooling()
        self.dropout_1 = Dropout()
        self.flatten = nn.Flatten()
        self.dense_1 = nn.Linear(pooled_sites * 64, 64)
        self.relu_3 = nn.ReLU()
        self.dropout_2 = Dropout()
        self.dense_2 = nn.Linear(64, 64)
        self.relu_4 = nn.ReLU()
        self.dropout_3 = Dropout()
        self.output = nn.Linear(64, outputs)


class Introgression(_Chain):
    """The net for introgression between two populations of Flagel, Brandvain and Schrider (2019).

    Convolutions of 256, 128 and 128 filters over pairs of neighbouring sites, with average
    pooling after the second and third, two dense layers of 128, the output. It takes
    haplotypes (windows, sites, haplotypes) of both populations one after the other, padded
    with zeros. With 40 sites of 20 haplotypes and three outputs it has 273,539 weights. The
    program takes 34 haplotypes at up to 1,102 sites, and makes 19 passes in batches of 256.
    Its three outputs go through a sigmoid each; here they go through a softmax.
    """

    shown = {f"relu_{i}": f"convolution {i}" for i in range(1, 4)} | {
        "relu_4": "dense 1",
        "relu_5": "dense 2",
    }
    dropout = {"dropout_1": 0.25, "dropout_2": 0.25, "dropout_3": 0.5, "dropout_4": 0.5}

    def __init__(self, shape: NetInput, outputs: int) -> None:
        super().__init__(shape, outputs)
        pooled_sites = ((shape.sites - 2) // 2 - 1) // 2
        self.convolution_1 = SiteConvolution(shape.haplotypes, 256, kernel=2)
        self.relu_1 = nn.ReLU()
        self.convolution_2 = SiteConvolution(256, 128, kernel=2)
        self.relu_2 = nn.ReLU()
        self.pooling_1 = SitePooling()
        self.dropout_1 = Dropout()
        self.convolution_3 = SiteConvolution(128, 128, kernel=2)
        self.relu_3 = nn.ReLU()
        self.pooling_2 = SitePooling()
        self.dropout_2 = Dropout()
        self.flatten = nn.Flatten()
        self.dense_1 = nn.Linear(pooled_sites * 128, 128)
        self.relu_4 = nn.ReLU()
        self.dropout_3 = Dropout()
        self.dense_2 = nn.Linear(128, 128)
        self.relu_5 = nn.ReLU()
        self.dropout_4 = Dropout()
        self.output = nn.Linear(128, outputs)


class _TwoBranches(Net):
    """Convolutions over haplotypes and a dense layer over positions, joined in a dense layer.

    ``filters`` are those of the convolutions; ``pooling`` says after which of them, counted from 1,
    every two sites become one, and how, with dropout after it; ``position_units`` are those of
    the layer over positions. Positions are -1 where there is padding.
    """

    filters: tuple[int, ...] = ()
    pooling: Mapping[int, Pooling] = {}
    position_units = 0

    def __init__(self, shape: NetInput, outputs: int) -> None:
        super().__init__(shape, outputs)
        units, left = shape.haplotypes, shape.sites
        for i, filters in enumerate(self.filters, start=1):
            self.add_module(f"convolution_{i}", SiteConvolution(units, filters, kernel=2))
            self.add_module(f"relu_{i}", nn.ReLU())
            units, left = filters, left - 1
            if i in self.pooling:
                self.add_module(f"pooling_{i}", SitePooling(self.pooling[i]))
                self.add_module(f"dropout_{i}", Dropout())
                left //= 2
        self.dense_positions = nn.Linear(shape.sites * shape.channels, self.position_units)
        self.relu_positions = nn.ReLU()
        self.dropout_positions = Dropout()
        self.dense_joined = nn.Linear(left * units + self.position_units, 256)
        self.relu_joined = nn.ReLU()
        if "dropout_joined" in self.dropout:
            self.dropout_joined = Dropout()
        self.output = nn.Linear(256, outputs)

    def forward(
        self, haplotypes: torch.Tensor, positions: torch.Tensor, mask: torch.Tensor
    ) -> torch.Tensor:
        """Return the outputs for ``haplotypes``, ``positions`` and ``mask``, (windows, outputs)."""
        layers = dict(self.named_children())
        features = haplotypes
        for i in range(1, len(self.filters) + 1):
            for kind in ("convolution", "relu", "pooling", "dropout"):
                if (name := f"{kind}_{i}") in layers:
                    features = layers[name](features)
        positions = positions.masked_fill(~mask[:, :, None], -1.0).flatten(1)
        positions = self.dropout_positions(self.relu_positions(self.dense_positions(positions)))
        joined = self.dense_joined(torch.cat([features.flatten(1), positions], dim=1))
        joined = self.relu_joined(joined)
        if "dropout_joined" in layers:
            joined = self.dropout_joined(joined)
        return self.output(joined)


def _list_shown(convolutions: int) -> dict[str, str]:
    """Return what the report shows of a net with two branches."""
    return {f"relu_{i}": f"convolution {i}" for i in range(1, convolutions + 1)} | {
        "relu_positions": "dense, positions",
        "relu_joined": "dense, joined",
    }


class Recombination(_TwoBranches):
    """The net for recombination rates of Flagel, Brandvain and Schrider (2019).

    Convolutions of 1,250, 256 and 256 filters over pairs of neighbouring sites, with average
    pooling after the second and third; a dense layer of 64 that reads the sites'
    positions; both joined in a dense layer of 256, then the output. It takes haplotypes
    (windows, sites, haplotypes) and positions (windows, sites, channels), -1 where there is
    padding. With 40 sites of 20 haplotypes, one channel of positions and one output it has
    1,432,179 weights. The program takes up to 418 sites, padded at the end, learns the
    logarithm of the rate (``scale: log``), in batches of 32, and stops by a threshold of its
    error on test data; here validation data say when to stop.
    """

    filters, pooling, position_units = (1250, 256, 256), {2: "mean", 3: "mean"}, 64
    shown = _list_shown(3)
    dropout = {"dropout_2": 0.25, "dropout_3": 0.25, "dropout_positions": 0.1}
    l2 = 1e-4
    penalised = (
        "convolution_1",
        "convolution_2",
        "convolution_3",
        "dense_positions",
        "dense_joined",
    )


class Demography(_TwoBranches):
    """The net for changes of population size of Flagel, Brandvain and Schrider (2019).

    Four convolutions of 128 filters over pairs of neighbouring sites, average pooling after
    each; a dense layer of 32 that reads the positions of sites; both joined in a dense
    layer of 256, then the output. It takes haplotypes (windows, sites, haplotypes) and
    positions (windows, sites, channels), -1 where there is padding, in the paper distances
    (``encoding.positions: distance``). With 40 sites of 20 haplotypes, one channel and five
    outputs it has 147,749 weights. The program offers kernels of other sizes, and a choice of
    dropout: here they are 2, and there is dropout. It makes up to 10 passes in batches of 200
    and stops after 3 without improvement; its distances run from -1 to 1, by the longest in the
    data.
    """

    filters, position_units = (128,) * 4, 32
    pooling = dict.fromkeys(range(1, 5), "mean")
    shown = _list_shown(4)
    dropout = dict.fromkeys(
        (*(f"dropout_{i}" for i in range(1, 5)), "dropout_positions", "dropout_joined"),
        0.25,
    )


class Sweeps(_TwoBranches):
    """The net for hard and soft sweeps of Flagel, Brandvain and Schrider (2019).

    Five convolutions of 256 filters over pairs of neighbouring sites, with maximum pooling
    after the second and third and average pooling after the fourth and fifth; a
    dense layer of 64 that reads the sites' positions; both joined in a dense layer of 256,
    then the output; ReLU between. It takes haplotypes (windows, sites, haplotypes) as
    channels, so that their order matters, and positions (windows, sites, channels), -1 where
    there is padding. With 200 sites of 40 haplotypes, one channel of positions and five
    outputs it has 1,297,733 weights. The program takes up to 5,000 sites, padded at the end,
    and makes 3 passes in batches of 64.
    """

    filters, position_units = (256,) * 5, 64
    pooling = {2: "maximum", 3: "maximum", 4: "mean", 5: "mean"}
    shown = _list_shown(5)
    dropout = dict.fromkeys((f"dropout_{i}" for i in range(2, 6)), 0.2) | {
        "dropout_positions": 0.1,
        "dropout_joined": 0.25,
    }
    l2 = 1e-4
    penalised = (
        *(f"convolution_{i}" for i in range(1, 6)),
        "dense_positions",
        "dense_joined",
    )
