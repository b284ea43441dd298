"""The few statistics in which windows of genomes are compared with those of the pilot."""

import dataclasses
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from coalflow.config.schema.encoding import Encoding
from coalflow.config.schema.observation import Observation
from coalflow.preflight.compared_windows import (
    ComparedWindows,
    find_typical_number,
    measure_gaps,
)
from coalflow.preflight.segregating_sites import observe_all
from coalflow.statistics.window_statistics import SITES, SPAN, describe_briefly
from coalflow.windows.encoding import encode_shard
from coalflow.windows.shards import Shard
from coalflow.windows.stretches import choose_sites, choose_stretches

FEWEST_WINDOWS = 20  # that are summarised of a cell or a genome, if there are as many
MOST_ALLELES = 200_000_000  # in the windows that are summarised: about 10 seconds of work


@dataclasses.dataclass(frozen=True)
class PilotWindows:
    """The windows of the pilot that genomes are compared with.

    Attributes
    ----------
    table : DataFrame
        As :func:`coalflow.statistics.window_statistics.describe_briefly` returns; without columns
        where the net can read no window.
    cells : ndarray of str, shape (windows,)
        The cell of each window.
    longest_gap : float
        Of all of them (:func:`coalflow.preflight.compared_windows.measure_gaps`); infinite where
        there are none.
    """

    table: pd.DataFrame
    cells: npt.NDArray[np.str_]
    longest_gap: float


def describe_pilot_windows(
    shards: Mapping[str, Shard], encoding: Encoding, observation: Observation
) -> PilotWindows:
    """Return the statistics of pilot windows that have as many sites as the net needs.

    Parameters
    ----------
    shards : dict of Shard
        Those of the pilot, by their cells.
    encoding : Encoding
    observation : Observation

    Raises
    ------
    CoalflowError
        If the mask cannot be read or has no contig as long as a window.
    """
    tables: list[pd.DataFrame] = []
    cells: list[str] = []
    gaps: list[float] = []
    for cell, shard in shards.items():
        observed = observe_all(shard, observation)
        first, count, start = choose_stretches(observed, encoding)
        # A padded window without a site is not predicted in a genome either.
        enough = count >= (1 if encoding.pad else encoding.sites)
        most = limit_windows(observed.samples.number_of_haplotypes, encoding) // len(shards)
        chosen = np.flatnonzero(enough)[: max(most, 2)]
        if len(chosen):
            windows = encode_shard(shard, chosen, encoding, observation)
            stretches = first[chosen], count[chosen], start[chosen]
            spans, sites = _scale_sites(observed.positions, *stretches, encoding)
            size, sizes = (SITES, count[chosen]) if encoding.pad else (SPAN, spans)
            tables.append(describe_briefly(windows, size, sizes))
            cells += [cell] * len(chosen)
            typical = find_typical_number(count[chosen], encoding)
            gaps.append(float(measure_gaps(sites, typical).max()))
    table = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()
    return PilotWindows(table, np.array(cells), max(gaps, default=np.inf))


def _scale_sites(
    positions: npt.NDArray[np.float64],
    first: npt.NDArray[np.int64],
    count: npt.NDArray[np.int64],
    start: npt.NDArray[np.float64],
    encoding: Encoding,
) -> tuple[npt.NDArray[np.float64], list[npt.NDArray[np.float64]]]:
    """Return how many bases each window spans, and where its sites are, as shares of these.

    ``first``, ``count`` and ``start`` are what :func:`choose_stretches` returns.
    """
    if encoding.pad:
        spans = np.full(len(first), float(encoding.length or 0))
    else:
        # A random stretch is as long as a central one, over many windows.
        central = encoding.model_copy(update={"stretch": "central"})
        rows, _ = choose_sites(first, count, central)
        first, count = rows[:, 0], np.full(len(rows), encoding.sites)
        start = positions[first]
        spans = positions[rows[:, -1]] - start
    shares = [
        (positions[one : one + number] - begin) / (span or 1)
        for one, number, begin, span in zip(first, count, start, spans, strict=True)
    ]
    return spans, shares


def describe_genome_windows(windows: ComparedWindows, encoding: Encoding) -> pd.DataFrame:
    """Return the statistics of windows of a genome; the index has their places.

    Parameters
    ----------
    windows : ComparedWindows
    encoding : Encoding
    """
    if windows.encoded is None:
        return pd.DataFrame()
    size, sizes = (SITES, windows.counts) if encoding.pad else (SPAN, windows.lengths)
    return describe_briefly(windows.encoded, size, sizes).set_axis(windows.places, axis="index")


def limit_windows(haplotypes: int, encoding: Encoding) -> int:
    """Return how many windows with this number of haplotypes can be summarised in a short time.

    Parameters
    ----------
    haplotypes : int
    encoding : Encoding
        Whose ``sites`` each window has.
    """
    return max(MOST_ALLELES // (encoding.sites * haplotypes), FEWEST_WINDOWS)
