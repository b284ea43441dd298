"""One cell of the grid: parameters of its replicates, drawn, and their windows, simulated."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import demes
import msprime
import tskit

from coalflow.config.histories import contents
from coalflow.config.registry.parameters import NEUTRAL
from coalflow.config.schema.distributions import MapRate, Value
from coalflow.config.settings.simulating import CellSettings
from coalflow.core import seeds
from coalflow.core.errors import CoalflowError
from coalflow.simulation import demography
from coalflow.simulation.gene_flow import (
    GeneFlow,
    find_of_kind,
    find_on_routes,
    list_gene_flow,
)
from coalflow.simulation.neutral import NeutralSimulator
from coalflow.simulation.priors import Prior
from coalflow.simulation.recombination import RecombinationMap
from coalflow.statistics.introgression.moves import Moves

if TYPE_CHECKING:
    from coalflow.simulation.sweeps.drawn_sweeps import DrawnSweeps

MOST_REFUSED = 1000  # draws in a row; with more, the prior and its limits hardly meet


@dataclasses.dataclass(frozen=True)
class Draw:
    """What was drawn for a replicate.

    Attributes
    ----------
    parameters : dict
        The drawn parameters and the fixed ones, by name.
    evolution : NeutralSimulator or DrawnSweeps
        What simulates windows in the history that they make.
    refused : int
        How many draws before this one could not be used.
    gene_flow : GeneFlow, optional
        That of the history, where moves of lineages are recorded.
    """

    parameters: dict[str, Value]
    evolution: NeutralSimulator | DrawnSweeps
    refused: int
    gene_flow: GeneFlow | None = None


@dataclasses.dataclass(frozen=True)
class SimulatedReplicate:
    """One simulated window.

    Attributes
    ----------
    trees : tskit.TreeSequence
    parameters : dict
        Drawn and fixed ones, by name.
    truth : dict
        What came of a sweep, by its names in shards.
    refused : int
        How many draws could not be used.
    moves : Moves, optional
        The moves of lineages by gene flow, where they are recorded.
    moved_by_kind : bool
        Whether any of them is by the kind of gene flow of the cell.
    """

    trees: tskit.TreeSequence
    parameters: dict[str, Value]
    truth: dict[str, float]
    refused: int
    moves: Moves | None = None
    moved_by_kind: bool = False


class CellSimulator:
    """Simulates the replicates of one cell.

    Parameters
    ----------
    settings : CellSettings
    records_moves : bool
        Whether it is known which lineages moved by gene flow. There is then no sweep.

    Attributes
    ----------
    cell : str
        Its name.
    prior : Prior
        The distribution of its parameters.
    history : History
        Its population history, before parameters are drawn.
    recombination_map : RecombinationMap or None
        Where windows take stretches of a map.

    Raises
    ------
    CoalflowError
        If the history cannot be simulated, or a file cannot be read.
    """

    def __init__(self, settings: CellSettings, records_moves: bool = False) -> None:
        parameters = settings.parameters
        self.cell, self.history = settings.cell, settings.history
        self.prior = Prior(parameters, settings.draws)
        self._gene_conversion_tract = settings.gene_conversion_tract
        self._samples = demography.make_sample_sets(settings.samples, self.history.population)
        self._is_swept = parameters.get("sweep", NEUTRAL) != NEUTRAL
        self._records_moves = records_moves
        self._evolution: NeutralSimulator | DrawnSweeps | None = None
        self._gene_flow: GeneFlow | None = None
        if not contents.varies(self.history, parameters):
            self._evolution = self._prepare_evolution(self.prior.fixed)
            self._gene_flow = self._list_gene_flow(self.prior.fixed)
        rate = parameters["recombination_rate"]
        self.recombination_map = (
            RecombinationMap(rate.map, rate.chromosome) if isinstance(rate, MapRate) else None
        )

    def simulate_replicate(self, seed: int) -> SimulatedReplicate:
        """Simulate a replicate.

        Parameters
        ----------
        seed : int
            Its own, from 0 to 2**64 - 1.

        Raises
        ------
        CoalflowError
            If no draw of the prior can be used, the recombination map has no stretch that is long
            enough, or the sweep cannot be simulated.
        """
        draw = self.draw(seed)
        simulated: dict[str, Any] = dict(draw.parameters)
        drawn = self._drop_absent(draw.parameters)
        if self.recombination_map:
            random = seeds.derive_generator(seed, "recombination map")
            stretch = self.recombination_map.draw_stretch(simulated["sequence_length"], random)
            drawn = {**drawn, "recombination_rate": stretch.mean_rate}
            simulated["recombination_rate"] = stretch
        if not isinstance(draw.evolution, NeutralSimulator):
            trees, truth = draw.evolution.simulate_window(simulated, seed)
            return SimulatedReplicate(trees, drawn, truth, draw.refused)
        simulated["gene_conversion_tract"] = self._gene_conversion_tract
        trees, moves = draw.evolution.simulate_lineages(simulated, seed)
        if moves is None or draw.gene_flow is None:
            return SimulatedReplicate(trees, drawn, {}, draw.refused)
        moved = bool(find_of_kind(moves, draw.gene_flow).any())
        moves = moves.keep(find_on_routes(moves, draw.gene_flow))
        return SimulatedReplicate(trees, drawn, {}, draw.refused, moves, moved)

    def draw(self, seed: int) -> Draw:
        """Draw parameters, and the history that they make, until they can be used.

        Parameters
        ----------
        seed : int
            The replicate's.

        Raises
        ------
        CoalflowError
            If 1,000 draws in a row cannot be used.
        """
        problem: str | None = None
        for attempt in range(MOST_REFUSED):
            drawn = self.prior.draw(seed, attempt)
            problem = self.prior.find_problem(drawn) or _find_contradiction(drawn)
            if problem:
                continue
            if self._evolution is not None:
                return Draw(drawn, self._evolution, attempt, self._gene_flow)
            try:
                evolution = self._prepare_evolution(drawn)
                return Draw(drawn, evolution, attempt, self._list_gene_flow(drawn))
            except CoalflowError as error:
                problem = str(error)
        raise CoalflowError(
            f"{MOST_REFUSED:,} draws of the prior in a row could not be used, the last because "
            f"{problem}. Correct simulation.prior"
        )

    def build_graph(self, parameters: Mapping[str, Value]) -> demes.Graph:
        """Return the demes graph of a replicate with these parameters.

        Raises
        ------
        CoalflowError
            If they make a history that contradicts itself.
        """
        return demography.build_graph(contents.make_content(self.history, parameters))

    def _prepare_evolution(self, parameters: Mapping[str, Value]) -> NeutralSimulator | DrawnSweeps:
        graph = self.build_graph(parameters)
        demography.refuse_dead_samples(graph, self._samples)
        history = demography.convert_to_msprime(graph)
        if not self._is_swept:
            return NeutralSimulator(history, self._samples, records_moves=self._records_moves)
        # Neutral shards are many, and do without numba.
        from coalflow.simulation.sweeps.drawn_sweeps import DrawnSweeps

        return DrawnSweeps(graph, self._samples, self.history.population, self.history.selected_in)

    def _drop_absent(self, drawn: Mapping[str, Value]) -> dict[str, Value]:
        """Return a draw with nan for numbers of pulses and migrations that are off in its kind."""
        if self.history.gene_flow is None:
            return dict(drawn)
        off = tuple(f"{part}." for part in self.history.gene_flow[str(drawn["gene_flow"])].off)
        return {
            name: math.nan if name.startswith(off) and name not in self.prior.fixed else value
            for name, value in drawn.items()
        }

    def _list_gene_flow(self, parameters: Mapping[str, Value]) -> GeneFlow | None:
        """Return the gene flow in the history of a replicate, where moves are recorded."""
        return list_gene_flow(self.history, parameters) if self._records_moves else None


def _find_contradiction(drawn: Mapping[str, Any]) -> str | None:
    """Return how drawn parameters, each valid by itself, contradict each other, or None."""
    start, end = drawn.get("start_frequency"), drawn.get("end_frequency")
    if start is not None and start >= end:
        return f"the sweep starts at frequency {start:.4g} and ends at {end:.4g}"
    position = drawn.get("position")
    if position is not None and position >= drawn["sequence_length"]:
        return f"the selected site is at {position:,.0f}, outside the window"
    offset = drawn.get("offset")
    if offset is not None and offset >= drawn["sequence_length"] / 2:
        return f"the selected site is {offset:,.0f} from the middle, outside the window"
    return None


def list_versions() -> dict[str, str]:
    """Return the versions of the libraries that simulate, by name."""
    return {"msprime": msprime.__version__, "tskit": tskit.__version__}
