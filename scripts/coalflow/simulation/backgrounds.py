"""The coalescent on two allelic backgrounds, along a given trajectory.

While an allele sweeps, a chromosome's ancestors carry it or do not. Lineages on one
background find common ancestors among its copies alone, and recombination carries
them across (Kaplan, Hudson and Langley 1989; Braverman et al. 1995). With several
populations each has its two backgrounds; a lineage's *group* is
``2 * population + background``, the background being 1 for the selected allele.

Positions are in Morgans, so that a recombination map costs nothing here: a
breakpoint falls anywhere with the same chance. Going back from one generation to its
parents,

- a lineage on the selected background came by new mutation, if there is recurrent
  mutation, and moved between populations, in proportion to the gametes there;
- it recombined, at a rate equal to the length in Morgans that spans its ancestral
  material *and* the selected site. Whatever lies on the site's side of the breakpoint
  keeps the background; the other side comes from the parent's other chromosome. A
  breakpoint in the gap between material and site moves the whole lineage;
- it met others. While copies are many, pairs merge at rate 1 / copies; where several
  lineages are likely to meet in one generation, each draws its parental copy, as in
  the Wright-Fisher model. In the generation of the allele's origin there is one copy,
  so all that is left on the selected background meets there.

The kernel works in arrays of fixed room. It stops when they are full, and the caller
starts it again, with the same random numbers, in larger ones.
"""

import collections

import numpy as np
from numba import njit

# Rows of ``tally``: how much of each array is in use.
FREE_SEGMENTS, FREE_LINEAGES, EDGES, NODES, ORIGINS, FOUNDERS, EDGES_AT_DROP = range(7)
NONE = -1
FINISHED, FULL = 0, 1
LARGEST_DRAW = 65_536  # copies among which parents are drawn one by one
LIKELY_MEETINGS = 0.1  # pairs that meet in a generation, from which on they are

State = collections.namedtuple(
    "State",
    [
        # Segments of ancestral material, in linked lists from left to right.
        "left",
        "right",
        "node",
        "following",
        "free_segments",
        # Lineages: first segment, outermost positions, group, place among its members.
        "head",
        "low",
        "high",
        "group",
        "place",
        "free_lineages",
        # Groups: members, how many, and the sum of their recombination rates; the largest
        # rate that a lineage can have.
        "members",
        "count",
        "rate",
        "widest",
        # What comes out.
        "edge_left",
        "edge_right",
        "edge_parent",
        "edge_child",
        "node_time",
        "node_population",
        "origin_node",
        "origin_time",
        "tally",
        "drawn",
    ],
)


def make_state(room, groups):
    """Return an empty State with room for ``room`` segments and lineages."""
    return State(
        left=np.empty(room),
        right=np.empty(room),
        node=np.empty(room, dtype=np.int64),
        following=np.empty(room, dtype=np.int64),
        free_segments=np.arange(room - 1, -1, -1),
        head=np.full(room, NONE),
        low=np.empty(room),
        high=np.empty(room),
        group=np.empty(room, dtype=np.int64),
        place=np.empty(room, dtype=np.int64),
        free_lineages=np.arange(room - 1, -1, -1),
        members=np.empty((groups, room), dtype=np.int64),
        count=np.zeros(groups, dtype=np.int64),
        rate=np.zeros(groups),
        widest=np.zeros(1),
        edge_left=np.empty(4 * room),
        edge_right=np.empty(4 * room),
        edge_parent=np.empty(4 * room, dtype=np.int64),
        edge_child=np.empty(4 * room, dtype=np.int64),
        node_time=np.empty(room),
        node_population=np.empty(room, dtype=np.int64),
        origin_node=np.empty(room, dtype=np.int64),
        origin_time=np.empty(room),
        tally=np.array([room, room, 0, 0, 0, NONE, 0]),
        drawn=np.full(LARGEST_DRAW, NONE),
    )


