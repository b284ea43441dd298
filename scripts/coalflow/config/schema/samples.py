"""Who is sampled, and when: individuals of one population or of several, and their haplotypes."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Annotated, TypeAlias

import pydantic

from coalflow.config.fields.names import Spelling
from coalflow.config.fields.section import KEYS, NUMBER, ByKind, Limits, Section

EVERYONE = "all"  # the sample, where it is of one population
DIPLOID = 2  # haplotypes of an individual, where nothing else is known
FEWEST_HAPLOTYPES = 4  # with fewer there are no two kinds of variants to tell apart

Individuals: TypeAlias = Annotated[int, Limits(ge=1, le=100_000, whole=True)]
Population: TypeAlias = Annotated[str, Spelling("A-Za-z_", "A-Za-z0-9_")]
#: How many individuals of each population.
IndividualsOfEach: TypeAlias = Annotated[
    dict[Population, Individuals], pydantic.Field(min_length=1), pydantic.Tag(KEYS)
]


class SampledPopulation(Section):
    """The sample of a population."""

    individuals: Individuals
    """How many."""
    time: Annotated[int | float, Limits(ge=0, le=1e9)] | None = None
    """
    When they lived: generations ago or, with a demes file in years, years ago. Without it, today;
    in a model of stdpopsim's, when the catalogue samples the population.
    """


#: How many individuals of each population, and when they lived.
SamplesOfEach: TypeAlias = Annotated[
    dict[
        Population,
        Annotated[
            Annotated[Individuals, pydantic.Tag(NUMBER)]
            | Annotated[SampledPopulation, pydantic.Tag(KEYS)],
            ByKind,
        ],
    ],
    pydantic.Field(min_length=1),
    pydantic.Tag(KEYS),
]
WrittenSamples: TypeAlias = int | Mapping[str, int | SampledPopulation]


class Samples(Section):
    """Individuals of each population, in the order of their haplotypes.

    Examples
    --------
    >>> samples = Samples(individuals=(("EUR", 5), ("AFR", 4)), ploidy=2)
    >>> samples.haplotypes, samples.number_of_haplotypes
    ([10, 8], 18)
    >>> samples.slices["AFR"]
    slice(10, 18, None)
    """

    individuals: tuple[tuple[str, int], ...]
    """Names of populations, each with its number of individuals. One population alone is `all`."""
    ploidy: int
    """Haplotypes of an individual; they are adjacent."""
    times: tuple[tuple[str, float], ...] = ()
    """When the populations that are not sampled today were, in generations ago."""
    order: tuple[str, ...] | None = None
    """The populations in the order in which models take them, if it is not that of their names."""

    @classmethod
    def from_config(
        cls,
        samples: WrittenSamples,
        ploidy: int | None,
        times: Mapping[str, float] | None = None,
        listed: Sequence[str] = (),
    ) -> Samples:
        """Return the samples that a config specifies.

        Parameters
        ----------
        samples : int or mapping
            ``simulation.samples``.
        ploidy : int or None
            ``simulation.ploidy``; None is 2.
        times : mapping, optional
            Generations ago at which populations are sampled, unless it is today.
        listed : sequence of str, optional
            All populations of the history, in the order of its file.
        """
        named = {EVERYONE: samples} if isinstance(samples, int) else samples
        individuals = tuple((name, count_individuals(sample)) for name, sample in named.items())
        return cls(
            individuals=individuals,
            ploidy=DIPLOID if ploidy is None else ploidy,
            times=tuple((times or {}).items()),
            order=_find_order(individuals, listed),
        )

    @property
    def populations(self) -> list[str]:
        """The names of the populations; none where there is one that has no name."""
        names = [name for name, _ in self.individuals]
        return [] if names == [EVERYONE] else names

    @property
    def ordered(self) -> list[str]:
        """The names of the populations in the order in which models take them."""
        return sorted(self.populations) if self.order is None else list(self.order)

    @property
    def haplotypes(self) -> list[int]:
        """Number of haplotypes of each population."""
        return [self.ploidy * number for _, number in self.individuals]

    @property
    def number_of_individuals(self) -> int:
        """Number of individuals of all populations."""
        return sum(number for _, number in self.individuals)

    @property
    def number_of_haplotypes(self) -> int:
        """Number of haplotypes of all populations."""
        return sum(self.haplotypes)

    @property
    def slices(self) -> dict[str, slice]:
        """Where the haplotypes of each population are, by its name."""
        ends = [0, *itertools.accumulate(self.haplotypes)]
        names = [name for name, _ in self.individuals]
        return {
            name: slice(*pair) for name, pair in zip(names, itertools.pairwise(ends), strict=True)
        }

    def fewer(self, individuals: Mapping[str, int]) -> Samples:
        """Return the samples with fewer individuals of some populations."""
        kept = tuple((name, individuals.get(name, number)) for name, number in self.individuals)
        return self.model_copy(update={"individuals": kept})


def _find_order(
    individuals: Sequence[tuple[str, int]], listed: Sequence[str]
) -> tuple[str, ...] | None:
    """Return the order in which models take populations, if it is not that of their names.

    Where a history lists them, neither their names decide it, nor the order in which samples are
    written: the smallest sample is first, and of equal ones, that of the population listed first.
    """
    numbers = dict(individuals)
    if not numbers.keys() <= {*listed}:
        return None
    names = sorted(numbers, key=lambda name: (numbers[name], listed.index(name)))
    return None if names == sorted(names) else tuple(names)


def count_individuals(sample: int | SampledPopulation) -> int:
    """Return how many individuals of a population are sampled, however it is written."""
    return sample if isinstance(sample, int) else sample.individuals
