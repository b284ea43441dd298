"""What training a net costs: coalflow, a plain PyTorch loop and Keras, side by side.

Two nets, on random windows: that of Flagel's FAQ (40 sites of 20 haplotypes, alleles -1 and 1)
and ``flagel_sweeps`` (200 sites of 40), in batches of 256, on one core. An epoch has 40 and 3
batches, and as many as an eighth of its windows for validation. In each round, in turn:

- ``coalflow``: :func:`coalflow.models.training.loop.train_net` as it is, from bits, in float32 and
  with ``precision: bfloat16``;
- ``random data``: the same steps, and predictions of the same number of windows, on numbers that
  are in memory already: what the loop would do if windows and all around the net cost nothing;
- ``plain PyTorch``: ``nn.Conv1d`` and a ``DataLoader`` over a ``TensorDataset`` of float32;
- ``Keras``: the same layers by Keras 3 on TensorFlow. ``--keras`` names the Python of an
  environment of its own with bench/requirements_keras.txt;
- ``before``: coalflow of an earlier checkout.

The FAQ's net is also trained for 10 epochs of 3 batches. The share of the peak is that of a large
matrix product in the same arithmetic.

    python bench/train.py --keras keras/bin/python --before ../earlier
"""

from __future__ import annotations

import dataclasses
import functools
import pathlib
import sys
import tempfile
import time
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from measuring import (
    CannotRun,
    Mark,
    Row,
    Server,
    Spread,
    Way,
    compare,
    hand_over,
    make_parser,
    serve,
    start_before,
    time_rounds,
)

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
from coalflow.models.training.inputs import TrainingData, TrainingRun
from coalflow.models.training.learner import Learner
from coalflow.models.training.loop import train_net
from coalflow.models.training.losses import count_outputs
from coalflow.models.training.processes import ALONE
from coalflow.models.training.recipes import TrainingPlan, resolve_recipe
from coalflow.windows.packed_windows import Windows

BATCH = 256
PRECISIONS = ("float32", "bfloat16")
ANCHOR_MARKS = {"float32": Mark(">=", 1.0), "bfloat16": Mark(">=", 1.5)}  # against Keras
LOOP_MARK = Mark(">=", 0.95)  # against the same on numbers that are in memory already
KERAS_NEEDS = "--keras and the path of a Python with bench/requirements_keras.txt"


@dataclasses.dataclass(frozen=True)
class Problem:
    """A net, its windows, and how many windows an epoch has, and how many epochs there are."""

    net: str
    sites: int
    haplotypes: int
    windows: int
    classes: tuple[str, ...] | None = None
    epochs: int = 1

    @property
    def shape(self) -> NetInput:
        """The shape of its windows."""
        return NetInput(sites=self.sites, haplotypes=self.haplotypes, channels=1)

    @property
    def targets(self) -> Targets:
        """A number, or classes."""
        target = ParameterTarget(parameter="target", scale=None if self.classes else "linear")
        return Targets(definitions={"target": target}, classes=self.classes)


FAQ = Problem("flagel_tajimas_d", 40, 20, 40 * BATCH)
SHORT_EPOCHS = dataclasses.replace(FAQ, windows=3 * BATCH, epochs=10)
SWEEPS = Problem("flagel_sweeps", 200, 40, 3 * BATCH, ("a", "b", "c", "d", "e"))


def main() -> None:
    """Time all ways to train the nets, and hand over the rows."""
    parser = make_parser(__doc__, rounds=3)
    parser.add_argument("--keras", type=pathlib.Path, help="a Python with Keras and TensorFlow")
    arguments = parser.parse_args()
    devices.make_deterministic(threads=1)
    keep_memory_between_training_steps()
    if arguments.serve:
        serve(
            {
                name_way(problem.net, precision): train_with_coalflow(problem, precision)
                for problem in (FAQ, SWEEPS)
                for precision in PRECISIONS
            }
        )
        return
    before = start_before(arguments.before, __file__) if arguments.before else None
    left_out = [] if arguments.keras else [f"Keras, which needs {KERAS_NEEDS}"]
    rows = []
    for problem in (FAQ, SWEEPS):
        others = {"plain PyTorch": start_program(sys.executable, "train_plain.py", problem)}
        if arguments.keras:
            try:
                others["Keras"] = start_program(arguments.keras, "train_keras.py", problem)
            except CannotRun as error:
                left_out.append(f"Keras: {error}")
        rows += measure(problem, others, before, arguments.rounds)
    rows += measure(SHORT_EPOCHS, {}, None, arguments.rounds)
    hand_over(rows, arguments.output, left_out)


def start_program(python: str | pathlib.Path, program: str, problem: Problem) -> Way:
    """Start another program that trains a net, and return its way."""
    server = Server(
        [python, ROOT / "bench" / program, problem.net, str(problem.windows)],
        {"OMP_NUM_THREADS": "1"},
    )
    return server.time(*server.names)


