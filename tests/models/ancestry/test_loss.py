"""The loss of ancestry at each site."""

import numpy as np
import pytest
import torch

from coalflow.models.ancestry.loss import compute_site_loss, find_mean_odds

WINDOWS, SITES, ROWS = 4, 7, 11


def make_truth(seed=0):
    """Return packed truth, the ancestry and the mask; the last window has no sites."""
    random = np.random.default_rng(seed)
    ancestry = random.random((WINDOWS, SITES, ROWS)) < 0.3
    mask = np.arange(SITES) < np.array([7, 5, 2, 0])[:, None]
    counted = np.broadcast_to(mask[:, :, None], ancestry.shape)
    packed = [np.packbits(array, axis=2) for array in (counted, ancestry & counted)]
    return torch.as_tensor(np.concatenate(packed, axis=2)), ancestry, mask


def test_the_loss_is_the_mean_cross_entropy_of_what_counts():
    truth, ancestry, mask = make_truth()
    odds = torch.randn(WINDOWS, SITES, ROWS, generator=torch.Generator().manual_seed(1))
    losses = compute_site_loss(odds, truth)
    assert losses.shape == (WINDOWS, 1)
    for window in range(3):
        chance = odds[window][mask[window]].sigmoid().numpy()
        true = ancestry[window][mask[window]]
        expected = -np.where(true, np.log(chance), np.log1p(-chance)).mean()
        assert losses[window].item() == pytest.approx(expected, rel=1e-5)
    assert losses[3].item() == 0


def test_padding_has_no_gradient():
    truth, _, mask = make_truth()
    odds = torch.zeros(WINDOWS, SITES, ROWS, requires_grad=True)
    compute_site_loss(odds, truth).sum().backward()
    assert (odds.grad[~torch.as_tensor(mask)] == 0).all()
    assert (odds.grad[torch.as_tensor(mask)] != 0).all()


def test_no_constant_has_a_lower_loss_than_the_mean_odds():
    truth, ancestry, mask = make_truth()
    odds = find_mean_odds(truth)
    share = ancestry[mask].mean()
    assert odds.sigmoid().item() == pytest.approx(share, abs=0.02)

    def total(value):
        sites = torch.as_tensor(mask.sum(axis=1), dtype=torch.float32)
        return (compute_site_loss(value, truth)[:, 0] * sites).sum()

    assert all(total(odds) < total(odds + step) for step in (-0.3, 0.3))
