"""Many p-values at once: false discovery rates of windows and of regions."""

import numpy as np
import numpy.typing as npt


def adjust_p_values(p: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return q-values: the false discovery rate if a window and all with a lower p are called.

    Parameters
    ----------
    p : ndarray of float64, shape (windows,)
        p-values; nan where there is none.

    Returns
    -------
    ndarray of float64, shape (windows,)
        nan where there is no p-value.

    References
    ----------
    Benjamini and Hochberg (1995), doi.org/10.1111/j.2517-6161.1995.tb02031.x. Windows that overlap
    depend on each other positively, under which the rate holds: Benjamini and Yekutieli (2001),
    doi.org/10.1214/aos/1013699998.

    Examples
    --------
    >>> adjust_p_values(np.array([0.01, np.nan, 0.02, 0.9]))
    array([0.03,  nan, 0.03, 0.9 ])
    """
    q = np.full(p.shape, np.nan)
    has_p = ~np.isnan(p)
    if has_p.any():
        from scipy.stats import false_discovery_control  # takes a second, which few programs need

        q[has_p] = false_discovery_control(p[has_p])
    return q


def adjust_expected(expected: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the q-values of regions, from how many as good a null genome would have.

    The false discovery rate of all regions up to one is estimated by their expected number over
    their actual number. A region's q-value is the least rate at which it is called. The genome is
    taken to be null everywhere else, which makes the estimate too high by the share that is not.

    Parameters
    ----------
    expected : ndarray of float64, shape (regions,)
        Of each region, the expected number of null regions in the genome with such a peak or more;
        nan where it is not known.

    Returns
    -------
    ndarray of float64, shape (regions,)
        At most 1.

    References
    ----------
    Where null regions arise as a Poisson process of known rate, calling those with q up to a bound
    has that bound as its false discovery rate: Chumbley, Worsley, Flandin and Friston (2010),
    doi.org/10.1016/j.neuroimage.2009.10.090; Siegmund, Zhang and Yakir (2011), False discovery rate
    for scanning statistics, Biometrika 98: 979-985.

    Examples
    --------
    >>> adjust_expected(np.array([2.0, 0.03, 0.01]))
    array([0.66666667, 0.015     , 0.01      ])
    """
    q = np.full(expected.shape, np.nan)
    known = np.flatnonzero(~np.isnan(expected))
    order = known[np.argsort(expected[known], kind="stable")]
    rates = expected[order] / np.arange(1, len(order) + 1)
    q[order] = np.minimum(np.minimum.accumulate(rates[::-1])[::-1], 1)
    return q


def find_family_wise_p(expected: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the probability that a null genome has any region as good as each.

    Parameters
    ----------
    expected : ndarray of float64, shape (regions,)
        As in :func:`adjust_expected`.

    Examples
    --------
    >>> find_family_wise_p(np.array([0.01, 3.0]))
    array([0.00995017, 0.95021293])
    """
    return -np.expm1(-expected)
