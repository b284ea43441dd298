"""Whether the simulations fit a whole genome: far more is known of it than of single windows.

The means of a genome's statistics are compared with those of blocks of the null, which are scanned
as a genome is and vary as stretches of one do. Statistics are normal scores, cut off at either end,
so that a few windows that were under selection move the mean little; and differences as small as a
few of them make are tolerated.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy.special

from coalflow.genomes.novelty.block_means import BlockMeans, Comparison, compare_means
from coalflow.genomes.novelty.causes import find_causes
from coalflow.genomes.novelty.fixes import find_fix
from coalflow.genomes.novelty.normal_scores import NormalScores
from coalflow.genomes.novelty.verdict import (
    Cause,
    Difference,
    FurthestWindow,
    Level,
    Verdict,
)
from coalflow.genomes.novelty.wording import (
    describe_causes,
    describe_difference,
    describe_furthest,
    describe_novel_share,
    write_headline,
)
from coalflow.statistics.window_statistics import select_compared

LIMIT = 2.5  # beyond which scores are cut off
TOLERANCE = 0.05  # standard deviations of windows: differences that do not matter
SMALL_P = 0.01  # of a genome that differs
LARGE = 0.5  # standard deviations of windows: an effect that matters
MOST_DIFFERENCES = 5  # that are listed
FEWEST_WINDOWS, FEWEST_BLOCKS = 5, 10
OVERDISPERSION = 2.0  # how many neighbouring windows are novel together, at least
PLACES = ("contig", "start", "end")


@dataclasses.dataclass(frozen=True)
class GenomeFit:
    """What genomes are compared with.

    Attributes
    ----------
    scores : NormalScores
        Of the statistics of the null's windows.
    medians : ndarray of float64, shape (statistics,)
        Their medians.
    correlations : ndarray of float64, shape (statistics, statistics)
        Of the scores of windows.
    blocks : BlockMeans
    cells : ndarray of str, shape (blocks,)
        The cell of each block.
    varies : bool
        Whether parameters differ between blocks of a cell.
    """

    scores: NormalScores
    medians: npt.NDArray[np.float64]
    correlations: npt.NDArray[np.float64]
    blocks: BlockMeans
    cells: npt.NDArray[np.str_]
    varies: bool

    @classmethod
    def fit(cls, blocks: pd.DataFrame, varies: bool | None = None) -> GenomeFit:
        """Return what genomes are compared with.

        Parameters
        ----------
        blocks : DataFrame
            What :func:`coalflow.statistics.window_statistics.describe_windows` returns of windows
            that lie side by side in blocks of the null, and ``block``, their names:
            ``<cell>/<replicate>``.
        varies : bool, optional
            Whether parameters differ between blocks of the same cell, because they are drawn.
            Without it, that is found out, as far as the blocks show it.
        """
        known = blocks.dropna()
        table = select_compared(known.drop(columns="block"))
        scores = NormalScores.rank(table)
        values = _limit(scores.transform(table))
        numbers, names = pd.factorize(known["block"])
        means, kept = BlockMeans.measure(values, numbers)
        cells = np.array([str(names[block]).rpartition("/")[0] for block in kept])
        scale = np.where(values.std(axis=0) > 0, values.std(axis=0), 1)
        apart = (values - values.mean(axis=0)) / scale
        correlations = apart.T @ apart / len(apart) + 1e-6 * np.eye(len(scale))
        fitted = cls(scores, table.median().to_numpy(), correlations, means, cells, bool(varies))
        if varies is None:
            groups = fitted._group_cells()
            varying = [means[rows].vary() for rows in groups.values()]
            fitted = dataclasses.replace(fitted, varies=any(varying))
        return fitted

    def _group_cells(self) -> dict[str, npt.NDArray[np.int64]]:
        """Return the blocks of each cell; all together where cells have too few blocks."""
        names, counts = np.unique(self.cells, return_counts=True)
        if counts.min() < FEWEST_BLOCKS:
            return {"": np.arange(len(self.blocks))}
        return {str(name): np.flatnonzero(self.cells == name) for name in names}

    def judge(
        self, table: pd.DataFrame, p: npt.NDArray[np.float64], false_alarms: float = 0.01
    ) -> Verdict:
        """Return whether the simulations fit a genome.

        Parameters
        ----------
        table : DataFrame
            The statistics of windows of the genome that lie side by side. Where they lie is in
            ``contig``, ``start`` and ``end``, if it has these, or else in the index.
        p : ndarray of float64, shape (windows,)
            Their novelty; nan where unknown.
        false_alarms : float
            Windows with this novelty or less are novel.
        """
        compared = table[list(self.scores.names)]
        known = compared.notna().all(axis=1).to_numpy()
        compared, places = compared[known], _name_places(table)[known]
        if len(compared) < FEWEST_WINDOWS or len(self.blocks) < FEWEST_BLOCKS:
            few = len(compared) if len(compared) < FEWEST_WINDOWS else len(self.blocks)
            what = "windows of it" if few == len(compared) else "blocks of the null"
            headline = f"Whether the simulations fit is not known: too few {what} ({few})"
            return Verdict(level="unknown", headline=headline, windows=len(compared))
        cell, comparison = self._compare(_limit(self.scores.transform(compared)))
        differences = self._list_differences(compared, comparison)
        causes: tuple[Cause, ...] = ()
        if comparison.p <= SMALL_P:
            names = self.scores.names.tolist()
            causes = find_causes(dict(zip(names, comparison.shift.tolist(), strict=True)))
        verdict = _conclude(comparison.p, differences, causes, np.asarray(p)[known], false_alarms)
        furthest = _find_furthest(np.asarray(p)[known], places)
        return _add_furthest(verdict, furthest, len(compared), cell or None)

    def _compare(self, values: npt.NDArray[np.float64]) -> tuple[str, Comparison]:
        """Return the comparison with the blocks of the cell that the genome is most like."""
        mean, number = values.mean(axis=0), len(values) / float(self.blocks.windows)
        compared = {
            cell: compare_means(
                mean, number, self.blocks[rows], self.correlations, TOLERANCE, self.varies
            )
            for cell, rows in self._group_cells().items()
        }
        best = max(
            compared, key=lambda cell: (compared[cell].p, -float((compared[cell].shift ** 2).sum()))
        )
        return best, compared[best]

    def _list_differences(
        self, compared: pd.DataFrame, comparison: Comparison
    ) -> tuple[Difference, ...]:
        """Return the statistics that differ, the one that differs most first."""
        order = np.argsort(-np.abs(comparison.shift), kind="stable")
        differing = [int(column) for column in order if comparison.p_of_each[column] <= SMALL_P]
        if not differing and comparison.p <= SMALL_P:
            differing = [int(order[0])]
        return tuple(
            self._make_difference(compared, comparison, column)
            for column in differing[:MOST_DIFFERENCES]
        )

    def _make_difference(
        self, compared: pd.DataFrame, comparison: Comparison, column: int
    ) -> Difference:
        name, shift = str(self.scores.names[column]), float(comparison.shift[column])
        median = float(compared[name].median())
        simulated = float(self.medians[column])
        return Difference(
            statistic=name,
            is_above=shift > 0,
            effect=abs(shift),
            p=float(comparison.p_of_each[column]),
            genome=median,
            simulated=simulated,
            finding=describe_difference(name, shift, median, simulated),
            fix=find_fix(name, shift > 0),
        )

    def to_arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return what :meth:`from_arrays` takes."""
        return {
            **{f"scores/{name}": array for name, array in vars(self.scores).items()},
            **{f"blocks/{name}": array for name, array in vars(self.blocks).items()},
            "medians": self.medians,
            "correlations": self.correlations,
            "cells": self.cells,
            "varies": np.array(self.varies),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, npt.NDArray[Any]]) -> GenomeFit:
        """Return what was written.

        Parameters
        ----------
        arrays : mapping of str to ndarray
        """

        def select(part: str) -> dict[str, npt.NDArray[Any]]:
            start = f"{part}/"
            return {
                name[len(start) :]: each for name, each in arrays.items() if name.startswith(start)
            }

        return cls(
            NormalScores(**select("scores")),
            arrays["medians"],
            arrays["correlations"],
            BlockMeans(**select("blocks")),
            arrays["cells"],
            bool(arrays["varies"]),
        )


