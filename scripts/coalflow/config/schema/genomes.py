"""The section ``genomes``: which genomes are scanned."""

import glob
import re
from collections.abc import Iterator, Mapping
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
    DistinctOrNone,
    Limits,
    Section,
    kind_of,
)
from coalflow.config.schema.simulated.genomes import SimulatedGenome

PASSED = ("PASS", ".")
CONTIG = "{contig}"  # in the name of a file, for the name of a contig
NO_MASK = "none"
LONGEST_FILE_NAME = 100  # characters, of a contig in the name of a file
FORMATS = TABIX, BEDGRAPH, BIGWIG = "tabix", "bedgraph", "bigwig"
_BASES = "[0-9]{1,12}|[0-9]{1,3}(?:,[0-9]{3}){1,3}"
# As genome browsers write it, with commas or without.
BROWSER_REGION = re.compile(f"(.+):({_BASES})-({_BASES})")
TOP_REGIONS = 6  # that have a picture, where the config has no other number
SAMPLE, POPULATION = "sample", "pop"  # columns of a panel, unless it has others

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


#: A format in which a scan is written on request.
ScanFormat: TypeAlias = Literal["tabix", "bedgraph", "bigwig"]


class AncestralFasta(Section):
    """Ancestral alleles in a FASTA file."""

    fasta: Text
    """
    A FASTA file of ancestral bases, plain or compressed with `bgzip`, relative to where Snakemake
    is started. Where each contig has a file of its own, `{contig}` stands for its name, as in
    `homo_sapiens_ancestor_{contig}.fa`. A letter that is not a base (`N`, `-`, `.`) is not known.
    """
    low_confidence: Literal["use", "drop"] = "use"
    """
    Whether bases in lower case are used, which Ensembl inferred with less confidence.
    """

    def list_files(self) -> list[str]:
        """Return the files that there are."""
        if CONTIG not in self.fasta:
            return [self.fasta]
        pattern = "*".join(map(glob.escape, self.fasta.split(CONTIG)))
        return sorted(glob.glob(pattern))  # noqa: PTH207 - pathlib takes no absolute pattern


class SampledPanel(Section):
    """Individuals of populations: those of a panel file, or those that the genome's file has."""

    panel: Text | None = None
    """
    A table with a line for each individual, relative to where Snakemake is started, such as
    `integrated_call_samples_v3.20130502.ALL.panel` of the 1000 Genomes. Its first line names the
    columns, with tabs between them, or blanks. Without it, populations are those of the genome's
    file, which tree sequences have.
    """
    sample: Text | None = None
    """The panel's column with the names of individuals. Without it, `sample`."""
    population: Text | None = None
    """The panel's column with their populations, such as `super_pop`. Without it, `pop`."""
    populations: (
        Annotated[
            Annotated[Distinct[Text], pydantic.Tag(LIST)]
            | Annotated[
                dict[Text, Distinct[Text]], pydantic.Field(min_length=1), pydantic.Tag(KEYS)
            ],
            ByKind,
        ]
        | None
    ) = None
    """
    The populations whose individuals are used, such as `[CEU, GBR]`; where several are simulated,
    those of each, such as `{EUR: [CEU, GBR], AFR: [YRI]}`. Without it, all individuals of the
    panel; where several are simulated, populations of the same names.
    """


PANEL = "(panel)"
PANEL_KEYS = ("panel", "populations")


def _kind_of_samples(value: object) -> str | None:
    """Return what ``samples`` is written as: one of ``KINDS``, or ``PANEL``."""
    if isinstance(value, SampledPanel):
        return PANEL
    if isinstance(value, Mapping) and any(key in value for key in PANEL_KEYS):
        return PANEL
    return kind_of(value)


NamesOfEach: TypeAlias = Annotated[
    dict[str, Distinct[str]],
    pydantic.Field(
        min_length=1, json_schema_extra={"propertyNames": {"not": {"enum": list(PANEL_KEYS)}}}
    ),
]
#: Who is used: names, the file that lists them, the names of each population, or a panel.
GivenIndividuals: TypeAlias = Annotated[
    Annotated[Text, pydantic.Tag(TEXT)]
    | Annotated[Distinct[str], pydantic.Tag(LIST)]
    | Annotated[NamesOfEach, pydantic.Tag(KEYS)]
    | Annotated[SampledPanel, pydantic.Tag(PANEL)],
    pydantic.Discriminator(_kind_of_samples),
]
GivenAncestral: TypeAlias = Annotated[
    Annotated[Text, pydantic.Tag(TEXT)] | Annotated[AncestralFasta, pydantic.Tag(KEYS)], ByKind
]
#: Names, or the file that has them.
ListOrFile: TypeAlias = Annotated[
    Annotated[Text, pydantic.Tag(TEXT)] | Annotated[Distinct[Text], pydantic.Tag(LIST)], ByKind
]


class GenomeSelection(Section):
    """Which parts of a genome are read."""

    contigs: ListOrFile | None = None
    """
    The contigs that are read: a list of names, or a file with a name on each line, relative to
    where Snakemake is started. Without it, all.
    """
    exclude: ListOrFile | None = None
    """
    What is not read: a list such as `[chrM, "chrX:1-2781479"]`, with bases counted from 1 as genome
    browsers write them, or a file with the name of a contig on each line, or a BED file.
    """
    regions: ListOrFile | None = None
    """
    The stretches that are read, in place of `contigs`: a list such as `["2L:1000001-2000000", 3R]`,
    with bases counted from 1 as genome browsers write them, or a BED file.
    """

    def selection_alone(self) -> "GenomeSelection":
        """Return this selection alone, of a section that has more."""
        return GenomeSelection(
            **{name: getattr(self, name) for name in GenomeSelection.model_fields}
        )


