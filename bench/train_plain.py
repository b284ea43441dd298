"""Plain PyTorch's part of bench/train.py: an epoch for each line that it reads.

It prints the epoch's seconds. It is a process of its own, since coalflow changes how memory is
freed in its own.

python bench/train_plain.py NET WINDOWS THREADS DEVICE CLOCK
"""

import sys
import time

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

BATCH = 256


class PlainTajimasD(nn.Module):
    """The FAQ's net as most would write it."""

    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            *(nn.Conv1d(20, 128, 2), nn.ReLU(), nn.Conv1d(128, 128, 2), nn.ReLU()),
            *(nn.AvgPool1d(2), nn.Dropout(0.1), nn.Flatten()),
            *(nn.Linear(19 * 128, 128), nn.ReLU(), nn.Dropout(0.1), nn.Linear(128, 1)),
        )

    def forward(self, haplotypes, positions):
        """Return the outputs; channels come first."""
        return self.layers(haplotypes)


class PlainSweeps(nn.Module):
    """``flagel_sweeps`` as most would write it."""

    def __init__(self):
        super().__init__()
        layers, inputs = [], 40
        for number in range(1, 6):
            layers += [nn.Conv1d(inputs, 256, 2), nn.ReLU()]
            inputs = 256
            if number > 1:
                layers += [nn.MaxPool1d(2) if number < 4 else nn.AvgPool1d(2), nn.Dropout(0.2)]
        self.sites = nn.Sequential(*layers, nn.Flatten())
        self.positions = nn.Sequential(nn.Linear(200, 64), nn.ReLU(), nn.Dropout(0.1))
        self.joined = nn.Sequential(
            nn.Linear(11 * 256 + 64, 256), nn.ReLU(), nn.Dropout(0.25), nn.Linear(256, 5)
        )

    def forward(self, haplotypes, positions):
        """Return the outputs; channels come first."""
        return self.joined(torch.cat([self.sites(haplotypes), self.positions(positions)], dim=1))


def tajimas_d(windows):
    """Return the FAQ's net, windows of it and its loss."""
    tensors = TensorDataset(alleles(windows, 20, 40), torch.zeros(windows), torch.randn(windows, 1))
    return PlainTajimasD(), tensors, nn.functional.mse_loss


def sweeps(windows):
    """Return ``flagel_sweeps``, windows of it and its loss."""
    positions, classes = torch.rand(windows, 200).sort(dim=1).values, torch.randint(5, (windows,))
    tensors = TensorDataset(alleles(windows, 40, 200), positions, classes)
    return PlainSweeps(), tensors, nn.functional.cross_entropy


def alleles(windows, haplotypes, sites):
    """Return random alleles, -1 and 1."""
    return torch.randint(2, (windows, haplotypes, sites)).float() * 2 - 1


def main():
    """Train an epoch for each line of the input."""
    name, windows, threads, device, clock = sys.argv[1:]
    clock = {"wall": time.monotonic, "processor": time.process_time}[clock]
    device = "cuda" if device == "cuda" or device == "auto" and torch.cuda.is_available() else "cpu"
    torch.set_num_threads(int(threads))
    torch.manual_seed(1)
    makes = {"flagel_tajimas_d": tajimas_d, "flagel_sweeps": sweeps}
    net, tensors, loss_of = makes[name](int(windows))
    net.to(device).train()
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
    loader = DataLoader(tensors, batch_size=BATCH, shuffle=True)
    for _ in sys.stdin:
        started = clock()
        for batch in loader:
            haplotypes, positions, target = (part.to(device) for part in batch)
            optimizer.zero_grad()
            loss = loss_of(net(haplotypes, positions), target)
            loss.backward()
            optimizer.step()
        if device == "cuda":
            torch.cuda.synchronize()
        print(clock() - started, flush=True)


if __name__ == "__main__":
    main()
