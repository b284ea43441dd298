"""Who is sampled: individuals of one population or of several, and their haplotypes."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Annotated, TypeAlias

import pydantic

from coalflow.config.fields.names import Spelling
from coalflow.config.fields.section import KEYS, Limits, Section

EVERYONE = "all"  # the sample, where it is of one population
FEWEST_HAPLOTYPES = 4  # with fewer there are no two kinds of variants to tell apart

Individuals: TypeAlias = Annotated[int, Limits(ge=1, le=100_000, whole=True)]
Population: TypeAlias = Annotated[str, Spelling("A-Za-z_", "A-Za-z0-9_")]
#: How many individuals of the one population, or of each of several.
IndividualsOfEach: TypeAlias = Annotated[
    dict[Population, Individuals], pydantic.Field(min_length=1), pydantic.Tag(KEYS)
]


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

    @classmethod
    def from_config(cls, samples: int | Mapping[str, int], ploidy: int) -> Samples:
        """Return the samples that ``simulation.samples`` and ``simulation.ploidy`` specify."""
        named = {EVERYONE: samples} if isinstance(samples, int) else samples
        return cls(individuals=tuple(named.items()), ploidy=ploidy)

    @property
    def populations(self) -> list[str]:
        """The names of the populations; none where there is one that has no name."""
        names = [name for name, _ in self.individuals]
        return [] if names == [EVERYONE] else names

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
        return Samples(individuals=kept, ploidy=self.ploidy)
