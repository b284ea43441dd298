"""Who is in a genome's file, and who of them is used."""

import dataclasses
import pathlib
from collections.abc import Mapping, Sequence

from coalflow.config.schema.samples import Samples
from coalflow.core.errors import CoalflowError


@dataclasses.dataclass(frozen=True)
class FileIndividuals:
    """The individuals of a file.

    Attributes
    ----------
    names : list of str
        In the order of the file.
    ploidy : int
        Haplotypes of each.
    """

    names: list[str]
    ploidy: int


def choose_individuals(
    path: str | pathlib.Path,
    in_file: FileIndividuals,
    samples: Samples,
    named: Sequence[str] | Mapping[str, Sequence[str]] | None,
    phased: bool,
) -> list[str]:
    """Return the names of the individuals to use, in the order of their haplotypes.

    Those of a population are in the order of the file.

    Parameters
    ----------
    path : path
        The file, for messages.
    in_file : FileIndividuals
    samples : Samples
        What nets read.
    named : sequence of str, or dict of these, optional
        Names of individuals; with several populations those of each. None for the first ones.
    phased : bool
        Whether nets read haplotypes. Otherwise they read individuals, whose ploidy must agree.

    Raises
    ------
    CoalflowError
        If these individuals are not as many as nets read, are not in the file, or have another
        ploidy.
    """
    if not phased and in_file.ploidy != samples.ploidy:
        raise CoalflowError(
            f"{path}: its individuals have ploidy {in_file.ploidy}, but simulation.ploidy is "
            f"{samples.ploidy}, and without phase nets read individuals. Set simulation.ploidy "
            f"to {in_file.ploidy}"
        )
    populations = [population for population, _ in samples.individuals]
    if len(populations) == 1:
        (haplotypes,) = samples.haplotypes
        listed = named[populations[0]] if isinstance(named, Mapping) else named
        return _choose_from_population(path, in_file, haplotypes, listed)
    if not isinstance(named, Mapping):
        raise CoalflowError(
            f"{path}: its individuals are not assigned to populations: name those of "
            f"{', '.join(populations)} in genomes.<name>.samples"
        )
    return [
        name
        for population, haplotypes in zip(populations, samples.haplotypes, strict=True)
        for name in _choose_from_population(
            path, in_file, haplotypes, named[population], f" of {population}"
        )
    ]


def _choose_from_population(
    path: str | pathlib.Path,
    in_file: FileIndividuals,
    haplotypes: int,
    named: Sequence[str] | None,
    whose: str = "",
) -> list[str]:
    """Return the names of the individuals that make up the haplotypes of one population."""
    needed, left_over = divmod(haplotypes, in_file.ploidy)
    if left_over:
        raise CoalflowError(
            f"{path}: individuals of ploidy {in_file.ploidy} cannot make up the {haplotypes} "
            f"haplotypes{whose} that the net reads. Change simulation.samples"
        )
    wanted = (
        f"the net reads {haplotypes} haplotypes{whose}, which are {needed} individuals of "
        f"ploidy {in_file.ploidy}"
    )
    if named is None:
        if len(in_file.names) < needed:
            raise CoalflowError(
                f"{path}: has {len(in_file.names)} samples, and {wanted}. Lower "
                "simulation.samples or observation.individuals"
            )
        return in_file.names[:needed]
    unknown = [name for name in named if name not in in_file.names]
    if unknown:
        raise CoalflowError(f"{path}: has no sample named {', '.join(unknown)}")
    if len(set(named)) != needed:
        raise CoalflowError(
            f"{path}: {len(set(named))} samples{whose} are named for it, but {wanted}"
        )
    return [name for name in in_file.names if name in named]
