"""One cell of the grid: parameters of its replicates, drawn, and their windows, simulated."""

import dataclasses

import msprime
import tskit

from coalflow.config import grid, histories
from coalflow.core import seeds
from coalflow.core.errors import CoalflowError
from coalflow.simulation import demography, neutral, priors, recombination
from coalflow.simulation.sweeps import phases

MOST_REFUSED = 1000  # draws in a row; with more, the prior and its limits hardly meet


@dataclasses.dataclass(frozen=True)
class Replicate:
    """One simulated window.

    ``parameters`` are the drawn ones, by name; ``truth`` what was realised of a sweep, by
    the names that shards have for it; ``refused`` counts the draws that could not be used.
    """

    trees: tskit.TreeSequence
    parameters: dict
    truth: dict
    refused: int


class CellSimulator:
    """Simulates the replicates of one cell.

    ``settings`` is what programs are told of it: ``cell``; ``parameters``, values or
    distributions; ``limits`` of drawn ones, and the path of their joint ``draws`` or None
    (see :class:`coalflow.simulation.priors.Prior`); ``demography`` (see ``histories.of_cell``);
    ``samples`` as (population, individuals) pairs and ``ploidy``. Raises CoalflowError for
    a history that cannot be simulated, and for files that cannot be read.
    """

    def __init__(self, settings):
        parameters = settings["parameters"]
        self.cell = settings["cell"]
        self.prior = priors.Prior(parameters, settings["limits"], settings["draws"])
        self.told = settings["demography"]
        self.population, self.selected_in = (
            self.told.get(key) for key in ("population", "selected_in")
        )
        self._samples = demography.make_sample_sets(
            settings["samples"], settings["ploidy"], self.population
        )
        self.sweeps = parameters.get("sweep", "neutral") != "neutral"
        self._history_is_drawn = histories.is_drawn(self.told, parameters)
        self._history = None if self._history_is_drawn else self._history_of(parameters)
        rate = parameters["recombination_rate"]
        of_map = isinstance(rate, dict) and grid.MAP in rate
        self._map = recombination.Map(rate[grid.MAP]) if of_map else None

    def replicate(self, seed):
        """Return the :class:`Replicate` with this 64-bit seed.

        Raises CoalflowError where the prior gives nothing that can be used.
        """
        drawn, history, refused = self.draw(seed)
        simulated = drawn
        if self._map:
            random = seeds.derive_generator(seed, "recombination map")
            stretch = self._map.stretch(drawn["sequence_length"], random)
            drawn = {**drawn, "recombination_rate": stretch.mean_rate}
            simulated = {**drawn, "recombination_rate": stretch}
        if self.sweeps:
            trees, truth = history.window(simulated, seed)
        else:
            trees, truth = neutral.simulate_window(history, self._samples, simulated, seed), {}
        return Replicate(trees, drawn, truth, refused)

    def draw(self, seed):
        """Return drawn parameters, the history that they make, and how many draws were refused.

        The history is a ``msprime.Demography``, or the ``sweep.Windows`` in it.
        """
        for attempt in range(MOST_REFUSED):
            drawn = self.prior.draw(seed, attempt)
            problem = self.prior.problem(drawn) or _contradiction(drawn)
            if problem:
                continue
            if not self._history_is_drawn:
                return drawn, self._history, attempt
            try:
                return drawn, self._history_of(drawn), attempt
            except CoalflowError as error:
                problem = str(error)
        raise CoalflowError(
            f"{MOST_REFUSED:,} draws of the prior in a row could not be used, the last since "
            f"{problem}. Correct simulation.prior"
        )

    def graph(self, parameters):
        """Return the demes graph of a replicate with these parameters."""
        return demography.build_graph(histories.content_of(self.told, parameters))

    def _history_of(self, parameters):
        graph = self.graph(parameters)
        history = demography.convert_to_msprime(graph)
        if not self.sweeps:
            return history
        return phases.Windows(graph, self._samples, self.population, self.selected_in)


def _contradiction(drawn):
    """Return what drawn parameters, each in order by itself, contradict each other in, or None."""
    start, end = drawn.get("start_frequency"), drawn.get("end_frequency")
    if start is not None and start >= end:
        return f"the sweep starts at frequency {start:.4g} and ends at {end:.4g}"
    position = drawn.get("position")
    if position is not None and position >= drawn["sequence_length"]:
        return f"the selected site is at {position:,.0f}, outside of the window"
    return None


def list_versions():
    """Return the versions of the libraries that simulate."""
    return {"msprime": msprime.__version__, "tskit": tskit.__version__}
