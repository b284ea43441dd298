"""The nets of Flagel are those that were published."""

import re

import pytest
import torch
from helpers.nets import SITES, build, make_shape, random_inputs, random_numbers
from torch import nn

from coalflow.core.errors import CoalflowError
from coalflow.models import nets

FAQ_SHAPES = {
    "convolution_1": (39, 128),
    "relu_1": (39, 128),
    "convolution_2": (38, 128),
    "relu_2": (38, 128),
    "pooling": (19, 128),
    "dropout_1": (19, 128),
    "flatten": (2432,),
    "dense": (128,),
    "relu_3": (128,),
    "dropout_2": (128,),
    "output": (1,),
}
FAQ_WEIGHTS = 349_697  # 2*20*128 + 128, 2*128*128 + 128, 2432*128 + 128, 128 + 1

FAQ_TABLE = """\
layer             output shape       weights
haplotypes        (40, 20)                 0
convolution_1     (39, 128)            5,248
relu_1            (39, 128)                0
convolution_2     (38, 128)           32,896
relu_2            (38, 128)                0
pooling           (19, 128)                0
dropout_1         (19, 128)                0
flatten           (2432,)                  0
dense             (128,)             311,424
relu_3            (128,)                   0
dropout_2         (128,)                   0
output            (1,)                   129
in all                               349,697"""


@pytest.fixture(scope="module")
def faq_net():
    return build("flagel_tajimas_d", sites=40, haplotypes=20, dropout=0.1)


# The net of the FAQ ---------------------------------------------------------------------


def test_faq_net_has_the_shapes_of_the_faq(faq_net):
    outputs = nets.record_activations(faq_net, torch.zeros(3, 40, 20), None, None)
    assert {name: tuple(output.shape) for name, output in outputs.items()} == {
        name: (3, *shape) for name, shape in FAQ_SHAPES.items()
    }


def test_faq_net_has_its_layers_in_order(faq_net):
    outputs = nets.record_activations(faq_net, torch.zeros(1, 40, 20), None, None)
    assert list(outputs) == list(FAQ_SHAPES)


def test_faq_net_has_as_many_weights_as_the_faq(faq_net):
    assert nets.count_weights(faq_net) == FAQ_WEIGHTS


def test_faq_net_is_the_one_made_of_pytorchs_own_layers(faq_net):
    theirs = nn.ModuleDict(
        {
            "convolution_1": nn.Conv1d(20, 128, 2),
            "convolution_2": nn.Conv1d(128, 128, 2),
            "dense": nn.Linear(19 * 128, 128),
            "output": nn.Linear(128, 1),
        }
    )
    with torch.no_grad():
        for name, layer in theirs.items():
            ours = faq_net.get_submodule(name)
            weight = ours.weight
            if name.startswith("convolution"):
                weight = weight.reshape(128, 2, -1).transpose(1, 2)
            layer.weight.copy_(weight)
            layer.bias.copy_(ours.bias)
        windows = random_numbers(5, 40, 20)
        features = windows.transpose(1, 2)
        for name in ("convolution_1", "convolution_2"):
            features = torch.relu(theirs[name](features))
        # Keras flattens site by site, PyTorch would channel by channel.
        flat = nn.functional.avg_pool1d(features, 2).transpose(1, 2).flatten(1)
        expected = theirs["output"](torch.relu(theirs["dense"](flat)))
        torch.testing.assert_close(faq_net.eval()(windows), expected, rtol=0, atol=1e-6)


def test_table_of_shapes(faq_net):
    assert nets.tabulate_shapes(faq_net, make_shape(40, 20)) == FAQ_TABLE


def test_faq_net_drops_out_only_while_it_learns(faq_net):
    windows = random_numbers(4, 40, 20)
    torch.manual_seed(0)
    faq_net.train()
    learning = [faq_net(windows) for _ in range(2)]
    faq_net.eval()
    using = [faq_net(windows) for _ in range(2)]
    assert not torch.equal(*learning)
    assert torch.equal(*using)


def test_dropout_is_the_given_one():
    net = build("flagel_tajimas_d", dropout=0.25, sites=8, haplotypes=6)
    assert [net.dropout_1.p, net.dropout_2.p] == [0.25, 0.25]


def test_smallest_windows_that_the_faq_net_takes():
    net = build("flagel_tajimas_d", sites=4, haplotypes=2)
    assert net(torch.zeros(3, 4, 2)).shape == (3, 1)


@pytest.mark.parametrize("sites", [0, 1, 2, 3])
def test_too_few_sites_are_refused(sites):
    with pytest.raises(CoalflowError, match=rf"flagel_tajimas_d.*\b{sites}\b"):
        build("flagel_tajimas_d", sites=sites, haplotypes=20)


# The net for sweeps -------------------------------------------------------------------------

SWEEPS_SHAPES = {
    "convolution_1": (199, 256),
    "convolution_2": (198, 256),
    "pooling_2": (99, 256),
    "convolution_3": (98, 256),
    "pooling_3": (49, 256),
    "convolution_4": (48, 256),
    "pooling_4": (24, 256),
    "convolution_5": (23, 256),
    "pooling_5": (11, 256),
    "dense_positions": (64,),
    "dense_joined": (256,),
    "output": (5,),
}


@pytest.fixture(scope="module")
def sweeps_net():
    return build("flagel_sweeps", 5, sites=200, haplotypes=40)


