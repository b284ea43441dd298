"""Whole genomes, contig by contig: neutral, or with a sweep where the user put it."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple

import demes
import numpy as np
import tskit

from coalflow.config.histories import contents
from coalflow.config.histories.routes import list_routes
from coalflow.config.schema.distributions import MapRate
from coalflow.config.settings.simulating import PlacedSweep, SimulateGenomeSettings
from coalflow.core import seeds
from coalflow.core.errors import CoalflowError
from coalflow.simulation import demography
from coalflow.simulation.ancestry import SampledIndividuals
from coalflow.simulation.gene_flow import GeneFlow, find_on_routes
from coalflow.simulation.neutral import NeutralSimulator
from coalflow.simulation.recombination import RecombinationMap
from coalflow.statistics.introgression.moves import Moves
from coalflow.statistics.introgression.tracing import trace_truth
from coalflow.windows.ancestry import Runs

#: Columns of the truth: where a sweep is, what it was to be, and what came of it.
TRUTH = (
    "contig", "position", "kind", "population", "selection_coefficient", "dominance",
    "start_frequency", "end_frequency", "recurrent_mutation_rate", "fixation_time",
    "selection_began", "origin", "frequency", "founders",
)  # fmt: skip


@dataclasses.dataclass(frozen=True)
class SimulatedContig:
    """A contig of a simulated genome.

    Attributes
    ----------
    name : str
    trees : tskit.TreeSequence
        It has one site in each base at most, anywhere in it.
    truth : dict or None
        Its sweep by the names in ``TRUTH``, as far as they apply; None where it is neutral.
        Times are in generations ago.
    dropped : int
        How many sites were at a base with another, and are left out.
    ancestry : Runs, optional
        Which stretches of haplotypes are from another population, where that is needed; their
        haplotypes are those of all samples.
    """

    name: str
    trees: tskit.TreeSequence
    truth: dict[str, Any] | None = None
    dropped: int = 0
    ancestry: Runs | None = None


def simulate_contigs(settings: SimulateGenomeSettings) -> Iterator[SimulatedContig]:
    """Yield the contigs of a genome, each from random numbers of its own.

    Parameters
    ----------
    settings : SimulateGenomeSettings

    Raises
    ------
    CoalflowError
        If the history or a sweep cannot be simulated, or the map has no stretch as long as a
        contig.
    """
    graph = demography.build_graph(contents.make_content(settings.history, settings.parameters))
    samples = demography.make_sample_sets(settings.samples, settings.history.population)
    neutral = NeutralSimulator(
        demography.convert_to_msprime(graph),
        samples,
        discrete_genome=True,
        records_moves=settings.ancestry is not None,
    )
    rate = settings.parameters["recombination_rate"]
    whole_map = RecombinationMap(rate.map, rate.chromosome) if isinstance(rate, MapRate) else None
    sweeps = {sweep.contig: sweep for sweep in settings.sweeps}
    for index, name in enumerate(settings.contigs):
        # The first has the stream that the one contig of a genome always had.
        labels = (settings.genome, name) if index else (settings.genome,)
        seed = seeds.derive_seed(settings.seed, "genome", *labels)
        parameters: dict[str, Any] = dict(settings.parameters)
        if whole_map is not None:
            random = seeds.derive_generator(seed, "recombination map")
            parameters["recombination_rate"] = whole_map.draw_stretch(
                parameters["sequence_length"], random, f"genomes.{settings.genome}.simulate"
            )
        if name not in sweeps:
            parameters["gene_conversion_tract"] = settings.gene_conversion_tract
            trees, moves = neutral.simulate_lineages(parameters, seed)
            ancestry = None if moves is None else _trace_ancestry(trees, moves, settings, graph)
            yield SimulatedContig(name, trees, ancestry=ancestry)
            continue
        try:
            yield _simulate_swept(
                sweeps[name], graph, samples, settings.history.selected_in, parameters, seed
            )
        except CoalflowError as error:
            raise CoalflowError(f"genome {settings.genome}, contig {name}: {error}") from None


class Stretch(NamedTuple):
    """A stretch of a haplotype that is from another population, as in BED."""

    contig: str
    start: int
    end: int
    haplotype: str


def list_stretches(contig: SimulatedContig, ploidy: int) -> list[Stretch]:
    """Return the stretches of a contig's haplotypes that are from another population.

    Individuals have the names that tskit gives them, and haplotypes are counted from 1, as in
    ``tsk_0_1``. What covers no whole base is left out.

    Parameters
    ----------
    contig : SimulatedContig
    ploidy : int
    """
    if contig.ancestry is None:
        return []
    runs = contig.ancestry
    ends = (np.rint(values).astype(np.int64).tolist() for values in (runs.left, runs.right))
    return [
        Stretch(contig.name, start, end, f"tsk_{index // ploidy}_{index % ploidy + 1}")
        for index, start, end in zip(runs.haplotype.tolist(), *ends, strict=True)
        if start < end
    ]


def _trace_ancestry(
    trees: tskit.TreeSequence, moves: Moves, settings: SimulateGenomeSettings, graph: demes.Graph
) -> Runs:
    """Return which stretches of haplotypes are from another population."""
    wanted = settings.ancestry
    assert wanted is not None  # moves are recorded for it
    moves = moves.keep(find_on_routes(moves, GeneFlow(tuple(list_routes(graph)))))
    return trace_truth(trees, moves, trees.samples(), settings.samples.slices, wanted)


def _simulate_swept(
    sweep: PlacedSweep,
    graph: demes.Graph,
    samples: SampledIndividuals,
    selected_in: Collection[str] | None,
    parameters: Mapping[str, Any],
    seed: int,
) -> SimulatedContig:
    """Return a contig with a sweep."""
    # Neutral genomes do without numba.
    from coalflow.simulation.sweeps.drawn_sweeps import collect_selection
    from coalflow.simulation.sweeps.sweep_simulator import SweepSimulator

    simulator = SweepSimulator(
        graph,
        samples,
        parameters["sequence_length"],
        parameters["recombination_rate"],
        sweep.population,
        selected_in,
    )
    given: Mapping[str, Any] = sweep.parameters
    trees, outcome = simulator.simulate_window(
        collect_selection(given),
        sweep.position - 1,
        given["fixation_time"],
        parameters["mutation_rate"],
        seed,
    )
    thinned, dropped = thin_sites(trees)
    truth = {
        **{name: value for name, value in given.items() if name != "sweep"},
        **{name: value for name, value in dataclasses.asdict(outcome).items() if name in TRUTH},
        "contig": sweep.contig,
        "position": sweep.position,
        "kind": given["sweep"],
        "population": sweep.population,
    }
    return SimulatedContig(sweep.contig, thinned, truth, dropped)


def thin_sites(trees: tskit.TreeSequence) -> tuple[tskit.TreeSequence, int]:
    """Return trees with one site in each base, as a VCF has them, and how many are left out.

    Of several sites in one base the first is kept. Sites at which all samples carry the same
    allele, as the site of a complete sweep, are left out too, but not counted: they do not
    segregate.

    Parameters
    ----------
    trees : tskit.TreeSequence
        Its sites are anywhere, in order.
    """
    segregates = np.array(
        [0 < variant.genotypes.sum() < trees.num_samples for variant in trees.variants()], bool
    )
    kept = np.flatnonzero(segregates)
    _, first = np.unique(np.floor(trees.sites_position[kept]), return_index=True)
    others = np.setdiff1d(np.arange(trees.num_sites), kept[first])
    return trees.delete_sites(others, record_provenance=False), len(kept) - len(first)
