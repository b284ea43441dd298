"""Statistics of several populations against tskit, scikit-allel and plain definitions."""

import itertools

import allel
import numpy as np
import pandas as pd
import pytest
from helpers.data import PROPERTY, make_observation, make_samples, windows_of_alleles
from helpers.models import padded, varied_matrices, windows_of
from hypothesis import given
from hypothesis import strategies as st

from coalflow.config.schema.dataset import Features
from coalflow.config.schema.targets import StatisticTarget, Targets
from coalflow.statistics import features
from coalflow.statistics.features import summarise_windows
from coalflow.statistics.linkage import Linkage
from coalflow.statistics.populations import identity_tracts, linkage_within, pair_differences
from coalflow.statistics.site_statistics import compute_site_statistics
from coalflow.windows.packed_windows import Windows

TWO = make_samples({"B": 4, "A": 6}, ploidy=1)
FOUR = make_samples({"A": 4, "C": 4, "B": 4, "D": 2}, ploidy=1)


def summarise(windows, samples=TWO, polarised=True, phased=True, parts=(5,), missing=0.0):
    observation = make_observation(polarised=polarised, phased=phased, missing=missing)
    return summarise_windows(
        windows, Features(kinds=("populations",), parts=parts), samples, observation
    )


def draw_windows(number=12, sites=40, haplotypes=10, missing=False, per_row=1, seed=1):
    """Return windows with sites anywhere; rows of several alleles have the copies of 1 first."""
    generator = np.random.default_rng(seed)
    matrices = varied_matrices(number, seed, sites, haplotypes)
    called = None
    if missing:
        there = generator.random((number, sites, haplotypes // per_row)) < 0.9
        called = np.repeat(there, per_row, axis=2).astype(np.uint8)
        matrices = matrices & called
    if per_row > 1:
        individuals = matrices.reshape(number, sites, -1, per_row)
        matrices = -np.sort(-individuals.astype(np.int8), axis=3)
        matrices = matrices.astype(np.uint8).reshape(number, sites, haplotypes)
    positions = np.sort(generator.random((number, sites), dtype=np.float32), axis=1)
    mask = np.ones((number, sites), bool)
    return Windows.pack(matrices, positions, mask, called, per_row)


# Sites ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("missing", [False, True])
def test_statistics_that_can_be_targets_have_their_values(missing):
    windows = draw_windows(haplotypes=14, missing=missing)
    table = summarise(windows, FOUR, missing=0.1 if missing else 0.0)
    names = list("ABCD")
    chosen = [
        *(
            (name, (one,))
            for name in ("segregating_sites", "diversity", "tajimas_d")
            for one in "ABC"
        ),
        *((name, (one,)) for name in ("theta_h", "fay_wu_h") for one in names),
        *((name, of) for name in ("divergence", "fst") for of in itertools.combinations(names, 2)),
    ]
    if not missing:
        chosen += [("f2", of) for of in itertools.combinations(names, 2)]
        chosen += [("f3", of) for of in [("A", "B", "C"), ("B", "A", "D"), ("D", "B", "C")]]
        chosen += [("f4", of) for of in [tuple("ABCD"), tuple("ACBD"), tuple("ADBC")]]
    wanted = {
        features.name_column(name, of): StatisticTarget(statistic=name, of=of)
        for name, of in chosen
    }
    for name, values in compute_site_statistics(windows, wanted, FOUR.slices).items():
        np.testing.assert_allclose(table[name], np.nan_to_num(values), atol=1e-9, err_msg=name)


def test_divergence_and_patterson_d_are_those_of_scikit_allel():
    windows = draw_windows(haplotypes=14)
    table = summarise(windows, FOUR)
    for row, matrix in enumerate(windows.haplotypes):
        counts = {
            name: allel.HaplotypeArray(matrix[:, part]).count_alleles(max_allele=1)
            for name, part in FOUR.slices.items()
        }
        between = allel.mean_pairwise_difference_between(counts["A"], counts["C"]).sum()
        assert table["divergence_of_A_and_C"][row] == pytest.approx(between)
        above, below = allel.patterson_d(*(counts[name] for name in "ABCD"))
        d = table["patterson_d_of_A_and_B_and_C_and_D"][row]
        assert d == pytest.approx(np.nansum(above) / np.nansum(below))
        outgroup = np.tile([4, 0], (len(matrix), 1))
        above, below = allel.patterson_d(counts["A"], counts["B"], counts["C"], outgroup)
        d = table["patterson_d_of_A_and_B_and_C"][row]
        assert d == pytest.approx(np.nansum(above) / np.nansum(below))


@PROPERTY
@given(windows_of_alleles(), st.booleans())
def test_sites_are_counted_by_what_populations_share(drawn, polarised):
    number = drawn.shape[2]
    populations = {"B": slice(0, 2), "A": slice(2, number)}
    samples = make_samples({"B": 2, "A": number - 2}, ploidy=1)
    table = summarise(windows_of(drawn), samples, polarised=polarised, parts=())
    assert (table.abs() < 1e3).all(axis=None)
    classes = ("absent", "rare", "middle", "common", "fixed")
    for row, matrix in enumerate(drawn):
        found = dict.fromkeys(("private_A", "private_B", "shared", "fixed"), 0)
        joint = {}
        for site in matrix:
            shares = {name: site[rows].mean() for name, rows in populations.items()}
            varies = {name: 0 < share < 1 for name, share in shares.items()}
            found["private_A"] += varies["A"] and not varies["B"]
            found["private_B"] += varies["B"] and not varies["A"]
            found["shared"] += varies["A"] and varies["B"]
            found["fixed"] += abs(shares["A"] - shares["B"]) == 1
            both = [
                0 if x == 0 else 4 if x == 1 else 1 if x < 1 / 3 - 1e-9 else 2 + (x > 2 / 3 + 1e-9)
                for x in (shares["A"], shares["B"])
            ]
            if not polarised:
                both = min(both, [4 - index for index in both])
            cell = "_".join(classes[index] for index in both)
            joint[cell] = joint.get(cell, 0) + 1
        assert table["private_sites_of_A"][row] == found["private_A"]
        assert table["private_sites_of_B"][row] == found["private_B"]
        assert table["shared_sites_of_A_and_B"][row] == found["shared"]
        assert table["fixed_sites_of_A_and_B"][row] == found["fixed"]
        cells = [f"{one}_{other}" for one in classes for other in classes]
        cells = [cell for cell in cells if f"sites_{cell}_of_A_and_B" in table]
        assert len(cells) == (23 if polarised else 12)
        for cell in cells:
            assert table[f"sites_{cell}_of_A_and_B"][row] == joint.pop(cell, 0), cell
        assert set(joint) <= {"absent_absent", "fixed_fixed"}


def test_an_allele_is_private_if_all_other_populations_have_the_other_one():
    sites = np.zeros((5, 14), np.uint8)
    sites[0, :2] = 1  # in A alone
    sites[1, :8] = 1  # no population varies
    sites[2, 1:] = 1  # the other allele is in A alone
    sites[3, 2:8] = 1  # A varies, C has what B and D have not
    sites[4, [0, 9]] = 1  # A and B vary
    table = summarise(windows_of(sites[None]), FOUR)
    assert table["private_sites_of_A"][0] == 2
    assert table["private_sites_of_B"][0] == 0


# Pairs of haplotypes -------------------------------------------------------------------------


def count_differences(windows, row, sites=slice(None)):
    """Return how many alleles each two rows of a window differ by, and compare, one by one."""
    dosages = windows.dosages[row][sites] * windows.alleles_per_row
    differ = np.abs(dosages[:, :, None] - dosages[:, None])
    return np.nansum(differ, axis=0), (~np.isnan(differ)).sum(axis=0) * windows.alleles_per_row


@pytest.mark.parametrize("per_row", [1, 2])
def test_differences_within_and_between_are_those_of_all_pairs(per_row):
    samples = make_samples({"B": 4, "A": 6}, ploidy=per_row)
    windows = draw_windows(haplotypes=10 * per_row, per_row=per_row)
    table = summarise(windows, samples, phased=per_row == 1)
    b, a = range(4), range(4, 10)
    for row in range(len(windows)):
        apart, _ = count_differences(windows, row)
        between = apart[np.ix_(a, b)]
        within = {
            "A": [apart[i, j] for i, j in itertools.combinations(a, 2)],
            "B": [apart[i, j] for i, j in itertools.combinations(b, 2)],
        }
        expected = {
            "d_min_of_A_and_B": between.min(),
            "g_min_of_A_and_B": between.min() / between.mean(),
            "variance_of_differences_of_A": np.var(within["A"]),
            "nearest_difference_of_A_and_B": between.min(axis=1).mean() / between.mean(),
            "nearest_difference_of_B_and_A": between.min(axis=0).mean() / between.mean(),
            "snn_of_A_and_B": compute_snn(apart, [a, b]),
        }
        for of, name in (("A_and_B", "A"), ("B_and_A", "B")):
            mean = np.mean(within[name])
            expected[f"d_min_ratio_of_{of}"] = between.min() / (between.min() + mean)
            expected[f"d_min_rank_of_{of}"] = np.mean(within[name] <= between.min())
        for name, value in expected.items():
            assert table[name][row] == pytest.approx(value), name
        part = np.minimum(windows.positions[row] * 5, 4).astype(int)
        for number in range(5):
            apart, _ = count_differences(windows, row, part == number)
            between = apart[np.ix_(a, b)]
            got = table[f"d_min_of_A_and_B_{number + 1}_of_5"][row]
            assert got == between.min()
            ratio = between.min() / between.mean() if between.any() else 0
            assert table[f"g_min_of_A_and_B_{number + 1}_of_5"][row] == pytest.approx(ratio)


def compute_snn(apart, populations):
    """Return Hudson's (2000) Snn, one haplotype at a time."""
    found = []
    for own, other in (populations, populations[::-1]):
        for i in own:
            distances = [(apart[i, j], j in own) for j in (*own, *other) if j != i]
            least = min(distances)[0]
            nearest = [is_own for distance, is_own in distances if distance == least]
            found.append(np.mean(nearest))
    return np.mean(found)


def test_alleles_that_are_not_called_are_left_out_of_differences():
    windows = draw_windows(missing=True)
    table = summarise(windows, missing=0.1)
    for row in range(len(windows)):
        apart, compared = count_differences(windows, row)
        between = (slice(4, 10), slice(0, 4))
        shares = apart[between] / compared[between]
        assert table["d_min_of_A_and_B"][row] == pytest.approx(shares.min() * 40, rel=1e-6)
        ratio = shares.min() / shares.mean()
        assert table["g_min_of_A_and_B"][row] == pytest.approx(ratio, rel=1e-6)


# Linkage and tracts --------------------------------------------------------------------------


@pytest.mark.parametrize("per_row", [1, 2])
def test_linkage_within_populations_is_that_of_their_windows(per_row):
    samples = make_samples({"B": 4, "A": 6}, ploidy=per_row)
    windows = draw_windows(haplotypes=10 * per_row, per_row=per_row)
    table = summarise(windows, samples, phased=per_row == 1)
    found = {}
    for name, rows in {**samples.slices, "both": slice(0, 10 * per_row)}.items():
        mask = np.ones((12, 40), bool)
        alleles = windows.haplotypes[:, :, rows]
        part = Windows.pack(alleles, windows.positions, mask, None, per_row)
        found[name] = Linkage(part, [np.tile([0, 40], (12, 1))]).compute_zns(0)[:, 0]
    for name in "AB":
        np.testing.assert_allclose(table[f"zns_of_{name}"], found[name], rtol=1e-4)
    zx = (found["A"] + found["B"]) / 2 / found["both"]
    np.testing.assert_allclose(table["zx_of_A_and_B"], zx, rtol=1e-4)


def test_linkage_needs_two_sites():
    sites = np.zeros((5, 1, 10), np.uint8)
    for copies in range(5):
        sites[copies, 0, 4 : 5 + copies] = 1
    table = summarise(windows_of(sites))
    names = ["zns_of_A", "zns_of_B", "zx_of_A_and_B"]
    assert (table[names] == 0).all(axis=None)


def test_alleles_that_are_not_called_are_the_mean_for_linkage():
    windows = draw_windows(missing=True)
    table = summarise(windows, missing=0.1)
    for row, dosages in enumerate(windows.dosages[:, :, 4:10]):
        filled = np.where(np.isnan(dosages), np.nanmean(dosages, axis=1, keepdims=True), dosages)
        varying = filled[filled.std(axis=1) > 1e-6]
        r = np.corrcoef(varying)[np.triu_indices(len(varying), 1)]
        assert table["zns_of_A"][row] == pytest.approx((r**2).mean(), rel=1e-4)


@pytest.mark.parametrize("per_row", [1, 2])
def test_tracts_are_the_longest_runs_of_stretches_without_a_difference(per_row):
    samples = make_samples({"B": 4, "A": 6}, ploidy=per_row)
    windows = draw_windows(haplotypes=10 * per_row, per_row=per_row, sites=30)
    table = summarise(windows, samples, phased=per_row == 1)
    for row in range(len(windows)):
        stretch = np.minimum(windows.positions[row] * 64, 63).astype(int)
        rows = windows.haplotypes[row].reshape(30, 10, per_row).transpose(1, 0, 2)

        def find_tract(i, j, rows=rows, stretch=stretch):
            differing = np.zeros(64, bool)
            differing[stretch[(rows[i] != rows[j]).any(axis=1)]] = True
            runs = [len(list(run)) for differs, run in itertools.groupby(differing) if not differs]
            return max(runs, default=0) / 64

        pairs = {
            "A": itertools.combinations(range(4, 10), 2),
            "B": itertools.combinations(range(4), 2),
            "A_and_B": itertools.product(range(4, 10), range(4)),
        }
        for of, chosen in pairs.items():
            tracts = [find_tract(i, j) for i, j in chosen]
            assert table[f"longest_tract_of_{of}"][row] == max(tracts)
            assert table[f"mean_longest_tract_of_{of}"][row] == pytest.approx(np.mean(tracts))


@given(st.integers(0, 2**64 - 1))
def test_longest_runs_are_found(number):
    runs = max(map(len, f"{number:064b}".split("0")))
    assert identity_tracts.find_longest_runs(np.array([number], np.uint64))[0] == runs


# What they depend on, and what not -----------------------------------------------------------


@pytest.mark.parametrize("missing", [False, True])
@pytest.mark.parametrize("per_row", [1, 2])
def test_the_order_of_populations_and_of_haplotypes_does_not_matter(per_row, missing):
    windows = draw_windows(haplotypes=20, per_row=per_row, missing=missing)
    individuals = 20 // per_row
    one = make_samples({"A": 6, "B": individuals - 6}, ploidy=per_row)
    other = make_samples({"B": individuals - 6, "A": 6}, ploidy=per_row)
    generator = np.random.default_rng(2)
    order = np.r_[6 + generator.permutation(individuals - 6), generator.permutation(6)]
    haplotypes = (order[:, None] * per_row + np.arange(per_row)).ravel()
    called = windows.called
    turned = Windows.pack(
        windows.haplotypes[:, :, haplotypes],
        windows.positions,
        windows.mask,
        None if called is None else called[:, :, haplotypes],
        per_row,
    )
    tables = [
        summarise(each, samples, phased=per_row == 1, missing=0.1 if missing else 0.0)
        for each, samples in ((windows, one), (turned, other))
    ]
    exact = not missing
    pd.testing.assert_frame_equal(*tables, check_exact=exact, **({} if exact else {"rtol": 1e-6}))


def test_populations_exchanged_by_name_have_exchanged_statistics():
    windows = draw_windows()
    one = summarise(windows, make_samples({"A": 4, "B": 6}, ploidy=1))
    other = summarise(windows, make_samples({"B": 4, "A": 6}, ploidy=1))
    for statistic in ("diversity", "private_sites", "zns", "haplotype_count", "longest_tract"):
        for name, exchanged in ("AB", "BA"):
            np.testing.assert_array_equal(
                one[f"{statistic}_of_{name}"], other[f"{statistic}_of_{exchanged}"]
            )
    for statistic in ("d_min_rank", "d_min_ratio"):
        np.testing.assert_array_equal(
            one[f"{statistic}_of_A_and_B"], other[f"{statistic}_of_B_and_A"]
        )
    for statistic in ("divergence", "fst", "d_min", "zx", "snn", "fixed_sites"):
        name = f"{statistic}_of_A_and_B"
        np.testing.assert_allclose(one[name], other[name], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("missing", [False, True])
@pytest.mark.parametrize("polarised", [False, True])
def test_chunks_and_padding_change_no_bit(missing, polarised, monkeypatch):
    windows = draw_windows(number=20, haplotypes=14, missing=missing)
    options = {"samples": FOUR, "polarised": polarised, "missing": 0.1 if missing else 0.0}
    whole = summarise(windows, **options)
    if not missing:
        wide = summarise(padded(windows, 3, 30), **options)
        pd.testing.assert_frame_equal(wide, whole, check_exact=True)
    for at_once in (1, 7, 19):
        monkeypatch.setattr(features, "ALLELES_AT_ONCE", at_once * 40 * 14)
        monkeypatch.setattr(linkage_within, "VALUES_AT_ONCE", 1)
        monkeypatch.setattr(pair_differences, "COUNTS_AT_ONCE", 1)
        monkeypatch.setattr(identity_tracts, "COMPARED_AT_ONCE", 1)
        pd.testing.assert_frame_equal(summarise(windows, **options), whole, check_exact=True)


@pytest.mark.parametrize("missing", [False, True])
def test_folded_statistics_do_not_see_which_allele_is_ancestral(missing):
    windows = draw_windows(missing=missing)
    called = windows.called
    flipped = windows.haplotypes ^ 1 if called is None else (windows.haplotypes ^ 1) & called
    other = Windows.pack(flipped, windows.positions, windows.mask, called)
    one, other = (
        summarise(each, polarised=False, missing=0.1 if missing else 0.0)
        for each in (windows, other)
    )
    # Tracts take what is not called for 0.
    kept = [name for name in one if not (missing and "tract" in name)]
    np.testing.assert_allclose(one[kept], other[kept], rtol=1e-5, atol=1e-9)


# Which there are -----------------------------------------------------------------------------


def test_one_population_has_none():
    assert list(summarise(draw_windows(), make_samples(10, ploidy=1))) == []


@pytest.mark.parametrize("polarised", [False, True])
def test_a_population_of_one_haplotype_has_only_what_compares_it(polarised):
    samples = make_samples({"A": 6, "N": 1, "B": 3}, ploidy=1)
    table = summarise(draw_windows(), samples, polarised=polarised)
    assert np.isfinite(table).all(axis=None)
    of_one = [name for name in table if name.endswith("_of_N")]
    assert of_one == []
    compared = {name.removesuffix("_of_A_and_N") for name in table if name.endswith("_of_A_and_N")}
    assert {"divergence", "d_min", "g_min", "fixed_sites", "longest_tract"} <= compared
    assert compared.isdisjoint({"fst", "f2", "shared_sites", "snn", "zx"})
    assert "f3_of_A_and_B_and_N" in table
    assert "f3_of_N_and_A_and_B" not in table
    assert "d_min_rank_of_A_and_N" in table
    assert "d_min_rank_of_N_and_A" not in table
    assert "tajimas_d_of_B" not in table


def test_an_individual_alone_is_not_compared_with_others_of_its_population():
    samples = make_samples({"A": 4, "N": 1}, ploidy=2)
    table = summarise(draw_windows(per_row=2), samples, phased=False)
    assert "diversity_of_N" in table
    assert "zns_of_N" not in table
    assert np.isfinite(table).all(axis=None)


def test_windows_without_a_site_have_the_statistics_of_no_variation():
    blank = Windows.pack(
        np.zeros((3, 5, 14), np.uint8), np.zeros((3, 5), np.float32), np.zeros((3, 5), bool)
    )
    table = summarise(blank, FOUR)
    ones = ("haplotype_count", "h12", "d_min_rank", "longest_tract", "mean_longest_tract")
    others = [name for name in table if not name.startswith((*ones, "snn"))]
    assert (table[others] == 0).all(axis=None)
    assert (table[[name for name in table if name.startswith(ones)]] == 1).all(axis=None)


def test_populations_that_are_a_target_are_withheld_in_any_order():
    names = list(summarise(draw_windows(haplotypes=14), FOUR))
    for of, hidden in {
        ("B", "A"): {"f2_of_A_and_B"},
        ("C", "B", "A"): {
            "f3_of_A_and_B_and_C",
            "f3_of_B_and_A_and_C",
            "f3_of_C_and_A_and_B",
        },
        ("D", "C", "B", "A"): {
            "f4_of_A_and_B_and_C_and_D",
            "f4_of_A_and_C_and_B_and_D",
            "f4_of_A_and_D_and_B_and_C",
        },
    }.items():
        target = StatisticTarget(statistic=f"f{len(of)}", of=of)
        kept = features.drop_targets(names, Targets(definitions={"f": target}))
        assert set(names) - set(kept) == hidden
