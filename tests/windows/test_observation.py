"""What is seen of simulations: errors at their rates, and VCF and tree sequence alike."""

import contextlib
import dataclasses
from unittest import mock

import cyvcf2
import msprime
import numpy as np
import pytest
import scipy.stats
from helpers.data import PROPERTY, make_encoding, make_observation, make_samples
from hypothesis import given
from hypothesis import strategies as st

from coalflow.config.settings.observing import GenomeOptions
from coalflow.core import seeds
from coalflow.core.errors import CoalflowError
from coalflow.genomes import reading, tiles, vcf_writer
from coalflow.models import batches
from coalflow.windows import encoding, masks, observation, shards

LENGTH = 1_000_000
SAMPLES = make_samples({"north": 6, "south": 4})


def simulated(individuals, ploidy, seed, length=LENGTH, rate=1e-8):
    """Return a tree sequence of one window; at all of its sites both alleles are there."""
    trees = msprime.sim_ancestry(
        individuals,
        ploidy=ploidy,
        population_size=1000,
        sequence_length=length,
        recombination_rate=1e-8,
        random_seed=seed,
    )
    model = msprime.BinaryMutationModel()
    trees = msprime.sim_mutations(trees, rate=rate, random_seed=seed, model=model)
    copies = trees.genotype_matrix().sum(axis=1)
    return trees.delete_sites(np.flatnonzero((copies == 0) | (copies == trees.num_samples)))


def shard_in_memory(trees, samples):
    """Return some windows of the same length as a shard."""
    matrices = [one.genotype_matrix().astype(np.uint8) for one in trees]
    return shards.Shard(
        haplotypes=np.packbits(np.concatenate(matrices), axis=1),
        positions=np.concatenate([one.sites_position for one in trees]),
        offsets=np.cumsum([0, *map(len, matrices)]),
        replicate=np.arange(len(trees)),
        seed=np.arange(len(trees), dtype=np.uint64) + np.uint64(2**63),
        truth={"parameter/sequence_length": np.full(len(trees), trees[0].sequence_length)},
        meta=shards.ShardMeta(cell="a", samples=samples),
    )


@pytest.fixture(scope="module")
def shard():
    """Return 40 windows of 10 diploids, 6 of one population and 4 of another."""
    trees = [simulated(10, 2, seed, 200_000, 5e-8) for seed in range(1, 41)]
    return shard_in_memory(trees, SAMPLES)


def see(shard, replicates=None, **changes):
    """Return the sites of all or some replicates that are observed, and where these are."""
    rows = np.arange(len(shard.seed)) if replicates is None else np.array(replicates)
    return observation.observe_replicates(shard, rows, make_observation(**changes))


def unpacked(bits, seen):
    return np.unpackbits(bits, axis=1, count=seen.samples.number_of_haplotypes)


def common(shard, seen):
    """Return alleles at sites that vary despite all errors, and where they are in ``seen``."""
    truth = np.unpackbits(shard.haplotypes, axis=1, count=20)
    copies = truth.sum(axis=1)
    chosen = (copies > 6) & (copies < 14)
    true_sites, among_seen = (
        np.repeat(np.arange(40), one.sites) * LENGTH + one.positions for one in (shard, seen)
    )
    return truth[chosen], np.isin(among_seen, true_sites[chosen])


# Without losses ------------------------------------------------------------------------------


def test_where_nothing_is_lost_nothing_is_copied(shard):
    for changes in ({}, {"phased": False}, {"polarised": True}, {"individuals": {"north": 6}}):
        seen, places = see(shard, [3, 1], **changes)
        assert seen.haplotypes is shard.haplotypes
        assert seen.positions is shard.positions
        assert seen.called is None
        assert places.tolist() == [3, 1]


def test_without_errors_the_same_sites_can_be_seen():
    noisy = make_observation(
        phased=False,
        missing={"individuals": 3, "per_site": (2, 1)},
        genotype_error=0.1,
        polarised=True,
        polarisation_error=0.1,
        minimum_allele_count=2,
        mask="a.bed",
        individuals={"all": 3},
    )
    kept = {"minimum_allele_count": 2, "mask": "a.bed", "individuals": {"all": 3}}
    assert noisy.without_errors() == make_observation(polarised=True, **kept)


