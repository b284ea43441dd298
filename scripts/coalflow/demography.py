"""Population histories: from the config's epochs to a demes graph to msprime."""

import demes
import msprime

CONSTANT = ({"start_size": 1.0},)


def from_epochs(population_size, epochs):
    """Return the demes graph of one population.

    ``population_size`` is in diploid individuals. ``epochs`` is a list of dicts,
    the oldest first, with ``start_size`` and ``end_size`` as multiples of it and
    ``end_time`` in generations ago (none for the last, which ends today).
    """
    builder = demes.Builder(time_units="generations")
    builder.add_deme("population", epochs=[_scaled(epoch, population_size) for epoch in epochs])
    return builder.resolve()


def to_msprime(graph):
    """Return the ``msprime.Demography`` of a demes graph."""
    return msprime.Demography.from_demes(graph)


def _scaled(epoch, population_size):
    end_size = epoch.get("end_size", epoch["start_size"])
    return {
        "start_size": epoch["start_size"] * population_size,
        "end_size": end_size * population_size,
        "size_function": "constant" if end_size == epoch["start_size"] else "exponential",
        "end_time": epoch.get("end_time", 0),
    }
