"""What all sections of the config are made of: frozen models, and values that say what is wrong.

A value that cannot be used raises a :class:`pydantic_core.PydanticCustomError` of type
``PLAIN``, whose message follows the key in the user's message: "is -5, must be greater than 0".
"""

import dataclasses
import datetime
import json
import math
import re
from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Annotated, Any, Self, TypeAlias, TypeGuard, TypeVar

import pydantic
from pydantic_core import PydanticCustomError, core_schema

from coalflow.core.errors import suggest_nearest

PLAIN = "plain"
LONGEST_SHOWN = 100  # characters
UNKNOWN_KEY = "is not a recognised key"
Path: TypeAlias = tuple[str | int, ...]
Mistake: TypeAlias = tuple[Path, str]


class Section(pydantic.BaseModel):
    """A part of the config, or of what programs are given of it: frozen, no key unknown.

    A field that was left out and has no default is ``None``. The text under a field describes it in
    docs/reference/config.md and in editors; ``config/json_schema.py`` reads it, and nothing else.
    """

    model_config = pydantic.ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        defer_build=True,
    )

    def as_json(self) -> dict[str, Any]:
        """Return what JSON can write of the section; what was left out is left out."""
        return json.loads(self.model_dump_json(by_alias=True, exclude_none=True))


class OneKey(Section):
    """A section that is given one of its keys, and only one."""

    model_config = pydantic.ConfigDict(json_schema_extra={"minProperties": 1, "maxProperties": 1})

    @pydantic.model_validator(mode="after")
    def _refuse_several(self) -> Self:
        given = sorted(self.model_fields_set)
        if len(given) > 1:
            raise plain_error(f"has several of {', '.join(given)}: keep one")
        if not given:
            raise plain_error(f"is empty: give one of {', '.join(type(self).model_fields)}")
        return self

    @property
    def kind(self) -> str:
        """The key that is given."""
        (kind,) = self.model_fields_set
        return kind

    @pydantic.model_serializer
    def _serialise(self) -> dict[str, Any]:
        value = getattr(self, self.kind)
        shown = value.model_dump(exclude_none=True) if isinstance(value, Section) else value
        return {self.kind: shown}


# Numbers -------------------------------------------------------------------------------------

# How a limit is worded, and when a value is beyond it.
BEYOND: dict[str, tuple[str, Callable[[float, float], bool]]] = {
    "ge": ("at least", lambda value, limit: value < limit),
    "gt": ("greater than", lambda value, limit: value <= limit),
    "le": ("at most", lambda value, limit: value > limit),
    "lt": ("less than", lambda value, limit: value >= limit),
}
JSON_LIMITS = {
    "ge": "minimum",
    "gt": "exclusiveMinimum",
    "le": "maximum",
    "lt": "exclusiveMaximum",
}


@dataclasses.dataclass(frozen=True)
class Limits:
    """What a number can be; an annotation of fields, and what priors compare their draws with.

    Parameters
    ----------
    gt, ge, lt, le : float, optional
        The value must be greater than, at least, less than, at most.
    whole : bool
        Whether it must be a whole number.
    """

    gt: float | None = None
    ge: float | None = None
    lt: float | None = None
    le: float | None = None
    whole: bool = False

    @property
    def low(self) -> float:
        """The lowest value, or the one that values must be greater than; -inf without one."""
        return next((limit for limit in (self.ge, self.gt) if limit is not None), -math.inf)

    @property
    def high(self) -> float:
        """The highest value, or the one that values must be less than; inf without one."""
        return next((limit for limit in (self.le, self.lt) if limit is not None), math.inf)

    def violation(self, value: float) -> tuple[str, float] | None:
        """Return which limit a number is beyond, such as ``("at least", 0)``, or None."""
        for key, (word, is_beyond) in BEYOND.items():
            limit = getattr(self, key)
            if limit is not None and is_beyond(value, limit):
                return word, limit
        return None

    def problem(self, value: object) -> str | None:
        """Return what is wrong with any value of a config, to follow its key, or None."""
        kind = "whole number" if self.whole else "number"
        if not is_number(value) or (self.whole and not isinstance(value, int)):
            return f"is {show(value)}, but {_wanted_number(value, kind)}"
        beyond = self.violation(value)
        return beyond and f"is {show(value)}, must be {beyond[0]} {_plain(beyond[1])}"

    def check_number(self, value: Any) -> Any:
        """Return a value that is within the limits.

        Raises
        ------
        PydanticCustomError
            If it is not.
        """
        problem = self.problem(value)
        if problem:
            raise plain_error(problem)
        return value

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(self.check_number)

    def __get_pydantic_json_schema__(self, schema: Any, handler: Any) -> dict[str, Any]:
        limits = {key: getattr(self, name) for name, key in JSON_LIMITS.items()}
        kind = "integer" if self.whole else "number"
        return {"type": kind} | {key: limit for key, limit in limits.items() if limit is not None}


def is_number(value: object) -> TypeGuard[int | float]:
    """Tell whether a value is a number that can be computed with: not nan, not infinite."""
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number beyond any float
        return False


