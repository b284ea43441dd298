"""What all genomes of a page have in common: how models read and predict them."""

import dataclasses
from collections.abc import Sequence

from coalflow.config.schema.encoding import Encoding
from coalflow.evaluation.cards import Card
from coalflow.evaluation.comparisons import ShownModel
from coalflow.genomes.reference.reference import Reference
from coalflow.report.figures.drawing import find_title, pick_class_colours
from coalflow.report.genomes.found_regions import Sought, describe_null, describe_sought
from coalflow.report.interactive.tracks import ScanTracks, choose_tracks
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
    colours : dict of str to str
        Those of the classes in pictures.
    encoding : Encoding
        How windows are read.
    is_polarised : bool
        Whether ancestral alleles are known.
    missing : float
        The mean fraction of genotypes that are missing in simulations.
    null : sequence of str
        Where p-values and probabilities come from, in sentences; none without a reference.
    sought : Sought, optional
        Which regions are looked for; None where windows have no p-values.
    tracks : ScanTracks
        What interactive pictures show.
    """

    shown: Sequence[ShownModel]
    target_titles: str
    classes: tuple[str, ...]
    colours: dict[str, str]
    encoding: Encoding
    is_polarised: bool
    missing: float
    null: Sequence[str]
    sought: Sought | None
    tracks: ScanTracks


def describe_basis(
    card: Card, shown: Sequence[ShownModel], reference: Reference | None
) -> ScanBasis:
    """Return how models read genomes, and what they predict of them.

    Parameters
    ----------
    card : Card
        That of any of the models.
    shown : sequence of ShownModel
        As in :class:`ScanBasis`.
    reference : Reference, optional
        What predictions of the first of them are compared with.
    """
    view, classes = card.view, tuple(card.targets.classes or ())
    return ScanBasis(
        shown=shown,
        target_titles=join_names([find_title(name) for name in card.targets.names]),
        classes=classes,
        colours=pick_class_colours(classes),
        encoding=view.encoding,
        is_polarised=view.observation.polarised,
        missing=compute_missing(view.observation.missing),
        null=() if reference is None else describe_null(reference, shown[0].name, classes),
        sought=None if reference is None else describe_sought(reference),
        tracks=choose_tracks(card, shown[0], reference),
    )
