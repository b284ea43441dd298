"""Contradictions in a config: mistakes that no single value shows.

Each function yields mistakes: the path of a key, and the message that follows it.
Needs nothing but what Snakemake itself installs, since the Snakefile uses it.
"""

from coalflow import scenarios
from coalflow.contradictions import genomes, histories, imports, learning, sweeps, targets

FEWEST_HAPLOTYPES = 4  # with fewer there are no two kinds of variants to tell apart


def of(config):
    """Yield all contradictions of a config whose defaults are filled in."""
    simulation = config["simulation"]
    if scenarios.haplotypes(simulation) < FEWEST_HAPLOTYPES:
        message = f"makes {scenarios.haplotypes(simulation)} haplotypes, but {FEWEST_HAPLOTYPES} "
        yield ("simulation", "samples"), f"{message}or more are needed: raise it"
    if "import" in simulation:
        yield from imports.of_import(simulation)
    else:
        yield from _simulation_mistakes(simulation)
    yield from _shard_mistakes(simulation)
    yield from _split_mistakes(config["split"], simulation["replicates"])
    yield from targets.of_targets(config)
    yield from learning.of_baselines(config)
    yield from learning.of_encoding(config)
    for name, genome in config["genomes"].items():
        for key, message in genomes.of_genome(genome, config):
            yield ("genomes", name, *key), message


def _simulation_mistakes(simulation):
    yield from _parameter_mistakes(simulation)
    if "demes" in simulation["demography"]:
        yield from histories.of_demes(simulation)
    else:
        yield from histories.of_histories(simulation)
    yield from sweeps.misplaced(simulation)
    yield from sweeps.of_sweeps(simulation)


def _parameter_mistakes(simulation):
    grid = simulation.get("grid", {})
    for parameter in scenarios.names(simulation):
        path = ("simulation", *scenarios.PLACES[parameter])
        single = scenarios.single_value(simulation, parameter)
        if parameter in grid and single is not None:
            yield path, f"has a value here and others in simulation.grid.{parameter}: delete one"
        if parameter not in grid and single is None:
            yield path, f"is missing: add it, or list values in simulation.grid.{parameter}"


def _shard_mistakes(simulation):
    most = scenarios.MAX_SHARDS
    if len(scenarios.shard_ranges(simulation)) > most:
        enough = -(-simulation["replicates"] // most)
        message = f"makes more than {most:,} shards a cell: make it {enough:,} or larger"
        yield ("simulation", "shard_size"), message


def _split_mistakes(split, replicates):
    total = sum(split.values())
    if abs(total - 1) > 1e-9:
        yield ("split",), f"sums to {total:.10g}: train + validation + test must be 1"
        return
    block = scenarios.split_block(split.values())
    if block is None:
        yield ("split",), "has fractions finer than thousandths: round them"
    elif replicates < 2 * block:
        message = f"is {replicates}, but a split in blocks of {block} needs {2 * block} or more"
        yield ("simulation", "replicates"), message
