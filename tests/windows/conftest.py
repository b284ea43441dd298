"""Fixtures that several modules of tests share."""

import pytest
from helpers.data import make_samples
from helpers.windows import make_shard_of_trees, simulate_trees


@pytest.fixture(scope="module")
def shard():
    """Return 40 windows of 10 diploids, 6 of one population and 4 of another."""
    trees = [simulate_trees(10, 2, seed, 200_000, 5e-8) for seed in range(1, 41)]
    return make_shard_of_trees(trees, make_samples({"north": 6, "south": 4}))
