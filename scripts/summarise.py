"""Compute the summary statistics of all replicates that models are trained or evaluated on."""

import functools

import numpy as np
import pandas as pd

from coalflow.config.schema.observation import Observation
from coalflow.config.settings.dataset import SummariseSettings
from coalflow.core.command_line import parse_arguments
from coalflow.core.errors import run_program
from coalflow.core.parquet import write_parquet
from coalflow.core.progress import track
from coalflow.core.workers import map_in_processes
from coalflow.dataset import loading
from coalflow.dataset.split_names import EXCLUDED
from coalflow.statistics.features import summarise_windows
from coalflow.windows.measures import MEASURES, measure_windows
from coalflow.windows.observation import read_observation


def main() -> None:
    """Compute the statistics of one shard after the other; write them as one table."""
    arguments = parse_arguments(
        __doc__,
        SummariseSettings,
        split="split.parquet",
        shards="folder of all shards",
        observation="how simulations are observed, .json",
        output="statistics.parquet",
        numbers={"processes": "how many compute"},
    )
    observation = read_observation(arguments.observation)
    table = loading.read_split_table(arguments.split)
    table = table[table["split"] != EXCLUDED].reset_index(drop=True)
    indices, shards = zip(*loading.group_by_shard(table, arguments.shards), strict=True)
    summarise = functools.partial(summarise_shard, arguments.settings, observation)
    summaries = track(
        map_in_processes(summarise, shards, arguments.processes), len(shards), "shards summarised"
    )
    values = np.empty((0, len(table)))
    names: list[str] = []
    for rows, summary in zip(indices, summaries, strict=True):
        if not names:
            names = [str(name) for name in summary]
            values = np.empty((len(names), len(table)))
        values[:, rows] = summary.to_numpy().T
    # Stored as pandas and Parquet store columns, so that no copy is made of all of them.
    statistics = pd.DataFrame(values.T, columns=names, copy=False)
    for column, key in enumerate(loading.KEYS):
        statistics.insert(column, key, table[key])
    write_parquet(arguments.output, statistics)


def summarise_shard(
    settings: SummariseSettings, observation: Observation, replicates: loading.ShardRows
) -> pd.DataFrame:
    """Return the statistics of some replicates of one shard, and what is measured of them.

    Parameters
    ----------
    settings : SummariseSettings
    observation : Observation
    replicates : ShardRows
    """
    windows = loading.load_shard_windows(replicates, settings.encoding, observation)
    samples = observation.observe(settings.samples)
    statistics = summarise_windows(windows, settings.features, samples, observation)
    measures = dict(zip(MEASURES, measure_windows(windows), strict=True))
    return statistics.assign(**measures)


if __name__ == "__main__":
    run_program(main)
