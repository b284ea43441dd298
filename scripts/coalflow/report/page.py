"""The report: a page for a biologist, from a run's tables and pictures."""

import importlib.metadata
import math
import pathlib
from collections.abc import Hashable, Sequence
from typing import Any

import yaml

from coalflow.config.schema.interpreting.explain import list_pictured
from coalflow.config.schema.models import Models
from coalflow.config.schema.targets import Targets
from coalflow.config.schema.whole import Config
from coalflow.config.settings.reporting import ReportSettings
from coalflow.evaluation.cards import Card
from coalflow.genomes.reference.reference import read_references
from coalflow.models.card_files import read_card
from coalflow.report.costs import sum_costs
from coalflow.report.dataset import summarise_dataset
from coalflow.report.failures.failures import summarise_failures
from coalflow.report.figures.accuracy import FEWEST_WINDOWS
from coalflow.report.figures.drawing import find_title, pick_class_colour
from coalflow.report.findings.collecting import (
    collect_findings,
    describe_nothing_found,
    read_evidence,
)
from coalflow.report.genomes.found_regions import describe_null
from coalflow.report.genomes.scan_basis import describe_basis
from coalflow.report.genomes.scanned_genome import ScannedGenome
from coalflow.report.genomes.summarising import summarise_genome
from coalflow.report.interpretation.known import (
    describe_peaks,
    describe_permutations,
    describe_probes,
)
from coalflow.report.interpretation.layers import describe_layers
from coalflow.report.parameters import describe_history, describe_individuals
from coalflow.report.rendering import render_template
from coalflow.report.scores import (
    ModelScores,
    find_linear_targets,
    list_shown_models,
    rank_models,
    summarise_certainty,
)
from coalflow.report.sequencing import summarise_sequencing
from coalflow.report.tables import read_rows
from coalflow.report.targets import list_shown_targets
from coalflow.report.wording import join_names

LIBRARIES = ("msprime", "tskit", "numpy", "torch", "scikit-learn", "pysam")


def render_page(results: pathlib.Path, settings: ReportSettings) -> str:
    """Return the page as HTML text, pictures included.

    Parameters
    ----------
    results : Path
        The run's folder.
    settings : ReportSettings
        The run's config, and the version of Snakemake, which need not be installed here.

    Raises
    ------
    CoalflowError
        If a file that was written with a digest is missing or damaged.
    """
    config, targets = settings.config, settings.config.targets
    # Targets are the same in all cards of a run.
    card = read_card(results / "models" / config.models.nets[0] / "0")
    models = rank_models(results, targets)
    dataset = summarise_dataset(results, config)
    observed = summarise_sequencing(results / "observation.json")
    shown = list_shown_models(results, targets)
    genomes = _summarise_genomes(results, config, [model.name for model in models], card)
    evidence = read_evidence(results, config, dataset, observed, models, genomes)
    shown_targets = list_shown_targets(card)
    return render_template(
        "report",
        results,
        config=config,
        **_describe_classes(targets.classes or ()),
        **_choose_models(models),
        fewest_windows=FEWEST_WINDOWS,
        config_text=yaml.safe_dump(settings.written, sort_keys=False),
        targets=shown_targets,
        class_target=targets.first,
        target_titles=join_names([find_title(name) for name in targets.names]),
        haplotypes=config.samples.number_of_haplotypes,
        individuals=describe_individuals(config.samples),
        findings=collect_findings(evidence),
        nothing_found=describe_nothing_found(evidence),
        dataset=dataset,
        sequencing=observed,
        models=models,
        certainty=summarise_certainty(results, targets),
        failures=summarise_failures(results, targets),
        exactly_linear=find_linear_targets(models, shown_targets),
        comparisons=read_rows(results / "comparisons.tsv"),
        activations=_list_activations(config),
        layers=describe_layers(results / "probes.tsv"),
        known=describe_probes(results / "probes.tsv"),
        used=describe_permutations(results / "permutations.tsv"),
        peaks=describe_peaks(results / "saliency_peaks.tsv"),
        restarts=_read_restarts(results, config.models),
        genomes=genomes,
        basis=describe_basis(card, shown, _describe_null(results, targets) if genomes else []),
        versions=_list_versions(settings.snakemake),
    )


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


def _describe_classes(classes: Sequence[str]) -> dict[str, Any]:
    """Return the classes, their colours, and the log loss of random guessing."""
    return {
        "classes": classes,
        "colours": [pick_class_colour(index) for index in range(len(classes))],
        "guess_loss": math.log(max(len(classes), 1)),
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


def _describe_null(results: pathlib.Path, targets: Targets) -> list[str]:
    """Return in sentences what genomes are compared with, by the model that is shown."""
    model = list_shown_models(results, targets)[0].name
    packed = model.partition("/")[0]
    reference = read_references(results / "models", [packed])[packed]
    return describe_null(reference, model, targets.classes or ())


def render_costs(results: pathlib.Path, run: str) -> str:
    """Return a page about what each step of a run took, as HTML text.

    It differs from run to run, so it is not part of the report, which shows it where it is at hand.

    Parameters
    ----------
    results : Path
        The run's folder.
    run : str
        Its name.
    """
    return render_template("costs", results, run=run, costs=sum_costs(results))


def _list_activations(config: Config) -> list[list[str]]:
    """Return, for each window, its pictures: of all nets, and of two restarts of each."""
    models, (_, *names) = config.models, list_pictured(config.explain.windows)
    shown = [(net, restart) for net in models.nets for restart in range(min(models.restarts, 2))]
    return [
        [f"figures/activations_{net}_{restart}{name}.png" for net, restart in shown]
        for name in ("", *(f"_{name}" for name in names))
    ]
