"""What the net reads of several populations, and that no order makes a difference."""

import itertools

import numpy as np
import pytest
import torch
from helpers.data import make_encoding
from helpers.models import random_windows
from hypothesis import given, settings
from hypothesis import strategies as st

from coalflow.config.registry.nets import NETS
from coalflow.models import batches, nets
from coalflow.models.nets.coalflow_populations import make_first_layer
from coalflow.models.nets.first_layer import SITE_CHANNELS
from coalflow.models.nets.populations import summaries
from coalflow.windows.packed_windows import Windows

SIZES = {"sech": 6, "sim": 9}
POPULATIONS = tuple(SIZES.items())
OF_ONE = 2 * SITE_CHANNELS + 2  # numbers of a population in the window
PROPERTY = settings(max_examples=15, deadline=None)


def summarise(windows, populations=POPULATIONS):
    number = len(populations)
    got = summaries.summarise_populations(*windows, populations)
    return got[:number], got[number], got[number + 1 : -1], got[-1]


def make_windows(haplotypes=15, seed=0, unphased=False):
    alleles, positions, mask = random_windows(haplotypes=haplotypes, seed=seed, padding=7)
    if unphased:
        other, _, _ = random_windows(haplotypes=haplotypes, seed=seed + 1, padding=7)
        alleles = (alleles + other) / 2
    return alleles, positions, mask


def equal(left, right):
    return all(torch.equal(*pair) for pair in zip(left, right, strict=True))


# What is read -------------------------------------------------------------------------------------


def test_there_are_as_many_numbers_as_stated():
    for populations in (POPULATIONS, (("a", 3), ("b", 1), ("c", 7), ("d", 4))):
        counts = summaries.count_channels(len(populations))
        in_parts, parts, in_window, window = summarise(make_windows(), populations)
        assert {array.shape[-1] for array in in_parts} == {counts.in_part}
        assert {array.shape[-1] for array in in_window} == {counts.in_window}
        assert (parts.shape[-1], window.shape[-1]) == (counts.part, counts.window)
        assert all(array.isfinite().all() for array in (*in_parts, parts, *in_window, window))


@pytest.mark.parametrize("unphased", [False, True])
@pytest.mark.parametrize("populations", [POPULATIONS, (("a", 3), ("b", 1), ("c", 7), ("d", 4))])
def test_haplotypes_of_one_population_alone_are_the_same_to_the_bit(populations, unphased):
    windows = make_windows(unphased=unphased)
    in_parts, *_ = summarise(windows, populations)
    for (name, _), expected in zip(populations, in_parts, strict=True):
        alone = summaries.summarise_haplotypes(*windows, populations, name)
        assert torch.equal(alone, expected)


def test_divergence_and_kinds_of_sites_of_two_populations():
    windows = make_windows()
    windows[0][:, ::5, :6] = 1  # some sites that are fixed in one, in both, or between them
    windows[0][:, ::10, 6:] = 0
    windows[0][:, 3::7, 6:] = 0
    windows[0].mul_(windows[2][:, :, None])
    _, _, _, window = summarise(windows)
    for index, alleles in enumerate(windows[0].double().numpy()):
        one, other = alleles[:, :6], alleles[:, 6:]
        pairs = itertools.product(one.T, other.T)
        dxy = np.mean([np.sum(a != b) for a, b in pairs])
        within = [
            np.mean([np.sum(a != b) for a, b in itertools.combinations(part.T, 2)])
            for part in (one, other)
        ]
        means = [part.mean(axis=1) for part in (one, other)]
        vary = [(mean > 0) & (mean < 1) for mean in means]
        expected = [
            np.sum(vary[0] & vary[1]),
            np.sum(np.abs(means[0] - means[1]) == 1),
            np.sum(vary[0] & (means[1] == 0)),
            np.sum(vary[1] & (means[0] == 0)),
            np.sum(vary[0] & (means[1] == 1)) + np.sum(vary[1] & (means[0] == 1)),
            dxy,
        ]
        start = 3 * OF_ONE + summaries.JOINT**2
        got = window[index].numpy()
        np.testing.assert_allclose(got[start : start + 6], expected, rtol=1e-4)
        net, fst = got[-3:-1]
        assert net == pytest.approx(dxy - np.mean(within), abs=1e-3)
        assert fst == pytest.approx(1 - (np.mean(within) + 0.1) / (dxy + 0.1), abs=1e-3)