def _wanted_number(value: object, kind: str) -> str:
    """Say which kind of number a value should be, with the fix where the slip is a known one."""
    wanted = f"must be a {kind}"
    if isinstance(value, float) and math.isfinite(value):
        return f"{wanted}, without '.' or 'e'"
    if not isinstance(value, str):
        return wanted
    try:
        number = float(value)
    except ValueError:
        return wanted
    if not math.isfinite(number) or (kind == "whole number" and not number.is_integer()):
        return wanted
    if "e" not in value.lower():
        # 08 is text, and 010 is 8; 1_000 is the same number without quotes.
        plain = re.sub("^([-+]?)0+(?=[0-9])", r"\1", value.strip().replace("_", ""))
        return f"{wanted}, not text: write {plain} without quotes"
    spelled = str(int(number)) if kind == "whole number" else _spell_for_yaml(value)
    return f"{wanted}: YAML reads {value} as text, write {spelled}"


def _spell_for_yaml(text: str) -> str:
    """Spell a number such as 1e-8 the way YAML 1.1 wants it: with a point and a sign."""
    mantissa, exponent = text.strip().lower().split("e")
    point = "" if "." in mantissa else ".0"
    return f"{mantissa}{point}e{int(exponent):+d}"


def _plain(limit: float) -> str:
    return str(int(limit)) if float(limit).is_integer() and abs(limit) < 1e15 else str(limit)


# Lists ---------------------------------------------------------------------------------------


def _as_tuple(value: Any) -> Any:
    """Take YAML's lists for tuples, which cannot be changed."""
    return tuple(value) if isinstance(value, list) else value


def _refuse_repeated(values: tuple[Hashable, ...]) -> tuple[Hashable, ...]:
    if len(set(values)) < len(values):
        raise plain_error(f"lists a value twice: {show(list(values))}")
    return values


def _as_pair(value: Any) -> Any:
    if not isinstance(value, (list, tuple)) or len(value) != 2:
        raise plain_error(f"is {show(value)}, but must be a list of two: [lowest, highest]")
    return tuple(value)


UNIQUE = pydantic.Field(json_schema_extra={"uniqueItems": True})

T = TypeVar("T")
#: A YAML list: of any length; of one item or more; of one or more that all differ; of items that
#: all differ, or none.
List: TypeAlias = Annotated[tuple[T, ...], pydantic.BeforeValidator(_as_tuple)]
Some: TypeAlias = Annotated[
    tuple[T, ...], pydantic.Field(min_length=1), pydantic.BeforeValidator(_as_tuple)
]
Distinct: TypeAlias = Annotated[
    tuple[T, ...],
    pydantic.Field(min_length=1),
    pydantic.BeforeValidator(_as_tuple),
    pydantic.AfterValidator(_refuse_repeated),
    UNIQUE,
]
DistinctOrNone: TypeAlias = Annotated[
    tuple[T, ...],
    pydantic.BeforeValidator(_as_tuple),
    pydantic.AfterValidator(_refuse_repeated),
    UNIQUE,
]
#: The lowest and the highest value.
Pair: TypeAlias = Annotated[tuple[T, T], pydantic.BeforeValidator(_as_pair)]


# Values of several kinds -----------------------------------------------------------------------


def kind_of(value: object) -> str | None:
    """Return what YAML reads a value as, one of ``KINDS``; it selects the type of a union."""
    if isinstance(value, (pydantic.BaseModel, Mapping)):
        return KEYS
    if isinstance(value, (list, tuple)):
        return LIST
    if isinstance(value, str):
        return TEXT
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return NUMBER
    return None


KEYS, LIST, TEXT, NUMBER = KINDS = ("(keys)", "(list)", "(text)", "(number)")
#: Marks the alternatives of a union; each has a :class:`pydantic.Tag` that is one of ``KINDS``.
ByKind = pydantic.Discriminator(kind_of)


# Messages ------------------------------------------------------------------------------------


def plain_error(message: str) -> PydanticCustomError:
    """Return the error of a value, whose message follows the key."""
    # Braces would be taken for fields of a template.
    return PydanticCustomError(PLAIN, "{message}", {"message": message})


def show(value: object) -> str:
    """Return a value as messages show it, and as YAML writes it; a long one is cut off."""
    if value is None or isinstance(value, bool):
        return {None: "empty", True: "true", False: "false"}[value]
    shown = str(value) if isinstance(value, datetime.date) else repr(value)
    return shown if len(shown) <= LONGEST_SHOWN else f"{shown[: LONGEST_SHOWN - 3]}..."


def spell_path(path: Path) -> str:
    """Return a path as messages show it: keys with dots between them, in one line."""
    parts = (str(part) for part in path)
    return ".".join(part if part.isprintable() else repr(part)[1:-1] for part in parts)


def describe_unknown_key(key: object, known: Iterable[str]) -> str:
    """Return the message for a key that does not exist."""
    return f"{UNKNOWN_KEY}{suggest_nearest(key, known)}"
