"""Encoded windows: bits that can be chosen, replaced and unpacked."""

import numpy as np
from helpers.data import make_encoding, make_observation, make_samples
from helpers.models import windows_of
from helpers.windows import random_matrices

from coalflow.models import batches
from coalflow.windows import encoding
from coalflow.windows.packed_windows import Windows


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


def test_windows_know_which_rows_are_of_which_population():
    matrices = np.array(random_matrices([5] * 3, 20))
    samples = make_samples({"sech": 6, "sim": 4})
    parts = matrices, None, np.zeros((3, 5)), np.ones((3, 5), bool), samples, make_encoding()
    phased = encoding.encode_windows(*parts, make_observation(polarised=True))
    unphased = encoding.encode_windows(*parts, make_observation(phased=False, polarised=True))
    assert phased.populations == (("sech", 12), ("sim", 8))
    assert unphased.populations == (("sech", 6), ("sim", 4))
    assert phased[:2].populations == Windows.empty_like(phased, 4).populations == phased.populations
    assert windows_of(matrices).populations == (("all", 20),)
    shape = batches.measure_input_shape(unphased, make_encoding())
    assert shape.populations == unphased.populations
    assert batches.measure_input_shape(windows_of(matrices), make_encoding()).populations == ()
