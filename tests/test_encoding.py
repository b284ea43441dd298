"""From alleles to matrices: the same way for simulations and for genomes."""

import numpy as np
import pytest
from conftest import windows_of
from helpers_data import PROPERTY, central_rows, constant_history, windows_of_alleles
from hypothesis import assume, given
from hypothesis import strategies as st

from coalflow import encoding, genomes, seeds, shards
from coalflow.observation import observe
from coalflow.simulation import neutral

SIMILARITY, SAMPLED = {"order": "similarity"}, {"order": "sampled"}
POLARISED, FOLDED = {"polarised": True}, {"polarised": False}


def shard_of(matrices):
    """Return a shard in memory with these replicates, uint8 (sites, haplotypes) each."""
    sites = [len(matrix) for matrix in matrices]
    return shards.Shard(
        haplotypes=np.packbits(np.concatenate(matrices), axis=1),
        positions=np.concatenate([np.arange(s, dtype=float) for s in sites]),
        offsets=np.cumsum([0, *sites]),
        replicate=np.arange(len(matrices)),
        seed=np.arange(len(matrices), dtype=np.uint64),
        truth={"parameter/sequence_length": np.full(len(matrices), float(max(sites, default=1)))},
        meta={"haplotypes": matrices[0].shape[1]},
    )


def random_matrices(sites, haplotypes, seed=0):
    random = np.random.default_rng(seed)
    return [random.integers(0, 2, (s, haplotypes), dtype=np.uint8) for s in sites]


def middle(shard, chosen, sites, pad=False):
    """Return replicates of a shard as windows, alleles as they are."""
    encoded = {"sites": sites, "pad": pad, **SAMPLED}
    return encoding.of_shard(shard, chosen, encoded, POLARISED)


def encode(matrices, order, observation):
    """Return matrices as models see them."""
    windows = windows_of(matrices)
    return encoding.encode(*windows.arrays, order, observation).haplotypes


# Sites ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("haplotypes", [6, 8, 20])
@pytest.mark.parametrize("sites", [2, 4, 7])
def test_middle_sites_are_the_central_ones(sites, haplotypes):
    matrices = random_matrices([7, 8, 9, 30, 31, 7], haplotypes)
    chosen = np.array([4, 0, 1, 2, 3, 5, 4])  # any order, also twice
    windows = middle(shard_of(matrices), chosen, sites)
    assert windows.haplotypes.dtype == np.uint8
    assert windows.haplotypes.shape == (len(chosen), sites, haplotypes)
    assert windows.mask.all()
    for number, taken in zip(chosen, windows.haplotypes, strict=True):
        np.testing.assert_array_equal(taken, central_rows(matrices[number], sites))


def test_as_many_sites_are_left_out_on_either_side():
    site_by_site = np.eye(9, dtype=np.uint8)  # site i is carried by haplotype i alone
    (taken,) = middle(shard_of([site_by_site]), np.array([0]), 3).haplotypes
    np.testing.assert_array_equal(taken, site_by_site[3:6])


@pytest.mark.parametrize("sites", [4, 5, 8])
def test_padding_is_on_both_sides_and_masked(sites):
    numbers = [0, 1, 2, sites - 1, sites, sites + 1, sites + 7, 0]
    matrices = random_matrices(numbers, 6, seed=2)
    windows = middle(shard_of(matrices), np.arange(len(numbers)), sites, pad=True)
    assert windows.haplotypes.dtype == np.uint8
    assert windows.positions.dtype == np.float32
    for matrix, taken, positions, mask in zip(matrices, *windows.arrays, strict=True):
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
    windows = middle(shard, np.arange(3), 4, pad=True)
    assert windows.haplotypes.shape == (3, 4, 6)
    assert not any(array.any() for array in windows.arrays)


def test_positions_are_scaled_to_the_window():
    shard = shard_of(random_matrices([8], 6))  # at 0 to 7, in a window of 8 bases
    padded = middle(shard, np.array([0]), 10, pad=True)
    np.testing.assert_array_equal(padded.positions[padded.mask], np.arange(8) / 8)
    chosen = middle(shard, np.array([0]), 5)
    np.testing.assert_array_equal(chosen.positions[0], np.arange(5) / 4)


def padded(windows, left, right):
    """Return windows with more padding."""
    wide = [(0, 0), (left, right)]
    return encoding.Windows(
        np.pad(windows.haplotypes, [*wide, (0, 0)]),
        np.pad(windows.positions, wide),
        np.pad(windows.mask, wide),
    )


