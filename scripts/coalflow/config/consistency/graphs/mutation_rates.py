"""Mutation rates other than the one with which the sizes of a demes file or model were inferred."""

from collections.abc import Iterator
from typing import Any

from coalflow.config import posterior_draws
from coalflow.config.defaults import read_own_mutation_rate
from coalflow.config.fields.section import Mistake, Path, is_number
from coalflow.config.registry.parameters import RATE
from coalflow.config.schema.distributions import Distribution
from coalflow.config.schema.whole import Config
from coalflow.core.errors import CoalflowError

MUTATION_RATE = "mutation_rate"
MOST_DEVIATIONS = 3  # standard deviations of a normal distribution


def check_mutation_rates(config: Config) -> Iterator[Mistake]:
    """Yield rates with which the diversity would not be that of the graph's sizes.

    A prior may spread around the graph's own rate, since windows of a genome differ.

    Parameters
    ----------
    config : Config
        Its demography has a graph.
    """
    simulation, demography = config.simulation, config.simulation.demography
    try:
        own = read_own_mutation_rate(simulation)
    except CoalflowError:  # the graph's check says why
        return
    if own is None:
        return
    named = f"metadata of {demography.demes}" if demography.demes else demography.stdpopsim
    wanted = f"the history's sizes were inferred with {own:g} ({named})"
    for path, rate in _list_rates(config):
        if rate != own:
            yield path, f"is {rate:g}, but {wanted}: delete it"
    prior = simulation.prior.get(MUTATION_RATE)
    ends = None if prior is None else _find_ends(prior, simulation.draws)
    if ends and not ends[0] <= own <= ends[1]:
        message = f"draws rates of about {ends[0]:.3g} to {ends[1]:.3g}, but {wanted}"
        yield ("simulation", "prior", MUTATION_RATE), f"{message}: include it, or delete the prior"


def _list_rates(config: Config) -> Iterator[tuple[Path, float]]:
    """Yield the rates that are each given as one number, and where."""
    simulation = config.simulation
    if simulation.mutation_rate is not None:
        yield ("simulation", MUTATION_RATE), simulation.mutation_rate
    gridded: tuple[Any, ...] = simulation.axes.get(MUTATION_RATE, ())
    for index, rate in enumerate(gridded):
        yield ("simulation", "grid", MUTATION_RATE, index), rate
    for name, genome in config.genomes.items():
        if genome.simulate is not None and genome.simulate.mutation_rate is not None:
            yield ("genomes", name, "simulate", MUTATION_RATE), genome.simulate.mutation_rate


def _find_ends(prior: Distribution, draws: str | None) -> tuple[float, float] | None:
    """Return between which values a prior draws, or None where only drawing can tell."""
    values: list[Any] = []
    if prior.categorical is not None:
        values = list(prior.categorical.values)
    elif prior.draws is not None and draws is not None:
        try:
            values = posterior_draws.read_draws(draws, [prior.draws])[prior.draws]
        except CoalflowError:  # the prior's check says why
            return None
    elif prior.normal is not None:
        mean, sd = prior.normal.mean, prior.normal.sd
        if is_number(mean) and is_number(sd):
            spread = MOST_DEVIATIONS * sd
            values = [max(mean - spread, RATE.low), min(mean + spread, RATE.high)]
    else:
        values = [prior.arguments.get(end) for end in ("low", "high")]
    if not values or not all(is_number(value) for value in values):
        return None
    return min(values), max(values)
