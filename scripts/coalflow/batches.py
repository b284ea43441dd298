"""Windows on the device where the net is, and batches of them as numbers."""

import torch

from coalflow.encoding import VALUES


class DeviceWindows:
    """Encoded windows on a device, one byte an allele, made float32 batch by batch."""

    def __init__(self, windows, coding, device):
        """Take :class:`coalflow.encoding.Windows` and the config's ``coding``."""
        self.arrays = [torch.as_tensor(array).to(device) for array in windows.arrays]
        self.low, self.high = VALUES[coding]

    def __len__(self):
        return len(self.arrays[0])

    def batch(self, rows):
        """Return what nets take: haplotypes, positions and mask of some windows.

        ``rows`` is a tensor or a slice. Haplotypes are float32 (windows, sites,
        haplotypes), 0 where there is padding; positions are float32 and the mask bool,
        both (windows, sites).
        """
        alleles, positions, mask = (array[rows] for array in self.arrays)
        haplotypes = alleles.to(torch.float32) * (self.high - self.low) + self.low
        return haplotypes * mask[:, :, None], positions, mask


def predict(net, windows, batch_size=1024):
    """Return the net's raw outputs for :class:`DeviceWindows`, float32 (windows, outputs)."""
    net.eval()
    outputs = []
    with torch.no_grad():
        for first in range(0, len(windows), batch_size):
            outputs.append(net(*windows.batch(slice(first, first + batch_size))))
    return torch.cat(outputs)
