"""Ancestry at every base that cannot be predicted as the config requests it."""

from collections.abc import Iterator

from coalflow.config.fields.section import Mistake, Path
from coalflow.config.genomes.files import OWN_WINDOWS
from coalflow.config.registry.nets import NETS, list_ancestry_nets
from coalflow.config.schema.targets import StatisticTarget, TargetDefinition
from coalflow.config.schema.whole import Config

MOST_HAPLOTYPES = 512  # that coalflow's own net compares with each other


def check_ancestry(
    path: Path, definition: TargetDefinition, target: StatisticTarget, config: Config
) -> Iterator[Mistake]:
    """Yield why a target cannot be predicted for each haplotype and site.

    Parameters
    ----------
    path : tuple
        Of the target.
    definition : TargetDefinition
        As it is written.
    target : StatisticTarget
    config : Config
    """
    imported = config.simulation.imported
    if imported and imported.format == "ms":
        message = "is ancestry, which is read from trees, and files of ms have none: import trees"
        yield path, f"{message} of msprime's with record_migrations, or simulate the history here"
        return
    for key in ("statistic", "mode", "scale"):
        if getattr(definition, key) is not None:
            yield (*path, key), "is not for ancestry (`from`): delete one of the two"
    if len(config.targets) > 1:
        yield path, "is ancestry, which is predicted alone: make it the only target, or remove it"
    number = dict(zip(config.samples.slices, config.samples.haplotypes, strict=True))[target.of[0]]
    if number < 2:
        message = f"has one haplotype of {target.of[0]}, which is compared with the others of it"
        yield ("simulation", "samples"), f"{message}: add individuals"
    if not config.encoding.pad:
        message = "is false, and ancestry is predicted of all bases of a window: set it to true"
        yield ("encoding", "pad"), message
    if config.encoding.order != "sampled":
        message = f"is {config.encoding.order}, but it matters whose ancestry is predicted"
        yield ("encoding", "order"), f"{message}: delete it, or make it sampled"
    if config.observation.switch_error:
        message = "exchanges the haplotypes of individuals, whose ancestry is predicted: delete it"
        fix = "or set observation.phased to false, to predict that of individuals"
        yield ("observation", "switch_error"), f"{message}, {fix}"
    yield from _check_genomes(config)
    yield from _check_nets(target, config)
    yield from _check_augmentation(config)
    if config.training.loss is not None:
        yield ("training", "loss"), "is for numbers, and the target is ancestry: delete it"


def _check_genomes(config: Config) -> Iterator[Mistake]:
    """Yield why the haplotypes of genomes cannot be painted, or not judged by the truth."""
    for name, genome in config.genomes.items():
        path = ("genomes", name)
        if genome.windows is not None:
            yield (*path, "windows"), OWN_WINDOWS
        if genome.simulate is not None and genome.simulate.sweeps:
            message = "are simulated without a record of which lineages moved, and ancestry is"
            yield (*path, "simulate", "sweeps"), f"{message} predicted: delete them"


def _check_nets(target: StatisticTarget, config: Config) -> Iterator[Mistake]:
    known = list_ancestry_nets()
    for index, name in enumerate(config.models.nets):
        if name not in known:
            message = f"is {name}, which does not predict ancestry at sites: use"
            yield ("models", "nets", index), f"{message} {' or '.join(known)}"
    number = config.samples.number_of_haplotypes
    if "coalflow" in config.models.nets and number > MOST_HAPLOTYPES:
        message = f"are {number} haplotypes, of which coalflow compares {MOST_HAPLOTYPES} at most"
        yield ("simulation", "samples"), f"{message}: lower it, or choose another net"


def _check_augmentation(config: Config) -> Iterator[Mistake]:
    augment = config.training.augment
    if augment is None:
        return
    if augment.errors:
        message = "changes which sites are seen, whose ancestry is predicted: delete it"
        yield ("training", "augment", "errors"), message
    fixed = [name for name in config.models.nets if not NETS[name].recipe.get("augment")]
    if augment.mirror and fixed:
        message = f"is not for ancestry predicted by {fixed[0]}: delete one of the two"
        yield ("training", "augment", "mirror"), message
