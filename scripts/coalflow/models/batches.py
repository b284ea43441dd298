"""Windows on the device where the net is, and batches of them as numbers."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Protocol, TypeAlias

import numpy as np
import torch
from torch import nn

from coalflow.config.schema.encoding import Encoding
from coalflow.core.progress import show_bar
from coalflow.evaluation.cards import NetInput
from coalflow.models.nets.net import FirstLayer, Inputs
from coalflow.windows.encoding import VALUES
from coalflow.windows.packed_windows import Populations, Windows

# The channels that give nets the positions of sites, by the config's ``encoding.positions``.
CHANNELS = {
    "position": ("position",),
    "distance": ("distance",),
    "both": ("position", "distance"),
}
NOT_CALLED = 0.5  # between allele 0 and allele 1
# What a net predicts from at a time: 50 channels of each allele, as SPIDNA has, are then 200 MB.
ALLELES_AT_ONCE = 1_000_000

#: Which windows: a slice, or a Tensor of int64.
Rows: TypeAlias = slice | torch.Tensor
#: What is read of a net for a batch of windows.
Read: TypeAlias = Callable[[nn.Module, Inputs, slice], torch.Tensor]


@dataclasses.dataclass(frozen=True)
class Sites:
    """Windows of a batch before alleles are coded: all that augmentation changes.

    Attributes
    ----------
    alleles : Tensor of float32, shape (windows, sites, haplotypes)
        0 or 1; 0 where none was called.
    positions : Tensor of float32, shape (windows, sites)
        As in :class:`coalflow.windows.packed_windows.Windows`.
    mask : Tensor of bool, shape (windows, sites)
        False where there is padding.
    called : Tensor of float32, shape (windows, sites, haplotypes), optional
        1 where an allele was called, else 0; None where all are.
    """

    alleles: torch.Tensor
    positions: torch.Tensor
    mask: torch.Tensor
    called: torch.Tensor | None = None

    @property
    def other_alleles(self) -> torch.Tensor:
        """The other one of the two alleles, where one was called."""
        return (1 if self.called is None else self.called) - self.alleles

    def reorder(self, columns: torch.Tensor) -> Sites:
        """Return the sites in another order.

        Parameters
        ----------
        columns : Tensor of int64, shape (windows, sites)
            The column that each site comes from.
        """
        by_row = columns[:, :, None].expand_as(self.alleles)
        return Sites(
            self.alleles.gather(1, by_row),
            self.positions.gather(1, columns),
            self.mask.gather(1, columns),
            None if self.called is None else self.called.gather(1, by_row),
        )


class Batches(Protocol):
    """Where batches of windows come from, as nets take them."""

    at_once: int
    """How many windows a net predicts from at a time."""

    def __len__(self) -> int:
        """How many windows there are."""

    def make_batch(self, rows: Rows) -> Inputs:
        """Return some windows as a net takes them."""


class DeviceWindows:
    """Encoded windows on a device, one bit an allele, made float32 batch by batch.

    If they would leave less than half of a GPU's memory, they stay outside until a batch is made.

    Parameters
    ----------
    windows : Windows
    encoding : Encoding
        How alleles and positions become numbers.
    device : str or torch.device
    first_layer : FirstLayer, optional
        What the net begins with, if that has no weights: it is then part of making a batch.
    """

    def __init__(
        self,
        windows: Windows,
        encoding: Encoding,
        device: str | torch.device,
        first_layer: FirstLayer | None = None,
    ) -> None:
        self.device, self.shape, self.first_layer = torch.device(device), windows.shape, first_layer
        size = sum(array.nbytes for array in windows.arrays)
        home = self.device if can_stay(size, self.device) else torch.device("cpu")
        self.arrays = [torch.as_tensor(array).to(home) for array in windows.arrays]
        self.haplotypes, self.rows = windows.number_of_haplotypes, windows.rows
        self.alleles_per_row = windows.alleles_per_row
        self.populations, self.ordered = windows.populations, windows.ordered
        self.order = None
        if self.populations != self.ordered:
            self.order = torch.as_tensor(windows.rows_in_order, device=self.device)
        _, sites, _ = windows.shape
        # Of a window alone a first layer takes as long as of two.
        self.at_once = max(1 + (first_layer is not None), ALLELES_AT_ONCE // (sites * windows.rows))
        self.low, self.high = VALUES[encoding.coding]
        self.channels = CHANNELS[encoding.positions]
        self.bits = tabulate_bits(self.device)

    def __len__(self) -> int:
        return len(self.arrays[0])

    def make_batch(self, rows: Rows) -> Inputs:
        """Return some windows as nets take them.

        Parameters
        ----------
        rows : slice or Tensor of int64

        Returns
        -------
        haplotypes : Tensor of float32, shape (windows, sites, haplotypes)
            0 where there is padding. If the phase is not known, individuals take the place of
            haplotypes, and their copies of allele 1 are spread evenly between the numbers of the
            two alleles. What was not called is half-way between these. Populations are in the
            order of ``Windows.ordered``.
        positions : Tensor of float32, shape (windows, sites, channels)
            0 where there is padding.
        mask : Tensor of bool, shape (windows, sites)
            False where there is padding.

        With a first layer, it is what that makes of these alleles, from 0 to 1, and of positions.
        """
        return self.code_sites(self.unpack_sites(rows))

    def unpack_sites(self, rows: Rows) -> Sites:
        """Return some windows before their alleles are coded.

        Parameters
        ----------
        rows : slice or Tensor of int64
        """
        if isinstance(rows, torch.Tensor):
            rows = rows.to(self.arrays[0].device)
            chosen = [array.index_select(0, rows) for array in self.arrays]
        else:
            chosen = [array[rows] for array in self.arrays]
        packed, positions, mask, *called = (array.to(self.device) for array in chosen)
        alleles = self._unpack(packed)
        return Sites(alleles, positions, mask, *(self._unpack(bits) for bits in called))

    def code_sites(self, sites: Sites, ordered: Populations | None = None) -> Inputs:
        """Return sites as nets take them: what :meth:`make_batch` returns.

        Parameters
        ----------
        sites : Sites
        ordered : tuple of (str, int), optional
            Of fewer rows: how many each population has, which are in this order already.
        """
        order = self.order if ordered is None else None
        alleles, positions, mask = sites.alleles, sites.positions, sites.mask
        if sites.called is not None:
            alleles = alleles + (1 - sites.called) * NOT_CALLED
        if self.alleles_per_row > 1:
            alleles = alleles.unflatten(2, (-1, self.alleles_per_row)).mean(3)
        if order is not None:
            alleles = alleles.index_select(2, order)
        if self.first_layer is not None:
            alleles = alleles * mask[:, :, None]
            return self.first_layer.summarise(alleles, positions, mask, ordered or self.ordered)
        present = mask[:, :, None].to(alleles.dtype)
        haplotypes = (alleles * (self.high - self.low)).add_(self.low).mul_(present)
        channels = [
            positions if channel == "position" else compute_distances(positions, mask)
            for channel in self.channels
        ]
        return haplotypes, torch.stack(channels, dim=2), mask

    def _unpack(self, packed: torch.Tensor) -> torch.Tensor:
        return unpack_bits(packed, self.bits)[:, :, : self.haplotypes]


def can_stay(size: int, device: torch.device) -> bool:
    """Tell whether all windows can stay on a device; else each batch is copied there.

    Parameters
    ----------
    size : int
        Bytes of all windows.
    device : torch.device
    """
    if device.type != "cuda":
        return True
    free, _ = torch.cuda.mem_get_info(device)
    return size < free / 2


def measure_input_shape(
    windows: Windows, encoding: Encoding, ancestry_of: str | None = None
) -> NetInput:
    """Return the shape of windows, as nets are built for it.

    Parameters
    ----------
    windows : Windows
    encoding : Encoding
        How the positions of sites are given.
    ancestry_of : str, optional
        The population whose ancestry is predicted at each site.
    """
    channels = len(CHANNELS[encoding.positions])
    return NetInput(
        sites=windows.shape[1],
        haplotypes=windows.rows,
        channels=channels,
        populations=windows.ordered if len(windows.populations) > 1 else (),
        ancestry_of=ancestry_of,
    )


def tabulate_bits(device: str | torch.device) -> torch.Tensor:
    """Return the bits of each byte, float32 (256, 8), the most significant first.

    Parameters
    ----------
    device : str or torch.device

    Examples
    --------
    >>> tabulate_bits("cpu")[129].int().tolist()
    [1, 0, 0, 0, 0, 0, 0, 1]
    """
    bits = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1)
    return torch.as_tensor(bits, dtype=torch.float32, device=device)


def unpack_bits(packed: torch.Tensor, bits: torch.Tensor) -> torch.Tensor:
    """Return bytes as bits, the most significant first.

    To look bytes up is several times as fast as to shift them.

    Parameters
    ----------
    packed : Tensor of uint8, shape (..., bytes)
    bits : Tensor of float32, shape (256, 8)
        What :func:`tabulate_bits` returns.

    Returns
    -------
    Tensor of float32, shape (..., 8 x bytes)
    """
    looked_up = bits.index_select(0, packed.flatten().int())
    return looked_up.view(*packed.shape[:-1], -1)


def compute_distances(positions: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Return how far each site is from the previous one.

    The first site's is its distance from the window's left end; padding has 0. The unit
    is the window's length over its columns, so that distances are about 1, and known without
    looking at any data.

    Parameters
    ----------
    positions : Tensor of float32, shape (windows, sites)
        From 0 to 1; 0 in padding.
    mask : Tensor of bool, shape (windows, sites)
        False where there is padding.

    Returns
    -------
    Tensor of float32, shape (windows, sites)

    References
    ----------
    After the nets for demography of Flagel, Brandvain and Schrider (2019,
    doi.org/10.1093/molbev/msy224), whose unit is the longest distance in their data.

    Examples
    --------
    >>> compute_distances(torch.tensor([[0.25, 0.75]]), torch.tensor([[True, True]])).tolist()
    [[0.5, 1.0]]
    """
    # Padding in front of the first site has the position 0, that of the left end.
    previous = torch.nn.functional.pad(positions[:, :-1], (1, 0))
    return (positions - previous) * mask * positions.shape[1]


