"""Bits on a device, made numbers batch by batch."""

import numpy as np
import pytest
import torch
from helpers.data import make_encoding
from helpers.models import padded, varied_matrices, windows_of

from coalflow.evaluation.cards import NetInput
from coalflow.models import batches


def make_batch(windows, rows=slice(None), **encoding):
    return batches.DeviceWindows(windows, make_encoding(**encoding), "cpu").make_batch(rows)


@pytest.mark.parametrize(("coding", "numbers"), [("binary", (0, 1)), ("signed", (-1, 1))])
@pytest.mark.parametrize("haplotypes", [6, 8, 21])
def test_alleles_become_numbers_and_padding_0(coding, numbers, haplotypes):
    windows = padded(windows_of(varied_matrices(5, 1, 7, haplotypes)), 2, 3)
    coded, _, mask = make_batch(windows, coding=coding)
    expected = np.array(numbers, np.float32)[windows.haplotypes] * windows.mask[:, :, None]
    assert coded.dtype == torch.float32
    assert coded.shape == windows.shape
    np.testing.assert_array_equal(coded, expected)
    np.testing.assert_array_equal(mask, windows.mask)


def test_rows_are_a_slice_or_a_tensor():
    windows = windows_of(varied_matrices(6, 2))
    for rows in (slice(2, 4), torch.tensor([5, 0, 5])):
        for ours, theirs in zip(make_batch(windows, rows), make_batch(windows[rows]), strict=True):
            assert torch.equal(ours, theirs)


def test_sites_are_given_by_position_distance_or_both():
    windows = windows_of(varied_matrices(1, 3, sites=4))
    windows.positions[:] = [0.25, 0.5, 0.5, 1]  # two sites can share a base
    windows = padded(windows, 2, 2)
    blank = [0, 0]
    # In units of an eighth, as there are eight columns; the first from the window's left end.
    expected = {
        "position": [[*blank, 0.25, 0.5, 0.5, 1, *blank]],
        "distance": [[*blank, 2, 2, 0, 4, *blank]],
    }
    expected["both"] = expected["position"] + expected["distance"]
    for positions, channels in expected.items():
        _, given, _ = make_batch(windows, positions=positions)
        assert given[0].T.tolist() == channels
        shape = batches.measure_input_shape(windows, make_encoding(positions=positions))
        assert shape == NetInput(sites=8, haplotypes=6, channels=len(channels))


def test_windows_that_do_not_fit_on_the_device_are_copied_there_in_batches(monkeypatch):
    windows, rows = padded(windows_of(varied_matrices(6, 2)), 1, 2), torch.tensor([5, 0, 5])
    expected = make_batch(windows, rows)
    monkeypatch.setattr(batches, "can_stay", lambda size, device: False)
    for ours, theirs in zip(make_batch(windows, rows), expected, strict=True):
        assert torch.equal(ours, theirs)


@pytest.mark.parametrize(("free", "can_stay"), [(1e4, True), (100, False)])
def test_windows_stay_if_they_leave_half_of_the_gpus_memory(free, can_stay, monkeypatch):
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (free, 2e4))
    assert batches.can_stay(300, torch.device("cuda")) == can_stay
    assert batches.can_stay(300, torch.device("cpu"))


def test_a_net_predicts_from_as_many_alleles_at_a_time_as_there_is_memory_for(monkeypatch):
    windows = windows_of(varied_matrices(20, seed=1))
    _, sites, haplotypes = windows.shape
    sizes = []

    class Net(torch.nn.Module):
        def forward(self, haplotypes, positions, mask):
            sizes.append(len(haplotypes))
            return haplotypes.sum(dim=(1, 2))[:, None]

    def predict(part=slice(None)):
        inputs = batches.DeviceWindows(windows, make_encoding(), "cpu")
        (outputs,) = batches.predict_in_batches([Net()], inputs, part)
        return outputs

    at_once = predict()
    assert sizes == [20]
    monkeypatch.setattr(batches, "ALLELES_AT_ONCE", 8 * sites * haplotypes + 1)
    assert torch.equal(predict(), at_once)
    assert torch.equal(predict(slice(3, 13)), at_once[3:13])
    monkeypatch.setattr(batches, "ALLELES_AT_ONCE", 1)
    predict(slice(2))
    assert sizes == [20, 8, 8, 4, 8, 2, 1, 1]
