"""What contradicts an observation: files that do not exist, more than is simulated."""

from collections.abc import Iterator

from coalflow.config.fields.section import Mistake, show
from coalflow.config.genomes.files import check_genotype_rules, describe_unusable_genome
from coalflow.config.schema.observation import WrittenObservation
from coalflow.config.schema.samples import FEWEST_HAPLOTYPES, Samples
from coalflow.config.schema.whole import Config
from coalflow.core.errors import describe_unknown
from coalflow.core.input_files import describe_unusable


def check_observation(config: Config) -> Iterator[Mistake]:
    """Yield what is wrong with the observation; paths are relative to it."""
    observation, samples = config.observation, config.samples
    like = observation.like_file
    if observation.mask is not None and (unusable := describe_unusable(observation.mask)):
        yield ("mask",), f"is {show(observation.mask)}: {unusable}"
    if like is not None:
        if unusable := describe_unusable_genome(like.path):
            yield ("like",), f"is {show(like.path)}: {unusable}"
        yield from ((("like", *path), why) for path, why in check_genotype_rules(like))
    if observation.polarisation_error and not observation.polarised:
        message = "is about ancestral alleles, which are not known: delete it, or set"
        yield ("polarisation_error",), f"{message} observation.polarised to true"
    if observation.switch_error:
        yield from _check_switches(observation, samples)
    mistaken = list(_check_individuals(observation, samples))
    yield from mistaken
    if not mistaken:
        yield from _check_counts(observation, samples)


def _check_switches(observation: WrittenObservation, samples: Samples) -> Iterator[Mistake]:
    """Yield why the phase cannot be mistaken."""
    if samples.ploidy != 2:
        message = f"is about the phase of diploids, and simulation.ploidy is {samples.ploidy}"
        yield ("switch_error",), f"{message}: delete it"
    elif observation.phased is False:
        message = "is about the phase, which observation.phased says is not known"
        yield ("switch_error",), f"{message}: delete one of the two"


def _check_individuals(observation: WrittenObservation, samples: Samples) -> Iterator[Mistake]:
    simulated, individuals = dict(samples.individuals), observation.individuals
    if isinstance(individuals, int):
        message = f"is one number, but there are several populations: {', '.join(simulated)}"
        yield ("individuals",), f"{message}. Give a number for each"
        return
    for name, number in (individuals or {}).items():
        path = ("individuals", name) if samples.populations else ("individuals",)
        if name not in simulated:
            yield ("individuals", name), describe_unknown(name, "populations", simulated)
        elif number > simulated[name]:
            message = f"is {number}, but {simulated[name]} are simulated: lower it, or raise"
            yield path, f"{message} simulation.samples"


def _check_counts(observation: WrittenObservation, samples: Samples) -> Iterator[Mistake]:
    """Yield why no site, or hardly any, can be seen in the observed haplotypes."""
    fewer = observation.individuals
    observed = samples.fewer(fewer) if isinstance(fewer, dict) else samples
    haplotypes = observed.number_of_haplotypes
    if fewer is not None and haplotypes < FEWEST_HAPLOTYPES:
        message = f"leaves {haplotypes} haplotypes, but {FEWEST_HAPLOTYPES} or more are needed"
        yield ("individuals",), f"{message}: raise it"
    fewest = observation.minimum_allele_count or 1
    if fewest > haplotypes // 2:
        yield (
            ("minimum_allele_count",),
            f"is {fewest}, but among {haplotypes} haplotypes the rarer allele is carried by "
            f"{haplotypes // 2} at most: lower it",
        )
