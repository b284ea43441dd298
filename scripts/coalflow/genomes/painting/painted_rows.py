"""Who of a genome is painted: individuals of one population, in one draw or several."""

from __future__ import annotations

import dataclasses
import itertools
from collections import Counter
from collections.abc import Sequence

from coalflow.config.schema.samples import Samples
from coalflow.genomes.plan import GenomePlan


@dataclasses.dataclass(frozen=True, order=True)
class PaintedRow:
    """A haplotype, or an individual where the phase is not known.

    Attributes
    ----------
    place : int
        Of the individual among those who are read.
    haplotype : int or None
        Which of the individual's, counted from 1; None where the phase is not known.
    individual : str
        Its name.
    """

    place: int
    haplotype: int | None
    individual: str

    @property
    def label(self) -> str:
        """What it is called in files, such as ``NA12878_1``."""
        return self.individual if self.haplotype is None else f"{self.individual}_{self.haplotype}"


@dataclasses.dataclass(frozen=True)
class PaintedIndividuals:
    """The individuals of a population.

    Attributes
    ----------
    population : str
        Whose they are.
    names : tuple of str
        All who are read, of other populations, too.
    draws : tuple of tuple of int
        Those of the population in each draw, by their places among all.
    phased : bool
        Whether haplotypes are painted, not individuals.
    """

    population: str
    names: tuple[str, ...]
    draws: tuple[tuple[int, ...], ...]
    phased: bool

    @classmethod
    def from_plan(
        cls, plan: GenomePlan, samples: Samples, population: str, phased: bool
    ) -> PaintedIndividuals:
        """Return those of a genome.

        Parameters
        ----------
        plan : GenomePlan
        samples : Samples
            Who is observed.
        population : str
            Whose haplotypes are painted.
        phased : bool
            Whether nets read haplotypes.
        """
        draws = plan.list_draws(list(samples.slices).index(population))
        return cls(population, plan.individuals, draws, phased)

    def name_rows(self, draw: int, ploidies: Sequence[int]) -> list[PaintedRow]:
        """Return the rows of a draw, in the order in which nets read them.

        Parameters
        ----------
        draw : int
        ploidies : sequence of int
            Of all who are read, on a contig.

        Examples
        --------
        >>> painted = PaintedIndividuals("EUR", ("a", "b", "c"), ((0, 2),), phased=True)
        >>> [row.label for row in painted.name_rows(0, [2, 2, 1])]
        ['a_1', 'a_2', 'c_1']
        """
        return [
            PaintedRow(place, haplotype, self.names[place])
            for place in self.draws[draw]
            for haplotype in (range(1, ploidies[place] + 1) if self.phased else (None,))
        ]

    def count_draws(self) -> dict[str, int]:
        """Return in how many draws each individual is, by name."""
        counted = Counter(itertools.chain(*self.draws))
        return {self.names[place]: counted[place] for place in sorted(counted)}
