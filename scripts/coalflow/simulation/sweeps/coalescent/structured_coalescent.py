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
works in arrays of fixed room (see ``lineage_state``). It stops when they are full, and the
caller restarts it, with the same random numbers, in larger ones.

References
----------
Kaplan, Hudson and Langley 1989, doi.org/10.1093/genetics/123.4.887
Braverman, Hudson, Kaplan, Langley and Stephan 1995, doi.org/10.1093/genetics/140.2.783
"""

import numpy as np
import numpy.typing as npt

from coalflow.simulation.sweeps.coalescent.coalesced_material import (
    drop_coalesced,
    has_much_coalesced,
)
from coalflow.simulation.sweeps.coalescent.course import Course
from coalflow.simulation.sweeps.coalescent.lineage_state import NONE, State, is_full
from coalflow.simulation.sweeps.coalescent.lineages import (
    draw_member,
    draw_member_by_span,
    find_node_at_site,
    join_group,
    leave_group,
    merge_lineages,
    recombine,
)
from coalflow.simulation.sweeps.compilation import compiled, inlined

FINISHED, FULL = 0, 1
LARGEST_DRAW = 65_536  # copies among which parents are drawn one by one
LIKELY_MEETINGS = 0.1  # pairs that meet in a generation, above which parents are drawn so


@compiled
def trace_lineages(
    random: np.random.Generator,
    state: State,
    course: Course,
    founding_step: int,
    site_is_inside: bool,
) -> tuple[int, int, npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """Follow lineages along a course.

    Parameters
    ----------
    random : numpy.random.Generator
    state : State
        The lineages; it is changed.
    course : Course
    founding_step : int
        The step at which founders are counted.
    site_is_inside : bool
        Whether the selected site is in the window.

    Returns
    -------
    outcome : int
        FINISHED, or FULL where the state needs more room.
    founders : int
        Lineages of the allele itself at the founding step; NONE if the site is not inside.
    origin_node : ndarray of int64, shape (origins,)
        The nodes above which the allele arose.
    origin_time : ndarray of float64, shape (origins,)
        When it arose there, in generations ago.
    """
    founders, origins = NONE, 0
    origin_node = np.empty(len(state.lineages), dtype=np.int64)
    origin_time = np.empty(len(state.lineages))
    recurrent = course.mutated.max() > 0.0
    clock = random.standard_exponential()
    for step in range(len(course.copies)):
        if step == founding_step and site_is_inside:
            founders = _count_carriers(state)
        if _count_lineages(state) <= 1 and not recurrent:
            break
        if has_much_coalesced(state):
            drop_coalesced(state, site_is_inside)
        if recurrent:
            before = origins
            origins = _mutate_back(random, state, course.mutated[step], origin_node, origins)
            origin_time[before:origins] = course.times[step]
        if len(course.moves) > 0:
            _migrate(random, state, course.moves[step])
        clock = _take_step(random, state, course, step, clock)
        if is_full(state):
            return FULL, NONE, origin_node[:0], origin_time[:0]
    if site_is_inside:
        if founders == NONE:
            founders = _count_carriers(state)
        before = origins
        origins = _note_carriers(state, origin_node, origins)
        origin_time[before:origins] = course.times[-1]
    drop_coalesced(state, site_is_inside)
    return FINISHED, founders, origin_node[:origins], origin_time[:origins]


@inlined
def _take_step(
    random: np.random.Generator, state: State, course: Course, step: int, clock: float
) -> float:
    """Let lineages recombine and meet during a step, or until there is no room.

    ``clock`` is what is left of a standard exponential time to the next event; returned is what
    is left of it at the end.
    """
    copies, chromosomes = course.copies[step], course.chromosomes[step]
    now, end = course.times[step], course.times[step + 1]
    one_generation = end - now == 1.0
    while not is_full(state):
        total = 0.0
        for group in range(len(state.groups)):
            size = _count_chromosomes(group, copies, chromosomes)
            total += _compute_meeting_rate(state.groups[group].count, size, one_generation)
            total += state.groups[group].rate
        if clock > total * (end - now):
            clock -= total * (end - now)
            break
        now += clock / total
        clock = random.standard_exponential()
        point = random.random() * total
        for group in range(len(state.groups)):
            size = _count_chromosomes(group, copies, chromosomes)
            meeting = _compute_meeting_rate(state.groups[group].count, size, one_generation)
            if point < meeting:
                _merge_pair(random, state, group, now)
                break
            point -= meeting
            if point < state.groups[group].rate:
                _recombine_member(random, state, group, course.partner[step, group // 2, group % 2])
                break
            point -= state.groups[group].rate
    if one_generation:
        for group in range(len(state.groups)):
            size = _count_chromosomes(group, copies, chromosomes)
            if _are_meetings_likely(state.groups[group].count, size):
                _draw_parents(random, state, group, size, end)
    return clock


@inlined
def _count_chromosomes(
    group: int, copies: npt.NDArray[np.int64], chromosomes: npt.NDArray[np.int64]
) -> int:
    """Return how many chromosomes a group has."""
    population = group // 2
    carriers = copies[population]
    return carriers if group % 2 == 1 else chromosomes[population] - carriers


@inlined
def _are_meetings_likely(count: int, size: int) -> bool:
    """Tell whether ``count`` lineages draw their parents one by one among ``size`` copies."""
    return count > 1 and size <= LARGEST_DRAW and count * (count - 1) > 2 * LIKELY_MEETINGS * size


@inlined
def _compute_meeting_rate(count: int, size: int, one_generation: bool) -> float:
    if count < 2 or (one_generation and _are_meetings_likely(count, size)):
        return 0.0
    return 0.5 * count * (count - 1) / max(size, 1)


@inlined
def _count_lineages(state: State) -> int:
    count = 0
    for group in range(len(state.groups)):
        count += state.groups[group].count
    return count


@inlined
def _merge_pair(random: np.random.Generator, state: State, group: int, time: float) -> None:
    """Merge two random members of a group."""
    first = draw_member(random, state, group)
    second = first
    while second == first:
        second = draw_member(random, state, group)
    merge_lineages(state, first, second, time, group // 2, NONE)


@inlined
def _recombine_member(
    random: np.random.Generator, state: State, group: int, partner: float
) -> None:
    """Break one member; ``partner`` is the chance that the other chromosome has the allele."""
    lineage = draw_member_by_span(random, state, group)
    other = group - group % 2 + (1 if random.random() < partner else 0)
    recombine(random, state, lineage, other)


@inlined
def _draw_parents(
    random: np.random.Generator, state: State, group: int, size: int, time: float
) -> None:
    """Let every lineage of a group draw its parent among ``size`` copies, and merge.

    Stops where there is no more room.
    """
    count = state.groups[group].count
    for rank in range(count):  # merging changes the ranks of members
        state.present[rank] = state.members[group, rank]
    slots = 4
    while slots < 2 * count:
        slots *= 2
    use = state.use[0]
    use.rounds += 1
    for rank in range(count):
        lineage = state.present[rank]
        parent = int(random.random() * size)
        # Each parent has the first slot, from its number on, that no other has taken.
        slot = parent & (slots - 1)
        while state.draws[slot].round == use.rounds and state.draws[slot].parent != parent:
            slot = (slot + 1) & (slots - 1)
        draw = state.draws[slot]
        if draw.round != use.rounds:
            draw.round, draw.parent, draw.child, draw.node = use.rounds, parent, lineage, NONE
        elif is_full(state):
            return
        else:
            draw.node = merge_lineages(state, draw.child, lineage, time, group // 2, draw.node)


@inlined
def _migrate(random: np.random.Generator, state: State, moves: npt.NDArray[np.float64]) -> None:
    """Move lineages to the populations of their parents; see ``Course.moves``."""
    groups = len(state.groups)
    before = np.empty(groups, dtype=np.int64)
    for group in range(groups):
        before[group] = state.groups[group].count
    for group in range(groups):
        home, background = group // 2, group % 2
        leaving = 1.0 - moves[background, home, home]
        if leaving <= 0.0:
            continue
        # Those that join the group come after these, and do not move again.
        for rank in range(before[group] - 1, -1, -1):
            if random.random() < leaving:
                there = _choose_population(random.random() * leaving, moves[background, home], home)
                lineage = state.members[group, rank]
                leave_group(state, lineage)
                join_group(state, lineage, 2 * there + background)


@inlined
def _choose_population(point: float, chances: npt.NDArray[np.float64], home: int) -> int:
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
def _count_carriers(state: State) -> int:
    """Return how many lineages are of the allele itself."""
    carriers = 0
    for group in range(1, len(state.groups), 2):
        for rank in range(state.groups[group].count):
            if find_node_at_site(state, state.members[group, rank]) != NONE:
                carriers += 1
    return carriers


@inlined
def _note_carriers(state: State, origin_node: npt.NDArray[np.int64], origins: int) -> int:
    """Note the nodes of the lineages of the allele itself; return how many are noted now."""
    for group in range(1, len(state.groups), 2):
        for rank in range(state.groups[group].count):
            node = find_node_at_site(state, state.members[group, rank])
            if node != NONE:
                origin_node[origins] = node
                origins += 1
    return origins


@inlined
def _mutate_back(
    random: np.random.Generator,
    state: State,
    mutated: npt.NDArray[np.float64],
    origin_node: npt.NDArray[np.int64],
    origins: int,
) -> int:
    """Let lineages turn out to be new mutants: their parents were of the other background.

    Notes the nodes of those that carry the site; returns how many are noted now.
    """
    for group in range(1, len(state.groups), 2):
        for rank in range(state.groups[group].count - 1, -1, -1):
            if random.random() < mutated[group // 2]:
                lineage = state.members[group, rank]
                node = find_node_at_site(state, lineage)
                if node != NONE:
                    origin_node[origins] = node
                    origins += 1
                leave_group(state, lineage)
                join_group(state, lineage, group - 1)
    return origins
