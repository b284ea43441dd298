"""Augmented windows are windows as they would really be seen."""

import dataclasses

import numpy as np
import pytest
import torch
from helpers.data import PROPERTY, seen_as, targets_of, windows_of_alleles
from helpers.models import replicates_of, settings_of_models, varied_matrices
from helpers.training import run, same_weights, settings_of_training
from hypothesis import given
from hypothesis import strategies as st

from coalflow.models import batches, nets
from coalflow.models.training import augmentation, processes
from coalflow.models.training.augmentation import Augmentation
from coalflow.windows import encoding, observation

COLUMNS = 12
OBSERVATIONS = st.builds(
    lambda polarised, phased, fewest: seen_as(
        polarised=polarised, phased=phased, minimum_allele_count=fewest
    ),
    st.booleans(),
    st.booleans(),
    st.integers(1, 2),
)


def how(stretch):
    changes = {"sites": COLUMNS, "pad": True, "order": "sampled", "stretch": stretch}
    return {**settings_of_models()["encoding"], **changes}


def seen(alleles, called, positions, observed, stretch):
    """Return one window as it is encoded, by the way that all data take.

    ``alleles`` and ``called`` are (sites, haplotypes), the second may be None.
    """
    ploidy = 2
    kept = observation.find_common_sites(alleles, called, observed["minimum_allele_count"])
    alleles, positions = alleles[kept], positions[kept]
    rows, mask = encoding.choose_sites(np.array([0]), np.array([len(alleles)]), how(stretch))
    rows = np.where(mask, rows, 0)

    def columns(values):
        if not len(values):
            return np.zeros((*mask.shape, *values.shape[1:]), values.dtype)
        wide = mask.reshape(*mask.shape, *[1] * (values.ndim - 1))
        return np.where(wide, values[rows], 0).astype(values.dtype)

    sampled = observation.Sampled.of([("all", alleles.shape[1] // ploidy)], ploidy)
    called = None if called is None else columns(called[kept])
    return encoding.encode_windows(
        columns(alleles), called, columns(positions), mask, sampled, how(stretch), observed
    )


def assert_same(sites, windows, stretch):
    """Compare sites after augmentation with windows that were encoded as they are then."""
    expected = batches.DeviceWindows(windows, how(stretch), "cpu")
    found = expected.numbers(sites)
    for ours, theirs in zip(found, expected.batch(slice(None)), strict=True):
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
        of_individuals = np.random.default_rng(seed).random(individuals) < 0.8
        called = np.repeat(of_individuals, 2, axis=1).astype(np.uint8)
        alleles = alleles & called
    return alleles, called, np.linspace(0, 1, len(alleles), dtype=np.float32)


@PROPERTY
@given(one_window(), OBSERVATIONS, st.sampled_from(["central", "first"]), st.data())
def test_thinned_windows_are_those_of_fewer_haplotypes(window, observed, stretch, data):
    alleles, called, positions = window
    individuals = alleles.shape[1] // 2
    kept = np.array(sorted(data.draw(st.sets(st.integers(0, individuals - 1), min_size=1))))
    haplotypes = (kept[:, None] * 2 + [0, 1]).flatten()
    full = seen(alleles, called, positions, observed, stretch)
    inputs = batches.DeviceWindows(full, how(stretch), "cpu")
    rows = torch.as_tensor(kept if full.alleles_per_row == 2 else haplotypes)
    thinned = augmentation.thin(inputs.sites(slice(None)), rows, full.alleles_per_row, observed)
    fewer = None if called is None else called[:, haplotypes]
    expected = seen(alleles[:, haplotypes], fewer, positions, observed, stretch)
    assert_same(augmentation.close_gaps(thinned, stretch), expected, stretch)


@PROPERTY
@given(one_window(), OBSERVATIONS, st.sampled_from(["central", "first"]))
def test_mirrored_windows_are_those_read_from_the_right(window, observed, stretch):
    alleles, called, positions = window
    full = seen(alleles, called, positions, observed, stretch)
    inputs = batches.DeviceWindows(full, how(stretch), "cpu")
    mirrored = augmentation.mirror(inputs.sites(slice(None)), torch.tensor([True]))
    turned = None if called is None else called[::-1]
    expected = seen(alleles[::-1], turned, 1 - positions[::-1], observed, stretch)
    assert_same(augmentation.close_gaps(mirrored, stretch), expected, stretch)
    same = augmentation.mirror(inputs.sites(slice(None)), torch.tensor([False]))
    assert_same(augmentation.close_gaps(same, stretch), full, stretch)


@PROPERTY
@given(one_window(), st.booleans(), st.integers(0, 1000))
def test_flipped_sites_are_those_whose_alleles_were_taken_for_each_other(window, phased, seed):
    alleles, called, positions = window
    observed = seen_as(polarised=True, phased=phased)
    varying = observation.find_common_sites(alleles, called, 1)
    alleles, positions = alleles[varying], positions[varying]
    called = None if called is None else called[varying]
    flipped = np.random.default_rng(seed).random(len(alleles)) < 0.5
    others = (np.uint8(1) if called is None else called) - alleles
    swapped = np.where(flipped[:, None], others, alleles)
    full = seen(alleles, called, positions, observed, "first")
    columns = torch.zeros(1, COLUMNS, dtype=torch.bool)
    columns[0, : len(flipped)] = torch.as_tensor(flipped)
    inputs = batches.DeviceWindows(full, how("first"), "cpu")
    found = augmentation.flip(inputs.sites(slice(None)), columns)
    assert_same(found, seen(swapped, called, positions, observed, "first"), "first")


# Batches -----------------------------------------------------------------------------------------


def inputs_of(number=200):
    windows = replicates_of(varied_matrices(number, 1)).windows
    # Lopsided, so that a mirrored window is told from the window.
    windows.positions[:] = windows.positions**2
    return batches.DeviceWindows(windows, settings_of_models()["encoding"], "cpu")


def augmented(inputs, rows, augment, seed=1, together=processes.ALONE, **encoded):
    options = {**settings_of_models()["encoding"], **encoded}
    one = Augmentation(augment, options, seen_as(polarised=True))
    return one.windows(inputs, rows, together, torch.Generator().manual_seed(seed))


def test_without_augmentation_windows_are_as_they_are():
    inputs, rows = inputs_of(), torch.tensor([3, 1])
    for ours, theirs in zip(augmented(inputs, rows, {}), inputs.batch(rows), strict=True):
        assert torch.equal(ours, theirs)


def test_half_of_the_windows_are_mirrored():
    inputs, rows = inputs_of(), torch.arange(200)
    _, places, _ = augmented(inputs, rows, {"mirror": True})
    mirrored = (places != inputs.batch(rows)[1]).any(dim=(1, 2)).sum().item()
    assert 72 <= mirrored <= 128  # binomial, p = 1e-4


def test_the_asked_share_of_sites_is_flipped():
    inputs, rows = inputs_of(), torch.arange(200)
    haplotypes, _, _ = augmented(inputs, rows, {"flip": 0.1})
    flipped = (haplotypes != inputs.batch(rows)[0]).all(dim=2)
    assert flipped.eq((haplotypes != inputs.batch(rows)[0]).any(dim=2)).all()
    assert 113 <= flipped.sum().item() <= 210  # of 1,600, binomial, p = 1e-4


def test_numbers_of_haplotypes_are_drawn_evenly():
    inputs, rows = inputs_of(), torch.arange(2)
    found = [
        augmented(inputs, rows, {"thin": 4}, seed, pad=True)[0].shape[2] for seed in range(300)
    ]
    counts = np.bincount(found, minlength=7)
    assert counts[:4].sum() == 0
    assert (counts[4:] > 68).all()  # each 100 +- 8


@pytest.mark.parametrize("augment", [{"mirror": True}, {"flip": 0.3}, {"thin": 4}])
def test_processes_share_what_is_drawn(augment):
    inputs, rows = inputs_of(), torch.arange(11)
    whole = augmented(inputs, rows, augment, pad=True)
    for rank in range(2):
        mine = augmented(inputs, rows, augment, together=processes.Processes(rank, 2), pad=True)
        for ours, theirs in zip(mine, whole, strict=True):
            assert torch.equal(ours, theirs[rank::2])


def test_training_with_augmentation_gives_the_same_bits(train, validation, tmp_path):
    settings = settings_of_training(epochs=2, augment={"mirror": True, "flip": 0.1})
    trained = [run(train, validation, settings, tmp_path / f"{n}.pt") for n in range(2)]
    plain = run(train, validation, settings_of_training(epochs=2), tmp_path / "plain.pt")
    assert same_weights(trained[0][0], trained[1][0])
    assert not same_weights(trained[0][0], plain[0])


def test_errors_drawn_anew_are_learned_from_the_second_epoch_on(train, validation, tmp_path):
    settings = settings_of_training(epochs=3, augment={"errors": True})
    other = dataclasses.replace(train, windows=train.windows[np.arange(len(train))[::-1]])
    looks, nets_of = [], []

    def look_again(look):
        looks.append(look)
        return other.windows

    for number in range(2):
        more = {"look_again": look_again} if number else {"look_again": lambda look: train.windows}
        nets_of.append(run(train, validation, settings, tmp_path / f"{number}.pt", **more)[0])
    assert looks == [2, 3]
    assert not same_weights(*nets_of)


# What makes sense --------------------------------------------------------------------------------


class AnyNumber(nets.NETS["flagel_tajimas_d"]):
    any_haplotypes = True


ALL = {"mirror": True, "thin": 4, "flip": 0.1, "errors": True}


def fitting(net=AnyNumber, target=None, pad=True, samples=(("all", 10),), **observed):
    settings = settings_of_models()
    settings = {
        **settings,
        "samples": samples,
        "target": target or {"population_size": {"parameter": "population_size"}},
        "encoding": {**settings["encoding"], "pad": pad},
        "observation": seen_as(**{"polarised": True, "genotype_error": 0.01, **observed}),
    }
    return set(augmentation.keep_applicable(ALL, net, settings))


def test_a_nets_own_augmentation_is_taken_where_it_makes_sense():
    assert fitting() == set(ALL)
    assert fitting(net=nets.NETS["flagel_tajimas_d"]) == set(ALL) - {"thin"}
    assert fitting(pad=False) == set(ALL) - {"thin"}
    assert fitting(samples=(("A", 5), ("B", 5))) == set(ALL) - {"thin"}
    assert fitting(samples=(("all", 2),)) == set(ALL) - {"thin"}
    assert fitting(target=targets_of("diversity")) == set(ALL) - {"thin", "errors"}
    assert fitting(target=targets_of("coalescence_time")) == set(ALL) - {"thin"}
    assert fitting(polarised=False) == set(ALL) - {"flip"}
    assert fitting(genotype_error=0) == set(ALL) - {"errors"}
