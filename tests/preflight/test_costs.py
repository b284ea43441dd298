"""Costs: sums by hand, and findings where a run takes too much."""

import numpy as np
import pytest
from helpers.data import make_encoding, make_samples

from coalflow.config.schema.imports import Import
from coalflow.config.schema.simulation import Simulation
from coalflow.preflight import costs, pilot
from coalflow.windows import shards

SIMULATION = Simulation(samples=10, replicates=1000, shard_size=250)
ENCODING = make_encoding(sites=40)


def resized(replicates, shard_size):
    """Return the simulation with other numbers, which a config could not have, too."""
    return SIMULATION.model_copy(update={"replicates": replicates, "shard_size": shard_size})


def shard_of(replicates, sites=100, haplotypes=20):
    """Return a shard with the same number of sites in each replicate."""
    total = replicates * sites
    return shards.Shard(
        haplotypes=np.zeros((total, -(-haplotypes // 8)), dtype=np.uint8),
        positions=np.zeros(total),
        offsets=np.arange(replicates + 1) * sites,
        replicate=np.arange(replicates),
        seed=np.arange(replicates, dtype=np.uint64),
        truth={"parameter/mutation_rate": np.full(replicates, 1e-8)},
        meta=shards.ShardMeta(cell="a", samples=make_samples(haplotypes // 2)),
    )


def pilot_of(seconds, cells=None, failures=None, busy=1.0):
    """Return a pilot; ``seconds`` maps cells to what their replicates took."""
    return pilot.Pilot(
        {cell: shard_of(len(taken)) for cell, taken in seconds.items()},
        {cell: np.array(taken) for cell, taken in seconds.items()},
        busy * sum(map(sum, seconds.values())),
        failures or {},
        cells or len(seconds),
        memory=1e6,
    )


def estimated(seconds, simulation=SIMULATION, cells=None):
    return costs.estimate_costs(pilot_of(seconds, cells), simulation, ENCODING)


def found(seconds, cores=2, simulation=SIMULATION, failures=None):
    tried = pilot_of(seconds, failures=failures)
    estimate = costs.estimate_costs(tried, simulation, ENCODING)
    return [one.finding for one in costs.find_cost_problems(estimate, tried, simulation, cores)]


def test_sums_by_hand():
    one = estimated({"a": [0.1, 0.3], "b": [0.5, 0.7]})
    assert (one.cells, one.windows, one.shards) == (2, 2000, 8)
    assert one.seconds == pytest.approx(1000 * 0.2 + 1000 * 0.6)
    assert one.shard_seconds == pytest.approx((50, 150))
    # 3 bytes of alleles and a position a site; an offset, a number, a seed and a parameter.
    assert one.disk == pytest.approx(2000 * (100 * (3 + 8) + 4 * 8))
    assert one.training == 2000 * 40 * (3 + 4 + 1)
    # Standard errors of the two means are 0.1 each.
    assert one.error == pytest.approx(1000 * (0.1**2 + 0.1**2) ** 0.5)


def test_cells_that_were_not_tried_are_like_the_others_but_less_certain():
    whole, half = (estimated({"a": [0.2] * 9, "b": [0.6] * 9}, cells=cells) for cells in (2, 4))
    assert half.seconds == pytest.approx(2 * whole.seconds)
    assert half.error / half.seconds > 1.5 * whole.error / whole.seconds


def test_a_single_replicate_is_hardly_an_estimate():
    one = estimated({"a": [0.2]})
    assert one.error == pytest.approx(one.seconds)


def test_more_cores_help_until_a_shard_is_all_there_is_to_wait_for():
    one = estimated({"a": [0.4] * 3})
    assert one.estimate_wall_time(1) == pytest.approx(400 + 4 * costs.JOB_SECONDS)
    assert one.estimate_wall_time(2) == pytest.approx(one.estimate_wall_time(1) / 2)
    assert one.estimate_wall_time(100) == pytest.approx(100 + costs.JOB_SECONDS)


@pytest.mark.parametrize(
    ("seconds", "together"),
    [(0.002, 1200 / 2.5), (0.4, 1200 / 102), (3, 1200 / 752), (10, 1)],
)
def test_shards_that_make_twenty_minutes_together(seconds, together):
    """A shard is 250 windows; a start of 2 seconds comes on top. One is the least."""
    assert estimated({"a": [seconds] * 3}).shards_together == round(together)


def test_nothing_is_found_in_an_ordinary_run():
    assert found({"a": [0.1, 0.2], "b": [0.2, 0.3]}) == []


def test_many_short_shards_are_found():
    many = resized(100_000, 100)
    (finding,) = found({"a": [0.001] * 3}, simulation=many)
    assert finding.startswith("1,000 jobs of about 0.1 s each")
    tried = pilot_of({"a": [0.001] * 3})
    estimate = costs.estimate_costs(tried, many, ENCODING)
    (one,) = costs.find_cost_problems(estimate, tried, many, 2)
    assert "raise simulation.shard_size to 60,000" in one.fix


def test_a_few_short_shards_are_not():
    few = resized(1000, 500)
    assert found({"a": [0.001] * 3}, simulation=few) == []


def test_long_shards_are_found():
    (finding,) = found({"a": [20.0] * 3})
    assert finding.startswith("the slowest shards take 83 min")


def test_slow_cells_are_found():
    ordinary = {f"cell{number}": [0.01] * 2 for number in range(5)}
    (finding,) = found({**ordinary, "slow": [0.5] * 2})
    assert "more than 20 times as long as in most, 0.5 s in slow" in finding


def test_failures_are_found():
    (finding,) = found({"a": [0.1] * 3}, failures={"b": "cell b: too weak"})
    assert "cannot be simulated; cell b: too weak" in finding


def test_windows_that_fit_neither_memory_nor_disk_are_found():
    huge = resized(10**12, 10**9)
    findings = found({"a": [1e-9] * 3}, simulation=huge)
    assert any(finding.startswith("the shards need") for finding in findings)
    assert any(finding.startswith("all encoded windows are") for finding in findings)
    assert any(finding.startswith("2 shards at a time need") for finding in findings)


def test_lines_and_figures_agree():
    tried = pilot_of({"a": [0.4] * 3})
    one = costs.estimate_costs(tried, SIMULATION, ENCODING)
    lines = dict(costs.describe_costs(one, tried, SIMULATION, 2))
    assert lines["run"].startswith("1 cell of 1,000 replicates: 1,000 windows in 4 shards")
    figures = {figure.name: figure.value for figure in costs.list_cost_figures(one, 2)}
    assert figures["seconds on 2 cores"] == one.estimate_wall_time(2)
    assert lines["a cluster's job"].startswith("of 20 min has 12 shards for each of its cores")
    elsewhere = Import(format="ms", files={"mine": ["mine.ms"]})
    simulation = SIMULATION.model_copy(update={"imported": elsewhere})
    imported = dict(costs.describe_costs(one, tried, simulation, 2))
    assert "importing takes" in imported
    assert "a cluster's job" not in imported


@pytest.mark.parametrize(
    ("busy", "words"),
    [
        (1.2, "2 replicates of 1 of 1 cell in 12 s"),
        (3.0, "2 replicates of 1 of 1 cell in 30 s, of which a processor worked 10 s"),
    ],
)
def test_a_busy_machine_is_mentioned(busy, words):
    """What others do on a machine is not part of the costs of a run."""
    tried = pilot_of({"a": [5.0, 5.0]}, busy=busy)
    estimate = costs.estimate_costs(tried, SIMULATION, ENCODING)
    assert estimate.seconds == pytest.approx(5000)
    lines = dict(costs.describe_costs(estimate, tried, SIMULATION, 2))
    assert lines["pilot"].startswith(words)
    assert ("other programs" in lines["pilot"]) == (busy > 2)
