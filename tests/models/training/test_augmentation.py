"""Augmented windows are windows as they would really be observed."""

import numpy as np
import pytest
import torch
from helpers.data import (
    PROPERTY,
    make_encoding,
    make_observation,
    make_samples,
    windows_of_alleles,
)
from helpers.models import make_view, replicates_of, varied_matrices
from helpers.training import make_plan, run, same_weights
from helpers.windows import find_common_alleles
from hypothesis import given
from hypothesis import strategies as st

from coalflow.config.registry.nets import NETS
from coalflow.config.schema.training import Augment
from coalflow.evaluation.cards import NetInput
from coalflow.models import batches
from coalflow.models.nets import build_net
from coalflow.models.training import augmentation, processes
from coalflow.models.training.augmentation import Augmentation
from coalflow.windows import encoding
from coalflow.windows.packed_windows import Windows
from coalflow.windows.stretches import choose_sites

COLUMNS = 12
OBSERVATIONS = st.builds(
    lambda polarised, phased, fewest: make_observation(
        polarised=polarised, phased=phased, minimum_allele_count=fewest
    ),
    st.booleans(),
    st.booleans(),
    st.integers(1, 2),
)


def encode_with(stretch):
    """Return how windows are encoded here, padding where ``stretch`` puts it."""
    return make_encoding(sites=COLUMNS, pad=True, length=10_000, order="sampled", stretch=stretch)


