"""Where nets are trained, and in which arithmetic."""

import ctypes
import os

import torch

from coalflow.core.errors import CoalflowError

M_TRIM_THRESHOLD, M_MMAP_MAX = -1, -4  # of malloc.h


def choose_device(name):
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


def keep_freed_memory():
    """Let what a step frees serve the next step, where the C library is GNU's.

    It hands large arrays back to the system, and asks for them anew, page by page, in each step:
    a fifth of the time of a large net. It costs up to a quarter more memory, where small arrays get
    in the way of large ones. (malloc's M_MMAP_MAX and M_TRIM_THRESHOLD, mallopt(3).)
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(M_MMAP_MAX, 0)
        mallopt(M_TRIM_THRESHOLD, 2**31 - 1)


def wait_for_device(device):
    """Return when a device has done all that it was told to; a GPU works while programs go on."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def use_precision(precision, device):
    """Return the context in which a net's training steps are computed.

    ``precision`` is ``float32``, ``bfloat16``, or ``auto``, which is bfloat16 on a GPU. With
    bfloat16, matrix products are rounded to 8 bits; weights, sums and losses stay float32.
    """
    rounded = precision == "bfloat16" or (precision == "auto" and device.type == "cuda")
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=rounded)
