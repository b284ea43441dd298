"""Population histories: from the content of a demes file to a demes graph to msprime."""

from collections.abc import Iterable, Mapping
from typing import Any

import demes
import msprime

from coalflow.config.histories.graphs import resolve_graph
from coalflow.config.schema.samples import EVERYONE, Samples
from coalflow.core.errors import CoalflowError


def build_graph(content: Mapping[str, Any]) -> demes.Graph:
    """Return the demes graph of a demes file's content, with times in generations.

    Parameters
    ----------
    content : mapping
        See :mod:`coalflow.config.histories.contents`.

    Raises
    ------
    CoalflowError
        If the demes library finds a contradiction.

    Examples
    --------
    >>> epochs = [{"start_size": 1000}]
    >>> content = {"time_units": "generations", "demes": [{"name": "A", "epochs": epochs}]}
    >>> build_graph(content)["A"].end_time
    0.0
    """
    return resolve_graph(content)


def convert_to_msprime(graph: demes.Graph) -> msprime.Demography:
    """Return a demes graph as msprime takes it.

    Raises
    ------
    CoalflowError
        If msprime cannot simulate it, for example because of linear growth.
    """
    try:
        return msprime.Demography.from_demes(graph)
    except ValueError as error:
        raise CoalflowError(f"the population history cannot be simulated: {error}") from None


def make_sample_sets(samples: Samples, population: str) -> list[msprime.SampleSet]:
    """Return what msprime samples; haplotypes are in the order of the populations.

    Parameters
    ----------
    samples : Samples
        Individuals may have any ploidy; msprime's time scale remains that of diploids.
        Populations are sampled today unless they have a time.
    population : str
        The population that is sampled where the samples name none.
    """
    times = dict(samples.times)
    return [
        msprime.SampleSet(
            individuals,
            population if name == EVERYONE else name,
            times.get(name, 0),
            ploidy=samples.ploidy,
        )
        for name, individuals in samples.individuals
    ]


def refuse_dead_samples(graph: demes.Graph, samples: Iterable[msprime.SampleSet]) -> None:
    """Refuse a graph in which a population does not exist when it is sampled.

    Parameters
    ----------
    graph : demes.Graph
        With times in generations.
    samples : iterable of msprime.SampleSet

    Raises
    ------
    CoalflowError
        With the times of both.
    """
    for sample in samples:
        deme = graph[sample.population]
        if not deme.end_time <= sample.time < deme.start_time:
            raise CoalflowError(
                f"{deme.name} is sampled {sample.time:,.10g} generations ago, but existed from "
                f"{deme.start_time:,.10g} to {deme.end_time:,.10g}"
            )
