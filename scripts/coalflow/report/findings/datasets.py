"""What speaks against the windows that models learn from and are judged on."""

from collections.abc import Iterator

from coalflow.preflight.findings import Finding
from coalflow.report.dataset import DatasetSummary
from coalflow.report.wording import format_count, format_percent

DATASET = "dataset"


def find_leaks(dataset: DatasetSummary) -> Iterator[Finding]:
    """Yield that splits share windows, which makes all scores worthless.

    Parameters
    ----------
    dataset : DatasetSummary
    """
    if dataset.leaks:
        yield Finding(
            DATASET,
            "the test windows",
            f"{format_count(dataset.leaks)} replicates or seeds are in two of the splits, so the "
            "scores on test windows are too good",
            "do not use the scores: this is a bug of coalflow, please report it",
        )
    if dataset.splits_differ:
        yield Finding(
            DATASET,
            "the splits",
            "training, validation and test windows differ by more than chance would explain "
            "(p below 0.001)",
            "raise simulation.replicates",
        )


def find_held_out(dataset: DatasetSummary, has_genomes: bool) -> Iterator[Finding]:
    """Yield that models which scan genomes were kept from a part of what was simulated.

    Parameters
    ----------
    dataset : DatasetSummary
    has_genomes : bool
        Whether any genome is scanned.
    """
    if dataset.held_out and has_genomes:
        yield Finding(
            DATASET,
            "training windows",
            f"{format_count(dataset.held_out)} windows in regions of the parameters were held out, "
            "so the models that scan genomes have not been trained on such windows",
            "scan with models of a run without evaluation.hold_out",
        )


def find_selected_windows(dataset: DatasetSummary) -> Iterator[Finding]:
    """Yield that models learn from a part of the windows, or of their sites.

    Parameters
    ----------
    dataset : DatasetSummary
    """
    if dataset.many_excluded:
        yield Finding(
            DATASET,
            "training windows",
            f"in one cell {format_percent(dataset.worst_excluded)} of the windows have too few "
            "sites and were left out, so the others are biased towards deep trees",
            "raise simulation.sequence_length, or set encoding.pad: true",
        )
    if dataset.many_trimmed:
        share = format_percent(dataset.trimmed / dataset.replicates)
        yield Finding(
            DATASET,
            "training windows",
            f"{share} of them have more sites than the models read",
            "raise encoding.sites",
        )
