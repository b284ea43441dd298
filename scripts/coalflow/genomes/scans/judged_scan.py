"""What a scan found in a genome as a whole: q-values, regions, and whether simulations fit it."""

from __future__ import annotations

import dataclasses
import pathlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from coalflow.config.genomes.parts import name_part
from coalflow.config.settings.observing import JoinScanSettings
from coalflow.core.parquet import open_parquet
from coalflow.evaluation.cards import Card
from coalflow.evaluation.predictions import MEASURED, P, Q, find_models, name_column
from coalflow.genomes.genes.genes import Genes
from coalflow.genomes.novelty.verdict import Verdict
from coalflow.genomes.reference.reference import (
    Reference,
    ReferenceMeta,
    read_references,
)
from coalflow.genomes.scans.scan_outputs import choose_columns, list_columns, read_windows
from coalflow.genomes.scans.scanned_columns import NOVELTY, choose_separate, select_columns
from coalflow.genomes.significance.multiple_testing import adjust_p_values
from coalflow.genomes.significance.region_tables import NOT_SIGNIFICANT, tabulate_regions
from coalflow.genomes.significance.regions import measure_covered_bases
from coalflow.genomes.significance.scores import Score
from coalflow.models.card_files import read_card

P_COLUMN = f":{P}"
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
        return self.references.get(self.shown[0].partition("/")[0])

    def compute_q_values(self) -> dict[str, npt.NDArray[np.float64]]:
        """Return the q-values of all windows, by the names of the columns of their p-values."""
        columns = [name for name in self.columns if name.endswith(P_COLUMN)]
        # One after the other: all columns may not fit into memory.
        return {
            name: adjust_p_values(read_windows(self.parts, [name])[name].to_numpy())
            for name in columns
        }

    def read_shown(self, q_values: Mapping[str, npt.NDArray[np.float64]]) -> pd.DataFrame:
        """Return the table of windows for pictures and regions.

        It has the columns of the models that are shown, and of all others the p-values.

        Parameters
        ----------
        q_values : mapping of str to ndarray
            What :meth:`compute_q_values` returned.
        """
        columns = choose_columns(self.columns, self.models, self.shown)
        kept = [name for name in columns if not name.startswith(f"{MEASURED}:")]
        kept += [name for name in q_values if name not in kept]
        return add_q_values(read_windows(self.parts, kept), q_values)

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
        null = reference.find_null(model, score)
        if null is None:
            return None
        meta = reference.meta
        tracks = windows[["contig", "start", "end"]].assign(p=windows[_name_p(model, score)])
        return tabulate_regions(
            windows,
            model,
            score,
            [name for name in self.models if name_column(name, score.name, P) in windows],
            null.regions if self._are_laid_like(meta) else None,
            meta.significance,
            measure_covered_bases(tracks),
            meta.length,
            meta.false_alarms,
            genes,
        )

    def _are_laid_like(self, meta: ReferenceMeta) -> bool:
        """Return whether chance makes no more regions of these windows than of the null's."""
        return self.step is not None and self.step >= meta.step

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
        table = read_windows(self.parts, ["contig", "start", "end", "flags", NOVELTY, *measured])
        table = table[find_comparable(table)].reset_index(drop=True)
        if regions is not None:
            selected = _lie_in_regions(table, regions[regions["verdict"] != NOT_SIGNIFICANT])
            if selected.mean() <= MOST_SELECTED:
                table = table[~selected].reset_index(drop=True)
        apart = table.iloc[choose_separate(table)].reset_index(drop=True)
        places = apart[["contig", "start", "end"]]
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


def _name_p(model: str, score: Score) -> str:
    return name_column(model, score.name, P)


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


def add_q_values(
    windows: pd.DataFrame, q_values: Mapping[str, npt.NDArray[np.float64]], first: int = 0
) -> pd.DataFrame:
    """Return a table of windows with q-values, each next to its p-value.

    Parameters
    ----------
    windows : DataFrame
    q_values : mapping of str to ndarray of float64, shape (all windows,)
        By the names of the columns of p-values.
    first : int
        Which window of the genome is the first of the table.

    Examples
    --------
    >>> windows = pd.DataFrame({"net:swept:p": [0.01], "net:x": [1]})
    >>> add_q_values(windows, {"net:swept:p": np.array([0.03])}).columns.to_list()
    ['net:swept:p', 'net:swept:q', 'net:x']
    """
    columns: dict[str, Any] = {}
    for name in windows.columns:
        columns[name] = windows[name]
        if name in q_values:
            part = q_values[name][first : first + len(windows)]
            columns[f"{name.removesuffix(P_COLUMN)}:{Q}"] = part
    return pd.DataFrame(columns, index=windows.index)


def iterate_windows(
    parts: Sequence[pathlib.Path], q_values: Mapping[str, npt.NDArray[np.float64]]
) -> Iterator[pd.DataFrame]:
    """Yield the table of ``windows.tsv``, batch by batch.

    Parameters
    ----------
    parts : sequence of Path
        What ``scan.py`` wrote, in order.
    q_values : mapping of str to ndarray
        What :meth:`Scan.compute_q_values` returned.

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
                    yield add_q_values(table, q_values, first)
                    first += len(table)
