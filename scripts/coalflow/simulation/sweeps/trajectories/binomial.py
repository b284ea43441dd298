"""Quantiles of the binomial distribution, quick enough to draw each generation's copies."""

import math

from coalflow.simulation.sweeps.compilation import inlined

NORMAL_FROM = 64.0  # variance from which the quantile is expanded


@inlined
def compute_binomial_quantile(trials: int, chance: float, deviate: float) -> int:
    """Return the binomial quantile of a standard normal deviate.

    It is exact up to a variance of 64; above, it is Cornish and Fisher's expansion to the
    fourth cumulant, which is off by one copy now and then.

    Parameters
    ----------
    trials : int
    chance : float
        Of success.
    deviate : float

    References
    ----------
    Abramowitz and Stegun 1964, Handbook of mathematical functions, 26.2.49

    Examples
    --------
    >>> compute_binomial_quantile(10, 0.5, 0.0), compute_binomial_quantile(10_000, 0.5, 1.96)
    (5, 5098)
    """
    if chance <= 0.0:
        return 0
    if chance >= 1.0:
        return trials
    if chance > 0.5:
        return trials - _compute_quantile_of_rare(trials, 1.0 - chance, -deviate)
    return _compute_quantile_of_rare(trials, chance, deviate)


@inlined
def _compute_quantile_of_rare(trials: int, chance: float, deviate: float) -> int:
    """Return the quantile for a chance of at most 1/2."""
    mean = trials * chance
    variance = mean * (1.0 - chance)
    if variance >= NORMAL_FROM:
        spread = math.sqrt(variance)
        skewness = (1.0 - 2.0 * chance) / spread
        kurtosis = (1.0 - 6.0 * chance * (1.0 - chance)) / variance
        square = deviate * deviate
        expanded = (
            deviate
            + skewness * (square - 1.0) / 6.0
            + kurtosis * deviate * (square - 3.0) / 24.0
            - skewness * skewness * deviate * (2.0 * square - 5.0) / 36.0
        )
        return min(max(int(math.floor(mean + spread * expanded + 0.5)), 0), trials)
    below = 0.5 * math.erfc(-deviate / math.sqrt(2.0))
    odds = chance / (1.0 - chance)
    copies = 0
    mass = math.exp(trials * math.log1p(-chance))
    cumulated = mass
    # Beyond the mean, masses too small to be added end the search.
    while cumulated < below and copies < trials and (copies < mean or mass > 1e-17):
        mass *= odds * (trials - copies) / (copies + 1.0)
        copies += 1
        cumulated += mass
    return copies
