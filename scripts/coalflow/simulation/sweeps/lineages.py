"""Lineages: what of the genome an ancestor carries, and the edges that meetings leave.

A lineage is a list of segments of ancestral material, from left to right, each with
the node of the tree sequence that carries it. Lineages belong to groups, whose members
are alike to the process that drives them (see ``backgrounds``). They are cut by
recombination and merged by common ancestry; merging adds nodes and edges.

A breakpoint matters to a lineage where it falls between its outermost material, or
between that and the *site*, a position that the caller chooses. That span, in Morgans,
is the lineage's rate of recombination, and each group keeps the sum of its members'.

Everything lies in arrays of records of fixed room, linked by indices, for numba.
``is_full`` tells when they may be too small for one more event.
"""

import collections

import numpy as np

from coalflow.simulation.sweeps.compilation import compiled, inlined

NONE = -1

SEGMENT = np.dtype([("left", "f8"), ("right", "f8"), ("node", "i8"), ("following", "i8")])
# ``low`` and ``high`` are a lineage's outermost positions, ``place`` is among its group's members.
LINEAGE = np.dtype(
    [("head", "i8"), ("low", "f8"), ("high", "f8"), ("group", "i8"), ("place", "i8")]
)
GROUP = np.dtype([("count", "i8"), ("rate", "f8")])
NODE = np.dtype([("time", "f8"), ("population", "i8")])
EDGE = np.dtype([("left", "f8"), ("right", "f8"), ("parent", "i8"), ("child", "i8")])
# A parent that was drawn, the first lineage that drew it, and the node in which more have
# met; of the round of drawing ``round``.
DRAW = np.dtype([("round", "i8"), ("parent", "i8"), ("child", "i8"), ("node", "i8")])
# What is in use. Freed segments and lineages are in lists of their own, by ``following``
# and ``head``; only where there is none a new one is made, so that large arrays cost
# nothing. ``widest`` is the largest span that a lineage can have.
USE = np.dtype(
    [
        ("segments", "i8"),
        ("segments_made", "i8"),
        ("free_segment", "i8"),
        ("lineages", "i8"),
        ("lineages_made", "i8"),
        ("free_lineage", "i8"),
        ("nodes", "i8"),
        ("edges", "i8"),
        ("edges_at_drop", "i8"),
        ("first_node", "i8"),
        ("rounds", "i8"),
        ("site", "f8"),
        ("widest", "f8"),
    ]
)

State = collections.namedtuple(
    "State",
    ["segments", "lineages", "groups", "members", "nodes", "edges", "present", "draws", "use"],
)


def make_state(room, groups, site, first_node):
    """Return an empty State with room for ``room`` segments and as many lineages.

    ``site`` is in Morgans; new nodes are numbered from ``first_node``.
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
        use=np.zeros(1, USE),
    )
    state.use["free_segment"] = state.use["free_lineage"] = NONE
    state.use["first_node"] = first_node
    state.use["site"] = site
    return state


@compiled
def start(state, left, right, node, lineage_of, group):
    """Fill an empty State with lineages.

    Segments are given by lineage and from left to right: ``left`` and ``right`` in
    Morgans, ``node``, ``lineage_of``; then each lineage's group.
    """
    use = state.use[0]
    use.widest = max(right.max(), use.site) - min(left.min(), use.site)
    segment = 0
    for number in range(len(group)):
        head, tail = NONE, NONE
        while segment < len(left) and lineage_of[segment] == number:
            piece = _new_segment(state, left[segment], right[segment], node[segment])
            head, tail = _append(state, head, tail, piece)
            segment += 1
        join(state, _new_lineage(state, head, state.segments[tail].right), group[number])


@compiled
def left_over(state):
    """Return the segments that are left: left, right, node, lineage (0, 1, ...), group."""
    segments = state.use[0].segments
    left, right = np.empty(segments), np.empty(segments)
    node = np.empty(segments, dtype=np.int64)
    lineage_of = np.empty(segments, dtype=np.int64)
    group_of = np.empty(segments, dtype=np.int64)
    row, number = 0, 0
    for group in range(len(state.groups)):
        for place in range(state.groups[group].count):
            segment = state.lineages[state.members[group, place]].head
            while segment != NONE:
                left[row] = state.segments[segment].left
                right[row] = state.segments[segment].right
                node[row] = state.segments[segment].node
                lineage_of[row], group_of[row] = number, group
                row += 1
                segment = state.segments[segment].following
            number += 1
    return left, right, node, lineage_of, group_of


@inlined
def is_full(state):
    """Return whether one event, or dropping what has coalesced, may need more room."""
    use = state.use[0]
    room = len(state.segments)
    segments = use.segments
    most = max(2 * segments, use.lineages, use.nodes) + 8
    return most > room or use.edges + 4 * segments + 8 > len(state.edges)


# Segments and lineages ---------------------------------------------------------------------


@inlined
def _new_segment(state, left, right, node):
    use = state.use[0]
    if use.free_segment == NONE:
        segment = use.segments_made
        use.segments_made += 1
    else:
        segment = use.free_segment
        use.free_segment = state.segments[segment].following
    use.segments += 1
    new = state.segments[segment]
    new.left, new.right, new.node, new.following = left, right, node, NONE
    return segment


@inlined
def _free_segment(state, segment):
    use = state.use[0]
    state.segments[segment].following = use.free_segment
    use.free_segment = segment
    use.segments -= 1


@inlined
def _append(state, head, tail, piece):
    """Append a segment to a list; return the list's first and last segment."""
    if tail == NONE:
        return piece, piece
    state.segments[tail].following = piece
    return head, piece