def test_sweeps_net_has_the_shapes_of_the_published_one(sweeps_net):
    outputs = nets.record_activations(sweeps_net, *nets.make_blank_windows(make_shape(200, 40)))
    assert {n: tuple(outputs[n].shape[1:]) for n in SWEEPS_SHAPES} == SWEEPS_SHAPES


def test_sweeps_net_is_the_one_made_of_pytorchs_own_layers(sweeps_net):
    generator = torch.Generator().manual_seed(1)
    haplotypes = torch.randn(3, 200, 40, generator=generator)
    mask = torch.ones(3, 200, dtype=torch.bool)
    mask[:, :20] = False
    positions = torch.rand(3, 200, generator=generator)
    features = haplotypes.transpose(1, 2)
    with torch.no_grad():
        for i in range(1, 6):
            ours = sweeps_net.get_submodule(f"convolution_{i}")
            weight = ours.weight.reshape(256, 2, -1).transpose(1, 2)
            features = torch.relu(nn.functional.conv1d(features, weight, ours.bias))
            if i in (2, 3):
                features = nn.functional.max_pool1d(features, 2)
            if i in (4, 5):
                features = nn.functional.avg_pool1d(features, 2)
        encoded = torch.where(mask, positions, torch.tensor(-1.0))
        encoded = torch.relu(sweeps_net.dense_positions(encoded))
        joined = torch.cat([features.transpose(1, 2).flatten(1), encoded], dim=1)
        expected = sweeps_net.output(torch.relu(sweeps_net.dense_joined(joined)))
        got = sweeps_net.eval()(haplotypes, positions[:, :, None], mask)
    torch.testing.assert_close(got, expected, rtol=1e-5, atol=1e-5)


def test_decay_of_the_sweeps_net_is_its_penalty(sweeps_net):
    """One step of gradient descent with decay is one on the loss with the squared weights."""
    (plain, decayed) = nets.group_parameters(sweeps_net)
    assert (plain["weight_decay"], decayed["weight_decay"]) == (0.0, 2e-4)
    # Five convolutions and two dense layers; biases and the output are free.
    assert len(decayed["params"]) == 7
    assert all(weights.ndim == 2 for weights in decayed["params"])
    weights = decayed["params"][0].detach().clone().requires_grad_()
    (1e-4 * (weights**2).sum()).backward()
    torch.testing.assert_close(weights.grad, decayed["weight_decay"] * weights.detach())


def test_sweeps_net_reads_as_many_channels_of_positions_as_it_is_made_for():
    net = build("flagel_sweeps", 2, channels=2).eval()
    assert net.dense_positions.in_features == 2 * SITES
    haplotypes, positions, mask = random_inputs(3, padding=9)
    channels = torch.cat([positions, positions.flip(1)], dim=2)
    before = net(haplotypes, channels, mask)
    for channel in (0, 1):
        other = channels.clone()
        other[:, :, channel] += 0.1
        assert not torch.equal(net(haplotypes, other, mask), before)
        # What stands in the padding is not read.
        other = channels.clone()
        other[:, -9:, channel] += 0.1
        assert torch.equal(net(haplotypes, other, mask), before)
    assert re.search(r"positions +\(60, 2\)", nets.tabulate_shapes(net, make_shape(channels=2)))


# The other nets of Flagel ----------------------------------------------------------------------

PUBLISHED_SHAPES = {
    "flagel_theta": {
        "convolution_1": (39, 64),
        "convolution_2": (38, 64),
        "pooling": (19, 64),
        "dense_1": (64,),
        "dense_2": (64,),
    },
    "flagel_recombination": {
        "convolution_1": (39, 1250),
        "convolution_2": (38, 256),
        "pooling_2": (19, 256),
        "convolution_3": (18, 256),
        "pooling_3": (9, 256),
        "dense_positions": (64,),
        "dense_joined": (256,),
    },
    "flagel_introgression": {
        "convolution_1": (39, 256),
        "convolution_2": (38, 128),
        "pooling_1": (19, 128),
        "convolution_3": (18, 128),
        "pooling_2": (9, 128),
        "dense_1": (128,),
        "dense_2": (128,),
    },
    "flagel_demography": {
        "convolution_1": (39, 128),
        "pooling_1": (19, 128),
        "convolution_2": (18, 128),
        "pooling_2": (9, 128),
        "convolution_3": (8, 128),
        "pooling_3": (4, 128),
        "convolution_4": (3, 128),
        "pooling_4": (1, 128),
        "dense_positions": (32,),
        "dense_joined": (256,),
    },
}


@pytest.mark.parametrize("name", PUBLISHED_SHAPES)
def test_layers_have_the_published_shapes(name):
    shape = make_shape(40, 20)
    net = nets.build_net(name, shape, 1)
    outputs = nets.record_activations(net, *nets.make_blank_windows(shape))
    weighted = {
        layer: tuple(output.shape[1:])
        for layer, output in outputs.items()
        if layer.startswith(("convolution", "pooling", "dense"))
    }
    assert weighted == PUBLISHED_SHAPES[name]


def test_the_net_for_recombination_penalises_all_but_its_output():
    net = build("flagel_recombination")
    assert net.l2 == 1e-4
    layers = {n for n, x in net.named_children() if isinstance(x, nn.Linear)}
    assert layers - set(net.penalised) == {"output"}
