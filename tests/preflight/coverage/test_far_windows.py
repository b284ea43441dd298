"""A few windows far from everything that was simulated are found one by one, and named."""

import numpy as np
import pandas as pd
import pytest

from coalflow.preflight.coverage.far_windows import find_far_windows, measure_novelty
from coalflow.preflight.findings import Figure, Finding

NAMES = ["segregating sites", "Tajima's D", "H12"]


def draw(windows, seed, mean=0.0):
    values = np.random.default_rng(seed).normal(mean, 1.0, size=(windows, len(NAMES)))
    places = [f"chr1:{1000 * index + 1}-{1000 * index + 1000}" for index in range(windows)]
    return pd.DataFrame(values, columns=NAMES, index=places)


PILOT = draw(400, 1).reset_index(drop=True)


def findings_of(genome, pilot=PILOT):
    entries = find_far_windows("mine", genome, pilot)
    return [entry for entry in entries if isinstance(entry, Finding)]


def test_windows_like_the_simulated_ones_are_not_far():
    """50 genomes of 200 windows."""
    assert not any(findings_of(draw(200, seed)) for seed in range(2, 52))


def test_ten_windows_of_five_hundred_are_found_and_the_furthest_are_named():
    genome = draw(500, 3)
    genome.loc[genome.index[40:50], "H12"] += np.arange(15, 65, 5)
    (finding,) = findings_of(genome)
    assert finding.about == "genome mine"
    assert finding.finding.startswith("10 of 500 windows are far from everything")
    assert "mostly in H12" in finding.finding
    assert finding.finding.endswith("chr1:49001-50000, chr1:48001-49000, chr1:47001-48000, ...")
    assert "look at these windows" in finding.fix


def test_windows_that_are_odd_only_in_combination_are_far():
    shared = np.random.default_rng(4).normal(size=(400, 1))
    pilot = pd.DataFrame(shared + 0.2 * PILOT.to_numpy(), columns=NAMES)
    genome = pilot[:100].copy()
    genome.loc[:9, NAMES[1]] *= -1
    genome.loc[:9, NAMES[0]] += 2.0
    distance, statistics = measure_novelty(genome, pilot)
    assert (distance[:10] > 1).sum() >= 8
    assert (distance[10:] <= 1).all()
    assert len(statistics) == 2


def test_where_most_windows_are_far_the_simulations_are_to_be_changed():
    (finding,) = findings_of(draw(100, 5, mean=[15.0, 0.0, 0.0]))
    assert "more diversity" in finding.fix


def test_a_statistic_that_does_not_vary_in_simulations():
    pilot = PILOT.assign(H12=1.0)
    same, other = draw(50, 6).assign(H12=1.0), draw(50, 6).assign(H12=1.0)
    other.loc[other.index[:3], "H12"] = 1.1
    assert findings_of(same, pilot) == []
    assert findings_of(other, pilot)[0].finding.startswith("3 of 50 windows")


@pytest.mark.parametrize(("windows", "pilot_windows"), [(4, 400), (50, 19)])
def test_few_windows_are_not_judged(windows, pilot_windows):
    assert find_far_windows("mine", draw(windows, 7, 99.0), PILOT[:pilot_windows]) == []


def test_a_single_far_window_is_a_figure_only():
    genome = draw(50, 8)
    genome.loc[genome.index[0], "H12"] = 30.0
    entries = find_far_windows("mine", genome, PILOT)
    assert all(isinstance(entry, Figure) for entry in entries)
    assert [entry.value for entry in entries][0] == 1