@inlined
def _new_lineage(state, head, high):
    use = state.use[0]
    if use.free_lineage == NONE:
        lineage = use.lineages_made
        use.lineages_made += 1
    else:
        lineage = use.free_lineage
        use.free_lineage = state.lineages[lineage].head
    use.lineages += 1
    _set_segments(state, lineage, head, high)
    return lineage


@inlined
def _set_segments(state, lineage, head, high):
    """Give a lineage the list of segments that begins at ``head`` and reaches to ``high``."""
    changed = state.lineages[lineage]
    changed.head, changed.low, changed.high = head, state.segments[head].left, high


@inlined
def _free_lineage(state, lineage):
    use = state.use[0]
    state.lineages[lineage].head = use.free_lineage
    use.free_lineage = lineage
    use.lineages -= 1


# Groups ------------------------------------------------------------------------------------


@inlined
def _span(state, lineage):
    """Return the Morgans in which a breakpoint changes a lineage's ancestry."""
    site = state.use[0].site
    return max(state.lineages[lineage].high, site) - min(state.lineages[lineage].low, site)


@inlined
def join(state, lineage, group):
    """Make a lineage the last member of a group."""
    place = state.groups[group].count
    state.lineages[lineage].group = group
    state.lineages[lineage].place = place
    state.members[group, place] = lineage
    state.groups[group].count = place + 1
    state.groups[group].rate += _span(state, lineage)


@inlined
def leave(state, lineage):
    """Take a lineage out of its group; the last member takes its place."""
    group = state.lineages[lineage].group
    place = state.lineages[lineage].place
    count = state.groups[group].count - 1
    last = state.members[group, count]
    state.members[group, place] = last
    state.lineages[last].place = place
    state.groups[group].count = count
    state.groups[group].rate -= _span(state, lineage)
    if count == 0:
        state.groups[group].rate = 0.0  # or rounding would leave a rest


@inlined
def random_member(random, state, group):
    """Return one of a group's lineages, all with the same chance."""
    return state.members[group, int(random.random() * state.groups[group].count)]


@inlined
def member_by_span(random, state, group):
    """Return one of a group's lineages, each in proportion to its span."""
    widest = state.use[0].widest
    while True:
        lineage = random_member(random, state, group)
        if random.random() * widest < _span(state, lineage):
            return lineage


@inlined
def node_at_site(state, lineage):
    """Return the node that carries a lineage's material at the site, or NONE."""
    site = state.use[0].site
    segment = state.lineages[lineage].head
    while segment != NONE and state.segments[segment].left <= site:
        if site < state.segments[segment].right:
            return state.segments[segment].node
        segment = state.segments[segment].following
    return NONE


# Recombination -----------------------------------------------------------------------------


@inlined
def recombine(random, state, lineage, other):
    """Break a lineage in its span; what lies beyond, seen from the site, joins ``other``.

    The site's side stays in its group. Where the breakpoint falls between material and
    site, all material lies beyond.
    """
    site, group = state.use[0].site, state.lineages[lineage].group
    low, high = state.lineages[lineage].low, state.lineages[lineage].high
    position = min(low, site) + random.random() * _span(state, lineage)
    leave(state, lineage)
    if position <= low or position >= high:
        join(state, lineage, other)
        return
    right = _cut(state, lineage, position)
    join(state, lineage, group if site < position else other)
    join(state, right, other if site < position else group)


@inlined
def _cut(state, lineage, position):
    """Cut a lineage in two; it keeps the left part, the new lineage is the right one."""
    head, high = state.lineages[lineage].head, state.lineages[lineage].high
    segment, before = head, NONE
    while state.segments[segment].right <= position:
        before, segment = segment, state.segments[segment].following
    beyond, last = segment, before
    if state.segments[segment].left < position:
        cut = state.segments[segment]
        beyond, last = _new_segment(state, position, cut.right, cut.node), segment
        state.segments[beyond].following = cut.following
        cut.right = position
    state.segments[last].following = NONE
    _set_segments(state, lineage, head, state.segments[last].right)
    return _new_lineage(state, beyond, high)


