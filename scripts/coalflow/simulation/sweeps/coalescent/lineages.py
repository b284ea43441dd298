"""Lineages: what of the genome an ancestor carries, and the edges that meetings leave.

Lineages belong to groups, whose members are alike to the process that drives them, the structured
coalescent. They are cut by recombination and merged by common ancestry; merging adds nodes and
edges.

A breakpoint matters to a lineage where it falls between its outermost material, or
between that and the *site*, a position that the caller chooses. That span, in Morgans,
is the lineage's rate of recombination, and each group keeps the sum of its members'.
"""

import numpy as np
import numpy.typing as npt

from coalflow.simulation.sweeps.coalescent.lineage_state import (
    NONE,
    State,
    add_edge,
    add_lineage,
    add_node,
    add_segment,
    append_segment,
    detach_segment,
    free_lineage,
    free_segment,
    set_segments,
)
from coalflow.simulation.sweeps.compilation import compiled, inlined


@compiled
def fill_state(
    state: State,
    left: npt.NDArray[np.float64],
    right: npt.NDArray[np.float64],
    node: npt.NDArray[np.int64],
    lineage_of: npt.NDArray[np.int64],
    group: npt.NDArray[np.int64],
) -> None:
    """Fill an empty state with lineages.

    Parameters
    ----------
    state : State
    left, right : ndarray of float64, shape (segments,)
        Ends of segments in Morgans, by lineage and from left to right.
    node : ndarray of int64, shape (segments,)
        Which node of the tree sequence carries each.
    lineage_of : ndarray of int64, shape (segments,)
        Which lineage has each, numbered from 0.
    group : ndarray of int64, shape (lineages,)
    """
    use = state.use[0]
    use.widest = max(right.max(), use.site) - min(left.min(), use.site)
    segment = 0
    for number in range(len(group)):
        head, tail = NONE, NONE
        while segment < len(left) and lineage_of[segment] == number:
            piece = add_segment(state, left[segment], right[segment], node[segment])
            head, tail = append_segment(state, head, tail, piece)
            segment += 1
        join_group(state, add_lineage(state, head, state.segments[tail].right), group[number])


# Groups ------------------------------------------------------------------------------------


@inlined
def _measure_span(state: State, lineage: int) -> float:
    """Return the Morgans in which a breakpoint changes a lineage's ancestry."""
    site = state.use[0].site
    return max(state.lineages[lineage].high, site) - min(state.lineages[lineage].low, site)


@inlined
def join_group(state: State, lineage: int, group: int) -> None:
    """Make ``lineage`` the last member of ``group`` in ``state``."""
    rank = state.groups[group].count
    state.lineages[lineage].group = group
    state.lineages[lineage].rank = rank
    state.members[group, rank] = lineage
    state.groups[group].count = rank + 1
    state.groups[group].rate += _measure_span(state, lineage)


@inlined
def leave_group(state: State, lineage: int) -> None:
    """Take ``lineage`` out of its group in ``state``; the last member gets its rank."""
    group = state.lineages[lineage].group
    rank = state.lineages[lineage].rank
    count = state.groups[group].count - 1
    last = state.members[group, count]
    state.members[group, rank] = last
    state.lineages[last].rank = rank
    state.groups[group].count = count
    state.groups[group].rate -= _measure_span(state, lineage)
    if count == 0:
        state.groups[group].rate = 0.0  # or a rounding error would remain


@inlined
def draw_member(random: np.random.Generator, state: State, group: int) -> int:
    """Draw one of a group's lineages, all with the same chance; return its index.

    Parameters
    ----------
    random : numpy.random.Generator
    state : State
    group : int
    """
    return state.members[group, int(random.random() * state.groups[group].count)]


@inlined
def draw_member_by_span(random: np.random.Generator, state: State, group: int) -> int:
    """Draw one of a group's lineages, each in proportion to its span; return its index.

    Parameters
    ----------
    random : numpy.random.Generator
    state : State
    group : int
    """
    widest = state.use[0].widest
    while True:
        lineage = draw_member(random, state, group)
        if random.random() * widest < _measure_span(state, lineage):
            return lineage


