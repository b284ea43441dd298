"""The section ``simulation``: histories, rates, sweeps, grid, priors, or an import."""

from typing import Annotated, Any, Self, TypeAlias

import pydantic

from coalflow.config.fields.names import Name, Spelling, Text
from coalflow.config.fields.section import (
    NUMBER,
    ByKind,
    Distinct,
    DistinctOrNone,
    Limits,
    Section,
    Some,
    describe_unknown_key,
    plain_error,
)
from coalflow.config.registry import parameters as types
from coalflow.config.registry.parameters import NEUTRAL, PARAMETERS, PATHS, Number
from coalflow.config.schema.distributions import Distribution, Value
from coalflow.config.schema.imports import Import
from coalflow.config.schema.samples import SamplesOfEach

Multiple: TypeAlias = Annotated[int | float, Limits(gt=0, le=1e6)]


class Epoch(Section):
    """An epoch of a history."""

    start_size: Multiple
    """Size at the older end, as a multiple of `population_size`."""
    end_size: Multiple | None = None
    """
    Size at the younger end. If it differs from `start_size`, the size changes exponentially.
    Without it the size is constant.
    """
    end_time: Annotated[int | float, Limits(gt=0, le=1e9)] | None = None
    """Generations ago when the epoch ended. The last epoch ends today and has none."""


class Demography(Section):
    """How large the population was, and when."""

    population_size: types.PopulationSize | None = None
    """
    Diploid individuals today, N. Look for "effective size" in papers on your species, or in
    stdpopsim's catalogue. To simulate several values, use `simulation.grid`.
    """
    history: types.HistoryName | None = None
    """
    Which of `histories` the population went through. Without it, `constant`. To simulate several,
    use `simulation.grid`.
    """
    histories: dict[Name, Some[Epoch]] = {}
    """
    Named histories of population size. Each is a list of epochs, oldest first, in the terms of the
    demes specification. Sizes are multiples of `population_size`. `constant` always exists.
    """
    demes: Text | None = None
    """
    A demes file (YAML), relative to where Snakemake is started, in place of `population_size`,
    `history` and `histories`. It may hold several populations, with splits, migration and pulses,
    and in its metadata the mutation rate with which its sizes were inferred.
    """
    stdpopsim: Text | None = None
    """
    A model of `species` in stdpopsim's catalogue, such as `OutOfAfrica_2T12`, in place of a demes
    file. If the model has its own mutation rate, that rate is used. Populations are sampled at the
    catalogue's times, unless `samples` gives others.
    """
    gene_flow: dict[Name, DistinctOrNone[Text]] = {}
    """
    Named kinds of gene flow: which pulses and migrations of the demes file or model are on in each,
    by their paths, such as `{none: [], north_to_south: [pulses.0], both: [pulses.0,
    migrations.1]}`. Those of the other kinds are then off, and what no kind names is always on.
    """
    population: str | None = None
    """
    The population of the demes file or model that is sampled, and in which sweeps end. Needed where
    there are several, unless `samples` names them.
    """
    selected_in: Distinct[str] | None = None
    """
    Populations of the demes file in which the allele of a sweep is selected. Without it, all of
    them.
    """

    @property
    def has_graph(self) -> bool:
        """Whether the history is a whole graph: a demes file or a model of stdpopsim's."""
        return self.demes is not None or self.stdpopsim is not None


def _limit_to_paths(schema: dict[str, Any]) -> None:
    """Change the JSON schema of a grid: keys that it does not list are paths."""
    names = "|".join(path.rstrip(".") for path in PATHS)
    schema["patternProperties"] = {rf"^({names})\.": schema["additionalProperties"]}
    schema |= {"additionalProperties": False, "minProperties": 1}


def _check_axis(name: str) -> str:
    if not name.startswith(PATHS):
        raise plain_error(describe_unknown_key(name, PARAMETERS))
    return name


