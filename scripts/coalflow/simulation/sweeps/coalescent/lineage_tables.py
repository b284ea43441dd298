"""From msprime's tables to lineages that are followed through a sweep, and back."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import tskit

from coalflow.simulation.sweeps.coalescent.lineage_state import State, list_segments

ROOT_GAP = 1e-6  # generations from the last event of a sweep to the lineages' new roots
SELECTED_ALLELE = {"selected": True}
METADATA = tskit.MetadataSchema.permissive_json()


class StoppedLineages(NamedTuple):
    """The lineages of tables that msprime stopped to fill, by segments from left to right.

    Attributes
    ----------
    left, right : ndarray of float64, shape (segments,)
        In bases.
    node : ndarray of int64, shape (segments,)
        The node that carries each segment.
    lineage_of : ndarray of int64, shape (segments,)
        The lineage of each segment, numbered from 0.
    population : ndarray of int64, shape (lineages,)
    """

    left: npt.NDArray[np.float64]
    right: npt.NDArray[np.float64]
    node: npt.NDArray[np.int64]
    lineage_of: npt.NDArray[np.int64]
    population: npt.NDArray[np.int64]


def have_all_met(tables: tskit.TableCollection, time: float) -> bool:
    """Tell whether every position had its common ancestor before msprime stopped.

    Parameters
    ----------
    tables : tskit.TableCollection
    time : float
        When it stopped, in generations ago.
    """
    return time > 0 and not (tables.nodes.time == time).any()


def extract_lineages(tables: tskit.TableCollection, time: float) -> StoppedLineages:
    """Return the lineages of tables that msprime stopped to fill.

    Where msprime stopped, each lineage has a root of that time, the parent of what it
    carries; without any past, the samples are the lineages.

    Parameters
    ----------
    tables : tskit.TableCollection
    time : float
        When it stopped, in generations ago.
    """
    node_time = tables.nodes.time
    if time == 0:
        lineages = np.flatnonzero(node_time == 0)
        left, right = np.zeros(len(lineages)), np.full(len(lineages), tables.sequence_length)
        node = lineages
    else:
        edges = tables.edges
        is_root = node_time[edges.parent] == time
        order = np.lexsort((edges.left[is_root], edges.parent[is_root]))
        left = edges.left[is_root][order]
        right = edges.right[is_root][order]
        node = edges.parent[is_root][order].astype(np.int64)
        joins = (node[1:] == node[:-1]) & (left[1:] == right[:-1])
        left, right = left[np.r_[True, ~joins]], right[np.r_[~joins, True]]
        node = node[np.r_[True, ~joins]]
        lineages = np.unique(node)
    population = tables.nodes.population[lineages].astype(np.int64)
    return StoppedLineages(left, right, node, np.searchsorted(lineages, node), population)


def append_events(
    tables: tskit.TableCollection,
    state: State,
    convert_to_bases: Callable[[npt.NDArray[np.float64]], npt.NDArray[np.float64]],
    end: float,
) -> None:
    """Append what happened to lineages to tables, and a root for each lineage that is left.

    Parameters
    ----------
    tables : tskit.TableCollection
    state : State
        What happened, in Morgans.
    convert_to_bases : callable
    end : float
        When it was over, in generations ago.
    """
    use = state.use[0]
    nodes, edges = state.nodes[: use["nodes"]], state.edges[: use["edges"]]
    first_root = tables.nodes.num_rows + len(nodes)
    left, right, node, lineage_of, group = list_segments(state)
    _, first_segment = np.unique(lineage_of, return_index=True)
    roots = len(first_segment)
    population = np.concatenate([nodes["population"], group[first_segment] // 2])
    tables.nodes.append_columns(
        flags=np.zeros(len(nodes) + roots, dtype=np.uint32),
        time=np.concatenate([nodes["time"], np.full(roots, end + ROOT_GAP)]),
        population=population.astype(np.int32),
    )
    tables.edges.append_columns(
        left=convert_to_bases(np.concatenate([edges["left"], left])),
        right=convert_to_bases(np.concatenate([edges["right"], right])),
        parent=np.concatenate([edges["parent"], first_root + lineage_of]).astype(np.int32),
        child=np.concatenate([edges["child"], node]).astype(np.int32),
    )
    tables.sort()


def add_selected_site(
    tables: tskit.TableCollection, position: float, origins: Sequence[tuple[int, float]]
) -> None:
    """Add the selected allele to tables, as mutations where it arose, and simplify them.

    Parameters
    ----------
    tables : tskit.TableCollection
    position : float
        That of the site, in bases.
    origins : sequence of (int, float)
        The node above which it arose, and when, in generations ago.
    """
    tables.mutations.metadata_schema = METADATA
    if origins:
        site = tables.sites.add_row(position=position, ancestral_state="0")
        for node, time in sorted(origins, key=lambda origin: -origin[1]):
            tables.mutations.add_row(
                site=site, node=node, derived_state="1", time=time, metadata=SELECTED_ALLELE
            )
    tables.simplify(record_provenance=False)
