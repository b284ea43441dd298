"""What a scan found in a genome as a whole: q-values, regions, and whether simulations fit it."""

from __future__ import annotations

import dataclasses
import pathlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from coalflow.config.genomes.parts import name_part
from coalflow.config.settings.observing import JoinScanSettings
from coalflow.core.parquet import open_parquet
from coalflow.evaluation.cards import Card
from coalflow.evaluation.predictions import (
    MEASURED,
    REGION_P,
    P,
    Q,
    find_models,
    name_column,
    select_prediction,
)
from coalflow.genomes.genes.genes import Genes
from coalflow.genomes.novelty.verdict import Verdict
from coalflow.genomes.reference.reference import (
    Reference,
    read_references,
)
from coalflow.genomes.scans.scan_outputs import choose_columns, list_columns, read_windows
from coalflow.genomes.scans.scanned_columns import NOVELTY, choose_separate, select_columns
from coalflow.genomes.significance.multiple_testing import adjust_p_values
from coalflow.genomes.significance.region_tables import NOT_SIGNIFICANT, tabulate_regions
from coalflow.genomes.significance.scores import Score, measure_score
from coalflow.models.card_files import read_card

#: Columns of all windows by name, by the name of the column that they follow.
Columns: TypeAlias = Mapping[str, Mapping[str, npt.NDArray[np.float64]]]

P_COLUMN = f":{P}"
PLACES = "contig", "start", "end"
#: Flags with which windows are still compared with those of simulations; none is the empty text.
COMPARABLE = frozenset({"", "novel", "trimmed"})
MOST_SELECTED = 0.15  # of windows, in regions that are left out where the history is judged


@dataclasses.dataclass(frozen=True)
class Scan:
    """The tables of windows that ``scan.py`` wrote, and what they are compared with.

    Attributes
    ----------
    parts : sequence of Path
        In order.
    card : Card
        That of any of the models.
    references : mapping of str to Reference
        By the names of nets and baselines; none where the models have none.
    shown : sequence of str
        The names of the models that are drawn, the best first.
    step : int, optional
        From one window to the next, in bases or sites; None of the user's own windows.
    """

    parts: Sequence[pathlib.Path]
    card: Card
    references: Mapping[str, Reference]
    shown: Sequence[str]
    step: int | None = None

    @property
    def columns(self) -> list[str]:
        """The columns of the tables."""
        return list_columns(self.parts)

    @property
    def models(self) -> list[str]:
        """The names of all models."""
        return find_models(self.columns, self.card.targets)

    @property
    def reference(self) -> Reference | None:
        """The reference of the model that is shown; None without one."""
        return self._find_reference(self.shown[0])

    def compute_columns(self) -> Columns:
        """Return the columns that depend on other windows, by that of the p-values they follow.

        They are q-values, and the p-values of windows with their neighbours.
        """
        ends = [name for name in self.columns if name.endswith(P_COLUMN)]
        # One after the other: all columns may not fit into memory.
        columns = {
            name: {
                f"{name.removesuffix(P_COLUMN)}:{Q}": adjust_p_values(
                    read_windows(self.parts, [name])[name].to_numpy()
                )
            }
            for name in ends
        }
        for model in self.models:
            for score in self._list_scores(model):
                tracks = self.judge_neighbours(model, score)
                if tracks is not None:
                    after = columns[name_column(model, score.name, P)]
                    after[name_column(model, score.name, REGION_P)] = tracks["p"].to_numpy()
        return columns

    def _list_scores(self, model: str) -> tuple[Score, ...]:
        reference = self._find_reference(model)
        return () if reference is None else reference.scores

    def _find_reference(self, model: str) -> Reference | None:
        return self.references.get(model.partition("/")[0])

    def judge_neighbours(self, model: str, score: Score) -> pd.DataFrame | None:
        """Return the scores of windows with their neighbours, and what these are by the null.

        Parameters
        ----------
        model : str
        score : Score

        Returns
        -------
        DataFrame or None
            What :meth:`coalflow.genomes.significance.null.Null.judge_means` returned; None where
            windows are not compared with a null by this score.
        """
        reference = self._find_reference(model)
        null = None if reference is None else reference.find_null(model, score)
        if reference is None or null is None:
            return None
        targets = self.card.targets
        predicted = [name_column(model, name) for name in targets.classes or targets.names]
        table = read_windows(self.parts, [*PLACES, *predicted])
        prediction = select_prediction(table, model, targets)
        scores = measure_score(score, prediction, targets, self.card.scaling)
        return null.judge_means(table[[*PLACES]], scores)

    def read_shown(self, columns: Columns) -> pd.DataFrame:
        """Return the table of windows for pictures and regions.

        It has the columns of the models that are shown, and of all others the p-values.

        Parameters
        ----------
        columns : mapping of str to mapping of str to ndarray
            What :meth:`compute_columns` returned.
        """
        chosen = choose_columns(self.columns, self.models, self.shown)
        kept = [name for name in chosen if not name.startswith(f"{MEASURED}:")]
        kept += [name for name in columns if name not in kept]
        return add_columns(read_windows(self.parts, kept), columns)

    def find_regions(self, windows: pd.DataFrame, genes: Genes | None) -> pd.DataFrame | None:
        """Return the regions of the genome; None where nothing is compared with a null.

        Parameters
        ----------
        windows : DataFrame
            What :meth:`read_shown` returned.
        genes : Genes, optional
        """
        reference, model = self.reference, self.shown[0]
        if reference is None or not reference.scores:
            return None
        score = reference.scores[0]
        null, tracks = reference.find_null(model, score), self.judge_neighbours(model, score)
        if null is None or tracks is None:
            return None
        meta = reference.meta
        if self.has_upper_bounds:
            null = dataclasses.replace(null, regions=None)
        return tabulate_regions(
            windows,
            tracks,
            model,
            score,
            null,
            meta.significance,
            meta.length,
            meta.false_alarms,
            genes,
        )

    @property
    def has_upper_bounds(self) -> bool:
        """Whether chance may make more regions of these windows than of those of the null."""
        if self.reference is None or not self.reference.meta.blocks:
            return False
        return self.step is None or self.step < self.reference.meta.step

    def judge_genome(self, regions: pd.DataFrame | None) -> Verdict | None:
        """Return whether simulations fit the genome; None where there are no blocks.

        Regions with a low q-value are left out, since windows under selection say nothing about
        the history; unless they are much of the genome, which speaks against the simulations.

        Parameters
        ----------
        regions : DataFrame, optional
            What :meth:`find_regions` returned.
        """
        judge = next(iter(self.references.values()), None)
        if judge is None or judge.fit is None:
            return None
        measured = [name for name in self.columns if name.startswith(f"{MEASURED}:")]
        table = read_windows(self.parts, [*PLACES, "flags", NOVELTY, *measured])
        table = table[find_comparable(table)].reset_index(drop=True)
        if regions is not None:
            selected = _lie_in_regions(table, regions[regions["verdict"] != NOT_SIGNIFICANT])
            if selected.mean() <= MOST_SELECTED:
                table = table[~selected].reset_index(drop=True)
        apart = table.iloc[choose_separate(table)].reset_index(drop=True)
        places = apart[[*PLACES]]
        return judge.fit.judge(
            pd.concat([places, select_columns(apart, MEASURED)], axis=1),
            apart[NOVELTY].to_numpy(),
            judge.meta.false_alarms,
        )


