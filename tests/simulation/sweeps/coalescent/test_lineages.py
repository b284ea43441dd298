"""Lineages: what they carry stays whole, whatever happens to them."""

import numpy as np
import pytest

from coalflow.simulation.sweeps.coalescent import coalesced_material, lineage_state, lineages

SAMPLES, SITE = 6, 0.4
POSITIONS = np.linspace(0.005, 0.995, 100)


def make_state_of_samples(room=512, groups=2):
    state = lineage_state.make_state(room, groups, SITE, SAMPLES)
    number = np.arange(SAMPLES)
    left, right = np.zeros(SAMPLES), np.ones(SAMPLES)
    lineages.fill_state(state, left, right, number, number, number % groups)
    return state


def list_carriers(state):
    """Return, for each position, the nodes that lineages carry there, sorted."""
    left, right, node, _, _ = lineage_state.list_segments(state)
    return [sorted(node[(left <= x) & (x < right)].tolist()) for x in POSITIONS]


def shuffle(state, random, events, merging=0.4):
    """Let random lineages of a group merge, or recombine into another group."""
    time = 0.0
    for _ in range(events):
        group = int(random.integers(len(state.groups)))
        time += 1.0
        if state.groups["count"][group] > 1 and random.random() < merging:
            first, second = random.choice(
                state.members[group, : state.groups["count"][group]], 2, replace=False
            )
            lineages.merge_lineages(state, first, second, time, 0, lineage_state.NONE)
        elif state.groups["count"][group] > 0:
            lineage = lineages.draw_member_by_span(random, state, group)
            lineages.recombine(random, state, lineage, int(random.integers(len(state.groups))))


def parents_at(state, position):
    """Return each node's parent in the edges, at a position."""
    edges = state.edges[: state.use["edges"][0]]
    here = edges[(edges["left"] <= position) & (position < edges["right"])]
    assert len(set(here["child"].tolist())) == len(here)
    return dict(zip(here["child"].tolist(), here["parent"].tolist(), strict=True))


@pytest.mark.parametrize("seed", range(8))
def test_every_sample_has_one_ancestor_at_every_position(seed):
    state = make_state_of_samples()
    shuffle(state, np.random.default_rng(seed), 60)
    for position, nodes in zip(POSITIONS, list_carriers(state), strict=True):
        parents = parents_at(state, position)
        ancestors = set()
        for sample in range(SAMPLES):
            node = sample
            while node in parents:
                node = parents[node]
            ancestors.add(node)
        assert nodes == sorted(ancestors)


@pytest.mark.parametrize("seed", range(8))
def test_the_rate_of_a_group_is_the_sum_of_its_spans(seed):
    state = make_state_of_samples()
    shuffle(state, np.random.default_rng(seed), 60)
    left, right, _, lineage_of, group_of = lineage_state.list_segments(state)
    rates = np.zeros(len(state.groups))
    for lineage in np.unique(lineage_of):
        own = lineage_of == lineage
        low, high = left[own].min(), right[own].max()
        rates[group_of[own][0]] += max(high, SITE) - min(low, SITE)
        assert (left[own][1:] >= right[own][:-1]).all()
    assert state.groups["rate"] == pytest.approx(rates)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("keep_site", [True, False])
def test_what_has_coalesced_is_dropped_and_nothing_else(seed, keep_site):
    state = make_state_of_samples()
    shuffle(state, np.random.default_rng(seed), 150, merging=0.65)
    before = list_carriers(state)
    assert any(len(nodes) == 1 for nodes in before)
    coalesced_material.drop_coalesced(state, keep_site)
    for nodes, left in zip(before, list_carriers(state), strict=True):
        if len(nodes) > 1:
            assert left == nodes
    left, right, node, lineage_of, _ = lineage_state.list_segments(state)
    at_site = (left <= SITE) & (right > SITE)
    alone = [nodes for nodes in list_carriers(state) if len(nodes) == 1]
    assert at_site.any() or not keep_site
    assert not alone or (keep_site and len({nodes[0] for nodes in alone}) == 1)
    assert len(np.unique(lineage_of)) == state.groups["count"].sum()


def test_several_may_meet_in_one_node():
    state = make_state_of_samples(groups=1)
    members = state.members[0, :3].tolist()
    node = lineages.merge_lineages(state, members[0], members[1], 5.0, 0, lineage_state.NONE)
    assert lineages.merge_lineages(state, members[0], members[2], 5.0, 0, node) == node
    edges = state.edges[: state.use["edges"][0]]
    assert edges["child"].tolist() == members
    assert set(edges["parent"].tolist()) == {node}


def test_a_state_is_full_before_its_room_runs_out():
    state = make_state_of_samples(room=64)
    random = np.random.default_rng(1)
    while not lineage_state.is_full(state):
        shuffle(state, random, 1)
    assert state.pools["used"][lineage_state.SEGMENTS] <= 64
    assert state.use["nodes"][0] <= 64
    assert state.use["edges"][0] <= len(state.edges)
