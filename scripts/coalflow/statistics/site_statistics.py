"""Targets that are statistics of the sites of encoded windows, computed by tskit.

tskit computes statistics on tree sequences. A window becomes one by the simplest trees there are:
all haplotypes are children of one root, and a derived allele is a mutation above each haplotype
that carries it. Statistics of sites see only which haplotype has which allele, so they are exactly
those of the true trees. Many windows share one tree sequence, and tskit computes them in one call.

Where genotypes are missing, :mod:`coalflow.statistics.allele_counts` counts what is called.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import tskit

from coalflow.config.schema.targets import StatisticTarget
from coalflow.statistics import allele_counts, tskit_statistics
from coalflow.windows.packed_windows import Windows

ALLELES_AT_ONCE = 1_000_000  # about 40 MB, most of it for mutations; more would not be faster


def compute_site_statistics(
    windows: Windows, statistics: Mapping[str, StatisticTarget], slices: Mapping[str, slice]
) -> dict[str, npt.NDArray[np.float64]]:
    """Return statistics of the sites of windows.

    Parameters
    ----------
    windows : Windows
    statistics : mapping of str to StatisticTarget
        By names of any choice; none gives no values.
    slices : mapping of str to slice
        The haplotypes of each population, as in
        :attr:`coalflow.config.schema.samples.Samples.slices`.

    Returns
    -------
    dict of str to ndarray of float64, shape (windows,)
        By the same names. Undefined values are nan, as are those of statistics that
        :mod:`coalflow.statistics.allele_counts` does not have, where genotypes are missing.
    """
    if not statistics:
        return {}

    def compute(chunk: Windows) -> dict[str, npt.NDArray[np.float64]]:
        if chunk.called_packed is not None:
            return {
                name: allele_counts.compute_from_allele_counts(chunk, statistic, slices)
                for name, statistic in statistics.items()
            }
        trees, edges = build_star_trees(chunk)
        return {
            name: tskit_statistics.compute_in_windows(trees, statistic, slices, edges)
            for name, statistic in statistics.items()
        }

    _, sites, haplotypes = windows.shape
    return compute_in_chunks(compute, windows, max(1, ALLELES_AT_ONCE // (sites * haplotypes)))


def build_star_trees(windows: Windows) -> tuple[tskit.TreeSequence, npt.NDArray[np.int64]]:
    """Return a tree sequence that has the sites of all windows, and the edges of the windows.

    Sites are in their order, not at their distances: each has a unit of length, and so has the
    beginning of each window, for tskit has no windows without length.

    Returns
    -------
    trees : tskit.TreeSequence
    edges : ndarray of int64, shape (windows + 1,)
    """
    number, _, haplotypes = windows.shape
    edges = np.concatenate([[0], np.cumsum(windows.mask.sum(axis=1) + 1)])
    window, site = np.nonzero(windows.mask)
    tables = tskit.TableCollection(sequence_length=edges[-1])
    tables.nodes.set_columns(
        flags=np.r_[np.full(haplotypes, tskit.NODE_IS_SAMPLE), 0].astype(np.uint32),
        time=np.r_[np.zeros(haplotypes), 1.0],
    )
    tables.edges.set_columns(
        left=np.zeros(haplotypes),
        right=np.full(haplotypes, float(edges[-1])),
        parent=np.full(haplotypes, haplotypes, dtype=np.int32),
        child=np.arange(haplotypes, dtype=np.int32),
    )
    tables.sites.set_columns(
        position=np.arange(len(site)) + window + 1.0,
        **_make_text_column("ancestral_state", "0", len(site)),
    )
    mutated, carrier = np.nonzero(windows.haplotypes[window, site])
    tables.mutations.set_columns(
        site=mutated.astype(np.int32),
        node=carrier.astype(np.int32),
        **_make_text_column("derived_state", "1", len(carrier)),
    )
    tables.build_index()
    return tables.tree_sequence(), edges


def _make_text_column(name: str, letter: str, rows: int) -> dict[str, npt.NDArray[Any]]:
    """Return the two columns in which a tskit table holds text, of one letter in each row."""
    return {
        name: np.full(rows, ord(letter), dtype=np.int8),
        f"{name}_offset": np.arange(rows + 1, dtype=np.uint64),
    }


def compute_in_chunks(
    compute: Callable[[Windows], Mapping[str, npt.NDArray[np.float64]]],
    windows: Windows,
    step: int,
) -> dict[str, npt.NDArray[np.float64]]:
    """Compute values of windows ``step`` at a time, so that memory does not grow with them.

    Parameters
    ----------
    compute : callable
        Takes windows, returns arrays of shape (windows,) by name.
    windows : Windows
        One or more.
    step : int

    Returns
    -------
    dict of str to ndarray, shape (windows,)
    """
    parts = [compute(windows[first : first + step]) for first in range(0, len(windows), step)]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
