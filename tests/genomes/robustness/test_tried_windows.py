"""Which windows models are tried on."""

import numpy as np
import pytest
from helpers.data import make_observation
from helpers.windows import observe

from coalflow.config.settings.judging.robustness import ConditionSettings
from coalflow.genomes.robustness.tried_windows import change_observation


def change(key, value, **observation):
    condition = ConditionSettings(folder="x", key=key, value=value)
    return change_observation(make_observation(**observation), condition)


def test_incomplete_sites_are_left_out_where_models_know_none():
    assert change("missing", 0.1).complete
    assert not change("missing", 0.1).can_be_missing
    assert not change("missing", 0.1, missing=0.01).complete
    assert change("missing", 0.1, missing=0.01).can_be_missing
    assert not change("switch_error", 0.1).complete


def test_what_is_simulated_is_observed_as_usual():
    condition = ConditionSettings(folder="x", key="mutation_rate", value=1.0, cells=("a",))
    observation = make_observation(missing=0.1)
    assert change_observation(observation, condition) == observation


@pytest.fixture
def shard(request):
    from helpers.data import make_samples
    from helpers.windows import make_shard_of_trees, simulate_trees

    trees = [simulate_trees(10, 2, seed, 200_000, 5e-8) for seed in range(1, 11)]
    return make_shard_of_trees(trees, make_samples(10))


def test_sites_that_are_left_are_true(shard):
    seen, _ = observe(shard, polarised=True, missing=0.02, complete=True)
    assert seen.called is None
    every, _ = observe(shard, polarised=True)
    share = len(seen.positions) / len(every.positions)
    assert share == pytest.approx(0.98**10, abs=0.05)
    length = 1e6
    along = [
        np.repeat(np.arange(10) * length, each.sites) + each.positions for each in (every, seen)
    ]
    rows = np.searchsorted(along[0], along[1])
    np.testing.assert_array_equal(every.haplotypes[rows], seen.haplotypes)
    true, _ = observe(
        shard,
        **make_observation(polarised=True, missing=0.02, complete=True).without_errors().as_json(),
    )
    np.testing.assert_array_equal(true.positions, seen.positions)