def test_a_haplotype_that_came_from_the_other_population_is_nearer_to_it():
    alleles, positions, mask = make_windows()
    alleles[:, :, :6] = 0  # each population has alleles 1 of its own
    alleles[:, 1::2, :6] = (torch.rand(alleles[:, 1::2, :6].shape) < 0.8).float()
    alleles[:, 1::2, 6:] = 0
    alleles[:, :, 0] = alleles[:, :, 8]
    alleles.mul_(mask[:, :, None])
    in_parts, _, in_window, _ = summarise((alleles, positions, mask))
    for array in (in_parts[0], in_window[0]):  # the last number is of where its alleles are from
        came, stayed = array[:, 0, ..., -1], array[:, 1:, ..., -1]
        assert (came > 0).float().mean() > 0.9
        assert (stayed < 0).float().mean() > 0.9


# Orders -------------------------------------------------------------------------------------------


@PROPERTY
@given(
    first=st.permutations(range(6)),
    second=st.permutations(range(6, 15)),
    unphased=st.booleans(),
    seed=st.integers(0, 99),
)
def test_the_order_within_a_population_changes_no_bit(first, second, unphased, seed):
    alleles, *others = make_windows(seed=seed, unphased=unphased)
    in_parts, parts, in_window, window = summarise((alleles, *others))
    moved = summarise((alleles[:, :, [*first, *second]], *others))
    assert equal([parts, window], [moved[1], moved[3]])
    for before, after in ((in_parts, moved[0]), (in_window, moved[2])):
        assert torch.equal(before[0][:, first], after[0])
        assert torch.equal(before[1][:, [row - 6 for row in second]], after[1])


@PROPERTY
@given(unphased=st.booleans(), seed=st.integers(0, 99))
def test_populations_that_exchange_names_exchange_summaries_to_the_bit(unphased, seed):
    alleles, *others = make_windows(seed=seed, unphased=unphased)
    in_parts, parts, in_window, window = summarise((alleles, *others))
    turned = torch.cat([alleles[:, :, 6:], alleles[:, :, :6]], dim=2)
    exchanged = summarise((turned, *others), (("sech", 9), ("sim", 6)))
    assert equal(in_parts, exchanged[0][::-1])
    assert equal(in_window, exchanged[2][::-1])
    assert torch.equal(window[:, OF_ONE : 2 * OF_ONE], exchanged[3][:, 2 * OF_ONE : 3 * OF_ONE])
    assert torch.equal(window[:, 2 * OF_ONE : 3 * OF_ONE], exchanged[3][:, OF_ONE : 2 * OF_ONE])
    size = summaries.JOINT
    joint, other = (
        array[:, 3 * OF_ONE : 3 * OF_ONE + size**2].unflatten(1, (size, size))
        for array in (window, exchanged[3])
    )
    assert torch.equal(joint, other.transpose(1, 2))
    assert torch.equal(window[:, -3:], exchanged[3][:, -3:])
    assert torch.equal(parts[..., -2:], exchanged[1][..., -2:])


def test_a_window_gives_the_same_bits_in_any_batch():
    windows = [torch.cat(parts) for parts in zip(make_windows(), make_windows(seed=5), strict=True)]
    layer = make_first_layer(2)
    together = layer.summarise(*windows, POPULATIONS)
    for index in range(len(windows[0])):
        alone = layer.summarise(*(array[index : index + 1] for array in windows), POPULATIONS)
        assert equal([array[index : index + 1] for array in together], alone)


# The net ------------------------------------------------------------------------------------------


def pack(alleles, populations, called=None, per_row=1):
    number, sites, _ = alleles.shape
    positions = np.tile(np.linspace(0, 1, sites, dtype=np.float32), (number, 1))
    mask = np.ones((number, sites), bool)
    return Windows.pack(alleles, positions, mask, called, per_row, populations)


