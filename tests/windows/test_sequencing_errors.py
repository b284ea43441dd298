"""Errors that sequencing adds to simulations, at their rates."""

import dataclasses
import itertools

import numpy as np
import pytest
import scipy.stats
from helpers.data import make_observation, make_samples
from helpers.windows import LENGTH, observe, unpack

from coalflow.config.schema.observation import MissingPerSite
from coalflow.windows import sequencing_errors

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


def test_phase_switches_at_its_rate_and_changes_no_genotype(shard):
    for rate in (0.02, 0.5):
        seen, _ = observe(shard, polarised=True, switch_error=rate)
        before, after = (
            unpack(one.haplotypes, seen).reshape(len(seen.positions), -1, 2)
            for one in (shard, seen)
        )
        np.testing.assert_array_equal(before.sum(axis=2), after.sum(axis=2))
        switched, number = 0, 0
        for part in range(len(seen.offsets) - 1):
            sites = slice(*seen.offsets[part : part + 2])
            for individual in range(before.shape[1]):
                true, found = before[sites, individual], after[sites, individual]
                is_heterozygous = true[:, 0] != true[:, 1]
                is_swapped = true[is_heterozygous, 0] != found[is_heterozygous, 0]
                switched += int(np.count_nonzero(np.diff(is_swapped)))
                number += max(len(is_swapped) - 1, 0)
        assert_rate(switched, number, rate)


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


def test_sites_without_missing_genotypes_are_left_as_they_are(shard):
    complete = {"individuals": 20, "per_site": (5, 0)}
    seen, _ = observe(shard, missing=complete)
    assert seen.called is None
    assert seen.haplotypes is shard.haplotypes
    seen, _ = observe(shard, missing={"individuals": 20, "per_site": (700, 0, 200, 100)})
    truth, among_seen = find_common(shard, seen)
    called, alleles = (unpack(bits, seen)[among_seen] for bits in (seen.called, seen.haplotypes))
    assert (alleles == truth & called).all()
    assert 0.6 < called.all(axis=1).mean() < 0.9


# How many genotypes of a site are missing ------------------------------------------------------


@pytest.mark.parametrize(("number", "rate"), [(1, 0.5), (20, 0.001), (100, 0.999), (3000, 0.05)])
def test_numbers_at_a_fixed_rate_are_binomial(number, rate):
    expected = scipy.stats.binom(number, rate).pmf(np.arange(number + 1))
    found = sequencing_errors.compute_binomial(number, rate)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-300)


