"""What a model that travels needs of a genome, compared with what it is given."""

import re
from collections.abc import Callable, Iterator, Mapping

from coalflow.config.fields.section import Mistake
from coalflow.config.genomes.files import OWN_WINDOWS
from coalflow.config.genomes.model_scan import ModelScan
from coalflow.config.schema.genomes import Genome, SampledPanel
from coalflow.config.settings.view import View

GENOME_KEY = re.compile(r"genomes\.<name>\.((?:samples\.)?\w+)")
TRAINING_KEY = re.compile(r"\b(?:simulation|observation|encoding|training)\.\w+")
# Where options have other names than keys of a config.
OPTIONS = {
    "samples": "individuals",
    "samples.sample": "sample_column",
    "samples.population": "population_column",
}


def check_needs(scan: ModelScan, view: View) -> Iterator[Mistake]:
    """Yield what a model needs and is not given, or is given and does not use.

    Parameters
    ----------
    scan : ModelScan
    view : View
        What the model sees.
    """
    observation, genome = view.observation, scan.make_genome()
    if observation.polarised and genome.ancestral is None:
        message = "is missing: the model was trained with known ancestral alleles"
        yield ("ancestral",), f"{message}: name REF, an INFO field such as AA, or a FASTA file"
    if not observation.polarised and genome.ancestral is not None:
        message = "is not used: the model was trained without known ancestral alleles"
        yield ("ancestral",), f"{message}, and counts the rarer one: leave it out"
    if observation.mask is not None and scan.mask is None:
        message = "is missing: a mask hid parts of the windows on which the model was trained"
        fix = "name a BED file of where sites can be seen in this genome, or none for all of it"
        yield ("mask",), f"{message}: {fix}"
    if genome.draws not in (None, 1) and not view.encoding.pad:
        message = "goes with models of windows in bases, and this one reads a number of sites"
        yield ("draws",), f"{message}: leave it out"
    yield from _check_populations(genome, view.samples.populations)


def check_painting(scan: ModelScan) -> Iterator[Mistake]:
    """Yield what a model that paints the haplotypes of a genome is given and cannot use.

    Parameters
    ----------
    scan : ModelScan
    """
    if scan.windows is not None:
        yield ("windows",), OWN_WINDOWS


def _check_populations(genome: Genome, populations: list[str]) -> Iterator[Mistake]:
    given, option = genome.samples, "individuals"
    if isinstance(given, SampledPanel):
        given, option = given.populations, "populations"
    listed, example = ", ".join(populations), " ".join(f"{name}=..." for name in populations)
    if populations and given is not None and not isinstance(given, Mapping):
        message = f"is one list, but the model reads individuals of {listed}"
        yield (option,), f"{message}: write {example}"
    elif isinstance(given, Mapping) and sorted(given) != sorted(populations):
        message = f"is about {', '.join(given)}, but the model reads"
        yield (option,), f"{message} {f'those of {listed}' if populations else 'one population'}"


def name_options(message: str, spell: Callable[[str], str]) -> str:
    """Return a message about keys of a config, for somebody who has options and no config.

    Parameters
    ----------
    message : str
    spell : callable
        Returns the name of an option as messages have it.

    Examples
    --------
    >>> name_options("set genomes.<name>.ploidy", "--{}".format)
    'set --ploidy'
    >>> name_options("name them in genomes.<name>.samples.populations", "--{}".format)
    'name them in --populations'
    >>> name_options("lower encoding.sites", "--{}".format)
    'lower encoding.sites. (To change encoding.sites, train another model.)'
    """
    message = GENOME_KEY.sub(
        lambda key: spell(OPTIONS.get(key[1], key[1].removeprefix("samples."))), message
    )
    keys = list(dict.fromkeys(TRAINING_KEY.findall(message)))
    if not keys:
        return message
    return f"{message.rstrip('.')}. (To change {', '.join(keys)}, train another model.)"
