"""What a run has simulated and predicted."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from coalflow.api.windows import Windows
from coalflow.config.settings.view import View
from coalflow.core.errors import CoalflowError, describe_unknown
from coalflow.core.parquet import read_parquet
from coalflow.dataset.loading import KEYS, group_by_shard, load_features, read_split_table
from coalflow.dataset.split_names import HELD_OUT
from coalflow.dataset.truth import load_truth
from coalflow.models.card_files import CARD_FILE, read_card
from coalflow.windows.observation import observe_replicates
from coalflow.windows.shards import read_shard
from coalflow.windows.stretches import choose_stretches

# The tables with the predictions of windows, by their split.
PREDICTED = {
    "test": "predictions.parquet",
    "validation": "validation_predictions.parquet",
    HELD_OUT: "held_out_predictions.parquet",
}
SPLITS = ("train", *PREDICTED)


def load_windows(
    run: str | os.PathLike[str], split: str = "test", count: int | None = None
) -> Windows:
    """Return simulated windows of a run, with their true values.

    Parameters
    ----------
    run : path
        The results of the run, such as ``results/tajimas_d``.
    split : str
        ``train``, ``validation``, ``test``, or ``held_out``.
    count : int, optional
        How many. They are spread evenly over the split, whose windows are in the order of the
        grid. Without it, all.

    Returns
    -------
    Windows

    Raises
    ------
    CoalflowError
        If this is not a run with trained models, or if a file is damaged.

    Examples
    --------
    >>> import coalflow
    >>> windows = coalflow.load_windows("results/tajimas_d", count=100)  # doctest: +SKIP
    >>> windows.haplotypes[0].shape, windows.truth["tajimas_d"].mean()  # doctest: +SKIP
    ((20, 143), -0.0312)
    """
    folder = _open_run(run)
    if split not in SPLITS:
        raise CoalflowError(f"split {describe_unknown(split, 'splits', SPLITS)}")
    if count is not None and count < 1:
        raise CoalflowError(f"count is {count}, but must be 1 or more")
    table = read_split_table(folder / "split.parquet")
    table = table[table["split"] == split]
    if table.empty:
        raise CoalflowError(f"{folder}: no window is in the split {split}")
    if count is not None and count < len(table):
        table = table.iloc[np.arange(count) * len(table) // count]
    table = table.reset_index(drop=True)
    view, shards = _read_view(folder), folder / "shards"
    haplotypes, positions = load_sites(table, shards, view)
    truth = table[view.targets.names]
    parameters = load_truth(table, shards)
    for column, key in enumerate(KEYS):
        parameters.insert(column, key, table[key])
    (found,) = load_features(folder / "statistics.parquet", table, [split], view.targets)
    seeds = table["seed"].to_numpy(np.uint64)
    return Windows(haplotypes, positions, truth, parameters, found.statistics, seeds)


def _open_run(run: str | os.PathLike[str]) -> Path:
    folder = Path(run)
    if not (folder / "split.parquet").is_file():
        raise CoalflowError(
            f"{folder}: not the results of a run. Name a folder such as results/<run>, with "
            "split.parquet in it; Snakemake makes it"
        )
    return folder


def _read_view(folder: Path) -> View:
    """Return what the models of a run see of windows."""
    models = folder / "models"
    cards = sorted([*models.glob(f"*/{CARD_FILE}"), *models.glob(f"*/*/{CARD_FILE}")])
    if not cards:
        raise CoalflowError(f"{models}: there is no trained model yet. Start Snakemake again")
    return read_card(cards[0].parent).view


def load_sites(
    table: pd.DataFrame, shards: Path, view: View
) -> tuple[list[npt.NDArray[np.int8]], list[npt.NDArray[np.float64]]]:
    """Return the haplotypes and positions of rows of the split table, as they are observed.

    Parameters
    ----------
    table : DataFrame
        Rows of the split table, none of them excluded.
    shards : Path
        Holds a folder for each cell.
    view : View
        What models see.

    Raises
    ------
    CoalflowError
        If a shard is missing or damaged.
    """
    haplotypes = [np.empty((0, 0), np.int8)] * len(table)
    positions = [np.empty(0)] * len(table)
    for rows, replicates in group_by_shard(table, shards):
        shard = read_shard(replicates.path, replicates.cell)
        observed, within = observe_replicates(shard, replicates.rows, view.observation)
        first, counts, start = choose_stretches(observed, view.encoding)
        number = observed.samples.number_of_haplotypes
        for row, index in zip(rows.tolist(), within.tolist(), strict=True):
            sites = slice(first[index], first[index] + counts[index])
            alleles = np.unpackbits(observed.haplotypes[sites], axis=1, count=number)
            alleles = alleles.astype(np.int8)
            if observed.called is not None:
                called = np.unpackbits(observed.called[sites], axis=1, count=number)
                alleles[called == 0] = -1
            haplotypes[row] = np.ascontiguousarray(alleles.T)
            positions[row] = observed.positions[sites] - start[index]
    return haplotypes, positions


def load_predictions(run: str | os.PathLike[str], split: str = "test") -> pd.DataFrame:
    """Return what the models of a run predict of simulated windows.

    Parameters
    ----------
    run : path
        The results of the run, such as ``results/tajimas_d``.
    split : str
        ``test``, ``validation``, or ``held_out``.

    Returns
    -------
    DataFrame
        A row for each window: ``cell`` and ``replicate``; ``truth:<target>``, or ``truth`` where
        the target has classes; ``<model>:<target>`` with the ends of its 90 % interval,
        ``<model>:<target>:low`` and ``:high``, or ``<model>`` with the most probable class and
        ``<model>:<class>`` with the probability of each; then parameters and statistics.

    Raises
    ------
    CoalflowError
        If this is not a run with predictions, or if the file is damaged.
    """
    folder = _open_run(run)
    if split not in PREDICTED:
        raise CoalflowError(f"split {describe_unknown(split, 'splits', PREDICTED)}")
    path = folder / PREDICTED[split]
    if not path.is_file():
        raise CoalflowError(
            f"{path}: there is no such file. The run has predicted no windows of this split yet, "
            "or has none"
        )
    return read_parquet(path, KEYS)