def encode(alleles, called, positions, observed, stretch):
    """Return one window as it is encoded, by the way that all data take.

    ``alleles`` and ``called`` are (sites, haplotypes), the second may be None.
    """
    ploidy = 2
    kept = find_common_alleles(alleles, called, observed.minimum_allele_count)
    alleles, positions = alleles[kept], positions[kept]
    rows, mask = choose_sites(np.array([0]), np.array([len(alleles)]), encode_with(stretch))
    rows = np.where(mask, rows, 0)

    def columns(values):
        if not len(values):
            return np.zeros((*mask.shape, *values.shape[1:]), values.dtype)
        wide = mask.reshape(*mask.shape, *[1] * (values.ndim - 1))
        return np.where(wide, values[rows], 0).astype(values.dtype)

    samples = make_samples(alleles.shape[1] // ploidy, ploidy)
    called = None if called is None else columns(called[kept])
    return encoding.encode_windows(
        columns(alleles), called, columns(positions), mask, samples, encode_with(stretch), observed
    )


def assert_same(sites, windows, stretch):
    """Compare sites after augmentation with windows that were encoded as they are then."""
    expected = batches.DeviceWindows(windows, encode_with(stretch), "cpu")
    found = expected.code_sites(sites)
    for ours, theirs in zip(found, expected.make_batch(slice(None)), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-6)


@st.composite
def one_window(draw):
    """Draw alleles of individuals with two copies, what was called of them, and positions."""
    alleles = draw(windows_of_alleles(most_windows=1, most_sites=COLUMNS))[0]
    alleles = alleles[:, : alleles.shape[1] // 2 * 2]
    called = None
    if draw(st.booleans()):
        seed = draw(st.integers(0, 1000))
        individuals = (len(alleles), alleles.shape[1] // 2)
        called_individuals = np.random.default_rng(seed).random(individuals) < 0.8
        called = np.repeat(called_individuals, 2, axis=1).astype(np.uint8)
        alleles = alleles & called
    return alleles, called, np.linspace(0, 1, len(alleles), dtype=np.float32)


@PROPERTY
@given(one_window(), OBSERVATIONS, st.sampled_from(["central", "first"]), st.data())
def test_thinned_windows_are_those_of_fewer_haplotypes(window, observed, stretch, data):
    alleles, called, positions = window
    individuals = alleles.shape[1] // 2
    kept = np.array(sorted(data.draw(st.sets(st.integers(0, individuals - 1), min_size=1))))
    haplotypes = (kept[:, None] * 2 + [0, 1]).flatten()
    full = encode(alleles, called, positions, observed, stretch)
    inputs = batches.DeviceWindows(full, encode_with(stretch), "cpu")
    rows = torch.as_tensor(kept if full.alleles_per_row == 2 else haplotypes)
    thinned = augmentation.thin(
        inputs.unpack_sites(slice(None)), rows, full.alleles_per_row, observed
    )
    fewer = None if called is None else called[:, haplotypes]
    expected = encode(alleles[:, haplotypes], fewer, positions, observed, stretch)
    assert_same(augmentation.close_gaps(thinned, stretch), expected, stretch)


@PROPERTY
@given(one_window(), OBSERVATIONS, st.sampled_from(["central", "first"]))
def test_mirrored_windows_are_those_read_from_the_right(window, observed, stretch):
    alleles, called, positions = window
    full = encode(alleles, called, positions, observed, stretch)
    inputs = batches.DeviceWindows(full, encode_with(stretch), "cpu")
    mirrored = augmentation.mirror(inputs.unpack_sites(slice(None)), torch.tensor([True]))
    turned = None if called is None else called[::-1]
    expected = encode(alleles[::-1], turned, 1 - positions[::-1], observed, stretch)
    assert_same(augmentation.close_gaps(mirrored, stretch), expected, stretch)
    same = augmentation.mirror(inputs.unpack_sites(slice(None)), torch.tensor([False]))
    assert_same(augmentation.close_gaps(same, stretch), full, stretch)


@PROPERTY
@given(one_window(), st.booleans(), st.integers(0, 1000))
def test_flipped_sites_are_those_whose_alleles_were_swapped(window, phased, seed):
    alleles, called, positions = window
    observed = make_observation(polarised=True, phased=phased)
    varying = find_common_alleles(alleles, called, 1)
    alleles, positions = alleles[varying], positions[varying]
    called = None if called is None else called[varying]
    flipped = np.random.default_rng(seed).random(len(alleles)) < 0.5
    others = (np.uint8(1) if called is None else called) - alleles
    swapped = np.where(flipped[:, None], others, alleles)
    full = encode(alleles, called, positions, observed, "first")
    columns = torch.zeros(1, COLUMNS, dtype=torch.bool)
    columns[0, : len(flipped)] = torch.as_tensor(flipped)
    inputs = batches.DeviceWindows(full, encode_with("first"), "cpu")
    found = augmentation.flip(inputs.unpack_sites(slice(None)), columns)
    assert_same(found, encode(swapped, called, positions, observed, "first"), "first")


# Batches -----------------------------------------------------------------------------------------


def load_windows(number=200):
    windows = replicates_of(varied_matrices(number, 1)).windows
    # Lopsided, so that a mirrored window differs from the window.
    windows.positions[:] = windows.positions**2
    return batches.DeviceWindows(windows, make_view().encoding, "cpu")


def make_batch(inputs, rows, augment, seed=1, together=processes.ALONE, pad=False):
    view = make_view()
    view = view.model_copy(update={"encoding": view.encoding.model_copy(update={"pad": pad})})
    generator = torch.Generator().manual_seed(seed)
    augmenter = Augmentation(Augment(**augment), view)
    return augmenter.augment_batch(inputs, rows, together, generator)


def test_without_augmentation_windows_are_as_they_are():
    inputs, rows = load_windows(), torch.tensor([3, 1])
    for ours, theirs in zip(make_batch(inputs, rows, {}), inputs.make_batch(rows), strict=True):
        assert torch.equal(ours, theirs)


def test_half_of_the_windows_are_mirrored():
    inputs, rows = load_windows(), torch.arange(200)
    _, positions, _ = make_batch(inputs, rows, {"mirror": True})
    mirrored = (positions != inputs.make_batch(rows)[1]).any(dim=(1, 2)).sum().item()
    assert 72 <= mirrored <= 128  # binomial, p = 1e-4


def test_the_requested_fraction_of_sites_is_flipped():
    inputs, rows = load_windows(), torch.arange(200)
    haplotypes, _, _ = make_batch(inputs, rows, {"flip": 0.1})
    flipped = (haplotypes != inputs.make_batch(rows)[0]).all(dim=2)
    assert flipped.eq((haplotypes != inputs.make_batch(rows)[0]).any(dim=2)).all()
    assert 113 <= flipped.sum().item() <= 210  # of 1,600, binomial, p = 1e-4


def test_numbers_of_haplotypes_are_drawn_evenly():
    inputs, rows = load_windows(), torch.arange(2)
    found = [
        make_batch(inputs, rows, {"thin": 4}, seed, pad=True)[0].shape[2] for seed in range(300)
    ]
    counts = np.bincount(found, minlength=7)
    assert counts[:4].sum() == 0
    assert (counts[4:] > 68).all()  # each 100 +- 8


# In the order of models EUR, the smaller, is first, though its rows are last.
SEVERAL = (("AFR", 6), ("EUR", 5), ("OLD", 2))


def load_populations(seed=3, first_layer=None):
    """Return windows of several populations, of which each row can be known by its alleles."""
    alleles = np.zeros((4, 16, 13), np.uint8)
    alleles[:, :13] = np.eye(13, dtype=np.uint8)
    alleles[:, 13:] = np.random.default_rng(seed).integers(0, 2, (4, 3, 13))
    places = np.tile(np.linspace(0.1, 0.9, 16, dtype=np.float32), (4, 1))
    order = ("OLD", "EUR", "AFR")
    packed = Windows.pack(alleles, places, np.ones((4, 16), bool), populations=SEVERAL, order=order)
    return batches.DeviceWindows(packed, make_view().encoding, "cpu", first_layer)


def test_each_population_is_thinned_and_keeps_its_place():
    inputs, rows = load_populations(), torch.arange(4)
    counts, sizes = {name: set() for name, _ in SEVERAL}, dict(SEVERAL)
    whole = inputs.make_batch(rows)[0][0, :13]
    first, of_whom = 0, {}
    for name, _ in inputs.ordered:
        for row in whole[:, first : first + sizes[name]].T:
            of_whom[int(row.argmax())] = name
        first += sizes[name]
    for seed in range(100):
        generator = torch.Generator().manual_seed(seed)
        kept, populations = augmentation.draw_rows(4, inputs, generator)
        observed = make_observation(polarised=True)
        thinned = augmentation.thin(inputs.unpack_sites(rows), kept, 1, observed)
        ordered = augmentation.order_populations(thinned, populations, inputs)
        made = inputs.code_sites(*ordered)[0][0, :13]
        numbers = dict(populations)
        assert made.shape[1] == sum(numbers.values())
        found = [of_whom[int(row.argmax())] for row in made.T]
        assert found == [name for name, _ in inputs.ordered for _ in range(numbers[name])]
        for name, number in populations:
            counts[name].add(number)
    assert counts == {"AFR": {4, 5, 6}, "EUR": {4, 5}, "OLD": {2}}


def test_a_net_learns_from_thinned_populations():
    ordered = load_populations().ordered
    shape = NetInput(sites=16, haplotypes=13, channels=1, populations=ordered)
    net = build_net("coalflow", shape, 1)
    inputs = load_populations(first_layer=net.first_layer)
    made = make_batch(inputs, torch.arange(4), {"thin": 4, "mirror": True}, pad=True)
    assert made[0].shape[1] == 2 and made[2].shape[1] <= 6
    assert torch.isfinite(net(*made)).all()


@pytest.mark.parametrize("augment", [{"mirror": True}, {"flip": 0.3}, {"thin": 4}])
def test_processes_share_what_is_drawn(augment):
    inputs, rows = load_windows(), torch.arange(11)
    whole = make_batch(inputs, rows, augment, pad=True)
    for rank in range(2):
        mine = make_batch(inputs, rows, augment, together=processes.Processes(rank, 2), pad=True)
        for ours, theirs in zip(mine, whole, strict=True):
            assert torch.equal(ours, theirs[rank::2])


def test_training_with_augmentation_gives_the_same_bits(train, validation, tmp_path):
    plan = make_plan(epochs=2, augment={"mirror": True, "flip": 0.1})
    trained = [run(train, validation, plan, tmp_path / f"{n}.pt") for n in range(2)]
    plain = run(train, validation, make_plan(epochs=2), tmp_path / "plain.pt")
    assert same_weights(trained[0][0], trained[1][0])
    assert not same_weights(trained[0][0], plain[0])


def test_redrawn_errors_are_learned_from_the_second_epoch_on(train, validation, tmp_path):
    plan = make_plan(epochs=3, augment={"errors": True})
    other = train.windows[np.arange(len(train))[::-1]]
    epochs = []

    def redraw(epoch):
        epochs.append(epoch)
        return other

    redrawn, _ = run(train, validation, plan, tmp_path / "redrawn.pt", redraw=redraw)
    same, _ = run(train, validation, plan, tmp_path / "same.pt", redraw=lambda _: train.windows)
    assert epochs == [2, 3]
    assert not same_weights(redrawn, same)


# What makes sense --------------------------------------------------------------------------------


ALL = {"mirror", "thin", "flip", "errors"}
AUGMENT = Augment(mirror=True, thin=4, flip=0.1, errors=True)


def list_kept(net="coalflow", target="population_size", pad=True, samples=10, **observed):
    """Return which of all augmentations are kept."""
    view = make_view(target, make_samples(samples))
    observation = make_observation(**{"polarised": True, "genotype_error": 0.01, **observed})
    encoding = view.encoding.model_copy(update={"pad": pad})
    view = view.model_copy(update={"encoding": encoding, "observation": observation})
    kept = augmentation.keep_applicable(AUGMENT, NETS[net], view)
    assert all(value in (getattr(AUGMENT, name), None, False) for name, value in kept)
    return {name for name, value in kept if value}


def test_a_nets_own_augmentation_is_taken_where_it_makes_sense():
    assert list_kept() == set(ALL)
    assert list_kept(net="flagel_tajimas_d") == set(ALL) - {"thin"}
    assert list_kept(pad=False) == set(ALL) - {"thin"}
    assert list_kept(samples={"A": 5, "B": 5}) == set(ALL)
    both = {"A": 5, "B": 5}
    assert list_kept(net="axial_transformer", samples=both) == set(ALL) - {"thin"}
    assert list_kept(samples=2) == set(ALL) - {"thin"}
    assert list_kept(target="diversity") == set(ALL) - {"thin", "errors"}
    assert list_kept(target="coalescence_time") == set(ALL) - {"thin"}
    assert list_kept(polarised=False) == set(ALL) - {"flip"}
    assert list_kept(genotype_error=0) == set(ALL) - {"errors"}
