"""What contradicts a genome: its file, its samples, or how it is simulated."""

import os
import pathlib

from coalflow import mistakes, scenarios


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
        needed = sum(scenarios.samples(config["simulation"]).values())
        if len(genome.get("samples", range(needed))) != needed:
            listed = len(genome["samples"])
            yield ("samples",), f"lists {listed} individuals, but simulation.samples is {needed}"
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
        yield ("simulate", "history"), mistakes.unknown(genome["history"], "histories", known)
