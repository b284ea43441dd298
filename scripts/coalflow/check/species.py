"""Population size and rates, compared with what is known of the species (stdpopsim)."""

import difflib

import numpy as np
import stdpopsim

from coalflow.check.findings import Figure, Finding, between, rounded
from coalflow.errors import CoalflowError

FAR = 10  # times more or less than the catalogue has
CATALOGUE = "https://popsim-consortium.github.io/stdpopsim-docs/stable/catalog.html"


def find_species(identifier):
    """Return stdpopsim's species of that identifier.

    Raises CoalflowError where it has none, with those that are spelled alike or have that
    name in common language.
    """
    known = {species.id: species for species in stdpopsim.all_species()}
    if identifier in known:
        return known[identifier]
    spelled = difflib.get_close_matches(identifier, known, n=3)
    named = [
        one.id
        for one in known.values()
        if identifier.lower() in (one.common_name.lower(), one.name.lower())
    ]
    near = ", ".join(dict.fromkeys([*named, *spelled]))
    raise CoalflowError(
        f"simulation.species is {identifier!r}, which stdpopsim does not have"
        + (f"; did you mean {near}?" if near else f". Choose one of {CATALOGUE}, or delete the key")
    )


def effective_size(shard):
    """Return the size N of a constant population with the diversity of some replicates.

    That is pi / (4 mu): N diploid individuals, half the number of chromosomes. Returns None
    where the mutation rate is not known, as of imported replicates.
    """
    if "parameter/mutation_rate" not in shard.truth:
        return None
    number = shard.meta["haplotypes"]
    copies = np.bitwise_count(shard.haplotypes).sum(axis=1, dtype=np.int64)
    pi = (2 * copies * (number - copies) / (number * (number - 1))).sum()
    bases = shard.truth["parameter/sequence_length"]
    return float(pi / (4 * shard.truth["parameter/mutation_rate"] * bases).sum())


def compare(identifier, shards):
    """Return figures and findings: sizes and rates of the pilot against those of the catalogue.

    ``shards`` are the pilot's. What is compared is the range that the replicates span. It
    is found wrong where all of it is more than tenfold away.
    """
    species = find_species(identifier)
    genome = species.genome
    sizes = [size for size in map(effective_size, shards) if size is not None]
    known = {
        # The catalogue counts individuals of the species' own ploidy.
        "population_size": (species.population_size * species.ploidy / 2, sizes),
        "mutation_rate": (genome.mean_mutation_rate, _values(shards, "mutation_rate")),
        "recombination_rate": (
            genome.mean_recombination_rate,
            _values(shards, "recombination_rate"),
        ),
    }
    entries = []
    for name, (catalogued, values) in known.items():
        entries.append(Figure("species", species.id, f"{name}, stdpopsim", catalogued))
        if len(values):
            low, high = float(np.min(values)), float(np.max(values))
            entries += [
                Figure("species", species.id, f"{name}, lowest simulated", low),
                Figure("species", species.id, f"{name}, highest simulated", high),
            ]
            entries += _findings(species.id, name, low, high, catalogued)
    return entries


def _values(shards, name):
    found = [shard.truth.get(f"parameter/{name}", np.empty(0)) for shard in shards]
    return np.concatenate(found)


def _findings(identifier, name, low, high, catalogued):
    if low <= FAR * catalogued and high >= catalogued / FAR:
        return
    wrong = "large" if low > catalogued else "small"
    times = low / catalogued if low > catalogued else catalogued / max(high, 1e-300)
    spelled = f"{name} {between(low, high)}"
    if name == "population_size":
        spelled = f"as much diversity as a constant {spelled}"
    yield Finding(
        "species",
        identifier,
        f"the simulations have {spelled}, stdpopsim {rounded(catalogued)}: {rounded(times)} "
        f"times too {wrong}",
        f"{'lower' if wrong == 'large' else 'raise'} {name} to some {rounded(catalogued)}, or say "
        "why your population differs",
    )
