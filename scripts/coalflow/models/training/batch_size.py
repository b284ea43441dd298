"""The batch size at which a device is busy: what ``batch_size: auto`` stands for.

It hangs on the machine, so the same config gives other nets elsewhere.
"""

import copy
import time

import torch

from coalflow.core.files import read_json, write_json
from coalflow.core.progress import say
from coalflow.models import batches
from coalflow.models.training import devices, recipes

SIZES = [32 * 2**power for power in range(8)]
WORTH = 1.1  # twice the batch must be so many times as fast
FEWEST_STEPS = 50  # of an epoch, or there is little that a net can learn in it
TIMED_STEPS = 3


def find_batch_size(net, windows, settings, device, together, path):
    """Return the batch size of all processes together.

    ``windows`` are the training windows, :class:`coalflow.windows.encoding.Windows`. What was found
    is kept at ``path``, so that a training that was stopped goes on with it.
    """
    if path.exists():
        return read_json(path)["batch_size"]
    of_each = 0
    if together.rank == 0:
        of_each = _of_one(net, windows, settings, device, len(windows.arrays[0]) // together.number)
    size = together.most(of_each) * together.number
    if together.rank == 0:
        say(f"batch size {size}, the smallest that keeps this machine busy")
    together.first(write_json, path, {"batch_size": size})
    return size


def _of_one(net, windows, settings, device, number):
    """Return the batch size of one process, which has a ``number`` of training windows."""
    inputs = batches.DeviceWindows(windows[: SIZES[-1]], settings["encoding"], device)
    chosen, speed = SIZES[0], 0
    for size in SIZES:
        if size > max(SIZES[0], number // FEWEST_STEPS):
            break
        try:
            reached = _speed(net, inputs, size, settings["training"], device)
        except torch.OutOfMemoryError:
            torch.cuda.empty_cache()
            break
        if reached < WORTH * speed:
            break
        chosen, speed = size, reached
    return chosen


def _speed(net, inputs, size, options, device):
    """Return how many windows a second a copy of the net learns from."""
    learner = copy.deepcopy(net).to(device).train()
    optimizer = recipes.make_optimizer(learner, options)

    def step():
        with devices.use_precision(options["precision"], device):
            outputs = learner(*inputs.batch(slice(0, size)))
        optimizer.zero_grad()
        outputs.float().square().mean().backward()
        optimizer.step()

    step()  # the first one also makes plans and takes memory
    devices.wait_for_device(device)
    started = time.perf_counter()
    for _ in range(TIMED_STEPS):
        step()
    devices.wait_for_device(device)
    return TIMED_STEPS * size / (time.perf_counter() - started)
