"""What contradicts a genome: its file, what is read of it, or how it is simulated."""

from collections.abc import Iterator, Mapping

from coalflow.config.consistency.simulated.genomes import check_simulated_genome
from coalflow.config.fields.section import Mistake, Path, show
from coalflow.config.genomes.files import (
    check_file,
    check_genotype_rules,
    check_selection,
    describe_unusable_fasta,
    describe_unusable_genome,
)
from coalflow.config.genomes.model_scan import FASTA
from coalflow.config.schema.genomes import (
    BROWSER_REGION,
    NO_MASK,
    AncestralFasta,
    Genome,
    GenomeSelection,
    GenotypeRules,
    SampledPanel,
)
from coalflow.config.schema.whole import Config
from coalflow.core.errors import CoalflowError, describe_unknown
from coalflow.core.input_files import describe_unusable, open_input

# Keys that say what is read of a file; a genome that is simulated is used whole.
OF_FILES = (
    "ancestral",
    "draws",
    "mask",
    "samples",
    *GenotypeRules.model_fields,
    *GenomeSelection.model_fields,
)
# What files begin with that can have populations: tree sequences, and those that are zipped.
WITH_POPULATIONS = (b"\x89KAS", b"PK\x03\x04")
SAMPLES: Path = ("samples",)


def check_genome(genome: Genome, config: Config) -> Iterator[Mistake]:
    """Yield what is wrong with one of the genomes; paths are relative to it.

    Parameters
    ----------
    genome : Genome
    config : Config
        The whole config, which says what models need.
    """
    if genome.path is None and genome.simulate is None:
        yield (), "has neither `path` nor `simulate`: give one"
    elif genome.path is not None and genome.simulate is not None:
        yield (), "has both `path` and `simulate`: delete one"
    elif genome.path is not None:
        unusable = describe_unusable_genome(genome.path)
        if unusable:
            yield ("path",), f"is {show(genome.path)}: {unusable}"
        yield from _check_ancestral(genome, config.observation.polarised)
        yield from check_genotype_rules(genome)
        yield from check_selection(genome)
        if genome.mask != NO_MASK:
            yield from check_file("mask", genome.mask)
        yield from _check_samples(genome, config)
        yield from _check_draws(genome, config)
    elif genome.simulate is not None:
        for key in OF_FILES:
            if getattr(genome, key) is not None:
                yield (key,), "goes with `path`, not with `simulate`: delete it"
        yield from check_simulated_genome(genome.simulate, config)
    yield from check_file("windows", genome.windows)
    yield from check_file("genes", genome.genes)
    for index, region in enumerate(genome.show_regions):
        if not BROWSER_REGION.fullmatch(region):
            message = f"is {show(region)}, but must be a contig with its first and last base"
            yield ("show_regions", index), f"{message}, such as 2L:1000001-2000000"
    if genome.windows is not None and genome.step is not None:
        yield ("step",), "is not used, since `windows` lists the windows: delete one of them"


def _check_ancestral(genome: Genome, polarised: bool) -> Iterator[Mistake]:
    given = genome.ancestral
    if given is None:
        if polarised:
            message = "is missing: observation.polarised needs to know the ancestral allele"
            yield ("ancestral",), f"{message} (REF, an INFO field such as AA, or a FASTA file)"
        return
    if not polarised:
        shown = given if isinstance(given, str) else given.as_json()
        message = f"is {show(shown)}, but observation.polarised is false"
        yield ("ancestral",), f"{message}, so it is not used: set that to true, or delete this"
    if isinstance(given, AncestralFasta):
        unusable = describe_unusable_fasta(given)
        if unusable:
            yield ("ancestral", "fasta"), f"is {show(given.fasta)}: {unusable}"
    elif "/" in given or FASTA.search(given):
        message = f"is {show(given)}, which is not the name of an INFO field"
        yield ("ancestral",), f"{message}: for a FASTA file write {{fasta: {given}}}"


# Individuals -------------------------------------------------------------------------------------


def _check_samples(genome: Genome, config: Config) -> Iterator[Mistake]:
    """Yield why the individuals of a genome are not those that models see, or more."""
    given, needed = genome.samples, _count_needed(config)
    populations = list(needed) if config.samples.populations else []
    listed = ", ".join(populations)
    if isinstance(given, str) and (unusable := describe_unusable(given)):
        yield SAMPLES, f"is {show(given)}: {unusable}"
    if isinstance(given, SampledPanel):
        yield from _check_panel(given, genome, populations)
    elif populations and given is None:
        if not _can_have_populations(genome.path):
            yield SAMPLES, f"is missing: name the individuals of each population ({listed})"
    elif populations and isinstance(given, (tuple, str)):
        message = "is one list, but there are several populations: give one for each"
        yield SAMPLES, f"{message} ({listed})"
    elif isinstance(given, Mapping) and not populations:
        message = "has several populations, but simulation.samples is one number: give one list"
        yield SAMPLES, message
    elif isinstance(given, Mapping):
        yield from _check_each_population(given, populations, SAMPLES, "individuals")
        yield from _check_numbers(given, needed, genome, config)
    elif isinstance(given, tuple) and not _are_enough(
        len(given), sum(needed.values()), genome, config
    ):
        key = "observation.individuals" if config.observation.individuals else "simulation.samples"
        message = f"lists {len(given)} individuals, but {key} is {sum(needed.values())}"
        yield SAMPLES, f"{message}{_describe_ploidies(genome, config)}"


