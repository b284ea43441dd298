"""Which samples of a tree sequence are used, and in which order.

The populations are the file's own, by their names in its metadata or by their numbers, and so are
the individuals. The order of nodes decides nothing, except where a file has no individuals.
"""

from collections.abc import Iterable, Mapping
from typing import NoReturn

import numpy as np
import numpy.typing as npt
import tskit

from coalflow.config.schema.samples import EVERYONE
from coalflow.config.settings.simulating import ImportSettings
from coalflow.core.errors import CoalflowError
from coalflow.imports.remarks import Remark, Remarks
from coalflow.imports.trees.tree_origin import read_metadata

Nodes = npt.NDArray[np.int32]

# How far a sample's time may be from the config's: programs count the last generation differently,
# and people round.
GENERATIONS, RELATIVE = 1.0, 0.01
ALIVE_IN_SLIM = 1 << 16  # a flag of individuals
MOST_SHOWN = 6  # populations, or times
MAP = "name them as the file does, or map them in simulation.import.populations"
SUBSAMPLE = "simplify it to those to be used, or set simulation.import.subsample to true"
NO_INDIVIDUALS = Remark(
    "samples are of no individuals in the file, so consecutive ones of a population were taken as "
    "one"
)


def order_samples(
    trees: tskit.TreeSequence,
    file: str,
    settings: ImportSettings,
    generator: np.random.Generator | None,
    remarks: Remarks,
) -> Nodes:
    """Return the samples that are used, by population as the config has them, then by individual.

    Parameters
    ----------
    trees : tskit.TreeSequence
    file : str
        Where they are from.
    settings : ImportSettings
    generator : numpy.random.Generator, optional
        Draws individuals where the file has more than are used. Without it, such a file is refused.
    remarks : Remarks
        Gets those on the samples.

    Returns
    -------
    ndarray of int32, shape (haplotypes,)

    Raises
    ------
    CoalflowError
        If populations, times, ploidy or numbers of samples are not those of the config.
    """
    times, ploidy = dict(settings.samples.times), settings.samples.ploidy
    chosen = []
    pools = _list_pools(trees, file, settings, generator is not None, remarks)
    for name, wanted in settings.samples.individuals:
        nodes = _select_of_time(trees, pools[name], name, times, file, generator, remarks)
        individuals = _group_by_individual(trees, nodes, ploidy, file, remarks)
        if len(individuals) < wanted or (len(individuals) > wanted and generator is None):
            _refuse_number(file, name, len(individuals), wanted, ploidy)
        if len(individuals) > wanted and generator is not None:
            drawn = np.sort(generator.choice(len(individuals), wanted, replace=False))
            individuals = individuals[drawn]
            remarks.note(Remark(f"individuals{_of(name)} were drawn from more, by seed"), file)
        chosen.append(individuals.reshape(-1))
    return np.concatenate(chosen)


def _of(name: str) -> str:
    return "" if name == EVERYONE else f" of {name}"


def _refuse_number(file: str, name: str, found: int, wanted: int, ploidy: int) -> NoReturn:
    more = f", of {ploidy} haplotypes each" if ploidy > 1 else ""
    fix = SUBSAMPLE if found > wanted else "lower simulation.samples, or simulate more"
    raise CoalflowError(
        f"{file}: has {found:,} sampled individuals{_of(name)}{more}, but simulation.samples has "
        f"{wanted:,}: {fix}"
    )


# Populations --------------------------------------------------------------------------------------


def _list_pools(
    trees: tskit.TreeSequence,
    file: str,
    settings: ImportSettings,
    can_leave_out: bool,
    remarks: Remarks,
) -> dict[str, Nodes]:
    """Return all samples of each population of the config, by its name there."""
    samples = trees.samples()
    numbers = trees.nodes_population[samples]
    sampled = {int(number): samples[numbers == number] for number in np.unique(numbers)}
    titles = title_populations(trees, sampled)
    wanted = settings.samples.populations
    if not wanted:
        if len(sampled) > 1:
            shown = _list_sampled(sampled, titles)
            remarks.note(Remark(f"samples of {shown} were taken as one sample"), file)
        return {EVERYONE: samples}
    found = {
        name: match_population(settings.populations.get(name, name), titles, sampled)
        for name in wanted
    }
    shown = _list_sampled(sampled, titles)
    missing = [name for name, number in found.items() if number is None]
    if missing:
        raise CoalflowError(
            f"{file}: has samples of {shown}, but simulation.samples is of {', '.join(wanted)}, "
            f"and {_describe_missing(missing[0], settings.populations)}: {MAP}"
        )
    others = {number: nodes for number, nodes in sampled.items() if number not in found.values()}
    if others and not can_leave_out:
        raise CoalflowError(
            f"{file}: has samples of {shown}, but simulation.samples is of {', '.join(wanted)}: "
            f"{SUBSAMPLE}"
        )
    for number in others:
        remarks.note(Remark(f"samples of {titles.get(number, number)} were left out"), file)
    return {name: sampled[number] for name, number in found.items() if number is not None}


def match_population(
    name: str | int, titles: Mapping[int, str], numbers: Iterable[int]
) -> int | None:
    """Return the number of the population with a name or number, if there is only one.

    Parameters
    ----------
    name : str or int
    titles : mapping
        Names of populations, by their numbers.
    numbers : iterable of int
        Of the populations among which it is.
    """
    found = [number for number in numbers if name in (number, titles.get(number))]
    return found[0] if len(found) == 1 else None


