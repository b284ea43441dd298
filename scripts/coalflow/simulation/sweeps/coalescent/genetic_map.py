"""A window's genetic map: from positions in bases to Morgans, and back."""

from collections.abc import Callable

import msprime
import numpy as np
import numpy.typing as npt

# So small that nothing breaks, in Morgans per base: stands for no recombination at all.
UNBROKEN = 1e-40


class GeneticMap:
    """The genetic map of a window; beyond its ends its mean rate holds.

    Parameters
    ----------
    sequence_length : float
        Length of the window, in bases.
    recombination : float or msprime.RateMap
        A rate per base and generation, or a map of that length.

    Attributes
    ----------
    rates : msprime.RateMap
    """

    def __init__(self, sequence_length: float, recombination: float | msprime.RateMap) -> None:
        self.sequence_length = sequence_length
        if not isinstance(recombination, msprime.RateMap):
            recombination = msprime.RateMap.uniform(sequence_length, max(recombination, UNBROKEN))
        self.rates = recombination
        self._mean_rate = recombination.mean_rate
        # The map as a polygon.
        self._bases = recombination.position
        self._morgans = recombination.get_cumulative_mass(recombination.position)

    def convert_to_morgans(self, positions: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return map positions, in Morgans, of positions in bases, which may be outside."""
        beyond = np.minimum(positions, 0) + np.maximum(positions - self.sequence_length, 0)
        return np.interp(positions, self._bases, self._morgans) + beyond * self._mean_rate

    def make_inverse(
        self, *known: npt.NDArray[np.float64]
    ) -> Callable[[npt.NDArray[np.float64]], npt.NDArray[np.float64]]:
        """Return the function from Morgans back to bases.

        Positions that were known in bases come back exactly as they were.
        """
        bases = np.unique(np.concatenate([[0.0], *known, [self.sequence_length]]))
        morgans = self.convert_to_morgans(bases)

        def convert_to_bases(positions: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
            nearest = np.minimum(np.searchsorted(morgans, positions), len(bases) - 1)
            drawn = np.interp(positions, self._morgans, self._bases)
            return np.where(morgans[nearest] == positions, bases[nearest], drawn)

        return convert_to_bases
