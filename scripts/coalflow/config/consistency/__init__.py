"""Contradictions in a config: mistakes that no single value shows.

Each function yields mistakes: the path of a key, and the message that follows it.
Needs nothing but what Snakemake itself installs, since the Snakefile uses it.
"""

import math
import os
import pathlib

from coalflow.config import catalogue, grid
from coalflow.config.consistency import (
    genomes,
    histories,
    imports,
    learning,
    observation,
    priors,
    ranges,
    sweeps,
    targets,
)
from coalflow.core.errors import CoalflowError


def of(config, limits):
    """Yield all contradictions of a config whose defaults are filled in.

    ``limits`` maps parameters, and what paths into a graph end in, to their part of the
    schema.
    """
    simulation = config["simulation"]
    if grid.haplotypes(simulation) < grid.FEWEST_HAPLOTYPES:
        message = f"makes {grid.haplotypes(simulation)} haplotypes, but "
        message += f"{grid.FEWEST_HAPLOTYPES} "
        yield ("simulation", "samples"), f"{message}or more are needed: raise it"
    if "import" in simulation:
        yield from imports.of_import(simulation)
    else:
        yield from _simulation_mistakes(simulation, limits)
    yield from _shard_mistakes(simulation)
    yield from _split_mistakes(config["split"], simulation["replicates"])
    yield from targets.of_targets(config)
    yield from learning.of_baselines(config)
    yield from learning.of_encoding(config)
    yield from learning.of_training(config)
    yield from learning.of_search(config)
    yield from learning.of_augmentation(config)
    for key, message in observation.of_observation(config):
        yield ("observation", *key), message
    for name, genome in config["genomes"].items():
        for key, message in genomes.of_genome(genome, config):
            yield ("genomes", name, *key), message


def of_names(simulation):
    """Yield names that stdpopsim's catalogue does not have, of species and what they have."""
    demography, place = simulation["demography"], ("simulation", "demography")
    if "species" not in simulation:
        if "stdpopsim" in demography:
            message = "is a model of stdpopsim's: name the species too (simulation.species)"
            yield (*place, "stdpopsim"), message
        if "chromosome" in simulation:
            yield ("simulation", "chromosome"), "goes with simulation.species: add it"
        return
    named = {
        ("simulation", "species"): (catalogue.species,),
        ("simulation", "chromosome"): (catalogue.chromosome, simulation.get("chromosome")),
        (*place, "stdpopsim"): (catalogue.model, demography.get("stdpopsim")),
    }
    for path, (find, *name) in named.items():
        if name == [None]:
            continue
        try:
            find(simulation["species"], *name)
        except CoalflowError as error:
            yield path, str(error)
            return
    if "stdpopsim" in demography:
        own = catalogue.own_mutation_rate(simulation["species"], demography["stdpopsim"])
        given = simulation.get("mutation_rate")
        if own is not None and given is not None and given != own:
            message = f"is {given:g}, but the model's sizes were inferred with its own, {own:g}"
            yield ("simulation", "mutation_rate"), f"{message}: delete it"


def _simulation_mistakes(simulation, limits):
    yield from _parameter_mistakes(simulation)
    yield from priors.of_priors(simulation, limits)
    if grid.has_graph(simulation):
        yield from histories.of_graph(simulation, limits)
    else:
        yield from histories.of_histories(simulation)
        yield from priors.without_graph(simulation)
    for key in ("recombination_map", "draws"):
        yield from _missing_file(simulation, key)
    yield from sweeps.misplaced(simulation)
    yield from sweeps.of_sweeps(simulation)


def _parameter_mistakes(simulation):
    """Yield parameters that stand in several places, or in none."""
    needed = [name for name in grid.names(simulation) if name in grid.PLACES]
    if "recombination_map" in simulation:
        needed.remove("recombination_rate")
        for path in ranges.places(simulation, "recombination_rate"):
            yield path, "is given beside simulation.recombination_map: delete one"
    others = {*grid.SWEEP_PARAMETERS, *simulation.get("grid", {}), *simulation["prior"]}
    others -= {"recombination_rate"}
    for name in [*needed, *sorted(others - set(needed) - set(histories.replaced(simulation)))]:
        found = list(ranges.places(simulation, name))
        if len(found) > 1:
            others = " and ".join(".".join(path) for path in found[1:])
            yield found[0], f"is given in {others} too: delete one"
        if name in needed and not found:
            ways = f"add it, or list values in simulation.grid.{name}, or draw it"
            yield ("simulation", *grid.PLACES[name]), f"is missing: {ways} (simulation.prior)"


def _missing_file(simulation, key):
    file = simulation.get(key)
    named = key == "recombination_map" and "species" in simulation
    if file is None or os.path.isfile(file):  # noqa: PTH113 - pathlib raises on names too long
        return
    message = f"is {file!r}: there is no such file (seen from {pathlib.Path.cwd()})"
    if named and file in catalogue.genetic_maps(simulation["species"]):
        if "chromosome" not in simulation:
            message = f"is {file!r}, stdpopsim's: say of which chromosome (simulation.chromosome)"
            yield ("simulation", key), message
        return
    if named:
        maps = ", ".join(catalogue.genetic_maps(simulation["species"])) or "none"
        message = f"{message}, nor a map of stdpopsim's for the species; these are: {maps}"
    yield ("simulation", key), message


def _shard_mistakes(simulation):
    most, replicates = grid.MAX_SHARDS, simulation["replicates"]
    number_of_cells = math.prod(len(values) for values in simulation.get("grid", {}).values())
    if number_of_cells > most:
        message = f"has {number_of_cells:,} combinations, more than {most:,}, and each is a job or "
        message += "more: draw some parameters instead (simulation.prior)"
        yield ("simulation", "grid"), message
    elif number_of_cells * len(grid.shard_ranges(simulation)) > most:
        enough = -(-replicates // (most // number_of_cells))
        message = f"makes more than {most:,} shards, each a job: make it {enough:,} or larger"
        yield ("simulation", "shard_size"), message


def _split_mistakes(split, replicates):
    total = sum(split.values())
    if abs(total - 1) > 1e-9:
        yield ("split",), f"sums to {total:.10g}: train + validation + test must be 1"
        return
    block = grid.split_block(split.values())
    if block is None:
        yield ("split",), "has fractions finer than thousandths: round them"
    elif replicates < 2 * block:
        message = f"is {replicates}, but a split in blocks of {block} needs {2 * block} or more"
        yield ("simulation", "replicates"), message
