"""Population size and rates, compared with what is known of the species (stdpopsim)."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import numpy.typing as npt

from coalflow.config.histories.stdpopsim_catalogue import find_rates
from coalflow.preflight.findings import Figure, Finding, format_range, format_rounded
from coalflow.windows.shards import Shard

FAR = 10  # times more or less than the catalogue has


def estimate_effective_size(shard: Shard) -> float | None:
    """Return the size N of a constant population with the diversity of some replicates.

    Parameters
    ----------
    shard : Shard

    Returns
    -------
    float or None
        pi / (4 mu), in diploid individuals, half the number of chromosomes. None where the mutation
        rate is not known, as of imported replicates.
    """
    if "parameter/mutation_rate" not in shard.truth:
        return None
    haplotypes = shard.samples.number_of_haplotypes
    copies = np.bitwise_count(shard.haplotypes).sum(axis=1, dtype=np.int64)
    pi = (2 * copies * (haplotypes - copies) / (haplotypes * (haplotypes - 1))).sum()
    bases = shard.truth["parameter/sequence_length"]
    return float(pi / (4 * shard.truth["parameter/mutation_rate"] * bases).sum())


def compare_with_species(
    identifier: str, chromosome: str | None, shards: Iterable[Shard]
) -> list[Figure | Finding]:
    """Return figures and findings about sizes and rates of the pilot and of the catalogue.

    What is compared is the range of all replicates. It is found wrong where all of it is more than
    tenfold away.

    Parameters
    ----------
    identifier : str
        The species in stdpopsim's catalogue, such as ``DroMel``.
    chromosome : str, optional
        The chromosome whose rates are known; without it, the genome.
    shards : iterable of Shard
        Those of the pilot.

    Raises
    ------
    CoalflowError
        If the catalogue has no such species or chromosome, or is not installed.
    """
    shards = list(shards)
    known = find_rates(identifier, chromosome_name=chromosome)
    sizes = [size for size in map(estimate_effective_size, shards) if size is not None]
    simulated = {
        "population_size": np.array(sizes),
        "mutation_rate": _collect_values(shards, "mutation_rate"),
        "recombination_rate": _collect_values(shards, "recombination_rate"),
    }
    entries: list[Figure | Finding] = []
    for name, catalogued in known.items():
        entries.append(Figure("species", identifier, f"{name}, stdpopsim", catalogued))
        if len(simulated[name]):
            low, high = float(np.min(simulated[name])), float(np.max(simulated[name]))
            entries += [
                Figure("species", identifier, f"{name}, lowest simulated", low),
                Figure("species", identifier, f"{name}, highest simulated", high),
                *_find_difference(identifier, name, low, high, catalogued),
            ]
    return entries


def _collect_values(shards: Sequence[Shard], parameter: str) -> npt.NDArray[np.float64]:
    return np.concatenate(
        [shard.truth.get(f"parameter/{parameter}", np.empty(0)) for shard in shards]
    )


def _find_difference(
    identifier: str, name: str, low: float, high: float, catalogued: float
) -> Iterator[Finding]:
    """Yield the finding that all simulated values are far from the one of the catalogue."""
    # A rate of 0 is intended.
    if high == 0 or (low <= FAR * catalogued and high >= catalogued / FAR):
        return
    is_large = low > catalogued
    times = low / catalogued if is_large else catalogued / high
    simulated = f"{name} {format_range(low, high)}"
    if name == "population_size":
        simulated = f"as much diversity as a constant {simulated}"
    yield Finding(
        "species",
        identifier,
        f"the simulations have {simulated}, stdpopsim {format_rounded(catalogued)}: "
        f"{format_rounded(times)} times too {'large' if is_large else 'small'}",
        f"{'lower' if is_large else 'raise'} {name} to about {format_rounded(catalogued)}, unless "
        "you know better",
    )
