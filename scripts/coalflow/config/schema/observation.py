"""The section ``observation``, and the observation that simulations are given."""

from __future__ import annotations

from typing import Annotated

import pydantic

from coalflow.config.fields.names import Text
from coalflow.config.fields.section import KEYS, NUMBER, TEXT, ByKind, Limits, Section
from coalflow.config.schema.genomes import GenotypeRules
from coalflow.config.schema.samples import Individuals, IndividualsOfEach, Samples


class LikeFile(GenotypeRules):
    """A file that the simulations should resemble."""

    path: Text
    """Its path, relative to where Snakemake is started."""


class WrittenObservation(Section):
    """What sequencing leaves of the truth. Simulations are observed the way the real data are."""

    like: (
        Annotated[
            Annotated[Text, pydantic.Tag(TEXT)] | Annotated[LikeFile, pydantic.Tag(KEYS)], ByKind
        ]
        | None
    ) = None
    """
    A file with genotypes that the simulations should resemble, in any of the formats of genomes,
    relative to where Snakemake is started. Phase, missing genotypes and the minimum allele count
    are measured on it, unless given here. The result is in `results/<run>/observation.json`. To say
    which of its records are used, give keys, such as `{path: mine.vcf.gz, filters: any}`.
    """
    polarised: bool = False
    """
    Whether the ancestral allele is known. `true` codes derived alleles as 1; `false` codes the
    rarer allele as 1, in simulations and genomes alike.
    """
    polarisation_error: Annotated[int | float, Limits(ge=0, le=0.5)] = 0
    """
    Fraction of sites at which the wrong allele is taken for the ancestral one. Applied to
    simulations.
    """
    phased: bool | None = None
    """
    Whether it is known which alleles of an individual are on the same chromosome. `false` gives
    nets individuals in place of haplotypes: how many copies of allele 1 each has. Without it,
    `true`, or as in `like`.
    """
    missing: Annotated[int | float, Limits(ge=0, lt=1)] | None = None
    """
    Fraction of genotypes that are not called, the same at all sites. Applied to simulations; if it
    is above 0, sites of a genome may have missing genotypes, otherwise such sites are left out.
    Without it 0, or as at the sites of `like`.
    """
    genotype_error: Annotated[int | float, Limits(ge=0, le=0.5)] = 0
    """
    Probability that an allele is read as the other one, at sites that truly vary. Applied to
    simulations.
    """
    switch_error: Annotated[int | float, Limits(ge=0, le=0.5)] = 0
    """
    Probability that the phase of an individual is wrong from one of its heterozygous sites to the
    next, as programs that phase genotypes report it (`switch error rate`). Applied to simulations
    of diploids whose phase is known; .5 is as if it were not.
    """
    minimum_allele_count: Annotated[int, Limits(ge=1, le=1_000_000, whole=True)] | None = None
    """
    How often each of a site's two alleles must be called among the individuals that are observed,
    or the site is left out, in simulations and genomes alike. 2 leaves out singletons. Without it
    1, or as in `like`.
    """
    mask: Text | None = None
    """
    A BED file of the parts of the genome where sites can be seen, relative to where Snakemake is
    started. Each simulated window is given a stretch of it; in a genome, sites outside it are left
    out.
    """
    individuals: (
        Annotated[
            Annotated[Individuals, pydantic.Tag(NUMBER)] | IndividualsOfEach,
            ByKind,
        ]
        | None
    ) = None
    """
    How many of the simulated individuals are observed, or how many of which population, such as
    `{EUR: 5}`. Without it all. Fewer can be tried without new simulations.
    """

    @property
    def like_file(self) -> LikeFile | None:
        """The file that simulations should resemble."""
        return LikeFile(path=self.like) if isinstance(self.like, str) else self.like


class MissingPerSite(Section):
    """Missing genotypes as counted in a file: each simulated site draws one of its sites."""

    individuals: int
    """Individuals of the file."""
    per_site: tuple[int, ...]
    """At how many sites 0, 1, 2, ... of their genotypes are not called."""


class Observation(Section):
    """What sequencing leaves of the truth, with nothing left open.

    It is applied to simulations in the order of :mod:`coalflow.windows.observation`; genomes are
    read by the same rules.
    """

    polarised: bool = False
    """Whether the ancestral allele is known."""
    polarisation_error: float = 0
    """Fraction of sites whose two alleles are swapped."""
    phased: bool = True
    """Whether it is known which alleles of an individual are on the same chromosome."""
    missing: MissingPerSite | float = 0
    """Fraction of genotypes that are not called, or how many are at the sites of a file."""
    genotype_error: float = 0
    """Probability that an allele is read as the other one."""
    switch_error: float = 0
    """Probability that the phase is wrong from a heterozygous site of an individual to the next."""
    minimum_allele_count: int = 1
    """How often each of a site's two alleles must be called."""
    complete: bool = False
    """Whether sites with a missing genotype are left out."""
    mask: str | None = None
    """A BED file of accessible stretches."""
    individuals: dict[str, int] = {}
    """How many individuals of a population are observed, where not all are: the first ones."""

    @property
    def can_be_missing(self) -> bool:
        """Whether genotypes may be missing at the sites that are seen."""
        return self.loses_genotypes and not self.complete

    @property
    def loses_genotypes(self) -> bool:
        """Whether genotypes are not called."""
        if isinstance(self.missing, MissingPerSite):
            return any(self.missing.per_site[1:])
        return self.missing > 0

    @property
    def has_errors(self) -> bool:
        """Whether chance decides what is observed of a replicate."""
        rates = self.genotype_error, self.switch_error, self.polarisation_error
        return any(rates) or self.loses_genotypes

    def without_errors(self) -> Observation:
        """Return the observation without errors, missing genotypes and lost phase.

        The same sites can be seen: those of the mask, common enough, in the same individuals; and,
        where incomplete ones are left out, those at which no genotype is missing.
        """
        rates = ["genotype_error", "switch_error", "polarisation_error"]
        if not self.complete:
            rates.append("missing")
        return self.model_copy(update={"phased": True, **dict.fromkeys(rates, 0)})

    def observe(self, samples: Samples) -> Samples:
        """Return which of the simulated samples are observed."""
        return samples.fewer(self.individuals)