@njit(cache=True)
def run(
    random,
    state,
    site,
    site_is_inside,
    times,
    copies,
    chromosomes,
    partner,
    moves,
    mutated,
    founding_step,
    first_node,
):
    """Follow the lineages in ``state`` along a trajectory; return FINISHED or FULL.

    ``times`` (steps + 1,) are generations ago; all else is that of the older end of
    each step: ``copies`` and ``chromosomes`` (steps, populations) as numbers,
    ``partner`` (steps, populations, 2) the chance that the other chromosome of a
    parent of this background carries the allele, ``moves`` (steps, 2, populations,
    populations) the chance that a lineage's parents lived elsewhere (an empty array
    for one population), ``mutated`` (steps, populations) the chance that a copy is
    new. ``site`` is in Morgans. New nodes are numbered from ``first_node``.
    """
    tally = state.tally
    clock = random.standard_exponential()
    recurrent = mutated.max() > 0.0
    for step in range(len(copies)):
        if step == founding_step:
            tally[FOUNDERS] = _founders(state, site, site_is_inside)
        if _lineages_left(state) <= 1 and not recurrent:
            break
        if _much_has_coalesced(state):
            _drop_what_has_coalesced(state, site, site_is_inside)
        if mutated[step].max() > 0.0:
            _mutate(random, state, site, site_is_inside, mutated[step], times[step])
        if len(moves) > 0:
            _move(random, state, site, moves[step])
        one_generation = times[step + 1] - times[step] == 1.0
        now = times[step]
        while True:
            if _is_full(state):
                return FULL
            total = 0.0
            for group in range(len(state.count)):
                total += _meeting_rate(
                    state, group, copies[step], chromosomes[step], one_generation
                )
                total += state.rate[group]
            if clock > total * (times[step + 1] - now):
                clock -= total * (times[step + 1] - now)
                break
            now += clock / total
            clock = random.standard_exponential()
            _one_event(
                random,
                state,
                site,
                total,
                copies[step],
                chromosomes[step],
                partner[step],
                one_generation,
                now,
                first_node,
            )
        for group in range(len(state.count)):
            size = _size(group, copies[step], chromosomes[step])
            if (
                one_generation
                and _draws_parents(state.count[group], size)
                and not _meet_in_one_generation(
                    random, state, site, group, size, times[step + 1], first_node
                )
            ):
                return FULL
    if tally[FOUNDERS] == NONE:
        tally[FOUNDERS] = _founders(state, site, site_is_inside)
    _drop_what_has_coalesced(state, site, site_is_inside)
    _note_origins(state, site, site_is_inside, times[-1])
    return FINISHED


@njit(cache=True)
def _size(group, copies, chromosomes):
    """Return how many chromosomes a group has."""
    population = group // 2
    carriers = copies[population]
    return carriers if group % 2 == 1 else chromosomes[population] - carriers


@njit(cache=True)
def _draws_parents(lineages, size):
    """Return whether so many lineages draw their parents one by one among ``size`` copies."""
    return (
        lineages > 1
        and size <= LARGEST_DRAW
        and lineages * (lineages - 1) > 2 * LIKELY_MEETINGS * size
    )


@njit(cache=True)
def _meeting_rate(state, group, copies, chromosomes, one_generation):
    lineages = state.count[group]
    if lineages < 2:
        return 0.0
    size = _size(group, copies, chromosomes)
    if one_generation and _draws_parents(lineages, size):
        return 0.0
    return 0.5 * lineages * (lineages - 1) / max(size, 1)


