"""Who in a genome's file is used."""

import dataclasses
import itertools
import pathlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal, NoReturn, TypeAlias

import numpy as np
import numpy.typing as npt

from coalflow.config.schema.samples import EVERYONE, Samples
from coalflow.config.settings.genome_options import GenomeOptions
from coalflow.core.errors import CoalflowError
from coalflow.core.seeds import derive_generator
from coalflow.genomes.genotypes.candidates import Candidates, find_candidates
from coalflow.genomes.genotypes.peeked_ploidies import peek_at_ploidies
from coalflow.genomes.genotypes.ploidy import ExpectedPloidy, describe_ploidy, name_ploidy
from coalflow.genomes.readers.formats import open_genome_file
from coalflow.genomes.readers.genome_file import GenomeFile

Choice: TypeAlias = Literal["all", "named", "drawn"]
Indices: TypeAlias = npt.NDArray[np.int64]
Ploidies: TypeAlias = npt.NDArray[np.int8]


@dataclasses.dataclass(frozen=True)
class Chosen:
    """Those whose genotypes are used.

    Attributes
    ----------
    names : list of str
        Everybody who is in a draw: population by population, in the order of the file.
    draws : list of list of int
        The indices of those of each draw, in the order of their haplotypes.
    numbers : list of int
        How many of a draw are of each population.
    how : str
        Whether ``all`` of the file are used, or they are ``named`` in the config, or ``drawn``.
    samples : Samples
        Whose haplotypes those of a draw are to nets: what these read, or fewer where they can do
        with fewer.
    left_over : dict of str to list of str
        Of each population, those who might have been drawn, and are in no draw.
    """

    names: list[str]
    draws: list[list[int]]
    numbers: list[int]
    how: Choice
    samples: Samples
    left_over: dict[str, list[str]] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class _Fitting:
    """Those of each population who fit, as indices of candidates, and how many are needed."""

    indices: list[Indices]
    numbers: list[int]
    ploidy: int
    samples: Samples


def choose_individuals(
    file: GenomeFile, samples: Samples, options: GenomeOptions, phased: bool | None = None
) -> Chosen:
    """Return the individuals to use.

    They are those that the config names, if nets read as many. Otherwise they are drawn, evenly
    over the file, from those who are named, or are of populations that are named, or from all: one
    from each of as many equal parts as there are individuals. Only those are drawn that together
    make up what nets read; this is judged on the first contig where it is possible.

    Parameters
    ----------
    file : GenomeFile
        With the contigs that are to be read.
    samples : Samples
        What nets read.
    options : GenomeOptions
    phased : bool, optional
        Whether nets read haplotypes. Otherwise they read individuals, whose ploidy must agree.
        Haplotypes, where it is not known yet.

    Raises
    ------
    CoalflowError
        If those named are not in the file, or too few in it are such as nets read.
    """
    candidates = find_candidates(file, samples, options.individuals)
    counts = [len(names) for names in candidates.names]
    as_named = candidates.are_named and options.draws == 1
    if as_named and counts == [number for _, number in samples.individuals]:
        return _take_all(candidates, samples)
    names = [*itertools.chain(*candidates.names)]
    expected = ExpectedPloidy(options.genotypes, names)
    # Where the ploidy differs between contigs, those named may be all right on one of them.
    looks_at_all = as_named and bool(expected.contigs)
    seen: dict[str, list[Ploidies]] = {}
    found: _Fitting | None = None
    for contig, in_records in peek_at_ploidies(file, names):
        given = expected.on(contig)
        ploidies = np.where(in_records > 0, np.where(given > 0, given, in_records), 0)
        seen[contig] = np.split(ploidies, np.cumsum(counts)[:-1])
        if as_named and _are_as_read(seen[contig], samples, phased):
            return _take_all(candidates, samples)
        for fitting in _list_fitting(seen[contig], samples, phased):
            if found is None or fitting.ploidy == samples.ploidy != found.ploidy:
                found = fitting
        if found is not None and found.ploidy == samples.ploidy and not looks_at_all:
            break
    if found is None and options.fewest is not None and len(samples.individuals) == 1:
        found = _find_fewer(seen.values(), samples, options.fewest, phased)
    if found is None:
        _refuse_too_few(file.path, seen, samples, options)
    chosen = _draw(found, names, options, file)
    return dataclasses.replace(chosen, left_over=_list_left_over(candidates, samples, chosen))


def _list_left_over(
    candidates: Candidates, samples: Samples, chosen: Chosen
) -> dict[str, list[str]]:
    used = set(chosen.names)
    named = zip(samples.individuals, candidates.names, strict=True)
    left = {name: [each for each in names if each not in used] for (name, _), names in named}
    return {name: names for name, names in left.items() if names}


def _take_all(candidates: Candidates, samples: Samples) -> Chosen:
    names = [*itertools.chain(*candidates.names)]
    numbers = [len(each) for each in candidates.names]
    return Chosen(names, [[*range(len(names))]], numbers, "named", samples)


def _are_as_read(groups: Sequence[Ploidies], samples: Samples, phased: bool | None) -> bool:
    """Return whether all individuals of each population together are what nets read."""
    if phased is False and any((ploidies != samples.ploidy).any() for ploidies in groups):
        return False
    return [int(ploidies.sum()) for ploidies in groups] == samples.haplotypes