class Grid(Section):
    """Scenario parameters with several values: every combination is a cell."""

    model_config = pydantic.ConfigDict(extra="allow", json_schema_extra=_limit_to_paths)
    __pydantic_extra__: dict[Annotated[str, pydantic.AfterValidator(_check_axis)], Distinct[Number]]

    population_size: Distinct[types.PopulationSize] | None = None
    """Values of `simulation.demography.population_size`."""
    history: Distinct[types.HistoryName] | None = None
    """Values of `simulation.demography.history`."""
    gene_flow: Distinct[types.GeneFlowName] | None = None
    """Values of `simulation.gene_flow`."""
    sequence_length: Distinct[types.SequenceLength] | None = None
    """Values of `simulation.sequence_length`."""
    mutation_rate: Distinct[types.MutationRate] | None = None
    """Values of `simulation.mutation_rate`."""
    recombination_rate: Distinct[types.RecombinationRate] | None = None
    """Values of `simulation.recombination_rate`."""
    sweep: Distinct[types.Sweep] | None = None
    """Values of `simulation.sweep`."""
    selection_coefficient: Distinct[types.SelectionCoefficient] | None = None
    """Values of `simulation.selection_coefficient`."""
    dominance: Distinct[types.Dominance] | None = None
    """Values of `simulation.dominance`."""
    start_frequency: Distinct[types.StartFrequency] | None = None
    """Values of `simulation.start_frequency`."""
    end_frequency: Distinct[types.EndFrequency] | None = None
    """Values of `simulation.end_frequency`."""
    fixation_time: Distinct[types.FixationTime] | None = None
    """Values of `simulation.fixation_time`."""
    position: Distinct[types.SitePosition] | None = None
    """Values of `simulation.position`."""
    offset: Distinct[types.SiteOffset] | None = None
    """Values of `simulation.offset`."""
    distance: Distinct[types.SiteDistance] | None = None
    """Values of `simulation.distance`."""
    recurrent_mutation_rate: Distinct[types.RecurrentMutationRate] | None = None
    """Values of `simulation.recurrent_mutation_rate`."""

    @pydantic.model_validator(mode="after")
    def _refuse_nothing(self) -> Self:
        if not self.axes:
            raise plain_error("is empty: list at least one value, or delete the key")
        return self

    @property
    def axes(self) -> dict[str, tuple[Value, ...]]:
        """The values of each gridded parameter, by its name."""
        given = {name: getattr(self, name) for name in type(self).model_fields}
        given |= self.__pydantic_extra__ or {}
        return {name: values for name, values in given.items() if values is not None}


