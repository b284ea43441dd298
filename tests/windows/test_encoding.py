"""From alleles to matrices: the same way for simulations and for genomes."""

from unittest import mock

import numpy as np
import pytest
from helpers.data import (
    PROPERTY,
    central_rows,
    constant_history,
    make_encoding,
    make_observation,
    make_samples,
    windows_of_alleles,
)
from helpers.genomes import read_genome
from helpers.models import padded, windows_of
from helpers.windows import (
    FOLDED,
    ORDERS,
    POLARISED,
    encode_again,
    encode_matrices,
    make_shard,
    make_windows,
    observe_all,
    random_matrices,
    read_windows,
)
from hypothesis import assume, given
from hypothesis import strategies as st

from coalflow.config.settings.genome_options import GenomeOptions
from coalflow.core import seeds
from coalflow.genomes import vcf_writer
from coalflow.models import batches
from coalflow.simulation import neutral
from coalflow.windows import encoding, shards, stretches


@pytest.mark.parametrize("haplotypes", [6, 8, 20])
@pytest.mark.parametrize("sites", [4, 5, 7])
def test_middle_sites_are_the_central_ones(sites, haplotypes):
    matrices = random_matrices([7, 8, 9, 30, 31, 7], haplotypes)
    chosen = np.array([4, 0, 1, 2, 3, 5, 4])  # any order, also twice
    windows = read_windows(make_shard(matrices), chosen, sites)
    assert windows.haplotypes.dtype == np.uint8
    assert windows.haplotypes.shape == (len(chosen), sites, haplotypes)
    assert windows.mask.all()
    for number, taken in zip(chosen, windows.haplotypes, strict=True):
        np.testing.assert_array_equal(taken, central_rows(matrices[number], sites))


def test_as_many_sites_are_left_out_on_either_side():
    site_by_site = np.eye(10, dtype=np.uint8)  # site i is carried by haplotype i alone
    (taken,) = read_windows(make_shard([site_by_site]), np.array([0]), 4).haplotypes
    np.testing.assert_array_equal(taken, site_by_site[3:7])


@pytest.mark.parametrize("sites", [4, 5, 8])
def test_padding_is_on_both_sides_and_masked(sites):
    numbers = [0, 1, 2, sites - 1, sites, sites + 1, sites + 7, 0]
    matrices = random_matrices(numbers, 6, seed=2)
    windows = read_windows(make_shard(matrices), np.arange(len(numbers)), sites, pad=True)
    assert windows.haplotypes.dtype == np.uint8
    assert windows.positions.dtype == np.float32
    arrays = windows.haplotypes, windows.positions, windows.mask
    for matrix, taken, positions, mask in zip(matrices, *arrays, strict=True):
        places = np.flatnonzero(mask)
        assert len(places) == min(len(matrix), sites)
        np.testing.assert_array_equal(taken[mask], central_rows(matrix, min(len(matrix), sites)))
        assert not taken[~mask].any()
        assert not positions[~mask].any()
        if len(places):
            assert np.ptp(places) == len(places) - 1  # side by side
            left, right = places[0], sites - 1 - places[-1]
            assert abs(left - right) <= 1


def test_a_shard_without_any_site_gives_windows_without_any():
    shard = make_shard([np.zeros((0, 6), np.uint8)] * 3)
    windows = read_windows(shard, np.arange(3), 4, pad=True)
    assert windows.haplotypes.shape == (3, 4, 6)
    assert not any(array.any() for array in windows.arrays)


def test_positions_are_scaled_to_the_window():
    shard = make_shard(random_matrices([8], 6))  # at 0 to 7, in a window of 8 bases
    padded = read_windows(shard, np.array([0]), 10, pad=True)
    np.testing.assert_array_equal(padded.positions[padded.mask], np.arange(8) / 8)
    chosen = read_windows(shard, np.array([0]), 5)
    np.testing.assert_array_equal(chosen.positions[0], np.arange(5) / 4)


