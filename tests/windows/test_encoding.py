"""From alleles to matrices: the same way for simulations and for genomes."""

from unittest import mock

import numpy as np
import pytest
import scipy.stats
from helpers.data import (
    PROPERTY,
    central_rows,
    constant_history,
    make_encoding,
    make_observation,
    make_samples,
    windows_of_alleles,
)
from helpers.models import padded, windows_of
from hypothesis import assume, given
from hypothesis import strategies as st

from coalflow.config.settings.observing import GenomeOptions
from coalflow.core import seeds
from coalflow.genomes import reading, tiles, vcf_writer
from coalflow.models import batches
from coalflow.simulation import neutral
from coalflow.windows import encoding, shards, stretches
from coalflow.windows.haplotype_order import order_haplotypes
from coalflow.windows.observation import code_alleles, observe_replicates
from coalflow.windows.packed_windows import Windows

ORDERS = ("sampled", "similarity", "frequency")
POLARISED, FOLDED = make_observation(polarised=True), make_observation()


def shard_of(matrices):
    """Return a shard in memory with these replicates, uint8 (sites, haplotypes) each."""
    sites = [len(matrix) for matrix in matrices]
    return shards.Shard(
        haplotypes=np.packbits(np.concatenate(matrices), axis=1),
        positions=np.concatenate([np.arange(s, dtype=float) for s in sites]),
        offsets=np.cumsum([0, *sites]),
        replicate=np.arange(len(matrices)),
        seed=np.arange(len(matrices), dtype=np.uint64) + np.uint64(2**63),
        truth={"parameter/sequence_length": np.full(len(matrices), float(max(*sites, 1)))},
        meta=shards.ShardMeta(cell="a", samples=make_samples(matrices[0].shape[1], ploidy=1)),
    )


def random_matrices(sites, haplotypes, seed=0):
    random = np.random.default_rng(seed)
    return [random.integers(0, 2, (s, haplotypes), dtype=np.uint8) for s in sites]


def read(shard, chosen, sites, stretch="central", pad=False, length=None, seed=1):
    """Return replicates of a shard as windows, alleles as they are."""
    length = length or int(shard.truth["parameter/sequence_length"][0])
    encoded = make_encoding(
        sites=sites, stretch=stretch, pad=pad, seed=seed, length=length, order="sampled"
    )
    return encoding.encode_shard(shard, chosen, encoded, POLARISED)


def all_of(shard):
    """Return a shard's sites as they are observed without any loss."""
    return observe_replicates(shard, np.arange(len(shard.seed)), POLARISED)[0]


def encode(matrices, order, observation):
    """Return matrices as models see them."""
    return encoded_again(windows_of(matrices), order, observation).haplotypes


def encoded_again(windows, order, observation):
    """Return windows as models see them."""
    samples = make_samples(windows.number_of_haplotypes, ploidy=1)
    parts = windows.haplotypes, None, windows.positions, windows.mask, samples
    return encoding.encode_windows(*parts, make_encoding(order=order), observation)


# Sites ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("haplotypes", [6, 8, 20])
@pytest.mark.parametrize("sites", [4, 5, 7])
def test_middle_sites_are_the_central_ones(sites, haplotypes):
    matrices = random_matrices([7, 8, 9, 30, 31, 7], haplotypes)
    chosen = np.array([4, 0, 1, 2, 3, 5, 4])  # any order, also twice
    windows = read(shard_of(matrices), chosen, sites)
    assert windows.haplotypes.dtype == np.uint8
    assert windows.haplotypes.shape == (len(chosen), sites, haplotypes)
    assert windows.mask.all()
    for number, taken in zip(chosen, windows.haplotypes, strict=True):
        np.testing.assert_array_equal(taken, central_rows(matrices[number], sites))


def test_as_many_sites_are_left_out_on_either_side():
    site_by_site = np.eye(10, dtype=np.uint8)  # site i is carried by haplotype i alone
    (taken,) = read(shard_of([site_by_site]), np.array([0]), 4).haplotypes
    np.testing.assert_array_equal(taken, site_by_site[3:7])


