"""The true ancestry of rows at each site, as nets learn it and are judged by it.

It is kept as bits, uint8 (windows, sites, 2 x bytes): first those that count, 0 in padding, then
those with the ancestry, most significant first.
"""

from __future__ import annotations

import pathlib

import numpy as np
import numpy.typing as npt
import pandas as pd

from coalflow.config.settings.view import View
from coalflow.dataset.loading import Allocate, group_by_shard
from coalflow.windows import shards
from coalflow.windows.encoding import locate_sites


def load_site_ancestry(
    table: pd.DataFrame, shards_folder: pathlib.Path, view: View, allocate: Allocate = np.empty
) -> npt.NDArray[np.uint8]:
    """Return the true ancestry of some rows of the split table, in their order.

    Parameters
    ----------
    table, shards_folder, view, allocate
        As :func:`coalflow.dataset.loading.load_replicates` takes them.

    Returns
    -------
    ndarray of uint8, shape (windows, sites, 2 x bytes)

    Raises
    ------
    CoalflowError
        If a shard is missing or damaged.
    """
    found = None
    for indices, replicates in group_by_shard(table, shards_folder):
        shard = shards.read_shard(replicates.path, replicates.cell)
        part = find_site_ancestry(shard, replicates.rows, view)
        if found is None:
            found = allocate((len(table), *part.shape[1:]), part.dtype)
        found[indices] = part
    assert found is not None  # a split has two replicates at least
    return found


def find_site_ancestry(
    shard: shards.Shard, rows: npt.NDArray[np.int64], view: View
) -> npt.NDArray[np.uint8]:
    """Return the true ancestry of replicates of a shard.

    Where the phase is not known, an individual has the ancestry if one of its haplotypes has it.

    Parameters
    ----------
    shard : Shard
        With the ancestry of its replicates.
    rows : ndarray of int64, shape (replicates,)
    view : View
        It predicts ancestry at sites.
    """
    target = view.targets.at_sites
    assert target is not None and shard.ancestry is not None
    population = target.of[0]
    bases, mask = locate_sites(shard, rows, view.encoding, view.observation)
    first = shard.samples.slices[population].start
    number = dict(zip(view.samples.slices, view.samples.haplotypes, strict=True))[population]
    haplotypes = np.arange(first, first + number)
    # Padding is before all bases, or after them.
    after = np.maximum.accumulate(mask, axis=1)
    bases = np.where(mask, bases, np.where(after, np.inf, -1.0))
    per_row = 1 if view.observation.phased else view.samples.ploidy
    painted = shard.ancestry.paint(rows, bases, haplotypes)
    ancestry = np.logical_or.reduce(painted.reshape(*mask.shape, -1, per_row), axis=3)
    counted = np.broadcast_to(mask[:, :, None], ancestry.shape)
    return np.concatenate([np.packbits(array, axis=2) for array in (counted, ancestry)], axis=2)


def unpack_site_ancestry(packed: npt.NDArray[np.uint8], rows: int) -> npt.NDArray[np.bool_]:
    """Return the true ancestry of rows, bool (windows, sites, rows).

    Parameters
    ----------
    packed : ndarray of uint8, shape (windows, sites, 2 x bytes)
    rows : int
        Haplotypes, or individuals where the phase is not known.
    """
    half = packed.shape[2] // 2
    return np.unpackbits(packed[:, :, half:], axis=2, count=rows).view(bool)
