"""Read the files of a scan for the report."""

import json
import pathlib
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from coalflow.config.fields.section import Section
from coalflow.config.schema.genomes import Genome, GenomeSelection
from coalflow.config.schema.targets import Targets
from coalflow.core.files import read_json, refuse_damaged
from coalflow.evaluation.cards import Card
from coalflow.evaluation.metrics import METRICS
from coalflow.evaluation.predictions import COMPUTED, name_column
from coalflow.evaluation.result_tables import read_result_table
from coalflow.genomes.opening import GenomeDescription
from coalflow.genomes.suitability.dropped import list_dropped
from coalflow.genomes.windows.window_flags import count_flags, explain_flags
from coalflow.report.ancestry.genomes import summarise_painted
from coalflow.report.figures.scans import find_flagged
from coalflow.report.genomes.found_regions import read_verdict, summarise_regions
from coalflow.report.genomes.scanned_genome import (
    ClassesInGenome,
    Flag,
    ModelInGenome,
    ScannedGenome,
    TargetInGenome,
)
from coalflow.report.targets import ShownTarget, list_shown_targets
from coalflow.report.wording import join_names

QUANTILES = (0.05, 0.5, 0.95)
MOST_NAMES = 10  # of contigs and regions in a sentence


def summarise_genome(
    folder: pathlib.Path,
    page: pathlib.Path,
    name: str,
    section: Genome,
    models: Sequence[str],
    card: Card,
    history: str = "",
) -> ScannedGenome:
    """Return what the report shows of a genome.

    Parameters
    ----------
    folder, page : Path
        The folder of the scan: that of a genome in a run, or of a scan with a model alone. And
        that of the page: the same, or one in which that is.
    name : str
    section : Genome
        How the config specifies it.
    models : sequence of str
        Names of the models, in the order in which they are shown.
    card : Card
    history : str
        Of which history it was simulated, in words.

    Raises
    ------
    CoalflowError
        If the description of the genome is missing or damaged.
    """
    description, observed = _read_description(folder / "observation.json")
    table = read_result_table(folder / "windows.tsv", numbers=["sites"], texts=["contig", "flags"])
    flagged, counted = find_flagged(table), count_flags(table["flags"])
    used = table[~flagged & (table["sites"] > 0).to_numpy()]
    path = "" if folder == page else f"{folder.relative_to(page).as_posix()}/"
    return ScannedGenome(
        name=name,
        folder=path,
        source=section.path,
        history=history,
        description=description,
        dropped=list_dropped(description.dropped),
        remarks=observed.remarks,
        selection=describe_selection(section),
        window_file=section.windows,
        step=observed.step,
        contigs=table["contig"].nunique(),
        windows=len(table),
        flagged=int(flagged.sum()),
        without_sites=int((table["sites"] == 0).sum()),
        trimmed=counted["trimmed"],
        flags=_list_flags(counted, explain_flags(card.view.encoding, card.trained_on.windows)),
        targets=[_summarise_target(used, models, target) for target in list_shown_targets(card)],
        models=_summarise_classes(used, models, card.targets),
        pictures=_list_pictures(path, section),
        verdict=read_verdict(folder / "verdict.json"),
        regions=summarise_regions(folder, path, section),
        expected_at_most=_are_expected_at_most(folder / "regions.tsv"),
        ancestry=summarise_painted(folder),
    )


def describe_selection(selection: GenomeSelection) -> str:
    """Return in words what of a genome the config selects; nothing if it is all read.

    Examples
    --------
    >>> describe_selection(GenomeSelection(contigs=("2L", "3R"), exclude="repeats.bed"))
    'contigs 2L and 3R, without what is in repeats.bed'
    """
    words = {
        "contigs": ("contigs", "the contigs in"),
        "regions": ("regions", "the regions in"),
        "exclude": ("without", "without what is in"),
    }
    said = []
    for key, (before_names, before_file) in words.items():
        given: str | tuple[str, ...] | None = getattr(selection, key)
        if isinstance(given, str):
            said.append(f"{before_file} {given}")
        elif given:
            more = [f"{len(given) - MOST_NAMES:,} others"] if len(given) > MOST_NAMES else []
            said.append(f"{before_names} {join_names([*given[:MOST_NAMES], *more])}")
    return ", ".join(said)


def _are_expected_at_most(path: pathlib.Path) -> bool:
    """Return whether regions are compared with single windows of the null, not with its regions.

    The expected number of any of them then has no interval.
    """
    table = read_result_table(path)
    return "expected_low" in table and len(table) > 0 and bool(table["expected_low"].isna().all())


def _list_pictures(path: str, section: Genome) -> dict[str, str]:
    names = section.name_pictures().items()
    return {contig: f"{path}pictures/{picture}.png" for contig, picture in names}


class _Observed(Section):
    """What ``observe_genome.py`` found out beyond the description of the file."""

    step: int
    windows: dict[str, int]
    remarks: list[str]


def _read_description(path: pathlib.Path) -> tuple[GenomeDescription, _Observed]:
    """Return what ``observe_genome.py`` found."""
    written = read_json(path)
    with refuse_damaged(path):
        observed = {name: written.pop(name) for name in _Observed.model_fields}
        return (
            GenomeDescription.model_validate_json(json.dumps(written)),
            _Observed.model_validate_json(json.dumps(observed)),
        )


def _list_flags(counted: Mapping[str, int], explained: Mapping[str, str]) -> list[Flag]:
    return [Flag(name, counted[name], said) for name, said in explained.items() if counted[name]]


def _summarise_classes(
    table: pd.DataFrame, models: Sequence[str], targets: Targets
) -> list[ClassesInGenome]:
    """Return how many windows each model assigns to each class, and how probable classes are."""
    if targets.classes is None:
        return []
    return [
        ClassesInGenome(
            name=model,
            windows=[int((table[model] == name).sum()) for name in targets.classes],
            means=[table[name_column(model, name)].mean() for name in targets.classes],
        )
        for model in models
    ]


def _summarise_target(
    table: pd.DataFrame, models: Sequence[str], target: ShownTarget
) -> TargetInGenome:
    """Return what models predict of a target, and how it agrees with what is computed."""
    column, (low, high) = name_column(COMPUTED, target.name), target.trained_range
    values = table[column] if column in table else pd.Series(np.nan, table.index)
    known = values.dropna()
    return TargetInGenome(
        title=target.title,
        computed=len(known) > 0,
        outside=int((~known.between(low, high)).sum()),
        models=[
            _summarise_model(name, table[name_column(name, target.name)], known) for name in models
        ],
        unit=target.unit,
    )


def _summarise_model(name: str, predicted: pd.Series, known: pd.Series) -> ModelInGenome:
    low, median, high = predicted.quantile(QUANTILES)
    agreement = {}
    if len(known):
        pair = known.to_numpy(), predicted[known.index].to_numpy()
        agreement = {metric: float(compute(*pair)) for metric, compute in METRICS.items()}
    return ModelInGenome(name, low, median, high, agreement)
