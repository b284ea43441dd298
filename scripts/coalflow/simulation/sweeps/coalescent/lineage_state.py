"""The state of all lineages: records in arrays of fixed room, linked by indices, for numba.

A lineage has a list of segments of ancestral material, from left to right, each with the node
of the tree sequence that carries it. :func:`is_full` tells when the arrays may be too small for
one more event.
"""

from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from coalflow.simulation.sweeps.compilation import compiled, inlined

NONE = -1

#: An array of records, of one of the types below.
Records: TypeAlias = npt.NDArray[np.void]

# ``left`` and ``right`` are in Morgans.
SEGMENT = np.dtype([("left", "f8"), ("right", "f8"), ("node", "i8"), ("following", "i8")])
# ``low`` and ``high`` are a lineage's outermost positions; ``rank`` is its index among the members
# of its group.
LINEAGE = np.dtype([("head", "i8"), ("low", "f8"), ("high", "f8"), ("group", "i8"), ("rank", "i8")])
GROUP = np.dtype([("count", "i8"), ("rate", "f8")])
NODE = np.dtype([("time", "f8"), ("population", "i8")])
EDGE = np.dtype([("left", "f8"), ("right", "f8"), ("parent", "i8"), ("child", "i8")])
# A parent that was drawn in round ``round``, the first lineage that drew it, and the node in which
# more have met.
DRAW = np.dtype([("round", "i8"), ("parent", "i8"), ("child", "i8"), ("node", "i8")])
# How many records of an array are in use. Those that were freed form a list that begins at
# ``free``; only where there is none is another one used, so that large arrays cost nothing.
POOL = np.dtype([("used", "i8"), ("touched", "i8"), ("free", "i8")])
SEGMENTS, LINEAGES = 0, 1
# ``widest`` is the largest span that a lineage can have.
USE = np.dtype(
    [
        ("nodes", "i8"),
        ("edges", "i8"),
        ("edges_at_drop", "i8"),
        ("first_node", "i8"),
        ("rounds", "i8"),
        ("site", "f8"),
        ("widest", "f8"),
    ]
)


class State(NamedTuple):
    """All lineages, what they carry, and the nodes and edges that they left behind.

    Attributes
    ----------
    segments, lineages, nodes, edges, draws : ndarray of records
    groups : ndarray of records, shape (groups,)
        How many members each group has, and the sum of their spans in Morgans.
    members : ndarray of int64, shape (groups, lineages)
        The lineages of each group.
    present : ndarray of int64, shape (lineages,)
        Room for the members of a group at one time.
    pools : ndarray of records, shape (2,)
        Which segments and lineages are in use.
    use : ndarray of records, shape (1,)
        What else is in use.
    """

    segments: Records
    lineages: Records
    groups: Records
    members: npt.NDArray[np.int64]
    nodes: Records
    edges: Records
    present: npt.NDArray[np.int64]
    draws: Records
    pools: Records
    use: Records


def make_state(room: int, groups: int, site: float, first_node: int) -> State:
    """Return a state without lineages.

    Parameters
    ----------
    room : int
        For how many segments, and as many lineages.
    groups : int
    site : float
        Position of the selected site in Morgans.
    first_node : int
        From which new nodes are numbered.
    """
    state = State(
        segments=np.empty(room, SEGMENT),
        lineages=np.empty(room, LINEAGE),
        groups=np.zeros(groups, GROUP),
        members=np.empty((groups, room), dtype=np.int64),
        nodes=np.empty(room, NODE),
        edges=np.empty(4 * room, EDGE),
        present=np.empty(room, dtype=np.int64),
        draws=np.zeros(4 * room, DRAW),
        pools=np.zeros(2, POOL),
        use=np.zeros(1, USE),
    )
    state.pools["free"] = NONE
    state.use["first_node"] = first_node
    state.use["site"] = site
    return state


@inlined
def is_full(state: State) -> bool:
    """Tell whether one event, or dropping coalesced material, may need more room in ``state``."""
    use = state.use[0]
    segments = state.pools[SEGMENTS].used
    most = max(2 * segments, state.pools[LINEAGES].used, use.nodes) + 8
    return most > len(state.segments) or use.edges + 4 * segments + 8 > len(state.edges)


@compiled
def list_segments(
    state: State,
) -> tuple[
    npt.NDArray[np.float64],
    npt.NDArray[np.float64],
    npt.NDArray[np.int64],
    npt.NDArray[np.int64],
    npt.NDArray[np.int64],
]:
    """Return all segments of ``state``, by lineage and from left to right.

    Returns
    -------
    left, right : ndarray of float64, shape (segments,)
        In Morgans.
    node : ndarray of int64, shape (segments,)
    lineage_of, group_of : ndarray of int64, shape (segments,)
        Lineages are numbered from 0.
    """
    segments = state.pools[SEGMENTS].used
    left, right = np.empty(segments), np.empty(segments)
    node = np.empty(segments, dtype=np.int64)
    lineage_of = np.empty(segments, dtype=np.int64)
    group_of = np.empty(segments, dtype=np.int64)
    row, number = 0, 0
    for group in range(len(state.groups)):
        for rank in range(state.groups[group].count):
            segment = state.lineages[state.members[group, rank]].head
            while segment != NONE:
                left[row] = state.segments[segment].left
                right[row] = state.segments[segment].right
                node[row] = state.segments[segment].node
                lineage_of[row], group_of[row] = number, group
                row += 1
                segment = state.segments[segment].following
            number += 1
    return left, right, node, lineage_of, group_of


