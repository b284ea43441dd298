"""Scenario parameters: what each can be, where it stands in the config, which sweep takes it."""

import dataclasses
from typing import Annotated, TypeAlias

from coalflow.config.fields.names import OneOf, Text
from coalflow.config.fields.section import Limits

# The kinds of sweep and the parameters that each takes.
SELECTION = ("selection_coefficient", "dominance", "end_frequency", "fixation_time")
SWEEPS: dict[str, tuple[str, ...]] = {
    "neutral": (),
    "hard": (*SELECTION, "position"),
    "soft": (*SELECTION, "position", "start_frequency"),
    "recurrent": (*SELECTION, "position", "recurrent_mutation_rate"),
    "near_hard": (*SELECTION, "offset"),
    "near_soft": (*SELECTION, "offset", "start_frequency"),
    "linked_hard": (*SELECTION, "distance"),
    "linked_soft": (*SELECTION, "distance", "start_frequency"),
}
NEUTRAL = "neutral"
SWEEP_PARAMETERS = sorted({"sweep", *(name for taken in SWEEPS.values() for name in taken)})

# What a path into a demes file begins with.
PATHS = ("demes.", "migrations.", "pulses.")

# Parameters whose values are names. Where one of them is the target, its values are the classes.
CATEGORICAL = ("history", "sweep", "gene_flow", "class")


@dataclasses.dataclass(frozen=True)
class ScenarioParameter:
    """A scenario parameter.

    Attributes
    ----------
    limits : Limits
        What it can be, where it is a number.
    section : tuple of str
        The keys below ``simulation`` at which its one value stands.
    default : float or str, optional
        Its value where it is needed and not given.
    """

    limits: Limits = Limits()
    section: tuple[str, ...] = ()
    default: float | str | None = None


SIZE = Limits(gt=0, le=1e9)
RATE = Limits(gt=0, le=1e-2)
SHARE = Limits(ge=0, le=1)

PARAMETERS: dict[str, ScenarioParameter] = {
    "population_size": ScenarioParameter(SIZE, ("demography", "population_size")),
    "history": ScenarioParameter(section=("demography", "history"), default="constant"),
    "gene_flow": ScenarioParameter(section=("gene_flow",)),
    "sequence_length": ScenarioParameter(Limits(gt=0, le=1e10), ("sequence_length",)),
    "mutation_rate": ScenarioParameter(RATE, ("mutation_rate",)),
    "recombination_rate": ScenarioParameter(Limits(ge=0, le=1e-2), ("recombination_rate",)),
    "sweep": ScenarioParameter(section=("sweep",), default=NEUTRAL),
    "selection_coefficient": ScenarioParameter(Limits(gt=0, le=1), ("selection_coefficient",)),
    "dominance": ScenarioParameter(SHARE, ("dominance",), default=0.5),
    "start_frequency": ScenarioParameter(Limits(gt=0, lt=1), ("start_frequency",)),
    "end_frequency": ScenarioParameter(Limits(gt=0, le=1), ("end_frequency",), default=1.0),
    "fixation_time": ScenarioParameter(Limits(ge=0, le=1e6), ("fixation_time",), default=0),
    "position": ScenarioParameter(Limits(ge=0), ("position",)),
    "offset": ScenarioParameter(Limits(gt=0, le=1e9), ("offset",)),
    "distance": ScenarioParameter(Limits(gt=0, le=1e9), ("distance",)),
    "recurrent_mutation_rate": ScenarioParameter(RATE, ("recurrent_mutation_rate",)),
}
#: The parameters that a simulation can have whether there is a sweep or not.
GENERAL = tuple(name for name in PARAMETERS if name not in SWEEP_PARAMETERS)

# What paths into a demes file end in.
PATH_ENDS = {
    "start_size": SIZE,
    "end_size": SIZE,
    "start_time": Limits(gt=0, le=1e9),
    "end_time": Limits(ge=0, le=1e9),
    "time": Limits(gt=0, le=1e9),
    "rate": SHARE,
    "proportions": SHARE,
    "selfing_rate": SHARE,
    "cloning_rate": SHARE,
}
ANY_NUMBER = Limits()


def limits_of(name: str) -> Limits:
    """Return what a parameter, or the number at a path into a demes file, can be.

    Helpers, which only formulas name, can be any number.

    Examples
    --------
    >>> limits_of("dominance").high
    1
    >>> limits_of("demes.EUR.epochs.0.end_size").low
    0
    """
    if name.startswith(PATHS):
        end = next(part for part in reversed(name.split(".")) if not part.isdigit())
        return PATH_ENDS.get(end, ANY_NUMBER)
    return PARAMETERS[name].limits if name in PARAMETERS else ANY_NUMBER


# Types of fields -----------------------------------------------------------------------------

Number: TypeAlias = Annotated[int | float, Limits()]
PopulationSize: TypeAlias = Annotated[int | float, SIZE]
SequenceLength: TypeAlias = Annotated[int | float, PARAMETERS["sequence_length"].limits]
MutationRate: TypeAlias = Annotated[int | float, RATE]
RecombinationRate: TypeAlias = Annotated[int | float, PARAMETERS["recombination_rate"].limits]
SelectionCoefficient: TypeAlias = Annotated[int | float, PARAMETERS["selection_coefficient"].limits]
Dominance: TypeAlias = Annotated[int | float, SHARE]
StartFrequency: TypeAlias = Annotated[int | float, PARAMETERS["start_frequency"].limits]
EndFrequency: TypeAlias = Annotated[int | float, PARAMETERS["end_frequency"].limits]
FixationTime: TypeAlias = Annotated[int | float, PARAMETERS["fixation_time"].limits]
SitePosition: TypeAlias = Annotated[int | float, PARAMETERS["position"].limits]
SiteOffset: TypeAlias = Annotated[int | float, PARAMETERS["offset"].limits]
SiteDistance: TypeAlias = Annotated[int | float, PARAMETERS["distance"].limits]
RecurrentMutationRate: TypeAlias = Annotated[
    int | float, PARAMETERS["recurrent_mutation_rate"].limits
]
Sweep: TypeAlias = Annotated[str, OneOf(tuple(SWEEPS))]
HistoryName: TypeAlias = Text
GeneFlowName: TypeAlias = Text
