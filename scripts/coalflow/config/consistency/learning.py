"""What contradicts how nets learn: the encoding, the training, its search and augmentation."""

import shutil
from collections.abc import Iterator

from coalflow.config.consistency import ranges
from coalflow.config.fields.section import Mistake, show
from coalflow.config.messages import check_value
from coalflow.config.registry.nets import NETS
from coalflow.config.schema.encoding import Encoding
from coalflow.config.schema.samples import Samples
from coalflow.config.schema.simulation import Simulation
from coalflow.config.schema.targets import StatisticTarget
from coalflow.config.schema.training import Training
from coalflow.config.schema.whole import Config


def check_encoding(config: Config) -> Iterator[Mistake]:
    """Yield windows that a net cannot read, and keys that contradict each other."""
    encoding, simulation = config.encoding, config.simulation
    for net in config.models.nets:
        record = NETS[net]
        if encoding.sites < record.fewest_sites:
            message = f"is {encoding.sites}, but {net} needs {record.fewest_sites} or more"
            yield ("encoding", "sites"), f"{message}: raise it"
        if encoding.positions != "position" and not record.reads_positions:
            message = f"is {encoding.positions}, but {net} does not read the positions of sites"
            nets = ", ".join(name for name in NETS if NETS[name].reads_positions)
            yield ("encoding", "positions"), f"{message}: delete it, or use only some of {nets}"
        if encoding.positions == "distance" and record.needs_position:
            message = f"is distance, but {net} needs the positions of sites in the window"
            yield ("encoding", "positions"), f"{message}: make it position, or both"
    if encoding.seed is not None and encoding.stretch != "random":
        message = f"is for random stretches, but encoding.stretch is {encoding.stretch}"
        yield ("encoding", "seed"), f"{message}: delete it"
    if encoding.pad:
        yield from _check_length(encoding, simulation)
    elif encoding.length is not None:
        message = "is for padded windows: delete it, or set encoding.pad to true"
        yield ("encoding", "length"), message


def _check_length(encoding: Encoding, simulation: Simulation) -> Iterator[Mistake]:
    """Yield why padded windows have no one length in bases, or a longer one than is simulated."""
    if encoding.length is not None:
        _, shortest = ranges.find_extreme(simulation, "sequence_length", min)
        if shortest is not None and encoding.length > shortest:
            message = f"is {encoding.length:,}, but simulated windows have {shortest:,} bases"
            yield (
                ("encoding", "length"),
                f"{message}: lower it, or raise simulation.sequence_length",
            )
    elif "sequence_length" in simulation.axes:
        yield (
            ("simulation", "grid", "sequence_length"),
            "has several values, but with encoding.pad windows have one length: give one in "
            "encoding.length, or set encoding.pad to false",
        )
    elif simulation.sequence_length is not None:
        length = simulation.sequence_length
        message = f"is {length}, but with encoding.pad windows are whole bases long"
        yield ("simulation", "sequence_length"), f"{message}: round it, or give encoding.length"


# Training -------------------------------------------------------------------------------------


def check_statistics(config: Config) -> Iterator[Mistake]:
    """Yield why there are no statistics."""
    if config.statistics.kinds == ("populations",) and len(config.samples.individuals) < 2:
        message = "is populations alone, but simulation.samples has one population: add"
        yield ("statistics", "kinds"), f"{message} other statistics, or delete it"


def check_training(config: Config) -> Iterator[Mistake]:
    """Yield what the targets have no use for, and a warm-up without an end."""
    training, targets = config.training, config.targets
    if targets.has_classes:
        if training.loss is not None:
            message = f"is for numbers, but the target {targets.first} has classes: delete it"
            yield ("training", "loss"), message
    elif training.class_weights != "equal":
        message = f"is for classes, but the target {targets.first} is a number: delete it"
        yield ("training", "class_weights"), message
    if training.epochs is not None and (training.warm_up or 0) >= training.epochs:
        message = f"is {training.warm_up:g}, but there are {training.epochs} epochs in all"
        yield ("training", "warm_up"), f"{message}: lower it"
    if training.nodes > 1 and not shutil.which("srun"):
        message = f"is {training.nodes}, and there is no SLURM here to start them: make it 1"
        yield ("training", "nodes"), f"{message}, or start Snakemake on a cluster"


# Augmentation --------------------------------------------------------------------------------


def check_augmentation(config: Config) -> Iterator[Mistake]:
    """Yield what would make training windows that could not be observed, or nothing new."""
    augment, observation = config.training.augment, config.observation
    if augment is None:
        return
    path = ("training", "augment")
    if augment.thin is not None:
        message = _why_not_thin(config, augment.thin)
        if message:
            yield (*path, "thin"), message
    if augment.flip is not None and not observation.polarised:
        message = "is about ancestral alleles, which are not known: delete it, or set"
        yield (*path, "flip"), f"{message} observation.polarised to true"
    if augment.errors:
        rates = (
            observation.missing,
            observation.genotype_error,
            observation.switch_error,
            observation.polarisation_error,
        )
        statistics = list(config.targets.site_statistics)
        if observation.like is None and not any(rates):
            yield (*path, "errors"), "is true, but observation has none: add some, or delete it"
        elif statistics:
            message = "changes which sites are seen, and"
            yield (
                (*path, "errors"),
                f"{message} {statistics[0]} is a statistic of these: delete it",
            )


def _why_not_thin(config: Config, thin: int) -> str | None:
    """Return why windows of fewer haplotypes would not be real ones, or None."""
    fewer = config.observation.individuals
    samples: Samples = config.samples
    observed = samples.fewer(fewer) if isinstance(fewer, dict) else samples
    for name, target in config.targets:
        if isinstance(target, StatisticTarget):
            return f"changes the haplotypes, and {name} is computed on them: delete it"
    if thin >= max(observed.haplotypes):
        return f"is {thin}, but windows have {_count_haplotypes(observed)}: lower it"
    if not config.encoding.pad:
        return "leaves fewer sites than the net reads: set encoding.pad to true, or delete it"
    for net in config.models.nets:
        if not NETS[net].any_haplotypes:
            return f"is for nets that accept any number of haplotypes, not for {net}: delete it"
        if len(samples.individuals) > 1 and not NETS[net].any_of_each:
            message = f"is for one population where the net is {net}, but there are"
            return f"{message} {', '.join(samples.populations)}: delete one of the two"
    return None


def _count_haplotypes(samples: Samples) -> str:
    """Return how many haplotypes there are of each population, in words."""
    if not samples.populations:
        return f"{samples.number_of_haplotypes} haplotypes"
    counted = zip(samples.haplotypes, samples.populations, strict=True)
    return ", ".join(f"{number} haplotypes of {name}" for number, name in counted)


# Search --------------------------------------------------------------------------------------


def check_search(config: Config) -> Iterator[Mistake]:
    """Yield what a search cannot try."""
    search, nets = config.search, config.models.nets
    if search.net is not None and search.net not in nets:
        message = f"is {show(search.net)}, which is not in models.nets: use {' or '.join(nets)}"
        yield ("search", "net"), message
    for name, space in search.space.items():
        path = ("search", "space", name, space.kind)
        for index, value in enumerate(space.values):
            for below, message in check_value(Training, name, value):
                yield (*path, index, *below), message
        if space.kind == "categorical":
            continue
        low, high = (float(value) for value in space.values)
        if not low < high:
            message = "the first must be less than the second"
            yield path, f"is {list(space.values)}: {message}"
        elif space.kind == "log_uniform" and low <= 0:
            yield path, f"begins at {low:g}, which has no logarithm: begin above 0"
