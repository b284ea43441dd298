"""Steps of training on random windows, taken in several ways: what bench/gpu.py times."""

from __future__ import annotations

import dataclasses
import functools
import pathlib
import sys
import time
from collections.abc import Callable

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "scripts"))

import torch
from torch.utils.flop_counter import FlopCounterMode

from coalflow.config.schema.encoding import Encoding
from coalflow.config.schema.observation import Observation
from coalflow.config.schema.samples import Samples
from coalflow.config.schema.training import Training
from coalflow.config.settings.learning import TrainSettings
from coalflow.config.settings.view import SimulatedView
from coalflow.dataset.target_scaling import TargetScaling
from coalflow.models import nets
from coalflow.models.batches import Batches, DeviceWindows
from coalflow.models.nets.net import Inputs, Net
from coalflow.models.summaries import Storage, keep_summaries
from coalflow.models.training import devices
from coalflow.models.training.inputs import TrainingData
from coalflow.models.training.learner import Learner
from coalflow.models.training.losses import count_outputs
from coalflow.models.training.processes import ALONE
from coalflow.models.training.recipes import TrainingPlan, resolve_recipe
from measuring import Way
from train import Problem, make_replicates, make_target_and_loss


@functools.cache
def make_data(problem: Problem) -> TrainingData:
    """Return random windows, of which a few are for validation."""
    replicates = make_replicates(problem)
    scaling = None
    if not problem.classes:
        scaling = TargetScaling.fit(replicates.target, problem.targets)
    few = slice(0, max(1, problem.windows // 8))
    validation = dataclasses.replace(
        replicates,
        windows=replicates.windows[few],
        target=replicates.target[few],
        table=replicates.table[few],
    )
    return TrainingData(replicates, validation, scaling)


def make_plan(problem: Problem, device: str, **options: object) -> TrainingPlan:
    """Return how scripts/train.py would train a net, with some options of ``training``."""
    simulated = SimulatedView(
        encoding=Encoding(sites=problem.sites),
        samples=Samples.from_config(problem.haplotypes // 2, ploidy=2),
        targets=problem.targets,
    )
    settings = TrainSettings(
        seed=1,
        net=problem.net,
        training=Training.model_validate({"device": device, **options}),
        parameters=(),
        view=simulated,
    )
    view = simulated.observed(Observation(polarised=True))
    return TrainingPlan(settings, view, resolve_recipe(settings, view))


def build_net(problem: Problem, plan: TrainingPlan) -> Net:
    """Return a new net, with the same weights every time."""
    torch.manual_seed(1)
    outputs = count_outputs(plan.recipe.loss, problem.targets)
    return nets.build_net(problem.net, problem.shape, outputs, plan.recipe.dropout)


def time_wall(work: Callable[[], object], device: torch.device) -> Way:
    """Return a way that does some work, and counts seconds until the device has done it."""

    def run() -> float:
        devices.wait_for_device(device)
        started = time.monotonic()
        work()
        devices.wait_for_device(device)
        return time.monotonic() - started

    return run


class Steps:
    """A net that learns from random windows on a device.

    Parameters
    ----------
    problem : Problem
        It has windows for one batch or more.
    device : torch.device
    batch : int
        Windows per step.
    count : int
        How many steps are taken at a time.
    precision : str
    kept : bool
        Whether what a first layer without weights makes of windows is computed beforehand.
    """

    def __init__(
        self,
        problem: Problem,
        device: torch.device,
        batch: int,
        count: int,
        precision: str,
        kept: bool = False,
    ) -> None:
        self.device, self.batch, self.count, self.precision = device, batch, count, precision
        self.plan = make_plan(problem, device.type, precision=precision)
        self.net = build_net(problem, self.plan).to(device).train()
        windows = DeviceWindows(
            make_data(problem).train.windows, self.plan.view.encoding, device, self.net.first_layer
        )
        self.batches: Batches = windows
        if kept and self.net.first_layer is not None:
            self.batches, _ = keep_summaries(windows, "bench", Storage(), silent=True)
        self.target, self.compute_loss = make_target_and_loss(problem, len(windows), device)
        self.learner = Learner(self.net, self.plan.recipe, ALONE)
        self.rows = torch.arange(batch, device=device)
        self.fixed = self.batches.make_batch(self.rows)

    def take(self, fixed: bool = False) -> None:
        """Take some steps, each on the next windows, or all on a batch that is there already."""
        for step in range(self.count):
            rows = self.choose_rows(step)
            batch = self.fixed if fixed else self.batches.make_batch(rows)
            self.change_weights(batch, self.target[rows])

    def choose_rows(self, step: int) -> torch.Tensor:
        """Return the windows of a step."""
        return self.rows + self.batch * (step % (len(self.batches) // self.batch))

    def change_weights(self, batch: Inputs, target: torch.Tensor) -> None:
        """Learn from a batch."""
        with devices.use_precision(self.precision, self.device):
            outputs = self.learner.wrapped(*batch)
        loss = self.compute_loss(outputs.float(), target)
        self.learner.change_weights(loss, self.plan.recipe.learning_rate)

    def count_operations(self) -> float:
        """Return how many operations the matrix products and convolutions of a step take."""
        with FlopCounterMode(display=False) as counter:
            self.change_weights(self.fixed, self.target[self.rows])
        return float(counter.get_total_flops())

    def compile(self) -> Callable[[], None]:
        """Have PyTorch compile the net; return a function that takes steps with it."""
        self.learner.wrapped = torch.compile(self.net)
        self.take()
        return self.take

    def capture(self) -> Callable[[], None]:
        """Capture a step as a CUDA graph; return a function that launches it for each step."""
        batch = tuple(array.clone() for array in self.fixed)
        target = self.target[self.rows].clone()
        optimizer = torch.optim.Adam(self.net.parameters(), fused=True, capturable=True)

        def take_step() -> None:
            optimizer.zero_grad()
            with torch.autocast("cuda", torch.bfloat16, cache_enabled=False):
                outputs = self.net(*batch)
            self.compute_loss(outputs.float(), target).backward()
            optimizer.step()

        stream = torch.cuda.Stream()
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):  # PyTorch wants some steps before a capture
            for _ in range(3):
                take_step()
        torch.cuda.current_stream().wait_stream(stream)
        graph = torch.cuda.CUDAGraph()
        optimizer.zero_grad()
        with torch.cuda.graph(graph):
            take_step()

        def take() -> None:
            for step in range(self.count):
                rows = self.choose_rows(step)
                for old, new in zip(batch, self.batches.make_batch(rows), strict=True):
                    old.copy_(new)
                target.copy_(self.target[rows])
                graph.replay()

        take()
        return take
