"""The batch size that keeps a device busy: what ``batch_size: auto`` stands for.

It depends on the machine, so the same config gives other nets elsewhere.
"""

import copy
import operator
import pathlib
import time

import torch

from coalflow.config.schema.training import Recipe
from coalflow.core.files import read_json, refuse_damaged, write_json
from coalflow.core.progress import say
from coalflow.models.batches import Batches, DeviceWindows
from coalflow.models.nets.net import Net
from coalflow.models.summaries import Storage, keep_summaries
from coalflow.models.training import devices
from coalflow.models.training.augmentation import Augmentation
from coalflow.models.training.learner import make_optimizer
from coalflow.models.training.processes import Processes
from coalflow.models.training.recipes import TrainingPlan
from coalflow.windows.packed_windows import Windows

SIZES = [32 * 2**power for power in range(8)]
WORTHWHILE = 1.1  # by this factor windows per second must rise when the batch is twice as large
FEWEST_STEPS = 50  # of an epoch; with fewer there is little that a net can learn in it
TIMED_STEPS = 3


def find_batch_size(
    net: Net,
    windows: Windows,
    plan: TrainingPlan,
    device: torch.device,
    together: Processes,
    path: pathlib.Path,
) -> int:
    """Return the batch size of all processes together.

    Parameters
    ----------
    net : Net
        It stays as it is: copies of it are timed.
    windows : Windows
        The training windows.
    plan : TrainingPlan
    device : torch.device
    together : Processes
    path : Path
        Where the size is kept, so that a training that was stopped resumes with it.

    Raises
    ------
    CoalflowError
        If the file of an earlier size is damaged.
    """
    if path.exists():
        with refuse_damaged(path):
            return operator.index(read_json(path)["batch_size"])
    size = 0
    if together.rank == 0:
        first = windows[: SIZES[-1]]
        moved = DeviceWindows(first, plan.view.encoding, device, net.first_layer)
        inputs: Batches = moved
        # A step of the training will not take the time of what is kept.
        if net.first_layer is not None and not Augmentation(plan.recipe.augment, plan.view).changes:
            inputs, _ = keep_summaries(moved, "first", Storage(), silent=True)
        size = _find_size(net, inputs, len(windows) // together.count, plan.recipe, device)
    size = together.find_largest(size) * together.count
    if together.rank == 0:
        say(f"batch size {size}, the smallest that keeps this machine busy")
        write_json(path, {"batch_size": size})
    return size


def _find_size(
    net: Net, inputs: Batches, windows: int, recipe: Recipe, device: torch.device
) -> int:
    """Return the batch size of one process, which has this number of training windows."""
    chosen, speed = SIZES[0], 0.0
    for size in SIZES:
        if size > max(SIZES[0], windows // FEWEST_STEPS):
            break
        try:
            reached = _measure_speed(net, inputs, size, recipe, device)
        except torch.OutOfMemoryError:
            torch.cuda.empty_cache()
            break
        if reached < WORTHWHILE * speed:
            break
        chosen, speed = size, reached
    return chosen


def _measure_speed(
    net: Net, inputs: Batches, size: int, recipe: Recipe, device: torch.device
) -> float:
    """Return how many windows a second a copy of the net learns from."""
    net = copy.deepcopy(net).to(device).train()
    optimizer = make_optimizer(net, recipe)

    def take_step() -> None:
        batch = inputs.make_batch(slice(0, size))
        with devices.use_precision(recipe.precision, device):
            outputs = net(*batch)
        optimizer.zero_grad()
        outputs.float().square().mean().backward()
        optimizer.step()

    take_step()  # the first step also makes plans and allocates memory
    devices.wait_for_device(device)
    started = time.perf_counter()
    for _ in range(TIMED_STEPS):
        take_step()
    devices.wait_for_device(device)
    return TIMED_STEPS * size / (time.perf_counter() - started)