# Rates -----------------------------------------------------------------------------------------
#
# Counts of independent events are compared to the binomial or the multinomial distribution of
# the rate. Seeds are fixed, so a test fails always or never; p below .001 is a failure.


def assert_rate(count, number, rate):
    assert number > 1000
    assert scipy.stats.binomtest(int(count), int(number), rate).pvalue > 0.001


def test_missing_genotypes_have_their_rate_and_are_whole(shard):
    seen, _ = see(shard, missing=0.2)
    called = unpacked(seen.called, seen).reshape(len(seen.positions), -1, 2)
    assert (called[:, :, 0] == called[:, :, 1]).all()
    assert not (unpacked(seen.haplotypes, seen) & ~called.reshape(len(called), -1) & 1).any()
    _, among_seen = common(shard, seen)
    lost = called[among_seen][:, :, 0] == 0
    assert_rate(lost.sum(), lost.size, 0.2)
    by_individual = lost.sum(axis=0)
    assert scipy.stats.chisquare(by_individual).pvalue > 0.001


def test_genotype_errors_have_their_rate(shard):
    seen, _ = see(shard, genotype_error=0.03)
    truth, among_seen = common(shard, seen)
    after = unpacked(seen.haplotypes, seen)[among_seen]
    assert after.shape == truth.shape
    assert_rate((after != truth).sum(), truth.size, 0.03)
    assert scipy.stats.chisquare((after != truth).sum(axis=0)).pvalue > 0.001


def test_polarisation_errors_turn_whole_sites_round(shard):
    seen, _ = see(shard, polarised=True, polarisation_error=0.1)
    before = np.unpackbits(shard.haplotypes, axis=1, count=20)
    turned = before ^ unpacked(seen.haplotypes, seen)
    assert (turned == turned[:, :1]).all()
    assert_rate(turned[:, 0].sum(), len(turned), 0.1)


def test_missing_like_a_file_draws_numbers_per_site_from_it(shard):
    per_site = (700, 0, 200, 100)  # of the file's 20 individuals 0, 2 or 3
    missing = {"individuals": 20, "per_site": per_site}
    seen, _ = see(shard, missing=missing)
    _, among_seen = common(shard, seen)
    called = unpacked(seen.called, seen)[:, ::2]
    numbers = np.bincount((called[among_seen] == 0).sum(axis=1), minlength=4)
    # 10 of the 20 are seen: of m missing ones, hypergeometrically many.
    shares = sum(
        weight / 1000 * scipy.stats.hypergeom(20, lost, 10).pmf(np.arange(4))
        for lost, weight in enumerate(per_site)
    )
    expected = shares * numbers.sum()
    assert numbers.sum() > 500
    assert scipy.stats.chisquare(numbers, expected).pvalue > 0.001


# Which sites are seen ------------------------------------------------------------------------


@pytest.mark.parametrize("fewest", [2, 5])
def test_rare_alleles_are_not_seen(shard, fewest):
    seen, _ = see(shard, minimum_allele_count=fewest)
    copies = np.unpackbits(shard.haplotypes, axis=1, count=20).sum(axis=1)
    kept = np.minimum(copies, 20 - copies) >= fewest
    assert 0 < kept.sum() < len(kept)
    np.testing.assert_array_equal(seen.positions, shard.positions[kept])
    np.testing.assert_array_equal(seen.haplotypes, shard.haplotypes[kept])
    owner = np.repeat(np.arange(40), shard.sites)[kept]
    np.testing.assert_array_equal(seen.sites, np.bincount(owner, minlength=40))


def test_fewer_individuals_are_the_first_of_each_population(shard):
    seen, _ = see(shard, individuals={"south": 2})
    assert seen.samples == make_samples({"north": 6, "south": 2})
    alleles = np.unpackbits(shard.haplotypes, axis=1, count=20)[:, :16]
    varying = alleles.any(axis=1) & ~alleles.all(axis=1)
    assert not varying.all()
    np.testing.assert_array_equal(unpacked(seen.haplotypes, seen), alleles[varying])


