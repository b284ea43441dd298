"""What the report shows of the dataset: windows by cell and split, and the audit of leaks."""

import dataclasses
import pathlib
from collections.abc import Hashable, Sequence
from typing import Any

import pandas as pd

from coalflow.config import grid
from coalflow.config.schema.dataset import Split
from coalflow.config.schema.whole import Config
from coalflow.dataset.split_names import ALL, EXCLUDED, HELD_OUT, IN_HELD_OUT, SPLITS, TEST
from coalflow.evaluation.result_tables import read_result_table
from coalflow.imports.remarks import list_unused_knowledge, read_remarks
from coalflow.report.parameters import list_parameter_values
from coalflow.report.tables import read_rows
from coalflow.report.wording import format_percent

SHORT_SHARE = 0.01  # more windows left out than this is worth a warning
TRIMMED_SHARE = 0.1  # and more that are seen in part
LEVEL_P = 0.001  # below this, splits differ by more than chance


@dataclasses.dataclass(frozen=True)
class Range:
    """Mean, lowest and highest value in a cell."""

    mean: float
    low: float
    high: float


@dataclasses.dataclass(frozen=True)
class CellSummary:
    """The windows of a cell.

    Attributes
    ----------
    name : str
        The cell's name.
    replicates : int
        All its windows.
    excluded, too_few_sites : int
        How many were left out, and how many of these for having too few sites.
    padded, trimmed : int
        How many have fewer sites than the net reads, and how many have more.
    sites : Range
        Segregating sites of the windows that were not left out.
    targets : list of Range
        The targets that are numbers.
    """

    name: str
    replicates: int
    excluded: int
    too_few_sites: int
    padded: int
    trimmed: int
    sites: Range
    targets: list[Range]


@dataclasses.dataclass(frozen=True)
class DatasetSummary:
    """All windows of a run; counts as in :class:`CellSummary`.

    Attributes
    ----------
    parameters : list of (str, str)
        What was simulated: names, and values in words.
    import_remarks : list of str
        What is worth knowing of imported files, in words.
    has_sweeps : bool
        Whether some of it was simulated under selection.
    refused_draws : int
        Draws of parameters that could not be used.
    priors : list of dict
        The rows of ``priors.tsv``.
    target_undefined : int
        Windows that were left out because a target is undefined.
    many_trimmed, many_excluded : bool
        Whether there are enough of them for a warning.
    worst_excluded : float
        The share of windows with too few sites in the cell that has most.
    splits : list of dict
        The rows of ``dataset.tsv`` for all cells, a split each.
    splits_differ : bool
        Whether tests show differences between the splits.
    leaks, twins : int
        Replicates and seeds, and matrices of alleles, that are in two splits.
    drawn : list of str
        The parameters that are drawn, without those that are targets.
    held_out : int
        Windows in regions that the config holds out.
    relabelled : int
        Windows whose class is not the kind of gene flow that was simulated.
    given_split : str
        How it is given which windows are for what; empty if they are divided at random.
    """

    cells: list[CellSummary]
    parameters: list[tuple[str, str]]
    import_remarks: list[str]
    has_sweeps: bool
    replicates: int
    refused_draws: int
    priors: list[dict[Hashable, Any]]
    too_few_sites: int
    target_undefined: int
    padded: int
    trimmed: int
    many_trimmed: bool
    many_excluded: bool
    worst_excluded: float
    splits: list[dict[Hashable, Any]]
    splits_differ: bool
    leaks: int
    twins: int
    drawn: list[str]
    held_out: int = 0
    relabelled: int = 0
    given_split: str = ""

    def find_commonest_share(self, classes: Sequence[str]) -> float:
        """Return which share of the test windows has the commonest class; 0 without classes."""
        test = next(row for row in self.splits if row["split"] == TEST)
        return max((float(test[f"of_{name}"]) for name in classes), default=0) / test["replicates"]


