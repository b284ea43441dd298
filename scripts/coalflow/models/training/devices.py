"""Where nets are trained, and in which arithmetic."""

import os

import torch

from coalflow.core.errors import CoalflowError


def choose_device(name: str) -> torch.device:
    """Return where this process trains.

    Of several GPUs, each process of a training takes the one with its index on its machine.

    Parameters
    ----------
    name : str
        ``auto``, ``cpu`` or ``cuda``.

    Raises
    ------
    CoalflowError
        If it is ``cuda`` and there is no GPU, or if there are fewer GPUs than processes.
    """
    available = torch.cuda.is_available()
    if name == "cuda" and not available:
        raise CoalflowError("training.device is cuda, but PyTorch finds no CUDA GPU: use auto")
    if name == "cpu" or not available:
        return torch.device("cpu")
    local = int(os.environ.get("LOCAL_RANK", 0))
    if local > 0 and local >= torch.cuda.device_count():
        raise CoalflowError(
            f"training.processes is more than the {torch.cuda.device_count()} GPUs here: lower it"
        )
    return torch.device("cuda", local)


def make_deterministic(threads: int) -> None:
    """Make PyTorch give the same bits every time for the same number of threads."""
    os.environ["CUBLAS_WORKSPACE_CONFIG"] = ":4096:8"  # cuBLAS needs it to be deterministic
    # As use_deterministic_algorithms(True), which imports PyTorch's compiler besides.
    torch.set_deterministic_debug_mode("error")
    # This helps to find reads of memory that was never written; it costs time.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    torch.set_num_threads(threads)


def seed_generator(device: torch.device, seed: int) -> None:
    """Seed PyTorch's generator of a device.

    The numbers are those after ``torch.manual_seed``, which also seeds all other devices, and takes
    long to note who wants it where there are none.
    """
    if device.type == "cuda":
        torch.cuda.manual_seed(seed)
    else:
        torch.default_generator.manual_seed(seed)


def wait_for_device(device: torch.device) -> None:
    """Return when a device has finished its work; programs do not wait for a GPU otherwise."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def use_precision(precision: str, device: torch.device) -> torch.autocast:
    """Return the context in which a net's training steps are computed.

    With bfloat16, matrix products are rounded to 8 bits; weights, sums and losses stay float32.

    Parameters
    ----------
    precision : str
        ``float32``, ``bfloat16``, or ``auto``, which is bfloat16 on a GPU.
    device : torch.device
    """
    rounded = precision == "bfloat16" or (precision == "auto" and device.type == "cuda")
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=rounded)
