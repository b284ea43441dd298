"""What an interactive picture of a scan shows, from top to bottom."""

from __future__ import annotations

import dataclasses

from coalflow.config.schema.targets import Targets
from coalflow.evaluation.cards import Card
from coalflow.evaluation.comparisons import ShownModel
from coalflow.evaluation.predictions import HIGH, LOW, REGION_P, P, Q, name_column
from coalflow.genomes.reference.reference import Reference

MOST_TARGETS = 3  # numbers that have a row each


@dataclasses.dataclass(frozen=True)
class ScanTracks:
    """What the windows of a genome are drawn by.

    Attributes
    ----------
    model : ShownModel
        The model whose predictions are shown.
    targets : Targets
        What it predicts.
    score : str, optional
        By which regions are found; None where windows have no p-values.
    threshold : float
        The p-value of windows that make regions.
    false_alarms : float
        The p-value of novelty at which windows are novel.
    """

    model: ShownModel
    targets: Targets
    score: str | None
    threshold: float
    false_alarms: float

    @property
    def numbers(self) -> list[str]:
        """The targets that have a row each; none where there are classes."""
        return [] if self.targets.classes else list(self.targets.names)[:MOST_TARGETS]

    def list_columns(self) -> dict[str, str]:
        """Return the columns of ``windows.tsv`` that are drawn or shown, by their short names."""
        name, columns = self.model.name, {"novelty": "novelty"}
        if self.score is not None:
            columns |= {"region_p": name_column(name, self.score, REGION_P)}
            columns |= {"p": name_column(name, self.score, P)}
            columns |= {"q": name_column(name, self.score, Q)}
        for index, target in enumerate(self.numbers):
            column = name_column(name, target)
            columns |= {f"value{index}": column}
            columns |= {f"{end}{index}": name_column(column, end) for end in (LOW, HIGH)}
        for index, each in enumerate(self.targets.classes or ()):
            columns |= {f"class{index}": name_column(name, each)}
        return columns


def choose_tracks(card: Card, model: ShownModel, reference: Reference | None) -> ScanTracks:
    """Return what an interactive picture shows.

    Parameters
    ----------
    card : Card
        That of any model of the run.
    model : ShownModel
        The first of those that are drawn.
    reference : Reference, optional
        What its predictions are compared with.
    """
    meta = None if reference is None else reference.meta
    return ScanTracks(
        model=model,
        targets=card.targets,
        score=meta.scores[0].name if meta is not None and meta.scores else None,
        threshold=1.0 if meta is None else meta.significance.p,
        false_alarms=0.0 if meta is None else meta.false_alarms,
    )
