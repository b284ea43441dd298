"""The report: a page for a biologist, from a run's tables and pictures."""

import dataclasses
import importlib.metadata
import math
import pathlib
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import yaml

from coalflow.config.schema.interpreting.explain import list_pictured
from coalflow.config.schema.models import Models
from coalflow.config.schema.whole import Config
from coalflow.config.settings.reporting import ReportSettings
from coalflow.evaluation.cards import Card
from coalflow.evaluation.comparisons import ShownModel
from coalflow.genomes.reference.reference import Reference, read_references
from coalflow.models.card_files import read_card
from coalflow.report.alternatives.data_pictures import describe_data_pictures
from coalflow.report.alternatives.model_pictures import describe_model_pictures
from coalflow.report.alternatives.net_pictures import describe_net_pictures
from coalflow.report.ancestry.summarising import summarise_ancestry
from coalflow.report.costs import sum_costs
from coalflow.report.dataset import DatasetSummary, summarise_dataset
from coalflow.report.failures.failures import summarise_failures
from coalflow.report.figures.accuracy import FEWEST_WINDOWS
from coalflow.report.figures.drawing import (
    BASELINE,
    ENSEMBLE,
    NET,
    find_title,
)
from coalflow.report.findings.collecting import (
    Evidence,
    collect_findings,
    describe_nothing_found,
    read_evidence,
)
from coalflow.report.findings.model_findings import find_useless
from coalflow.report.genomes.answers import answer_genome
from coalflow.report.genomes.scan_basis import ScanBasis, describe_basis
from coalflow.report.genomes.scanned_genome import ScannedGenome
from coalflow.report.genomes.summarising import summarise_genome
from coalflow.report.glossary import TERMS
from coalflow.report.interpretation.known import (
    describe_peaks,
    describe_permutations,
    describe_probes,
)
from coalflow.report.interpretation.layers import describe_layers
from coalflow.report.methods.writing import Methods, MethodsWriter
from coalflow.report.opening.model_answers import describe_models
from coalflow.report.opening.titles import ask_question, make_title
from coalflow.report.parameters import describe_history, describe_individuals
from coalflow.report.rendering import render_template
from coalflow.report.scores import (
    ModelScores,
    list_shown_models,
    rank_models,
    summarise_certainty,
)
from coalflow.report.sequencing import Sequencing, summarise_sequencing
from coalflow.report.tables import read_rows
from coalflow.report.targets import list_shown_targets
from coalflow.report.wording import join_names

PALETTE = {"net": NET, "ensemble": ENSEMBLE, "baseline": BASELINE}
LIBRARIES = ("msprime", "tskit", "numpy", "torch", "scikit-learn", "pysam")


@dataclasses.dataclass(frozen=True)
class RunReport:
    """The report of a run.

    Attributes
    ----------
    title : str
        What the run is called.
    page : str
        HTML, pictures included.
    methods : Methods
        The methods, ready for a paper.
    """

    title: str
    page: str
    methods: Methods


def render_report(results: pathlib.Path, settings: ReportSettings) -> RunReport:
    """Return the report of a run: the page, and its methods for a paper.

    Parameters
    ----------
    results : Path
        The run's folder.
    settings : ReportSettings
        The run's config, and what is known of how it was run.

    Raises
    ------
    CoalflowError
        If a file that was written with a digest is missing or damaged.
    """
    config, targets = settings.config, settings.config.targets
    card = read_card(results / "models" / config.models.nets[0] / "0")  # targets are in all
    models, dataset = rank_models(results, targets), summarise_dataset(results, config)
    observed = summarise_sequencing(results / "observation.json")
    genomes = _summarise_genomes(results, config, [model.name for model in models], card)
    evidence = read_evidence(results, config, dataset, observed, models, genomes)
    certainty, useless = summarise_certainty(results, targets), any(find_useless(models, targets))
    shown = list_shown_models(results, targets)
    basis = describe_basis(card, shown, _read_reference(results, shown) if genomes else None)
    shown_targets, classes = list_shown_targets(card), targets.classes or ()
    failures, nets = summarise_failures(results, targets), _describe_nets(results, config, models)
    versions = _list_versions(settings.snakemake)
    methods = _write_methods(results, settings, dataset, observed, basis, versions)
    page = render_template(
        "report",
        results,
        config=config,
        **_describe_run(settings),
        **_choose_models(models),
        answers={genome.name: answer_genome(genome, basis) for genome in genomes},
        model_answers=describe_models(
            *(models, evidence.comparisons, certainty, shown_targets, classes, useless),
            dataset.find_commonest_share(classes),
        ),
        targets=shown_targets,
        **_collect_warnings(evidence),
        dataset=dataset,
        sequencing=observed,
        models=models,
        certainty=certainty,
        failures=failures,
        **nets,
        alternatives={
            **describe_data_pictures(config, dataset, shown_targets),
            **describe_model_pictures(
                results, models, certainty, failures, shown_targets, evidence.histories
            ),
            **describe_net_pictures(nets),
        },
        genomes=genomes,
        basis=basis,
        methods=methods,
        versions=versions,
    )
    return RunReport(make_title(config), page, methods)


