"""What training a net costs: coalflow beside a plain PyTorch loop and beside Keras, side by side.

Two nets, on random windows: that of Flagel's FAQ (40 sites of 20 haplotypes, alleles -1 and 1)
and ``flagel_sweeps`` (200 sites of 40). In each round, in turn, each of these trains an epoch in
batches of 256:

- ``coalflow``: :func:`coalflow.models.training.loop.train_net` as it is, from bits, in float32;
- ``coalflow, bfloat16``: the same with ``precision: bfloat16``;
- ``random data``: the same steps on one batch of float32 numbers that is on the device already, in
  either precision: what the loop would do if windows cost nothing;
- ``plain PyTorch``: ``nn.Conv1d`` and a ``DataLoader`` over a ``TensorDataset`` of float32;
- ``Keras``: the same layers by Keras 3 on TensorFlow. ``--keras`` names the Python of an
  environment of its own with bench/requirements_keras.txt; without it there is no such row.

Printed are windows per second, the median over rounds, and ratios. On another machine, or beside
other work, ratios of one run are all that can be compared; beside other work, rather with
``--clock processor``, which counts the seconds that processors work for all threads. The share
of the peak is that of a large matrix product on the same device, in the same arithmetic.

    python bench/train.py --rounds 5 --keras keras/bin/python
"""

import argparse
import dataclasses
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np
import pandas as pd
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "scripts"))

from coalflow.config import targets
from coalflow.dataset import loading, target_scaling
from coalflow.models import nets
from coalflow.models.training import (
    devices,
    loop,
    processes,
    recipes,
)
from coalflow.windows.encoding import Windows

clock = time.monotonic  # what ``--clock`` says
BATCH = 256
EPOCH_OF_A_GPU = 143_064  # windows
CLOCKS = {"wall": time.monotonic, "processor": time.process_time}
PRECISIONS = ("float32", "bfloat16")


@dataclasses.dataclass(frozen=True)
class Problem:
    """A net, its windows, and how many of them an epoch has in this bench."""

    net: str
    sites: int
    haplotypes: int
    windows: int
    classes: list | None


PROBLEMS = [
    Problem("flagel_tajimas_d", 40, 20, 200 * BATCH, None),
    Problem("flagel_sweeps", 200, 40, 12 * BATCH, ["a", "b", "c", "d", "e"]),
]


