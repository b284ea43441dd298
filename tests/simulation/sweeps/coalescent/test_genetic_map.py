"""Positions on a genetic map, and back."""

import msprime
import numpy as np
import pytest

from coalflow.simulation.sweeps.coalescent.genetic_map import GeneticMap

RATES = msprime.RateMap(position=[0, 100, 300, 1000], rate=[1e-3, 0.0, 2e-3])


def test_positions_follow_the_map_and_its_mean_rate_beyond_it():
    genetic_map = GeneticMap(1000, RATES)
    positions = np.array([0.0, 50.0, 100.0, 200.0, 300.0, 1000.0, -10.0, 1010.0])
    mean = 1.5 / 1000
    expected = [0, 0.05, 0.1, 0.1, 0.1, 1.5, -10 * mean, 1.5 + 10 * mean]
    assert genetic_map.convert_to_morgans(positions) == pytest.approx(expected)


def test_known_positions_come_back_exactly_and_others_nearly():
    genetic_map = GeneticMap(1000, RATES)
    known = np.array([1 / 3, 77.7, 999.9])
    convert_to_bases = genetic_map.make_inverse(known)
    assert (convert_to_bases(genetic_map.convert_to_morgans(known)) == known).all()
    others = np.array([10.0, 500.0])
    back = convert_to_bases(genetic_map.convert_to_morgans(others))
    assert back == pytest.approx(others, rel=1e-12)


def test_without_recombination_positions_still_differ():
    genetic_map = GeneticMap(1000, 0.0)
    morgans = genetic_map.convert_to_morgans(np.array([0.0, 1.0, 1000.0]))
    assert (np.diff(morgans) > 0).all()
    assert morgans[-1] < 1e-30
