"""What contradicts the simulation: names, samples, parameters, files, shards and the split."""

import math
from collections.abc import Callable, Iterator

from coalflow.config import grid
from coalflow.config.consistency import ranges
from coalflow.config.fields.section import Mistake, Path, show
from coalflow.config.histories import stdpopsim_catalogue
from coalflow.config.registry.parameters import GENERAL, PARAMETERS, SWEEP_PARAMETERS
from coalflow.config.schema.dataset import Split
from coalflow.config.schema.samples import EVERYONE, FEWEST_HAPLOTYPES
from coalflow.config.schema.simulation import Simulation
from coalflow.config.schema.whole import Config
from coalflow.config.tables import recombination_maps
from coalflow.core.errors import CoalflowError
from coalflow.core.input_files import describe_unusable

ALIKE = 2  # times as many mutations


def check_names(simulation: Simulation) -> Iterator[Mistake]:
    """Yield names that stdpopsim's catalogue does not have, of species and what they have."""
    demography, section = simulation.demography, ("simulation", "demography")
    if simulation.species is None:
        if demography.stdpopsim is not None:
            message = "is a model of stdpopsim's: name the species too (simulation.species)"
            yield (*section, "stdpopsim"), message
        if simulation.chromosome is not None and simulation.recombination_map is None:
            message = "goes with simulation.species or simulation.recombination_map: add one"
            yield ("simulation", "chromosome"), message
        return
    species = simulation.species
    lookups: list[tuple[Path, str | None, Callable[[str, str], object]]] = [
        (
            ("simulation", "species"),
            species,
            lambda name, _: stdpopsim_catalogue.find_species(name),
        ),
        (("simulation", "chromosome"), simulation.chromosome, stdpopsim_catalogue.find_chromosome),
        ((*section, "stdpopsim"), demography.stdpopsim, stdpopsim_catalogue.find_model),
    ]
    for path, name, find in lookups:
        if name is None:
            continue
        try:
            find(species, name)
        except CoalflowError as error:
            yield path, str(error)
            return
    yield from _check_chromosome(simulation)


def _check_chromosome(simulation: Simulation) -> Iterator[Mistake]:
    """Yield that a model's own mutation rate, which is the genome's, is not the chromosome's."""
    model, chromosome = simulation.demography.stdpopsim, simulation.chromosome
    if simulation.species is None or model is None or chromosome is None:
        return
    own = stdpopsim_catalogue.find_own_mutation_rate(simulation.species, model)
    genome = stdpopsim_catalogue.find_rates(simulation.species).get("mutation_rate")
    rate = stdpopsim_catalogue.find_rates(simulation.species, None, chromosome).get("mutation_rate")
    if own and genome and rate and not genome / ALIKE < rate < genome * ALIKE:
        message = (
            f"is {chromosome}, whose mutation rate, {rate:g}, is {rate / genome:.3g} times the"
        )
        wanted = f"{model} was inferred with {own:g} for the genome: choose another chromosome"
        yield ("simulation", "chromosome"), f"{message} genome's, and {wanted}, or no model"


def check_samples(config: Config) -> Iterator[Mistake]:
    """Yield that too few haplotypes are sampled."""
    number = config.samples.number_of_haplotypes
    if number < FEWEST_HAPLOTYPES:
        message = f"makes {number} haplotypes, but {FEWEST_HAPLOTYPES} or more are needed: raise it"
        yield ("simulation", "samples"), message
    written = config.simulation.samples
    if not isinstance(written, int) and EVERYONE in written:
        message = f"is {EVERYONE!r}, the name of a sample that has no populations"
        fix = "rename the population in the demes file"
        if config.simulation.imported:
            fix = "write another, and map it in simulation.import.populations"
        yield ("simulation", "samples", EVERYONE), f"{message}: {fix}"


def check_parameters(simulation: Simulation) -> Iterator[Mistake]:
    """Yield parameters that are given in several places, or in none."""
    needed = [name for name in grid.list_parameters(simulation) if name in GENERAL]
    if simulation.recombination_map is not None:
        needed.remove("recombination_rate")
        for path in ranges.list_places(simulation, "recombination_rate"):
            yield path, "is given as well as simulation.recombination_map: delete one"
    others = {*SWEEP_PARAMETERS, *simulation.axes, *simulation.prior} - {"recombination_rate"}
    others -= {*needed, *list_replaced_by_graph(simulation)}
    for name in [*needed, *sorted(others)]:
        found = ranges.list_places(simulation, name)
        if len(found) > 1:
            elsewhere = " and ".join(".".join(map(str, path)) for path in found[1:])
            yield found[0], f"is also given in {elsewhere}: delete one"
        if name in needed and not found:
            ways = f"add it, or list values in simulation.grid.{name}, or draw it"
            path = ("simulation", *PARAMETERS[name].section)
            why = "is missing"
            if simulation.species is not None and name != "gene_flow":
                why = f"is missing, and stdpopsim knows no possible one of {simulation.species}"
            yield path, f"{why}: {ways} (simulation.prior)"


