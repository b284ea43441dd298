"""Contradictions in a config: mistakes that no single value shows.

Each function yields mistakes: the path of a key, and the message that follows it.
"""

from collections.abc import Iterator

from coalflow.config.consistency import (
    drawing,
    histories,
    imports,
    learning,
    observation,
    priors,
    simulation,
    sweeps,
    targets,
)
from coalflow.config.consistency.graphs import gene_flow, mutation_rates
from coalflow.config.consistency.interpreting import explaining
from coalflow.config.consistency.judging import hold_out, robustness
from coalflow.config.consistency.scans import genomes, significance
from coalflow.config.fields.section import Mistake
from coalflow.config.schema.whole import Config


def check_config(config: Config) -> Iterator[Mistake]:
    """Yield all contradictions of a config whose defaults are filled in."""
    mistakes = list(_check_values(config))
    mistakes = mistakes or list(drawing.check_draws(config.simulation, config.graph))
    yield from mistakes or robustness.check_robustness(config, check_config)


def _check_values(config: Config) -> Iterator[Mistake]:
    """Yield contradictions that are found by looking at values, without drawing any."""
    section = config.simulation
    yield from simulation.check_samples(config)
    if section.imported:
        yield from imports.check_import(config, section.imported)
    else:
        yield from simulation.check_parameters(section)
        yield from simulation.check_gene_conversion(section)
        yield from gene_flow.check_chosen_kinds(section)
        yield from priors.check_priors(section, targets.list_parameters(config))
        if section.demography.has_graph:
            yield from histories.check_graph(section)
            yield from mutation_rates.check_mutation_rates(config)
        else:
            yield from histories.check_epochs(section)
            yield from priors.check_no_paths(section)
        yield from simulation.check_files(section)
        yield from sweeps.check_misplaced(section)
        yield from sweeps.check_sweeps(section)
    yield from simulation.check_shards(section)
    yield from simulation.check_split(config.split, section)
    mistaken = list(targets.check_targets(config))
    yield from mistaken
    if not mistaken:
        yield from targets.check_baselines(config)
        yield from significance.check_significance(config)
        yield from hold_out.check_hold_out(config)
    yield from learning.check_encoding(config)
    yield from learning.check_statistics(config)
    yield from learning.check_training(config)
    yield from learning.check_search(config)
    yield from learning.check_augmentation(config)
    yield from explaining.check_explained_windows(config)
    for path, message in observation.check_observation(config):
        yield ("observation", *path), message
    for name, genome in config.genomes.items():
        for path, message in genomes.check_genome(genome, config):
            yield ("genomes", name, *path), message
