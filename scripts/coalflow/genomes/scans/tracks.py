"""Predictions along a genome for genome browsers: a compressed table with an index, tracks."""

import pathlib
from collections.abc import Iterable, Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyBigWig
import pysam

from coalflow.config.schema.targets import Targets
from coalflow.core.files import replace_atomically
from coalflow.evaluation.predictions import name_column

FARTHEST = 2**40  # beyond any base of a contig
MOST_OF_TBI = 2**29  # bases of a contig that the older kind of index can find


def compress_table(table: pathlib.Path, path: pathlib.Path, longest: int) -> None:
    """Compress a table of windows by blocks, and index it, so that regions of it can be read.

    Parameters
    ----------
    table : Path
        The table, with a line that names the columns.
    path : Path
        The compressed table. Next to it is the index, ``.tbi``, or ``.csi`` of long contigs.
    longest : int
        Bases of the longest contig.

    Raises
    ------
    CoalflowError
        If the disk is full or cannot be written.
    """
    is_long = longest >= MOST_OF_TBI
    with replace_atomically(path) as temporary:
        pysam.tabix_compress(str(table), str(temporary), force=True)
    with replace_atomically(path.with_name(f"{path.name}{'.csi' if is_long else '.tbi'}")) as index:
        pysam.tabix_index(
            str(path),
            seq_col=0,
            start_col=1,
            end_col=2,
            zerobased=True,
            line_skip=1,  # names of columns
            csi=is_long,
            index=str(index),
        )


def list_tracks(models: Iterable[str], targets: Targets) -> dict[str, str]:
    """Return the columns that have a track, by the paths of the tracks without their suffix.

    Parameters
    ----------
    models : iterable of str
        Their names.
    targets : Targets
        What is predicted.

    Examples
    --------
    >>> list_tracks(["net/0"], Targets(definitions={}, classes=("hard", "soft")))
    {'net/0/hard': 'net/0:hard', 'net/0/soft': 'net/0:soft'}
    """
    return {
        f"{model}/{name}": name_column(model, name)
        for model in models
        for name in targets.classes or targets.names
    }


def separate_windows(windows: pd.DataFrame) -> pd.DataFrame:
    """Return windows that do not overlap, as tracks need them.

    Where neighbours overlap, the border is in the middle of the overlap. So with windows at every
    step, each keeps the step in its middle.

    Parameters
    ----------
    windows : DataFrame
        With ``contig``, ``start`` and ``end``, sorted.

    Returns
    -------
    DataFrame
        The same columns and the same rows, but for windows of which nothing is left.

    Examples
    --------
    >>> windows = pd.DataFrame({"contig": "1", "start": [0, 50, 100], "end": [100, 150, 200]})
    >>> separate_windows(windows)[["start", "end"]].to_numpy().tolist()
    [[0, 75], [75, 125], [125, 200]]
    """
    start, end = windows["start"].to_numpy(copy=True), windows["end"].to_numpy(copy=True)
    contig = pd.factorize(windows["contig"])[0].astype(np.int64)
    overlap = (contig[1:] == contig[:-1]) & (end[:-1] > start[1:])
    # A window may end before the one that it overlaps does.
    border = (start[1:] + np.minimum(end[:-1], end[1:])) // 2
    end[:-1][overlap] = border[overlap]
    start[1:][overlap] = border[overlap]
    # Of windows within others something may still overlap.
    along = contig * FARTHEST
    before = np.maximum.accumulate(along + end)[:-1] - along[1:]
    start[1:] = np.maximum(start[1:], before)
    return windows.assign(start=start, end=end)[end > start]


def write_bedgraph(
    path: pathlib.Path, windows: pd.DataFrame, values: npt.NDArray[np.float64]
) -> None:
    """Write a column of the table of windows as bedGraph.

    Parameters
    ----------
    path : Path
    windows : DataFrame
        What :func:`separate_windows` returned.
    values : ndarray of float64, shape (windows,)
        Those that are nan are left out.

    Raises
    ------
    CoalflowError
        If the disk is full or cannot be written.
    """
    rows = windows[["contig", "start", "end"]].assign(value=values).dropna()
    with replace_atomically(path) as temporary:
        rows.to_csv(temporary, sep="\t", header=False, index=False, float_format="%.6g", quoting=3)


def write_bigwig(
    path: pathlib.Path,
    windows: pd.DataFrame,
    values: npt.NDArray[np.float64],
    lengths: Mapping[str, int],
) -> None:
    """Write a column of the table of windows as bigWig.

    Parameters
    ----------
    path : Path
    windows, values
        As in :func:`write_bedgraph`.
    lengths : mapping of str to int
        The bases of all contigs, in the order of the windows.

    Raises
    ------
    CoalflowError
        If the disk is full or cannot be written.
    """
    rows = windows.assign(value=values).dropna()
    with replace_atomically(path) as temporary:
        file = pyBigWig.open(str(temporary), "w")
        file.addHeader(list(lengths.items()))
        for contig, part in rows.groupby("contig", sort=False):
            file.addEntries(
                [contig] * len(part),
                part["start"].tolist(),
                ends=part["end"].tolist(),
                values=part["value"].tolist(),
            )
        file.close()
