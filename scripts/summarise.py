"""Compute the summary statistics of all replicates that models learn from or are judged on."""

import numpy as np
import pandas as pd

from coalflow import dataset, observation, splits, summaries
from coalflow.arguments import parse
from coalflow.errors import run_program
from coalflow.files import write_parquet


def main():
    """Read the windows of one shard after the other; write their statistics as one table."""
    arguments = parse(
        __doc__,
        settings="statistics, encoding, samples, ploidy",
        split="split.parquet",
        shards="folder of all shards",
        observation="what is laid on simulations, .json",
        output="statistics.parquet",
    )
    settings = observation.in_settings(arguments.settings, arguments.observation)
    table = dataset.read_split_table(arguments.split)
    table = table[table["split"] != splits.EXCLUDED].reset_index(drop=True)
    places, tables = [], []
    for of_shard, windows in dataset.windows_by_shard(table, arguments.shards, settings):
        places.append(of_shard)
        tables.append(summaries.of_windows(windows, settings["statistics"], settings))
    summed_up = pd.concat(tables, ignore_index=True).iloc[np.concatenate(places).argsort()]
    summed_up = pd.concat([table[dataset.KEYS], summed_up.reset_index(drop=True)], axis=1)
    write_parquet(arguments.output, summed_up)


if __name__ == "__main__":
    run_program(main)
