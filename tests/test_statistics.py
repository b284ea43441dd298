"""Statistics of matrices against the textbook, scikit-allel and the true trees."""

import itertools
from collections import Counter

import allel
import numpy as np
import pytest
from conftest import padded, windows_of
from helpers_data import (
    PROPERTY,
    computed,
    constant_history,
    seen_as,
    targets_of,
    textbook_d,
    windows_of_alleles,
)
from hypothesis import given
from hypothesis import strategies as st

from coalflow import encoding, seeds, shards, statistics, tree_statistics
from coalflow.encoding import Windows
from coalflow.observation import code
from coalflow.simulation import neutral

SAMPLES, HAPLOTYPES, SITES = 10, 20, 40


@pytest.fixture(scope="module")
def replicates():
    """Return 30 tree sequences of 40 sites or more, with few sites and with many."""
    made = []
    for size, recombination_rate in ((3_000, 0.0), (3_000, 1e-8), (20_000, 1e-8)):
        parameters = {
            "sequence_length": 100_000,
            "mutation_rate": 1.5e-8,
            "recombination_rate": recombination_rate,
        }
        windows = [
            neutral.window(
                constant_history(size), SAMPLES, parameters, seeds.replicate_seed(5, "cell", number)
            )
            for number in range(40)
        ]
        made += [window for window in windows if window.num_sites >= SITES][:10]
    assert len(made) == 30
    return made


@pytest.fixture(scope="module")
def matrices(replicates, tmp_path_factory):
    """Return the middle 40 sites of each replicate, by way of a shard."""
    writer = shards.Writer()
    for number, tree_sequence in enumerate(replicates):
        writer.add(tree_sequence, number, number)
    path = tmp_path_factory.mktemp("shards") / "00000.npz"
    writer.write(path, {}, {"cell": "all", **shards.of_samples([("all", HAPLOTYPES)], 1)})
    shard = shards.read(path)
    plain = {"sites": SITES, "stretch": "central", "pad": False, "order": "sampled"}
    return encoding.of_shard(shard, np.arange(30), plain, seen_as(polarised=True)).haplotypes


def tajimas_d(matrices):
    return computed("tajimas_d", windows_of(matrices))


def diversity(matrices):
    return computed("diversity", windows_of(matrices))


def summary(name):
    """Return a function that gives a column of the summaries of matrices."""

    def of_matrices(matrices):
        values, names = statistics.summaries(windows_of(matrices), {}, {})
        return values[:, names.index(name)]

    return of_matrices


def all_summaries(matrices):
    return statistics.summaries(windows_of(matrices), {}, {})[0]


def spectrum(matrices):
    values, names = statistics.summaries(windows_of(matrices), {}, {})
    return values[:, [place for place, name in enumerate(names) if name.endswith("_copies")]]


segregating_sites, haplotype_count = summary("segregating_sites"), summary("haplotype_count")


# Tajima's D ----------------------------------------------------------------------------------


def varies(matrix):
    return (matrix != matrix[:, :1]).any(axis=1)


@PROPERTY
@given(windows_of_alleles())
def test_tajimas_d_is_that_of_the_textbook_and_of_scikit_allel(drawn):
    for matrix, d in zip(drawn, tajimas_d(drawn), strict=True):
        if varies(matrix).any():
            carriers = matrix.sum(axis=1, dtype=int)
            counts = np.column_stack([matrix.shape[1] - carriers, carriers])
            by_allel = allel.tajima_d(allel.AlleleCountsArray(counts), min_sites=1)
            assert d == pytest.approx(textbook_d(matrix), abs=1e-12, rel=0)
            assert d == pytest.approx(by_allel, abs=1e-12, rel=0)
        else:
            assert np.isnan(d)


def test_tajimas_d_of_simulations_is_that_of_the_textbook_and_of_scikit_allel(matrices):
    d = tajimas_d(matrices)
    by_textbook = [textbook_d(matrix) for matrix in matrices]
    np.testing.assert_allclose(d, by_textbook, rtol=0, atol=1e-12)
    for matrix, value in zip(matrices, d, strict=True):
        counts = allel.HaplotypeArray(matrix.astype("i1")).count_alleles(max_allele=1)
        assert value == pytest.approx(allel.tajima_d(counts), abs=1e-12, rel=0)


def test_tajimas_d_is_that_of_the_true_trees_around_the_same_sites(replicates, matrices):
    for tree_sequence, d in zip(replicates, tajimas_d(matrices), strict=True):
        positions = tree_sequence.sites_position
        first = (len(positions) - SITES) // 2
        ends = [0.0, positions[first], tree_sequence.sequence_length]
        if first + SITES < len(positions):
            ends.insert(2, positions[first + SITES])
        assert tree_sequence.segregating_sites(windows=ends, span_normalise=False)[1] == SITES
        true = tree_sequence.Tajimas_D(windows=ends)[1]
        assert d == pytest.approx(true, abs=1e-10, rel=0)


