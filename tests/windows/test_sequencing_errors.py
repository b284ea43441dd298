"""Errors that sequencing adds to simulations, at their rates."""

import dataclasses

import numpy as np
import scipy.stats
from helpers.windows import LENGTH, observe, unpack

# Counts of independent events are compared to the binomial or the multinomial distribution of
# the rate. Seeds are fixed, so a test fails always or never; p below .001 is a failure.


def find_common(shard, seen):
    """Return alleles at sites that vary despite all errors, and where they are in ``seen``."""
    truth = np.unpackbits(shard.haplotypes, axis=1, count=20)
    copies = truth.sum(axis=1)
    chosen = (copies > 6) & (copies < 14)
    true_sites, among_seen = (
        np.repeat(np.arange(40), one.sites) * LENGTH + one.positions for one in (shard, seen)
    )
    return truth[chosen], np.isin(among_seen, true_sites[chosen])


def assert_rate(count, number, rate):
    assert number > 1000
    assert scipy.stats.binomtest(int(count), int(number), rate).pvalue > 0.001


def test_missing_genotypes_have_their_rate_and_are_whole(shard):
    seen, _ = observe(shard, missing=0.2)
    called = unpack(seen.called, seen).reshape(len(seen.positions), -1, 2)
    assert (called[:, :, 0] == called[:, :, 1]).all()
    assert not (unpack(seen.haplotypes, seen) & ~called.reshape(len(called), -1) & 1).any()
    _, among_seen = find_common(shard, seen)
    lost = called[among_seen][:, :, 0] == 0
    assert_rate(lost.sum(), lost.size, 0.2)
    by_individual = lost.sum(axis=0)
    assert scipy.stats.chisquare(by_individual).pvalue > 0.001


def test_genotype_errors_have_their_rate(shard):
    seen, _ = observe(shard, genotype_error=0.03)
    truth, among_seen = find_common(shard, seen)
    after = unpack(seen.haplotypes, seen)[among_seen]
    assert after.shape == truth.shape
    assert_rate((after != truth).sum(), truth.size, 0.03)
    assert scipy.stats.chisquare((after != truth).sum(axis=0)).pvalue > 0.001


def test_polarisation_errors_turn_whole_sites_round(shard):
    seen, _ = observe(shard, polarised=True, polarisation_error=0.1)
    before = np.unpackbits(shard.haplotypes, axis=1, count=20)
    turned = before ^ unpack(seen.haplotypes, seen)
    assert (turned == turned[:, :1]).all()
    assert_rate(turned[:, 0].sum(), len(turned), 0.1)


def test_missing_like_a_file_draws_numbers_per_site_from_it(shard):
    per_site = (700, 0, 200, 100)  # of the file's 20 individuals 0, 2 or 3
    missing = {"individuals": 20, "per_site": per_site}
    seen, _ = observe(shard, missing=missing)
    _, among_seen = find_common(shard, seen)
    called = unpack(seen.called, seen)[:, ::2]
    numbers = np.bincount((called[among_seen] == 0).sum(axis=1), minlength=4)
    # 10 of the 20 are seen: of m missing ones, hypergeometrically many.
    shares = sum(
        weight / 1000 * scipy.stats.hypergeom(20, lost, 10).pmf(np.arange(4))
        for lost, weight in enumerate(per_site)
    )
    expected = shares * numbers.sum()
    assert numbers.sum() > 500
    assert scipy.stats.chisquare(numbers, expected).pvalue > 0.001


def test_replicates_do_not_share_their_errors(shard):
    other = dataclasses.replace(shard, seed=shard.seed + np.uint64(1000))
    one, _ = observe(shard, missing=0.5)
    two, _ = observe(other, missing=0.5)
    assert one.called.shape != two.called.shape or (one.called != two.called).any()
