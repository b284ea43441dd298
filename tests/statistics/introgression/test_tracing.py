"""Stretches of haplotypes that came by gene flow, against plain walks and against a census."""

import msprime
import numpy as np
import pytest
from helpers.gene_flow import BASE, GRAPHS, LATE, LENGTH, simulate, trace_by_census, walk

from coalflow.statistics.introgression.moves import Moves
from coalflow.statistics.introgression.tracing import merge_stretches, trace_runs
from coalflow.windows.ancestry import Ancestry

SAMPLES = {"eur": 4, "afr": 2}


def paint(runs, positions, number):
    ancestry = Ancestry(runs, np.array([0, len(runs.haplotype)]))
    (painted,) = ancestry.paint(np.array([0]), positions[None], np.arange(number))
    return painted


@pytest.mark.parametrize("name", GRAPHS)
def test_runs_are_those_of_a_walk_along_every_lineage(name):
    text, source, _ = GRAPHS[name]
    random, moved = np.random.default_rng(1), 0
    for seed in range(1, 6):
        trees, moves = simulate(text, SAMPLES, seed)
        positions = np.sort(random.uniform(0, LENGTH, 40))
        samples = trees.samples()
        runs = trace_runs(trees, moves, samples, source)
        expected = walk(trees, moves, samples, source, positions)
        np.testing.assert_array_equal(paint(runs, positions, len(samples)), expected)
        moved += expected.sum()
        for since in (120, 1000):
            runs = trace_runs(trees, moves, samples, source, since)
            expected = walk(trees, moves, samples, source, positions, since)
            np.testing.assert_array_equal(paint(runs, positions, len(samples)), expected)
    assert moved > 100


@pytest.mark.parametrize("name", GRAPHS)
def test_runs_are_where_a_census_finds_ancestors_in_the_population(name):
    text, source, census = GRAPHS[name]
    for seed in range(1, 9):
        trees, moves = simulate(text, SAMPLES, seed, census)
        samples = trees.samples()[: 2 * SAMPLES["eur"]]
        child, left, right = trace_by_census(trees, samples, source, census)
        expected = merge_stretches(np.searchsorted(samples, child).astype(np.int32), left, right)
        runs = trace_runs(trees, moves, samples, source)
        for one, other in zip(runs, expected, strict=True):
            np.testing.assert_array_equal(one, other)


def test_no_one_of_a_population_without_gene_flow_has_moved():
    for text, source, _ in GRAPHS.values():
        if "mod, time" in text:
            continue  # a pulse into the ancestor of both
        trees, moves = simulate(text, SAMPLES, 3)
        afr = trees.samples()[8:]
        assert len(trace_runs(trees, moves, afr, source).haplotype) == 0


def test_those_who_lived_before_a_pulse_have_nothing_of_it():
    text = f"{BASE}pulses: [{LATE}]"
    sets = [msprime.SampleSet(3, "eur", time) for time in (0, 149, 151)]
    found = np.zeros(18, int)
    for seed in range(1, 11):
        trees, moves = simulate(text, sets, seed)
        runs = trace_runs(trees, moves, trees.samples(), "nea")
        found += np.bincount(runs.haplotype, minlength=18)
    assert found[:6].any()
    assert found[6:12].any()
    assert not found[12:].any()


def test_the_mean_share_is_that_of_the_pulse():
    text = f"{BASE}pulses: [{LATE}]"
    shares = []
    for seed in range(1, 301):
        trees, moves = simulate(text, {"eur": 1}, seed)
        runs = trace_runs(trees, moves, trees.samples()[:1], "nea")
        shares.append((runs.right - runs.left).sum() / LENGTH)
    error = np.std(shares) / np.sqrt(len(shares))
    assert abs(np.mean(shares) - 0.3) < 4 * error < 0.12


def test_an_unknown_population_is_one_that_nobody_moved_into():
    trees, moves = simulate(f"{BASE}pulses: [{LATE}]", SAMPLES, 1)
    assert len(trace_runs(trees, moves, trees.samples(), "nobody").haplotype) == 0


def test_a_move_out_of_the_population_again_does_not_undo_that_it_was_there():
    trees, _ = simulate(BASE, {"eur": 2}, 1)
    one = np.array([0], np.int32)
    back = {"left": [2.0, 2.0], "right": [5.0, 5.0], "source": [4, 1], "dest": [1, 4]}
    arrays = {name: np.array(values) for name, values in back.items()}
    moves = Moves(
        **arrays, node=np.array([0, 0]), time=np.array([5.0, 9]), populations=("old", "nea")
    )
    runs = trace_runs(trees, moves, one, "nea")
    assert [values.tolist() for values in runs] == [[0], [2.0], [5.0]]


def test_merged_stretches_are_sorted_apart_and_the_same_bases():
    random = np.random.default_rng(4)
    for _ in range(50):
        number = random.integers(1, 30)
        owner = random.integers(0, 4, number).astype(np.int32)
        left = random.integers(0, 30, number).astype(float)
        right = left + random.integers(1, 9, number)
        merged = merge_stretches(owner, left, right)
        covered = np.zeros((2, 4, 40), bool)
        for index, runs in enumerate(((owner, left, right), merged)):
            for one, start, end in zip(*runs, strict=True):
                covered[index, one, int(start) : int(end)] = True
        np.testing.assert_array_equal(*covered)
        same = merged.haplotype[1:] == merged.haplotype[:-1]
        assert (np.diff(merged.haplotype) >= 0).all()
        assert (merged.left[1:] > merged.right[:-1])[same].all()
