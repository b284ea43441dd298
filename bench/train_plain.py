"""Plain PyTorch's part of bench/train.py: an epoch for each line that it reads.

It prints the epoch's seconds. It runs in a process of its own, since coalflow changes how memory is
freed in its process.

python bench/train_plain.py NET WINDOWS THREADS DEVICE CLOCK
"""

import sys
import time
from collections.abc import Callable

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

BATCH = 256

Loss = Callable[..., torch.Tensor]


class PlainTajimasD(nn.Module):
    """The FAQ's net as most would write it."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            *(nn.Conv1d(20, 128, 2), nn.ReLU(), nn.Conv1d(128, 128, 2), nn.ReLU()),
            *(nn.AvgPool1d(2), nn.Dropout(0.1), nn.Flatten()),
            *(nn.Linear(19 * 128, 128), nn.ReLU(), nn.Dropout(0.1), nn.Linear(128, 1)),
        )

    def forward(self, haplotypes: torch.Tensor, positions: torch.Tensor) -> torch.Tensor:
        """Return the outputs; channels come first."""
        return self.layers(haplotypes)


class PlainSweeps(nn.Module):
    """``flagel_sweeps`` as most would write it."""

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        inputs = 40
        for i in range(1, 6):
            layers += [nn.Conv1d(inputs, 256, 2), nn.ReLU()]
            inputs = 256
            if i > 1:
                layers += [nn.MaxPool1d(2) if i < 4 else nn.AvgPool1d(2), nn.Dropout(0.2)]
        self.sites = nn.Sequential(*layers, nn.Flatten())
        self.positions = nn.Sequential(nn.Linear(200, 64), nn.ReLU(), nn.Dropout(0.1))
        self.joined = nn.Sequential(
            nn.Linear(11 * 256 + 64, 256), nn.ReLU(), nn.Dropout(0.25), nn.Linear(256, 5)
        )

    def forward(self, haplotypes: torch.Tensor, positions: torch.Tensor) -> torch.Tensor:
        """Return the outputs; channels come first."""
        return self.joined(torch.cat([self.sites(haplotypes), self.positions(positions)], dim=1))


def make_tajimas_d(windows: int) -> tuple[nn.Module, TensorDataset, Loss]:
    """Return the FAQ's net, windows for it and its loss."""
    tensors = TensorDataset(
        draw_alleles(windows, 20, 40), torch.zeros(windows), torch.randn(windows, 1)
    )
    return PlainTajimasD(), tensors, nn.functional.mse_loss


def make_sweeps(windows: int) -> tuple[nn.Module, TensorDataset, Loss]:
    """Return ``flagel_sweeps``, windows for it and its loss."""
    positions, classes = torch.rand(windows, 200).sort(dim=1).values, torch.randint(5, (windows,))
    tensors = TensorDataset(draw_alleles(windows, 40, 200), positions, classes)
    return PlainSweeps(), tensors, nn.functional.cross_entropy


def draw_alleles(windows: int, haplotypes: int, sites: int) -> torch.Tensor:
    """Return random alleles, -1 and 1."""
    return torch.randint(2, (windows, haplotypes, sites)).float() * 2 - 1


def main() -> None:
    """Train an epoch for each line of the input."""
    name, windows, threads, device, clock_name = sys.argv[1:]
    clock = {"wall": time.monotonic, "processor": time.process_time}[clock_name]
    device = "cuda" if device == "cuda" or device == "auto" and torch.cuda.is_available() else "cpu"
    torch.set_num_threads(int(threads))
    torch.manual_seed(1)
    make = {"flagel_tajimas_d": make_tajimas_d, "flagel_sweeps": make_sweeps}[name]
    net, tensors, compute_loss = make(int(windows))
    net.to(device).train()
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
    loader = DataLoader(tensors, batch_size=BATCH, shuffle=True)
    for _ in sys.stdin:
        started = clock()
        for batch in loader:
            haplotypes, positions, target = (part.to(device) for part in batch)
            optimizer.zero_grad()
            loss = compute_loss(net(haplotypes, positions), target)
            loss.backward()
            optimizer.step()
        if device == "cuda":
            torch.cuda.synchronize()
        print(clock() - started, flush=True)


if __name__ == "__main__":
    main()
