"""Compute the summary statistics of all replicates that models learn from or are judged on."""

import functools

import numpy as np
import pandas as pd

from coalflow.core import workers
from coalflow.core.command_line import parse_arguments
from coalflow.core.errors import run_program
from coalflow.core.parquet import write_parquet
from coalflow.dataset import loading, splits
from coalflow.statistics import features
from coalflow.windows import observation


def main():
    """Compute the statistics of one shard after the other; write them as one table."""
    arguments = parse_arguments(
        __doc__,
        settings="statistics, encoding, samples, ploidy",
        split="split.parquet",
        shards="folder of all shards",
        observation="what is laid on simulations, .json",
        output="statistics.parquet",
        numbers={"processes": "how many compute"},
    )
    settings = observation.in_settings(arguments.settings, arguments.observation)
    table = loading.read_split_table(arguments.split)
    table = table[table["split"] != splits.EXCLUDED].reset_index(drop=True)
    places, shards = zip(*loading.group_by_shard(table, arguments.shards), strict=True)
    compute = functools.partial(_of_shard, settings)
    values = None
    for of_shard, part in zip(
        places, workers.map_in_processes(compute, shards, arguments.processes), strict=True
    ):
        if values is None:
            values, names = np.empty((part.shape[1], len(table))), list(part)
        values[:, of_shard] = part.to_numpy().T
    # Laid out as pandas and Parquet's columns are, so that no copy is made of all of them.
    summed_up = pd.DataFrame(values.T, columns=names, copy=False)
    for place, key in enumerate(loading.KEYS):
        summed_up.insert(place, key, table[key])
    write_parquet(arguments.output, summed_up)


def _of_shard(settings, replicates):
    windows = loading.load_shard_windows(replicates, settings)
    return features.summarise_windows(windows, settings["statistics"], settings)


if __name__ == "__main__":
    run_program(main)
