"""Recombination maps: each window gets a stretch of the real one."""

import msprime
import numpy as np

from coalflow.core.errors import CoalflowError


class Map:
    """A recombination map, from which stretches are drawn.

    It is read from a file in HapMap's format: columns of which the second is the position
    in bases and the third the rate in cM/Mb from there to the next position, with a header.
    Raises CoalflowError for a file that is none.
    """

    def __init__(self, path):
        self.path = path
        try:
            self._map = msprime.RateMap.read_hapmap(path)
        except (OSError, ValueError, IndexError, TypeError) as error:
            reason = " ".join(str(error).split())
            raise CoalflowError(
                f"{path}: is no recombination map in HapMap's format ({reason}): it needs a header "
                "and the columns chromosome, position, rate in cM/Mb, position in cM"
            ) from None

    def stretch(self, length, random):
        """Return a stretch of so many bases as an ``msprime.RateMap`` that begins at 0.

        All beginnings are equally likely from which the rate is known all along.
        ``random`` is a numpy generator. Raises CoalflowError where no stretch is as long.
        """
        left, right = self._known()
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

    def _known(self):
        """Return the ends of stretches in which the rate is known, float64 (stretches,) twice."""
        known = np.concatenate([[False], ~np.isnan(self._map.rate), [False]])
        edges = np.flatnonzero(known[1:] != known[:-1])
        return self._map.position[edges[::2]], self._map.position[edges[1::2]]
