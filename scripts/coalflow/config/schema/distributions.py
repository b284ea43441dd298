"""Distributions of scenario parameters that are drawn afresh for every replicate."""

import math
from collections.abc import Mapping
from typing import Annotated, Any, TypeAlias, TypeGuard

import pydantic

from coalflow.config import formulas
from coalflow.config.fields.names import Text
from coalflow.config.fields.section import (
    NUMBER,
    TEXT,
    ByKind,
    Distinct,
    Limits,
    OneKey,
    Pair,
    Section,
    Some,
    kind_of,
)
from coalflow.config.registry.parameters import Number


def _read_number(value: Any) -> Any:
    """Take text that is a number, as YAML's 1e-8, for the number: as a formula it is the same."""
    try:
        number = float(value) if isinstance(value, str) else math.nan
    except ValueError:
        return value
    return number if math.isfinite(number) else value


#: A number, or a formula of other parameters.
Argument: TypeAlias = Annotated[
    Annotated[Number, pydantic.Tag(NUMBER)] | Annotated[Text, pydantic.Tag(TEXT)],
    ByKind,
    pydantic.BeforeValidator(_read_number),
]
#: What a replicate has of a parameter: a number, or a name.
Value: TypeAlias = Annotated[
    Annotated[Number, pydantic.Tag(NUMBER)] | Annotated[str, pydantic.Tag(TEXT)], ByKind
]
Range: TypeAlias = Pair[Argument]


class Normal(Section):
    """A normal distribution, cut off at ``low`` and ``high``."""

    mean: Argument
    """Its mean before it is cut off."""
    sd: Argument
    """Its standard deviation before it is cut off."""
    low: Argument | None = None
    """Lowest value."""
    high: Argument | None = None
    """Highest value."""


class Beta(Section):
    """A beta distribution, stretched from ``low`` to ``high``."""

    a: Argument
    """The first shape parameter."""
    b: Argument
    """The second shape parameter."""
    low: Argument = 0
    """Lowest value."""
    high: Argument = 1
    """Highest value."""


class Categorical(Section):
    """Some values, all equally likely unless there are ``weights``."""

    values: Annotated[Distinct[Value], pydantic.Field(min_length=2)]
    """The values, numbers or names."""
    weights: Some[Annotated[int | float, Limits(gt=0, le=1e9)]] | None = None
    """How likely each value is, up to a common factor."""


class Distribution(OneKey):
    """How a parameter is drawn: one of the keys below. A formula may stand for any number."""

    uniform: Range | None = None
    """Lowest and highest value; all values between them are equally likely."""
    log_uniform: Range | None = None
    """Lowest and highest value; the logarithm is uniform."""
    normal: Normal | None = None
    """
    A normal distribution, cut off at `low` and `high`. Without these, at the parameter's limits.
    """
    beta: Beta | None = None
    """A beta distribution, stretched from `low` to `high`."""
    categorical: Categorical | None = None
    """Some values, all equally likely unless there are `weights`."""
    formula: Argument | None = None
    """
    Computed from other parameters by their names, with + - * / ** ( ), min, max, log, exp and sqrt,
    such as `theta / (4 * population_size)`.
    """
    draws: Text | None = None
    """A column of `simulation.draws`."""

    @property
    def arguments(self) -> dict[str, int | float | str]:
        """Its numbers and formulas by name; a formula is its own only argument, ``formula``."""
        value = getattr(self, self.kind)
        if self.kind in ("uniform", "log_uniform"):
            return dict(zip(("low", "high"), value, strict=True))
        if self.kind in ("normal", "beta"):
            given = {name: getattr(value, name) for name in type(value).model_fields}
            return {name: argument for name, argument in given.items() if argument is not None}
        return {"formula": value} if self.kind == "formula" else {}

    @property
    def parameters(self) -> list[str]:
        """Names of the parameters that its formulas take, in their order.

        Raises
        ------
        CoalflowError
            If one of its arguments is not a formula.
        """
        return [
            name
            for argument in self.arguments.values()
            for name in formulas.Formula(argument).names
        ]


class MapRate(Section):
    """A recombination rate that each window takes from a stretch of a map."""

    map: Text
    """The map's file."""
    chromosome: Text | None = None
    """Which of the file's chromosomes."""


def _kind_of_value(value: Any) -> str | None:
    if isinstance(value, Mapping):
        return _MAP if "map" in value else _DRAWN
    if isinstance(value, Section):
        return _MAP if isinstance(value, MapRate) else _DRAWN
    return kind_of(value)


_DRAWN, _MAP = "(distribution)", "(map)"
#: A parameter of a cell: one value, or how it is drawn for every replicate.
ParameterValue: TypeAlias = Annotated[
    Annotated[Number, pydantic.Tag(NUMBER)]
    | Annotated[str, pydantic.Tag(TEXT)]
    | Annotated[Distribution, pydantic.Tag(_DRAWN)]
    | Annotated[MapRate, pydantic.Tag(_MAP)],
    pydantic.Discriminator(_kind_of_value),
]


def is_drawn(value: object) -> TypeGuard[Distribution | MapRate]:
    """Tell whether a parameter of a cell differs between its replicates."""
    return isinstance(value, (Distribution, MapRate))