def test_each_window_is_given_a_stretch_of_the_mask(shard, tmp_path):
    path = tmp_path / "mask.bed"
    path.write_text("1\t1000\t150000\n1\t300000\t400000\n2\t0\t250000\n")
    seen, _ = see(shard, mask=str(path))
    mask = masks.read_mask(str(path))
    share = 0
    for replicate in range(40):
        true_sites = slice(*shard.offsets[replicate : replicate + 2])
        left = set(seen.positions[slice(*seen.offsets[replicate : replicate + 2])])
        names = [int(shard.seed[replicate])]
        fraction = seeds.derive_fractions(0, "observation", "mask", names=names)
        (contig,), (base,) = mask.draw_stretches(np.array([200_000.0]), fraction)
        expected = {
            position
            for position in shard.positions[true_sites]
            if any(
                start <= base + int(position) < end
                for start, end in [[(1000, 150_000), (300_000, 400_000)], [(0, 250_000)]][contig]
            )
        }
        assert left == expected
        share += len(left) / 40 / (true_sites.stop - true_sites.start)
    assert 0.5 < share < 0.95


def test_a_mask_that_is_too_short_is_refused(shard, tmp_path):
    path = tmp_path / "short.bed"
    path.write_text("1\t0\t1000\n")
    with pytest.raises(CoalflowError, match=r"no contig has 200,000 bases .* longest has 1,000"):
        see(shard, mask=str(path))


# Random numbers ------------------------------------------------------------------------------


ALL = {
    "missing": 0.1,
    "genotype_error": 0.02,
    "polarised": True,
    "polarisation_error": 0.1,
    "minimum_allele_count": 2,
    "individuals": {"north": 5},
}


def test_a_replicate_is_seen_the_same_alone_and_among_others(shard, monkeypatch):
    together, _ = see(shard, **ALL)
    monkeypatch.setattr(observation, "ALLELES_AT_ONCE", 20 * 20)
    for replicate in (0, 7, 39):
        alone, places = see(shard, [replicate], **ALL)
        assert places.tolist() == [0]
        own_sites = slice(*together.offsets[replicate : replicate + 2])
        for name in ("haplotypes", "called", "positions"):
            expected = getattr(together, name)[own_sites]
            np.testing.assert_array_equal(getattr(alone, name), expected)
    again, _ = see(shard, **ALL)
    np.testing.assert_array_equal(again.called, together.called)


def test_replicates_do_not_share_their_errors(shard):
    other = dataclasses.replace(shard, seed=shard.seed + np.uint64(1000))
    one, _ = see(shard, missing=0.5)
    two, _ = see(other, missing=0.5)
    assert one.called.shape != two.called.shape or (one.called != two.called).any()


# The same bits from a tree sequence and from its VCF -----------------------------------------


def write_vcf(trees, called, path, phased):
    """Write what tskit writes, with genotypes that are not called, and alleles in any order."""
    vcf_writer.write_vcf(trees, path)
    random = np.random.default_rng(1)
    reader = cyvcf2.VCF(str(path))
    lines = reader.raw_header.splitlines()
    for record, called_at_site in zip(reader, called, strict=True):
        columns = str(record).rstrip("\n").split("\t")
        for number, lost in enumerate(called_at_site == 0):
            alleles = columns[9 + number].split("|")
            if not phased:
                random.shuffle(alleles)
            text = ["."] * len(alleles) if lost else alleles
            columns[9 + number] = ("|" if phased else "/").join(text)
        lines.append("\t".join(columns))
    text = path.with_suffix("").with_suffix(".vcf")
    text.write_text("\n".join(lines) + "\n")
    return text