def predict(name, windows):
    encoding = make_encoding()
    shape = batches.measure_input_shape(windows, encoding)
    torch.manual_seed(3)
    net = nets.build_net(name, shape, 2)
    inputs = batches.DeviceWindows(windows, encoding, "cpu", net.first_layer)
    if net.first_layer is not None:
        net.calibrate(inputs.make_batch(slice(None)))
    return batches.predict_in_batches([net], inputs)[0]


@pytest.mark.parametrize("per_row", [1, 2])
@pytest.mark.parametrize("name", ["coalflow", "axial_transformer", "dilated_residual", "spidna"])
def test_the_order_in_which_populations_are_sampled_changes_no_bit(name, per_row):
    generator = np.random.default_rng(2)
    alleles = generator.integers(0, 2, (4, 30, 16), dtype=np.uint8)
    called = generator.integers(0, 6, alleles.shape) > 0
    alleles, called = alleles & called, called.astype(np.uint8)
    turned = [np.concatenate([each[..., 6:], each[..., :6]], axis=2) for each in (alleles, called)]
    one = pack(alleles, (("sim", 6 // per_row), ("sech", 10 // per_row)), called, per_row)
    other = pack(turned[0], (("sech", 10 // per_row), ("sim", 6 // per_row)), turned[1], per_row)
    assert torch.equal(predict(name, one), predict(name, other))


@pytest.mark.parametrize("name", ["coalflow", "axial_transformer"])
def test_whose_haplotypes_they_are_makes_a_difference(name):
    alleles = np.random.default_rng(2).integers(0, 2, (4, 30, 12), dtype=np.uint8)
    outputs = [predict(name, pack(alleles, (("a", first), ("b", 12 - first)))) for first in (4, 6)]
    assert not torch.allclose(*outputs)


def test_other_numbers_of_haplotypes_than_in_training_are_read():
    torch.manual_seed(1)
    shape = nets.NetInput(sites=60, haplotypes=15, channels=1, populations=POPULATIONS)
    net = nets.build_net("coalflow", shape, 1).eval()
    net.calibrate(summaries.summarise_populations(*make_windows(), POPULATIONS))
    more = summaries.summarise_populations(*make_windows(41), (("sech", 40), ("sim", 1)))
    assert net(*more).isfinite().all()


def test_a_window_read_from_the_right_is_mirrored():
    alleles, positions, mask = random_windows(haplotypes=15)
    layer = make_first_layer(2)
    direct = layer.summarise(alleles.flip(1), (1 - positions).flip(1), mask, POPULATIONS)
    turned = layer.mirror(layer.summarise(alleles, positions, mask, POPULATIONS))
    for left, right in zip(direct, turned, strict=True):
        torch.testing.assert_close(left, right, rtol=2e-2, atol=2e-2)


def test_the_table_of_shapes_lists_all_layers():
    shape = nets.NetInput(sites=60, haplotypes=15, channels=1, populations=POPULATIONS)
    for name in NETS:
        net = nets.build_net(name, shape, 1)
        lines = nets.tabulate_shapes(net, shape).splitlines()[1:-1]
        assert [line.split()[0] for line in lines][-len(dict(net.named_children())) :] == [
            layer for layer, _ in net.named_children()
        ]


def test_windows_without_sites_and_many_populations_are_read():
    alleles, positions, mask = random_windows(haplotypes=12)
    mask[0] = False
    populations = tuple((name, 1 + index % 3) for index, name in enumerate("abcdef"))
    alleles.mul_(mask[:, :, None])
    net = nets.build_net(
        "coalflow",
        nets.NetInput(sites=60, haplotypes=12, channels=1, populations=populations),
        3,
    )
    inputs = net.first_layer.summarise(alleles, positions * mask, mask, populations)
    net.calibrate(inputs)
    assert all(array.isfinite().all() for array in inputs)
    assert net.eval()(*inputs).isfinite().all()