@PROPERTY
@given(windows_of_alleles(), st.integers(0, 5), st.integers(0, 5))
def test_padding_changes_neither_folding_nor_order(drawn, left, right):
    for order in ORDERS:
        for observation in (POLARISED, FOLDED):
            plain = windows_of(drawn)
            narrow = encode_again(plain, order, observation)
            wide = encode_again(padded(plain, left, right), order, observation)
            for ours, theirs in zip(wide.arrays, padded(narrow, left, right).arrays, strict=True):
                np.testing.assert_array_equal(ours, theirs)


def test_work_in_parts_changes_nothing(monkeypatch):
    shard = make_shard(random_matrices([9, 0, 5, 12, 7, 8, 3], 6))
    at_once = read_windows(shard, np.arange(7), 6, "random", pad=True, length=7)
    monkeypatch.setattr(encoding, "ALLELES_AT_ONCE", 2 * 6 * 6)
    in_parts = read_windows(shard, np.arange(7), 6, "random", pad=True, length=7)
    for ours, theirs in zip(at_once.arrays, in_parts.arrays, strict=True):
        np.testing.assert_array_equal(ours, theirs)


@PROPERTY
@given(windows_of_alleles(most_windows=6))
def test_a_window_is_encoded_alike_alone_and_among_others(drawn):
    assume(len(drawn) > 1)
    for order in ORDERS:
        for observation in (POLARISED, FOLDED):
            together = encode_matrices(drawn, order, observation)
            alone = [encode_matrices(window[None], order, observation)[0] for window in drawn]
            assert together.dtype == np.uint8
            np.testing.assert_array_equal(together, alone)


# Simulations and genomes ---------------------------------------------------------------------

SAMPLES, HAPLOTYPES = 10, 20