class Genome(GenotypeRules, GenomeSelection):
    """A genome to scan: a file, or one that is simulated."""

    path: Text | None = None
    """
    A file with genotypes, relative to where Snakemake is started: VCF, BCF, VCF Zarr, a tree
    sequence (`.trees`, `.tsz`), or ms. Its genotypes must be phased unless `observation.phased` is
    false. Contigs on which the individuals do not have the haplotypes that the net reads are left
    out, and the report says which.
    """
    simulate: SimulatedGenome | None = None
    """
    Simulate a genome and write it as VCF, to see a scan where the truth is known: a neutral one, or
    one with sweeps. Samples and rates are those of `simulation` unless given here; with
    `simulation.demography.demes` so is the history.
    """
    samples: GivenIndividuals | None = None
    """
    The individuals to use: a list of their names, or a file with a name on each line, relative to
    where Snakemake is started. Where there are more than the net reads, as many as it reads are
    drawn from them, evenly over the file, with the seed of the run; without it, from all. With
    several populations, the names of each, such as `{EUR: [NA06984, NA06985], AFR: [NA18486]}`. To
    choose by population, give keys, such as `{panel: samples.panel, populations: [CEU, GBR]}`.
    """
    draws: Annotated[int, Limits(ge=1, le=1000, whole=True)] | None = None
    """
    How many times individuals are drawn, where there are more than the net reads. Each draw is
    scanned, and predictions are their means, with the spread. Where ancestry is predicted at each
    base, individuals of all draws are painted. Without it, 1.
    """
    ancestral: GivenAncestral | None = None
    """
    Which allele is ancestral, needed when `observation.polarised` is true. `REF`, the name of an
    INFO field such as `AA`, or a FASTA file, such as `{fasta: ancestor.fa}`.
    """
    mask: Text | None = None
    """
    A BED file of the parts of this genome where sites can be seen, relative to where Snakemake is
    started; `none` for all of it. Without it, `observation.mask`.
    """
    windows: Text | None = None
    """
    A BED file of the windows to predict, relative to where Snakemake is started, in place of
    windows at every `step`. A fourth column is their names. Not where ancestry is predicted at each
    base.
    """
    step: Annotated[int, Limits(ge=1, whole=True)] | None = None
    """
    From the start of one window to the start of the next, in sites, or in bases with
    `encoding.pad`. Without it, half a window.
    """
    parts: Annotated[int, Limits(ge=1, le=1000, whole=True)] | None = None
    """
    The number of jobs that read and scan the genome at the same time, each a part of it. Without
    it, one for each 100 MB of the file.
    """
    genes: Text | None = None
    """
    A GFF3 or GTF file, plain or gzipped, relative to where Snakemake is started. Regions are then
    listed with the genes that they overlap, and with the nearest.
    """
    show: DistinctOrNone[Text] = ()
    """
    Contigs of which a picture each is drawn, in the folder `pictures` and in the report, next to
    that of the whole genome.
    """
    top_regions: Annotated[int, Limits(ge=0, le=100, whole=True)] | None = None
    """
    How many of the regions that stand out most have a picture each, in the folder `regions` and in
    the report: models and statistics, haplotypes, and genes. Without it, 6.
    """
    show_regions: DistinctOrNone[Text] = ()
    """
    Further regions of which such a picture is drawn, such as `["chr2:135000001-137000000"]`, with
    bases counted from 1 as genome browsers write them.
    """
    outputs: DistinctOrNone[ScanFormat] = ()
    """
    Formats in which the scan is written, next to `windows.tsv` and `windows.bed`. `tabix`: the
    table compressed by blocks, with an index, to read regions of it. `bedgraph`, `bigwig`: a track
    for each model and target, or class.
    """

    @property
    def number_of_top_regions(self) -> int:
        """How many of the regions that stand out most have a picture."""
        return TOP_REGIONS if self.top_regions is None else self.top_regions

    @property
    def has_region_pictures(self) -> bool:
        """Whether pictures of regions are drawn."""
        return self.number_of_top_regions > 0 or bool(self.show_regions)

    def name_pictures(self) -> dict[str, str]:
        """Return what the picture of each contig in `show` is called, without its suffix."""
        return {
            contig: f"{number}_{re.sub('[^A-Za-z0-9._-]', '_', contig)[:LONGEST_FILE_NAME]}"
            for number, contig in enumerate(self.show, 1)
        }

    def find_mask(self, observed: str | None) -> str | None:
        """Return the mask of this genome, where ``observed`` is that of the observation.

        None does not apply to a genome that is simulated.
        """
        if self.path is None or self.mask == NO_MASK:
            return None
        return self.mask or observed

    def list_files_read(self) -> Iterator[str]:
        """Yield the files that decide what is read of the genome, besides its own and the mask.

        They are those with names of individuals, their sexes and populations, names of contigs,
        regions and ancestral alleles.
        """
        given: list[object] = [self.samples, self.sexes, self.contigs, self.exclude, self.regions]
        if isinstance(self.samples, SampledPanel):
            given.append(self.samples.panel)
        yield from (each for each in given if isinstance(each, str))
        if isinstance(self.ancestral, AncestralFasta):
            yield from self.ancestral.list_files()
