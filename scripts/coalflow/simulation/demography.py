"""Population histories: from the content of a demes file to a graph to msprime."""

import json

import demes
import msprime

from coalflow.config.grid import EVERYONE
from coalflow.core.errors import CoalflowError


def build_graph(content):
    """Return the demes graph, in generations, of a demes file's content (see ``histories``).

    Raises CoalflowError where the demes library finds a contradiction.
    """
    try:
        # By way of JSON, in which start times may be the text "Infinity".
        graph = demes.loads(json.dumps(content), format="json")
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise CoalflowError(
            f"the population history is no valid demes file: {_all_of(error)}"
        ) from None
    return graph.in_generations()


def convert_to_msprime(graph):
    """Return the ``msprime.Demography`` of a demes graph.

    Raises CoalflowError for what msprime cannot simulate, such as linear growth.
    """
    try:
        return msprime.Demography.from_demes(graph)
    except ValueError as error:
        raise CoalflowError(f"the population history cannot be simulated: {error}") from None


def make_sample_sets(samples, ploidy, population):
    """Return what msprime takes for samples: haplotypes stand in the order of populations.

    ``samples`` are (name, individuals) pairs. The name ``all`` stands for ``population``.
    Individuals have ``ploidy`` haplotypes; msprime's time scale stays that of diploids.
    """
    return [
        msprime.SampleSet(number, population if name == EVERYONE else name, ploidy=ploidy)
        for name, number in samples
    ]


def _all_of(error):
    """Return the message of an error and those of its causes, in which demes says what is wrong."""
    messages = []
    while error:
        messages.append(str(error) or type(error).__name__)
        error = error.__cause__
    return ": ".join(messages)
