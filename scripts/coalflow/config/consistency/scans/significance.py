"""Classes of the null, scores and priors that contradict the target."""

import math
from collections.abc import Collection, Iterator

from coalflow.config.fields.section import Mistake
from coalflow.config.registry.parameters import NEUTRAL
from coalflow.config.schema.scans.significance import Significance, advise_block
from coalflow.config.schema.targets import Targets
from coalflow.config.schema.whole import Config
from coalflow.config.tables.recombination_maps import read_map
from coalflow.core.errors import CoalflowError, describe_unknown
from coalflow.core.input_files import describe_unusable

LARGEST_ERROR = 1e-6  # of a sum of shares


def check_significance(config: Config) -> Iterator[Mistake]:
    """Yield what the sections ``significance`` and ``class_prior`` cannot be."""
    yield from _check_neighbours(config.significance)
    yield from _check_blocks(config)
    targets = config.targets
    if targets.classes is None:
        yield from _check_numbers(config)
        return
    for path, message in _check_classes(config.significance, targets.classes):
        yield ("significance", *path), message
    if _are_drawn(config):
        parameter = targets.parameters[targets.first].parameter
        for key in ("neutral", "scores"):
            if getattr(config.significance, key) is not None:
                message = f"needs simulations of one class each, but simulation.prior.{parameter}"
                fix = f"delete it, or list the classes in simulation.grid.{parameter}"
                yield ("significance", key), f"{message} draws the class: {fix}"
    elif _is_null_missing(config.significance, targets, targets.classes):
        message = "is given, but no class is the null that scores are compared with"
        yield ("significance", "scores"), f"{message}: name it in significance.neutral"
    if config.class_prior is not None:
        yield from _check_prior(config.class_prior, targets.classes)


def _check_neighbours(section: Significance) -> Iterator[Mistake]:
    """Yield that blocks of the null have no room for windows with all their neighbours."""
    together = 2 * section.neighbours + 1
    if section.windows and together > section.block:
        message = f"is {section.neighbours}, so {together} windows are judged together, but a block"
        message += f" of the null has {section.block} (significance.block)"
        yield ("significance", "neighbours"), f"{message}: make one smaller, or the other larger"


def _check_blocks(config: Config) -> Iterator[Mistake]:
    """Yield that blocks of the null are longer than all stretches of the recombination map."""
    simulation, section, classes = config.simulation, config.significance, config.targets.classes
    file = simulation.recombination_map
    has_null = classes is None or section.neutral is not None or NEUTRAL in classes
    if not (section.windows and config.genomes and has_null):
        return
    if file is None or describe_unusable(file):  # which is reported elsewhere
        return
    read = config.encoding.length if config.encoding.pad else None
    window = read or simulation.single_value("sequence_length")
    if not isinstance(window, (int, float)):  # windows differ in length, or it is missing
        return
    try:
        longest = read_map(file, simulation.chromosome).longest_known
    except CoalflowError:
        return
    bases = window * section.block
    if window <= longest < bases:
        message = f"is {section.block}, so a block of the null has {bases:,.0f} bases, but the"
        message += f" longest stretch of {file} with known rates has {longest:,.0f}"
        yield ("significance", "block"), f"{message}: {advise_block(longest, int(window))}"


def _check_numbers(config: Config) -> Iterator[Mistake]:
    """Yield what is only for classes, where targets are numbers."""
    name = config.targets.first
    for path, value in (
        (("significance", "neutral"), config.significance.neutral),
        (("significance", "scores"), config.significance.scores),
        (("class_prior",), config.class_prior),
    ):
        if value is not None:
            yield path, f"is for targets with classes, and {name} is a number: delete it"


def _check_classes(significance: Significance, classes: tuple[str, ...]) -> Iterator[Mistake]:
    neutral = significance.neutral or ()
    yield from _check_names(("neutral",), neutral, classes)
    if set(neutral) >= set(classes):
        message = "names all classes, so that none is left to be found"
        yield ("neutral",), f"{message}: name only those that are the null"
    # What is the null by default is known where the user has named none.
    null = neutral or ((NEUTRAL,) if NEUTRAL in classes else ())
    for name, chosen in (significance.scores or {}).items():
        yield from _check_names(("scores", name), chosen, classes)
        for index, each in enumerate(chosen):
            if each in null:
                message = f"names {each}, which is the null that scores are compared with"
                yield ("scores", name, index), f"{message}: name other classes"
    if significance.tail is not None:
        message = "is for targets that are numbers, and this one has classes"
        yield ("tail",), f"{message}: delete it"


def _check_names(
    path: tuple[str, ...], names: Collection[str], classes: tuple[str, ...]
) -> Iterator[Mistake]:
    for index, name in enumerate(names):
        if name not in classes:
            yield (*path, index), describe_unknown(name, "classes", classes)


def _is_null_missing(
    significance: Significance, targets: Targets, classes: tuple[str, ...]
) -> bool:
    """Tell whether there are scores, but nothing that they are compared with."""
    if significance.scores is None or significance.neutral is not None:
        return False
    parameter = targets.parameters[targets.first].parameter
    return parameter not in ("sweep", "class") or NEUTRAL not in classes


def _are_drawn(config: Config) -> bool:
    """Tell whether the class is drawn for every replicate, so that no cell has one."""
    parameter = config.targets.parameters[config.targets.first].parameter
    return parameter in config.simulation.prior


def _check_prior(prior: dict[str, float], classes: tuple[str, ...]) -> Iterator[Mistake]:
    for name in prior:
        if name not in classes:
            yield ("class_prior", name), describe_unknown(name, "classes", classes)
    missing = [name for name in classes if name not in prior]
    if missing:
        message = f"has no share for {', '.join(missing)}"
        yield ("class_prior",), f"{message}: give that of every class ({', '.join(classes)})"
    total = math.fsum(prior.values())
    if abs(total - 1) > LARGEST_ERROR:
        yield ("class_prior",), f"sums to {total:.7g}, must sum to 1"