# Common ancestry ---------------------------------------------------------------------------


@inlined
def merge(state, kept, gone, time, population, node):
    """Merge two lineages of a group; ``kept`` goes on, ``gone`` is freed.

    Where both have material they get edges to ``node``, a new one if it is NONE;
    elsewhere a segment stays what it was. Returns the node, NONE where none was needed.
    Several lineages that meet in one node are merged one by one: material that already
    hangs on the node needs no edge.
    """
    group = state.lineages[kept].group
    leave(state, kept)
    leave(state, gone)
    first, second = state.lineages[kept].head, state.lineages[gone].head
    head, tail = NONE, NONE
    while first != NONE or second != NONE:
        if first == NONE or (
            second != NONE and state.segments[second].left < state.segments[first].left
        ):
            first, second = second, first
        left, right = state.segments[first].left, state.segments[first].right
        if second == NONE or right <= state.segments[second].left:
            piece = first
            first = state.segments[first].following
            state.segments[piece].following = NONE
        elif left < state.segments[second].left:
            right = state.segments[second].left
            piece = _new_segment(state, left, right, state.segments[first].node)
            state.segments[first].left = right
        else:
            if node == NONE:
                node = _new_node(state, time, population)
            right = min(right, state.segments[second].right)
            piece = _new_segment(state, left, right, node)
            first = _hang(state, first, right, node)
            second = _hang(state, second, right, node)
        if tail != NONE and _is_continued(state, tail, piece):
            state.segments[tail].right = right
            _free_segment(state, piece)
        else:
            head, tail = _append(state, head, tail, piece)
    _set_segments(state, kept, head, right)
    join(state, kept, group)
    _free_lineage(state, gone)
    return node


@inlined
def _is_continued(state, tail, piece):
    """Return whether a piece goes on where the last one ends, on the same node."""
    return (
        state.segments[tail].right == state.segments[piece].left
        and state.segments[tail].node == state.segments[piece].node
    )


@inlined
def _hang(state, segment, right, parent):
    """Hang a segment, up to a position, on a parent; return what is left of its list."""
    _add_edge(state, state.segments[segment].left, right, parent, state.segments[segment].node)
    if state.segments[segment].right == right:
        following = state.segments[segment].following
        _free_segment(state, segment)
        return following
    state.segments[segment].left = right
    return segment


@inlined
def _new_node(state, time, population):
    use = state.use[0]
    new = state.nodes[use.nodes]
    new.time, new.population = time, population
    use.nodes += 1
    return use.first_node + use.nodes - 1


@inlined
def _add_edge(state, left, right, parent, child):
    """Add an edge, or lengthen the one that ends there.

    Of two lineages that merge edges come in turn, so it is among the last two.
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


# What has coalesced --------------------------------------------------------------------------


@inlined
def much_has_coalesced(state):
    """Return whether there were as many new edges since the last time as there are segments."""
    use = state.use[0]
    return use.edges - use.edges_at_drop > use.segments


@compiled
def drop_what_has_coalesced(state, keep_site):
    """Drop material that only one lineage is left of: it has no more to tell.

    With ``keep_site`` the piece around the site stays, so that its lineage can be followed.
    """
    left, right = _wanted(state, keep_site)
    for group in range(len(state.groups)):
        # The last member takes the place of one that leaves, so from the back.
        for place in range(state.groups[group].count - 1, -1, -1):
            lineage = state.members[group, place]
            leave(state, lineage)
            if _keep_within(state, lineage, left, right):
                join(state, lineage, group)
            else:
                _free_lineage(state, lineage)
    state.use[0].edges_at_drop = state.use[0].edges


@compiled
def _wanted(state, keep_site):
    """Return the intervals, left and right ends, of which several lineages have material."""
    begins, ends, _, _, _ = left_over(state)
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
def _keep_within(state, lineage, left, right):
    """Cut a lineage down to some intervals; return whether anything is left of it."""
    segment, head, tail = state.lineages[lineage].head, NONE, NONE
    while segment != NONE:
        old = state.segments[segment]
        begin, end, node, following = old.left, old.right, old.node, old.following
        _free_segment(state, segment)
        interval = np.searchsorted(right, begin, side="right")
        while interval < len(left) and left[interval] < end:
            piece = _new_segment(state, max(begin, left[interval]), min(end, right[interval]), node)
            head, tail = _append(state, head, tail, piece)
            interval += 1
        segment = following
    if head == NONE:
        return False
    _set_segments(state, lineage, head, state.segments[tail].right)
    return True
