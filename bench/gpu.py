"""What training on a GPU takes, and whether it gives what a CPU gives, in one go of eight minutes.

Times are wall clock, since a GPU's work is not processor time. Windows are random numbers, so no
simulator is needed: PyTorch, NumPy, pandas, pyarrow, pydantic and tensorboardX are enough.
A part that fails is named, and the others run.

    python bench/gpu.py --output rows.json
    python bench/gpu.py --device cpu --small     # as a test runs it
"""

from __future__ import annotations

import dataclasses
import functools
import pathlib
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "scripts"))

import torch

import measuring
from coalflow.core.errors import CoalflowError
from coalflow.core.memory import keep_memory_between_training_steps
from coalflow.models.batches import DeviceWindows
from coalflow.models.nets.net import Net
from coalflow.models.training import devices
from coalflow.models.training.batch_size import find_batch_size
from coalflow.models.training.inputs import TrainingRun
from coalflow.models.training.interruptions import Stop
from coalflow.models.training.loop import train_net
from coalflow.models.training.processes import ALONE
from gpu_steps import Steps, build_net, make_data, make_plan, time_wall
from measuring import Mark, Row, Spread
from train import Problem, measure_peak

FAQ, SWEEPS = "flagel_tajimas_d", "flagel_sweeps"
CLASSES = ("neutral", "hard", "soft", "near a hard one", "near a soft one")
PRECISIONS = ("float32", "bfloat16")
SECONDS_OF_THE_FAQ = 325.0  # of its author, for an epoch
MOST_SECONDS = 0.5
# How far outputs may be from those of a CPU, in standard deviations of the latter.
MOST_DIFFERENCE = {"with the same weights": 0.005, "after an epoch from the same weights": 0.05}


@dataclasses.dataclass(frozen=True)
class Scale:
    """How much is done: windows of an epoch, and what is timed."""

    faq: int
    quickstart: int
    sweeps: int
    batch: int
    batches: int  # of different windows
    steps: int  # that are timed at a time
    epochs: int
    rounds: int


LARGE = Scale(143_064, 18_000, 20_000, batch=256, batches=8, steps=100, epochs=3, rounds=3)
SMALL = Scale(16, 16, 4, batch=4, batches=1, steps=1, epochs=1, rounds=1)

#: Yields rows, and what is not measured, as text.
Part = Callable[[torch.device, Scale], Iterator[Row | str]]


def main() -> int:
    """Measure each part, and hand over the rows."""
    parser = measuring.make_parser(__doc__)
    parser.add_argument("--device", default="cuda", choices=["cpu", "cuda"])
    parser.add_argument("--small", action="store_true", help="little work, to see that it runs")
    arguments = parser.parse_args()
    if arguments.device == "cuda" and not torch.cuda.is_available():
        measuring.hand_over([], arguments.output, ["all of it: there is no GPU here"])
        return 0
    device, scale = devices.choose_device(arguments.device), SMALL if arguments.small else LARGE
    devices.make_deterministic(torch.get_num_threads())
    keep_memory_between_training_steps()
    rows: list[Row] = []
    left_out: list[str] = []
    failed = False
    parts: list[Part] = [compare_devices, resume, time_epochs, choose_batch_sizes, time_ways]
    for part in parts:
        try:
            for found in part(device, scale):
                left_out.append(found) if isinstance(found, str) else rows.append(found)
        except Exception as error:
            traceback.print_exc()
            failed = True
            left_out.append(f"`{part.__name__}` failed: {error}")
        measuring.write_rows(rows, arguments.output, left_out)  # lest the time be over
    measuring.hand_over(rows, arguments.output, left_out)
    return 1 if failed else 0


# Whether a GPU gives what a CPU gives -------------------------------------------------------------


def compare_devices(device: torch.device, scale: Scale) -> Iterator[Row | str]:
    """Yield how far outputs are from those of a CPU, in float32."""
    for name in (FAQ, "coalflow"):
        problem = Problem(name, 40, 20, scale.batch * 16)
        trained = [
            train(problem, scale, kind, epochs=1, precision="float32")
            for kind in ("cpu", device.type)
        ]
        outputs = compute_outputs(trained[0], problem, "cpu")
        others = [
            compute_outputs(trained[0], problem, device),
            compute_outputs(trained[1], problem),
        ]
        for other, (when, most) in zip(others, MOST_DIFFERENCE.items(), strict=True):
            difference = (outputs - other).abs().max() / outputs.std()
            yield Row(
                f"{name}: largest difference from outputs of a CPU {when}",
                Spread.from_values([difference.item()]),
                "standard deviations",
                mark=Mark("<=", most, "value"),
            )