def _check_draws(genome: Genome, config: Config) -> Iterator[Mistake]:
    """Yield why individuals cannot be drawn several times."""
    given, needed = genome.samples, _count_needed(config)
    if genome.draws in (None, 1):
        return
    if not config.encoding.pad:
        message = (
            f"is {genome.draws}, but without encoding.pad windows have a number of sites, and "
            "those of other individuals would be other stretches: set that to true, or delete this"
        )
        yield ("draws",), message
    lists: Mapping[str, tuple[str, ...]] = {}
    if isinstance(given, tuple) and len(needed) == 1:
        lists = dict.fromkeys(needed, given)
    elif isinstance(given, Mapping):
        lists = given
    if lists and all(len(names) == needed.get(name) for name, names in lists.items()):
        message = f"is {genome.draws}, but `samples` lists as many individuals as the net reads"
        yield ("draws",), f"{message}: list more, or delete this"


def _count_needed(config: Config) -> dict[str, int]:
    """Return how many individuals of each population models see."""
    fewer = config.observation.individuals
    # One number for several populations is reported elsewhere.
    samples = config.samples.fewer(fewer) if isinstance(fewer, dict) else config.samples
    return dict(samples.individuals)


def _can_have_populations(path: str | None) -> bool:
    """Return whether a file may be of a format in which individuals have populations."""
    if path is None:
        return False
    try:
        with open_input(path) as file:
            return file.read(4) in WITH_POPULATIONS
    except (CoalflowError, OSError):
        return False


def _check_panel(given: SampledPanel, genome: Genome, populations: list[str]) -> Iterator[Mistake]:
    if given.panel is None:
        for key in ("sample", "population"):
            if getattr(given, key) is not None:
                message = "is a column of a panel, and there is none: add `panel`, or delete this"
                yield (*SAMPLES, key), message
        if not _can_have_populations(genome.path):
            message = "is missing: the file does not say which populations its individuals are of"
            yield (*SAMPLES, "panel"), message
    elif unusable := describe_unusable(given.panel):
        yield (*SAMPLES, "panel"), f"is {show(given.panel)}: {unusable}"
    path, named = (*SAMPLES, "populations"), given.populations
    if isinstance(named, Mapping) and not populations:
        message = "has several populations, but simulation.samples is one number: give one list"
        yield path, message
    elif isinstance(named, tuple) and populations:
        message = "is one list, but there are several populations: give one for each"
        yield path, f"{message} ({', '.join(populations)})"
    elif isinstance(named, Mapping):
        yield from _check_each_population(named, populations, path, "populations of the panel")


def _check_each_population(
    named: Mapping[str, tuple[str, ...]], populations: list[str], path: Path, what: str
) -> Iterator[Mistake]:
    first: dict[str, str] = {}
    for name in sorted({*named} | {*populations}):
        if name not in populations:
            yield (*path, name), describe_unknown(name, "populations", populations)
        elif name not in named:
            yield (*path, name), f"is missing: list its {what}"
        for each in named.get(name, ()):
            other = first.setdefault(each, name)
            if other != name:
                yield (*path, name), f"lists {each!r}, which is in {other} too: keep it in one"


def _check_numbers(
    named: Mapping[str, tuple[str, ...]], needed: dict[str, int], genome: Genome, config: Config
) -> Iterator[Mistake]:
    for name in sorted({*named} & {*needed}):
        if not _are_enough(len(named[name]), needed[name], genome, config):
            message = f"lists {len(named[name])} individuals, but simulations have {needed[name]}"
            message = f"{message} of {name}{_describe_ploidies(genome, config)}"
            yield (*SAMPLES, name), message


def _are_enough(named: int, needed: int, genome: Genome, config: Config) -> bool:
    """Return whether that many individuals may have the haplotypes of those that are needed.

    Their ploidy may be another one than that of simulations; with ``ploidy`` by contig it may
    differ between them. The file decides. There may be more, from which some are drawn.
    """
    haplotypes = needed * config.samples.ploidy
    if isinstance(genome.ploidy, int):
        return named * genome.ploidy >= haplotypes
    if named >= needed or config.observation.phased is False:
        return named >= needed
    return haplotypes % named == 0 or genome.ploidy is not None


def _describe_ploidies(genome: Genome, config: Config) -> str:
    """Return words to append where the ploidy of the file is given, and differs."""
    simulated = config.samples.ploidy
    if not isinstance(genome.ploidy, int) or genome.ploidy == simulated:
        return ""
    return f" with simulation.ploidy {simulated}, and ploidy of this file is {genome.ploidy}"
