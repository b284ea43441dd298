"""Recombination maps: each window gets a stretch of the real one."""

import pathlib

import msprime
import numpy as np

from coalflow.config.tables import recombination_maps
from coalflow.core.errors import CoalflowError


class RecombinationMap:
    """A recombination map, from which stretches of known rates are drawn.

    Parameters
    ----------
    path : str or path
        The file; :mod:`coalflow.config.tables.recombination_maps` says in which formats.
    chromosome : str, optional
        Which of the file's.

    Raises
    ------
    CoalflowError
        If the file cannot be read, or contradicts itself.
    """

    def __init__(self, path: str | pathlib.Path, chromosome: str | None = None) -> None:
        self.path = path
        table = recombination_maps.read_map(path, chromosome)
        self._unknown_share = table.unknown_share
        self._positions, self._rates = np.array(table.positions), np.array(table.rates)
        known = np.concatenate([[False], ~np.isnan(self._rates), [False]])
        edges = np.flatnonzero(known[1:] != known[:-1])
        # The ends of stretches in which the rate is known, in bases.
        self._left, self._right = self._positions[edges[::2]], self._positions[edges[1::2]]

    def describe(self) -> str:
        """Return in words how much of the map windows can come from, for logs."""
        lengths = self._right - self._left
        mean = np.nansum(self._rates * np.diff(self._positions)) / lengths.sum()
        return (
            f"{self.path}: the rate is unknown in {self._unknown_share:.1%} of the chromosome, "
            f"where no windows are drawn; elsewhere its mean is {mean:.4g} per base and generation"
        )

    def draw_stretch(
        self, length: float, random: np.random.Generator, section: str = "simulation"
    ) -> msprime.RateMap:
        """Draw a stretch in which all rates are known.

        Parameters
        ----------
        length : float
            In bases.
        random : numpy.random.Generator
        section : str
            The section of the config that has the length, for the message.

        Returns
        -------
        msprime.RateMap
            It begins at 0. All possible starts on the map are equally likely.

        Raises
        ------
        CoalflowError
            If no stretch with known rates is that long.
        """
        lengths = self._right - self._left
        room = np.maximum(lengths - length, 0)
        fits = lengths >= length
        if not fits.any():
            raise CoalflowError(
                f"{self.path}: its longest stretch with known rates has {lengths.max():,.0f} "
                f"bases, and {length:,.0f} are needed: shorten {section}.sequence_length"
            )
        # A stretch that just fits has one beginning, which no chance would ever hit.
        weights = np.where(fits, room + 1, 0)
        chosen = random.choice(len(lengths), p=weights / weights.sum())
        start = self._left[chosen] + np.floor(random.random() * (room[chosen] + 1))
        return self._cut(min(start, self._right[chosen] - length), length)

    def _cut(self, start: float, length: float) -> msprime.RateMap:
        first = np.searchsorted(self._positions, start, "right")
        last = np.searchsorted(self._positions, start + length, "left")
        ends = np.concatenate([[0], self._positions[first:last] - start, [length]])
        return msprime.RateMap(position=ends, rate=self._rates[first - 1 : last])