def main():
    """Run the bench and print its tables."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="auto", choices=["auto", "cpu", "cuda"])
    parser.add_argument("--clock", default="wall", choices=CLOCKS)
    parser.add_argument("--keras", help="a Python with Keras and TensorFlow")
    arguments = parser.parse_args()
    device = devices.choose_device(arguments.device)
    devices.make_deterministic(arguments.threads)
    devices.keep_freed_memory()
    global clock
    clock = CLOCKS[arguments.clock]
    for problem in PROBLEMS:
        if device.type == "cuda":
            problem = dataclasses.replace(problem, windows=EPOCH_OF_A_GPU)
        compare(problem, device, arguments)


def compare(problem, device, arguments):
    """Time all ways to train one net, and print how they compare."""
    replicates = random_replicates(problem)
    ways = {}
    for precision in PRECISIONS:
        settings = settings_of(problem, precision, arguments)
        name = "" if precision == "float32" else f", {precision}"
        ways[f"coalflow{name}"] = coalflow(problem, replicates, settings)
        ways[f"random data{name}"] = random_data(problem, settings, device)
    ways["plain PyTorch"] = other_process(sys.executable, "train_plain.py", problem, arguments)
    if arguments.keras:
        ways["Keras"] = other_process(arguments.keras, "train_keras.py", problem, arguments)
    seconds = {name: [] for name in ways}
    for turn in range(arguments.rounds + 1):
        for name, train in ways.items():
            taken = train()
            if turn:  # the first is to warm up
                seconds[name].append(taken)
    speeds = {name: problem.windows / statistics.median(taken) for name, taken in seconds.items()}
    print(f"\n{problem.net}, {problem.sites} sites x {problem.haplotypes}, {device.type}")
    for name, speed in speeds.items():
        spread = max(seconds[name]) / min(seconds[name])
        print(f"  {name:<24}{speed:>10,.0f} windows/s   slowest / fastest round {spread:.2f}")
    ratios = [("coalflow", "plain PyTorch"), ("coalflow", "random data")]
    ratios += [("coalflow, bfloat16", "random data, bfloat16")]
    ratios += [(one, "Keras") for one in speeds if one.startswith("coalflow") and arguments.keras]
    for one, other in ratios:
        print(f"  {one} / {other}: {speeds[one] / speeds[other]:.2f}")
    for precision in PRECISIONS:
        name = "coalflow" if precision == "float32" else f"coalflow, {precision}"
        share = speeds[name] * flops_of(problem) / peak(precision, device)
        print(f"  {name}: {share:.2f} of the peak", end="")
        print(f", {EPOCH_OF_A_GPU / speeds[name]:.1f} s for {EPOCH_OF_A_GPU:,} windows")


def random_replicates(problem):
    """Return random windows with random targets, as the library hands them to nets."""
    generator = np.random.default_rng(1)
    shape = (problem.windows, problem.sites)
    windows = Windows(
        np.packbits(
            generator.integers(2, size=(*shape, problem.haplotypes), dtype=np.uint8), axis=2
        ),
        np.sort(generator.random(shape, dtype=np.float32), axis=1),
        np.ones(shape, bool),
        problem.haplotypes,
    )
    if problem.classes:
        target = generator.integers(len(problem.classes), size=problem.windows)
    else:
        target = generator.normal(size=(problem.windows, 1))
    table = pd.DataFrame(index=range(problem.windows))
    return loading.Replicates(windows, target, table, problem.classes)


def settings_of(problem, precision, arguments):
    """Return what scripts/train.py would be told, with one epoch to train."""
    number = targets.complete("population_size", {}, {"samples": 2})
    settings = {
        "seed": 1,
        "net": problem.net,
        "restart": 0,
        "encoding": {"coding": "signed", "positions": "position", "pad": False},
        "observation": {
            "polarised": True,
            "genotype_error": 0,
            "missing": 0,
            "polarisation_error": 0,
        },
        "target": {"population_size": number},
        "classes": problem.classes,
        "samples": [["all", problem.haplotypes // 2]],
        "ploidy": 2,
        "training": {
            "epochs": 1,
            "batch_size": BATCH,
            "device": arguments.device,
            "precision": precision,
            "class_weights": "equal",
        },
    }
    return {**settings, "training": recipes.resolve_recipe(settings)}


def new_net(problem):
    """Return the net of a problem."""
    torch.manual_seed(1)
    outputs = len(problem.classes or [None])
    return nets.build_net(problem.net, problem.sites, problem.haplotypes, outputs)


def coalflow(problem, replicates, settings):
    """Return a function that trains an epoch and returns the seconds of its steps."""
    scale = None
    if not problem.classes:
        scale = target_scaling.TargetScaling.of(replicates.target, settings["target"])
    few = dataclasses.replace(
        replicates, windows=replicates.windows[:BATCH], target=replicates.target[:BATCH]
    )

    def train():
        net = new_net(problem)
        with tempfile.TemporaryDirectory() as folder:
            checkpoint = pathlib.Path(folder) / "checkpoint.pt"
            return timed(loop.train_net, net, replicates, few, settings, scale, "bench", checkpoint)

    return train


def random_data(problem, settings, device):
    """Return a function that takes as many steps on numbers that are on the device already."""
    options = settings["training"]
    shape = (BATCH, problem.sites, problem.haplotypes)
    windows = torch.randint(2, shape, device=device).float() * 2 - 1
    positions = torch.rand(BATCH, problem.sites, 1, device=device)
    mask = torch.ones(BATCH, problem.sites, dtype=torch.bool, device=device)
    target, loss_of = target_and_loss(problem, BATCH, device)

    def train():
        learner = loop.Learner(new_net(problem).to(device), options, processes.ALONE)
        learner.net.train()

        def steps():
            for _ in range(problem.windows // BATCH):
                with devices.use_precision(options["precision"], device):
                    outputs = learner.net(windows, positions, mask)
                learner.step(loss_of(outputs.float(), target), options["learning_rate"])

        return timed(steps)

    return train


def target_and_loss(problem, number, device):
    """Return a random target, and PyTorch's loss for it."""
    if problem.classes:
        target = torch.randint(len(problem.classes), (number,), device=device)
        return target, nn.functional.cross_entropy
    return torch.randn(number, 1, device=device), nn.functional.mse_loss


def other_process(python, program, problem, arguments):
    """Return a function that lets another program train an epoch, in a process of its own."""
    command = [python, str(ROOT / "bench" / program), problem.net, str(problem.windows)]
    command += [str(arguments.threads), arguments.device, arguments.clock]
    other = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def train():
        other.stdin.write("train\n")
        other.stdin.flush()
        return float(other.stdout.readline())

    return train


def timed(do, *arguments):
    """Return the seconds that something takes, a GPU's too."""
    wait()
    started = clock()
    do(*arguments)
    wait()
    return clock() - started


def wait():
    """Wait for the GPU, if there is one."""
    if torch.cuda.is_available():
        torch.cuda.synchronize()


def flops_of(problem):
    """Return how many operations the matrix products of a training step take per window."""
    net = new_net(problem)
    windows = [
        part.repeat_interleave(2, dim=0) for part in nets.make_blank_windows(*shape_of(problem))
    ]
    with FlopCounterMode(display=False) as counted:
        net(*windows).sum().backward()
    return counted.get_total_flops() / 2


def shape_of(problem):
    """Return the numbers of sites and haplotypes."""
    return problem.sites, problem.haplotypes


def peak(precision, device, size=2048):
    """Return how many operations a second a large matrix product does."""
    dtype = getattr(torch, precision)
    matrix = torch.rand(size, size, device=device, dtype=dtype)
    seconds = [timed(torch.matmul, matrix, matrix) for _ in range(6)]
    return 2 * size**3 / min(seconds)


if __name__ == "__main__":
    main()
