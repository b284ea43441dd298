"""Simulated windows as arrays and tables."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd


@dataclasses.dataclass(frozen=True)
class Window:
    """One simulated window.

    Attributes
    ----------
    haplotypes : ndarray of int8, shape (haplotypes, sites)
        0, 1, or -1 where no allele is called.
    positions : ndarray of float64, shape (sites,)
        In bases, from the left end of the window.
    truth : dict
        The true value of each target by its name.
    parameters : dict
        ``cell`` and ``replicate``, and what the window was simulated with.
    statistics : dict of str to float
        Its summary statistics.
    """

    haplotypes: npt.NDArray[np.int8]
    positions: npt.NDArray[np.float64]
    truth: dict[str, Any]
    parameters: dict[str, Any]
    statistics: dict[str, float]


@dataclasses.dataclass(frozen=True, eq=False)
class Windows:
    """Simulated windows, as :func:`coalflow.load_windows` returns them.

    ``len()`` is how many there are, a slice or an array of indices returns some of them, and an
    index returns a :class:`Window`, as iteration does.

    Attributes
    ----------
    haplotypes : list of ndarray of int8, shape (haplotypes, sites)
        The alleles of each window, with what sequencing does to them: 1 is the derived allele where
        that is known, -1 an allele that is not called. The haplotypes of an individual, and those
        of a population, are next to each other. There are as many sites as vary in the sample, not
        only those that nets read.
    positions : list of ndarray of float64, shape (sites,)
        Of these sites, in bases from the left end of the window, counted from 0.
    truth : DataFrame
        The true values: a column for each target, in its own units.
    parameters : DataFrame
        ``cell`` and ``replicate``, which together name a window of the run, and what it was
        simulated with, such as ``population_size``; nan where a parameter is not about a window.
    statistics : DataFrame
        Summary statistics, those that baselines read.
    seeds : ndarray of uint64, shape (windows,)
        The seeds of the simulations.
    """

    haplotypes: list[npt.NDArray[np.int8]]
    positions: list[npt.NDArray[np.float64]]
    truth: pd.DataFrame
    parameters: pd.DataFrame
    statistics: pd.DataFrame
    seeds: npt.NDArray[np.uint64]

    def __len__(self) -> int:
        return len(self.haplotypes)

    def __getitem__(self, rows: Any) -> Any:
        """Return one window, or some of them."""
        chosen = np.arange(len(self))[rows]
        if isinstance(chosen, np.integer):
            return self._pick(int(chosen))
        truth, parameters, statistics = (
            table.iloc[chosen].reset_index(drop=True)
            for table in (self.truth, self.parameters, self.statistics)
        )
        return Windows(
            [self.haplotypes[row] for row in chosen.tolist()],
            [self.positions[row] for row in chosen.tolist()],
            truth,
            parameters,
            statistics,
            self.seeds[chosen],
        )

    def __iter__(self) -> Iterator[Window]:
        return map(self._pick, range(len(self)))

    def __repr__(self) -> str:
        return f"<{len(self):,} windows: {', '.join(map(str, self.truth))}>"

    def _pick(self, row: int) -> Window:
        truth, parameters, statistics = (
            {str(name): value for name, value in table.iloc[[row]].to_dict("records")[0].items()}
            for table in (self.truth, self.parameters, self.statistics)
        )
        return Window(self.haplotypes[row], self.positions[row], truth, parameters, statistics)
