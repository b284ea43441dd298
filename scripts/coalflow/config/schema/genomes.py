"""The section ``genomes``: which genomes are scanned."""

from collections.abc import Mapping
from typing import Annotated, Literal, TypeAlias

import pydantic

from coalflow.config.fields.names import Text
from coalflow.config.fields.section import (
    KEYS,
    LIST,
    NUMBER,
    TEXT,
    ByKind,
    Distinct,
    Limits,
    Section,
)
from coalflow.config.registry import parameters as types

PASSED = ("PASS", ".")

Ploidy: TypeAlias = Annotated[int, Limits(ge=1, le=64, whole=True)]
PloidyOfSexes: TypeAlias = Annotated[dict[Text, Ploidy], pydantic.Field(min_length=1)]
PloidyOfContigs: TypeAlias = Annotated[
    dict[
        Text,
        Annotated[
            Annotated[Ploidy, pydantic.Tag(NUMBER)] | Annotated[PloidyOfSexes, pydantic.Tag(KEYS)],
            ByKind,
        ],
    ],
    pydantic.Field(min_length=1),
]


class GenotypeRules(Section):
    """Which genotypes of a file are used."""

    filters: (
        Annotated[
            Annotated[Distinct[Text], pydantic.Tag(LIST)]
            | Annotated[Literal["any"], pydantic.Tag(TEXT)],
            ByKind,
        ]
        | None
    ) = None
    """
    The names that a record may have in its column FILTER, or `any`. A record with another name is
    not used. Without it `[PASS, .]`, where `.` stands for an empty column.
    """
    ploidy: (
        Annotated[
            Annotated[Ploidy, pydantic.Tag(NUMBER)]
            | Annotated[PloidyOfContigs, pydantic.Tag(KEYS)],
            ByKind,
        ]
        | None
    ) = None
    """
    Haplotypes of an individual: one number, or by contig, and there by sex, such as
    `{chrX: {male: 1, female: 2}, chrM: 1}`. Where it is not given it is that of most records of a
    contig. With 1, homozygous genotypes written as `0/0` and `1/1` are one haplotype each, as of
    inbred lines and of males on X, and heterozygous ones are missing. Other records of another
    ploidy are not used.
    """
    sexes: Text | None = None
    """
    A file with the name and the sex of an individual on each line, with a tab between them,
    relative to where Snakemake is started. Needed where `ploidy` depends on the sex, whose names
    are those of this file.
    """

    @property
    def accepted(self) -> tuple[str, ...] | None:
        """The names in FILTER of records that are used; None for any."""
        if self.filters == "any":
            return None
        return PASSED if self.filters is None else self.filters

    @property
    def depends_on_sex(self) -> bool:
        """Whether individuals of different sexes have different ploidies."""
        given = self.ploidy
        return isinstance(given, Mapping) and any(
            isinstance(one, Mapping) for one in given.values()
        )

    def rules_alone(self) -> "GenotypeRules":
        """Return these rules alone, of a section that has more."""
        return GenotypeRules(**{name: getattr(self, name) for name in GenotypeRules.model_fields})


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