@inlined
def find_node_at_site(state: State, lineage: int) -> int:
    """Return the node that carries material of ``lineage`` at the site of ``state``, or NONE."""
    site = state.use[0].site
    segment = state.lineages[lineage].head
    while segment != NONE and state.segments[segment].left <= site:
        if site < state.segments[segment].right:
            return state.segments[segment].node
        segment = state.segments[segment].following
    return NONE


# Recombination -----------------------------------------------------------------------------


@inlined
def recombine(random: np.random.Generator, state: State, lineage: int, other: int) -> None:
    """Break a lineage within its span.

    The site's side stays in its group. Where the breakpoint falls between material and
    site, all material is on the other side.

    Parameters
    ----------
    random : numpy.random.Generator
    state : State
    lineage : int
    other : int
        The group that the other side joins.
    """
    site, group = state.use[0].site, state.lineages[lineage].group
    low, high = state.lineages[lineage].low, state.lineages[lineage].high
    position = min(low, site) + random.random() * _measure_span(state, lineage)
    leave_group(state, lineage)
    if position <= low or position >= high:
        join_group(state, lineage, other)
        return
    right = _cut_lineage(state, lineage, position)
    join_group(state, lineage, group if site < position else other)
    join_group(state, right, other if site < position else group)


@inlined
def _cut_lineage(state: State, lineage: int, position: float) -> int:
    """Cut a lineage in two; it keeps the left part, the new lineage is the right one."""
    high = state.lineages[lineage].high
    head, last, segment = state.lineages[lineage].head, NONE, state.lineages[lineage].head
    while state.segments[segment].right <= position:
        last, segment = segment, state.segments[segment].following
    if state.segments[segment].left < position:
        part, segment = detach_segment(state, segment, position)
        head, last = append_segment(state, head, last, part)
    state.segments[last].following = NONE
    set_segments(state, lineage, head, state.segments[last].right)
    return add_lineage(state, segment, high)


# Common ancestry ---------------------------------------------------------------------------


@inlined
def merge_lineages(
    state: State, kept: int, gone: int, time: float, population: int, node: int
) -> int:
    """Merge two lineages of a group.

    Where both have material they get edges to a node; elsewhere a segment stays what it was.
    Several lineages that meet in one node are merged one by one: material that the node
    already carries needs no edge.

    Parameters
    ----------
    state : State
    kept, gone : int
        The lineages; the first gets what both have, the second is freed.
    time : float
        In generations ago.
    population : int
        Where they meet.
    node : int
        The node in which they meet, or NONE for a new one.

    Returns
    -------
    int
        The node, NONE where none was needed.
    """
    group = state.lineages[kept].group
    leave_group(state, kept)
    leave_group(state, gone)
    first, second = state.lineages[kept].head, state.lineages[gone].head
    head, tail, right = NONE, NONE, 0.0
    while first != NONE or second != NONE:
        if first == NONE or (
            second != NONE and state.segments[second].left < state.segments[first].left
        ):
            first, second = second, first
        left, right = state.segments[first].left, state.segments[first].right
        if second == NONE or left < state.segments[second].left:
            if second != NONE:
                right = min(right, state.segments[second].left)
            piece, first = detach_segment(state, first, right)
        else:
            if node == NONE:
                node = add_node(state, time, population)
            right = min(right, state.segments[second].right)
            piece = add_segment(state, left, right, node)
            first = _attach_to_parent(state, first, right, node)
            second = _attach_to_parent(state, second, right, node)
        if tail != NONE and _is_continued(state, tail, piece):
            state.segments[tail].right = right
            free_segment(state, piece)
        else:
            head, tail = append_segment(state, head, tail, piece)
    set_segments(state, kept, head, right)
    join_group(state, kept, group)
    free_lineage(state, gone)
    return node


@inlined
def _is_continued(state: State, tail: int, piece: int) -> bool:
    """Tell whether a segment begins where the last one ends, on the same node."""
    return (
        state.segments[tail].right == state.segments[piece].left
        and state.segments[tail].node == state.segments[piece].node
    )


@inlined
def _attach_to_parent(state: State, segment: int, right: float, parent: int) -> int:
    """Turn a segment, up to a position, into an edge; return the first of those that remain."""
    part, remaining = detach_segment(state, segment, right)
    add_edge(state, state.segments[part].left, right, parent, state.segments[part].node)
    free_segment(state, part)
    return remaining
