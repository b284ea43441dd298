"""Population size and rates, compared with what is known of the species (stdpopsim)."""

import numpy as np

from coalflow.config import catalogue
from coalflow.preflight.findings import Figure, Finding, between, rounded

FAR = 10  # times more or less than the catalogue has


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


def compare(identifier, chromosome, shards):
    """Return figures and findings: sizes and rates of the pilot against those of the catalogue.

    Rates are those of a ``chromosome``, or of the genome where it is None; ``shards`` are the
    pilot's. What is compared is the range that the replicates span. It
    is found wrong where all of it is more than tenfold away.
    """
    known = catalogue.rates(identifier, chromosome_name=chromosome)
    # The catalogue counts individuals of the species' own ploidy, simulations pairs of chromosomes.
    known["population_size"] *= catalogue.species(identifier).ploidy / 2
    simulated = {
        "population_size": [size for size in map(effective_size, shards) if size is not None],
        "mutation_rate": _values(shards, "mutation_rate"),
        "recombination_rate": _values(shards, "recombination_rate"),
    }
    entries = []
    for name, catalogued in known.items():
        entries.append(Figure("species", identifier, f"{name}, stdpopsim", catalogued))
        if len(simulated[name]):
            low, high = float(np.min(simulated[name])), float(np.max(simulated[name]))
            entries += [
                Figure("species", identifier, f"{name}, lowest simulated", low),
                Figure("species", identifier, f"{name}, highest simulated", high),
            ]
            entries += _findings(identifier, name, low, high, catalogued)
    return entries


def _values(shards, name):
    found = [shard.truth.get(f"parameter/{name}", np.empty(0)) for shard in shards]
    return np.concatenate(found)


def _findings(identifier, name, low, high, catalogued):
    # A rate of 0 is no slip.
    if high == 0 or (low <= FAR * catalogued and high >= catalogued / FAR):
        return
    wrong = "large" if low > catalogued else "small"
    times = low / catalogued if low > catalogued else catalogued / high
    spelled = f"{name} {between(low, high)}"
    if name == "population_size":
        spelled = f"as much diversity as a constant {spelled}"
    yield Finding(
        "species",
        identifier,
        f"the simulations have {spelled}, stdpopsim {rounded(catalogued)}: {rounded(times)} "
        f"times too {wrong}",
        f"{'lower' if wrong == 'large' else 'raise'} {name} to some {rounded(catalogued)}, unless "
        "you know better",
    )