@pytest.mark.parametrize("sites", [4, 5, 8])
def test_padding_is_on_both_sides_and_masked(sites):
    numbers = [0, 1, 2, sites - 1, sites, sites + 1, sites + 7, 0]
    matrices = random_matrices(numbers, 6, seed=2)
    windows = read(shard_of(matrices), np.arange(len(numbers)), sites, pad=True)
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
    shard = shard_of([np.zeros((0, 6), np.uint8)] * 3)
    windows = read(shard, np.arange(3), 4, pad=True)
    assert windows.haplotypes.shape == (3, 4, 6)
    assert not any(array.any() for array in windows.arrays)


def test_positions_are_scaled_to_the_window():
    shard = shard_of(random_matrices([8], 6))  # at 0 to 7, in a window of 8 bases
    padded = read(shard, np.array([0]), 10, pad=True)
    np.testing.assert_array_equal(padded.positions[padded.mask], np.arange(8) / 8)
    chosen = read(shard, np.array([0]), 5)
    np.testing.assert_array_equal(chosen.positions[0], np.arange(5) / 4)


@PROPERTY
@given(windows_of_alleles(), st.integers(0, 5), st.integers(0, 5))
def test_padding_changes_neither_folding_nor_order(drawn, left, right):
    for order in ORDERS:
        for observation in (POLARISED, FOLDED):
            plain = windows_of(drawn)
            narrow = encoded_again(plain, order, observation)
            wide = encoded_again(padded(plain, left, right), order, observation)
            for ours, theirs in zip(wide.arrays, padded(narrow, left, right).arrays, strict=True):
                np.testing.assert_array_equal(ours, theirs)


def test_windows_can_be_chosen_and_replaced():
    windows = windows_of(np.array(random_matrices([5] * 4, 6)))
    other = windows_of(np.array(random_matrices([5] * 2, 6, seed=3)))
    assert len(windows[1:3]) == 2
    windows[np.array([3, 0])] = other
    np.testing.assert_array_equal(windows[[3, 0]].haplotypes, other.haplotypes)
    empty = Windows.empty_like(windows, 3)
    assert [array.dtype for array in empty.arrays] == [a.dtype for a in windows.arrays]
    assert [array.shape[1:] for array in empty.arrays] == [a.shape[1:] for a in windows.arrays]


def test_windows_are_kept_as_bits():
    matrices = np.array(random_matrices([5] * 3, 21))
    windows = Windows.pack(matrices, np.zeros((3, 5), np.float32), np.ones((3, 5), bool))
    assert windows.shape == (3, 5, 21)
    assert windows.packed.shape == (3, 5, 3)
    np.testing.assert_array_equal(windows.haplotypes, matrices)


# Stretches -----------------------------------------------------------------------------------


def test_the_first_sites_stand_at_the_left():
    matrices = random_matrices([9, 5, 3, 0], 6)
    windows = read(shard_of(matrices), np.arange(4), 5, "first", pad=True)
    for matrix, taken, mask in zip(matrices, windows.haplotypes, windows.mask, strict=True):
        np.testing.assert_array_equal(taken[: len(matrix)], matrix[:5])
        assert mask.tolist() == [True] * len(matrix[:5]) + [False] * (5 - len(matrix[:5]))


def begins(sites=12, seed=1, chosen=range(600), stretch="random"):
    """Return where stretches of 8 sites begin in replicates with this number of sites."""
    site_by_site = np.eye(sites, dtype=np.uint8)  # site i is carried by haplotype i alone
    shard = shard_of([site_by_site] * 600)
    windows = read(shard, np.array(chosen), 8, stretch, pad=True, seed=seed)
    first = windows.haplotypes.argmax(axis=2)[:, 0]
    expected = first[:, None] + np.arange(8)
    np.testing.assert_array_equal(windows.haplotypes.argmax(axis=2), expected)
    return first


def test_a_random_stretch_begins_anywhere_and_everywhere_alike():
    counts = np.bincount(begins(), minlength=5)
    assert len(counts) == 5  # 8 of 12 sites
    assert scipy.stats.chisquare(counts).pvalue > 0.01
    assert set(begins(sites=8)) == {0}


