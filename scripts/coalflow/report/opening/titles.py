"""What a run is called on its pages."""

from coalflow.config.registry.statistics import STATISTICS
from coalflow.config.schema.targets import StatisticTarget, Targets
from coalflow.config.schema.whole import Config
from coalflow.report.figures.drawing import find_title
from coalflow.report.targets import describe_populations, describe_since
from coalflow.report.wording import begin_sentence, join_names

MOST_NAMES = 3  # of targets or populations in a title
KINDS = {
    "sweep": "Selective sweeps",
    "history": "Population histories",
    "gene_flow": "Gene flow",
    "class": "Classes of windows",
}  # of targets that have classes


def make_title(config: Config) -> str:
    """Return the title of a run: that of the config, else one made from the target and the data.

    Parameters
    ----------
    config : Config
    """
    if config.title is not None:
        return config.title
    return f"{_name_target(config.targets)} from {_name_windows(config)}"


def _name_target(targets: Targets) -> str:
    if targets.has_classes:
        parameter = targets.parameters[targets.first].parameter
        return KINDS[parameter]
    titles = [_name_number(name, targets) for name in targets.names]
    if len(titles) > MOST_NAMES:
        titles = [*titles[: MOST_NAMES - 1], f"{len(titles) - MOST_NAMES + 1} more targets"]
    return begin_sentence(join_names(titles))


def _name_number(name: str, targets: Targets) -> str:
    target = targets.definitions[name]
    of = target.of if isinstance(target, StatisticTarget) else ()
    populations = describe_populations(target) if len(of) <= MOST_NAMES else ""
    return f"{find_title(name)}{populations}"


def _is_introgression(target: StatisticTarget) -> bool:
    return STATISTICS[target.statistic].needs_moves


def _name_windows(config: Config) -> str:
    encoding = config.encoding
    if not encoding.pad:
        return f"{encoding.sites} segregating sites"
    if encoding.length is None:
        return "windows of a fixed length"
    return f"windows of {encoding.length:,} bases"


def ask_question(targets: Targets) -> str:
    """Return what is predicted of a window, as a question.

    Parameters
    ----------
    targets : Targets
    """
    if targets.classes is not None:
        *others, last = targets.classes
        return f"Is a window {', '.join(others)} or {last}?"
    first = targets.definitions[targets.first]
    if len(targets) == 1 and isinstance(first, StatisticTarget) and _is_introgression(first):
        recent = describe_since(first)
        came = f"came from {first.of[1]}{f', by {recent}' if recent else ''}"
        return f"What share of the bases of {first.of[0]} in a window {came}?"
    titles = [
        f"{'the ' if name in targets.parameters else ''}{_name_number(name, targets)}"
        for name in targets.names
    ]
    return f"What {'are' if len(titles) > 1 else 'is'} {join_names(titles)} of a window?"
