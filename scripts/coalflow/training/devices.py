"""Where nets are trained, and in which arithmetic."""

import os

import torch

from coalflow.errors import CoalflowError


def choose(name):
    """Return the torch device for ``auto``, ``cpu`` or ``cuda``.

    Of several GPUs each process of a training takes the one of its number on its machine.
    """
    available = torch.cuda.is_available()
    if name == "cuda" and not available:
        raise CoalflowError("training.device is cuda, but PyTorch sees no CUDA GPU: use auto")
    if name == "cpu" or not available:
        return torch.device("cpu")
    local = int(os.environ.get("LOCAL_RANK", 0))
    if local > 0 and local >= torch.cuda.device_count():
        raise CoalflowError(
            f"training.processes is more than the {torch.cuda.device_count()} GPUs here: lower it"
        )
    return torch.device("cuda", local)


def make_deterministic(threads):
    """Make PyTorch give the same bits every time for the same number of threads."""
    os.environ["CUBLAS_WORKSPACE_CONFIG"] = ":4096:8"  # what cuBLAS asks for to be deterministic
    torch.use_deterministic_algorithms(True)
    # For those who look for reads of memory that was never written; it costs time.
    torch.utils.deterministic.fill_uninitialized_memory = False
    torch.set_num_threads(threads)


def wait(device):
    """Return when a device has done all that it was told to; a GPU works while programs go on."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def arithmetic(precision, device):
    """Return the context in which a net's training steps are computed.

    ``precision`` is ``float32``, ``bfloat16``, or ``auto``, which is bfloat16 on a GPU. With
    bfloat16, matrix products are rounded to 8 bits; weights, sums and losses stay float32.
    """
    rounded = precision == "bfloat16" or (precision == "auto" and device.type == "cuda")
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=rounded)
