"""Sweeps in one history, by the drawn parameters of replicates."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import demes
import numpy as np
import tskit

from coalflow.core import seeds
from coalflow.simulation.ancestry import SampledIndividuals
from coalflow.simulation.sweeps.sweep_simulator import SweepSimulator
from coalflow.simulation.sweeps.trajectories.selection import Selection


class DrawnSweeps:
    """Simulates windows with a sweep in one history, by drawn parameters.

    Parameters
    ----------
    graph, samples, population, selected_in
        As for :class:`coalflow.simulation.sweeps.sweep_simulator.SweepSimulator`.
    """

    def __init__(
        self,
        graph: demes.Graph,
        samples: SampledIndividuals,
        population: str,
        selected_in: tuple[str, ...] | None = None,
    ) -> None:
        self._history = graph, samples
        self._selected = population, selected_in
        self._simulator: SweepSimulator | None = None
        self._window: tuple[Any, Any] | None = None

    def simulate_window(
        self, parameters: Mapping[str, Any], seed: int
    ) -> tuple[tskit.TreeSequence, dict[str, float]]:
        """Simulate the window of a replicate.

        Parameters
        ----------
        parameters : mapping
            Those of the replicate; its recombination rate may be an ``msprime.RateMap``.
        seed : int
            The replicate's, from 0 to 2**64 - 1.

        Returns
        -------
        trees : tskit.TreeSequence
        truth : dict
            What came of the sweep, by its names in shards.

        Raises
        ------
        CoalflowError
            If the sweep cannot be simulated.
        """
        simulator = self._find_simulator(
            parameters["sequence_length"], parameters["recombination_rate"]
        )
        position = _find_position(parameters, seeds.derive_generator(seed, "side of the site"))
        trees, outcome = simulator.simulate_window(
            collect_selection(parameters),
            position,
            parameters["fixation_time"],
            parameters["mutation_rate"],
            seed,
        )
        truth = {**dataclasses.asdict(outcome), "position": position}
        return trees, {f"target/{name}": float(value) for name, value in truth.items()}

    def _find_simulator(self, sequence_length: float, recombination: Any) -> SweepSimulator:
        """Return the simulator of windows of this length and recombination."""
        window = sequence_length, recombination
        if self._simulator is None:
            self._simulator = SweepSimulator(*self._history, *window, *self._selected)
        elif self._window != window:
            self._simulator = self._simulator.change_window(*window)
        self._window = window
        return self._simulator


def collect_selection(parameters: Mapping[str, Any]) -> Selection:
    """Return the selection that the parameters of a replicate specify."""
    return Selection(
        coefficient=parameters["selection_coefficient"],
        dominance=parameters["dominance"],
        start_frequency=parameters.get("start_frequency"),
        end_frequency=parameters["end_frequency"],
        new_copies=parameters.get("recurrent_mutation_rate", 0.0),
    )


def _find_position(parameters: Mapping[str, Any], random: np.random.Generator) -> float:
    """Return where the selected site is; whether to the left or the right is random."""
    if "position" in parameters:
        return parameters["position"]
    length = parameters["sequence_length"]
    is_left = random.random() < 0.5
    if "offset" in parameters:
        return length / 2 + (-parameters["offset"] if is_left else parameters["offset"])
    return -parameters["distance"] if is_left else length + parameters["distance"]