@pytest.mark.parametrize("allele", [0, 1])
def test_tajimas_d_without_variation_is_nan(allele):
    matrices = np.full((2, 5, 6), allele, np.uint8)
    matrices[1, 2, 3] ^= 1
    assert np.isnan(tajimas_d(matrices)).tolist() == [True, False]


# The other statistics ------------------------------------------------------------------------


@PROPERTY
@given(windows_of_alleles())
def test_diversity_is_the_mean_difference_of_pairs(drawn):
    for matrix, pi in zip(drawn, diversity(drawn), strict=True):
        pairs = itertools.combinations(matrix.T, 2)
        assert pi == pytest.approx(np.mean([(one != other).sum() for one, other in pairs]))


@PROPERTY
@given(windows_of_alleles())
def test_segregating_sites_are_those_that_vary(drawn):
    expected = [varies(matrix).sum() for matrix in drawn]
    np.testing.assert_array_equal(segregating_sites(drawn), expected)


@PROPERTY
@given(windows_of_alleles())
def test_spectrum_counts_sites_by_their_carriers(drawn):
    haplotypes = drawn.shape[2]
    expected = [
        [(matrix.sum(axis=1, dtype=int) == copies).sum() for copies in range(1, haplotypes)]
        for matrix in drawn
    ]
    np.testing.assert_array_equal(spectrum(drawn), expected)


@PROPERTY
@given(windows_of_alleles())
def test_haplotype_count_is_of_different_columns(drawn):
    expected = [len({column.tobytes() for column in matrix.T}) for matrix in drawn]
    np.testing.assert_array_equal(haplotype_count(drawn), expected)


def test_haplotype_count_sees_repeats():
    matrix = np.array([[0, 0, 1, 1, 0], [0, 0, 1, 0, 0]], np.uint8)
    assert haplotype_count(matrix[None]).tolist() == [3]


@given(st.integers(0, 1000), st.integers(2, 50))
@PROPERTY
def test_watterson_theta_divides_by_the_harmonic_number(segregating, haplotypes):
    harmonic = sum(1 / i for i in range(1, haplotypes))
    theta = tree_statistics.watterson_theta(segregating, haplotypes)
    assert theta == pytest.approx(segregating / harmonic, rel=1e-12)


def test_summaries_are_the_statistics_by_name(matrices):
    values, names = statistics.summaries(windows_of(matrices), {}, {})
    columns = dict(zip(names, values.T, strict=True))
    assert len(names) == len(set(names)) == HAPLOTYPES - 1 + 7 * (1 + 5 + 11) + 1
    for copies in range(1, HAPLOTYPES):
        carried = (matrices.sum(axis=2, dtype=int) == copies).sum(axis=1)
        np.testing.assert_array_equal(columns[f"sites_with_{copies}_copies"], carried)
    np.testing.assert_array_equal(columns["segregating_sites"], SITES)
    np.testing.assert_array_equal(columns["diversity"], diversity(matrices))
    harmonic = sum(1 / i for i in range(1, HAPLOTYPES))
    np.testing.assert_allclose(columns["watterson_theta"], SITES / harmonic, rtol=1e-12)
    np.testing.assert_array_equal(columns["tajimas_d"], tajimas_d(matrices))


# What statistics do not depend on ------------------------------------------------------------

STATISTICS = [tajimas_d, diversity, all_summaries]


@PROPERTY
@given(windows_of_alleles(), st.randoms(use_true_random=False))
def test_the_order_of_haplotypes_does_not_matter(drawn, random):
    order = list(range(drawn.shape[2]))
    random.shuffle(order)
    for statistic in STATISTICS:
        np.testing.assert_allclose(
            statistic(drawn[:, :, order]), statistic(drawn), rtol=0, atol=1e-12
        )


@PROPERTY
@given(windows_of_alleles())
def test_folding_changes_neither_tajimas_d_nor_diversity(drawn):
    folded = code(drawn, None, seen_as(), 1)
    for statistic in (tajimas_d, diversity, segregating_sites):
        np.testing.assert_allclose(statistic(folded), statistic(drawn), rtol=0, atol=1e-12)


@pytest.mark.parametrize("at_once", [1, 7, 29, 30, 31])
def test_chunks_change_no_result(matrices, monkeypatch, at_once):
    whole = [statistic(matrices) for statistic in STATISTICS]
    monkeypatch.setattr(statistics, "ALLELES_AT_ONCE", at_once * SITES * HAPLOTYPES)
    for statistic, expected in zip(STATISTICS, whole, strict=True):
        np.testing.assert_array_equal(statistic(matrices), expected)


def test_windows_of_one_chunk_do_not_mix(matrices):
    for statistic in STATISTICS:
        alone = [statistic(matrices[number : number + 1])[0] for number in range(30)]
        np.testing.assert_allclose(statistic(matrices), alone, rtol=0, atol=1e-12)


# Parts of a window ---------------------------------------------------------------------------


