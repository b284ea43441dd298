"""What was predicted along a genome, as files: the table of windows, and BED."""

import pathlib
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from coalflow.core.files import format_table, read_json, refuse_damaged, replace_atomically
from coalflow.core.parquet import open_parquet
from coalflow.evaluation.cards import Card
from coalflow.evaluation.predictions import select_prediction

NO_SITES, NOT_PREDICTED = "no_sites", "not_predicted"
HIGHEST_SCORE = 1000  # in BED, by which genome browsers shade


def read_lengths(path: pathlib.Path) -> dict[str, int]:
    """Return the bases of the contigs that are scanned, in their order.

    Parameters
    ----------
    path : Path
        The ``observation.json`` of the genome.

    Raises
    ------
    CoalflowError
        If the file is missing or damaged.
    """
    described = read_json(path)
    with refuse_damaged(path):
        return {name: int(length) for name, length in described["lengths"].items()}


def list_columns(parts: Sequence[pathlib.Path]) -> list[str]:
    """Return the columns of the table of windows.

    Parameters
    ----------
    parts : sequence of Path
        What ``scan.py`` wrote, in order.

    Raises
    ------
    CoalflowError
        If a part is missing or damaged.
    """
    with open_parquet(parts[0]) as file:
        return list(file.schema_arrow.names)


def choose_columns(
    columns: Iterable[str], models: Iterable[str], shown: Iterable[str]
) -> list[str]:
    """Return the columns of windows, and of some of the models.

    Parameters
    ----------
    columns : iterable of str
        All of them.
    models, shown : iterable of str
        The names of all models, and of those that are wanted.

    Examples
    --------
    >>> choose_columns(["contig", "net:size", "ridge:size"], ["net", "ridge"], ["ridge"])
    ['contig', 'ridge:size']
    """
    left_out = set(models) - set(shown)
    return [
        column
        for column in columns
        if not any(column == model or column.startswith(f"{model}:") for model in left_out)
    ]


def read_windows(parts: Iterable[pathlib.Path], columns: Iterable[str]) -> pd.DataFrame:
    """Return some columns of the table of windows.

    Parameters
    ----------
    parts : iterable of Path
        What ``scan.py`` wrote, in order.
    columns : iterable of str

    Raises
    ------
    CoalflowError
        If a part is missing or damaged, or lacks a column.
    """
    columns, tables = list(columns), []
    for part in parts:
        with open_parquet(part, columns) as file:
            tables.append(file.read(columns).to_pandas())
    return pd.concat([table for table in tables if len(table)], ignore_index=True)


def write_windows(path: pathlib.Path, tables: Iterable[pd.DataFrame]) -> None:
    """Write the table of windows as :func:`coalflow.core.files.write_table` does, part by part.

    Parameters
    ----------
    path : Path
    tables : iterable of DataFrame
        Some windows each, in order.

    Raises
    ------
    CoalflowError
        If the disk is full or cannot be written.
    """
    with replace_atomically(path) as temporary, temporary.open("wb") as file:
        for index, table in enumerate(tables):
            file.write(format_table(table, header=index == 0))


def write_bed(path: pathlib.Path, table: pd.DataFrame, model: str, card: Card) -> None:
    """Write windows as BED, with a model's predictions as name and as score.

    With numbers, the name has all targets, and the score is that of the first: 0 at the lowest
    value in training and 1000 at the highest, by the logarithm where that is learned. With classes,
    the name is the most probable class with its probability, and the score a thousand times that.
    So scores can be compared between genomes. Windows without sites are named ``no_sites``, others
    that are not predicted ``not_predicted``; their score is 0.

    Parameters
    ----------
    path : Path
    table : DataFrame
        The columns of the windows, and of the model.
    model : str
        Its name.
    card : Card
        Its card.

    Raises
    ------
    CoalflowError
        If the disk is full or cannot be written.
    """
    values = select_prediction(table, model, card.targets).values
    if card.targets.has_classes:
        highest = values.max(axis=1)
        names = [f"{name}={share:.3f}" for name, share in zip(table[model], highest, strict=True)]
        scores = HIGHEST_SCORE * highest
    else:
        names = [_name_window(card.targets.names, row) for row in values.tolist()]
        scores = scale_by_training(values, card)[:, 0]
    is_predicted = np.isfinite(values).all(axis=1)
    labels = np.where(table["sites"] > 0, NOT_PREDICTED, NO_SITES).astype(object)
    labels[is_predicted] = np.array(names, dtype=object)[is_predicted]
    bed = table[["contig", "start", "end"]].assign(
        name=labels, score=np.rint(np.where(is_predicted, scores, 0)).astype(np.int64)
    )
    with replace_atomically(path) as temporary:
        bed.to_csv(temporary, sep="\t", header=False, index=False, quoting=3)


def _name_window(targets: Sequence[str], values: Sequence[float]) -> str:
    return ";".join(f"{name}={value:.4g}" for name, value in zip(targets, values, strict=True))


def scale_by_training(values: npt.NDArray[np.float64], card: Card) -> npt.NDArray[np.float64]:
    """Return numbers from 0 at the lowest value in training to 1000 at the highest, or beyond.

    Parameters
    ----------
    values : ndarray of float64, shape (windows, targets)
    card : Card
        It has the ranges, and which targets are learned by their logarithms.

    Returns
    -------
    ndarray of float64, shape (windows, targets)
        Those below the lowest value have 0, those beyond the highest 1000.
    """
    ranges = np.array([card.trained_on.targets[name] for name in card.targets.names]).T
    assert card.scaling is not None  # targets are numbers
    low, high = card.scaling.take_logs(ranges)
    shares = (card.scaling.take_logs(values) - low) / np.where(high > low, high - low, 1)
    return HIGHEST_SCORE * np.clip(shares, 0, 1)