def test_a_random_stretch_belongs_to_the_replicate_and_the_seed():
    whole = begins()
    chosen = [5, 3, 3, 599, 0]
    assert begins(chosen=chosen).tolist() == whole[chosen].tolist()
    other = begins(seed=2)
    assert 0.1 < (other == whole).mean() < 0.3  # by chance a fifth


def test_random_stretches_leave_windows_with_few_sites_in_the_middle():
    matrices = random_matrices([3, 0, 5, 4], 6)
    windows = [
        read(shard_of(matrices), np.arange(4), 5, s, pad=True) for s in ("central", "random")
    ]
    for ours, theirs in zip(*(one.arrays for one in windows), strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize(
    ("stretch", "start"), [("first", [0, 0, 0]), ("central", [35, 35, 35]), ("random", None)]
)
def test_bases_are_those_of_the_stretch(stretch, start):
    """Sites at 0, 1, 2, ... of 100 bases; of these 30 are seen."""
    shard = shard_of(random_matrices([100, 100, 100], 6))
    encoded = make_encoding(sites=40, stretch=stretch, pad=True, length=30, seed=1, order="sampled")
    first, count, begin = stretches.choose_stretches(all_of(shard), encoded)
    if start is None:
        start = begin.tolist()
        assert len(set(start)) == 3
        assert all(0 <= one <= 70 and one == int(one) for one in start)
    assert begin.tolist() == start
    assert count.tolist() == [30] * 3
    assert (first - shard.offsets[:-1]).tolist() == start
    windows = encoding.encode_shard(shard, np.arange(3), encoded, POLARISED)
    for number, matrix in enumerate(windows.haplotypes):
        left = shard.offsets[number] + int(start[number])
        alleles = np.unpackbits(shard.haplotypes[left : left + 30], axis=1, count=6)
        np.testing.assert_array_equal(matrix[windows.mask[number]], alleles)
        placed = windows.positions[number][windows.mask[number]]
        np.testing.assert_array_equal(placed, (np.arange(30) / 30).astype(np.float32))


def test_random_bases_begin_anywhere():
    shard = shard_of([np.ones((4, 6), np.uint8)] * 900)
    encoded = make_encoding(sites=4, stretch="random", pad=True, length=2, seed=4)
    _, _, start = stretches.choose_stretches(all_of(shard), encoded)
    assert set(start) == {0, 1, 2}
    assert scipy.stats.chisquare(np.bincount(start.astype(int))).pvalue > 0.01


def test_replicates_of_several_lengths_are_cut_to_one():
    shard = shard_of(random_matrices([20, 10], 6))
    shard.truth["parameter/sequence_length"][:] = [20, 10.5]
    encoded = make_encoding(sites=10, stretch="central", pad=True, length=10)
    first, count, start = stretches.choose_stretches(all_of(shard), encoded)
    assert start.tolist() == [5, 0]
    assert count.tolist() == [10, 10]
    assert first.tolist() == [5, 20]


def test_work_in_parts_changes_nothing(monkeypatch):
    shard = shard_of(random_matrices([9, 0, 5, 12, 7, 8, 3], 6))
    at_once = read(shard, np.arange(7), 6, "random", pad=True, length=7)
    monkeypatch.setattr(encoding, "ALLELES_AT_ONCE", 2 * 6 * 6)
    in_parts = read(shard, np.arange(7), 6, "random", pad=True, length=7)
    for ours, theirs in zip(at_once.arrays, in_parts.arrays, strict=True):
        np.testing.assert_array_equal(ours, theirs)


# Observation ---------------------------------------------------------------------------------


@PROPERTY
@given(windows_of_alleles())
def test_known_ancestry_leaves_alleles_as_they_are(drawn):
    np.testing.assert_array_equal(code_alleles(drawn, None, POLARISED, 1), drawn)


@PROPERTY
@given(windows_of_alleles())
def test_unknown_ancestry_codes_the_rarer_allele_as_1(drawn):
    folded = code_alleles(drawn, None, FOLDED, 1)
    copies = folded.sum(axis=2, dtype=int)
    assert (2 * copies <= drawn.shape[2]).all()
    assert (folded[:, :, 0][2 * copies == drawn.shape[2]] == 0).all()
    np.testing.assert_array_equal(code_alleles(folded, None, FOLDED, 1), folded)
    # Each site is as it was, or turned round as a whole.
    turned = folded ^ drawn
    assert (turned == turned[:, :, :1]).all()


@PROPERTY
@given(windows_of_alleles(), st.data())
def test_unknown_ancestry_does_not_see_which_allele_was_called_1(drawn, data):
    windows, sites, _ = drawn.shape
    bits = data.draw(
        st.lists(st.integers(0, 1), min_size=windows * sites, max_size=windows * sites)
    )
    flips = np.array(bits, np.uint8).reshape(windows, sites, 1)
    np.testing.assert_array_equal(
        code_alleles(drawn ^ flips, None, FOLDED, 1), code_alleles(drawn, None, FOLDED, 1)
    )


# Order ---------------------------------------------------------------------------------------


def by_alleles(matrix):
    """Return the columns of a matrix as tuples, sorted: site by site, 0 before 1."""
    return sorted(tuple(column) for column in matrix.T.tolist())


def differences(one, other):
    return sum(a != b for a, b in zip(one, other, strict=True))


@PROPERTY
@given(windows_of_alleles())
def test_similarity_goes_from_the_most_central_haplotype_to_the_nearest_remaining(drawn):
    for matrix, encoded in zip(drawn, encode(drawn, "similarity", POLARISED), strict=True):
        left = by_alleles(matrix)
        # `min` takes the first of equals.
        last = min(left, key=lambda one: sum(differences(one, other) for other in left))
        expected = []
        while left:
            last = min(left, key=lambda one: differences(one, last))
            left.remove(last)
            expected.append(last)
        assert [tuple(column) for column in encoded.T.tolist()] == expected


def test_differences_are_exact_over_many_sites():
    matrices = np.array(random_matrices([5000] * 2, 6))
    encoded = encode(matrices, "similarity", POLARISED)
    for matrix, ordered in zip(matrices, encoded, strict=True):
        columns = by_alleles(matrix)
        totals = [sum(differences(one, other) for other in columns) for one in columns]
        assert tuple(ordered[:, 0].tolist()) == columns[totals.index(min(totals))]
        away = [differences(columns[totals.index(min(totals))], other) for other in columns]
        assert differences(ordered[:, 0].tolist(), ordered[:, 1].tolist()) == sorted(away)[1]


@PROPERTY
@given(windows_of_alleles(most_sites=4))
def test_frequency_puts_the_commonest_haplotypes_first(drawn):
    for matrix, encoded in zip(drawn, encode(drawn, "frequency", POLARISED), strict=True):
        columns = by_alleles(matrix)
        expected = sorted(columns, key=lambda one: -columns.count(one))
        assert [tuple(column) for column in encoded.T.tolist()] == expected


def test_order_of_alleles_over_more_sites_than_bits_of_a_number():
    (matrix,) = random_matrices([200], 12)
    matrix[:150] = 0  # the first difference comes late
    order, _, new = order_haplotypes(matrix.T[None])
    assert [tuple(c) for c in matrix.T[order[0]].tolist()] == by_alleles(matrix)
    assert new.all()


@PROPERTY
@given(windows_of_alleles())
def test_encoding_moves_haplotypes_and_changes_none(drawn):
    for observation in (POLARISED, FOLDED):
        seen = code_alleles(drawn, None, observation, 1)
        for order in ("similarity", "frequency"):
            for before, after in zip(seen, encode(drawn, order, observation), strict=True):
                assert by_alleles(before) == by_alleles(after)
        np.testing.assert_array_equal(encode(drawn, "sampled", observation), seen)


@PROPERTY
@given(windows_of_alleles(), st.randoms(use_true_random=False))
def test_the_sampled_order_leaves_no_trace(drawn, random):
    shuffled = drawn[:, :, random.sample(range(drawn.shape[2]), drawn.shape[2])]
    equal = (2 * drawn.sum(axis=2, dtype=int) == drawn.shape[2]).any()
    for order in ("similarity", "frequency"):
        encoded = encode(drawn, order, POLARISED)
        np.testing.assert_array_equal(encode(shuffled, order, POLARISED), encoded)
        # Where both alleles are equally frequent, the first sampled haplotype tells which is 0.
        if not equal:
            folded = encode(drawn, order, FOLDED)
            np.testing.assert_array_equal(encode(shuffled, order, FOLDED), folded)


def test_folding_leaves_the_sampled_order_a_trace_where_both_alleles_are_equally_frequent():
    matrices = np.array(random_matrices([60] * 20, 6, seed=8))
    encoded = encode(matrices, "sampled", FOLDED)
    shuffled = encode(matrices[:, :, ::-1], "sampled", FOLDED)[:, :, ::-1]
    assert (encoded != shuffled).any()
    equal = 2 * encoded.sum(axis=2, dtype=int) == matrices.shape[2]
    np.testing.assert_array_equal(encoded[~equal], shuffled[~equal])


@PROPERTY
@given(windows_of_alleles(most_windows=6))
def test_a_window_is_encoded_alike_alone_and_among_others(drawn):
    assume(len(drawn) > 1)
    for order in ORDERS:
        for observation in (POLARISED, FOLDED):
            together = encode(drawn, order, observation)
            alone = [encode(window[None], order, observation)[0] for window in drawn]
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
        options = GenomeOptions(masked=False, ancestral=ancestral, step=1)
        samples = make_samples(HAPLOTYPES // 2)
        (found[known],), _ = reading.read_genome(path, samples, make_observation(), options)
    return found


def tile_of(shard, encoded):
    """Return the window of a genome that holds what is seen of its one replicate."""
    (first,), (count,), (start,) = stretches.choose_stretches(all_of(shard), encoded)
    if not encoded.pad:
        # A tile has as many sites as the net reads, so any stretch of it is all of it.
        ((first, *_),), _ = stretches.choose_sites(
            np.array([0]), np.array([count]), encoded, np.array([0.3])
        )
        count = encoded.sites
    end = start + encoded.length
    return tiles.Tiles(*(np.array([int(n)]) for n in (first, count, start, end)))


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
        tile = tile_of(shard, encoded)
        by_shard = encoding.encode_shard(shard, np.array([0]), encoded, observation)
        by_vcf = encoding.encode_contig(contigs[polarised], tile, encoded, observation)
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
    assert by_vcf.mask.sum() == min(tile.count[0], encoded.sites)
    if not polarised:
        assert (2 * copies <= HAPLOTYPES).all()


def test_the_replicate_has_sites_that_folding_changes(genome):
    copies = np.unpackbits(genome[0].haplotypes, axis=1, count=HAPLOTYPES).sum(axis=1)
    assert (2 * copies > HAPLOTYPES).sum() > 5


def test_a_random_stretch_of_a_genome_belongs_to_its_window(contigs):
    contig = contigs[True]
    random = {"stretch": "random", "pad": True, "length": 50_000, "seed": 1, "order": "sampled"}

    def positions(step, **changes):
        ((_, tiled),) = tiles.tile_contigs([contig], 8, step, 50_000)
        encoded = make_encoding(**random | changes)
        windows = encoding.encode_contig(contig, tiled, encoded, POLARISED)
        return dict(zip(tiled.start.tolist(), windows.positions.tolist(), strict=True))

    often, seldom = positions(step=5_000), positions(step=20_000)
    assert set(seldom) < set(often)
    assert all(often[start] == sites for start, sites in seldom.items())
    assert positions(step=5_000, seed=2) != often
    first = [sites[0] for sites in positions(step=5_000, stretch="first").values()]
    assert [sites[0] for sites in often.values()] != first


def test_writing_a_vcf_leaves_no_other_file(genome):
    _, path = genome
    assert sorted(p.name for p in path.parent.iterdir()) == ["00000.npz", "genome.vcf.gz"]
