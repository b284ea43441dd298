"""What the report shows of the targets."""

import dataclasses

from coalflow.config.registry.statistics import BRANCH, STATISTICS
from coalflow.config.schema.targets import StatisticTarget, Target
from coalflow.evaluation.cards import Card
from coalflow.report.figures.drawing import find_title
from coalflow.report.wording import join_names

# Of scenario parameters, and of what paths into a demes file end in.
UNITS = {
    "population_size": "{individuals}",
    "start_size": "{individuals}",
    "end_size": "{individuals}",
    "mutation_rate": "per base and generation",
    "recombination_rate": "per base and generation",
    "recurrent_mutation_rate": "per generation",
    "fixation_time": "generations ago",
    "start_time": "generations ago",
    "end_time": "generations ago",
    "time": "generations ago",
    "position": "bases from the start of the window",
    "offset": "bases from the middle of the window",
    "distance": "bases from the window",
    "sequence_length": "bases",
}


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
    populations : str
        Those that a statistic describes or compares, in words; empty for the whole sample.
    is_of_trees : bool
        Whether it is a statistic of the true trees.
    trained_range : (float, float)
        Its lowest and its highest value in training.
    unit : str
        In which it is counted, in words; empty where it has none.
    """

    name: str
    title: str
    log: bool = False
    populations: str = ""
    is_of_trees: bool = False
    trained_range: tuple[float, float] = (0.0, 0.0)
    unit: str = ""


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
        populations=describe_populations(target),
        is_of_trees=isinstance(target, StatisticTarget) and target.mode == BRANCH,
        trained_range=find_trained_range(name, card),
        unit=find_unit(target, card.view.samples.ploidy),
    )


def describe_populations(target: Target) -> str:
    """Return of which populations a statistic is, in words, with a blank before; else nothing.

    Examples
    --------
    >>> describe_populations(StatisticTarget(statistic="fst", of=("EUR", "AFR")))
    ' of EUR and AFR'
    >>> target = StatisticTarget(statistic="introgression", of=("EUR", "NEA"), since=2000)
    >>> describe_populations(target)
    ' of EUR from NEA (gene flow of the last 2,000 generations)'
    """
    if not isinstance(target, StatisticTarget) or not target.of:
        return ""
    if not STATISTICS[target.statistic].needs_moves:
        return f" of {join_names(target.of)}"
    recent = describe_since(target)
    return f" of {target.of[0]} from {target.of[1]}{f' ({recent})' if recent else ''}"


def describe_since(target: StatisticTarget) -> str:
    """Return which gene flow counts, in words; nothing where all of it does."""
    since = target.since
    return "" if since is None else f"gene flow of the last {since:,.6g} generations"


def find_trained_range(name: str, card: Card) -> tuple[float, float]:
    """Return the lowest and the highest value in training of a target that is a number."""
    values = card.trained_on.targets[name]
    assert isinstance(values, tuple)  # or the target has classes, of which windows are counted
    return values


def find_unit(target: Target, ploidy: int) -> str:
    """Return in which unit a target is counted, in words; nothing where it has none.

    Parameters
    ----------
    target : Target
    ploidy : int
        Of the individuals that are simulated.
    """
    if isinstance(target, StatisticTarget):
        return "generations" if target.statistic == "time_to_common_ancestor" else ""
    end = target.parameter.rpartition(".")[2]
    kind = {1: "haploid ", 2: "diploid "}.get(ploidy, "")
    return UNITS.get(end, "").format(individuals=f"{kind}individuals")
