"""All that speaks against the results of a run, the most important first."""

import dataclasses
import pathlib
from collections.abc import Iterable, Sequence

import pandas as pd

from coalflow.config.schema.whole import Config
from coalflow.evaluation.result_tables import read_result_table
from coalflow.models.card_files import read_card
from coalflow.preflight.findings import Finding
from coalflow.preflight.problems.population_nets import find_mixing_nets
from coalflow.report.dataset import DatasetSummary
from coalflow.report.findings.datasets import find_held_out, find_leaks, find_selected_windows
from coalflow.report.findings.genome_findings import (
    find_doubts,
    find_far_window,
    find_misfit,
    find_missing_null,
    find_unused,
)
from coalflow.report.findings.model_findings import (
    find_beaten_net,
    find_miscalibrated,
    find_recovered_priors,
    find_unfinished,
    find_useless,
)
from coalflow.report.genomes.scanned_genome import ScannedGenome
from coalflow.report.scores import ModelScores
from coalflow.report.sequencing import Sequencing
from coalflow.report.wording import join_names


@dataclasses.dataclass(frozen=True)
class Evidence:
    """What stages of a run have found, of which findings are made.

    Attributes
    ----------
    config : Config
    dataset : DatasetSummary
    sequencing : Sequencing
    models : sequence of ModelScores
    genomes : sequence of ScannedGenome
    comparisons, coverage : DataFrame
        ``comparisons.tsv`` and ``coverage.tsv``.
    errors : DataFrame, optional
        ``calibration_error.tsv``, where the target has classes.
    histories : dict of str to DataFrame
        ``history.tsv`` of each restart of a net, by its name.
    epochs : dict of str to int
        How many epochs each could have.
    """

    config: Config
    dataset: DatasetSummary
    sequencing: Sequencing
    models: Sequence[ModelScores]
    genomes: Sequence[ScannedGenome]
    comparisons: pd.DataFrame
    coverage: pd.DataFrame
    errors: pd.DataFrame | None
    histories: dict[str, pd.DataFrame]
    epochs: dict[str, int]


def read_evidence(
    results: pathlib.Path,
    config: Config,
    dataset: DatasetSummary,
    sequencing: Sequencing,
    models: Sequence[ModelScores],
    genomes: Sequence[ScannedGenome],
) -> Evidence:
    """Return what the stages of a run have found.

    Parameters
    ----------
    results : Path
        The run's folder.
    config, dataset, sequencing, models, genomes
        As in :class:`Evidence`.

    Raises
    ------
    CoalflowError
        If a file is missing or damaged.
    """
    folders = {
        f"{net}/{restart}": results / "models" / net / str(restart)
        for net in config.models.nets
        for restart in range(config.models.restarts)
    }
    epochs = {}
    for name, folder in folders.items():
        training = read_card(folder).net
        assert training is not None  # the card of a net has it
        epochs[name] = training.recipe.epochs
    errors = None
    if config.targets.has_classes:
        errors = read_result_table(results / "calibration_error.tsv", ["ece", "ci_low"], ["model"])
    return Evidence(
        config=config,
        dataset=dataset,
        sequencing=sequencing,
        models=models,
        genomes=genomes,
        comparisons=read_result_table(results / "comparisons.tsv", ["difference"], ["net"]),
        coverage=read_result_table(results / "coverage.tsv", ["level", "share"], ["model"]),
        errors=errors,
        histories={
            name: read_result_table(folder / "history.tsv", ["epoch", "val_loss"])
            for name, folder in folders.items()
        },
        epochs=epochs,
    )


def collect_findings(evidence: Evidence) -> list[Finding]:
    """Return all that speaks against the results, the most important first.

    First what makes all results worthless; then whether simulations fit the genomes; how good
    models are and how they were trained; what of the data is not used; and how sure models are.

    Parameters
    ----------
    evidence : Evidence
    """
    models, config, genomes = evidence.models, evidence.config, evidence.genomes
    targets = config.targets
    best = min(models, key=lambda model: model.rank).name
    found: list[Iterable[Finding]] = [
        find_leaks(evidence.dataset),
        *map(find_misfit, genomes),
        find_useless(models, targets),
        find_mixing_nets(config.models.nets, config.samples, targets),
        find_unfinished(evidence.histories, evidence.epochs),
        find_beaten_net(models, evidence.comparisons, targets),
        find_missing_null(list(genomes), config.significance),
        *map(find_unused, genomes),
        *map(find_far_window, genomes),
        *map(find_doubts, genomes),
        find_selected_windows(evidence.dataset),
        find_held_out(evidence.dataset, bool(genomes)),
        find_miscalibrated(best, evidence.coverage, evidence.errors),
        find_recovered_priors(best, evidence.coverage, targets),
        _list_remarks(evidence.sequencing),
    ]
    return [finding for each in found for finding in each]


def _list_remarks(sequencing: Sequencing) -> Iterable[Finding]:
    """Yield what could not be measured on the file that simulations resemble."""
    for remark in sequencing.remarks:
        finding, _, fix = remark.partition(": ")
        fix = fix or "state it in the section observation"
        yield Finding("observation", "observation.like", finding, fix)


def describe_nothing_found(evidence: Evidence) -> str:
    """Return in words what was looked at, where nothing was found.

    Parameters
    ----------
    evidence : Evidence
    """
    fitting = [
        genome.name
        for genome in evidence.genomes
        if genome.verdict is not None and genome.verdict.level == "fits"
    ]
    looked = ["no window is in two splits", "the best model is better than a constant one"]
    looked += ["training had come to its end", "intervals and probabilities hold what they state"]
    if fitting:
        looked.append(f"the simulations fit {join_names(fitting)}")
    return f"Nothing speaks against these results: {join_names(looked)}."
