"""Pulses at the same time, of which the demes library warns: their order in the file matters."""

import itertools
from collections.abc import Iterator

from coalflow.config.histories import contents, graphs, kinds, sampling
from coalflow.config.schema.whole import Config
from coalflow.config.settings.simulating import History
from coalflow.core.errors import CoalflowError
from coalflow.preflight.findings import Finding


def find_simultaneous_pulses(config: Config) -> Iterator[Finding]:
    """Yield the first two pulses that are on together, at one time, in the same populations.

    Parameters
    ----------
    config : Config
        Where times of its history are gridded or drawn, nothing is found.
    """
    simulation, content = config.simulation, config.graph
    if content is None or kinds.vary_times(simulation):
        return
    switched = kinds.switch_kinds(simulation.demography.gene_flow)
    history = History(graph=content, gene_flow=switched or None, population="")
    for kind in kinds.list_chosen(simulation) or [""]:
        chosen = contents.make_content(history, {"gene_flow": kind} if kind else {})
        try:
            pulses = graphs.resolve_graph(chosen).pulses
        except CoalflowError:
            return  # without what is drawn it is no history
        for one, other in itertools.combinations(pulses, 2):
            shared = (
                one.dest == other.dest or one.dest in other.sources or other.dest in one.sources
            )
            if one.time != other.time or not shared:
                continue
            flows = [f"from {' and '.join(each.sources)} into {each.dest}" for each in (one, other)]
            when = sampling.describe_age(one.time, content)
            yield Finding(
                "history",
                f"gene flow {kind}" if kind else "history",
                f"the pulses {flows[0]} and {flows[1]} are both {when}, so how much comes from "
                "whom depends on their order in the file",
                "write them as one pulse with several sources, or give them different times",
            )
            return