@PROPERTY
@given(windows_of_alleles(), st.integers(0, 5), st.integers(0, 5))
def test_padding_changes_neither_folding_nor_order(drawn, left, right):
    for order in (SIMILARITY, SAMPLED):
        for observation in (POLARISED, FOLDED):
            plain = windows_of(drawn)
            narrow = encoding.encode(*plain.arrays, order, observation)
            wide = encoding.encode(*padded(plain, left, right).arrays, order, observation)
            for ours, theirs in zip(wide.arrays, padded(narrow, left, right).arrays, strict=True):
                np.testing.assert_array_equal(ours, theirs)


def test_windows_can_be_chosen_and_replaced():
    windows = windows_of(np.array(random_matrices([5] * 4, 6)))
    other = windows_of(np.array(random_matrices([5] * 2, 6, seed=3)))
    assert len(windows[1:3]) == 2
    windows[np.array([3, 0])] = other
    np.testing.assert_array_equal(windows[[3, 0]].haplotypes, other.haplotypes)
    empty = encoding.Windows.empty(3, 5, 6)
    assert [array.dtype for array in empty.arrays] == [a.dtype for a in windows.arrays]
    assert [array.shape[1:] for array in empty.arrays] == [a.shape[1:] for a in windows.arrays]


# Observation ---------------------------------------------------------------------------------


@PROPERTY
@given(windows_of_alleles())
def test_known_ancestry_leaves_alleles_as_they_are(drawn):
    np.testing.assert_array_equal(observe(drawn, polarised=True), drawn)


@PROPERTY
@given(windows_of_alleles())
def test_unknown_ancestry_codes_the_rarer_allele_as_1(drawn):
    folded = observe(drawn, polarised=False)
    copies = folded.sum(axis=2, dtype=int)
    assert (2 * copies <= drawn.shape[2]).all()
    assert (folded[:, :, 0][2 * copies == drawn.shape[2]] == 0).all()
    np.testing.assert_array_equal(observe(folded, polarised=False), folded)
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
    np.testing.assert_array_equal(observe(drawn ^ flips, False), observe(drawn, False))


# Order ---------------------------------------------------------------------------------------


def differences(matrix):
    """Return the number of differing sites of all pairs of columns, one pair at a time."""
    return np.array([[(one != other).sum() for other in matrix.T] for one in matrix.T])


@PROPERTY
@given(windows_of_alleles())
def test_pairwise_differences_are_counts(drawn):
    for matrix, counted in zip(drawn, encoding.pairwise_differences(drawn), strict=True):
        np.testing.assert_array_equal(counted, differences(matrix))


def test_pairwise_differences_are_exact_over_many_sites():
    (matrix,) = random_matrices([5000], 6)
    counted = encoding.pairwise_differences(matrix[None])[0]
    np.testing.assert_array_equal(counted, differences(matrix))


@PROPERTY
@given(windows_of_alleles())
def test_similarity_order_goes_from_the_medoid_to_the_nearest_remaining(drawn):
    for matrix, order in zip(drawn, encoding.similarity_order(drawn), strict=True):
        between = differences(matrix)
        assert sorted(order) == list(range(drawn.shape[2]))
        assert between[order[0]].sum() == between.sum(axis=1).min()
        # Ties go to the earlier haplotype, and `index` finds the first.
        totals = between.sum(axis=1).tolist()
        assert order[0] == totals.index(min(totals))
        for place in range(1, len(order)):
            remaining = np.sort(order[place:])
            away = between[order[place - 1], remaining].tolist()
            assert order[place] == remaining[away.index(min(away))]


@PROPERTY
@given(windows_of_alleles())
def test_encoding_moves_haplotypes_and_changes_none(drawn):
    for observation in (POLARISED, FOLDED):
        seen = observe(drawn, observation["polarised"])
        for before, after in zip(seen, encode(drawn, SIMILARITY, observation), strict=True):
            assert sorted(c.tobytes() for c in before.T) == sorted(c.tobytes() for c in after.T)
        np.testing.assert_array_equal(encode(drawn, SAMPLED, observation), seen)


def has_ties(matrix):
    """Tell whether distances leave the order open: alike ones between different haplotypes."""
    distinct = np.unique(matrix, axis=1)
    copies = [(matrix == column[:, None]).all(axis=0).sum() for column in distinct.T]
    between = differences(distinct)
    pairs = between[np.triu_indices(len(between), k=1)]
    totals = between @ copies
    return len(set(pairs)) < len(pairs) or len(set(totals)) < len(totals)