@pytest.fixture(scope="module")
def genome(tmp_path_factory):
    """Return a simulated genome twice: as a shard, and as the path of a VCF."""
    parameters = {
        "sequence_length": 200_000,
        "mutation_rate": 1.5e-8,
        "recombination_rate": 1.0e-8,
    }
    seed = seeds.derive_replicate_seed(6, "cell", 1)  # no base of this one is hit twice
    trees = neutral.simulate_genome(constant_history(10_000), SAMPLES, parameters, seed)
    folder = tmp_path_factory.mktemp("genome")
    writer = shards.ShardWriter()
    writer.add(trees, 0, seed)
    truth = {"parameter/sequence_length": np.array([200_000])}
    meta = shards.ShardMeta(cell="all", samples=make_samples(HAPLOTYPES // 2))
    writer.write(folder / "00000.npz", truth, meta)
    vcf_writer.write_vcf(trees, folder / "genome.vcf.gz")
    return shards.read_shard(folder / "00000.npz"), folder / "genome.vcf.gz"


@pytest.fixture(scope="module")
def contigs(genome):
    """Return the genome's one contig, by whether its ancestral alleles are known."""
    _, path = genome
    found = {}
    for known, ancestral in ((True, "REF"), (False, None)):
        options = GenomeOptions(ancestral=ancestral, step=1, seed=1)
        samples = make_samples(HAPLOTYPES // 2)
        (found[known],), _ = read_genome(path, samples, make_observation(), options)
    return found


def find_window(shard, encoded):
    """Return the window of a genome that holds what is seen of its one replicate."""
    (first,), (count,), (start,) = stretches.choose_stretches(observe_all(shard), encoded)
    return make_windows(first, count, start, start + encoded.length)


@PROPERTY
@given(
    st.builds(
        make_encoding,
        sites=st.integers(4, 200),
        stretch=st.sampled_from(["central", "first", "random"]),
        pad=st.booleans(),
        length=st.integers(1, 200_000),
        seed=st.just(1),
        order=st.sampled_from(ORDERS),
        positions=st.sampled_from(["position", "distance", "both"]),
        coding=st.sampled_from(["signed", "binary"]),
    ),
    st.booleans(),
)
def test_a_replicate_and_its_vcf_are_encoded_to_the_same_bits(genome, contigs, encoded, polarised):
    shard, observation = genome[0], make_observation(polarised=polarised)
    np.testing.assert_array_equal(contigs[polarised].positions, shard.positions + 1)
    # Random stretches have a seed of their own in simulations and in genomes, so one is given.
    with mock.patch.object(seeds, "derive_fractions", lambda *_, names: np.full(len(names), 0.3)):
        assume(encoded.pad or encoded.sites <= shard.sites[0])
        window = find_window(shard, encoded)
        by_shard = encoding.encode_shard(shard, np.array([0]), encoded, observation)
        by_vcf = encoding.encode_contig(contigs[polarised], window, encoded, observation)
    for ours, theirs in zip(by_shard.arrays, by_vcf.arrays, strict=True):
        assert ours.dtype == theirs.dtype
        assert ours.tobytes() == theirs.tobytes()
    ours, theirs = (
        batches.DeviceWindows(windows, encoded, "cpu").make_batch(slice(None))
        for windows in (by_shard, by_vcf)
    )
    assert [a.numpy().tobytes() for a in ours] == [b.numpy().tobytes() for b in theirs]
    # Not blank, and not folded unless asked to.
    copies = by_vcf.haplotypes.sum(axis=2, dtype=int)
    assert ((copies > 0) == by_vcf.mask).all()
    assert by_vcf.mask.sum() == min(window.count[0], encoded.sites)
    if not polarised:
        assert (2 * copies <= HAPLOTYPES).all()


def test_the_replicate_has_sites_that_folding_changes(genome):
    copies = np.unpackbits(genome[0].haplotypes, axis=1, count=HAPLOTYPES).sum(axis=1)
    assert (2 * copies > HAPLOTYPES).sum() > 5


RANDOM = {
    "sites": 8,
    "stretch": "random",
    "pad": True,
    "length": 50_000,
    "seed": 1,
    "order": "sampled",
}


def encode_grid(contig, step, length, **changes):
    """Return windows of a contig, by where they start."""
    starts = np.arange(0, 150_001, step)
    bounds = make_windows(0, 0, starts, starts + length).locate_in(contig.positions)
    encoded = make_encoding(**RANDOM | changes)
    windows = encoding.encode_contig(contig, bounds, encoded, POLARISED)
    return dict(zip(starts.tolist(), windows, strict=True))


@pytest.mark.parametrize("length", [50_000, 70_000])
def test_a_random_stretch_of_a_genome_belongs_to_its_window(contigs, length):
    def positions(**changes):
        windows = encode_grid(contigs[True], length=length, **changes)
        return {start: window.positions.tolist() for start, window in windows.items()}

    often, seldom = positions(step=5_000), positions(step=20_000)
    assert set(seldom) < set(often)
    assert all(often[start] == sites for start, sites in seldom.items())
    assert positions(step=5_000, seed=2) != often
    first = [sites[0] for sites in positions(step=5_000, stretch="first").values()]
    assert [sites[0] for sites in often.values()] != first


@pytest.mark.parametrize(("stretch", "skipped"), [("central", 10_000), ("first", 0)])
def test_of_longer_windows_a_stretch_is_seen(contigs, stretch, skipped):
    contig = contigs[True]
    long = encode_grid(contig, 5_000, 70_001, stretch=stretch)
    short = encode_grid(contig, 5_000, 50_000, stretch=stretch)
    for start in range(0, 100_000, 5_000):
        for ours, theirs in zip(long[start].arrays, short[start + skipped].arrays, strict=True):
            np.testing.assert_array_equal(ours, theirs)


def test_shorter_windows_have_nothing_beyond_their_end(contigs):
    contig = contigs[True]
    short, long = (encode_grid(contig, 50_000, length, sites=500) for length in (20_000, 50_000))
    for start in short:
        in_short, in_long = short[start].positions, long[start].positions
        seen = in_long[long[start].mask & (in_long < 0.4)]
        assert len(seen) > 5
        np.testing.assert_array_equal(in_short[short[start].mask], seen)


def test_writing_a_vcf_leaves_no_other_file(genome):
    _, path = genome
    assert sorted(p.name for p in path.parent.iterdir()) == ["00000.npz", "genome.vcf.gz"]
