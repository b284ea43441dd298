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

Material that has found its last common ancestor is dropped now and then. The kernel
works in arrays of fixed room (see ``lineages``). It stops when they are full, and the
caller starts it again, with the same random numbers, in larger ones.
"""

import collections

import numpy as np

from coalflow.simulation.sweeps import lineages
from coalflow.simulation.sweeps.compilation import compiled, inlined
from coalflow.simulation.sweeps.lineages import NONE

FINISHED, FULL = 0, 1
LARGEST_DRAW = 65_536  # copies among which parents are drawn one by one
LIKELY_MEETINGS = 0.1  # pairs that meet in a generation, from which on they are

# What a trajectory means for lineages. ``times`` (steps + 1,) are generations ago; all
# else is that of the older end of each step: ``copies`` and ``chromosomes`` (steps,
# populations) as numbers, ``partner`` (steps, populations, 2) the chance that the other
# chromosome of a parent of this background carries the allele, ``moves`` (steps, 2,
# populations, populations) the chance that a lineage's parents lived elsewhere (empty for
# one population), ``mutated`` (steps, populations) the chance that a copy is new.
Course = collections.namedtuple(
    "Course", ["times", "copies", "chromosomes", "partner", "moves", "mutated"]
)


@compiled
def trace_lineages(random, state, course, founding_step, site_is_inside):
    """Follow the lineages in ``state`` along a course; return how it ended, and what came of it.

    That is FINISHED or FULL; the number of founders, lineages of the allele itself at
    ``founding_step``, NONE where the site is not inside of the window; and the nodes and
    times at which the allele arose among their ancestors.
    """
    founders, origins = NONE, 0
    origin_node = np.empty(len(state.lineages), dtype=np.int64)
    origin_time = np.empty(len(state.lineages))
    recurrent = course.mutated.max() > 0.0
    clock = random.standard_exponential()
    for step in range(len(course.copies)):
        if step == founding_step and site_is_inside:
            founders = _carriers(state)
        if _lineages_left(state) <= 1 and not recurrent:
            break
        if lineages.much_has_coalesced(state):
            lineages.drop_what_has_coalesced(state, site_is_inside)
        if recurrent:
            before = origins
            origins = _mutate(random, state, course.mutated[step], origin_node, origins)
            origin_time[before:origins] = course.times[step]
        if len(course.moves) > 0:
            _move(random, state, course.moves[step])
        clock = _one_step(random, state, course, step, clock)
        if lineages.is_full(state):
            return FULL, NONE, origin_node[:0], origin_time[:0]
    if site_is_inside:
        if founders == NONE:
            founders = _carriers(state)
        before = origins
        origins = _note_carriers(state, origin_node, origins)
        origin_time[before:origins] = course.times[-1]
    lineages.drop_what_has_coalesced(state, site_is_inside)
    return FINISHED, founders, origin_node[:origins], origin_time[:origins]


@inlined
def _one_step(random, state, course, step, clock):
    """Let lineages recombine and meet during a step, or until there is no room.

    ``clock`` is what is left of a standard exponential time to the next event; returns
    the same at the end.
    """
    copies, chromosomes = course.copies[step], course.chromosomes[step]
    now, end = course.times[step], course.times[step + 1]
    one_generation = end - now == 1.0
    while not lineages.is_full(state):
        total = 0.0
        for group in range(len(state.groups)):
            size = _size(group, copies, chromosomes)
            total += _meeting_rate(state.groups[group].count, size, one_generation)
            total += state.groups[group].rate
        if clock > total * (end - now):
            clock -= total * (end - now)
            break
        now += clock / total
        clock = random.standard_exponential()
        point = random.random() * total
        for group in range(len(state.groups)):
            size = _size(group, copies, chromosomes)
            meeting = _meeting_rate(state.groups[group].count, size, one_generation)
            if point < meeting:
                _meet(random, state, group, now)
                break
            point -= meeting
            if point < state.groups[group].rate:
                _recombine(random, state, group, course.partner[step, group // 2, group % 2])
                break
            point -= state.groups[group].rate
    if one_generation:
        for group in range(len(state.groups)):
            size = _size(group, copies, chromosomes)
            if _draws_parents(state.groups[group].count, size):
                _meet_in_one_generation(random, state, group, size, end)
    return clock


@inlined
def _size(group, copies, chromosomes):
    """Return how many chromosomes a group has."""
    population = group // 2
    carriers = copies[population]
    return carriers if group % 2 == 1 else chromosomes[population] - carriers


@inlined
def _draws_parents(count, size):
    """Return whether so many lineages draw their parents one by one among ``size`` copies."""
    return count > 1 and size <= LARGEST_DRAW and count * (count - 1) > 2 * LIKELY_MEETINGS * size


@inlined
def _meeting_rate(count, size, one_generation):
    if count < 2 or (one_generation and _draws_parents(count, size)):
        return 0.0
    return 0.5 * count * (count - 1) / max(size, 1)


@inlined
def _lineages_left(state):
    left = 0
    for group in range(len(state.groups)):
        left += state.groups[group].count
    return left


@inlined
def _meet(random, state, group, time):
    """Merge two random members of a group."""
    first = lineages.random_member(random, state, group)
    second = first
    while second == first:
        second = lineages.random_member(random, state, group)
    lineages.merge(state, first, second, time, group // 2, NONE)


@inlined
def _recombine(random, state, group, partner):
    """Break one member; ``partner`` is the chance that the other chromosome has the allele."""
    lineage = lineages.member_by_span(random, state, group)
    other = group - group % 2 + (1 if random.random() < partner else 0)
    lineages.recombine(random, state, lineage, other)


@inlined
def _meet_in_one_generation(random, state, group, size, time):
    """Let every lineage of a group draw its parent among ``size`` copies, and merge.

    Stops where there is no more room.
    """
    count = state.groups[group].count
    for place in range(count):  # merging changes who is a member where
        state.present[place] = state.members[group, place]
    slots = 4
    while slots < 2 * count:
        slots *= 2
    use = state.use[0]
    use.rounds += 1
    for place in range(count):
        lineage = state.present[place]
        parent = int(random.random() * size)
        # Each parent has the first slot, from its number on, that no other has taken.
        slot = parent & (slots - 1)
        while state.draws[slot].round == use.rounds and state.draws[slot].parent != parent:
            slot = (slot + 1) & (slots - 1)
        draw = state.draws[slot]
        if draw.round != use.rounds:
            draw.round, draw.parent, draw.child, draw.node = use.rounds, parent, lineage, NONE
        elif lineages.is_full(state):
            return
        else:
            draw.node = lineages.merge(state, draw.child, lineage, time, group // 2, draw.node)


@inlined
def _move(random, state, moves):
    """Move lineages to the populations of their parents, (2, populations, populations)."""
    groups = len(state.groups)
    before = np.empty(groups, dtype=np.int64)
    for group in range(groups):
        before[group] = state.groups[group].count
    for group in range(groups):
        home, background = group // 2, group % 2
        leaving = 1.0 - moves[background, home, home]
        if leaving <= 0.0:
            continue
        # Those that come into the group stand behind, and do not move again.
        for place in range(before[group] - 1, -1, -1):
            if random.random() < leaving:
                there = _elsewhere(random.random() * leaving, moves[background, home], home)
                lineage = state.members[group, place]
                lineages.leave(state, lineage)
                lineages.join(state, lineage, 2 * there + background)


@inlined
def _elsewhere(point, chances, home):
    """Return the population other than ``home`` in whose share of the chances a point falls."""
    there = NONE
    for population in range(len(chances)):
        if population != home and chances[population] > 0.0:
            there = population
            point -= chances[population]
            if point < 0.0:
                break
    return there


# The allele itself ---------------------------------------------------------------------------


@inlined
def _carriers(state):
    """Return how many lineages are of the allele itself."""
    carriers = 0
    for group in range(1, len(state.groups), 2):
        for place in range(state.groups[group].count):
            if lineages.node_at_site(state, state.members[group, place]) != NONE:
                carriers += 1
    return carriers


@inlined
def _note_carriers(state, origin_node, origins):
    """Note the nodes of the lineages of the allele itself; return how many are noted now."""
    for group in range(1, len(state.groups), 2):
        for place in range(state.groups[group].count):
            node = lineages.node_at_site(state, state.members[group, place])
            if node != NONE:
                origin_node[origins] = node
                origins += 1
    return origins


@inlined
def _mutate(random, state, mutated, origin_node, origins):
    """Let lineages turn out to be new mutants: their parents were of the other background.

    Notes the nodes of those that carry the site; returns how many are noted now.
    """
    for group in range(1, len(state.groups), 2):
        for place in range(state.groups[group].count - 1, -1, -1):
            if random.random() < mutated[group // 2]:
                lineage = state.members[group, place]
                node = lineages.node_at_site(state, lineage)
                if node != NONE:
                    origin_node[origins] = node
                    origins += 1
                lineages.leave(state, lineage)
                lineages.join(state, lineage, group - 1)
    return origins
