"""What contradicts a genome: its file, its samples, or how it is simulated."""

from collections.abc import Iterator

from coalflow.config.fields.section import Mistake, show
from coalflow.config.schema.genomes import Genome, GenotypeRules, SimulatedGenome
from coalflow.config.schema.simulation import Demography
from coalflow.config.schema.whole import Config
from coalflow.core.errors import describe_unknown
from coalflow.core.input_files import describe_unusable


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
        unusable = describe_unusable(genome.path)
        if unusable:
            yield ("path",), f"is {show(genome.path)}: {unusable}"
        if config.observation.polarised and genome.ancestral is None:
            message = "is missing: observation.polarised needs to know the ancestral allele"
            yield ("ancestral",), f"{message} (REF, or an INFO field such as AA)"
        if genome.ancestral is not None and not config.observation.polarised:
            message = f"is {show(genome.ancestral)}, but observation.polarised is false"
            yield ("ancestral",), f"{message}, so it is not used: set that to true, or delete this"
        yield from check_genotype_rules(genome)
        yield from _check_samples(genome, config)
    elif genome.simulate is not None:
        for key in ("ancestral", "samples", *GenotypeRules.model_fields):
            if getattr(genome, key) is not None:
                yield (key,), "goes with `path`, not with `simulate`: delete it"
        yield from _check_history(genome.simulate, config.simulation.demography)
        yield from _check_rates(genome.simulate, config)


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


def _check_samples(genome: Genome, config: Config) -> Iterator[Mistake]:
    """Yield why the individuals named for a genome are not those that models see."""
    named, fewer = genome.samples, config.observation.individuals
    # One number for several populations is reported elsewhere.
    samples = config.samples.fewer(fewer) if isinstance(fewer, dict) else config.samples
    needed = dict(samples.individuals)
    populations = ", ".join(needed)
    if samples.populations and named is None:
        message = f"is missing: name the individuals of each population ({populations})"
        yield ("samples",), message
    elif samples.populations and isinstance(named, tuple):
        message = "is one list, but there are several populations: give one for each"
        yield ("samples",), f"{message} ({populations})"
    elif isinstance(named, dict) and not samples.populations:
        message = "has several populations, but simulation.samples is one number: give one list"
        yield ("samples",), message
    elif isinstance(named, dict):
        yield from _check_each_population(named, needed)
        yield from _check_numbers(named, needed, genome, config)
    elif named is not None and not _can_be(len(named), sum(needed.values()), genome, config):
        key = "observation.individuals" if fewer else "simulation.samples"
        message = f"lists {len(named)} individuals, but {key} is {sum(needed.values())}"
        yield ("samples",), f"{message}{_describe_ploidies(genome, config)}"


def _check_each_population(
    named: dict[str, tuple[str, ...]], needed: dict[str, int]
) -> Iterator[Mistake]:
    populations: dict[str, str] = {}
    for name in sorted({*named} | {*needed}):
        if name not in needed:
            yield ("samples", name), describe_unknown(name, "populations", needed)
        elif name not in named:
            yield ("samples", name), "is missing: list its individuals"
        for individual in named.get(name, ()):
            other = populations.setdefault(individual, name)
            if other != name:
                message = f"lists {individual!r}, which is in {other} too: keep it in one"
                yield ("samples", name), message


def _check_numbers(
    named: dict[str, tuple[str, ...]], needed: dict[str, int], genome: Genome, config: Config
) -> Iterator[Mistake]:
    for name in sorted({*named} & {*needed}):
        if not _can_be(len(named[name]), needed[name], genome, config):
            message = f"lists {len(named[name])} individuals, but simulations have {needed[name]}"
            yield (
                ("samples", name),
                f"{message} of {name}{_describe_ploidies(genome, config)}",
            )


def _can_be(named: int, needed: int, genome: Genome, config: Config) -> bool:
    """Return whether that many individuals may have the haplotypes of those that are needed.

    Their ploidy may be another one than that of simulations; with ``ploidy`` by contig it may
    differ between them. The file decides.
    """
    if config.observation.phased is False:
        return named == needed
    haplotypes = needed * config.samples.ploidy
    if isinstance(genome.ploidy, int):
        return named * genome.ploidy == haplotypes
    return haplotypes % named == 0 or (genome.ploidy is not None and named < haplotypes)


def _describe_ploidies(genome: Genome, config: Config) -> str:
    """Return words to append where the ploidy of the file is given, and differs."""
    simulated = config.samples.ploidy
    if not isinstance(genome.ploidy, int) or genome.ploidy == simulated:
        return ""
    return f" with simulation.ploidy {simulated}, and ploidy of this file is {genome.ploidy}"


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
