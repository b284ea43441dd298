"""Scenario parameters that are drawn afresh for every replicate."""

import math

from coalflow import seeds

DISTRIBUTIONS = {
    "uniform": lambda random, low, high: random.uniform(low, high),
    "log_uniform": lambda random, low, high: math.exp(
        random.uniform(math.log(low), math.log(high))
    ),
}


def draw(parameters, seed):
    """Return a cell's parameters with numbers in place of distributions.

    A distribution is a dict such as ``{"log_uniform": [0.005, 0.05]}``. Each parameter
    has a stream of its own from the replicate's ``seed``, so that a further one
    changes none of the others.
    """
    return {
        name: _draw_one(value, seeds.generator(seed, "prior", name))
        if isinstance(value, dict)
        else value
        for name, value in parameters.items()
    }


def _draw_one(distribution, random):
    ((kind, limits),) = distribution.items()
    return DISTRIBUTIONS[kind](random, *limits)
