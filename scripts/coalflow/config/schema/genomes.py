"""The section ``genomes``: which genomes are scanned."""

from typing import Annotated

import pydantic

from coalflow.config.fields.names import Text
from coalflow.config.fields.section import KEYS, LIST, ByKind, Distinct, Limits, Section
from coalflow.config.registry import parameters as types
from coalflow.config.schema.genotype_files import GenotypeRules


class SimulatedGenome(Section):
    """A neutral genome that is simulated and written as VCF.

    Samples and rates are those of `simulation` unless given here; with a demes file so is the
    history.
    """

    population_size: types.PopulationSize | None = None
    """Diploid individuals today. Needed unless there is a demes file."""
    history: types.HistoryName | None = None
    """One of `simulation.demography.histories`. Without it, `constant`."""
    sequence_length: Annotated[int, Limits(ge=1, le=2147483646, whole=True)]
    """Bases in its one contig."""
    mutation_rate: types.MutationRate | None = None
    """Mutations per base and generation."""
    recombination_rate: types.RecombinationRate | None = None
    """Crossovers per base and generation."""


class Genome(GenotypeRules):
    """A genome to scan: a file, or one that is simulated."""

    path: Text | None = None
    """
    A VCF or BCF file, relative to where Snakemake is started. Its genotypes must be phased unless
    `observation.phased` is false. Contigs on which the individuals do not have the haplotypes that
    the net reads are left out, and the report says which.
    """
    simulate: SimulatedGenome | None = None
    """
    Simulate a neutral genome and write it as VCF, to see a scan where the truth is known. Samples
    and rates are those of `simulation` unless given here; with `simulation.demography.demes` so is
    the history.
    """
    samples: (
        Annotated[
            Annotated[Distinct[str], pydantic.Tag(LIST)]
            | Annotated[dict[str, Distinct[str]], pydantic.Field(min_length=1), pydantic.Tag(KEYS)],
            ByKind,
        ]
        | None
    ) = None
    """
    Names of the individuals to use, whose haplotypes together are those that the net reads.
    Without it they are drawn, evenly over the file, with the seed of the run. With several
    populations, the names of each, such as `{EUR: [NA06984, NA06985], AFR: [NA18486]}`.
    """
    ancestral: Text | None = None
    """
    Which allele is ancestral, needed when `observation.polarised` is true. `REF`, or the name of an
    INFO field such as `AA`.
    """
    step: Annotated[int, Limits(ge=1, whole=True)] | None = None
    """
    From the start of one window to the start of the next, in sites, or in bases with
    `encoding.pad`. Without it, half a window.
    """
