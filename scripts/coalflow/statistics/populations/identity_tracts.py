"""How long the tracts are in which two haplotypes are identical, within and between populations.

A window is divided into 64 stretches of equal length, and a tract consists of neighbouring ones in
which two haplotypes have the same alleles. Where the phase is not known, haplotypes are the
individuals' genotypes. An allele that is not called counts as 0: if it differed from others, the
share of missing alleles would set the length of tracts.

The mean length of all tracts would add nothing to the mean number of differences d: there are d + 1
tracts.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt

from coalflow.statistics.allele_counts import find_edges
from coalflow.statistics.haplotypes import HaplotypeNames
from coalflow.statistics.populations.row_pairs import RowPairs
from coalflow.windows.packed_windows import Windows

STRETCHES = 64  # the bits of a number
COMPARED_AT_ONCE = 2**17  # 512 kB an array: more does not stay in a processor's cache


def measure_tracts(
    windows: Windows, names: HaplotypeNames, pairs: RowPairs
) -> npt.NDArray[np.float64]:
    """Return the longest tract of each pair, as a share of the window, float64 (windows, pairs).

    Parameters
    ----------
    windows : Windows
    names : HaplotypeNames
        Theirs.
    pairs : RowPairs
    """
    if windows.called_packed is not None:
        names = HaplotypeNames(dataclasses.replace(windows, called_packed=None))
    by_site = names.name_up_to(find_edges(windows, STRETCHES))
    # Half of a name's bits take half the time, and are as good within a stretch.
    in_stretches = np.ascontiguousarray(
        np.diff(by_site, axis=1).transpose(0, 2, 1).astype(np.uint32)
    )
    longest = np.empty((len(windows), len(pairs)))
    step = max(1, COMPARED_AT_ONCE // (len(windows) * STRETCHES))
    for begin in range(0, len(pairs), step):
        part = slice(begin, begin + step)
        same = in_stretches[:, pairs.first[part]] == in_stretches[:, pairs.second[part]]
        runs = np.packbits(same, axis=2, bitorder="little").view("<u8")[:, :, 0]
        longest[:, part] = find_longest_runs(runs.astype(np.uint64))
    return longest / STRETCHES


def find_longest_runs(bits: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Return how many neighbouring bits are 1 at most, of the same shape.

    Examples
    --------
    >>> find_longest_runs(np.array([0b0, 0b1011101, 2**64 - 1], np.uint64)).tolist()
    [0, 3, 64]
    """
    # Where runs of 1, 2, 4, ... bits begin.
    begins = [bits]
    for length in (1, 2, 4, 8, 16, 32):
        begins.append(begins[-1] & (begins[-1] >> np.uint64(length)))
    longest = np.zeros_like(bits)
    found = np.full_like(bits, 2**64 - 1)  # where runs of that length begin
    for power in range(len(begins) - 1, -1, -1):
        longer = found & (begins[power] >> longest)
        is_there = longer != 0
        found = np.where(is_there, longer, found)
        longest += is_there.astype(np.uint64) << np.uint64(power)
    return longest