def predict_in_batches(
    nets: Sequence[nn.Module],
    windows: Batches,
    part: slice = slice(None),
    shown: str = "",
    read: Read | None = None,
) -> list[torch.Tensor]:
    """Return the raw outputs of nets for windows, of which each batch is made once.

    Parameters
    ----------
    nets : sequence of Net
        They take the same of windows, and are in the mode of evaluation afterwards.
    windows : DeviceWindows or KeptSummaries
    part : slice
        Which of the windows.
    shown : str
        What the log says that is done, in batches; nothing without it.
    read : callable, optional
        Maps a net, a batch and which of the windows it has to what is returned, in place of the
        outputs.

    Returns
    -------
    list of Tensor of float32, shape (windows, outputs)
        Of each net.
    """
    outputs: list[list[torch.Tensor]] = [[] for _ in nets]
    first, end, _ = part.indices(len(windows))
    steps = range(first, end, windows.at_once)
    starts = show_bar(steps, len(steps), shown) if shown else steps
    for net in nets:
        net.eval()
    with torch.no_grad():
        for start in starts:
            rows = slice(start, min(start + windows.at_once, end))
            batch = windows.make_batch(rows)
            for net, parts in zip(nets, outputs, strict=True):
                parts.append(net(*batch) if read is None else read(net, batch, rows))
    return [torch.cat(parts) for parts in outputs]