@st.composite
def placed_windows(draw):
    """Draw windows with sites at any place, some of them at a part's very edge."""
    drawn = draw(windows_of_alleles(most_sites=12))
    windows, sites, _ = drawn.shape
    places = st.one_of(st.floats(0, 1, width=32), st.sampled_from([0, 0.2, 0.4, 1 / 11, 6 / 11, 1]))
    rows = st.lists(places, min_size=sites, max_size=sites).map(sorted)
    positions = draw(st.lists(rows, min_size=windows, max_size=windows))
    return Windows.of(drawn, np.array(positions, np.float32), np.ones((windows, sites), bool))


def part_of(position, parts):
    """Return the part in which a site is; the finest parts decide, so that parts nest."""
    finest = min(int(np.float32(position) * 55), 54)
    return finest * parts // 55


@PROPERTY
@given(placed_windows())
def test_parts_have_the_statistics_of_their_sites(windows):
    values, names = statistics.summaries(windows, {}, {})
    columns = dict(zip(names, values.T, strict=True))
    placed = zip(windows.haplotypes, windows.positions, strict=True)
    for number, (matrix, positions) in enumerate(placed):
        for parts in (5, 11):
            part = np.array([part_of(position, parts) for position in positions])
            for one in range(parts):
                sites = matrix[part == one]
                expected = textbook_of(sites)
                for name, value in expected.items():
                    got = columns[f"{name}_{one + 1}_of_{parts}"][number]
                    assert got == pytest.approx(value, abs=1e-9), (name, one, parts)


def textbook_of(sites):
    """Return the statistics of the sites of one part, one haplotype at a time."""
    number = sites.shape[1]
    counts = Counter(column.tobytes() for column in sites.T).most_common()
    frequencies = [count / number for _, count in counts]
    h1 = sum(f**2 for f in frequencies)
    first, second = (*frequencies, 0)[:2]
    pairs = [(one != other).sum() for one, other in itertools.combinations(sites.T, 2)]
    return {
        "segregating_sites": varies(sites).sum(),
        "diversity": np.mean(pairs),
        "tajimas_d": textbook_d(sites) if varies(sites).any() else 0.0,
        "h1": h1,
        "h12": h1 - first**2 - second**2 + (first + second) ** 2,
        "h2_h1": (h1 - first**2) / h1,
        "haplotype_count": len(frequencies),
    }


def test_haplotype_statistics_are_those_of_scikit_allel(matrices):
    for matrix, h1, h12, h2_h1 in zip(
        matrices, *(summary(name)(matrices) for name in ("h1", "h12", "h2_h1")), strict=True
    ):
        theirs = allel.garud_h(allel.HaplotypeArray(matrix.astype("i1")))
        assert (h1, h12, h2_h1) == pytest.approx((theirs[0], theirs[1], theirs[3]), abs=1e-12)


@PROPERTY
@given(placed_windows(), st.integers(0, 6), st.integers(0, 6))
def test_padding_changes_no_statistic(windows, left, right):
    wide = padded(windows, left, right)
    for (ours, names), (theirs, same_names) in [
        (statistics.summaries(wide, {}, {}), statistics.summaries(windows, {}, {}))
    ]:
        np.testing.assert_array_equal(ours, theirs)
        assert names == same_names
    for name in ("tajimas_d", "diversity", "fay_wu_h", "y1"):
        np.testing.assert_array_equal(computed(name, wide), computed(name, windows))


def test_windows_without_a_site_have_the_statistics_of_no_variation():
    blank = Windows.of(
        np.zeros((3, 5, 6), np.uint8), np.zeros((3, 5), np.float32), np.zeros((3, 5), bool)
    )
    values, names = statistics.summaries(blank, {}, {})
    assert np.isfinite(values).all()
    columns = dict(zip(names, values.T, strict=True))
    for name, value in {"h1": 1, "h12": 1, "h2_h1": 0, "haplotype_count": 1}.items():
        for place in ("", "_3_of_5", "_11_of_11"):
            assert (columns[name + place] == value).all()
    others = [n for n in names if not n.startswith(("h1", "h2", "haplotype_count"))]
    assert all((columns[name] == 0).all() for name in others)
    assert np.isnan(computed("tajimas_d", blank)).all()
    assert (computed("diversity", blank) == 0).all()


def test_the_target_is_not_among_the_summaries(matrices):
    _, names = statistics.summaries(windows_of(matrices), {}, {})
    for target in ("tajimas_d", "diversity"):
        _, without = statistics.summaries(windows_of(matrices), targets_of(target), {})
        assert set(names) - set(without) == {target}
    both = targets_of("diversity", "watterson_theta")
    _, without = statistics.summaries(windows_of(matrices), both, {})
    assert set(names) - set(without) == {"diversity", "watterson_theta", "segregating_sites"}
    _, with_all = statistics.summaries(windows_of(matrices), targets_of("history"), {})
    assert with_all == names