class Simulation(Section):
    """What is simulated. Most mistakes are made here; make it like your species."""

    species: Text | None = None
    """
    Species by its name in stdpopsim's catalogue, such as `DroMel`. Rates and the population size
    that are not given are then those of the catalogue, and `snakemake check` compares yours with
    them.
    """
    chromosome: Text | None = None
    """
    Chromosome of the species whose rates are used, such as `2L`, or the one to choose of a file in
    `recombination_map`. Without it, the mean over all with the ploidy of the species. Of one that
    is haploid, such as `MT`, there are half as many copies: the catalogue's sizes are then halved.
    Sex ratios and inheritance by one sex are not considered.
    """
    demography: Demography = Demography()
    """How large the population was, and when."""
    imported: Import | None = pydantic.Field(None, alias="import")
    """
    Simulations made elsewhere, in place of `demography`, rates, sweeps, `grid` and `prior`.
    `samples`, `sequence_length` and `replicates` then describe what the files hold.
    """
    samples: Annotated[
        Annotated[int, Limits(ge=2, le=100_000, whole=True), pydantic.Tag(NUMBER)] | SamplesOfEach,
        ByKind,
    ]
    """
    Individuals that are sampled, as many as your data have. For several populations, how many of
    each, such as `{EUR: 10, AFR: 8}`: their haplotypes are in this order. Those who lived in the
    past have a time, such as `{EUR: 10, LBK: {individuals: 2, time: 320}}`.
    """
    ploidy: Annotated[int, Limits(ge=1, le=64, whole=True)] | None = pydantic.Field(
        None, json_schema_extra={"default": 2}
    )
    """
    Haplotypes of an individual: 1 for haploid data, 4 for tetraploid. Without it, that of `species`
    and its `chromosome`, or else 2. Population sizes are always half the number of chromosomes, so
    N haploid individuals are a `population_size` of N/2.
    """
    sequence_length: types.SequenceLength | None = None
    """
    Length of a simulated window in bases. It should hold clearly more segregating sites than
    `encoding.sites`; `dataset.tsv` counts the windows that have too few.
    """
    mutation_rate: types.MutationRate | None = None
    """
    Mutations per base and generation. Look in stdpopsim's catalogue or in pedigree studies of your
    species. A demes file with `metadata: {mutation_rate: ...}`, and a model of stdpopsim's, bring
    the rate with which their sizes were inferred; another is refused.
    """
    recombination_rate: types.RecombinationRate | None = None
    """Crossovers per base and generation. 1 cM/Mb is 1.0e-8."""
    gene_conversion_tract: Annotated[int | float, Limits(ge=0, le=1e9)] | None = None
    """
    Mean length in bases of the tracts that are exchanged where recombination is gene conversion, as
    in bacteria. There are then no crossovers, and `recombination_rate` is the rate at which tracts
    begin. Without it, that of `species` if it is a bacterium; 0 is for crossovers. Sweeps are
    simulated with crossovers alone.
    """
    recombination_map: Text | None = None
    """
    In place of `recombination_rate`: a file with a header (chromosome, position, rate in cM/Mb,
    position in cM, as HapMap's), or the name of a map of the species' `chromosome` in stdpopsim,
    which is then downloaded. Of a file with several chromosomes, `chromosome` chooses one. Each
    window takes a stretch of known rates from anywhere on it; the mean rate there is its
    `recombination_rate`.
    """
    gene_flow: types.GeneFlowName | None = None
    """
    Which kind of `demography.gene_flow` there is. To simulate several, use `simulation.grid`, or
    draw it in `simulation.prior`.
    """
    sweep: types.Sweep | None = pydantic.Field(None, json_schema_extra={"default": "neutral"})
    """
    Kind of selective sweep. `hard`: from one new mutation. `soft`: from standing variation, an
    allele that had drifted to `start_frequency`. `recurrent`: the mutation arises repeatedly.
    `near_hard` and `near_soft`: the selected site lies in the window, `offset` from its middle.
    `linked_hard` and `linked_soft`: it lies outside the window, at `distance`. `neutral`: none. To
    simulate several, use `simulation.grid`.
    """
    selection_coefficient: types.SelectionCoefficient | None = None
    """
    Selection s; fitness is 1, 1 + hs and 1 + s for none, one and two copies. A parameter of sweeps,
    as are all those down to `recurrent_mutation_rate`.
    """
    dominance: types.Dominance | None = pydantic.Field(None, json_schema_extra={"default": 0.5})
    """Dominance h of the selected allele. 0.5 is additive."""
    start_frequency: types.StartFrequency | None = None
    """
    Frequency of the allele when selection began, in `soft`, `near_soft` and `linked_soft` sweeps.
    """
    end_frequency: types.EndFrequency | None = pydantic.Field(
        None, json_schema_extra={"default": 1.0}
    )
    """
    Frequency at which selection ended. Below 1 the sweep is partial, and the allele drifts from
    then on.
    """
    fixation_time: types.FixationTime | None = pydantic.Field(
        None, json_schema_extra={"default": 0}
    )
    """
    Generations ago when the allele became fixed, or reached `end_frequency`. Where population size
    changes during the sweep, it is met within 2 % of the sweep's duration; the actual time is kept
    in the shards.
    """
    position: types.SitePosition | None = None
    """Position of the selected site in the window, in bases. Without it, the middle."""
    offset: types.SiteOffset | None = None
    """
    Bases from the middle of the window to the selected site, in `near_hard` and `near_soft` sweeps;
    to the left or to the right at random. Less than half of the window.
    """
    distance: types.SiteDistance | None = None
    """
    Bases from the end of the window to the selected site, in `linked_hard` and `linked_soft`
    sweeps; to the left or to the right at random.
    """
    recurrent_mutation_rate: types.RecurrentMutationRate | None = None
    """
    Rate, per chromosome and generation, at which the selected mutation arises again, in `recurrent`
    sweeps.
    """
    grid: Grid | None = None
    """
    Scenario parameters with several values: those named here, and paths into the demes file such as
    `demes.EUR.epochs.0.end_size`. Every combination is a cell. Adding a value simulates only the
    new cells.
    """
    prior: dict[
        Annotated[str, Spelling("A-Za-z", "A-Za-z0-9_.")],
        Distribution,
    ] = {}
    """
    Scenario parameters that are drawn afresh for every replicate, and the distributions they are
    drawn from. Any number of `simulation` can be drawn, `history`, `gene_flow`, and paths into the
    demes file such as `demes.EUR.epochs.0.end_size`. Other names are helpers for formulas.
    """
    draws: Text | None = None
    """
    A file of joint draws, for example a posterior of demographic inference: a table with a header,
    separated by tabs, or by commas if it is named `.csv`. Each replicate takes one row at random,
    for all parameters whose prior is `draws`.
    """
    replicates: Annotated[int, Limits(ge=10, le=100_000_000, whole=True)]
    """Simulated windows per cell. Raising it keeps the existing windows and adds to them."""
    shard_size: Annotated[int, Limits(ge=1, le=1_000_000, whole=True)] = 2500
    """
    Replicates per file and job. About 10 seconds of work or more keeps the overhead small; it
    changes no result.
    """

    @property
    def axes(self) -> dict[str, tuple[Value, ...]]:
        """The values of each gridded parameter, by its name."""
        return {} if self.grid is None else self.grid.axes

    @property
    def sweeps(self) -> tuple[str, ...]:
        """The kinds of sweep that are simulated."""
        gridded = None if self.grid is None else self.grid.sweep
        return gridded or (self.sweep or str(PARAMETERS["sweep"].default),)

    @property
    def has_sweeps(self) -> bool:
        """Whether anything but neutral windows is simulated."""
        return self.sweeps != (NEUTRAL,)

    def single_value(self, parameter: str) -> Value | None:
        """Return the value of a parameter that is the same in all cells, or None."""
        value: Any = self
        for key in PARAMETERS[parameter].section:
            value = getattr(value, key)
        return value
