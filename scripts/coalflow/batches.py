"""Windows on the device where the net is, and batches of them as numbers."""

import torch

from coalflow.encoding import VALUES

# What tells nets where sites lie, by the config's ``positions``.
CHANNELS = {
    "position": ("position",),
    "distance": ("distance",),
    "both": ("position", "distance"),
}
NOT_CALLED = 0.5  # between allele 0 and allele 1
# What a net is asked at once: 50 channels of each allele, as SPIDNA has, are then 200 MB.
ALLELES_AT_ONCE = 1_000_000


class DeviceWindows:
    """Encoded windows on a device, one bit an allele, made float32 batch by batch."""

    def __init__(self, windows, encoding, device):
        """Take :class:`coalflow.encoding.Windows` and the config's ``encoding``."""
        self.arrays = [torch.as_tensor(array).to(device) for array in windows.arrays]
        self.device, self.shape = device, windows.shape
        self.haplotypes, self.rows = windows.number_of_haplotypes, windows.rows
        self.low, self.high = VALUES[encoding["coding"]]
        self.channels = CHANNELS[encoding["positions"]]

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
        packed, positions, mask, *called = (array[rows] for array in self.arrays)
        alleles = self._alleles(packed).to(torch.float32)
        for bits in called:
            alleles += (1 - self._alleles(bits)) * NOT_CALLED
        if self.rows < self.haplotypes:
            alleles = alleles.unflatten(2, (self.rows, -1)).mean(3)
        haplotypes = alleles * (self.high - self.low) + self.low
        told = {"position": lambda: positions, "distance": lambda: distances(positions, mask)}
        places = torch.stack([told[channel]() for channel in self.channels], dim=2)
        return haplotypes * mask[:, :, None], places, mask

    def _alleles(self, packed):
        return unpack_bits(packed)[:, :, : self.haplotypes]


def input_shape(windows, encoding):
    """Return the numbers of sites, haplotypes and channels of positions, as nets are told them.

    Where the phase is lost, individuals stand for haplotypes.
    """
    channels = len(CHANNELS[encoding["positions"]])
    return {"sites": windows.shape[1], "haplotypes": windows.rows, "channels": channels}


def unpack_bits(packed):
    """Return uint8 (..., bytes) as bits, uint8 (..., 8 * bytes), the most significant first."""
    shifts = torch.arange(7, -1, -1, dtype=torch.uint8, device=packed.device)
    return ((packed[..., None] >> shifts) & 1).flatten(-2)


def distances(positions, mask):
    """Return how far each site is from the one before it, float32 (windows, sites).

    The first site's is its distance from the window's left end; padding has 0. The unit
    is the window's length over its columns, so that they are about 1, and known without
    a look at any data. (After the demographic nets of Flagel, Brandvain and Schrider
    2019, whose unit is the longest distance in their data.)
    """
    # The padding before a first site has the position 0, that of the left end.
    before = torch.nn.functional.pad(positions[:, :-1], (1, 0))
    return (positions - before) * mask * positions.shape[1]


def predict(net, windows, part=slice(None)):
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