class StopSoon(Stop):
    """Stops a training in its first epoch, after the third step."""

    looked = 0

    @property
    def is_due(self) -> bool:
        """Whether to stop now."""
        self.looked += 1
        return self.looked == 3


def resume(device: torch.device, scale: Scale) -> Iterator[Row | str]:
    """Yield how many weights differ if a training was stopped within an epoch and resumed."""
    problem = Problem("coalflow", 40, 20, scale.batch * 8)
    whole = train(problem, scale, device.type, epochs=2)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        try:
            train(problem, scale, device.type, epochs=2, folder=folder, stop=StopSoon())
            raise AssertionError("the training was not stopped")
        except CoalflowError as error:
            print(error)
        resumed = train(problem, scale, device.type, epochs=2, folder=folder)
    weights = [torch.cat([part.flatten() for part in net.parameters()]) for net in (whole, resumed)]
    differ = float((weights[0] != weights[1]).sum())
    what = "coalflow, two epochs: weights that differ if it was stopped and resumed"
    yield Row(what, Spread.from_values([differ]), "weights", mark=Mark("<=", 0, "value"))


def train(
    problem: Problem,
    scale: Scale,
    device: str,
    epochs: int,
    folder: pathlib.Path | None = None,
    stop: Stop | None = None,
    **options: object,
) -> Net:
    """Return a trained net, without dropout, which differs between devices."""
    options |= {"epochs": epochs, "batch_size": scale.batch, "dropout": 0.0}
    plan, data = make_plan(problem, device, **options), make_data(problem)
    net = build_net(problem, plan)
    with tempfile.TemporaryDirectory() as name:
        checkpoint = (folder or pathlib.Path(name)) / "checkpoint.pt"
        train_net(net, data, plan, TrainingRun(checkpoint, "bench", stop=stop or Stop()))
    return net.cpu().eval()


def compute_outputs(net: Net, problem: Problem, device: torch.device | str = "cpu") -> torch.Tensor:
    """Return what a net makes of validation windows on a device."""
    encoding = make_plan(problem, "cpu").view.encoding
    windows = make_data(problem).validation.windows
    inputs = DeviceWindows(windows, encoding, device, net.first_layer)
    with torch.no_grad():
        outputs = net.to(device)(*inputs.make_batch(slice(0, len(inputs)))).cpu()
    net.cpu()
    return outputs


# What an epoch takes ------------------------------------------------------------------------------


def time_epochs(device: torch.device, scale: Scale) -> Iterator[Row | str]:
    """Yield seconds of an epoch, all its costs included, by default with its authors' batches."""
    faq = Problem(FAQ, 40, 20, scale.faq)
    auto = choose_batch_size(faq, device)
    mark = Mark("<=", MOST_SECONDS, "value")
    cases: list[tuple[Problem, str, dict[str, object], Mark | None]] = [
        (faq, "the FAQ's epoch", {}, mark),
        (faq, f"the FAQ's epoch, `batch_size: auto` ({auto})", {"batch_size": auto}, mark),
        (Problem(FAQ, 40, 20, scale.quickstart), "quickstart", {}, None),
        (Problem("coalflow", 40, 20, scale.quickstart), "quickstart", {}, None),
        (Problem(SWEEPS, 200, 40, scale.sweeps, CLASSES), "sweeps", {}, None),
    ]
    for problem, name, options, mark in cases:
        run = functools.partial(time_training, problem, device, options)
        run(1)  # to warm up
        # What comes before the first epoch and after the last takes part in neither.
        seconds = [(run(1 + scale.epochs) - run(1)) / scale.epochs for _ in range(scale.rounds)]
        times = {"coalflow": [max(some, 1e-6) for some in seconds]}
        anchor = ""
        if mark is not None:
            anchor = "the FAQ's author"
            times[anchor] = [SECONDS_OF_THE_FAQ] * len(seconds)
        what = f"{problem.net}, {name}: {problem.windows:,} windows"
        yield measuring.compare(what, times, "coalflow", anchor, mark=mark)


