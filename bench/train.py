"""What training a net costs: coalflow, a plain PyTorch loop and Keras, side by side.

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

It prints windows per second, the median over rounds, and ratios. On another machine, or while
other work is running, only ratios of one run can be compared; in the latter case better with
``--clock processor``, which counts the seconds that processors work for all threads. The share
of the peak is that of a large matrix product on the same device, in the same arithmetic.

    python bench/train.py --rounds 5 --keras keras/bin/python
"""

import argparse
import dataclasses
import functools
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable

import numpy as np
import pandas as pd
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "scripts"))

from coalflow.config.schema.encoding import Encoding
from coalflow.config.schema.observation import Observation
from coalflow.config.schema.samples import Samples
from coalflow.config.schema.targets import ParameterTarget, Targets
from coalflow.config.schema.training import Training
from coalflow.config.settings.learning import TrainSettings
from coalflow.config.settings.view import SimulatedView
from coalflow.core.memory import keep_memory_between_training_steps
from coalflow.dataset.loading import Replicates, TargetValues
from coalflow.dataset.target_scaling import TargetScaling
from coalflow.evaluation.cards import NetInput
from coalflow.models import nets
from coalflow.models.nets.net import Net
from coalflow.models.training import devices
from coalflow.models.training.learner import Learner
from coalflow.models.training.loop import TrainingData, TrainingRun, train_net
from coalflow.models.training.losses import count_outputs
from coalflow.models.training.processes import ALONE
from coalflow.models.training.recipes import TrainingPlan, resolve_recipe
from coalflow.windows.packed_windows import Windows

BATCH = 256
EPOCH_ON_A_GPU = 143_064  # windows
CLOCKS = {"wall": time.monotonic, "processor": time.process_time}
PRECISIONS = ("float32", "bfloat16")

#: Trains an epoch and returns the seconds of its steps.
Train = Callable[[], float]


@dataclasses.dataclass(frozen=True)
class Problem:
    """A net, its windows, and how many windows an epoch has in this bench."""

    net: str
    sites: int
    haplotypes: int
    windows: int
    classes: tuple[str, ...] | None = None

    @property
    def shape(self) -> NetInput:
        """The shape of its windows."""
        return NetInput(sites=self.sites, haplotypes=self.haplotypes, channels=1)

    @property
    def targets(self) -> Targets:
        """A number, or classes."""
        target = ParameterTarget(parameter="target", scale=None if self.classes else "linear")
        return Targets(definitions={"target": target}, classes=self.classes)


PROBLEMS = [
    Problem("flagel_tajimas_d", 40, 20, 200 * BATCH),
    Problem("flagel_sweeps", 200, 40, 12 * BATCH, ("a", "b", "c", "d", "e")),
]


def main() -> None:
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
    keep_memory_between_training_steps()
    for problem in PROBLEMS:
        if device.type == "cuda":
            problem = dataclasses.replace(problem, windows=EPOCH_ON_A_GPU)
        compare(problem, device, arguments)


def compare(problem: Problem, device: torch.device, arguments: argparse.Namespace) -> None:
    """Time all ways to train one net, and print how they compare."""
    ways = prepare_ways(problem, device, arguments)
    seconds: dict[str, list[float]] = {name: [] for name in ways}
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
    ratios += [
        (name, "Keras") for name in speeds if name.startswith("coalflow") and arguments.keras
    ]
    for name, other in ratios:
        print(f"  {name} / {other}: {speeds[name] / speeds[other]:.2f}")
    clock = CLOCKS[arguments.clock]
    for precision in PRECISIONS:
        name = name_way("coalflow", precision)
        share = speeds[name] * count_operations(problem) / measure_peak(precision, device, clock)
        print(f"  {name}: {share:.2f} of the peak", end="")
        print(f", {EPOCH_ON_A_GPU / speeds[name]:.1f} s for {EPOCH_ON_A_GPU:,} windows")


def prepare_ways(
    problem: Problem, device: torch.device, arguments: argparse.Namespace
) -> dict[str, Train]:
    """Return the ways to train a net, by name."""
    replicates, clock = make_replicates(problem), CLOCKS[arguments.clock]
    ways: dict[str, Train] = {}
    for precision in PRECISIONS:
        plan = make_plan(problem, precision, arguments.device)
        ways[name_way("coalflow", precision)] = functools.partial(
            train_with_coalflow, problem, replicates, plan, clock
        )
        ways[name_way("random data", precision)] = functools.partial(
            train_on_random_data, problem, plan, device, clock
        )
    programs = {"plain PyTorch": (sys.executable, "train_plain.py")}
    if arguments.keras:
        programs["Keras"] = (arguments.keras, "train_keras.py")
    for name, (python, program) in programs.items():
        ways[name] = start_program(python, program, problem, arguments)
    return ways


def name_way(name: str, precision: str) -> str:
    """Return the name of a way to train in some precision."""
    return name if precision == "float32" else f"{name}, {precision}"