def measure(
    problem: Problem, others: dict[str, Way], before: Server | None, rounds: int
) -> list[Row]:
    """Return the rows of one net."""
    ways = dict(others)
    for precision in PRECISIONS:
        ways[name_way("coalflow", precision)] = train_with_coalflow(problem, precision)
        ways[name_way("random data", precision)] = train_on_random_data(problem, precision)
        if before is not None:
            name = name_way(problem.net, precision)
            ways[name_way("before", precision)] = before.time(name)
    times = time_rounds(ways, rounds)
    what = f"{problem.net}, epochs of {problem.windows // BATCH} batches"
    rows = []
    for precision in PRECISIONS:
        marks = {name_way("random data", precision): LOOP_MARK}
        if "Keras" in ways:
            marks["Keras"] = ANCHOR_MARKS[precision]
        for anchor in ("plain PyTorch", name_way("before", precision)):
            if anchor in ways:
                marks[anchor] = None
        rows += [
            compare(
                f"{what}, {precision}",
                times,
                name_way("coalflow", precision),
                anchor,
                amount=problem.windows * problem.epochs,
                unit="windows/s",
                mark=mark,
            )
            for anchor, mark in marks.items()
        ]
        rows.append(measure_share(what, problem, times[name_way("coalflow", precision)], precision))
    return rows


def measure_share(what: str, problem: Problem, seconds: Sequence[float], precision: str) -> Row:
    """Return the row that says what share of the peak training reaches."""
    done = count_operations(problem) * problem.windows * problem.epochs
    peak = measure_peak(precision, torch.device("cpu"), time.process_time)
    shares = Spread.from_values(done / one / peak for one in seconds)
    return Row(f"{what}, {precision}: share of the peak", shares, "")


def name_way(name: str, precision: str) -> str:
    """Return the name of a way to train in some precision."""
    return f"{name}, {precision}"


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


def make_plan(problem: Problem, precision: str) -> TrainingPlan:
    """Return how scripts/train.py would train a net, on the CPU."""
    samples = Samples.from_config(problem.haplotypes // 2, ploidy=2)
    encoding = Encoding(sites=problem.sites)
    simulated = SimulatedView(encoding=encoding, samples=samples, targets=problem.targets)
    options = {"batch_size": BATCH, "device": "cpu", "precision": precision}
    options |= {"epochs": problem.epochs, "patience": problem.epochs}
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


def train_with_coalflow(problem: Problem, precision: str) -> Way:
    """Return a way that trains as scripts/train.py does."""
    replicates, plan = make_replicates(problem), make_plan(problem, precision)
    scaling = None
    if not problem.classes:
        scaling = TargetScaling.fit(replicates.target, problem.targets)
    few = slice(0, problem.windows // 8)
    validation = dataclasses.replace(
        replicates, windows=replicates.windows[few], target=replicates.target[few]
    )
    data = TrainingData(replicates, validation, scaling)

    def train() -> float:
        net = build_net(problem)
        with tempfile.TemporaryDirectory() as folder:
            run = TrainingRun(pathlib.Path(folder) / "checkpoint.pt", "bench")
            started = time.process_time()
            train_net(net, data, plan, run)
            return time.process_time() - started

    return train


def train_on_random_data(problem: Problem, precision: str) -> Way:
    """Return a way that takes as many steps on numbers that are in memory already."""
    plan, device = make_plan(problem, precision), torch.device("cpu")
    shape = (BATCH, problem.sites, problem.haplotypes)
    batch = (
        torch.randint(2, shape).float() * 2 - 1,
        torch.rand(BATCH, problem.sites, 1),
        torch.ones(BATCH, problem.sites, dtype=torch.bool),
    )
    target, compute_loss = make_target_and_loss(problem, BATCH, device)
    learner = Learner(build_net(problem), plan.recipe, ALONE)

    def predict() -> None:
        learner.net.eval()
        with torch.no_grad():
            for rows in torch.arange(problem.windows // 8).split(BATCH):
                learner.net(*(part[: len(rows)] for part in batch))

    def train() -> float:
        started = time.process_time()
        for _ in range(problem.epochs):
            learner.net.train()
            for _ in range(problem.windows // BATCH):
                with devices.use_precision(precision, device):
                    outputs = learner.net(*batch)
                loss = compute_loss(outputs.float(), target)
                learner.change_weights(loss, plan.recipe.learning_rate)
            predict()
        return time.process_time() - started

    return train


def make_target_and_loss(
    problem: Problem, count: int, device: torch.device
) -> tuple[torch.Tensor, Callable[..., torch.Tensor]]:
    """Return a random target, and PyTorch's loss for it."""
    if problem.classes:
        target = torch.randint(len(problem.classes), (count,), device=device)
        return target, nn.functional.cross_entropy
    return torch.randn(count, 1, device=device), nn.functional.mse_loss


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