@PROPERTY
@given(
    phased=st.booleans(),
    polarised=st.booleans(),
    missing=st.booleans(),
    ploidy=st.sampled_from([1, 2, 4]),
    order=st.sampled_from(["sampled", "similarity", "frequency"]),
    fewest=st.integers(1, 2),
    pad=st.booleans(),
    seed=st.integers(1, 3),
)
def test_a_tree_sequence_and_its_vcf_are_encoded_to_the_same_bits(
    tmp_path_factory, phased, polarised, missing, ploidy, order, fewest, pad, seed
):
    samples = make_samples({"north": 3, "south": 5}, ploidy)
    trees = simulated(8, ploidy, seed, rate=3e-7 / ploidy)
    called = np.ones((trees.num_sites, 8), np.uint8)
    if missing:
        called -= np.random.default_rng(seed).random(called.shape) < 0.2
        called[called.sum(axis=1) == 0] = 1
    changes = {"phased": phased, "polarised": polarised, "minimum_allele_count": fewest}
    # Real data have genotypes missing, and none are drawn for them.
    seen_in_file = make_observation(**changes, missing=0.2 if missing else 0)
    encoded = make_encoding(sites=30, order=order, pad=pad, length=LENGTH)

    path = write_vcf(
        trees, called, tmp_path_factory.mktemp("vcf") / "genome.vcf.gz", phased or ploidy == 1
    )
    names = [f"tsk_{number}" for number in range(8)]
    options = GenomeOptions(
        individuals={"south": tuple(names[3:]), "north": tuple(names[:3])},
        masked=False,
        ancestral="REF" if polarised else None,
        step=1,
    )
    ((contig,), description) = reading.read_genome(path, samples, seen_in_file, options)
    tile = tiles.Tiles(*(np.array([n]) for n in (0, len(contig.positions), 0, LENGTH)))
    by_vcf = encoding.encode_contig(contig, tile, encoded, seen_in_file)

    shard = shard_in_memory([trees], samples)
    # What is missing is given, for in the file it was not drawn by the replicate's seed.
    seen = with_missing(shard, np.repeat(called, ploidy, axis=1), fewest) if missing else None
    with (
        mock.patch.object(encoding, "observe_replicates", lambda *_: (seen, np.array([0])))
        if missing
        else (contextlib.nullcontext())
    ):
        by_trees = encoding.encode_shard(shard, np.array([0]), encoded, make_observation(**changes))
    assert by_trees.mask.any()
    assert description.missing == pytest.approx(0.2 if missing else 0, abs=0.05)
    assert by_vcf.rows == (8 * ploidy if phased else 8)
    for ours, theirs in zip(by_trees.arrays, by_vcf.arrays, strict=True):
        assert ours.dtype == theirs.dtype
        assert ours.tobytes() == theirs.tobytes()
    ours, theirs = (
        batches.DeviceWindows(windows, encoded, "cpu").make_batch(slice(None))
        for windows in (by_trees, by_vcf)
    )
    assert [a.numpy().tobytes() for a in ours] == [b.numpy().tobytes() for b in theirs]


def with_missing(shard, called, fewest):
    """Return a shard's sites with these alleles called, as if they had been drawn."""
    number = called.shape[1]
    alleles = np.unpackbits(shard.haplotypes, axis=1, count=number) & called
    kept = observation.find_common_sites(alleles, called, fewest)
    return observation.ObservedSites(
        np.packbits(alleles[kept], axis=1),
        np.packbits(called[kept], axis=1),
        shard.positions[kept],
        np.array([0, kept.sum()]),
        shard.seed,
        shard.truth["parameter/sequence_length"],
        shard.samples,
    )


# How alleles are coded -----------------------------------------------------------------------


@st.composite
def genotypes(draw):
    """Draw alleles, what is called of them, and the ploidy, of few windows."""
    ploidy, individuals = draw(st.integers(1, 4)), draw(st.integers(2, 6))
    shape = draw(st.integers(1, 3)), draw(st.integers(1, 6)), individuals
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    alleles = random.integers(0, 2, (*shape, ploidy), dtype=np.uint8).reshape(*shape[:2], -1)
    called = None
    if draw(st.booleans()):
        individuals_called = (random.random(shape) > 0.3).astype(np.uint8)
        called = np.repeat(individuals_called, ploidy, axis=2)
        alleles &= called
    return alleles, called, ploidy


