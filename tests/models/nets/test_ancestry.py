"""Nets that predict the ancestry of rows at each site."""

import numpy as np
import pytest
import torch
from helpers.data import make_encoding
from helpers.models import random_windows

from coalflow.config.registry.nets import list_ancestry_nets
from coalflow.evaluation.cards import NetInput
from coalflow.models import nets
from coalflow.models.batches import measure_input_shape
from coalflow.models.nets.ancestry import average_odds
from coalflow.windows.packed_windows import Windows

POPULATIONS = (("afr", 6), ("eur", 9))
NUMBER = 15
EUR = slice(6, 15)


def make_net(name, of="eur", populations=POPULATIONS, sites=40):
    shape = NetInput(
        sites=sites, haplotypes=NUMBER, channels=1, populations=populations, ancestry_of=of
    )
    torch.manual_seed(1)
    net = nets.build_net(name, shape, 1)
    # What begins as 0 says nothing.
    for weights in net.parameters():
        torch.nn.init.normal_(weights, std=0.1)
    return net.eval()


def make_inputs(net, seed=0, populations=POPULATIONS, order=None):
    alleles, positions, mask = random_windows(haplotypes=NUMBER, seed=seed, padding=7)
    if order is not None:
        alleles = alleles[:, :, order]
    if net.first_layer is not None:
        return net.first_layer.summarise(alleles, positions, mask, populations)
    return (2 * alleles - 1) * mask[:, :, None], positions[:, :, None], mask


def find_odds(net, *inputs):
    with torch.no_grad():
        return net(*inputs, at_sites=True)


@pytest.mark.parametrize("name", list_ancestry_nets())
def test_log_odds_are_of_each_site_and_haplotype_and_the_share_is_their_mean(name):
    net = make_net(name, sites=random_windows(haplotypes=NUMBER, padding=7)[2].shape[1])
    inputs = make_inputs(net)
    odds, mask = find_odds(net, *inputs), inputs[-1].bool()
    assert odds.shape == (*mask.shape, 9)
    assert odds.isfinite().all() and odds.std() > 0
    with torch.no_grad():
        share = net(*inputs)[:, 0]
    expected = [odds[i][mask[i]].sigmoid().mean() for i in range(len(mask))]
    torch.testing.assert_close(share, torch.stack(expected))


@pytest.mark.parametrize("name", ["coalflow", "axial_transformer"])
def test_haplotypes_in_another_order_have_their_own_odds(name):
    net = make_net(name)
    order = torch.cat([torch.randperm(6), 6 + torch.randperm(9)])
    odds = find_odds(net, *make_inputs(net))
    shuffled = find_odds(net, *make_inputs(net, order=order))
    torch.testing.assert_close(shuffled, odds[:, :, order[6:] - 6], rtol=1e-4, atol=1e-5)


def test_what_is_read_of_haplotypes_in_another_order_is_the_same_to_the_bit():
    net = make_net("coalflow")
    order = torch.cat([torch.randperm(6), 6 + torch.randperm(9)])
    (read, *_), (shuffled, *_) = make_inputs(net), make_inputs(net, order=order)
    assert torch.equal(shuffled, read[:, order[6:] - 6])


def test_the_ancestry_of_each_population_can_be_predicted():
    assert find_odds(net := make_net("coalflow", of="afr"), *make_inputs(net)).shape[2] == 6


def test_mirrored_windows_have_their_sites_in_the_same_columns():
    net = make_net("coalflow")
    inputs = make_inputs(net)
    haplotypes, positions, mask = net.first_layer.mirror(inputs)
    assert torch.equal(mask, inputs[2])
    torch.testing.assert_close((positions + inputs[1])[mask > 0], torch.ones(int(mask.sum())))
    assert torch.equal(haplotypes.flip(2), inputs[0])


def test_a_window_without_sites_has_no_ancestry():
    assert average_odds(torch.ones(1, 4, 3), torch.zeros(1, 4)).item() == 0


def test_the_shape_of_windows_knows_whose_ancestry_is_predicted():
    windows = Windows.pack(
        np.zeros((1, 5, NUMBER), np.uint8),
        np.zeros((1, 5), np.float32),
        np.ones((1, 5), bool),
        populations=(("eur", 9), ("afr", 6)),
    )
    shape = measure_input_shape(windows, make_encoding(sites=5), "eur")
    assert shape.find_rows(shape.ancestry_of) == EUR