def summarise_dataset(results: pathlib.Path, config: Config) -> DatasetSummary:
    """Return what the report shows of ``dataset.tsv``.

    Parameters
    ----------
    results : Path
        The run's folder.
    config : Config
        The run's config.
    """
    numbers = [] if config.targets.has_classes else config.targets.names
    table = read_result_table(results / "dataset.tsv", texts=("cell", "split"))
    cells = [
        _summarise_cell(str(name), rows.set_index("split"), numbers)
        for name, rows in table[table["cell"] != ALL].groupby("cell")
    ]
    whole = table[table["cell"] == ALL].set_index("split")
    excluded = whole.loc[[EXCLUDED]]
    replicates, trimmed = int(whole["replicates"].sum()), int(whole["trimmed"].sum())
    worst = max(cell.too_few_sites / cell.replicates for cell in cells)
    drawn = grid.list_drawn(config.simulation)
    tests = ["cells_p", *(f"{name}_p" for name in dict.fromkeys([*numbers, *drawn]))]
    priors = results / "priors.tsv"
    return DatasetSummary(
        cells=cells,
        parameters=list_parameter_values(config.simulation, config.graph),
        import_remarks=_list_import_remarks(results, config),
        has_sweeps=config.simulation.has_sweeps,
        replicates=replicates,
        refused_draws=int(whole["refused_draws"].sum()),
        relabelled=int(whole["relabelled"].sum()) if "relabelled" in whole else 0,
        priors=read_rows(priors) if priors.exists() else [],
        too_few_sites=int(excluded["too_few_sites"].sum()),
        target_undefined=int(excluded["target_undefined"].sum()),
        padded=int(whole["padded"].sum()),
        trimmed=trimmed,
        many_trimmed=config.encoding.pad and trimmed > TRIMMED_SHARE * replicates,
        many_excluded=worst > SHORT_SHARE,
        worst_excluded=worst,
        splits=whole.loc[list(SPLITS)].reset_index().to_dict("records"),
        splits_differ=bool((whole[tests] < LEVEL_P).any(axis=None)),
        leaks=_count_leaks(whole),
        twins=int(whole["shared_matrices"].sum()),
        drawn=[name for name in drawn if name not in numbers],
        held_out=int(whole["replicates"].get(HELD_OUT, 0)),
        given_split=describe_split(config.split) if config.split.given else "",
    )


def describe_split(split: Split) -> str:
    """Return in a sentence how windows are divided into training, validation and test."""
    given = split.given
    if given is None:
        train, validation, test = map(format_percent, split.fractions.values())
        return (
            f"The windows of each combination of parameters were divided into {train} for "
            f"training, {validation} for validation and {test} for the test."
        )
    drawn = (
        f"if none was for validation, {format_percent(split.validation)} of the training windows "
        "were drawn for it"
    )
    if isinstance(given, str):
        return (
            "Which windows were for training, validation and test was given in the column "
            f"{given} of their tables; {drawn}."
        )
    test = ", ".join(given.test)
    if given.validation is None:
        drawn = f"{format_percent(split.validation)} of the others were drawn for validation"
    else:
        drawn = f"those of {', '.join(given.validation)} for validation"
    return f"The windows of {test} were the test, and {drawn}."


def _count_leaks(whole: pd.DataFrame) -> int:
    """Return how many replicates or seeds are in two splits, or in one though held out."""
    leaks = whole[["shared_replicates", "shared_seeds"]].sum().sum()
    if IN_HELD_OUT in whole:
        leaks += whole.loc[list(SPLITS), IN_HELD_OUT].sum()
    return int(leaks)


def _list_import_remarks(results: pathlib.Path, config: Config) -> list[str]:
    unused = [f"{one.remark}: {one.fix}" for one in list_unused_knowledge(config)]
    cells = grid.list_cells(config.simulation) if config.simulation.imported else []
    found = [
        f"{cell.parameters['class']}: {one}"
        for cell in cells
        for one in read_remarks(results / "imports" / f"{cell.name}.json")
    ]
    return unused + found


def _summarise_cell(name: str, rows: pd.DataFrame, numbers: list[str]) -> CellSummary:
    """Return what is shown of a cell, from its rows of ``dataset.tsv`` by split."""
    used, excluded = rows.drop(EXCLUDED), rows.loc[[EXCLUDED]]
    return CellSummary(
        name=name,
        replicates=int(rows["replicates"].sum()),
        excluded=int(excluded["replicates"].sum()),
        too_few_sites=int(excluded["too_few_sites"].sum()),
        padded=int(used["padded"].sum()),
        trimmed=int(used["trimmed"].sum()),
        sites=_find_range(used, "sites"),
        targets=[_find_range(used, target) for target in numbers],
    )


def _find_range(used: pd.DataFrame, name: str) -> Range:
    return Range(
        mean=_compute_mean(used, f"{name}_mean"),
        low=used[f"{name}_min"].min(),
        high=used[f"{name}_max"].max(),
    )


def _compute_mean(used: pd.DataFrame, column: str) -> float:
    """Return the mean over all splits' replicates; a split without any has no mean."""
    some = used[used["replicates"] > 0]
    return (some[column] * some["replicates"]).sum() / max(some["replicates"].sum(), 1)
