"""What all genomes of a page have in common: how models read and predict them."""

import dataclasses
from collections.abc import Sequence

from coalflow.config.schema.encoding import Encoding
from coalflow.evaluation.cards import Card
from coalflow.evaluation.comparisons import ShownModel
from coalflow.report.figures.drawing import find_title, pick_class_colour
from coalflow.report.sequencing import compute_missing
from coalflow.report.wording import join_names


@dataclasses.dataclass(frozen=True)
class ScanBasis:
    """How models read genomes, and what they predict of them.

    Attributes
    ----------
    shown : sequence of ShownModel
        The models that are drawn; the first finds the regions.
    target_titles : str
        What is predicted, in words.
    classes : tuple of str
        Those of the target; none where targets are numbers.
    colours : tuple of str
        Those of the classes in pictures.
    encoding : Encoding
        How windows are read.
    is_polarised : bool
        Whether ancestral alleles are known.
    missing : float
        The mean fraction of genotypes that are missing in simulations.
    null : sequence of str
        Where p-values and probabilities come from, in sentences; none where there are no p-values.
    """

    shown: Sequence[ShownModel]
    target_titles: str
    classes: tuple[str, ...]
    colours: tuple[str, ...]
    encoding: Encoding
    is_polarised: bool
    missing: float
    null: Sequence[str]


def describe_basis(card: Card, shown: Sequence[ShownModel], null: Sequence[str]) -> ScanBasis:
    """Return how models read genomes, and what they predict of them.

    Parameters
    ----------
    card : Card
        That of any of the models.
    shown, null
        As in :class:`ScanBasis`.
    """
    view, classes = card.view, tuple(card.targets.classes or ())
    return ScanBasis(
        shown=shown,
        target_titles=join_names([find_title(name) for name in card.targets.names]),
        classes=classes,
        colours=tuple(pick_class_colour(index) for index in range(len(classes))),
        encoding=view.encoding,
        is_polarised=view.observation.polarised,
        missing=compute_missing(view.observation.missing),
        null=null,
    )
