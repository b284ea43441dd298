"""How well the ancestry of haplotypes is predicted, as the report shows it."""

from __future__ import annotations

import dataclasses
import math
import pathlib
from collections.abc import Mapping, Sequence

from coalflow.config.schema.targets import Targets
from coalflow.evaluation.ancestry.ancestry_scores import AVERAGE_PRECISION, F1, SEGMENT_F1
from coalflow.report.figures.scores.model_rows import choose_models
from coalflow.report.scores import ModelScores
from coalflow.report.tables import read_rows
from coalflow.report.targets import describe_populations
from coalflow.report.wording import format_number, join_names

IN_WORDS = {
    AVERAGE_PRECISION: "average precision",
    F1: "F1 of bases",
    SEGMENT_F1: "F1 of segments",
}


@dataclasses.dataclass(frozen=True)
class AncestryScore:
    """A score and its 95 % interval."""

    value: float
    ci_low: float
    ci_high: float


@dataclasses.dataclass(frozen=True)
class AncestryRow:
    """The scores of a model, by metric."""

    model: str
    kind: str
    scores: Mapping[str, AncestryScore]


@dataclasses.dataclass(frozen=True)
class AncestrySummary:
    """What is shown of predicted ancestry.

    Attributes
    ----------
    of : str
        The population whose ancestry is predicted.
    populations : str
        That and the one that it is from, in words.
    rows : tuple of AncestryRow
        Models, those with the highest average precision first.
    comparisons : tuple of str
        Sentences: nets and the best baseline, by each metric.
    """

    of: str
    populations: str
    rows: tuple[AncestryRow, ...]
    comparisons: tuple[str, ...]

    def describe_figure(self) -> str:
        """Return what the picture shows, in words."""
        shown = [
            f"{row.model} {format_number(row.scores[AVERAGE_PRECISION].value)}" for row in self.rows
        ]
        return (
            "Left: precision by recall of bases that are called. The areas below the curves are: "
            f"{join_names(shown)}. Right: the share of bases that are introgressed by predicted "
            "probability."
        )


def summarise_ancestry(
    results: pathlib.Path, targets: Targets, models: Sequence[ModelScores]
) -> AncestrySummary | None:
    """Return what is shown of predicted ancestry; None where a run predicts none at each base.

    Parameters
    ----------
    results : Path
        The run's folder.
    targets : Targets
    models : sequence of ModelScores
        Of windows, which have kinds.
    """
    target = targets.at_sites
    if target is None:
        return None
    kinds = {model.name: model.kind for model in models}
    scores: dict[str, dict[str, AncestryScore]] = {}
    for row in read_rows(results / "ancestry_scores.tsv"):
        score = AncestryScore(row["value"], row["ci_low"], row["ci_high"])
        scores.setdefault(row["model"], {})[row["metric"]] = score
    rows = [
        AncestryRow(model, kinds.get(model, "baseline"), scores[model])
        for model in choose_models(list(scores))
    ]
    # Not numbers are last.
    rows.sort(key=lambda row: -row.scores[AVERAGE_PRECISION].value)
    compared = _compare(results, [row.model for row in rows])
    return AncestrySummary(target.of[0], describe_populations(target), tuple(rows), compared)


def _compare(results: pathlib.Path, shown: Sequence[str]) -> tuple[str, ...]:
    sentences = []
    for row in read_rows(results / "ancestry_comparisons.tsv"):
        if row["model"] not in shown:
            continue
        low, high = row["ci_low"], row["ci_high"]
        verdict = "is better than" if low > 0 else "is worse than" if high < 0 else None
        interval = f" ({format_number(low)} to {format_number(high)})"
        if math.isnan(low):
            interval = ", of which these windows are too few to give an interval"
        difference = f"by {format_number(round(row['difference'], 6) or 0)}{interval}"
        model, baseline = f"By {IN_WORDS[row['metric']]}, {row['model']}", row["baseline"]
        if verdict is None:
            sentences.append(
                f"{model} and {baseline} cannot be distinguished with these windows: "
                f"they differ {difference}"
            )
        else:
            sentences.append(f"{model} {verdict} {baseline}, {difference}")
    return tuple(sentences)
