"""Matrices on the device where the net is, and batches of them as numbers."""

import torch

from coalflow.encoding import VALUES


class DeviceMatrices:
    """Encoded windows on a device, one byte an allele, made float32 batch by batch."""

    def __init__(self, matrices, coding, device):
        """Take uint8 (windows, sites, haplotypes) and the config's ``coding``."""
        self.alleles = torch.as_tensor(matrices).to(device)
        self.low, self.high = VALUES[coding]

    def __len__(self):
        return len(self.alleles)

    def batch(self, rows):
        """Return float32 (len(rows), sites, haplotypes); ``rows`` is a tensor or a slice."""
        return self.alleles[rows].to(torch.float32) * (self.high - self.low) + self.low


def predict(net, matrices, batch_size=1024):
    """Return the net's raw output for every window, float32 (windows,)."""
    net.eval()
    outputs = []
    with torch.no_grad():
        for first in range(0, len(matrices), batch_size):
            outputs.append(net(matrices.batch(slice(first, first + batch_size)))[:, 0])
    return torch.cat(outputs)
