"""Names of the columns in tables of statistics, and one column for each part of windows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt


def name_column(statistic: str, of: Sequence[str]) -> str:
    """Return the name of a statistic of some populations, or of the whole sample.

    Examples
    --------
    >>> name_column("fst", ["AFR", "EUR"]), name_column("fst", [])
    ('fst_of_AFR_and_EUR', 'fst')
    """
    return f"{statistic}_of_{'_and_'.join(of)}" if of else statistic


def split_parts(
    computed: Mapping[str, npt.NDArray[np.float64]],
) -> Iterator[tuple[str, npt.NDArray[np.float64]]]:
    """Yield the name and the values of each column.

    Parameters
    ----------
    computed : mapping of str to ndarray of float64, shape (windows, parts)
        Statistics in parts of windows. Where there is one part, it is the whole window.

    Examples
    --------
    >>> [name for name, _ in split_parts({"pi": np.zeros((3, 2)), "zns": np.zeros((3, 1))})]
    ['pi_1_of_2', 'pi_2_of_2', 'zns']
    """
    for name, values in computed.items():
        parts = values.shape[1]
        for part in range(parts):
            yield f"{name}_{part + 1}_of_{parts}" if parts > 1 else name, values[:, part]