@pytest.mark.parametrize("file", [1, 12, 100, 2500])
def test_numbers_like_a_file_are_hypergeometric_at_each_count(file):
    random = np.random.default_rng(file)
    per_site = random.integers(0, 1000, file + 1) * (random.random(file + 1) < 20 / file)
    per_site[[0, -1]] = 400, 3  # also sites at which all are missing
    missing = MissingPerSite(individuals=file, per_site=tuple(per_site.tolist()))
    for observed in {1, (file + 1) // 2, file}:
        expected = sum(
            sites * scipy.stats.hypergeom(file, lost, observed).pmf(np.arange(observed + 1))
            for lost, sites in enumerate(per_site)
            if sites
        )
        found = sequencing_errors.compute_missing_of_sample(missing, observed)
        np.testing.assert_allclose(found, expected / per_site.sum(), rtol=1e-9, atol=1e-15)


# Draws of many replicates ----------------------------------------------------------------------

FILE = MissingPerSite(individuals=6, per_site=(500, 120, 0, 80, 60, 0, 40))


def draw_missing(counts, replicate_seeds, missing, individuals):
    """Return missing genotypes, uint8 (sites, individuals)."""
    sites, some = sequencing_errors.draw_missing_genotypes(
        np.array(counts), np.array(replicate_seeds, np.uint64), missing, individuals
    )
    drawn = np.zeros((sum(counts), individuals), np.uint8)
    drawn[sites] = some
    return drawn


@pytest.mark.parametrize("observed", [3, 6])
def test_all_ways_of_missing_like_in_a_file_have_their_probability(observed):
    drawn = draw_missing([50] * 2000, range(2000), FILE, observed)
    # A pattern is as likely as its number of missing genotypes, shared by all such patterns.
    ways = list(itertools.product([0, 1], repeat=observed))
    patterns = np.bincount(drawn @ (1 << np.arange(observed))[::-1], minlength=len(ways))
    probability = np.zeros(len(ways))
    for lost, sites in enumerate(FILE.per_site):
        of_file = scipy.stats.hypergeom(6, lost, observed)
        for index, way in enumerate(ways):
            same = sum(sum(other) == sum(way) for other in ways)
            probability[index] += sites / sum(FILE.per_site) * of_file.pmf(sum(way)) / same
    possible = probability > 0
    assert patterns[~possible].sum() == 0
    expected = probability[possible] * len(drawn)
    assert expected.min() > 5
    assert scipy.stats.chisquare(patterns[possible], expected).pvalue > 0.001
    if observed == 6:  # the counts of the file itself
        numbers = np.bincount(drawn.sum(axis=1), minlength=7)
        there = np.array(FILE.per_site) > 0
        expected = np.array(FILE.per_site)[there] / sum(FILE.per_site) * len(drawn)
        assert scipy.stats.chisquare(numbers[there], expected).pvalue > 0.001


@pytest.mark.parametrize("missing", [FILE, 0.1, 0.7])
def test_sites_and_replicates_are_independent(missing):
    drawn = draw_missing([40] * 1500, range(1500), missing, 6).reshape(1500, 40, 6)
    neighbours = {
        "sites": (drawn[:, 1:], drawn[:, :-1]),
        "replicates": (drawn[1:], drawn[:-1]),
        "individuals of different sites": (drawn[:, 1:, 1:], drawn[:, :-1, :-1]),
    }
    if missing is not FILE:
        neighbours["individuals"] = drawn[:, :, 1:], drawn[:, :, :-1]
    for name, (one, other) in neighbours.items():
        # Genotypes of one individual, as those of a site are not independent like in a file.
        pairs = one[..., 2] * 2 + other[..., 2]
        table = np.bincount(pairs.ravel(), minlength=4).reshape(2, 2)
        assert scipy.stats.chi2_contingency(table).pvalue > 0.001, name


def test_kinds_of_errors_are_independent():
    counts, names = np.full(500, 40), np.arange(500, dtype=np.uint64)
    affected = []
    for kind in ("genotype_error", "missing", "polarisation_error"):
        haplotypes, perfect = np.zeros((20_000, 2), np.uint8), np.packbits(np.ones(12, np.uint8))
        chosen = make_observation(**{kind: 0.1})
        called = sequencing_errors.add_errors(haplotypes, counts, names, chosen, make_samples(6))
        affected.append(
            haplotypes.any(axis=1) if called is None else (called != perfect).any(axis=1)
        )
        assert 0.05 < affected[-1].mean() < 0.95
    for one, other in itertools.combinations(affected, 2):
        table = np.bincount(one * 2 + other, minlength=4).reshape(2, 2)
        assert scipy.stats.chi2_contingency(table).pvalue > 0.001


@pytest.mark.parametrize("missing", [FILE, 0.3])
def test_replicates_lose_the_same_in_any_batch_and_order(missing):
    random = np.random.default_rng(1)
    counts, names = random.integers(0, 7, 30), random.integers(2**63, size=30)
    together = np.split(draw_missing(counts, names, missing, 5), np.cumsum(counts)[:-1])
    order = random.permutation(30)
    for batch in (1, 4, 30):
        for begin in range(0, 30, batch):
            chosen = order[begin : begin + batch]
            drawn = draw_missing(counts[chosen], names[chosen], missing, 5)
            np.testing.assert_array_equal(drawn, np.concatenate([together[i] for i in chosen]))