def _list_fitting(
    groups: Sequence[Ploidies], samples: Samples, phased: bool | None
) -> Iterator[_Fitting]:
    """Yield who may be used together, by their ploidy: first that of simulations."""
    for ploidy in _list_ploidies(np.concatenate(groups), samples, phased):
        numbers, left_over = zip(
            *(divmod(number, ploidy) for number in samples.haplotypes), strict=True
        )
        indices = _find_indices(groups, ploidy)
        enough = all(len(each) >= number for each, number in zip(indices, numbers, strict=True))
        if enough and not any(left_over):
            yield _Fitting(indices, list(numbers), ploidy, samples)


def _find_fewer(
    contigs: Iterable[Sequence[Ploidies]], samples: Samples, fewest: int, phased: bool | None
) -> _Fitting | None:
    """Return all those of one population who fit, if they have enough haplotypes; else None."""
    for groups in contigs:
        for ploidy in _list_ploidies(np.concatenate(groups), samples, phased):
            (indices,) = _find_indices(groups, ploidy)
            for individuals in range(len(indices) * ploidy // samples.ploidy, 0, -1):
                number, left_over = divmod(individuals * samples.ploidy, ploidy)
                if individuals * samples.ploidy < fewest:
                    break
                if not left_over:
                    ((population, _),) = samples.individuals
                    fewer = samples.fewer({population: individuals})
                    return _Fitting([indices], [number], ploidy, fewer)
    return None


def _list_ploidies(ploidies: Ploidies, samples: Samples, phased: bool | None) -> list[int]:
    """Return which ploidies individuals may have: that of simulations, then the most frequent."""
    numbers = np.bincount(ploidies)
    numbers[0] = 0  # not called
    others = [int(each) for each in np.argsort(-numbers, kind="stable") if numbers[each]]
    return [*dict.fromkeys([samples.ploidy, *([] if phased is False else others)])]


def _find_indices(groups: Sequence[Ploidies], ploidy: int) -> list[Indices]:
    """Return the indices of those of a ploidy, population by population."""
    starts = np.cumsum([0, *map(len, groups)])
    return [
        start + np.flatnonzero(ploidies == ploidy)
        for start, ploidies in zip(starts, groups, strict=False)
    ]


def _draw(
    fitting: _Fitting, names: Sequence[str], options: GenomeOptions, file: GenomeFile
) -> Chosen:
    """Draw individuals, once or several times."""
    total = sum(fitting.numbers)
    everybody = sum(map(len, fitting.indices)) == total
    if everybody and options.draws > 1:
        raise CoalflowError(
            f"{file.path}: genomes.<name>.draws is {options.draws}, but there are no more than the "
            f"{total} individuals that the net reads: delete it, or let more be drawn from"
        )
    drawn = [
        [
            index
            for number, (population, _), indices in zip(
                fitting.numbers, fitting.samples.individuals, fitting.indices, strict=True
            )
            for index in _draw_evenly(indices, number, options.seed, population, draw)
        ]
        for draw in range(options.draws)
    ]
    used = sorted({index for each in drawn for index in each})
    places = {index: place for place, index in enumerate(used)}
    return Chosen(
        [names[index] for index in used],
        [[places[index] for index in each] for each in drawn],
        fitting.numbers,
        "all" if everybody and total == len(file.individuals) else "drawn",
        fitting.samples,
    )


def _draw_evenly(indices: Indices, number: int, seed: int, population: str, draw: int) -> list[int]:
    """Draw one individual from each of as many equal parts as there are to draw."""
    labels: list[str | int] = [] if population == EVERYONE else [population]
    generator = derive_generator(
        seed, "individuals of a genome", *labels, *([draw] if draw else [])
    )
    edges = np.arange(number + 1) * len(indices) // number
    return [int(index) for index in indices[generator.integers(edges[:-1], edges[1:])]]


# What is refused ---------------------------------------------------------------------------------


def _refuse_too_few(
    path: str, seen: Mapping[str, Sequence[Ploidies]], samples: Samples, options: GenomeOptions
) -> NoReturn:
    """Refuse a file on none of whose contigs enough individuals are such as nets read."""
    called = {contig: each for contig, each in seen.items() if any(map(np.any, each))}
    if not called:
        refuse_without_genotypes(path, bool(seen))
    contig, groups = next(iter(called.items()))
    short = [
        (name, number, ploidies)
        for (name, number), ploidies in zip(samples.individuals, groups, strict=True)
        if np.count_nonzero(ploidies == samples.ploidy) < number
    ]
    name, needed, ploidies = short[0]
    number, haplotypes = len(ploidies), needed * samples.ploidy
    whose = "" if name == EVERYONE else f" of {name}"
    fewer = ""
    if options.fewest is not None and len(samples.individuals) == 1:
        fewer = f", {options.fewest} at least"
    fix = (
        "name individuals in genomes.<name>.samples"
        if options.individuals is None
        else "let genomes.<name>.samples have more"
    )
    raise CoalflowError(
        f"{path}: has {number} {'sample' if number == 1 else 'samples'}{whose} to choose from "
        f"({describe_ploidy(ploidies.tolist())} on {contig}), and the net reads {haplotypes} "
        f"haplotypes{whose}{fewer}, such as those of {needed} {name_ploidy(samples.ploidy)} "
        "individuals. Lower simulation.samples or observation.individuals, set simulation.ploidy, "
        f"or {fix}"
    )


def refuse_without_genotypes(path: str | pathlib.Path, has_records: bool) -> NoReturn:
    """Refuse a file without any called genotype, and say what it has instead."""
    if not has_records:
        raise CoalflowError(f"{path}: has a header, but no records with genotypes")
    fields = open_genome_file(path).list_fields()
    if "GT" not in fields:
        shown = ", ".join(fields) or "none"
        raise CoalflowError(f"{path}: has no genotypes (GT), only {shown}")
    raise CoalflowError(f"{path}: has no called genotype: every GT is missing")