def check_gene_conversion(simulation: Simulation) -> Iterator[Mistake]:
    """Yield that there is gene conversion where only crossovers can be simulated.

    Parameters
    ----------
    simulation : Simulation
    """
    tract = simulation.gene_conversion_tract
    if not tract:
        return
    path = ("simulation", "gene_conversion_tract")
    where = f"is {tract:,g} bases" + (f" in {simulation.species}" if simulation.species else "")
    fix = "make it 0 to simulate these instead"
    if simulation.has_sweeps:
        yield path, f"{where}, and sweeps are simulated with crossovers alone: {fix}"
    if simulation.recombination_map is not None:
        yield path, f"{where}, and simulation.recombination_map is of crossovers: {fix}"


def list_replaced_by_graph(simulation: Simulation) -> list[str]:
    """Return the parameters that a graph replaces; none where there is no graph."""
    replaced = [name for name in GENERAL if PARAMETERS[name].section[0] == "demography"]
    return replaced if simulation.demography.has_graph else []


def check_files(simulation: Simulation) -> Iterator[Mistake]:
    """Yield files that do not exist: the recombination map, and joint draws."""
    for key in ("recombination_map", "draws"):
        file = getattr(simulation, key)
        unusable = None if file is None else describe_unusable(file)
        if file is None:
            continue
        if unusable is None:
            if key == "recombination_map":
                yield from _check_map(simulation, file)
            continue
        message = f"is {show(file)}: {unusable}"
        if key == "recombination_map" and simulation.species is not None:
            maps = stdpopsim_catalogue.list_genetic_maps(simulation.species)
            if file in maps and simulation.chromosome is not None:
                continue
            if file in maps:
                message = f"is {file!r}, a map of stdpopsim's: name the chromosome too"
                yield ("simulation", key), f"{message} (simulation.chromosome)"
                continue
            known = ", ".join(maps) or "none"
            message = f"{message}, nor a map of stdpopsim's for the species; these are: {known}"
        yield ("simulation", key), message


def _check_map(simulation: Simulation, file: str) -> Iterator[Mistake]:
    """Yield why windows cannot have stretches of a recombination map."""
    path = ("simulation", "recombination_map")
    try:
        longest = recombination_maps.read_map(file, simulation.chromosome).longest_known
    except CoalflowError as error:
        yield path, f"is {show(file)}: {error}"
        return
    where, length = ranges.find_extreme(simulation, "sequence_length", max)
    if length is not None and length > longest:
        message = f"is {length:,.0f}, but the longest stretch of {file} with known rates has"
        yield where, f"{message} {longest:,.0f} bases: shorten it"


def check_shards(simulation: Simulation) -> Iterator[Mistake]:
    """Yield that there are more cells or shards than Snakemake can plan."""
    most, replicates = grid.MAX_SHARDS, simulation.replicates
    cells = math.prod(len(values) for values in simulation.axes.values())
    if cells > most:
        message = f"has {cells:,} combinations, more than {most:,}, and each is a job or more: "
        yield (
            ("simulation", "grid"),
            f"{message}draw some parameters instead (simulation.prior)",
        )
    elif len(longest := grid.name_longest_cell(simulation)) > grid.LONGEST_NAME:
        message = f"makes names of files of {len(longest)} characters, such as {show(longest)}, but"
        message += (
            f" {grid.LONGEST_NAME} are possible: shorten the names of histories, or draw some"
        )
        yield ("simulation", "grid"), f"{message} parameters instead (simulation.prior)"
    elif cells * len(grid.list_shard_ranges(replicates, simulation.shard_size)) > most:
        enough = -(-replicates // (most // cells))
        message = f"makes more than {most:,} shards, each a job: make it {enough:,} or larger"
        yield ("simulation", "shard_size"), message


def check_split(split: Split, section: Simulation) -> Iterator[Mistake]:
    """Yield fractions that do not sum to 1, or cannot be split into whole replicates."""
    if split.given is not None:
        yield from _check_given_split(split, section)
        return
    total = sum(split.fractions.values())
    if abs(total - 1) > 1e-9:
        yield ("split",), f"sums to {total:.10g}: train + validation + test must be 1"
        return
    block = grid.find_split_block(split.fractions.values())
    if block is None:
        yield ("split",), "has fractions finer than thousandths: round them"
    elif section.replicates < 2 * block:
        message = (
            f"is {section.replicates}, but a split in blocks of {block} needs {2 * block} or more"
        )
        yield ("simulation", "replicates"), message


def _check_given_split(split: Split, section: Simulation) -> Iterator[Mistake]:
    """Yield why it cannot be given which windows are for what, and fractions of no use."""
    if section.imported is None:
        message = "is for windows that are imported, and these are simulated: delete it"
        yield ("split", "given"), message
    for key in ("train", "test"):
        if getattr(split, key) != Split.model_fields[key].default:
            message = "is a fraction, but split.given says which windows are for what"
            yield ("split", key), f"{message}: delete one of the two"
    if grid.find_split_block([split.validation]) is None:
        yield ("split", "validation"), "is a fraction finer than thousandths: round it"
