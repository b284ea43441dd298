"""Trajectories: Wright-Fisher, with the required end."""

import math

import demes
import numpy as np
import pytest
from numba import njit
from scipy import stats

from coalflow.core.errors import CoalflowError
from coalflow.simulation.sweeps.trajectories import (
    binomial,
    generations,
    sweep_duration,
    wright_fisher,
)
from coalflow.simulation.sweeps.trajectories.selection import Selection
from coalflow.simulation.sweeps.trajectories.trajectory import TrajectorySampler

CONSTANT = [{"start_size": 1000}]
GROWTH = [{"start_size": 200, "end_time": 150}, {"start_size": 200, "end_size": 2000}]
BOTTLENECK = [
    {"start_size": 1000, "end_time": 160},
    {"start_size": 100, "end_time": 100},
    {"start_size": 1000},
]


def history(epochs):
    builder = demes.Builder(time_units="generations")
    builder.add_deme("A", epochs=epochs)
    return generations.expand_graph(builder.resolve())


def z_score(values, expected):
    return (np.mean(values) - expected) / (np.std(values, ddof=1) / math.sqrt(len(values)))


@pytest.mark.parametrize(
    ("trials", "chance"), [(1000, 0.5), (20_000, 5e-5), (20_000, 0.01), (10**6, 0.99)]
)
def test_quantiles_are_the_binomial_ones_but_for_a_copy_now_and_then(trials, chance):
    deviates = np.random.default_rng(1).standard_normal(2000)
    ours = [binomial.compute_binomial_quantile(trials, chance, deviate) for deviate in deviates]
    exact = stats.binom.ppf(stats.norm.cdf(deviates), trials, chance)
    assert np.abs(ours - exact).max() <= 1
    assert (ours != exact).mean() < 0.01


@pytest.mark.parametrize(("dominance", "coefficient"), [(0.5, 0.02), (0.0, 0.05), (1.0, 0.02)])
def test_durations_of_hard_sweeps_are_those_of_the_diffusion(dominance, coefficient):
    selection = Selection(coefficient, dominance)
    sampler, random = TrajectorySampler(history(CONSTANT), "A"), np.random.default_rng(2)
    found = [sampler.draw(random, selection, 0).selection_began for _ in range(600)]
    mean, deviation = sweep_duration.estimate_duration(selection, 2000)
    assert np.mean(found) == pytest.approx(mean, rel=0.03)
    assert np.std(found) == pytest.approx(deviation, rel=0.12)


def test_durations_of_neutral_fixation_are_those_of_kimura_and_ohta():
    """Mean 4N and variance (4N)^2 (pi^2 / 3 - 3), Kimura and Ohta 1969."""
    mean, deviation = sweep_duration.estimate_duration(Selection(1e-9), 20_000)
    assert mean == pytest.approx(4 * 10_000, rel=0.02)
    assert deviation == pytest.approx(4 * 10_000 * math.sqrt(math.pi**2 / 3 - 3), rel=0.04)


@pytest.mark.parametrize("start", [0.05, 0.2, 0.5])
def test_age_of_standing_variation_is_that_of_kimura_and_ohta(start):
    sampler, random = (
        TrajectorySampler(history([{"start_size": 5000}]), "A"),
        np.random.default_rng(3),
    )
    selection = Selection(0.1, start_frequency=start)
    drawn = [sampler.draw(random, selection, 0) for _ in range(1500)]
    ages = [one.origin - one.selection_began for one in drawn]
    expected = -4 * 5000 * start / (1 - start) * math.log(start)
    assert abs(z_score(ages, expected)) < 3.3


@njit
def draw_by_rejection(random, chromosomes, coefficient, dominance, start, end, longest, wanted):
    """Durations of paths from mutations at any time, kept if they end at ``end`` exactly."""
    durations, found, last = np.empty(wanted), 0, len(chromosomes) - 1
    largest = chromosomes.max()
    while found < wanted:
        began = end + 1 + int(random.random() * longest)
        size = chromosomes[min(began, last)]
        if start == 0 and random.random() * largest > size:
            continue
        copies, ago = (1 if start == 0 else int(start * size + 0.5)), began
        while 0 < copies < size and ago > end:
            chance = wright_fisher.apply_selection(copies / size, coefficient, dominance)
            ago -= 1
            size = chromosomes[min(ago, last)]
            copies = random.binomial(size, chance)
        if copies == size and ago == end:
            durations[found] = began - end
            found += 1
    return durations


@pytest.mark.parametrize(
    ("epochs", "start", "longest"), [(GROWTH, 0.1, 500), (BOTTLENECK, 0.3, 700)]
)
def test_under_changing_sizes_paths_are_those_that_end_in_time(epochs, start, longest):
    history_ = history(epochs)
    sampler, random = TrajectorySampler(history_, "A"), np.random.default_rng(4)
    selection = Selection(0.15, start_frequency=start)
    drawn = [sampler.draw(random, selection, 20) for _ in range(700)]
    ours = [one.selection_began - one.fixation_time for one in drawn]
    theirs = draw_by_rejection(
        np.random.default_rng(5), history_.chromosomes[:, 0], 0.15, 0.5, start, 20, longest, 700
    )
    assert stats.ks_2samp(ours, theirs).pvalue > 0.001
    assert all(abs(one.fixation_time - 20) <= 4 for one in drawn)


def test_a_trajectory_goes_from_its_end_to_its_origin():
    selection = Selection(0.1, start_frequency=0.1, end_frequency=0.8)
    drawn = TrajectorySampler(history(CONSTANT), "A").draw(np.random.default_rng(6), selection, 30)
    assert drawn.times[0] == 0
    assert (np.diff(drawn.times) > 0).all()
    assert drawn.copies[-1] == 1
    ages = drawn.times[1:]
    frequency = drawn.copies[:, 0] / drawn.chromosomes[:, 0]
    assert frequency[ages == 30] >= 0.8
    assert (frequency[(ages > 30) & (ages <= drawn.selection_began)] < 0.8).all()
    assert frequency[ages == drawn.selection_began] == pytest.approx(0.1)


def test_a_hopeless_sweep_is_reported_with_its_numbers(monkeypatch):
    monkeypatch.setattr(wright_fisher, "draw_ending_path", lambda *_: (0, -1, 12_345, 67))
    with pytest.raises(CoalflowError, match=r"of 12,345 allele-frequency paths 67 reached"):
        TrajectorySampler(history(GROWTH), "A").draw(np.random.default_rng(7), Selection(0.01), 0)
