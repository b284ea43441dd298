"""Scenario parameters that are drawn afresh for every replicate.

The distributions are those of ``simulation.prior`` (docs/simulations.md); their numbers may be
formulas of other parameters. Each is drawn by its quantile function from one uniform random
number, of a stream of its own, so that a further parameter changes none of the others.
"""

import graphlib
import math
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np
import scipy

from coalflow.config import posterior_draws
from coalflow.config.formulas import Formula
from coalflow.config.registry.parameters import limits_of
from coalflow.config.schema.distributions import (
    Categorical,
    Distribution,
    MapRate,
    ParameterValue,
    Value,
)
from coalflow.core import seeds

ROW_OF_DRAWS = "row of draws"  # the stream from which rows of a file of joint draws come

#: Draws a parameter, given a uniform random number, the values drawn so far and the row of joint
#: draws.
Drawer: TypeAlias = Callable[[float, Mapping[str, Any], int], Value]


def _normal(
    fraction: float, mean: float, sd: float, low: float = -math.inf, high: float = math.inf
) -> float:
    if sd <= 0:
        return math.nan
    below, above = (scipy.special.ndtr((end - mean) / sd) for end in (low, high))
    return mean + sd * float(scipy.special.ndtri(below + fraction * (above - below)))


def _beta(fraction: float, a: float, b: float, low: float, high: float) -> float:
    if min(a, b) <= 0:
        return math.nan
    return low + (high - low) * float(scipy.special.betaincinv(a, b, fraction))


def _uniform(fraction: float, low: float, high: float) -> float:
    return low + fraction * (high - low) if low < high else math.nan


def _log_uniform(fraction: float, low: float, high: float) -> float:
    return low * (high / low) ** fraction if 0 < low < high else math.nan


# The value below which lies a fraction of the distribution; nan where there is none.
QUANTILES: dict[str, Callable[..., float]] = {
    "uniform": _uniform,
    "log_uniform": _log_uniform,
    "normal": _normal,
    "beta": _beta,
}


class Prior:
    """The joint distribution of a cell's parameters.

    Parameters
    ----------
    parameters : mapping
        The parameters of a cell by name: values or distributions.
    draws : str, optional
        The file of joint draws.

    Attributes
    ----------
    names : list of str
        The parameters that a draw has. The rate of a stretch of a map is not among them, since it
        is known only once the stretch is drawn.
    fixed : dict
        The values of those that are not drawn.

    Raises
    ------
    CoalflowError
        If the file of joint draws cannot be read, or lacks a column or a number.

    Examples
    --------
    >>> uniform = Distribution.model_validate({"uniform": [2, 5]})
    >>> prior = Prior({"x": uniform, "half": Distribution(formula="x / 2"), "fixed": 3})
    >>> drawn = prior.draw(seed=1)
    >>> 2 <= drawn["x"] <= 5, drawn["half"] == drawn["x"] / 2, drawn["fixed"]
    (True, True, 3)
    """

    def __init__(self, parameters: Mapping[str, ParameterValue], draws: str | None = None) -> None:
        self.names: list[str] = []
        self.fixed: dict[str, Value] = {}
        self._distributions: dict[str, Distribution] = {}
        for name, value in parameters.items():
            if isinstance(value, MapRate):
                continue
            self.names.append(name)
            if isinstance(value, Distribution):
                self._distributions[name] = value
            else:
                self.fixed[name] = value
        needed = {name: value.parameters for name, value in self._distributions.items()}
        order = graphlib.TopologicalSorter(needed).static_order()
        self._drawers = {
            name: self._make_drawer(name, self._distributions[name])
            for name in order
            if name in self._distributions
        }
        columns = [value.draws for value in self._distributions.values() if value.draws]
        self._joint: dict[str, list[float]] = {}
        if columns and draws is not None:
            self._joint = posterior_draws.read_draws(draws, columns)

    def draw(self, seed: int, attempt: int = 0) -> dict[str, Value]:
        """Draw the parameters of a replicate.

        Parameters
        ----------
        seed : int
            The replicate's, from 0 to 2**64 - 1.
        attempt : int
            If a draw cannot be used, another attempt gives another.

        Returns
        -------
        dict
            All parameters by name. Numbers can be nan or beyond their limits, see
            :meth:`find_problem`.
        """
        labels = [attempt] if attempt else []
        row = 0
        if self._joint:
            rows = len(next(iter(self._joint.values())))
            row = int(seeds.derive_generator(seed, "prior", ROW_OF_DRAWS, *labels).integers(rows))
        drawn = dict(self.fixed)
        for name, draw_value in self._drawers.items():
            random = seeds.derive_generator(seed, "prior", name, *labels)
            drawn[name] = draw_value(random.random(), drawn, row)
        return {name: drawn[name] for name in self.names}

    def find_problem(self, drawn: Mapping[str, Value]) -> str | None:
        """Return why a drawn parameter cannot be used, or None if all can."""
        for name in self._drawers:
            value = drawn[name]
            if isinstance(value, str):
                continue
            if not math.isfinite(value):
                return f"{name} is not a number"
            violation = limits_of(name).violation(value)
            if violation is not None:
                wording, limit = violation
                return f"{name} is {value:.4g}, and must be {wording} {limit:g}"
        return None

    def find_ends(self, name: str) -> list[float] | None:
        """Return the lowest and the highest value of a parameter.

        Parameters
        ----------
        name : str

        Returns
        -------
        list of float or None
            None if its distribution does not have two ends that are numbers.
        """
        distribution = self._distributions.get(name)
        ends = distribution and (distribution.uniform or distribution.log_uniform)
        if not ends or any(isinstance(end, str) for end in ends):
            return None
        return [end for end in ends if not isinstance(end, str)]

    def _make_drawer(self, name: str, distribution: Distribution) -> Drawer:
        """Return the function that draws one parameter."""
        if distribution.draws is not None:
            column = distribution.draws
            return lambda fraction, drawn, row: self._joint[column][row]
        if distribution.categorical is not None:
            return _make_categorical_drawer(distribution.categorical)
        formulas = {key: Formula(value) for key, value in distribution.arguments.items()}
        if distribution.formula is not None:
            return lambda fraction, drawn, row: formulas["formula"](drawn)
        quantile, limits = QUANTILES[distribution.kind], {}
        if distribution.normal is not None:
            limits = {"low": limits_of(name).low, "high": limits_of(name).high}
        return lambda fraction, drawn, row: quantile(
            fraction, **{**limits, **{key: formula(drawn) for key, formula in formulas.items()}}
        )


def _make_categorical_drawer(categorical: Categorical) -> Drawer:
    values = categorical.values
    ends = np.cumsum(categorical.weights or [1.0] * len(values))
    return lambda fraction, drawn, row: values[
        min(int(np.searchsorted(ends, fraction * ends[-1], "right")), len(values) - 1)
    ]
