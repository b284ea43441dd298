"""Genomes that are simulated, with sweeps where the user puts them."""

from typing import Annotated, TypeAlias

import pydantic

from coalflow.config.fields.names import OneOf
from coalflow.config.fields.section import Limits, Section, Some
from coalflow.config.registry import parameters as types
from coalflow.config.registry.parameters import NEUTRAL, PARAMETERS, SWEEPS

MOST_CONTIGS = 1000
#: The kinds of sweep whose site is in the genome.
KINDS = tuple(kind for kind, taken in SWEEPS.items() if kind != NEUTRAL and "position" in taken)

Base: TypeAlias = Annotated[int, Limits(ge=1, le=2147483646, whole=True)]


class SimulatedSweep(Section):
    """A sweep in a simulated genome; its keys are those of `simulation`."""

    contig: Annotated[int, Limits(ge=1, le=MOST_CONTIGS, whole=True)] | None = pydantic.Field(
        None, json_schema_extra={"default": 1}
    )
    """The contig, by its number. Each has one sweep at most."""
    position: Base
    """The base of the selected site, counted from 1 as in a VCF."""
    kind: Annotated[str, OneOf(KINDS)]
    """
    `hard`: from one new mutation. `soft`: from standing variation, an allele that had drifted to
    `start_frequency`. `recurrent`: the mutation arises repeatedly.
    """
    selection_coefficient: types.SelectionCoefficient
    """Selection s; fitness is 1, 1 + hs and 1 + s for none, one and two copies."""
    dominance: types.Dominance | None = pydantic.Field(None, json_schema_extra={"default": 0.5})
    """Dominance h of the selected allele. 0.5 is additive."""
    start_frequency: types.StartFrequency | None = None
    """Frequency of the allele when selection began, in `soft` sweeps."""
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
    """Generations ago when the allele became fixed, or reached `end_frequency`."""
    recurrent_mutation_rate: types.RecurrentMutationRate | None = None
    """
    Rate, per chromosome and generation, at which the selected mutation arises again, in `recurrent`
    sweeps.
    """
    population: str | None = None
    """
    The population of the demes file or model in which the sweep ends. Without it, that of
    `simulation.demography`.
    """

    @property
    def number(self) -> int:
        """The number of its contig."""
        return 1 if self.contig is None else self.contig

    def list_parameters(self) -> dict[str, str | int | float]:
        """Return the parameters of the sweep as those of a cell are called, with defaults."""
        given = {name: getattr(self, name, None) for name in SWEEPS[self.kind]}
        filled = {
            name: PARAMETERS[name].default if value is None else value
            for name, value in given.items()
        }
        return {
            "sweep": self.kind,
            **{n: value for n, value in filled.items() if value is not None},
        }


class SimulatedGenome(Section):
    """A genome that is simulated and written as VCF, neutral but for the sweeps that it has.

    Samples and rates are those of `simulation` unless given here; with a demes file so is the
    history.
    """

    population_size: types.PopulationSize | None = None
    """Diploid individuals today. Needed unless there is a demes file."""
    history: types.HistoryName | None = None
    """One of `simulation.demography.histories`. Without it, `constant`."""
    gene_flow: types.GeneFlowName | None = None
    """One of `simulation.demography.gene_flow`. Without it, `simulation.gene_flow`."""
    contigs: Annotated[int, Limits(ge=1, le=MOST_CONTIGS, whole=True)] | None = pydantic.Field(
        None, json_schema_extra={"default": 1}
    )
    """How many contigs it has, which are independent and named 1, 2, ..."""
    sequence_length: Base
    """Bases in each contig."""
    mutation_rate: types.MutationRate | None = None
    """Mutations per base and generation."""
    recombination_rate: types.RecombinationRate | None = None
    """
    Crossovers per base and generation. Without it that of `simulation`; with
    `simulation.recombination_map`, each contig takes a stretch of the map.
    """
    sweeps: Some[SimulatedSweep] | None = None
    """
    Sweeps, at most one in each contig, such as `[{position: 1500000, kind: hard,
    selection_coefficient: 0.02}]`. What came of them is in `truth.tsv`, next to the genome.
    """

    @property
    def contig_names(self) -> tuple[str, ...]:
        """The names of its contigs."""
        return tuple(str(number + 1) for number in range(self.contigs or 1))