def open_scan(scanned: pathlib.Path, models: pathlib.Path, settings: JoinScanSettings) -> Scan:
    """Return the scan of a run, by no model that is shown.

    Parameters
    ----------
    scanned : Path
        The folder of the tables of all parts.
    models : Path
        The folder of all models.
    settings : JoinScanSettings

    Raises
    ------
    CoalflowError
        If a card or a reference is missing or damaged.
    """
    return Scan(
        parts=[scanned / f"{name_part(part)}.parquet" for part in range(settings.parts)],
        card=read_card(models / settings.model),
        references=read_references(models, settings.packed),
        shown=(),
        step=settings.step,
    )


def _lie_in_regions(windows: pd.DataFrame, regions: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Return which windows overlap one of the regions."""
    overlaps = np.zeros(len(windows), dtype=np.bool_)
    contigs = windows["contig"].to_numpy()
    start, end = (windows[name].to_numpy() for name in ("start", "end"))
    for contig, first, last in regions[["contig", "start", "end"]].itertuples(index=False):
        overlaps |= (contigs == contig) & (start < last) & (end > first)
    return overlaps


def find_comparable(table: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Return which windows are predicted, and have no flag that is not a matter of fit.

    Windows that are novel, or have more sites than models read, are what a misfit makes.
    """
    flags = table["flags"].fillna("").str.split(",")
    is_usual = [COMPARABLE.issuperset(each) for each in flags]
    return table[NOVELTY].notna().to_numpy() & np.array(is_usual, dtype=bool)


def add_columns(windows: pd.DataFrame, columns: Columns, first: int = 0) -> pd.DataFrame:
    """Return a table of windows with more columns, each next to the p-values that it follows.

    Parameters
    ----------
    windows : DataFrame
    columns : mapping of str to mapping of str to ndarray of float64, shape (all windows,)
        By the names of the columns of p-values, what follows each, by name.
    first : int
        Which window of the genome is the first of the table.

    Examples
    --------
    >>> windows = pd.DataFrame({"net:swept:p": [0.01], "net:x": [1]})
    >>> more = {"net:swept:p": {"net:swept:q": np.array([0.03])}}
    >>> add_columns(windows, more).columns.to_list()
    ['net:swept:p', 'net:swept:q', 'net:x']
    """
    joined: dict[str, Any] = {}
    for name in windows.columns:
        joined[name] = windows[name]
        for added, values in columns.get(name, {}).items():
            joined[added] = values[first : first + len(windows)]
    return pd.DataFrame(joined, index=windows.index)


def iterate_windows(parts: Sequence[pathlib.Path], columns: Columns) -> Iterator[pd.DataFrame]:
    """Yield the table of ``windows.tsv``, batch by batch.

    Parameters
    ----------
    parts : sequence of Path
        What ``scan.py`` wrote, in order.
    columns : mapping of str to mapping of str to ndarray
        What :meth:`Scan.compute_columns` returned.

    Raises
    ------
    CoalflowError
        If a part is missing or damaged.
    """
    first = 0
    for part in parts:
        with open_parquet(part) as file:
            names = [
                name for name in file.schema_arrow.names if not name.startswith(f"{MEASURED}:")
            ]
            for index in range(file.num_row_groups):
                table = file.read_row_group(index, columns=names).to_pandas()
                if len(table):
                    yield add_columns(table, columns, first)
                    first += len(table)
