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
    is_statistic = isinstance(target, StatisticTarget)
    trained_range = card.trained_on.targets[name]
    assert isinstance(trained_range, tuple)  # numbers, not how many windows are of a class
    return ShownTarget(
        name=name,
        title=find_title(name),
        log=target.is_log,
        populations=target.of if is_statistic else (),
        is_of_trees=is_statistic and target.mode == BRANCH,
        trained_range=trained_range,
    )
