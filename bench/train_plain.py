"""Plain PyTorch's part of bench/train.py: an epoch for each line that it reads, on one core.

It runs in a process of its own, since coalflow changes how memory is freed in its process.

python bench/train_plain.py NET WINDOWS
"""

import sys
import time
from collections.abc import Callable

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from measuring import serve

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
    name, windows = sys.argv[1], int(sys.argv[2])
    torch.set_num_threads(1)
    torch.manual_seed(1)
    make = {"flagel_tajimas_d": make_tajimas_d, "flagel_sweeps": make_sweeps}[name]
    net, tensors, compute_loss = make(windows)
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
    loader = DataLoader(tensors, batch_size=BATCH, shuffle=True)
    validation = DataLoader(TensorDataset(*tensors[: windows // 8]), batch_size=BATCH)

    def train() -> float:
        started = time.process_time()
        net.train()
        for haplotypes, positions, target in loader:
            optimizer.zero_grad()
            loss = compute_loss(net(haplotypes, positions), target)
            loss.backward()
            optimizer.step()
        net.eval()
        with torch.no_grad():
            for haplotypes, positions, _ in validation:
                net(haplotypes, positions)
        return time.process_time() - started

    serve({"plain PyTorch": train})


if __name__ == "__main__":
    main()
