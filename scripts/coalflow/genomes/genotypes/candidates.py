"""Which individuals of a file may be used: those that the config names, or those of populations."""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence

from coalflow.config.schema.genomes import (
    POPULATION,
    SAMPLE,
    GivenIndividuals,
    SampledPanel,
)
from coalflow.config.schema.samples import Samples
from coalflow.core.errors import CoalflowError, describe_unknown
from coalflow.genomes.genotypes.panels import Panel, read_panel
from coalflow.genomes.genotypes.ploidy import list_names
from coalflow.genomes.readers.genome_file import GenomeFile
from coalflow.genomes.selecting.name_lists import read_names, show_names

KEY = "genomes.<name>.samples"


@dataclasses.dataclass(frozen=True)
class Candidates:
    """Those who may be used.

    Attributes
    ----------
    names : list of list of str
        Of each simulated population, in the order of the file.
    are_named : bool
        Whether the config names each of them, or a file that lists them.
    """

    names: list[list[str]]
    are_named: bool


def find_candidates(
    file: GenomeFile, samples: Samples, given: GivenIndividuals | None
) -> Candidates:
    """Return the individuals of a file who may be used.

    Parameters
    ----------
    file : GenomeFile
    samples : Samples
        What nets read.
    given : GivenIndividuals, optional
        As the config has it; None for anybody.

    Raises
    ------
    CoalflowError
        If a list or a panel cannot be read, or names what the file does not have; if it is not
        known which population individuals are of.
    """
    populations = samples.populations
    if given is None and not populations:
        return Candidates([list(file.individuals)], are_named=False)
    if given is None or isinstance(given, SampledPanel):
        listed = _find_in_populations(file, given or SampledPanel(), populations)
        return Candidates([_sort(file, names) for names in listed], are_named=False)
    if isinstance(given, str):
        listed = [list(read_names(given, "individuals"))]
        _refuse_unknown(file, listed[0], f", which {given} lists")
    elif isinstance(given, Mapping):
        listed = [list(given[name]) for name, _ in samples.individuals]
        _refuse_unknown(file, [name for names in listed for name in names])
    else:
        listed = [list(given)]
        _refuse_unknown(file, listed[0])
    return Candidates([_sort(file, names) for names in listed], are_named=True)


def _find_in_populations(
    file: GenomeFile, given: SampledPanel, populations: Sequence[str]
) -> list[list[str]]:
    """Return the individuals of each simulated population."""
    source: Panel | None = None
    if given.panel is not None:
        source = read_panel(given.panel, given.sample or SAMPLE, given.population or POPULATION)
        members: Mapping[str, Iterable[str]] = source.members
    else:
        members = file.populations
    if not members:
        named = f": name those of {', '.join(populations)} in {KEY}" if populations else ""
        raise CoalflowError(f"{file.path}: its individuals are not assigned to populations{named}")
    if isinstance(given.populations, Mapping):
        wanted = [given.populations[name] for name in populations]
    elif given.populations is not None:
        wanted = [given.populations]
    elif populations:
        wanted = [(name,) for name in populations]
    else:
        wanted = [tuple(members)]
    return [
        [name for each in names for name in _list_members(file, source, each)] for names in wanted
    ]


def _list_members(file: GenomeFile, panel: Panel | None, population: str) -> list[str]:
    """Return the individuals of a file who are of a population."""
    if panel is not None:
        listed = panel.get_members(population)
        there = set(file.individuals).intersection(listed)
        if not there:
            raise CoalflowError(
                f"{panel.path}: none of its {len(listed):,} individuals of {population} "
                f"({show_names(listed)}) is in {file.path}, which has "
                f"{show_names(file.individuals)}: write the names as there"
            )
        return [name for name in listed if name in there]
    if population not in file.populations:
        unknown = describe_unknown(population, "populations of the file", file.populations)
        raise CoalflowError(
            f"{file.path}: the config {unknown}. Name those of each simulated population in "
            f"{KEY}.populations"
        )
    return list(file.populations[population])


def _refuse_unknown(file: GenomeFile, names: Sequence[str], where: str = "") -> None:
    known = set(file.individuals)
    unknown = [name for name in names if name not in known]
    if unknown:
        raise CoalflowError(
            f"{file.path}: has no sample named {list_names(unknown)}{where}; it has "
            f"{show_names(file.individuals)}"
        )


def _sort(file: GenomeFile, names: Iterable[str]) -> list[str]:
    """Return names in the order of a file."""
    wanted = set(names)
    return [name for name in file.individuals if name in wanted]
