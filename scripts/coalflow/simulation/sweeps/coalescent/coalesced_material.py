"""Material that has found its last common ancestor, which is dropped now and then."""

import numpy as np
import numpy.typing as npt

from coalflow.simulation.sweeps.coalescent.lineage_state import (
    NONE,
    SEGMENTS,
    State,
    add_segment,
    append_segment,
    free_lineage,
    free_segment,
    list_segments,
    set_segments,
)
from coalflow.simulation.sweeps.coalescent.lineages import join_group, leave_group
from coalflow.simulation.sweeps.compilation import compiled, inlined


@inlined
def has_much_coalesced(state: State) -> bool:
    """Tell whether ``state`` has as many new edges since the last drop as it has segments."""
    use = state.use[0]
    return use.edges - use.edges_at_drop > state.pools[SEGMENTS].used


@compiled
def drop_coalesced(state: State, keep_site: bool) -> None:
    """Drop material that only one lineage has left: nothing more can happen to it.

    Parameters
    ----------
    state : State
    keep_site : bool
        Whether the piece around the site stays, so that its lineage can be followed.
    """
    left, right = _find_shared_intervals(state, keep_site)
    for group in range(len(state.groups)):
        # The last member gets the rank of one that leaves, so from the back.
        for rank in range(state.groups[group].count - 1, -1, -1):
            lineage = state.members[group, rank]
            leave_group(state, lineage)
            if _keep_within(state, lineage, left, right):
                join_group(state, lineage, group)
            else:
                free_lineage(state, lineage)
    state.use[0].edges_at_drop = state.use[0].edges


@compiled
def _find_shared_intervals(
    state: State, keep_site: bool
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return the left and right ends of the intervals of which several lineages have material."""
    begins, ends, _, _, _ = list_segments(state)
    begins.sort()
    ends.sort()
    segments, site = len(begins), state.use[0].site
    left, right = np.empty(segments), np.empty(segments)
    intervals, depth, begun, ended = 0, 0, 0, 0
    here = 0.0
    while ended < segments:
        before, here = here, ends[ended]
        if begun < segments:
            here = min(here, begins[begun])
        if before < here and (depth > 1 or (depth == 1 and keep_site and before <= site < here)):
            if intervals > 0 and right[intervals - 1] == before:
                right[intervals - 1] = here
            else:
                left[intervals], right[intervals] = before, here
                intervals += 1
        while begun < segments and begins[begun] == here:
            depth += 1
            begun += 1
        while ended < segments and ends[ended] == here:
            depth -= 1
            ended += 1
    return left[:intervals], right[:intervals]


@inlined
def _keep_within(
    state: State,
    lineage: int,
    left: npt.NDArray[np.float64],
    right: npt.NDArray[np.float64],
) -> bool:
    """Cut a lineage down to some intervals; return whether anything is left of it."""
    segment, head, tail = state.lineages[lineage].head, NONE, NONE
    while segment != NONE:
        old = state.segments[segment]
        begin, end, node, following = old.left, old.right, old.node, old.following
        free_segment(state, segment)
        interval = np.searchsorted(right, begin, side="right")
        while interval < len(left) and left[interval] < end:
            piece = add_segment(state, max(begin, left[interval]), min(end, right[interval]), node)
            head, tail = append_segment(state, head, tail, piece)
            interval += 1
        segment = following
    if head == NONE:
        return False
    set_segments(state, lineage, head, state.segments[tail].right)
    return True