@njit(cache=True)
def _one_event(
    random,
    state,
    site,
    total,
    copies,
    chromosomes,
    partner,
    one_generation,
    now,
    first_node,
):
    """Let one pair meet or one lineage recombine, in proportion to the rates."""
    point = random.random() * total
    for group in range(len(state.count)):
        meeting = _meeting_rate(state, group, copies, chromosomes, one_generation)
        if point < meeting:
            first = state.members[group, int(random.random() * state.count[group])]
            second = first
            while second == first:
                second = state.members[group, int(random.random() * state.count[group])]
            _merge(state, site, first, second, now, NONE, first_node)
            return
        point -= meeting
        if point < state.rate[group]:
            _recombine(random, state, site, group, partner[group // 2, group % 2])
            return
        point -= state.rate[group]


@njit(cache=True)
def _lineages_left(state):
    return state.count.sum()


@njit(cache=True)
def _is_full(state):
    """Return whether an event may need more room than there is."""
    room = len(state.left)
    tally = state.tally
    used = room - tally[FREE_SEGMENTS]
    return (
        tally[FREE_SEGMENTS] < used + 8
        or tally[FREE_LINEAGES] < 8
        or tally[NODES] + 8 > room
        or tally[ORIGINS] + _lineages_left(state) > room
        or tally[EDGES] + 4 * used + 8 > len(state.edge_left)
    )


@njit(cache=True)
def _span(state, lineage, site):
    """Return the Morgans in which a breakpoint changes a lineage's ancestry."""
    return max(state.high[lineage], site) - min(state.low[lineage], site)


@njit(cache=True)
def _join(state, lineage, group, site):
    """Make a lineage the last member of a group."""
    state.group[lineage] = group
    state.place[lineage] = state.count[group]
    state.members[group, state.count[group]] = lineage
    state.count[group] += 1
    state.rate[group] += _span(state, lineage, site)


@njit(cache=True)
def _leave(state, lineage, site):
    """Take a lineage out of its group; the last member takes its place."""
    group = state.group[lineage]
    state.count[group] -= 1
    last = state.members[group, state.count[group]]
    place = state.place[lineage]
    state.members[group, place] = last
    state.place[last] = place
    state.rate[group] -= _span(state, lineage, site)
    if state.count[group] == 0:
        state.rate[group] = 0.0  # or rounding would leave a rest


@njit(cache=True)
def _new_segment(state, left, right, node):
    state.tally[FREE_SEGMENTS] -= 1
    segment = state.free_segments[state.tally[FREE_SEGMENTS]]
    state.left[segment] = left
    state.right[segment] = right
    state.node[segment] = node
    state.following[segment] = NONE
    return segment


@njit(cache=True)
def _free_segment(state, segment):
    state.free_segments[state.tally[FREE_SEGMENTS]] = segment
    state.tally[FREE_SEGMENTS] += 1


@njit(cache=True)
def _new_lineage(state, head, high):
    state.tally[FREE_LINEAGES] -= 1
    lineage = state.free_lineages[state.tally[FREE_LINEAGES]]
    state.head[lineage] = head
    state.low[lineage] = state.left[head]
    state.high[lineage] = high
    return lineage


@njit(cache=True)
def _free_lineage(state, lineage):
    state.head[lineage] = NONE
    state.free_lineages[state.tally[FREE_LINEAGES]] = lineage
    state.tally[FREE_LINEAGES] += 1


@njit(cache=True)
def _new_node(state, group, time, first_node):
    number = state.tally[NODES]
    state.node_time[number] = time
    state.node_population[number] = group // 2
    state.tally[NODES] += 1
    return first_node + number


@njit(cache=True)
def _recombine(random, state, site, group, partner):
    """Break one lineage of a group, each in proportion to its span.

    ``partner`` is the chance that the parent's other chromosome carries the allele.
    """
    while True:
        lineage = state.members[group, int(random.random() * state.count[group])]
        span = _span(state, lineage, site)
        if random.random() * state.widest[0] < span:
            break
    low, high = state.low[lineage], state.high[lineage]
    breakpoint_ = min(low, site) + random.random() * span
    other = group - group % 2 + (1 if random.random() < partner else 0)
    if breakpoint_ <= low or breakpoint_ >= high:
        # In the gap: all material lies on the far side of the breakpoint.
        _leave(state, lineage, site)
        _join(state, lineage, other, site)
        return
    _leave(state, lineage, site)
    right = _cut(state, lineage, breakpoint_)
    if site < breakpoint_:
        _join(state, lineage, group, site)
        _join(state, right, other, site)
    else:
        _join(state, lineage, other, site)
        _join(state, right, group, site)


@njit(cache=True)
def _cut(state, lineage, breakpoint_):
    """Cut a lineage in two; it keeps the left part, the new lineage is the right one."""
    segment, before = state.head[lineage], NONE
    while state.right[segment] <= breakpoint_:
        before, segment = segment, state.following[segment]
    if state.left[segment] < breakpoint_:
        beyond = _new_segment(state, breakpoint_, state.right[segment], state.node[segment])
        state.following[beyond] = state.following[segment]
        state.following[segment] = NONE
        state.right[segment] = breakpoint_
        last = segment
    else:
        beyond, last = segment, before
        state.following[before] = NONE
    right = _new_lineage(state, beyond, state.high[lineage])
    state.high[lineage] = state.right[last]
    return right


@njit(cache=True)
def _merge(state, site, kept, gone, time, node, first_node):
    """Merge two lineages of a group; ``kept`` goes on, ``gone`` is freed.

    Where both have material they get edges to ``node``, a new one if it is NONE;
    elsewhere a segment stays what it was. Returns the node, NONE where none was needed.
    Several lineages that meet in one node are merged one by one: material that already
    hangs on the node needs no edge.
    """
    group = state.group[kept]
    _leave(state, kept, site)
    _leave(state, gone, site)
    first, second = state.head[kept], state.head[gone]
    head, tail = NONE, NONE
    while first != NONE or second != NONE:
        if first == NONE or (second != NONE and state.left[second] < state.left[first]):
            first, second = second, first
        if second == NONE or state.right[first] <= state.left[second]:
            piece = first
            first = state.following[first]
        elif state.left[first] < state.left[second]:
            piece = _new_segment(state, state.left[first], state.left[second], state.node[first])
            state.left[first] = state.left[second]
        else:
            if node == NONE:
                node = _new_node(state, group, time, first_node)
            right = min(state.right[first], state.right[second])
            piece = _new_segment(state, state.left[first], right, node)
            _add_edge(state, piece, state.node[first])
            _add_edge(state, piece, state.node[second])
            first = _after(state, first, right)
            second = _after(state, second, right)
        state.following[piece] = NONE
        if (
            tail != NONE
            and state.right[tail] == state.left[piece]
            and state.node[tail] == state.node[piece]
        ):
            state.right[tail] = state.right[piece]
            _free_segment(state, piece)
        else:
            if tail == NONE:
                head = piece
            else:
                state.following[tail] = piece
            tail = piece
    state.head[kept] = head
    state.low[kept] = state.left[head]
    state.high[kept] = state.right[tail]
    _join(state, kept, group, site)
    _free_lineage(state, gone)
    return node


@njit(cache=True)
def _after(state, segment, position):
    """Return what is left of a list of segments to the right of a position within the first."""
    if state.right[segment] == position:
        following = state.following[segment]
        _free_segment(state, segment)
        return following
    state.left[segment] = position
    return segment


@njit(cache=True)
def _add_edge(state, piece, child):
    if child == state.node[piece]:
        return
    edge = state.tally[EDGES]
    state.edge_left[edge] = state.left[piece]
    state.edge_right[edge] = state.right[piece]
    state.edge_parent[edge] = state.node[piece]
    state.edge_child[edge] = child
    state.tally[EDGES] += 1


@njit(cache=True)
def _meet_in_one_generation(random, state, site, group, size, time, first_node):
    """Let every lineage of a group draw its parent among ``size`` copies, and merge.

    Returns False when there is no more room.
    """
    drawn = state.drawn
    lineages = state.count[group]
    present = state.members[group, :lineages].copy()
    parents = np.empty(lineages, dtype=np.int64)
    nodes = np.full(lineages, NONE)
    enough = True
    for i in range(lineages):
        parents[i] = int(random.random() * size)
        first = drawn[parents[i]]
        if first == NONE:
            drawn[parents[i]] = i
        elif enough:
            nodes[first] = _merge(
                state, site, present[first], present[i], time, nodes[first], first_node
            )
            enough = not _is_full(state)
    for i in range(lineages):
        drawn[parents[i]] = NONE
    return enough


@njit(cache=True)
def _much_has_coalesced(state):
    """Return whether there were as many new edges since the last time as there are segments."""
    segments = len(state.left) - state.tally[FREE_SEGMENTS]
    return state.tally[EDGES] - state.tally[EDGES_AT_DROP] > segments


@njit(cache=True)
def _drop_what_has_coalesced(state, site, site_is_inside):
    """Drop material of which only one lineage is left: it has no more to tell.

    The piece around the selected site stays, so that the allele's origin is found.
    """
    left, right = _wanted(state, site, site_is_inside)
    for group in range(len(state.count)):
        # The last member takes the place of one that leaves, so from the back.
        for place in range(state.count[group] - 1, -1, -1):
            lineage = state.members[group, place]
            _leave(state, lineage, site)
            if _keep_within(state, lineage, left, right):
                _join(state, lineage, group, site)
            else:
                _free_lineage(state, lineage)
    state.tally[EDGES_AT_DROP] = state.tally[EDGES]


@njit(cache=True)
def _wanted(state, site, site_is_inside):
    """Return the intervals, left and right ends, of which several lineages have material."""
    segments = len(state.left) - state.tally[FREE_SEGMENTS]
    begins, ends = np.empty(segments), np.empty(segments)
    number = 0
    for group in range(len(state.count)):
        for place in range(state.count[group]):
            segment = state.head[state.members[group, place]]
            while segment != NONE:
                begins[number], ends[number] = state.left[segment], state.right[segment]
                number += 1
                segment = state.following[segment]
    begins.sort()
    ends.sort()
    left, right = np.empty(segments + 1), np.empty(segments + 1)
    intervals, depth, begun, ended = 0, 0, 0, 0
    here = 0.0
    while ended < segments:
        before, here = here, ends[ended]
        if begun < segments:
            here = min(here, begins[begun])
        around_site = site_is_inside and before <= site < here and depth == 1
        if (depth > 1 or around_site) and before < here:
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


@njit(cache=True)
def _keep_within(state, lineage, left, right):
    """Cut a lineage down to the intervals; return whether anything is left of it."""
    segment, head, tail = state.head[lineage], NONE, NONE
    while segment != NONE:
        following = state.following[segment]
        begin, end, node = state.left[segment], state.right[segment], state.node[segment]
        _free_segment(state, segment)
        interval = np.searchsorted(right, begin, side="right")
        while interval < len(left) and left[interval] < end:
            piece = _new_segment(
                state, max(begin, left[interval]), min(end, right[interval]), node
            )
            if tail == NONE:
                head = piece
            else:
                state.following[tail] = piece
            tail = piece
            interval += 1
        segment = following
    state.head[lineage] = head
    if head == NONE:
        return False
    state.low[lineage] = state.left[head]
    state.high[lineage] = state.right[tail]
    return True


@njit(cache=True)
def _move(random, state, site, moves):
    """Move lineages to the populations of their parents, (2, populations, populations)."""
    before = state.count.copy()
    populations = moves.shape[1]
    for group in range(len(before)):
        home, background = group // 2, group % 2
        leaving = 1.0 - moves[background, home, home]
        if leaving <= 0.0 or before[group] == 0:
            continue
        # Those that come into the group stand behind, and do not move again.
        for place in range(before[group] - 1, -1, -1):
            if random.random() >= leaving:
                continue
            point = random.random() * leaving
            there = NONE
            for population in range(populations):
                if population != home and moves[background, home, population] > 0.0:
                    there = population
                    point -= moves[background, home, population]
                    if point < 0.0:
                        break
            lineage = state.members[group, place]
            _leave(state, lineage, site)
            _join(state, lineage, 2 * there + background, site)


@njit(cache=True)
def _node_at(state, lineage, site):
    """Return the node that carries a lineage's material at a position, or NONE."""
    segment = state.head[lineage]
    while segment != NONE and state.left[segment] <= site:
        if site < state.right[segment]:
            return state.node[segment]
        segment = state.following[segment]
    return NONE


@njit(cache=True)
def _founders(state, site, site_is_inside):
    """Return how many lineages of the allele itself there are; NONE where none is followed."""
    if not site_is_inside:
        return NONE
    founders = 0
    for group in range(1, len(state.count), 2):
        for place in range(state.count[group]):
            if _node_at(state, state.members[group, place], site) != NONE:
                founders += 1
    return founders


@njit(cache=True)
def _note_origin(state, lineage, site, time):
    node = _node_at(state, lineage, site)
    if node != NONE:
        state.origin_node[state.tally[ORIGINS]] = node
        state.origin_time[state.tally[ORIGINS]] = time
        state.tally[ORIGINS] += 1


@njit(cache=True)
def _mutate(random, state, site, site_is_inside, mutated, time):
    """Let lineages turn out to be new mutants: their parents were of the other background."""
    for group in range(1, len(state.count), 2):
        for place in range(state.count[group] - 1, -1, -1):
            if random.random() < mutated[group // 2]:
                lineage = state.members[group, place]
                if site_is_inside:
                    _note_origin(state, lineage, site, time)
                _leave(state, lineage, site)
                _join(state, lineage, group - 1, site)


@njit(cache=True)
def _note_origins(state, site, site_is_inside, time):
    if not site_is_inside:
        return
    for group in range(1, len(state.count), 2):
        for place in range(state.count[group]):
            _note_origin(state, state.members[group, place], site, time)


@njit(cache=True)
def start_lineages(state, left, right, node, lineage_of, population, background, site):
    """Fill an empty State with lineages.

    Segments are given by lineage and from left to right: ``left`` and ``right`` in
    Morgans, ``node``, ``lineage_of``; then each lineage's population and background.
    """
    segment = 0
    for number in range(len(population)):
        head, tail = NONE, NONE
        while segment < len(left) and lineage_of[segment] == number:
            piece = _new_segment(state, left[segment], right[segment], node[segment])
            if tail == NONE:
                head = piece
            else:
                state.following[tail] = piece
            tail = piece
            segment += 1
        lineage = _new_lineage(state, head, state.right[tail])
        _join(state, lineage, 2 * population[number] + background[number], site)
    state.widest[0] = max(right.max(), site) - min(left.min(), site)


@njit(cache=True)
def remaining(state):
    """Return the segments that are left: left, right, node, lineage (0, 1, ...), population."""
    segments = len(state.left) - state.tally[FREE_SEGMENTS]
    left, right = np.empty(segments), np.empty(segments)
    node = np.empty(segments, dtype=np.int64)
    lineage_of = np.empty(segments, dtype=np.int64)
    population = np.empty(segments, dtype=np.int64)
    row, number = 0, 0
    for group in range(len(state.count)):
        for place in range(state.count[group]):
            segment = state.head[state.members[group, place]]
            while segment != NONE:
                left[row], right[row] = state.left[segment], state.right[segment]
                node[row], lineage_of[row] = state.node[segment], number
                population[row] = group // 2
                row += 1
                segment = state.following[segment]
            number += 1
    return left, right, node, lineage_of, population
