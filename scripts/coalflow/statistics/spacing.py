"""How the sites of windows are spaced, and which of their alleles are not called."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from coalflow.windows.measures import measure_windows
from coalflow.windows.packed_windows import Windows

CLOSE = 0.1  # of the mean distance
NAMES = ("longest gap between sites", "clustering of sites", "share of very close sites")
MISSING_NAMES = ("missing alleles", "missing alleles by site", "missing alleles by haplotype")


def describe_spacing(windows: Windows) -> dict[str, npt.NDArray[np.float64]]:
    """Return how sites are spaced.

    The longest gap is in units of the mean distance between neighbours, and may be at an end of the
    window. Clustering is the mean square of distances over the square of the mean: 1 where all are
    equal, 2 where sites are anywhere by chance. Very close are neighbours with less than a tenth of
    the mean between them.

    Parameters
    ----------
    windows : Windows

    Returns
    -------
    dict of str to ndarray of float64, shape (windows,)
        By ``NAMES``.
    """
    measured = measure_windows(windows)
    is_between = windows.mask[:, 1:] & windows.mask[:, :-1]
    gaps = np.where(is_between, np.diff(windows.positions.astype(np.float64), axis=1), 0.0)
    number = np.maximum(is_between.sum(axis=1), 1)
    total = gaps.sum(axis=1)
    unit = np.where(total > 0, total, 1) / number
    values = (
        measured.gap / measured.reach.clip(1e-12) * np.maximum(measured.sites, 1),
        (gaps**2).sum(axis=1) / number / unit**2,
        ((gaps < CLOSE * unit[:, None]) & is_between).sum(axis=1) / number,
    )
    return dict(zip(NAMES, values, strict=True))


def describe_missing(windows: Windows) -> dict[str, npt.NDArray[np.float64]]:
    """Return how many alleles are missing, and whether some sites or haplotypes have more.

    The last two are variances over those of alleles that are missing by chance: 1 if they are.

    Parameters
    ----------
    windows : Windows

    Returns
    -------
    dict of str to ndarray of float64, shape (windows,)
        By ``MISSING_NAMES``; none where no alleles can be missing.
    """
    called = windows.called
    if called is None:
        return {}
    there = called.reshape(*windows.mask.shape, windows.rows, -1).all(axis=3)
    rows = windows.mask[:, :, None] & ~there
    sites = np.maximum(windows.mask.sum(axis=1), 1)
    number = windows.rows
    share = rows.sum(axis=(1, 2)) / (sites * number)
    expected = share * (1 - share)
    unit = np.where(expected > 0, expected, 1)
    by_site = np.where(windows.mask, rows.mean(axis=2) - share[:, None], 0)
    by_row = rows.sum(axis=1) / sites[:, None] - share[:, None]
    values = (
        measure_windows(windows).missing,
        (by_site**2).sum(axis=1) / sites * number / unit,
        (by_row**2).mean(axis=1) * sites / unit,
    )
    return dict(zip(MISSING_NAMES, values, strict=True))
