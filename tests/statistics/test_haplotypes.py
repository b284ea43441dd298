"""Statistics of haplotype frequencies against scikit-allel and plain definitions."""

import allel
import numpy as np
import pytest
from helpers.data import PROPERTY, summarise
from helpers.models import varied_matrices, windows_of
from hypothesis import given
from hypothesis import strategies as st

from coalflow.windows.packed_windows import Windows


def test_haplotype_statistics_are_those_of_scikit_allel():
    matrices = varied_matrices(30, seed=6, sites=6, haplotypes=20)  # few sites: repeats
    table = summarise(windows_of(matrices))
    assert (table["haplotype_count"] < 20).any()
    for matrix, row in zip(matrices, table.itertuples(), strict=True):
        theirs = allel.garud_h(allel.HaplotypeArray(matrix.astype("i1")))
        expected = (theirs[0], theirs[1], theirs[3])
        assert (row.h1, row.h12, row.h2_h1) == pytest.approx(expected, abs=1e-12)


def test_haplotype_count_sees_repeats():
    matrix = np.array([[0, 0, 1, 1, 0], [0, 0, 1, 0, 0]], np.uint8)
    assert summarise(windows_of(matrix[None]))["haplotype_count"].tolist() == [3]


@PROPERTY
@given(st.integers(0, 2**32), st.integers(1, 3), st.booleans())
def test_individuals_are_the_same_if_and_only_if_their_genotypes_are(seed, ploidy, missing):
    random = np.random.default_rng(seed)
    individuals, sites = 6, 3
    copies = random.integers(0, ploidy + 1, (4, sites, individuals, 1))
    alleles = (np.arange(ploidy) < copies).astype(np.uint8).reshape(4, sites, -1)
    called = np.ones_like(alleles)
    if missing:
        individuals_called = (random.random((4, sites, individuals)) > 0.3).astype(np.uint8)
        called = np.repeat(individuals_called, ploidy, axis=2)
    plain = windows_of(alleles & called)
    args = plain.haplotypes, plain.positions, plain.mask
    windows = Windows.pack(*args, called if missing else None, ploidy)
    count = summarise(windows, kinds=["haplotypes"], parts=[])["haplotype_count"]
    genotypes = np.where(called, alleles, 9).reshape(4, sites, individuals, ploidy)
    for window, found in zip(genotypes, count, strict=True):
        different = {tuple(window[:, one].ravel().tolist()) for one in range(individuals)}
        assert found == len(different)
