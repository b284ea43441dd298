"""How long a sweep takes, by the diffusion."""

import math

import numpy as np

from coalflow.simulation.sweeps.compilation import compiled
from coalflow.simulation.sweeps.trajectories.selection import Selection

FREQUENCIES = 1001  # over which is summed


def estimate_duration(selection: Selection, chromosomes: int) -> tuple[float, float]:
    """Return mean and standard deviation of a sweep's duration, given that its end is reached.

    With u(y) the chance of fixation from frequency y, psi = u' and b = y (1 - y) / 2N, a path
    from p to 1 spends around y the time 2 u(y) (1 - u(y)) / (b psi), or for y < p
    2 u(y)^2 (1 - u(p)) / (u(p) b psi). With m(y) the mean time to the end from y on, the mean of
    the squared time is twice the integral of the time spent around y, times m(y). Time spent
    above ``end_frequency`` is left out.

    Parameters
    ----------
    selection : Selection
    chromosomes : int
        2N of the one population, whose size is constant.

    Returns
    -------
    mean, deviation : float
        In generations.

    References
    ----------
    Kimura and Ohta 1969, doi.org/10.1093/genetics/61.3.763, eq. 17
    Ewens 2004, Mathematical population genetics, section 4.6

    Examples
    --------
    >>> mean, deviation = estimate_duration(Selection(coefficient=0.05), chromosomes=20_000)
    >>> round(mean), round(deviation)
    (591, 78)
    """
    mean, squared = _compute_moments(
        float(selection.coefficient),
        float(selection.dominance),
        float(selection.start_frequency or 1 / chromosomes),
        float(selection.end_frequency),
        float(chromosomes),
    )
    return max(mean, 1.0), math.sqrt(max(squared - mean * mean, 0.0))


@compiled
def _compute_moments(
    coefficient: float, dominance: float, start: float, end: float, chromosomes: float
) -> tuple[float, float]:
    """Return the mean of a duration and of its square.

    Integrals are sums over frequencies that are evenly spaced in their logit. ``ahead`` is
    (1 - u) / psi, ``behind`` the integral of u^2 / b psi up to y, times psi; both are
    summed from the side where they vanish, as psi itself does where selection is strong.
    """
    scale = math.log(2.0 * chromosomes)
    step = 2.0 / (FREQUENCIES - 1)
    around = 2.0 * chromosomes * scale * step  # 2 / b, times a cell's width
    exponent, width = np.empty((2, FREQUENCIES))
    fixed, ahead, behind, to_come = np.zeros((4, FREQUENCIES))
    first, last = 0, 0
    for i in range(FREQUENCIES):
        y = 1.0 / (1.0 + math.exp(-scale * (i * step - 1.0)))
        width[i] = y * (1.0 - y) * scale * step
        drift = dominance * y + (1.0 - 2.0 * dominance) * y * y / 2.0
        exponent[i] = 2.0 * chromosomes * coefficient * drift
        fixed[i] = fixed[max(i - 1, 0)] + math.exp(exponent[0] - exponent[i]) * width[i]
        if y < start:
            first = i + 1
        if y <= end:
            last = i
    fixed /= fixed[-1]
    for i in range(FREQUENCIES - 2, -1, -1):
        fall = exponent[i + 1] - exponent[i]
        within = -math.expm1(-fall) / fall if fall > 0.0 else 1.0
        ahead[i] = width[i] * within + ahead[i + 1] * math.exp(-fall)
    for i in range(last, -1, -1):
        to_come[i] = (to_come[i + 1] if i < last else 0.0) + around * fixed[i] * ahead[i]
    for i in range(last + 1):
        if i > 0:
            behind[i] = behind[i - 1] * math.exp(exponent[i - 1] - exponent[i])
        behind[i] += around * fixed[i] * fixed[i]
    mean, squared = 0.0, 0.0
    for i in range(last + 1):
        spent = around * fixed[i] * ahead[i]
        if i < first:
            since = math.exp(min(exponent[i] - exponent[first], 0.0)) * ahead[first]
            spent = around * fixed[i] * since * fixed[i] / fixed[first]
        mean += spent
        squared += 2.0 * spent * (to_come[i] + behind[i] * ahead[i] / fixed[i])
    return mean, squared
