"""Who is in a genome's file, and who of them is used."""

import dataclasses
import itertools
import pathlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NoReturn, TypeAlias

import numpy as np
import numpy.typing as npt

from coalflow.config.schema.samples import Samples
from coalflow.config.settings.genome_options import GenomeOptions
from coalflow.core.errors import CoalflowError
from coalflow.core.seeds import derive_generator
from coalflow.genomes.genotypes.carried import ABSENT
from coalflow.genomes.genotypes.ploidy import ExpectedPloidy, describe_ploidy, name_ploidy
from coalflow.genomes.readers.formats import open_genome_file

PEEKED = 100  # called records of a contig, from which the ploidy of individuals there is known
Choice: TypeAlias = Literal["all", "named", "drawn"]


@dataclasses.dataclass(frozen=True)
class Chosen:
    """Those whose genotypes are used.

    Attributes
    ----------
    names : list of str
        In the order of their haplotypes. Those of a population are in the order of the file.
    numbers : list of int
        How many are of each population.
    how : str
        Whether ``all`` of the file are used, or they are ``named`` in the config, or ``drawn``.
    """

    names: list[str]
    numbers: list[int]
    how: Choice


def choose_individuals(
    path: str | pathlib.Path,
    in_file: Sequence[str],
    samples: Samples,
    options: GenomeOptions,
    phased: bool,
) -> Chosen:
    """Return the individuals to use.

    Without names they are drawn, evenly over the file: one from each of as many equal parts of it
    as there are individuals. Only those are drawn that together make up what nets read; this is
    judged on the first contig where it is possible.

    Parameters
    ----------
    path : path
    in_file : sequence of str
        Names of the individuals of the file.
    samples : Samples
        What nets read.
    options : GenomeOptions
    phased : bool
        Whether nets read haplotypes. Otherwise they read individuals, whose ploidy must agree.

    Raises
    ------
    CoalflowError
        If those named are not in the file, or too few in it are such as nets read.
    """
    named = options.individuals
    populations = [population for population, _ in samples.individuals]
    if named is None and len(populations) > 1:
        raise CoalflowError(
            f"{path}: its individuals are not assigned to populations: name those of "
            f"{', '.join(populations)} in genomes.<name>.samples"
        )
    if named is None:
        return _draw_individuals(path, in_file, samples, options, phased)
    listed = [named] if not isinstance(named, Mapping) else [named[name] for name in populations]
    known = set(in_file)
    unknown = [name for names in listed for name in names if name not in known]
    if unknown:
        raise CoalflowError(f"{path}: has no sample named {', '.join(unknown)}")
    chosen = [[name for name in in_file if name in set(names)] for names in listed]
    return Chosen([*itertools.chain(*chosen)], [len(names) for names in chosen], "named")


def _draw_individuals(
    path: str | pathlib.Path,
    in_file: Sequence[str],
    samples: Samples,
    options: GenomeOptions,
    phased: bool,
) -> Chosen:
    """Draw individuals of one population."""
    expected = ExpectedPloidy(options.genotypes, in_file)
    (haplotypes,) = samples.haplotypes
    seen: dict[str, npt.NDArray[np.int8]] = {}
    fallback: Chosen | None = None
    for contig, in_records in peek_at_ploidies(path):
        wanted = expected.on(contig)
        ploidies = np.where(in_records > 0, np.where(wanted > 0, wanted, in_records), 0)
        seen[contig] = ploidies
        others = [] if not phased else _order_by_number(ploidies)
        for ploidy in [samples.ploidy, *others]:
            needed, left_over = divmod(haplotypes, ploidy)
            fitting = np.flatnonzero(ploidies == ploidy)
            if left_over or len(fitting) < needed:
                continue
            drawn = _draw_evenly(in_file, fitting, needed, options.seed)
            if ploidy == samples.ploidy:
                return drawn
            fallback = fallback or drawn
    if fallback is None:
        _refuse_too_few(path, seen, samples)
    return fallback


def _order_by_number(ploidies: npt.NDArray[np.int8]) -> list[int]:
    """Return the ploidies of individuals, that of most of them first."""
    numbers = np.bincount(ploidies)
    numbers[0] = 0  # not called
    return [int(ploidy) for ploidy in np.argsort(-numbers, kind="stable") if numbers[ploidy]]


def _draw_evenly(
    in_file: Sequence[str], fitting: npt.NDArray[np.int64], number: int, seed: int
) -> Chosen:
    """Draw one individual from each of as many equal parts of a file as there are to draw."""
    generator = derive_generator(seed, "individuals of a genome")
    edges = np.arange(number + 1) * len(fitting) // number
    drawn = fitting[generator.integers(edges[:-1], edges[1:])]
    how: Choice = "all" if number == len(in_file) else "drawn"
    return Chosen([in_file[index] for index in drawn], [number], how)


def peek_at_ploidies(path: str | pathlib.Path) -> Iterator[tuple[str, npt.NDArray[np.int8]]]:
    """Yield the ploidy of all individuals of a file on each contig.

    Yields
    ------
    str
        The contig.
    ndarray of int8, shape (individuals,)
        The most frequent ploidy in the first hundred records with called genotypes; 0 for
        individuals without any.
    """
    file = open_genome_file(path)
    blocks = file.read_blocks(file.individuals)
    for contig, on_contig in itertools.groupby(blocks, key=lambda block: block.contig):
        votes = np.zeros((len(file.individuals), 1), dtype=np.int64)
        wanted = PEEKED
        for block in on_contig:
            called = np.flatnonzero((block.alleles >= 0).any(axis=(1, 2)))[:wanted]
            alleles = block.alleles[called]
            ploidies = np.where((alleles >= 0).any(axis=2), (alleles != ABSENT).sum(axis=2), 0)
            more = max(alleles.shape[2] + 1 - votes.shape[1], 0)
            votes = np.pad(votes, ((0, 0), (0, more)))
            for ploidy in range(1, alleles.shape[2] + 1):
                votes[:, ploidy] += (ploidies == ploidy).sum(axis=0)
            wanted -= len(called)
            if wanted == 0:
                break
        yield contig, votes.argmax(axis=1).astype(np.int8)


def _refuse_too_few(
    path: str | pathlib.Path, seen: Mapping[str, npt.NDArray[np.int8]], samples: Samples
) -> NoReturn:
    """Refuse a file on none of whose contigs enough individuals are such as nets read."""
    (needed,), (haplotypes,) = [number for _, number in samples.individuals], samples.haplotypes
    called = {contig: ploidies for contig, ploidies in seen.items() if ploidies.any()}
    if not called:
        refuse_without_genotypes(path, bool(seen))
    contig, ploidies = next(iter(called.items()))
    number = len(ploidies)
    raise CoalflowError(
        f"{path}: has {number} {'sample' if number == 1 else 'samples'} "
        f"({describe_ploidy(ploidies.tolist())} on {contig}), and the net reads {haplotypes} "
        f"haplotypes, such as those of {needed} {name_ploidy(samples.ploidy)} individuals. Lower "
        "simulation.samples or observation.individuals, set simulation.ploidy, or name individuals "
        "in genomes.<name>.samples"
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
