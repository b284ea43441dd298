"""What a net's first layer makes of windows, computed once where that layer has no weights.

It is kept in memory where it fits; else in a file that is mapped into memory, and that all programs
of a run share which train the net on the same windows.
"""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import hashlib
import math
import pathlib
import shutil
import sys
from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt
import torch

from coalflow.core import digests
from coalflow.core.files import replace_atomically, reserve_space
from coalflow.core.progress import show_bar
from coalflow.models.batches import DeviceWindows, Rows, can_stay
from coalflow.models.nets.net import Inputs

BYTES = 4  # of a float32


@dataclasses.dataclass(frozen=True)
class Storage:
    """Where summaries are kept.

    Attributes
    ----------
    most : int
        Bytes up to which the summaries of a split are kept in memory.
    folder : Path
        Holds a file for each split whose summaries are larger.
    """

    most: int = sys.maxsize
    folder: pathlib.Path = pathlib.Path()


class KeptSummaries:
    """What a first layer has made of windows.

    Parameters
    ----------
    rows : Tensor of float32, shape (windows, numbers)
        All that it has made of a window, one after the other.
    like : tuple of Tensor
        What a batch consists of, to see the shapes.
    windows : DeviceWindows
        Those of which it was made; they are not kept.
    """

    def __init__(self, rows: torch.Tensor, like: Inputs, windows: DeviceWindows) -> None:
        self.rows, self.device, self.at_once = rows, windows.device, windows.at_once
        self.first_layer = windows.first_layer
        self.shapes = [array.shape[1:] for array in like]

    def __len__(self) -> int:
        return len(self.rows)

    def make_batch(self, rows: Rows) -> Inputs:
        """Return what a net takes of some windows.

        Parameters
        ----------
        rows : slice or Tensor of int64
        """
        if isinstance(rows, torch.Tensor):
            chosen = self.rows.index_select(0, rows.to(self.rows.device))
        else:
            chosen = self.rows[rows]
        parts = chosen.to(self.device).split([shape.numel() for shape in self.shapes], dim=1)
        return tuple(part.view(-1, *shape) for part, shape in zip(parts, self.shapes, strict=True))


def keep_summaries(
    windows: DeviceWindows, name: str, storage: Storage, silent: bool = False
) -> tuple[KeptSummaries | DeviceWindows, str]:
    """Return what a net's first layer makes of windows, computed once.

    Parameters
    ----------
    windows : DeviceWindows
        With a first layer.
    name : str
        Of these windows among those of the run, such as ``training``.
    storage : Storage
    silent : bool
        Whether no progress is shown.

    Returns
    -------
    KeptSummaries or DeviceWindows
        The latter where there is room neither in memory nor on the disk, so that batches are made
        of windows each time.
    str
        Where it is kept, or why it is not, for the log.

    Raises
    ------
    CoalflowError
        If the disk is full, or cannot be written.
    """
    like = windows.make_batch(slice(0, 1))
    shape = len(windows), sum(array[0].numel() for array in like)
    size = BYTES * math.prod(shape)
    megabytes = f"{size / 1e6:,.0f} MB"
    steps = range(0, len(windows), windows.at_once)
    shown = steps if silent else show_bar(steps, len(steps), f"first layer, {name} windows")

    on_gpu = windows.device.type == "cuda" and can_stay(size, windows.device)
    if on_gpu or size <= storage.most:
        rows = torch.empty(shape, device=windows.device if on_gpu else "cpu")
        _fill(rows, windows, shown)
        where = "on the GPU" if on_gpu else "in memory"
        return KeptSummaries(rows, like, windows), f"computed once, {megabytes} {where}"

    with _take_turns(storage.folder):
        path = storage.folder / f"{name}-{_digest(windows)}.npy"
        array, done = _open(path, shape), "computed before"
        if array is None:
            for stale in storage.folder.glob(f"{name}-*.npy"):
                stale.unlink()
            if size > _measure_free(storage.folder) / 2:
                why = f"{megabytes} are more than half of what is free in {storage.folder}"
                return windows, f"computed for every batch, since {why}"
            array, done = _write(path, shape, windows, shown), "computed once"
    rows = torch.from_numpy(array)
    return KeptSummaries(rows, like, windows), f"{done}, {megabytes} in {path}"


def _write(
    path: pathlib.Path, shape: tuple[int, int], windows: DeviceWindows, steps: Iterable[int]
) -> npt.NDArray[np.float32]:
    """Write summaries to a file; return them, no longer in memory."""
    with replace_atomically(path) as temporary:
        array = np.lib.format.open_memmap(temporary, "w+", np.float32, shape)
        with temporary.open("r+b") as file:
            reserve_space(file.fileno(), temporary.stat().st_size)
        _fill(torch.from_numpy(array), windows, steps)
        array.flush()
    written = _open(path, shape)
    assert written is not None  # it has just been written
    return written


def _measure_free(folder: pathlib.Path) -> float:
    return shutil.disk_usage(folder).free


def _fill(rows: torch.Tensor, windows: DeviceWindows, steps: Iterable[int]) -> None:
    for start in steps:
        part = slice(start, start + windows.at_once)
        batch = windows.make_batch(part)
        rows[part] = torch.cat([array.flatten(1) for array in batch], dim=1)


def _digest(windows: DeviceWindows) -> str:
    """Return a digest of all that summaries depend on: the windows, and the layer's code."""
    assert windows.first_layer is not None
    module = windows.first_layer.summarise_windows.__module__
    code = digests.digest_program(module.replace(".", "/"))
    content = [hashlib.sha256(array.cpu().numpy().data).hexdigest() for array in windows.arrays]
    population = windows.first_layer.population
    populations = [windows.populations, windows.ordered]
    kind = [populations, windows.alleles_per_row, torch.__version__, population]
    return digests.digest_value([code, content, kind])


@contextlib.contextmanager
def _take_turns(folder: pathlib.Path) -> Iterator[None]:
    """Let programs that start together make a folder's files one after the other.

    The second then finds them. Where a disk has no locks, both make the same files.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("wb") as lock:
        with contextlib.suppress(OSError):
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _open(path: pathlib.Path, shape: tuple[int, int]) -> npt.NDArray[np.float32] | None:
    """Return a file's summaries, not yet in memory; None if there is no such file, whole."""
    try:
        # Nothing is written to it, but PyTorch takes no arrays that cannot be written to.
        array = np.load(path, mmap_mode="c", allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    return array if array.shape == shape and array.dtype == np.float32 else None
