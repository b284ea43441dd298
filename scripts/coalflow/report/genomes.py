"""What the report shows of the genomes that were scanned."""

import dataclasses
import json
import pathlib
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from coalflow.config.fields.section import Section
from coalflow.config.schema.genomes import Genome, GenomeSelection
from coalflow.config.schema.targets import Targets
from coalflow.config.schema.whole import Config
from coalflow.core.files import read_json, refuse_damaged
from coalflow.evaluation.cards import Card
from coalflow.evaluation.metrics import METRICS
from coalflow.evaluation.predictions import COMPUTED, name_column
from coalflow.evaluation.result_tables import read_result_table
from coalflow.genomes.novelty.verdict import Verdict
from coalflow.genomes.opening import GenomeDescription
from coalflow.genomes.suitability.dropped import describe_contigs, list_dropped
from coalflow.genomes.suitability.remarks import describe_without_records
from coalflow.genomes.windows.window_flags import count_flags, explain_flags
from coalflow.report.figures.scans import find_flagged
from coalflow.report.found_regions import RegionsInGenome, read_verdict, summarise_regions
from coalflow.report.targets import ShownTarget
from coalflow.report.wording import join_names

QUANTILES = (0.05, 0.5, 0.95)
MOST_NAMES = 10  # of contigs and regions in a sentence


@dataclasses.dataclass(frozen=True)
class ModelInGenome:
    """What a model predicts of a number in a genome.

    Attributes
    ----------
    name : str
        The model's name.
    low, median, high : float
        Quantiles of its predictions, those of 5, 50 and 95 %.
    agreement : dict of str to float
        Scores against what is computed on the windows, by metric; empty where nothing is.
    """

    name: str
    low: float
    median: float
    high: float
    agreement: dict[str, float]


@dataclasses.dataclass(frozen=True)
class TargetInGenome:
    """A number that is predicted in a genome.

    Attributes
    ----------
    title : str
        What it is called.
    computed : bool
        Whether it can be computed on some windows.
    outside : int
        How many windows have a value outside the range in training.
    models : list of ModelInGenome
        What each model predicts.
    """

    title: str
    computed: bool
    outside: int
    models: list[ModelInGenome]


@dataclasses.dataclass(frozen=True)
class ClassesInGenome:
    """What a model predicts of classes in a genome.

    Attributes
    ----------
    name : str
        The model's name.
    windows : list of int
        How many windows are assigned to each class.
    means : list of float
        The mean probability of each class.
    """

    name: str
    windows: list[int]
    means: list[float]


@dataclasses.dataclass(frozen=True)
class Flag:
    """What flags windows.

    Attributes
    ----------
    name : str
    windows : int
        How many windows have it.
    meaning : str
        What is so of them.
    """

    name: str
    windows: int
    meaning: str


@dataclasses.dataclass(frozen=True)
class ScannedGenome:
    """A genome that was scanned.

    Attributes
    ----------
    name : str
        Its name in the config.
    source : str, optional
        Its file; None where it was simulated.
    description : GenomeDescription
        What was read of it.
    dropped : list of str
        How many records are not used for which reason, in words.
    left_out, odd_ploidy : str
        Contigs that are left out, and sites of another ploidy than their contig, in words.
    remarks : list of str
        What of the file is not used, and what to do.
    without_records : str
        Contigs that the file names without a record of them, in words; empty if there are none.
    selection : str
        What of the file the config selects, in words; empty if it is all read.
    window_file : str, optional
        The file of the windows; None where there is one at every step.
    step : int
        From the start of one window to the start of the next, in sites or bases.
    contigs, windows : int
        How many there are.
    flagged, without_sites, trimmed : int
        How many windows have a flag, no sites, and more sites than models see.
    flags : list of Flag
        Those that windows have.
    targets : list of TargetInGenome
        Where targets are numbers, what is predicted of windows without a flag.
    models : list of ClassesInGenome
        Where the target has classes, what each model predicts of them.
    pictures : dict of str to str
        The pictures of contigs, within the run's folder.
    verdict : Verdict, optional
        Whether the simulations fit; None where that was not found out.
    regions : RegionsInGenome
    expected_at_most : bool
        Whether it is only known how many regions chance makes at most.
    """

    name: str
    source: str | None
    description: GenomeDescription
    dropped: list[str]
    left_out: str
    odd_ploidy: str
    remarks: list[str]
    without_records: str
    selection: str
    window_file: str | None
    step: int
    contigs: int
    windows: int
    flagged: int
    without_sites: int
    trimmed: int
    flags: list[Flag]
    targets: list[TargetInGenome]
    models: list[ClassesInGenome]
    pictures: dict[str, str]
    verdict: Verdict | None
    regions: RegionsInGenome
    expected_at_most: bool


def summarise_genome(
    results: pathlib.Path,
    name: str,
    config: Config,
    models: Sequence[str],
    targets: Sequence[ShownTarget],
    card: Card,
) -> ScannedGenome:
    """Return what the report shows of a genome.

    Parameters
    ----------
    results : Path
        The run's folder.
    name : str
        The genome's name in the config.
    config : Config
        The run's config.
    models : sequence of str
        Names of the models, in the order in which they are shown.
    targets : sequence of ShownTarget
        The targets that are numbers.
    card : Card
        That of a model.

    Raises
    ------
    CoalflowError
        If the description of the genome is missing or damaged.
    """
    folder, section = results / "genomes" / name, config.genomes[name]
    description, observed = _read_description(folder / "observation.json")
    table = read_result_table(folder / "windows.tsv", numbers=["sites"], texts=["contig", "flags"])
    flagged, counted = find_flagged(table), count_flags(table["flags"])
    used = table[~flagged & (table["sites"] > 0).to_numpy()]
    return ScannedGenome(
        name=name,
        source=section.path,
        description=description,
        dropped=list_dropped(description.dropped),
        left_out=describe_contigs(description.left_out),
        odd_ploidy=describe_contigs(description.odd_ploidy),
        remarks=observed.remarks,
        without_records=describe_without_records(description.without_records),
        selection=describe_selection(section),
        window_file=section.windows,
        step=observed.step,
        contigs=table["contig"].nunique(),
        windows=len(table),
        flagged=int(flagged.sum()),
        without_sites=int((table["sites"] == 0).sum()),
        trimmed=counted["trimmed"],
        flags=_list_flags(counted, explain_flags(config.encoding, card.trained_on.windows)),
        targets=[_summarise_target(used, models, target) for target in targets],
        models=_summarise_classes(used, models, config.targets),
        pictures=_list_pictures(name, section),
        verdict=read_verdict(folder / "verdict.json"),
        regions=summarise_regions(results, name, section),
        expected_at_most=_are_expected_at_most(folder / "regions.tsv"),
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


def _list_pictures(name: str, section: Genome) -> dict[str, str]:
    return {
        contig: f"genomes/{name}/pictures/{picture}.png"
        for contig, picture in section.name_pictures().items()
    }


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
    )


def _summarise_model(name: str, predicted: pd.Series, known: pd.Series) -> ModelInGenome:
    low, median, high = predicted.quantile(QUANTILES)
    agreement = {}
    if len(known):
        pair = known.to_numpy(), predicted[known.index].to_numpy()
        agreement = {metric: float(compute(*pair)) for metric, compute in METRICS.items()}
    return ModelInGenome(name, low, median, high, agreement)
