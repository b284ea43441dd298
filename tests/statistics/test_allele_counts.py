"""Statistics of windows in which genotypes are missing."""

import allel
import numpy as np
import pytest
from helpers.data import compute, summarise
from helpers.models import varied_matrices, windows_of

from coalflow.config.schema.targets import StatisticTarget
from coalflow.statistics import site_statistics
from coalflow.windows.packed_windows import Windows


def with_called(windows, called, alleles_per_row=1):
    """Return windows in which only these alleles are called."""
    alleles = windows.haplotypes & called
    return Windows.pack(alleles, windows.positions, windows.mask, called, alleles_per_row)


def some_called(shape, seed, rate=0.2):
    called = (np.random.default_rng(seed).random(shape) > rate).astype(np.uint8)
    called[:, :, :2] = 1
    return called


@pytest.fixture(scope="module")
def windows():
    return windows_of(varied_matrices(40, 1, sites=30, haplotypes=12))


def test_where_all_are_called_nothing_changes(windows):
    all_called = with_called(windows, np.ones(windows.shape, np.uint8))
    ours, theirs = summarise(all_called), summarise(windows)
    assert list(ours) == list(theirs)
    np.testing.assert_array_equal(ours, theirs)


SETS = {"north": slice(0, 5), "south": slice(5, 12)}
OF_SETS = [
    *(
        (name, of)
        for name in ("segregating_sites", "diversity", "tajimas_d", "theta_h", "fay_wu_h")
        for of in ((), ("south",))
    ),
    ("watterson_theta", ("north",)),
    ("divergence", ("north", "south")),
    ("fst", ("north", "south")),
]


@pytest.mark.parametrize(("statistic", "of"), OF_SETS)
def test_where_all_are_called_statistics_of_populations_are_those_of_tskit(windows, statistic, of):
    statistics = {"wanted": StatisticTarget(statistic=statistic, of=of)}
    all_called = with_called(windows, np.ones(windows.shape, np.uint8))
    ours, theirs = (
        site_statistics.compute_site_statistics(chosen, statistics, SETS)["wanted"]
        for chosen in (all_called, windows)
    )
    np.testing.assert_allclose(ours, theirs, rtol=1e-9)


def test_what_is_undefined_with_genotypes_missing_is_nan(windows):
    lost = with_called(windows, some_called(windows.shape, 2))
    for name, of in (("f2", ("north", "south")), ("y1", ())):
        statistics = {"wanted": StatisticTarget(statistic=name, of=of)}
        computed = site_statistics.compute_site_statistics(lost, statistics, SETS)
        assert np.isnan(computed["wanted"]).all()


def test_pi_and_sites_are_those_of_scikit_allel(windows):
    called = some_called(windows.shape, 2)
    lost = with_called(windows, called)
    columns = summarise(lost)
    for number in range(len(lost)):
        alleles = np.where(called[number] == 1, lost.haplotypes[number], -1).astype("i1")
        counts = allel.HaplotypeArray(alleles).count_alleles(max_allele=1)
        pi = allel.mean_pairwise_difference(counts).sum()
        assert columns["diversity"][number] == pytest.approx(pi)
        assert columns["segregating_sites"][number] == counts.is_segregating().sum()
        harmonic = [1 / (1 / np.arange(1, n)).sum() for n in counts.sum(axis=1)]
        varying = counts.is_segregating()
        theta = np.array(harmonic)[varying].sum()
        assert columns["watterson_theta"][number] == pytest.approx(theta)


def test_missing_genotypes_leave_means_as_they_are():
    """Pi and Watterson's theta are unbiased, and D stays about where it was."""
    random = np.random.default_rng(5)
    frequency = random.beta(0.5, 0.5, (3000, 20, 1))
    matrices = (random.random((3000, 20, 12)) < frequency).astype(np.uint8)
    truth = windows_of(matrices)
    lost = with_called(truth, (random.random(matrices.shape) > 0.2).astype(np.uint8))
    for name in ("diversity", "tajimas_d"):
        without_loss, with_loss = (compute(name, windows) for windows in (truth, lost))
        difference = with_loss - without_loss
        error = difference.std() / np.sqrt(len(difference))
        if name == "diversity":
            assert abs(difference.mean()) < 4 * error
        assert abs(difference.mean()) < 0.2 * without_loss.std()
        assert np.corrcoef(without_loss, with_loss)[0, 1] > 0.8


def test_parts_add_up(windows):
    lost = with_called(windows, some_called(windows.shape, 3))
    columns = summarise(lost)
    for name in ("diversity", "segregating_sites"):
        for parts in (5, 11):
            summed = sum(columns[f"{name}_{part + 1}_of_{parts}"] for part in range(parts))
            np.testing.assert_allclose(summed, columns[name])
    spectrum = sum(columns[f"sites_with_{k}_copies"] for k in range(1, 12))
    np.testing.assert_array_equal(spectrum, columns["segregating_sites"])


def test_windows_in_which_nothing_is_called_have_numbers_too():
    blank = Windows.pack(
        np.zeros((2, 5, 6), np.uint8),
        np.zeros((2, 5), np.float32),
        np.zeros((2, 5), bool),
        np.zeros((2, 5, 6), np.uint8),
    )
    assert np.isfinite(summarise(blank)).all(axis=None)
    assert np.isnan(compute("tajimas_d", blank)).all()
