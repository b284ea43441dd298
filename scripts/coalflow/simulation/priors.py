"""Scenario parameters that are drawn afresh for every replicate.

A distribution is a dict with one key, such as ``{"log_uniform": [0.005, 0.05]}``; see
``simulation.prior`` in config/README.md. Its numbers may be formulas of other parameters.
Each is drawn by its quantile function from one uniform random number, of a stream of its
own, so that a further parameter changes none of the others.
"""

import graphlib
import math

import numpy as np
import scipy.special

from coalflow.config import grid, posterior_draws
from coalflow.config.formulas import Formula
from coalflow.core import seeds

ROW_OF_DRAWS = "row of draws"  # the stream from which rows of a file of joint draws come


def _normal(fraction, mean, sd, low=-math.inf, high=math.inf):
    if sd <= 0:
        return math.nan
    below, above = (scipy.special.ndtr((end - mean) / sd) for end in (low, high))
    return mean + sd * float(scipy.special.ndtri(below + fraction * (above - below)))


def _beta(fraction, a, b, low, high):
    if min(a, b) <= 0:
        return math.nan
    return low + (high - low) * float(scipy.special.betaincinv(a, b, fraction))


def _uniform(fraction, low, high):
    return low + fraction * (high - low) if low < high else math.nan


def _log_uniform(fraction, low, high):
    return low * (high / low) ** fraction if 0 < low < high else math.nan


# The value below which lies a fraction of the distribution; nan where there is none.
QUANTILES = {
    "uniform": _uniform,
    "log_uniform": _log_uniform,
    "normal": _normal,
    "beta": _beta,
}


# Keys of the schema, when a value is beyond them, and how that is said.
BEYOND = (
    ("minimum", lambda value, limit: value < limit, "at least"),
    ("exclusiveMinimum", lambda value, limit: value <= limit, "greater than"),
    ("maximum", lambda value, limit: value > limit, "at most"),
    ("exclusiveMaximum", lambda value, limit: value >= limit, "less than"),
)


class Prior:
    """The joint distribution of a cell's parameters.

    ``parameters`` maps names to values or distributions, ``limits`` names to the limits
    of the schema, a dict such as ``{"exclusiveMinimum": 0}``. ``draws`` is the path of the
    file of joint draws, or None.
    """

    def __init__(self, parameters, limits, draws=None):
        # The rate of a stretch of a map is known when the stretch is drawn.
        self.names = [name for name, value in parameters.items() if not _of_map(value)]
        self.fixed = {n: parameters[n] for n in self.names if not isinstance(parameters[n], dict)}
        self._limits = limits
        distributions = {n: parameters[n] for n in self.names if n not in self.fixed}
        self._distributions = distributions
        named = {name: grid.named_by(value) for name, value in distributions.items()}
        order = graphlib.TopologicalSorter(named).static_order()
        self._draw_of = {
            name: self._one(name, distributions[name]) for name in order if name in distributions
        }
        columns = [value["draws"] for value in distributions.values() if "draws" in value]
        self._rows = posterior_draws.read_draws(draws, columns) if columns else None

    def draw(self, seed, attempt=0):
        """Return the parameters of the replicate with this 64-bit seed, by name.

        Where a draw was refused, another ``attempt`` gives another. Numbers can be nan or
        beyond their limits; see :meth:`problem`.
        """
        labels = [attempt] if attempt else []
        row = None
        if self._rows:
            number = len(next(iter(self._rows.values())))
            row = int(seeds.derive_generator(seed, "prior", ROW_OF_DRAWS, *labels).integers(number))
        drawn = dict(self.fixed)
        for name, of in self._draw_of.items():
            random = seeds.derive_generator(seed, "prior", name, *labels)
            drawn[name] = of(random.random(), drawn, row)
        return {name: drawn[name] for name in self.names}

    def problem(self, drawn):
        """Return why drawn parameters cannot be used by themselves, or None."""
        for name in self._draw_of:
            value = drawn[name]
            if isinstance(value, str):
                continue
            if not math.isfinite(value):
                return f"{name} is not a number"
            for key, beyond, word in BEYOND:
                limit = self._limits.get(name, {}).get(key)
                if limit is not None and beyond(value, limit):
                    return f"{name} is {value:.4g}, and must be {word} {limit:g}"
        return None

    def ends(self, name):
        """Return the lowest and the highest value of a parameter, or None where draws must tell."""
        told = next(iter(self._distributions.get(name, {}).values()), None)
        plain = isinstance(told, list) and all(isinstance(end, (int, float)) for end in told)
        return list(told) if plain else None

    def _one(self, name, distribution):
        """Return a function of (fraction, values drawn before, row) that draws one parameter."""
        ((kind, told),) = distribution.items()
        if kind == "draws":
            return lambda fraction, drawn, row: self._rows[told][row]
        if kind == "formula":
            formula = Formula(told)
            return lambda fraction, drawn, row: formula(drawn)
        if kind == "categorical":
            values = told["values"]
            ends = np.cumsum(told.get("weights", [1.0] * len(values)))
            return lambda fraction, drawn, row: values[
                min(int(np.searchsorted(ends, fraction * ends[-1], "right")), len(values) - 1)
            ]
        if kind == "normal":
            told = {**_ends(self._limits.get(name, {})), **told}
        quantile = QUANTILES[kind]
        if isinstance(told, list):
            formulas = [Formula(argument) for argument in told]
            return lambda fraction, drawn, row: quantile(fraction, *(f(drawn) for f in formulas))
        formulas = {key: Formula(argument) for key, argument in told.items()}
        return lambda fraction, drawn, row: quantile(
            fraction, **{key: formula(drawn) for key, formula in formulas.items()}
        )


def _of_map(value):
    return isinstance(value, dict) and grid.MAP in value


def _ends(limits):
    """Return ``low`` and ``high``, as far as a parameter has limits."""
    ends = {"low": ("minimum", "exclusiveMinimum"), "high": ("maximum", "exclusiveMaximum")}
    return {end: limits[key] for end, keys in ends.items() for key in keys if key in limits}
