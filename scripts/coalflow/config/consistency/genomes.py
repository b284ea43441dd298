"""What contradicts a genome: its file, its samples, or how it is simulated."""

import os
import pathlib

from coalflow.config import grid, messages


def of_genome(genome, config):
    """Yield what is wrong with one of the genomes; paths are seen from it."""
    if ("path" in genome) == ("simulate" in genome):
        yield (), "needs either `path` or `simulate`, one of them"
    elif "path" in genome:
        if not os.path.isfile(genome["path"]):  # noqa: PTH113 - pathlib raises on names too long
            place = pathlib.Path.cwd()
            yield ("path",), f"is {genome['path']!r}: there is no such file (seen from {place})"
        if config["observation"]["polarised"] and "ancestral" not in genome:
            message = "is missing: observation.polarised needs to know the ancestral allele"
            yield ("ancestral",), f"{message} (REF, or an INFO field such as AA)"
        yield from _sample_mistakes(genome.get("samples"), config)
    else:
        for key in sorted({"samples", "ancestral"} & set(genome)):
            yield (key,), "goes with `path`, not with `simulate`: delete it"
        yield from _history_mistakes(genome["simulate"], config["simulation"]["demography"])
        for rate in ("mutation_rate", "recombination_rate"):
            if rate in genome["simulate"]:
                continue
            simulation = config["simulation"]
            several = {*simulation.get("grid", {}), *simulation.get("prior", {})}
            if "recombination_map" in simulation:
                several.add("recombination_rate")
            if rate in several:
                yield ("simulate", rate), "is missing: simulation has several values of it"
            elif "import" in config["simulation"]:
                yield ("simulate", rate), "is missing: simulations are imported, so add it"


def _sample_mistakes(named, config):
    """Yield why the individuals named for a genome are not those that models see."""
    simulation = config["simulation"]
    simulated, fewer = grid.samples(simulation), config["observation"].get("individuals")
    # One number for several populations, and other populations, are mistakes told elsewhere.
    known = fewer if isinstance(fewer, dict) else {}
    needed = {name: known.get(name, number) for name, number in simulated.items()}
    several = isinstance(simulation["samples"], dict)
    populations = ", ".join(needed)
    if several and named is None:
        message = f"is missing: name the individuals of each population ({populations})"
        yield ("samples",), message
    elif several and isinstance(named, list):
        message = (
            f"is one list, but there are several populations: give one of each ({populations})"
        )
        yield ("samples",), message
    elif isinstance(named, dict) and not several:
        message = "has several populations, but simulation.samples is one number: give one list"
        yield ("samples",), message
    elif isinstance(named, dict):
        for name in sorted({*named} | {*needed}):
            if name not in needed:
                yield ("samples", name), messages.unknown(name, "populations", list(needed))
            elif name not in named:
                yield ("samples", name), "is missing: list its individuals"
            elif len(named[name]) != needed[name]:
                message = f"lists {len(named[name])} individuals, but {needed[name]} are seen"
                yield ("samples", name), f"{message} of {name} in simulations"
    elif named is not None and len(named) != sum(needed.values()):
        of_what = "observation.individuals" if fewer else "simulation.samples"
        message = f"lists {len(named)} individuals, but {of_what} is {sum(needed.values())}"
        yield ("samples",), message


def _history_mistakes(genome, demography):
    """Yield what is wrong with the history of a simulated genome, that of the demes file if any."""
    source = next((key for key in ("demes", "stdpopsim") if key in demography), None)
    if source:
        for key in sorted({"population_size", "history"} & set(genome)):
            message = f"contradicts simulation.demography.{source}, whose history the genome has"
            yield ("simulate", key), f"{message}: delete it"
        return
    if "population_size" not in genome:
        yield ("simulate", "population_size"), "is missing: add it"
    known = ["constant", *demography["histories"]]
    if genome["history"] not in known:
        yield ("simulate", "history"), messages.unknown(genome["history"], "histories", known)
