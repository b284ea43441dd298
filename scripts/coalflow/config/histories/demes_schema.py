"""A demes file: its keys and what single values can be.

https://popsim-consortium.github.io/demes-spec-docs/ has their meaning.
"""

from typing import Annotated, Any, TypeAlias

import pydantic

from coalflow.config.fields.section import List, Section, Some, is_number, plain_error, show
from coalflow.config.registry.parameters import PATH_ENDS, RATE, SHARE, SIZE

INFINITY = "Infinity"  # as JSON demes files have it
SIMULATED = ("constant", "exponential")  # size functions
# What msprime simulates none of, and what to do.
NOT_SIMULATED = {
    "selfing_rate": "selfing is not simulated: delete it, and divide the size by 1 + F",
    "cloning_rate": "cloning is not simulated: delete it",
}


def _check_start_time(value: Any) -> Any:
    problem = None if value == INFINITY else PATH_ENDS["start_time"].problem(value)
    if problem:
        raise plain_error(problem)
    return value


def _check_size_function(value: Any) -> Any:
    if value not in SIMULATED or not isinstance(value, str):
        wanted = f"only {' and '.join(SIMULATED)} sizes are simulated"
        raise plain_error(f"is {show(value)}, but {wanted}: approximate it by several epochs")
    return value


def _refuse_rate(reason: str) -> Any:
    def check_rate(value: Any) -> Any:
        if not is_number(value) or value != 0:
            raise plain_error(f"is {show(value)}, but {reason}")
        return value

    return pydantic.PlainValidator(check_rate)


StartTime: TypeAlias = Annotated[Any, pydantic.PlainValidator(_check_start_time)]
Proportions: TypeAlias = List[Annotated[float, SHARE]]


class EpochOfDeme(Section):
    """An epoch, or what all epochs have unless they say otherwise."""

    end_time: Annotated[float, PATH_ENDS["end_time"]] | None = None
    start_size: Annotated[float, SIZE] | None = None
    end_size: Annotated[float, SIZE] | None = None
    size_function: Annotated[Any, pydantic.PlainValidator(_check_size_function)] = None
    selfing_rate: Annotated[Any, _refuse_rate(NOT_SIMULATED["selfing_rate"])] = None
    cloning_rate: Annotated[Any, _refuse_rate(NOT_SIMULATED["cloning_rate"])] = None


class DemeDefaults(Section):
    """What epochs of a deme have unless they say otherwise."""

    epoch: EpochOfDeme | None = None


class AllDemes(Section):
    """What all demes have unless they say otherwise."""

    description: str | None = None
    start_time: StartTime = None
    ancestors: List[str] | None = None
    proportions: Proportions | None = None


class Deme(AllDemes):
    """A population."""

    name: str
    epochs: Some[EpochOfDeme] | None = None
    defaults: DemeDefaults | None = None


class Migration(Section):
    """Migration between two demes, or among several, or what all migrations have."""

    source: str | None = None
    dest: str | None = None
    demes: List[str] | None = None
    rate: Annotated[float, SHARE] | None = None
    start_time: StartTime = None
    end_time: Annotated[float, PATH_ENDS["end_time"]] | None = None


class Pulse(Section):
    """A pulse of migrants, or what all pulses have unless they say otherwise."""

    sources: List[str] | None = None
    dest: str | None = None
    time: Annotated[float, PATH_ENDS["time"]] | None = None
    proportions: Proportions | None = None


class FileDefaults(Section):
    """What the parts of the file have unless they say otherwise."""

    epoch: EpochOfDeme | None = None
    deme: AllDemes | None = None
    migration: Migration | None = None
    pulse: Pulse | None = None


class Metadata(Section):
    """Anything; of which coalflow reads the mutation rate."""

    model_config = pydantic.ConfigDict(extra="allow")

    mutation_rate: Annotated[float, RATE] | None = None


class DemesFile(Section):
    """A demes file."""

    description: str | None = None
    time_units: Annotated[str, pydantic.Field(min_length=1)]
    generation_time: Annotated[float, PATH_ENDS["time"]] | None = None
    doi: Any = None
    metadata: Metadata | None = None
    defaults: FileDefaults | None = None
    demes: Some[Deme]
    migrations: List[Migration] | None = None
    pulses: List[Pulse] | None = None
