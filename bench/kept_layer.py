"""A training step of ``coalflow``, and predictions of its restarts, with the first layer kept.

Random windows of three sizes. A step is that of :mod:`coalflow.models.training.loop`, with all that
an epoch and the start of a training take for it: batches, augmentation, validation windows (one for
eight training windows), and what is computed once for all epochs, of which there are as many as in
the net's own recipe. In each round, in turn:

- ``kept``: the first layer is computed once a window, and kept in memory;
- ``recomputed``: it is computed for each batch;
- ``before``: an earlier version.

An ensemble is three restarts that predict the same windows, together and one after the other.

    python bench/kept_layer.py --before ../earlier
"""

from __future__ import annotations

import functools
import pathlib
import sys
import tempfile
import time

import numpy as np
import pandas as pd
import torch

from measuring import (
    Mark,
    Row,
    Server,
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
from coalflow.dataset.loading import Replicates
from coalflow.dataset.target_scaling import TargetScaling
from coalflow.evaluation.cards import NetInput
from coalflow.models import batches, nets
from coalflow.models.nets.net import Net
from coalflow.models.training import devices, loop
from coalflow.models.training.recipes import TrainingPlan, resolve_recipe
from coalflow.windows.packed_windows import Windows

SHAPES = {(40, 20): 1.4, (256, 40): 2.0, (256, 100): 2.8}  # and how many times as fast a step is
TRAINING, VALIDATION = 256, 32  # windows
RESTARTS = 3
TARGETS = Targets(definitions={"target": ParameterTarget(parameter="target", scale="linear")})
#: Whether the library is of an earlier version, which keeps nothing.
EARLIER = not hasattr(Net, "first_layer")


def main() -> None:
    """Time all ways, and hand over the rows."""
    arguments = make_parser(__doc__, rounds=3).parse_args()
    devices.make_deterministic(threads=1)
    keep_memory_between_training_steps()
    loop.CALIBRATION_WINDOWS = TRAINING // 4  # as of about 20,000 windows
    ways = make_ways()
    if arguments.serve:
        serve(ways)
        return
    before = start_before(arguments.before, __file__) if arguments.before else None
    rows = [
        row
        for (sites, haplotypes), mark in SHAPES.items()
        for row in measure(f"{sites} x {haplotypes}", mark, ways, before, arguments.rounds)
    ]
    hand_over(rows, arguments.output)


def measure(
    size: str, mark: float, ways: dict[str, Way], before: Server | None, rounds: int
) -> list[Row]:
    """Return the rows of windows of one size."""
    chosen = {name: way for name, way in ways.items() if name.endswith(size)}
    if before is not None:
        earlier = (f"recomputed, {size}", f"one by one, {size}")
        chosen |= {f"before: {name}": before.time(name) for name in earlier}
    times = time_rounds(chosen, rounds)
    steps, predicted = TRAINING // 64, RESTARTS * TRAINING
    step, ensemble = f"kept, {size}", f"together, {size}"
    rows = [
        compare(f"step, {size}", times, step, f"recomputed, {size}", amount=steps, unit="ms"),
        compare(
            f"window of an ensemble, {size}",
            times,
            ensemble,
            f"one by one, {size}",
            amount=predicted,
            unit="ms",
        ),
    ]
    if before is not None:
        first, second = (f"before: {name}" for name in earlier)
        reached = Mark(">=", mark)
        rows += [
            compare(f"step, {size}", times, step, first, amount=steps, unit="ms", mark=reached),
            compare(
                f"window of an ensemble, {size}",
                times,
                ensemble,
                second,
                amount=predicted,
                unit="ms",
                mark=reached,
            ),
        ]
    return rows


def make_ways() -> dict[str, Way]:
    """Return all ways by name; those of an earlier version keep nothing."""
    ways: dict[str, Way] = {}
    for sites, haplotypes in SHAPES:
        size = f"{sites} x {haplotypes}"
        train, validation = (
            make_replicates(count, sites, haplotypes) for count in (TRAINING, VALIDATION)
        )
        plan = make_plan(sites, haplotypes)
        restarts = [build_net(sites, haplotypes, seed).eval() for seed in range(RESTARTS)]
        data = loop.TrainingData(train, validation, TargetScaling.fit(train.target, TARGETS))
        ways[f"recomputed, {size}"] = functools.partial(time_steps, data, plan, most=0)
        ways[f"one by one, {size}"] = functools.partial(time_restarts, restarts, train.windows)
        if not EARLIER:
            ways[f"kept, {size}"] = functools.partial(time_steps, data, plan, most=10**12)
            ways[f"together, {size}"] = functools.partial(time_ensemble, restarts, train.windows)
    return ways


def make_replicates(count: int, sites: int, haplotypes: int) -> Replicates:
    """Return random windows with random targets; common alleles are as common as rare ones."""
    generator = np.random.default_rng(count)
    shape = count, sites, 1
    windows = Windows.pack(
        (generator.random((count, sites, haplotypes)) < generator.random(shape)).astype(np.uint8),
        np.sort(generator.random(shape[:2], dtype=np.float32), axis=1),
        np.ones(shape[:2], bool),
    )
    table = pd.DataFrame(index=range(count))
    return Replicates(windows, generator.normal(size=(count, 1)), table)


def make_plan(sites: int, haplotypes: int) -> TrainingPlan:
    """Return how scripts/train.py would train the net."""
    simulated = SimulatedView(
        encoding=Encoding(sites=sites),
        samples=Samples.from_config(haplotypes // 2, ploidy=2),
        targets=TARGETS,
    )
    settings = TrainSettings(
        seed=1,
        net="coalflow",
        training=Training.model_validate({"device": "cpu"}),
        parameters=(),
        view=simulated,
    )
    view = simulated.observed(Observation(polarised=True))
    return TrainingPlan(settings, view, resolve_recipe(settings, view))


def build_net(sites: int, haplotypes: int, seed: int) -> Net:
    """Return a net with the weights of a seed."""
    torch.manual_seed(seed)
    shape = NetInput(sites=sites, haplotypes=haplotypes, channels=1)
    return nets.build_net("coalflow", shape, 1)


def time_steps(data: loop.TrainingData, plan: TrainingPlan, most: int) -> float:
    """Return seconds of an epoch, with its share of what is done once for all epochs."""
    _, sites, haplotypes = data.train.windows.shape
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        run = loop.TrainingRun(folder / "checkpoint.pt", "bench", **keep_up_to(most, folder))
        started = time.process_time()
        trainer = loop.Trainer(build_net(sites, haplotypes, 0), data, plan, run)
        built = time.process_time() - started
        trainer.take_step(torch.arange(plan.batch_size))  # the first one is to reserve memory
        trainer.progress.steps = 0
        started = time.process_time()
        for rows in trainer.begin_epoch(1):
            trainer.take_step(rows)
        trainer.evaluate(1)
        return time.process_time() - started + built / plan.recipe.epochs


def keep_up_to(most: int, folder: pathlib.Path) -> dict:
    """Return where summaries are kept, as options of ``TrainingRun``; 0 bytes: nowhere."""
    if EARLIER:
        return {}
    from coalflow.models import summaries

    if not most:
        summaries._measure_free = lambda folder: 0.0
    return {"storage": summaries.Storage(most, folder)}


def time_restarts(restarts: list[Net], windows: Windows) -> float:
    """Return seconds in which nets predict one after the other."""
    started = time.process_time()
    for net in restarts:
        if EARLIER:
            batches.predict_in_batches(net, batches.DeviceWindows(windows, Encoding(), "cpu"))
        else:
            time_ensemble([net], windows)
    return time.process_time() - started


def time_ensemble(restarts: list[Net], windows: Windows) -> float:
    """Return seconds in which nets predict together."""
    started = time.process_time()
    inputs = batches.DeviceWindows(windows, Encoding(), "cpu", restarts[0].first_layer)
    batches.predict_in_batches(restarts, inputs)
    return time.process_time() - started


if __name__ == "__main__":
    main()