@PROPERTY
@given(genotypes(), st.booleans(), st.randoms(use_true_random=False))
def test_without_phase_the_order_of_an_individuals_alleles_leaves_no_trace(drawn, known, random):
    alleles, called, ploidy = drawn
    shuffled = alleles.reshape(*alleles.shape[:2], -1, ploidy).copy()
    for genotype in shuffled.reshape(-1, ploidy):
        random.shuffle(genotype)
    seen = make_observation(phased=False, polarised=known)
    coded = observation.code_alleles(alleles, called, seen, ploidy)
    again = observation.code_alleles(shuffled.reshape(alleles.shape), called, seen, ploidy)
    np.testing.assert_array_equal(coded, again)
    copies = coded.reshape(shuffled.shape)
    assert (np.diff(copies.astype(int), axis=3) <= 0).all()  # the copies of 1 first
    if known:
        np.testing.assert_array_equal(copies.sum(axis=3), shuffled.sum(axis=3))


@PROPERTY
@given(genotypes(), st.booleans())
def test_folding_does_not_see_which_allele_was_called_1(drawn, phased):
    alleles, called, ploidy = drawn
    other = alleles ^ 1 if called is None else (alleles ^ 1) & called
    seen = make_observation(phased=phased)
    coded = observation.code_alleles(alleles, called, seen, ploidy)
    np.testing.assert_array_equal(coded, observation.code_alleles(other, called, seen, ploidy))
    number = alleles.shape[2] if called is None else called.sum(axis=2)
    assert (2 * coded.sum(axis=2) <= number).all()


@PROPERTY
@given(
    genotypes(),
    st.booleans(),
    st.sampled_from(["similarity", "frequency"]),
    st.randoms(use_true_random=False),
)
def test_the_order_of_individuals_leaves_no_trace(drawn, phased, order, random):
    """Within a population; with missing genotypes too. Polarised, for ties go by the first one."""
    alleles, called, ploidy = drawn
    windows, sites, number = alleles.shape
    individuals = number // ploidy
    first = random.randint(1, individuals - 1)
    samples = make_samples({"north": first, "south": individuals - first}, ploidy)
    north, south = list(range(first)), list(range(first, individuals))
    random.shuffle(north)
    random.shuffle(south)
    moved = np.concatenate([np.arange(ploidy) + ploidy * one for one in north + south])
    positions, mask = np.zeros((windows, sites)), np.ones((windows, sites), bool)
    seen, encoded = make_observation(phased=phased, polarised=True), make_encoding(order=order)

    def encode(order_of_alleles):
        called_in_order = None if called is None else called[:, :, order_of_alleles]
        some = alleles[:, :, order_of_alleles]
        return encoding.encode_windows(
            some, called_in_order, positions, mask, samples, encoded, seen
        )

    straight, shuffled = encode(np.arange(number)), encode(moved)
    for ours, theirs in zip(straight.arrays, shuffled.arrays, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    # Populations stay apart.
    north_alleles = slice(0, first * ploidy)
    before = np.sort(alleles[:, :, north_alleles].sum(axis=2))
    np.testing.assert_array_equal(
        np.sort(straight.haplotypes[:, :, north_alleles].sum(axis=2)), before
    )


def test_dosages_are_spread_between_the_numbers_of_the_alleles():
    alleles = np.array([[[0, 0, 0, 1, 1, 1, 0, 0]]], np.uint8)
    called = np.array([[[1, 1, 1, 1, 1, 1, 0, 0]]], np.uint8)
    samples, seen = make_samples(4), make_observation(phased=False, polarised=True)
    mask = np.ones((1, 1), bool)
    encoded = make_encoding(order="sampled")
    windows = encoding.encode_windows(
        alleles, called, np.zeros((1, 1)), mask, samples, encoded, seen
    )
    assert windows.rows == 4
    for coding, numbers in (("signed", [-1, 0, 1, 0]), ("binary", [0, 0.5, 1, 0.5])):
        coded = encoded.model_copy(update={"coding": coding})
        given, _, _ = batches.DeviceWindows(windows, coded, "cpu").make_batch(slice(None))
        assert given[0, 0].tolist() == numbers
    np.testing.assert_array_equal(windows.dosages[0, 0], [0, 0.5, 1, np.nan])


def test_a_damaged_observation_is_refused(tmp_path):
    path = tmp_path / "observation.json"
    path.write_text("{")
    with pytest.raises(CoalflowError, match="damaged. Delete it"):
        observation.read_observation(path)
