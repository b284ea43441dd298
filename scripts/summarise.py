"""Compute the summary statistics of all replicates that models learn from or are judged on."""

import functools

import numpy as np
import pandas as pd

from coalflow import dataset, observation, splits, summaries, workers
from coalflow.arguments import parse
from coalflow.errors import run_program
from coalflow.parquet import write_parquet


def main():
    """Compute the statistics of one shard after the other; write them as one table."""
    arguments = parse(
        __doc__,
        settings="statistics, encoding, samples, ploidy",
        split="split.parquet",
        shards="folder of all shards",
        observation="what is laid on simulations, .json",
        output="statistics.parquet",
        numbers={"processes": "how many compute"},
    )
    settings = observation.in_settings(arguments.settings, arguments.observation)
    table = dataset.read_split_table(arguments.split)
    table = table[table["split"] != splits.EXCLUDED].reset_index(drop=True)
    places, shards = zip(*dataset.by_shard(table, arguments.shards), strict=True)
    compute = functools.partial(_of_shard, settings)
    tables = workers.results(compute, shards, arguments.processes)
    summed_up = pd.concat(tables, ignore_index=True).iloc[np.concatenate(places).argsort()]
    summed_up = pd.concat([table[dataset.KEYS], summed_up.reset_index(drop=True)], axis=1)
    write_parquet(arguments.output, summed_up)


def _of_shard(settings, replicates):
    windows = dataset.of_shard(replicates, settings)
    return summaries.of_windows(windows, settings["statistics"], settings)


if __name__ == "__main__":
    run_program(main)
