"""Ancestry and mutations by msprime, without what it repeats for each window."""

import dataclasses
import functools
import math
from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import Any, TypeAlias

import msprime
import tskit

from coalflow.core.progress import say

# One mutation a site and two alleles, 0 ancestral and 1 derived: the infinite-sites
# model, under which tskit's Tajima's D is the textbook formula.
MUTATION_MODEL = msprime.BinaryMutationModel()
KNOWN_VERSION = "1.4.4"  # of msprime, see coalflow.simulation.msprime_internals

#: Who is sampled: the sets of individuals that msprime takes, or their numbers by population.
SampledIndividuals: TypeAlias = Sequence[msprime.SampleSet] | Mapping[str, int]


@dataclasses.dataclass(frozen=True)
class Recombination:
    """Recombination in a window.

    Attributes
    ----------
    crossover_rate : float or msprime.RateMap
        Per base and generation; a map has the length of the window, and no gaps.
    conversion_rate : float
        At which tracts of gene conversion begin, per base and generation.
    tract_length : float
        Mean length of tracts, in bases.
    """

    crossover_rate: float | msprime.RateMap = 0.0
    conversion_rate: float = 0.0
    tract_length: float = 1.0


class AncestrySimulator:
    """Simulates ancestry under one history.

    Parameters
    ----------
    demography : msprime.Demography
    samples : sequence of msprime.SampleSet, or mapping of str to int
    discrete_genome : bool
        Whether lineages recombine between whole bases only.
    record_migrations : bool
        Whether tables have the moves of lineages between populations; these are then the same
        lineages.
    """

    def __init__(
        self,
        demography: msprime.Demography,
        samples: SampledIndividuals,
        discrete_genome: bool = False,
        record_migrations: bool = False,
    ) -> None:
        self._options = {
            "demography": demography,
            "discrete_genome": discrete_genome,
            "record_migrations": record_migrations,
        }
        self._samples = samples
        self._internals = load_internals()
        if self._internals is not None:
            self._history = self._internals.prepare_history(
                demography, samples, discrete_genome, record_migrations
            )

    def simulate(
        self,
        sequence_length: float,
        recombination: Recombination,
        seed: int,
        end_time: float = math.inf,
    ) -> tskit.TableCollection:
        """Simulate the ancestry of a window, from sampling back to the end time.

        Parameters
        ----------
        sequence_length : float
            In bases.
        recombination : Recombination
        seed : int
            msprime's, from 1 to 2**32 - 1.
        end_time : float
            In generations ago.
        """
        if self._internals is None:
            return self._call_msprime(
                recombination,
                seed,
                samples=self._samples,
                sequence_length=sequence_length,
                end_time=end_time,
            )
        tables = {**self._history.tables, "sequence_length": float(sequence_length)}
        return self._run(tables, recombination, seed, end_time)

    def complete(
        self, tables: tskit.TableCollection, recombination: Recombination, seed: int
    ) -> tskit.TableCollection:
        """Simulate on from tables with lineages that have not all met.

        Parameters
        ----------
        tables : tskit.TableCollection
            As :meth:`simulate` returns them.
        recombination : Recombination
        seed : int
            msprime's, from 1 to 2**32 - 1.
        """
        if self._internals is None:
            return self._call_msprime(recombination, seed, initial_state=tables)
        return self._run(tables.asdict(), recombination, seed, math.inf)

    def _run(
        self, tables: dict[str, Any], recombination: Recombination, seed: int, end_time: float
    ) -> tskit.TableCollection:
        assert self._internals is not None
        rate = recombination.crossover_rate
        light = self._internals.run_ancestry(
            self._history,
            tables,
            int(seed),
            recombination=rate.asdict()
            if isinstance(rate, msprime.RateMap)
            else self._internals.make_uniform_map(tables["sequence_length"], rate),
            conversion={
                "gene_conversion_rate": recombination.conversion_rate,
                "gene_conversion_tract_length": recombination.tract_length,
            },
            end_time=end_time,
        )
        return tskit.TableCollection.fromdict(light.asdict())

    def _call_msprime(
        self, recombination: Recombination, seed: int, **options: Any
    ) -> tskit.TableCollection:
        return msprime.sim_ancestry(
            recombination_rate=recombination.crossover_rate,
            gene_conversion_rate=recombination.conversion_rate,
            gene_conversion_tract_length=recombination.tract_length,
            random_seed=seed,
            record_provenance=False,
            **self._options,
            **options,
        ).dump_tables()


def add_mutations(
    tables: tskit.TableCollection, rate: float, seed: int, discrete_genome: bool = False
) -> tskit.TreeSequence:
    """Return the trees of a window with neutral mutations of two alleles.

    Parameters
    ----------
    tables : tskit.TableCollection
    rate : float
        Mutations per base and generation.
    seed : int
        msprime's, from 1 to 2**32 - 1.
    discrete_genome : bool
        Whether sites are at whole bases; without it, no site is hit twice.
    """
    internals = load_internals()
    if internals is None:
        return msprime.sim_mutations(
            tables.tree_sequence(),
            rate=rate,
            model=MUTATION_MODEL,
            random_seed=seed,
            discrete_genome=discrete_genome,
            record_provenance=False,
        )
    light = internals.LightTables()
    light.fromdict(tables.asdict())
    internals.run_mutations(
        light, tables.sequence_length, rate, MUTATION_MODEL, int(seed), discrete_genome
    )
    return tskit.TableCollection.fromdict(light.asdict()).tree_sequence()


@functools.cache
def load_internals() -> ModuleType | None:
    """Return :mod:`coalflow.simulation.msprime_internals` if the installed msprime is known.

    Otherwise None, and the log has a line about it.
    """
    problem = f"it is {msprime.__version__}, not {KNOWN_VERSION}"
    if msprime.__version__ == KNOWN_VERSION:
        try:
            from coalflow.simulation import msprime_internals

            msprime_internals.try_out()
            return msprime_internals
        except (ImportError, AttributeError, TypeError, ValueError) as error:
            problem = f"its compiled part has changed ({error})"
    say(f"msprime: {problem}. Windows take longer, and are the same")
    return None
