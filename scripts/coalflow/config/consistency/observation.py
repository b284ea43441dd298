"""What contradicts an observation: files that are not there, more than is simulated."""

import os
import pathlib

from coalflow.config import grid, messages


def of_observation(config):
    """Yield what is wrong with the observation; paths are seen from it."""
    observation, simulation = config["observation"], config["simulation"]
    for key in ("like", "mask"):
        path = observation.get(key)
        if path is not None and not os.path.isfile(path):  # noqa: PTH113 - names may be too long
            place = pathlib.Path.cwd()
            yield (key,), f"is {path!r}: there is no such file (seen from {place})"
    if observation["polarisation_error"] and not observation["polarised"]:
        message = "is of ancestral alleles, which are not known: delete it, or set"
        yield ("polarisation_error",), f"{message} observation.polarised to true"
    mistaken = list(_individuals_mistakes(observation.get("individuals", {}), simulation))
    yield from mistaken
    if not mistaken:
        yield from _count_mistakes(observation, simulation)


def _individuals_mistakes(individuals, simulation):
    simulated = grid.samples(simulation)
    if isinstance(individuals, int):
        message = f"is one number, but there are several populations: {', '.join(simulated)}"
        yield ("individuals",), f"{message}. Say how many of each"
        return
    several = isinstance(simulation["samples"], dict)
    for name, number in individuals.items():
        path = ("individuals", name) if several else ("individuals",)
        if name not in simulated:
            yield ("individuals", name), messages.unknown(name, "populations", list(simulated))
        elif number > simulated[name]:
            message = f"is {number}, but {simulated[name]} are simulated: lower it, or raise"
            yield path, f"{message} simulation.samples"


def _count_mistakes(observation, simulation):
    """Yield why no site, or hardly any, can be seen in so many haplotypes."""
    seen = grid.samples(simulation) | observation.get("individuals", {})
    haplotypes = sum(seen.values()) * simulation["ploidy"]
    if "individuals" in observation and haplotypes < grid.FEWEST_HAPLOTYPES:
        message = f"leaves {haplotypes} haplotypes, but {grid.FEWEST_HAPLOTYPES} or more are "
        yield ("individuals",), f"{message}needed: raise it"
    fewest = observation.get("minimum_allele_count", 1)
    if fewest > haplotypes // 2:
        yield (
            ("minimum_allele_count",),
            f"is {fewest}, but of {haplotypes} haplotypes the rarer allele is on "
            f"{haplotypes // 2} at the most: lower it",
        )