# Records in use ------------------------------------------------------------------------------


@inlined
def _take(state: State, kind: int, links: npt.NDArray[np.int64]) -> int:
    """Return the index of a record that is not in use; ``links`` connect those that were freed."""
    pool = state.pools[kind]
    index = pool.free
    if index == NONE:
        index = pool.touched
        pool.touched += 1
    else:
        pool.free = links[index]
    pool.used += 1
    return index


@inlined
def _give_back(state: State, kind: int, links: npt.NDArray[np.int64], index: int) -> None:
    pool = state.pools[kind]
    links[index] = pool.free
    pool.free = index
    pool.used -= 1


@inlined
def add_segment(state: State, left: float, right: float, node: int) -> int:
    """Add a segment that is in no list; return its index.

    Parameters
    ----------
    state : State
    left, right : float
        In Morgans.
    node : int
    """
    segment = _take(state, SEGMENTS, state.segments["following"])
    new = state.segments[segment]
    new.left, new.right, new.node, new.following = left, right, node, NONE
    return segment


@inlined
def free_segment(state: State, segment: int) -> None:
    """Let the record of ``segment`` in ``state`` be used again."""
    _give_back(state, SEGMENTS, state.segments["following"], segment)


@inlined
def add_lineage(state: State, head: int, high: float) -> int:
    """Add a lineage that is in no group; return its index.

    Parameters
    ----------
    state : State
    head, high
        As for :func:`set_segments`.
    """
    lineage = _take(state, LINEAGES, state.lineages["head"])
    set_segments(state, lineage, head, high)
    return lineage


@inlined
def free_lineage(state: State, lineage: int) -> None:
    """Let the record of ``lineage``, which must be in no group of ``state``, be used again."""
    _give_back(state, LINEAGES, state.lineages["head"], lineage)


@inlined
def add_node(state: State, time: float, population: int) -> int:
    """Add a node of the tree sequence; return its number there.

    Parameters
    ----------
    state : State
    time : float
        In generations ago.
    population : int
    """
    use = state.use[0]
    new = state.nodes[use.nodes]
    new.time, new.population = time, population
    use.nodes += 1
    return use.first_node + use.nodes - 1


@inlined
def add_edge(state: State, left: float, right: float, parent: int, child: int) -> None:
    """Add an edge, or lengthen the one that ends there.

    Of two lineages that merge edges come in turn, so it is among the last two.

    Parameters
    ----------
    state : State
    left, right : float
        In Morgans.
    parent, child : int
        Nodes; nothing is added where they are the same.
    """
    if child == parent:
        return
    use = state.use[0]
    for last in range(max(use.edges - 2, 0), use.edges):
        edge = state.edges[last]
        if edge.child == child and edge.parent == parent and edge.right == left:
            edge.right = right
            return
    edge = state.edges[use.edges]
    edge.left, edge.right, edge.parent, edge.child = left, right, parent, child
    use.edges += 1


# Lists of segments ---------------------------------------------------------------------------


@inlined
def set_segments(state: State, lineage: int, head: int, high: float) -> None:
    """Give a lineage a list of segments.

    Parameters
    ----------
    state : State
    lineage : int
    head : int
        The first segment.
    high : float
        The right end of the last one, in Morgans.
    """
    changed = state.lineages[lineage]
    changed.head, changed.low, changed.high = head, state.segments[head].left, high


@inlined
def append_segment(state: State, head: int, tail: int, segment: int) -> tuple[int, int]:
    """Append a segment to a list; return the list's first and last segment.

    Parameters
    ----------
    state : State
    head, tail : int
        The first and the last segment so far, NONE for an empty list.
    segment : int
    """
    if tail == NONE:
        return segment, segment
    state.segments[tail].following = segment
    return head, segment


@inlined
def detach_segment(state: State, head: int, right: float) -> tuple[int, int]:
    """Detach the first segment of a list, or its part to the left of a position.

    Parameters
    ----------
    state : State
    head : int
        The first segment.
    right : float
        The position, in Morgans.

    Returns
    -------
    part, remaining : int
        The detached segment, and the first of those that remain.
    """
    first = state.segments[head]
    if first.right <= right:
        remaining = first.following
        first.following = NONE
        return head, remaining
    part = add_segment(state, first.left, right, first.node)
    first.left = right
    return part, head
