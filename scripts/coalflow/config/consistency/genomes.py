"""What contradicts a genome: its file, what is read of it, or how it is simulated."""

from collections.abc import Iterator
from pathlib import Path

from coalflow.config.consistency.genome_samples import check_draws, check_genome_samples
from coalflow.config.fields.section import Mistake, show
from coalflow.config.schema.genomes import (
    CONTIG,
    NO_MASK,
    AncestralFasta,
    Genome,
    GenomeSelection,
    GenotypeRules,
    SimulatedGenome,
)
from coalflow.config.schema.simulation import Demography
from coalflow.config.schema.whole import Config
from coalflow.core.errors import describe_unknown
from coalflow.core.input_files import describe_unusable

# Keys that say what is read of a file; a genome that is simulated is used whole.
OF_FILES = (
    "ancestral",
    "draws",
    "mask",
    "samples",
    *GenotypeRules.model_fields,
    *GenomeSelection.model_fields,
)
ZARR_METADATA = (".zgroup", ".zattrs", ".zmetadata", "zarr.json")


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
        yield from check_genome_samples(genome, config)
        yield from check_draws(genome, config)
    elif genome.simulate is not None:
        for key in OF_FILES:
            if getattr(genome, key) is not None:
                yield (key,), "goes with `path`, not with `simulate`: delete it"
        yield from _check_history(genome.simulate, config.simulation.demography)
        yield from _check_rates(genome.simulate, config)
    yield from check_file("windows", genome.windows)
    if genome.windows is not None and genome.step is not None:
        yield ("step",), "is not used, since `windows` lists the windows: delete one of them"


def describe_unusable_genome(path: str) -> str | None:
    """Return why a genome cannot be opened, to follow what was written of it; None if it can.

    It is a file, or a folder with a Zarr store.
    """
    folder = Path(path)
    try:
        if not folder.is_dir():
            return describe_unusable(path)
        if any((folder / name).exists() for name in ZARR_METADATA):
            return None
    except OSError:  # names too long
        return describe_unusable(path)
    return "that is a folder, not a file, and it has no VCF Zarr store"


def check_file(key: str, path: object) -> Iterator[Mistake]:
    """Yield why a file that a key names cannot be opened; None and lists are not files."""
    unusable = describe_unusable(path) if isinstance(path, str) else None
    if unusable:
        yield (key,), f"is {show(path)}: {unusable}"


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


def describe_unusable_fasta(given: AncestralFasta) -> str | None:
    """Return why ancestral sequences cannot be opened; None if they can."""
    path = given.fasta
    around = path.replace(CONTIG, "")
    if "{" in around or "}" in around:
        return f"only {CONTIG} stands for something, which is the name of a contig"
    if CONTIG not in path:
        return describe_unusable(path)
    if not given.list_files():
        return f"there is no file of such a name (relative to {Path.cwd()})"
    return None


def check_selection(selection: GenomeSelection) -> Iterator[Mistake]:
    """Yield what is wrong with what is read of a genome; paths are relative to it."""
    for key in GenomeSelection.model_fields:
        yield from check_file(key, getattr(selection, key))
    if selection.contigs is not None and selection.regions is not None:
        yield ("contigs",), "is not used, since `regions` names contigs too: delete one of them"


def check_genotype_rules(rules: GenotypeRules) -> Iterator[Mistake]:
    """Yield what is wrong with the sexes of individuals; paths are relative to the rules."""
    if rules.sexes is None:
        if rules.depends_on_sex:
            yield ("sexes",), "is missing: ploidy depends on it. Name a file with names and sexes"
    elif not rules.depends_on_sex:
        yield ("sexes",), "is not used: no contig in ploidy depends on the sex. Delete it"
    elif unusable := describe_unusable(rules.sexes):
        yield ("sexes",), f"is {show(rules.sexes)}: {unusable}"


def _check_rates(genome: SimulatedGenome, config: Config) -> Iterator[Mistake]:
    simulation = config.simulation
    several = {*simulation.axes, *simulation.prior}
    if simulation.recombination_map is not None:
        several.add("recombination_rate")
    for rate in ("mutation_rate", "recombination_rate"):
        if getattr(genome, rate) is not None:
            continue
        if rate in several:
            yield ("simulate", rate), "is missing: simulation has several values of it, so add one"
        elif simulation.imported:
            yield ("simulate", rate), "is missing: simulations are imported, so add it"


def _check_history(genome: SimulatedGenome, demography: Demography) -> Iterator[Mistake]:
    """Yield what is wrong with the history of a simulated genome: that of the graph if any."""
    if demography.has_graph:
        source = "demes" if demography.demes is not None else "stdpopsim"
        for key in ("history", "population_size"):
            if getattr(genome, key) is not None:
                message = f"contradicts simulation.demography.{source}, whose history is used"
                yield ("simulate", key), f"{message}: delete it"
        return
    if genome.population_size is None:
        yield ("simulate", "population_size"), "is missing: add it"
    known = ["constant", *demography.histories]
    if genome.history not in known:
        yield ("simulate", "history"), describe_unknown(genome.history, "histories", known)
