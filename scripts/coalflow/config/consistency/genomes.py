"""What contradicts a genome: its file, what is read of it, or how it is simulated."""

from collections.abc import Iterator

from coalflow.config.consistency.genome_samples import check_draws, check_genome_samples
from coalflow.config.fields.section import Mistake, show
from coalflow.config.genomes.files import (
    check_file,
    check_genotype_rules,
    check_selection,
    describe_unusable_fasta,
    describe_unusable_genome,
)
from coalflow.config.schema.genomes import (
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

# Keys that say what is read of a file; a genome that is simulated is used whole.
OF_FILES = (
    "ancestral",
    "draws",
    "mask",
    "samples",
    *GenotypeRules.model_fields,
    *GenomeSelection.model_fields,
)


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
