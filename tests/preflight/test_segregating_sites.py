"""Sites per window: shares by hand, and findings whose fixes would do."""

import numpy as np
import pytest
from helpers.data import make_encoding, make_observation, make_samples

from coalflow.preflight import segregating_sites
from coalflow.windows import shards

ENCODING = make_encoding(sites=40)
PADDED = make_encoding(sites=40, pad=True, length=10_000)


def shard_of(counts, length=10_000):
    """Return a shard whose replicates have these numbers of sites, evenly spread."""
    return shards.Shard(
        haplotypes=np.zeros((sum(counts), 1), dtype=np.uint8),
        positions=np.concatenate([length * np.arange(n) / max(n, 1) for n in counts]),
        offsets=np.concatenate([[0], np.cumsum(counts)]),
        replicate=np.arange(len(counts)),
        seed=np.arange(len(counts), dtype=np.uint64),
        truth={"parameter/sequence_length": np.full(len(counts), length)},
        meta=shards.ShardMeta(cell="a", samples=make_samples(2)),
    )


def found(encoding, **cells):
    """Return the findings about cells, given the sites of their replicates."""
    made = {cell: shard_of(counts) for cell, counts in cells.items()}
    counted = segregating_sites.count_sites_by_cell(made, encoding, make_observation())
    return list(segregating_sites.find_site_problems(made, counted, encoding))


def count(shard, encoding=ENCODING, **observed):
    """Return the sites of the windows of the only cell."""
    observation = make_observation(**observed)
    return segregating_sites.count_sites_by_cell({"a": shard}, encoding, observation)["a"]


def test_shares_and_theta_by_hand():
    sites = count(shard_of([0, 20, 40, 60]))
    assert (sites.short, sites.long, sites.empty) == (0.5, 0.25, 0.25)
    assert sites.sites_median == 30
    assert sites.theta == pytest.approx(120 / (1 + 1 / 2 + 1 / 3) / 40_000)


def test_only_what_the_net_looks_at_counts():
    sites = count(shard_of([100] * 3), PADDED.model_copy(update={"length": 5_000}))
    assert sites.sites_median == 50
    assert sites.theta == pytest.approx(150 / (1 + 1 / 2 + 1 / 3) / 15_000)


def test_only_observed_sites_count():
    shard = shard_of([30] * 3)
    shard.haplotypes[:] = np.packbits([1, 0, 0, 0])
    sites = count(shard, minimum_allele_count=2)
    assert sites.sites_median == 0


def test_enough_sites_are_no_finding():
    assert found(ENCODING, a=[50] * 20, b=[45] * 20) == []
    assert found(PADDED, a=[10, 20, 30, 35] * 5) == []


def test_windows_that_fall_short_are_found_and_the_fixes_would_do():
    (finding,) = found(ENCODING, enough=[60] * 20, short=[20, 50] * 10)
    assert finding.about == "1 of 2 cells"
    assert "50 % of windows in short" in finding.finding
    # Twice the length has twice the sites, in the poorest windows too.
    assert "raise simulation.sequence_length to about 20,000" in finding.fix
    assert "lower encoding.sites to 20" in finding.fix
    assert found(make_encoding(sites=20), enough=[60] * 20, short=[20, 50] * 10) == []


def test_no_net_reads_fewer_than_four_sites():
    finding, _ = found(ENCODING, a=[0, 1, 2, 3] * 5)
    assert "encoding.sites" not in finding.fix


def test_padded_windows_of_which_the_net_sees_a_part_are_found():
    (finding,) = found(PADDED, a=[90] * 20, b=[30] * 20)
    assert "in 100 % of windows in a" in finding.finding
    assert "raise encoding.sites to about 90" in finding.fix


def test_windows_that_are_mostly_padding_are_found():
    (finding,) = found(PADDED, a=[8] * 20)
    assert "the net's 40 are mostly padding" in finding.finding
    assert "lower encoding.sites to about 12" in finding.fix


def test_windows_without_a_site_are_found():
    (finding,) = found(PADDED, a=[0, 30, 30, 30] * 5, b=[30] * 20)
    assert finding.finding == "windows without any site, 25 % in a"
    assert finding.about == "1 of 2 cells"


def test_where_there_is_one_cell_it_is_not_named():
    (finding,) = found(PADDED, all=[0, 30, 30, 30] * 5)
    assert (finding.about, finding.finding) == ("all windows", "windows without any site, 25 %")


def test_the_line_says_how_many_are_left_out_or_padded():
    counted = {"a": count(shard_of([30, 30, 30, 50]))}
    words = segregating_sites.describe_sites(counted, ENCODING)[1]
    assert "75 % have fewer and are left out, 25 % have more" in words
    assert "are padded" in segregating_sites.describe_sites(counted, PADDED)[1]
