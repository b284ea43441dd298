"""Conditions under which models cannot be tried."""

from collections.abc import Callable, Iterator

from coalflow.config.consistency.observation import check_observation
from coalflow.config.fields.section import Mistake, spell_path
from coalflow.config.judging.conditions import DEMOGRAPHY, Condition, list_conditions
from coalflow.config.schema.judging.evaluation import Robustness
from coalflow.config.schema.whole import Config

RATE = "mutation_rate"
FIXED = ("sequence_length", "sweep")  # which decide what a window, and what a class is


def check_robustness(
    config: Config, check: Callable[[Config], Iterator[Mistake]]
) -> Iterator[Mistake]:
    """Yield what is wrong with the conditions under which models are tried.

    Parameters
    ----------
    config : Config
        Whose other sections contradict nothing.
    check : callable
        Yields the contradictions of a whole config.
    """
    section = config.evaluation.robustness
    if section is None:
        return
    mistakes = list(_check_section(config, section))
    yield from mistakes
    if mistakes:
        return
    for condition in list_conditions(config):
        for message in _check_condition(config, condition, check):
            yield ("evaluation", *condition.path), message


def _check_section(config: Config, section: Robustness) -> Iterator[Mistake]:
    path = ("evaluation", "robustness")
    simulated = {"parameters": section.parameters, DEMOGRAPHY: section.demography}
    if config.simulation.imported:
        for key, value in simulated.items():
            if value is not None:
                yield (*path, key), "needs simulations, and these are imported: delete it"
        return
    targets = {each.parameter for each in config.targets.parameters.values()}
    axes = {} if section.parameters is None else section.parameters.axes
    for name in axes:
        if name in targets:
            message = "is what models predict, so it differs between test windows: see the report"
            yield (*path, "parameters", name), f"{message}, and delete it"
        elif name in FIXED:
            message = "decides what a window or a class is, so that models of the run cannot be"
            yield (*path, "parameters", name), f"{message} tried on others: delete it"
    if section.demography is not None and targets & {"history", "gene_flow"}:
        message = "is what models predict: delete it"
        yield (*path, DEMOGRAPHY), message


def _check_condition(
    config: Config, condition: Condition, check: Callable[[Config], Iterator[Mistake]]
) -> Iterator[str]:
    """Yield what a condition contradicts."""
    if condition.config is None:
        changes = {condition.key: condition.value}
        changed = {"observation": config.observation.model_copy(update=changes)}
        for path, message in check_observation(config.model_copy(update=changed)):
            yield f"would contradict the rest: observation.{spell_path(path)} {message}"
        return
    for path, message in check(condition.config):
        if condition.key == RATE and RATE in path:
            continue  # it is not that with which sizes were inferred, on purpose
        yield f"would contradict the rest: {spell_path(path)} {message}"
    if condition.config.samples != config.samples:
        yield "would change who is sampled: models of the run need the same samples"
