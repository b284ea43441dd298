"""What contradicts a genome: its file, its samples, or how it is simulated."""

import os
import pathlib
from collections.abc import Iterator

from coalflow.config.fields.section import Mistake
from coalflow.config.schema.genomes import Genome, SimulatedGenome
from coalflow.config.schema.simulation import Demography
from coalflow.config.schema.whole import Config
from coalflow.core.errors import describe_unknown


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
        if not os.path.isfile(genome.path):  # noqa: PTH113 - pathlib raises on names too long
            place = pathlib.Path.cwd()
            yield ("path",), f"is {genome.path!r}: there is no such file (relative to {place})"
        if config.observation.polarised and genome.ancestral is None:
            message = "is missing: observation.polarised needs to know the ancestral allele"
            yield ("ancestral",), f"{message} (REF, or an INFO field such as AA)"
        yield from _check_samples(genome.samples, config)
    elif genome.simulate is not None:
        for key in ("ancestral", "samples"):
            if getattr(genome, key) is not None:
                yield (key,), "goes with `path`, not with `simulate`: delete it"
        yield from _check_history(genome.simulate, config.simulation.demography)
        yield from _check_rates(genome.simulate, config)


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


def _check_samples(
    named: tuple[str, ...] | dict[str, tuple[str, ...]] | None, config: Config
) -> Iterator[Mistake]:
    """Yield why the individuals named for a genome are not those that models see."""
    samples, fewer = config.samples, config.observation.individuals
    # One number for several populations is reported elsewhere.
    needed = dict(
        samples.fewer(fewer).individuals if isinstance(fewer, dict) else samples.individuals
    )
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
    elif named is not None and len(named) != sum(needed.values()):
        key = "observation.individuals" if fewer else "simulation.samples"
        message = f"lists {len(named)} individuals, but {key} is {sum(needed.values())}"
        yield ("samples",), message


def _check_each_population(
    named: dict[str, tuple[str, ...]], needed: dict[str, int]
) -> Iterator[Mistake]:
    for name in sorted({*named} | {*needed}):
        if name not in needed:
            yield ("samples", name), describe_unknown(name, "populations", needed)
        elif name not in named:
            yield ("samples", name), "is missing: list its individuals"
        elif len(named[name]) != needed[name]:
            message = f"lists {len(named[name])} individuals, but simulations have {needed[name]}"
            yield ("samples", name), f"{message} of {name}"


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