def _collect_warnings(evidence: Evidence) -> dict[str, Any]:
    """Return what speaks against the results, and what to say where nothing does."""
    return {
        "findings": collect_findings(evidence),
        "nothing_found": describe_nothing_found(evidence),
    }


def _write_methods(
    results: pathlib.Path,
    settings: ReportSettings,
    dataset: DatasetSummary,
    observed: Sequencing,
    basis: ScanBasis,
    versions: Mapping[str, str],
) -> Methods:
    """Return the methods of a run, ready for a paper."""
    nets = settings.config.models.nets
    cards = {net: read_card(results / "models" / net / "0") for net in nets}
    writer = MethodsWriter(
        settings.config, dataset, observed, cards, basis.sought, settings.origin, versions
    )
    return writer.write_methods()


def _describe_run(settings: ReportSettings) -> dict[str, Any]:
    """Return what follows from the config alone."""
    config, targets = settings.config, settings.config.targets
    return {
        "title": make_title(config),
        "question": ask_question(targets),
        "changed": yaml.safe_dump(config.as_changed(), sort_keys=False, allow_unicode=True),
        "config_text": yaml.safe_dump(settings.written, sort_keys=False, allow_unicode=True),
        "classes": targets.classes or (),
        "guess_loss": math.log(max(len(targets.classes or ()), 1)),
        "class_target": targets.first,
        "target_titles": join_names([find_title(name) for name in targets.names]),
        "haplotypes": config.samples.number_of_haplotypes,
        "individuals": describe_individuals(config.samples),
        "fewest_windows": FEWEST_WINDOWS,
        "palette": PALETTE,
        "terms": TERMS,
    }


def _describe_nets(
    results: pathlib.Path, config: Config, models: Sequence[ModelScores]
) -> dict[str, Any]:
    """Return what is inside of nets, and how they compare with baselines."""
    return {
        "ancestry": summarise_ancestry(results, config.targets, models),
        "comparisons": read_rows(results / "comparisons.tsv"),
        "activations": _list_activations(config),
        "layers": describe_layers(results / "probes.tsv"),
        "known": describe_probes(results / "probes.tsv"),
        "used": describe_permutations(results / "permutations.tsv"),
        "peaks": describe_peaks(results / "saliency_peaks.tsv"),
        "restarts": _read_restarts(results, config.models),
    }


def _summarise_genomes(
    results: pathlib.Path, config: Config, models: Sequence[str], card: Card
) -> list[ScannedGenome]:
    """Return what is shown of all genomes."""
    return [
        summarise_genome(
            results / "genomes" / name,
            results,
            name,
            section,
            models,
            card,
            describe_history(config.simulation.demography, section),
        )
        for name, section in config.genomes.items()
    ]


def _choose_models(models: Sequence[ModelScores]) -> dict[str, ModelScores]:
    """Return the model and the net that are best on validation windows.

    Test scores choose nothing.
    """
    nets = [model for model in models if model.kind != "baseline"]
    return {
        name: min(among, key=lambda model: model.rank)
        for name, among in (("best", models), ("net", nets))
    }


def _list_versions(snakemake: str) -> dict[str, str]:
    """Return the versions of what made a run."""
    return {
        **{name: importlib.metadata.version(name) for name in LIBRARIES},
        "snakemake": snakemake,
    }


def _read_restarts(results: pathlib.Path, models: Models) -> dict[str, list[dict[Hashable, Any]]]:
    """Return how restarts of nets compare; nothing where there is one of each."""
    nets = models.nets if models.restarts > 1 else ()
    return {net: read_rows(results / f"restarts_{net}.tsv") for net in nets}


def _read_reference(results: pathlib.Path, shown: Sequence[ShownModel]) -> Reference:
    """Return what genomes are compared with, by the model that is shown."""
    packed = shown[0].name.partition("/")[0]
    return read_references(results / "models", [packed])[packed]


def render_costs(results: pathlib.Path, title: str) -> str:
    """Return a page about what each step of a run took, as HTML text.

    It differs from run to run, so it is not part of the report, which links to it.

    Parameters
    ----------
    results : Path
        The run's folder.
    title : str
        What the run is called.
    """
    return render_template(
        "costs", results / "benchmarks", title=title, costs=sum_costs(results), palette=PALETTE
    )


def _list_activations(config: Config) -> list[list[str]]:
    """Return, for each window, its pictures: of all nets, and of two restarts of each."""
    models, (_, *names) = config.models, list_pictured(config.explain.windows)
    shown = [(net, restart) for net in models.nets for restart in range(min(models.restarts, 2))]
    return [
        [f"figures/activations_{net}_{restart}{name}.png" for net, restart in shown]
        for name in ("", *(f"_{name}" for name in names))
    ]
