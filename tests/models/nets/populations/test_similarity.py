"""Haplotypes are compared with those of each population, as pair by pair."""

import numpy as np
import pytest
import torch
from helpers.models import random_windows

from coalflow.models.nets import haplotype_similarity
from coalflow.models.nets.haplotype_similarity import SCALES, SCALES_IN_PARTS, SPANS
from coalflow.models.nets.populations import similarity
from coalflow.models.nets.window_parts import PARTS, weigh_parts


def compare(sizes, **more):
    """Return alleles, weights, and both kinds of comparisons of random windows."""
    alleles, positions, mask = random_windows(haplotypes=sum(sizes), **more)
    weights = weigh_parts(positions, mask)
    weights = (weights * similarity.PER_WEIGHT).round() / similarity.PER_WEIGHT
    split = alleles.split(sizes, dim=2)
    in_parts, in_window, carried = similarity.compare_populations(
        split, weights, mask[..., None].float(), len(sizes)
    )
    counted = torch.cat(carried, dim=1)[..., 0].sum(dim=2)
    torch.testing.assert_close(counted, (alleles * mask[..., None]).sum(dim=1))
    return alleles, weights, in_parts, in_window


def compare_slowly(alleles, weights, sizes):
    """Return differences of one window's pairs in each part, float64, and whose rows are whose."""
    alleles, weights = alleles.double().numpy(), weights.double().numpy()[:, :PARTS]
    apart = np.abs(alleles[:, :, None] - alleles[:, None])
    whose = np.repeat(np.arange(len(sizes)), sizes)
    return np.einsum("sp,sij->pij", weights, apart), whose


@pytest.mark.parametrize("sizes", [[5, 3], [4, 1, 6]])
def test_means_and_nearest_are_those_of_pairs(sizes):
    alleles, weights, in_parts, in_window = compare(sizes, padding=7)
    differences, whose = compare_slowly(alleles[1], weights[1], sizes)
    starts = np.r_[0, np.cumsum(sizes)]
    for population, own in enumerate(in_parts):
        order = similarity.list_own_first(range(len(sizes)), population)
        own = own[1].reshape(sizes[population], PARTS, len(sizes), similarity.COMPARED_IN_PARTS)
        whole = in_window[population][1].reshape(sizes[population], len(sizes), -1)
        for haplotype in range(sizes[population]):
            row = starts[population] + haplotype
            for slot, other in enumerate(order):
                others = (whose == other) & (np.arange(len(whose)) != row)
                if not others.any():
                    continue
                check_parts(own[haplotype, :, slot], differences[:, row][:, others])
                check_window(whole[haplotype, slot], differences[:, row][:, others].sum(axis=0))


def check_parts(got, differences):
    got = got.numpy()
    similar = got.reshape(PARTS, SCALES_IN_PARTS, len(SPANS))
    for i, span in enumerate(SPANS):
        for part in range(PARTS):
            around = slice(max(0, part - span // 2), part + span // 2 + 1)
            apart = differences[around].sum(axis=0)
            for scale in range(SCALES_IN_PARTS):
                expected = np.exp(-apart / 16 * 4**scale).mean()
                assert similar[part, scale, i] == pytest.approx(expected, abs=1e-3)


def check_window(got, differences):
    got = got.numpy()
    expected = [np.exp(-differences / scale).mean() for scale in SCALES]
    smallest = 0.5 / (len(differences) + 1)
    np.testing.assert_allclose(np.exp(got[:-1]) - smallest, expected, atol=1e-3)
    assert np.exp(got[-1]) - 0.5 == pytest.approx(differences.min(), rel=1e-4, abs=1e-4)


def test_strips_do_not_change_a_bit(monkeypatch):
    _, _, in_parts, in_window = compare([21, 10, 5], windows=2)
    monkeypatch.setattr(similarity, "ROWS", 8)
    _, _, *others = compare([21, 10, 5], windows=2)
    for one, other in zip([in_parts, in_window], others, strict=True):
        assert all(torch.equal(*pair) for pair in zip(one, other, strict=True))


def test_of_very_many_haplotypes_as_many_of_each_population_are_compared(monkeypatch):
    monkeypatch.setattr(similarity, "MOST_COMPARED", 20)
    alleles = torch.arange(40.0).expand(1, 1, 40)
    chosen = similarity.choose_of_each(alleles.split([3, 25, 12], dim=2))
    assert [part.shape[2] for part in chosen] == [3, 8, 8]
    assert chosen[0].flatten().tolist() == [0, 1, 2]
    assert chosen[1].flatten().tolist() == [3 + i * 25 // 8 for i in range(8)]
    few = alleles[:, :, :18].split([3, 15], dim=2)
    assert [part.shape[2] for part in similarity.choose_of_each(few)] == [3, 15]
    assert haplotype_similarity.MOST_COMPARED == 512