def _limit(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.clip(values, -LIMIT, LIMIT)


def _name_places(table: pd.DataFrame) -> npt.NDArray[np.object_]:
    """Return where windows lie, as genome browsers write it."""
    if not set(PLACES) <= set(table.columns):
        return table.index.astype(str).to_numpy(dtype=object)
    places = zip(*(table[name].tolist() for name in PLACES), strict=True)
    names = [f"{contig}:{start + 1}-{end}" for contig, start, end in places]
    return np.array(names, dtype=object)


def _conclude(
    p: float,
    differences: tuple[Difference, ...],
    causes: tuple[Cause, ...],
    novelty: npt.NDArray[np.float64],
    false_alarms: float,
) -> Verdict:
    """Return the verdict on what was found of the genome as a whole."""
    level: Level = "fits"
    if p <= SMALL_P:
        is_large = any(difference.effect >= LARGE for difference in differences)
        level = "does not fit" if is_large else "differs slightly"
    novel = novelty[~np.isnan(novelty)]
    share = float((novel <= false_alarms).mean()) if len(novel) else 0.0
    novel_p = _test_share(novel, false_alarms)
    findings = [difference.finding for difference in differences]
    if causes:
        findings.append(describe_causes(causes))
    many_novel = describe_novel_share(share, false_alarms) if novel_p <= SMALL_P else ""
    if many_novel:
        findings.append(many_novel)
    fixes = [*(each.fix for each in causes), *(each.fix for each in differences)]
    return Verdict(
        level=level,
        headline=write_headline(level, differences, many_novel),
        p=p,
        differences=differences,
        causes=causes,
        novel_share=share,
        expected_share=false_alarms,
        novel_p=novel_p,
        findings=tuple(findings),
        fixes=tuple(dict.fromkeys(fixes)),
    )


def _add_furthest(
    verdict: Verdict, furthest: FurthestWindow | None, windows: int, like: str | None
) -> Verdict:
    """Return a verdict with what is known of single windows, and of the cell."""
    findings = verdict.findings
    if furthest is not None and furthest.p_of_genome <= SMALL_P:
        findings = (*findings, describe_furthest(furthest.name, furthest.p, windows))
    changes = {"furthest": furthest, "windows": windows, "like": like, "findings": findings}
    return verdict.model_copy(update=changes)


def _test_share(novelty: npt.NDArray[np.float64], false_alarms: float) -> float:
    """Return the chance of as many novel windows, or more.

    Neighbours are novel together: that many count as one as the genome shows, and no fewer than
    ``OVERDISPERSION``.
    """
    if not len(novelty):
        return 1.0
    flags = novelty <= false_alarms
    runs = int(np.sum(flags[1:] & ~flags[:-1]) + flags[0])
    together = max(OVERDISPERSION, flags.sum() / max(runs, 1))
    number, found = len(flags) / together, flags.sum() / together
    # The beta distribution continues the binomial between whole numbers.
    if found <= 0:
        return 1.0
    return float(scipy.special.betainc(found, number - found + 1, false_alarms))


def _find_furthest(
    novelty: npt.NDArray[np.float64], places: npt.NDArray[np.object_]
) -> FurthestWindow | None:
    if np.isnan(novelty).all():
        return None
    row, number = int(np.nanargmin(novelty)), int((~np.isnan(novelty)).sum())
    p = float(novelty[row])
    p_of_genome = float(-np.expm1(number * np.log1p(-min(p, 1 - 1e-12))))
    return FurthestWindow(name=str(places[row]), p=p, p_of_genome=p_of_genome)