def matrices_without_ties(haplotypes, repeated=0):
    """Return matrices in which distances settle the order; some haplotypes occur twice."""
    found = []
    for matrix in random_matrices([60] * 1000, haplotypes, seed=8):
        with_repeats = np.concatenate([matrix, matrix[:, :repeated]], axis=1)
        if not has_ties(with_repeats):
            found.append(with_repeats)
    assert len(found) >= 10
    return np.array(found)


@pytest.mark.parametrize("repeated", [0, 2])
def test_without_ties_the_sampled_order_leaves_no_trace(repeated):
    matrices = matrices_without_ties(5, repeated)
    random = np.random.default_rng(9)
    encoded = encode(matrices, SIMILARITY, POLARISED)
    for _ in range(10):
        shuffled = matrices[:, :, random.permutation(matrices.shape[2])]
        np.testing.assert_array_equal(encode(shuffled, SIMILARITY, POLARISED), encoded)


def test_without_ties_an_odd_number_of_folded_haplotypes_leaves_no_trace():
    matrices = matrices_without_ties(5)
    encoded = encode(matrices, SIMILARITY, FOLDED)
    shuffled = encode(matrices[:, :, ::-1], SIMILARITY, FOLDED)
    np.testing.assert_array_equal(shuffled, encoded)


def test_folding_leaves_the_sampled_order_a_trace_where_both_alleles_are_equally_frequent():
    # There the allele of the first sampled haplotype is 0. So the matrices agree once
    # those sites, and those alone, are coded by the first haplotype of the new order.
    matrices = matrices_without_ties(4, repeated=2)
    encoded = encode(matrices, SIMILARITY, FOLDED)
    shuffled = encode(matrices[:, :, ::-1], SIMILARITY, FOLDED)
    assert (encoded != shuffled).any()
    equal = 2 * encoded.sum(axis=2, dtype=int) == matrices.shape[2]
    np.testing.assert_array_equal(encoded[~equal], shuffled[~equal])
    np.testing.assert_array_equal(observe(encoded, False), observe(shuffled, False))


@PROPERTY
@given(windows_of_alleles(most_windows=6))
def test_a_window_is_encoded_alike_alone_and_among_others(drawn):
    assume(len(drawn) > 1)
    for order in (SIMILARITY, SAMPLED):
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
    seed = seeds.replicate_seed(6, "cell", 1)  # no base of this one is hit twice
    trees = neutral.genome(constant_history(10_000), SAMPLES, parameters, seed)
    folder = tmp_path_factory.mktemp("genome")
    writer = shards.Writer()
    writer.add(trees, 0, seed)
    truth = {"parameter/sequence_length": np.array([200_000])}
    writer.write(folder / "00000.npz", truth, {"cell": "all", "haplotypes": HAPLOTYPES})
    genomes.write_vcf(trees, folder / "genome.vcf.gz")
    return shards.read(folder / "00000.npz"), folder / "genome.vcf.gz"


@pytest.mark.parametrize(("observation", "ancestral"), [(POLARISED, "REF"), (FOLDED, None)])
@pytest.mark.parametrize("pad", [False, True])
def test_a_replicate_and_its_vcf_are_encoded_to_the_same_bits(genome, observation, ancestral, pad):
    shard, path = genome
    (contig,), _ = genomes.read(path, HAPLOTYPES, ancestral=ancestral)
    np.testing.assert_array_equal(contig.positions, shard.positions + 1)
    number = len(contig.positions)
    sites = number + 7 if pad else number - 7
    whole = genomes.Tiles(*(np.array([n]) for n in (0, number, 0, 200_000)))
    for order in (SIMILARITY, SAMPLED):
        encoded = {"sites": sites, "pad": pad, **order}
        tiles = whole if pad else genomes.Tiles(*(np.array([n]) for n in (3, sites, 0, 1)))
        by_shard = encoding.of_shard(shard, np.array([0]), encoded, observation)
        by_vcf = encoding.of_contig(contig, tiles, encoded, observation)
        for ours, theirs in zip(by_shard.arrays, by_vcf.arrays, strict=True):
            assert ours.dtype == theirs.dtype
            assert ours.tobytes() == theirs.tobytes()
        # Not blank, and not folded unless asked to.
        copies = by_vcf.haplotypes.sum(axis=2, dtype=int)
        assert ((copies > 0) == by_vcf.mask).all()
        assert by_vcf.mask.all() == (not pad)
        assert (2 * copies <= HAPLOTYPES).all() == (observation == FOLDED)


def test_writing_a_vcf_leaves_no_other_file(genome):
    _, path = genome
    assert sorted(p.name for p in path.parent.iterdir()) == ["00000.npz", "genome.vcf.gz"]
