"""Replicates as models see them: matrices and targets of a split, read from shards."""

import dataclasses

import numpy as np
import pandas as pd

from coalflow import encoding, scenarios, shards


@dataclasses.dataclass(frozen=True)
class Replicates:
    """Encoded replicates.

    ``matrices`` is uint8 (replicates, sites, haplotypes); ``target`` float64
    (replicates,); ``table`` the rows of ``split.parquet`` that they come from.
    """

    matrices: np.ndarray
    target: np.ndarray
    table: pd.DataFrame

    def __len__(self):
        return len(self.matrices)


def read_split_table(path):
    """Return ``split.parquet`` as a pandas table."""
    return pd.read_parquet(path)


def load(table, shards_folder, settings):
    """Return the :class:`Replicates` of some rows of the split table, in their order.

    ``table`` holds no excluded rows; ``settings`` has the config's ``encoding``,
    ``observation`` and ``target``. A shard is unpacked at the chosen sites only.
    """
    sites = settings["encoding"]["sites"]
    matrices = None
    places = np.arange(len(table))
    for (cell, number), rows in table.assign(place=places).groupby(["cell", "shard"], sort=False):
        shard = shards.read(shards_folder / cell / scenarios.shard_name(number), cell)
        number_of_haplotypes = shard.meta["haplotypes"]
        if matrices is None:
            matrices = np.empty((len(table), sites, number_of_haplotypes), dtype=np.uint8)
        haplotypes = encoding.middle_sites(
            shard, rows["row"].to_numpy(), sites, number_of_haplotypes
        )
        matrices[rows["place"]] = encoding.encode(
            haplotypes, settings["encoding"], settings["observation"]
        )
    return Replicates(matrices, table[settings["target"]].to_numpy(), table)


def load_split(table, split, shards_folder, settings):
    """Return the :class:`Replicates` of one split: train, validation or test."""
    rows = table[table["split"] == split].reset_index(drop=True)
    return load(rows, shards_folder, settings)