def time_training(
    problem: Problem, device: torch.device, options: dict[str, object], epochs: int
) -> float:
    """Return the seconds of a training of some epochs."""
    plan = make_plan(problem, device.type, epochs=epochs, patience=epochs, **options)
    data, net = make_data(problem), build_net(problem, plan)
    with tempfile.TemporaryDirectory() as folder:
        run = TrainingRun(pathlib.Path(folder) / "checkpoint.pt", "bench")
        return time_wall(functools.partial(train_net, net, data, plan, run), device)()


def choose_batch_sizes(device: torch.device, scale: Scale) -> Iterator[Row | str]:
    """Yield what ``batch_size: auto`` chooses."""
    for problem in list_problems(scale):
        size = Spread.from_values([choose_batch_size(problem, device)])
        yield Row(f"{name_problem(problem)}: `batch_size: auto`", size, "windows")


def choose_batch_size(problem: Problem, device: torch.device) -> int:
    """Return what ``batch_size: auto`` chooses."""
    plan = make_plan(problem, device.type, batch_size="auto")
    net, windows = build_net(problem, plan), make_data(problem).train.windows
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "batch_size.json"
        return find_batch_size(net, windows, plan, device, ALONE, path)


# What a step takes --------------------------------------------------------------------------------


def list_problems(scale: Scale) -> list[Problem]:
    """Return the nets whose steps are timed."""
    windows = scale.batch * scale.batches
    return [
        Problem(FAQ, 40, 20, windows),
        Problem(SWEEPS, 200, 40, windows, CLASSES),
        Problem("coalflow", 40, 20, windows),
        Problem("coalflow", 256, 100, windows),
    ]


def name_problem(problem: Problem) -> str:
    """Return what a problem is called in rows."""
    return f"{problem.net}, {problem.sites} × {problem.haplotypes}"


#: Ways to take steps that coalflow does not use; a first layer without weights is kept in them.
EXPERIMENTS = {"torch.compile": Steps.compile, "a CUDA graph": Steps.capture}


def time_ways(device: torch.device, scale: Scale) -> Iterator[Row | str]:
    """Yield windows per second by the way that steps are taken, and shares of the peak."""
    if device.type != "cuda":
        yield f"{' and '.join(EXPERIMENTS)}: without a GPU"
    for problem in list_problems(scale):
        name = f"{name_problem(problem)}, batches of {scale.batch}"
        make = functools.partial(Steps, problem, device, scale.batch, scale.steps)
        steps = {precision: make(precision) for precision in PRECISIONS}
        ways: dict[str, Callable[[], None]] = {}
        for precision, some in steps.items():
            ways[precision] = some.take
            ways[f"{precision}, on one batch of numbers"] = functools.partial(some.take, fixed=True)
        if steps["float32"].net.first_layer is not None:
            ways |= {f"{each}, first layer kept": make(each, kept=True).take for each in PRECISIONS}
        for label, prepare in EXPERIMENTS.items() if device.type == "cuda" else ():
            try:
                ways[f"bfloat16, {label}"] = prepare(make("bfloat16", kept=True))
            except Exception as error:  # whatever it is, the rest is measured
                yield f"{name}, {label}: {type(error).__name__}: {str(error)[:100]!r}"
        timed = {way: time_wall(take, device) for way, take in ways.items()}
        times = measuring.time_rounds(timed, scale.rounds)
        for way in times:
            yield measuring.compare(
                f"{name}: {way}",
                times,
                way,
                "float32" if way != "float32" else "",
                amount=scale.batch * scale.steps,
                unit="windows/s",
            )
        for precision, some in steps.items():
            operations = some.count_operations() * scale.steps
            peak = measure_peak(precision, device, time.monotonic, size=scale.batch * 32)
            shares = Spread.from_values(operations / taken / peak for taken in times[precision])
            yield Row(f"{name}: {precision}, share of the peak", shares, "")


if __name__ == "__main__":
    sys.exit(main())
