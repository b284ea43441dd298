"""Recombination maps: each window gets a stretch of the real one."""

import pathlib

import msprime
import numpy as np
import numpy.typing as npt

from coalflow.core.errors import CoalflowError


class RecombinationMap:
    """A recombination map, from which stretches are drawn.

    Parameters
    ----------
    path : str or path
        A file in HapMap's format: a header, then columns of which the second is the position in
        bases and the third the rate in cM/Mb from there to the next position.

    Raises
    ------
    CoalflowError
        If the file cannot be read, or is not in this format.
    """

    def __init__(self, path: str | pathlib.Path) -> None:
        self.path = path
        try:
            self._map = msprime.RateMap.read_hapmap(path)
        except (OSError, ValueError, IndexError, TypeError) as error:
            reason = " ".join(str(error).split())
            raise CoalflowError(
                f"{path}: is not a recombination map in HapMap's format ({reason}): it needs a "
                "header and the columns chromosome, position, rate in cM/Mb, position in cM"
            ) from None

    def draw_stretch(self, length: float, random: np.random.Generator) -> msprime.RateMap:
        """Draw a stretch in which all rates are known.

        Parameters
        ----------
        length : float
            In bases.
        random : numpy.random.Generator

        Returns
        -------
        msprime.RateMap
            It begins at 0. All possible starts on the map are equally likely.

        Raises
        ------
        CoalflowError
            If no stretch with known rates is that long.
        """
        left, right = self._find_known_stretches()
        room = np.maximum(right - left - length, 0)
        fits = right - left >= length
        if not fits.any():
            raise CoalflowError(
                f"{self.path}: its longest stretch with known rates has "
                f"{(right - left).max():,.0f} bases, and a window {length:,.0f}: shorten "
                "simulation.sequence_length"
            )
        # A stretch that just fits has one beginning, which no chance would ever hit.
        weights = np.where(fits, room + 1, 0)
        chosen = random.choice(len(left), p=weights / weights.sum())
        start = left[chosen] + np.floor(random.random() * (room[chosen] + 1))
        start = min(start, right[chosen] - length)
        return self._map.slice(start, start + length, trim=True)

    def _find_known_stretches(self) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Return the left and the right ends of stretches in which the rate is known, in bases."""
        known = np.concatenate([[False], ~np.isnan(self._map.rate), [False]])
        edges = np.flatnonzero(known[1:] != known[:-1])
        return self._map.position[edges[::2]], self._map.position[edges[1::2]]
