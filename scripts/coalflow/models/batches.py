"""Windows on the device where the net is, and batches of them as numbers."""

import dataclasses

import numpy as np
import torch

from coalflow.windows.encoding import VALUES

# What tells nets where sites lie, by the config's ``positions``.
CHANNELS = {
    "position": ("position",),
    "distance": ("distance",),
    "both": ("position", "distance"),
}
NOT_CALLED = 0.5  # between allele 0 and allele 1
# What a net is asked at once: 50 channels of each allele, as SPIDNA has, are then 200 MB.
ALLELES_AT_ONCE = 1_000_000


@dataclasses.dataclass(frozen=True)
class Sites:
    """Windows of a batch before alleles are coded: all that augmentation changes.

    ``alleles`` is float32 (windows, sites, haplotypes), 0 or 1, and 0 where none was called;
    ``called`` the same, 1 where one was, or None where all are; ``positions`` float32
    (windows, sites) and ``mask`` bool (windows, sites) are those of
    :class:`coalflow.windows.encoding.Windows`.
    """

    alleles: torch.Tensor
    positions: torch.Tensor
    mask: torch.Tensor
    called: torch.Tensor = None

    @property
    def others(self):
        """The other one of the two alleles, where one was called."""
        return (1 if self.called is None else self.called) - self.alleles

    def replaced(self, **changes):
        """Return these sites with something in the place of some of it."""
        return dataclasses.replace(self, **changes)

    def ordered(self, columns):
        """Return sites in another order, int64 (windows, sites)."""
        of_rows = columns[:, :, None].expand_as(self.alleles)
        return Sites(
            self.alleles.gather(1, of_rows),
            self.positions.gather(1, columns),
            self.mask.gather(1, columns),
            None if self.called is None else self.called.gather(1, of_rows),
        )


class DeviceWindows:
    """Encoded windows on a device, one bit an allele, made float32 batch by batch.

    Where they leave less than half of a GPU's memory, they stay outside until a batch is made.
    """

    def __init__(self, windows, encoding, device):
        """Take :class:`coalflow.windows.encoding.Windows` and the config's ``encoding``."""
        self.device, self.shape = torch.device(device), windows.shape
        home = self.device if _fit(windows, self.device) else torch.device("cpu")
        self.arrays = [torch.as_tensor(array).to(home) for array in windows.arrays]
        self.haplotypes, self.rows = windows.number_of_haplotypes, windows.rows
        self.alleles_per_row = windows.alleles_per_row
        self.low, self.high = VALUES[encoding["coding"]]
        self.channels = CHANNELS[encoding["positions"]]
        self.bits = tabulate_bits(device)

    def __len__(self):
        return len(self.arrays[0])

    def batch(self, rows):
        """Return what nets take: haplotypes, positions and mask of some windows.

        ``rows`` is a tensor or a slice. Haplotypes are float32 (windows, sites,
        haplotypes), positions float32 (windows, sites, channels), both 0 where there is
        padding; the mask is bool (windows, sites). Where the phase is lost, individuals stand
        for haplotypes, and their number of alleles 1 is spread evenly between the two
        alleles' numbers. What was not called is half-way.
        """
        return self.numbers(self.sites(rows))

    def sites(self, rows):
        """Return some windows as :class:`Sites`."""
        if isinstance(rows, torch.Tensor):
            rows = rows.to(self.arrays[0].device)
        of_rows = (array[rows].to(self.device) for array in self.arrays)
        packed, positions, mask, *called = of_rows
        alleles = self._alleles(packed)
        return Sites(alleles, positions, mask, *(self._alleles(bits) for bits in called))

    def numbers(self, sites):
        """Return :class:`Sites` as :meth:`batch` does; they may be of fewer haplotypes."""
        alleles, positions, mask = sites.alleles, sites.positions, sites.mask
        if sites.called is not None:
            alleles = alleles + (1 - sites.called) * NOT_CALLED
        if self.alleles_per_row > 1:
            alleles = alleles.unflatten(2, (-1, self.alleles_per_row)).mean(3)
        haplotypes = alleles * (self.high - self.low) + self.low
        told = {
            "position": lambda: positions,
            "distance": lambda: compute_distances(positions, mask),
        }
        places = torch.stack([told[channel]() for channel in self.channels], dim=2)
        return haplotypes * mask[:, :, None], places, mask

    def _alleles(self, packed):
        return unpack_bits(packed, self.bits)[:, :, : self.haplotypes]


def _fit(windows, device):
    """Tell whether all windows can stay on a device; else each batch is brought there."""
    if device.type != "cuda":
        return True
    free, _ = torch.cuda.mem_get_info(device)
    return sum(array.nbytes for array in windows.arrays) < free / 2


def measure_input_shape(windows, encoding):
    """Return the numbers of sites, haplotypes and channels of positions, as nets are told them.

    Where the phase is lost, individuals stand for haplotypes.
    """
    channels = len(CHANNELS[encoding["positions"]])
    return {"sites": windows.shape[1], "haplotypes": windows.rows, "channels": channels}


def tabulate_bits(device):
    """Return the bits of each byte, float32 (256, 8), the most significant first."""
    bits = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1)
    return torch.as_tensor(bits, dtype=torch.float32, device=device)


def unpack_bits(packed, bits):
    """Return uint8 (..., bytes) as bits, float32 (..., 8 * bytes), the most significant first.

    To look bytes up is several times as fast as to shift them; ``bits`` is what
    :func:`bits_of_bytes` returns.
    """
    looked_up = bits.index_select(0, packed.flatten().int())
    return looked_up.view(*packed.shape[:-1], -1)


def compute_distances(positions, mask):
    """Return how far each site is from the one before it, float32 (windows, sites).

    The first site's is its distance from the window's left end; padding has 0. The unit
    is the window's length over its columns, so that they are about 1, and known without
    a look at any data. (After the demographic nets of Flagel, Brandvain and Schrider
    2019, whose unit is the longest distance in their data.)
    """
    # The padding before a first site has the position 0, that of the left end.
    before = torch.nn.functional.pad(positions[:, :-1], (1, 0))
    return (positions - before) * mask * positions.shape[1]


def predict_in_batches(net, windows, part=slice(None)):
    """Return the net's raw outputs for :class:`DeviceWindows`, float32 (windows, outputs).

    ``part``, a slice, says for which of them.
    """
    net.eval()
    outputs = []
    _, sites = windows.arrays[2].shape
    batch_size = max(1, ALLELES_AT_ONCE // (sites * windows.rows))
    first, end, _ = part.indices(len(windows))
    with torch.no_grad():
        for start in range(first, end, batch_size):
            outputs.append(net(*windows.batch(slice(start, min(start + batch_size, end)))))
    return torch.cat(outputs)
