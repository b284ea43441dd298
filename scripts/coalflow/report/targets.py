"""What the report shows of the targets."""

import dataclasses

from coalflow.config.registry.statistics import BRANCH
from coalflow.config.schema.targets import StatisticTarget, Target
from coalflow.evaluation.cards import Card
from coalflow.report.figures.drawing import find_title


@dataclasses.dataclass(frozen=True)
class ShownTarget:
    """A target that is a number.

    Attributes
    ----------
    name : str
        Its name in tables.
    title : str
        What it is called.
    log : bool
        Whether it is learned and evaluated by its logarithm.
    populations : tuple of str
        Those that a statistic describes or compares; none for the whole sample.
    is_of_trees : bool
        Whether it is a statistic of the true trees.
    trained_range : (float, float)
        Its lowest and its highest value in training.
    """

    name: str
    title: str
    log: bool = False
    populations: tuple[str, ...] = ()
    is_of_trees: bool = False
    trained_range: tuple[float, float] = (0.0, 0.0)


def list_shown_targets(card: Card) -> list[ShownTarget]:
    """Return the targets of a model that are numbers; none where the target has classes."""
    if card.targets.has_classes:
        return []
    return [_show_target(name, target, card) for name, target in card.targets]


def _show_target(name: str, target: Target, card: Card) -> ShownTarget:
    return ShownTarget(
        name=name,
        title=find_title(name),
        log=target.is_log,
        populations=target.of if isinstance(target, StatisticTarget) else (),
        is_of_trees=isinstance(target, StatisticTarget) and target.mode == BRANCH,
        trained_range=find_trained_range(name, card),
    )


def find_trained_range(name: str, card: Card) -> tuple[float, float]:
    """Return the lowest and the highest value in training of a target that is a number."""
    values = card.trained_on.targets[name]
    assert isinstance(values, tuple)  # or the target has classes, of which windows are counted
    return values