def _describe_missing(name: str, mapped: Mapping[str, str | int]) -> str:
    return f"{name} ({mapped[name]}) is not one" if name in mapped else f"{name} is not one"


def _list_sampled(sampled: Mapping[int, Nodes], titles: Mapping[int, str]) -> str:
    """Return the sampled populations and their numbers of haplotypes, in words."""
    shown = [
        f"{titles.get(number, f'population {number}')} ({len(nodes)} haplotypes)"
        for number, nodes in list(sampled.items())[:MOST_SHOWN]
    ]
    more = len(sampled) - len(shown)
    return ", ".join([*shown, *([f"{more} more"] if more else [])])


def title_populations(trees: tskit.TreeSequence, numbers: Iterable[int]) -> dict[int, str]:
    """Return the names of populations in their metadata, as far as they have one."""
    titles = {}
    for number in numbers:
        if number == tskit.NULL:
            titles[number] = "no population"
            continue
        try:
            metadata = trees.population(number).metadata
        except Exception:  # noqa: BLE001 - whatever a damaged schema raises
            continue
        if isinstance(metadata, dict) and isinstance(metadata.get("name"), str):
            titles[number] = metadata["name"]
    return titles


# Times --------------------------------------------------------------------------------------------


def _select_of_time(
    trees: tskit.TreeSequence,
    nodes: Nodes,
    name: str,
    times: Mapping[str, float],
    file: str,
    generator: np.random.Generator | None,
    remarks: Remarks,
) -> Nodes:
    """Return the samples of a population that lived when the config says.

    Where it gives no time for any population, all samples may be of any one time.
    """
    ages, everyone = find_ages(trees, nodes), find_ages(trees, trees.samples())
    if not times and generator is None and _is_near(everyone, everyone[0]).all():
        return nodes
    near = _is_near(ages, times.get(name, 0.0))
    if near.all():
        return nodes
    if generator is None or not near.any():
        wanted = f"{times[name]:,.10g} {trees.time_units} ago" if name in times else "today"
        raise CoalflowError(
            f"{file}: has samples{_of(name)} of {_list_ages(ages)} {trees.time_units} ago, but "
            f"simulation.samples{_of(name)} is of {wanted}: give the time there ({{A: "
            "{individuals: 2, time: 100}}), or simplify the file to samples of one time"
        )
    remarks.note(Remark(f"samples{_of(name)} of other times were left out"), file)
    return nodes[near]


def find_ages(trees: tskit.TreeSequence, nodes: Nodes) -> npt.NDArray[np.float64]:
    """Return how long ago samples were taken.

    For SLiM the time of a node is its birth, and who is alive at the end is flagged as such.
    """
    ages, individuals = trees.nodes_time[nodes], trees.nodes_individual[nodes]
    metadata = read_metadata(trees)
    if isinstance(metadata, dict) and "SLiM" in metadata and trees.num_individuals:
        is_alive = trees.individuals_flags[individuals] & ALIVE_IN_SLIM > 0
        ages = np.where(is_alive & (individuals != tskit.NULL), 0.0, ages)
    return ages


def _is_near(ages: npt.NDArray[np.float64], time: float) -> npt.NDArray[np.bool_]:
    return np.abs(ages - time) <= max(GENERATIONS, RELATIVE * time)


def _list_ages(ages: npt.NDArray[np.float64]) -> str:
    """Return how many samples are of which ages, in words."""
    values, counts = np.unique(ages, return_counts=True)
    shown = [f"{age:,.10g} ({count})" for age, count in zip(values, counts, strict=True)]
    return ", ".join([*shown[:MOST_SHOWN], *(["..."] if len(shown) > MOST_SHOWN else [])])


# Individuals --------------------------------------------------------------------------------------


def _group_by_individual(
    trees: tskit.TreeSequence, nodes: Nodes, ploidy: int, file: str, remarks: Remarks
) -> Nodes:
    """Return the samples of each individual, shape (individuals, ploidy), in the file's order."""
    numbers = trees.nodes_individual[nodes]
    if (numbers == tskit.NULL).all():
        if len(nodes) % ploidy:
            raise CoalflowError(
                f"{file}: has {len(nodes)} haplotypes of no individuals, which are not whole "
                f"individuals of ploidy {ploidy}: change simulation.ploidy, or the simulations"
            )
        if ploidy > 1:
            remarks.note(NO_INDIVIDUALS, file)
        return nodes.reshape(-1, ploidy)
    if (numbers == tskit.NULL).any():
        raise CoalflowError(
            f"{file}: some samples are of individuals and others are not, so it is not known which "
            "belong together: simplify it to samples that have individuals"
        )
    _, counts = np.unique(numbers, return_counts=True)
    if (counts != ploidy).any():
        shown = " or ".join(map(str, np.unique(counts)[:MOST_SHOWN]))
        raise CoalflowError(
            f"{file}: has individuals with {shown} sampled haplotypes, but simulation.ploidy is "
            f"{ploidy}: change it, or simplify the file to both haplotypes of each individual"
        )
    # Individuals in the order of their first sample, the samples of each in the file's order.
    _, first, index = np.unique(numbers, return_index=True, return_inverse=True)
    return nodes[np.argsort(first[index], kind="stable")].reshape(-1, ploidy)