def make_replicates(problem: Problem) -> Replicates:
    """Return random windows with random targets, as the library gives them to nets."""
    generator = np.random.default_rng(1)
    shape = (problem.windows, problem.sites)
    windows = Windows.pack(
        generator.integers(2, size=(*shape, problem.haplotypes), dtype=np.uint8),
        np.sort(generator.random(shape, dtype=np.float32), axis=1),
        np.ones(shape, bool),
    )
    target: TargetValues = generator.normal(size=(problem.windows, 1))
    if problem.classes:
        target = generator.integers(len(problem.classes), size=problem.windows)
    table = pd.DataFrame(index=range(problem.windows))
    return Replicates(windows, target, table, problem.classes)


def make_plan(problem: Problem, precision: str, device: str) -> TrainingPlan:
    """Return how scripts/train.py would train a net for one epoch."""
    samples = Samples.from_config(problem.haplotypes // 2, ploidy=2)
    encoding = Encoding(sites=problem.sites)
    simulated = SimulatedView(encoding=encoding, samples=samples, targets=problem.targets)
    options = {"epochs": 1, "batch_size": BATCH, "device": device, "precision": precision}
    settings = TrainSettings(
        seed=1,
        net=problem.net,
        training=Training.model_validate(options),
        parameters=(),
        view=simulated,
    )
    view = simulated.observed(Observation(polarised=True))
    return TrainingPlan(settings, view, resolve_recipe(settings, view))


def build_net(problem: Problem) -> Net:
    """Return the net of a problem."""
    torch.manual_seed(1)
    outputs = count_outputs("squared", problem.targets)
    return nets.build_net(problem.net, problem.shape, outputs)


def train_with_coalflow(
    problem: Problem, replicates: Replicates, plan: TrainingPlan, clock: Callable[[], float]
) -> float:
    """Train an epoch as scripts/train.py does, and return its seconds."""
    scaling = None
    if not problem.classes:
        scaling = TargetScaling.fit(replicates.target, problem.targets)
    few = dataclasses.replace(
        replicates, windows=replicates.windows[:BATCH], target=replicates.target[:BATCH]
    )
    data, net = TrainingData(replicates, few, scaling), build_net(problem)
    with tempfile.TemporaryDirectory() as folder:
        run = TrainingRun(pathlib.Path(folder) / "checkpoint.pt", "bench")
        return measure_seconds(functools.partial(train_net, net, data, plan, run), clock)


def train_on_random_data(
    problem: Problem, plan: TrainingPlan, device: torch.device, clock: Callable[[], float]
) -> float:
    """Take as many steps on numbers that are on the device already, and return their seconds."""
    shape = (BATCH, problem.sites, problem.haplotypes)
    haplotypes = torch.randint(2, shape, device=device).float() * 2 - 1
    positions = torch.rand(BATCH, problem.sites, 1, device=device)
    mask = torch.ones(BATCH, problem.sites, dtype=torch.bool, device=device)
    target, compute_loss = make_target_and_loss(problem, BATCH, device)
    learner = Learner(build_net(problem).to(device), plan.recipe, ALONE)
    learner.net.train()

    def take_steps() -> None:
        for _ in range(problem.windows // BATCH):
            with devices.use_precision(plan.recipe.precision, device):
                outputs = learner.net(haplotypes, positions, mask)
            loss = compute_loss(outputs.float(), target)
            learner.change_weights(loss, plan.recipe.learning_rate)

    return measure_seconds(take_steps, clock)


def make_target_and_loss(
    problem: Problem, count: int, device: torch.device
) -> tuple[torch.Tensor, Callable[..., torch.Tensor]]:
    """Return a random target, and PyTorch's loss for it."""
    if problem.classes:
        target = torch.randint(len(problem.classes), (count,), device=device)
        return target, nn.functional.cross_entropy
    return torch.randn(count, 1, device=device), nn.functional.mse_loss


def start_program(
    python: str, program: str, problem: Problem, arguments: argparse.Namespace
) -> Train:
    """Return a function that lets another program train an epoch, in a process of its own."""
    command = [python, str(ROOT / "bench" / program), problem.net, str(problem.windows)]
    command += [str(arguments.threads), arguments.device, arguments.clock]
    other = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert other.stdin is not None and other.stdout is not None
    written, read = other.stdin, other.stdout

    def train() -> float:
        written.write("train\n")
        written.flush()
        return float(read.readline())

    return train


def measure_seconds(work: Callable[[], object], clock: Callable[[], float]) -> float:
    """Return the seconds that work takes, a GPU's too."""
    wait_for_gpu()
    started = clock()
    work()
    wait_for_gpu()
    return clock() - started


def wait_for_gpu() -> None:
    """Wait for the GPU, if there is one."""
    if torch.cuda.is_available():
        torch.cuda.synchronize()


def count_operations(problem: Problem) -> float:
    """Return how many operations the matrix products of a training step take per window."""
    net = build_net(problem)
    windows = [part.repeat_interleave(2, dim=0) for part in nets.make_blank_windows(problem.shape)]
    with FlopCounterMode(display=False) as counter:
        net(*windows).sum().backward()
    return counter.get_total_flops() / 2


def measure_peak(
    precision: str, device: torch.device, clock: Callable[[], float], size: int = 2048
) -> float:
    """Return how many operations a second a large matrix product does."""
    matrix = torch.rand(size, size, device=device, dtype=getattr(torch, precision))
    multiply = functools.partial(torch.matmul, matrix, matrix)
    return 2 * size**3 / min(measure_seconds(multiply, clock) for _ in range(6))


if __name__ == "__main__":
    main()
