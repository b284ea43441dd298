"""What a model that travels is given: options of ``scan_genome.py`` and ``snakemake scan``."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

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
    Some,
)
from coalflow.config.schema.genomes import (
    CONTIG,
    AncestralFasta,
    Genome,
    GivenIndividuals,
    ListOrFile,
    Ploidy,
    PloidyOfContigs,
    SampledPanel,
    ScanFormat,
)

FASTA = re.compile(r"\.(fa|fasta|fna)(\.b?gz)?$", re.IGNORECASE)
SUFFIXES = re.compile(r"(\.(vcf|bcf|vcz|zarr|trees|tsz|ms|zip|b?gz))+$")  # of genomes
WHOLE = re.compile("-?[0-9]{1,18}")


# Values as they are written in a shell ------------------------------------------------------------


def _as_text(value: Any) -> Any:
    """Return a number as the text that it was; Snakemake reads numbers."""
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return str(value) if is_number else value


def _as_number(value: Any) -> Any:
    return int(value) if isinstance(value, str) and WHOLE.fullmatch(value) else value


def _as_names(value: Any) -> Any:
    """Return names, which have commas or blanks between them; or the file of this name."""
    value = _as_text(value)
    if not isinstance(value, str):
        return [_as_text(each) for each in value] if isinstance(value, list) else value
    return value if _is_file(value) else [each for each in re.split(r"[,\s]+", value) if each]


def _as_filters(value: Any) -> Any:
    return value if value == "any" else _as_names(value)


def _as_groups(value: Any) -> Any:
    """Return names, or those of each population, such as ``EUR=CEU,GBR AFR=YRI``."""
    value = _as_text(value)
    if not isinstance(value, str) or "=" not in value or _is_file(value):
        return _as_names(value)
    groups = (each.partition("=") for each in value.split())
    return {name: _as_names(names) for name, _, names in groups}


def _as_ploidy(value: Any) -> Any:
    """Return a number, or one by contig and sex, such as ``chrX=male:1,female:2 chrM=1``."""
    if not isinstance(value, str) or "=" not in value:
        return _as_number(value)
    contigs = (each.partition("=") for each in value.split())
    return {contig: _as_ploidy_of_sexes(ploidy) for contig, _, ploidy in contigs}


def _as_ploidy_of_sexes(value: str) -> Any:
    if ":" not in value:
        return _as_number(value)
    sexes = (each.partition(":") for each in value.split(","))
    return {sex: _as_number(ploidy) for sex, _, ploidy in sexes}


def _is_file(value: str) -> bool:
    try:
        return "/" in value or Path(value).is_file()
    except (OSError, ValueError):  # too long, or with characters that no file's name has
        return False


def _written(read: Callable[[Any], Any]) -> pydantic.BeforeValidator:
    return pydantic.BeforeValidator(read)


#: A name or a file; a whole number; names or the file that has them.
Word: TypeAlias = Annotated[Text, _written(_as_text)]
Number: TypeAlias = Annotated[int, Limits(ge=1, whole=True), _written(_as_number)]
Names: TypeAlias = Annotated[ListOrFile, _written(_as_names)]
Groups: TypeAlias = Annotated[
    Annotated[Distinct[Text], pydantic.Tag(LIST)]
    | Annotated[dict[Text, Distinct[Text]], pydantic.Field(min_length=1), pydantic.Tag(KEYS)],
    ByKind,
]
Filters: TypeAlias = Annotated[
    Annotated[Distinct[Text], pydantic.Tag(LIST)] | Annotated[Literal["any"], pydantic.Tag(TEXT)],
    ByKind,
]
Ploidies: TypeAlias = Annotated[
    Annotated[Ploidy, pydantic.Tag(NUMBER)] | Annotated[PloidyOfContigs, pydantic.Tag(KEYS)],
    ByKind,
]


class ModelScan(Section):
    """A genome that is scanned with a model alone.

    Names are written with commas between them; in place of some there can be a file that has one on
    each line.
    """

    model: Word
    """
    The model: a zip that `snakemake package` wrote, or a folder such as `results/run/models/net`.
    """
    genome: Word
    """The genome: VCF, BCF, VCF Zarr, a tree sequence (`.trees`, `.tsz`), or ms."""
    output: Word | None = None
    """The folder for the results. Without it, `results/<model>-<genome>`."""

    individuals: Annotated[GivenIndividuals | None, _written(_as_groups)] = None
    """
    Those to use, by name, or the file that lists them; of several populations those of each, such
    as `EUR=NA06984,NA06985 AFR=NA18486`. Where there are more than the model reads, as many as it
    reads are drawn. Without it, from all.
    """
    panel: Word | None = None
    """
    A table of individuals and their populations, with a header, such as that of the 1000 Genomes.
    """
    populations: Annotated[Groups | None, _written(_as_groups)] = None
    """
    Those whose individuals are used, such as `CEU,GBR`; for a model of several populations those of
    each, such as `EUR=CEU,GBR AFR=YRI`.
    """
    sample_column: Word | None = None
    """The panel's column with the individuals. Without it, `sample`."""
    population_column: Word | None = None
    """The panel's column with the populations. Without it, `pop`."""
    draws: Annotated[int, Limits(ge=1, le=1000, whole=True), _written(_as_number)] | None = None
    """
    How many times individuals are drawn; predictions are then means, with their spread. Of a model
    that paints haplotypes, individuals of all draws are painted.
    """
    seed: Annotated[int, Limits(ge=0, whole=True), _written(_as_number)] | None = None
    """The number with which individuals are drawn. Without it, that of the model's run."""

    contigs: Names | None = None
    """Those that are scanned. Without it, all."""
    regions: Names | None = None
    """Stretches such as `2L:1000001-2000000`, in place of contigs; or a BED file."""
    exclude: Names | None = None
    """Contigs or stretches that are left out; or a BED file."""
    mask: Word | None = None
    """
    A BED file of the parts of the genome where sites can be seen; `none` for all of it. Needed for
    a model that was trained with one.
    """
    ancestral: Word | None = None
    """
    Which allele is ancestral: `REF`, an INFO field such as `AA`, or a FASTA file, in whose name
    `{contig}` can stand for that of the contig. Needed for a model that was trained with known
    ancestral alleles.
    """
    low_confidence: Annotated[Literal["use", "drop"], _written(_as_text)] = "use"
    """Whether to `use` or `drop` bases in lower case of a FASTA file of ancestral alleles."""
    filters: Annotated[Filters | None, _written(_as_filters)] = None
    """Names in FILTER with which records are used, or `any`. Without it, `PASS` and `.`."""
    ploidy: Annotated[Ploidies | None, _written(_as_ploidy)] = None
    """
    Haplotypes of an individual, where it is not that of the file: a number, or by contig and sex,
    such as `chrX=male:1,female:2 chrM=1`. With 1, inbred lines have one haplotype each.
    """
    sexes: Word | None = None
    """A file with the name and the sex of an individual on each line, with a tab between them."""

    step: Number | None = None
    """
    From the start of one window to the start of the next, in bases or, for a model of windows of a
    number of sites, in sites. Without it, half a window.
    """
    windows: Word | None = None
    """
    A BED file of windows to predict, in place of those at every step. Not of a model that paints
    haplotypes.
    """
    show: Annotated[Distinct[Text] | None, _written(_as_names)] = None
    """Contigs of which a picture each is drawn, next to that of the whole genome."""
    genes: Word | None = None
    """
    A GFF3 or GTF file. Regions are then listed with the genes that they overlap, and with the
    nearest.
    """
    top_regions: Annotated[int, Limits(ge=0, le=100, whole=True), _written(_as_number)] | None = (
        None
    )
    """
    How many of the regions that stand out most have a picture each, with haplotypes and genes.
    Without it, 6.
    """
    show_regions: Annotated[Distinct[Text] | None, _written(_as_names)] = None
    """Further regions of which such a picture is drawn, such as `2L:1000001-2000000`."""
    outputs: Annotated[Some[ScanFormat] | None, _written(_as_names)] = None
    """
    Other formats in which the results are written: `tabix`, `bedgraph`, `bigwig`.
    """

    @property
    def folder(self) -> Path:
        """The folder for the results."""
        if self.output is not None:
            return Path(self.output)
        model, genome = Path(self.model).absolute(), Path(self.genome).absolute()
        name = f"{model.parent.name}_{model.name}" if model.name.isdecimal() else model.name
        return Path("results", f"{name.removesuffix('.zip')}-{SUFFIXES.sub('', genome.name)}")

    def list_files(self) -> list[str]:
        """Return the files that the results depend on, besides the model and the genome."""
        genome = self.make_genome()
        own = (genome.find_mask(None), self.windows, self.genes)
        return [*genome.list_files_read(), *(path for path in own if path is not None)]

    def make_genome(self) -> Genome:
        """Return the genome as a config would have it."""
        given = {
            name: getattr(self, name)
            for name in Genome.model_fields.keys() & ModelScan.model_fields.keys()
            if getattr(self, name) is not None
        }
        ancestral = self.ancestral or ""
        if CONTIG in ancestral or FASTA.search(ancestral):
            given["ancestral"] = AncestralFasta(fasta=ancestral, low_confidence=self.low_confidence)
        samples: Any = self.individuals
        if self.panel is not None or self.populations is not None:
            samples = SampledPanel(
                panel=self.panel,
                sample=self.sample_column,
                population=self.population_column,
                populations=self.populations,
            )
        return Genome(path=self.genome, samples=samples, **given)
