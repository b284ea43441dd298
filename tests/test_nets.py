import re

import pytest
import torch
from conftest import PROPERTY
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from coalflow import nets
from coalflow.config import read_schema
from coalflow.contradictions.learning import ANY_HAPLOTYPES, FEWEST_SITES, WITHOUT_POSITIONS
from coalflow.errors import CoalflowError
from coalflow.nets.layers import SiteConvolution, SitePooling
from document_config import SCHEMA

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
    torch.manual_seed(0)
    return nets.build("flagel_tajimas_d", sites=40, haplotypes=20, outputs=1, dropout=0.1)


def random_windows(windows, sites, channels, seed=0):
    return torch.randn(windows, sites, channels, generator=torch.Generator().manual_seed(seed))


# The net of the FAQ ---------------------------------------------------------------------


def test_faq_net_has_the_shapes_of_the_faq(faq_net):
    outputs = nets.activations(faq_net, torch.zeros(3, 40, 20))
    assert {name: tuple(output.shape) for name, output in outputs.items()} == {
        name: (3, *shape) for name, shape in FAQ_SHAPES.items()
    }


def test_faq_net_has_its_layers_in_order(faq_net):
    assert list(nets.activations(faq_net, torch.zeros(1, 40, 20))) == list(FAQ_SHAPES)


def test_faq_net_has_as_many_weights_as_the_faq(faq_net):
    assert nets.number_of_weights(faq_net) == FAQ_WEIGHTS


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
        windows = random_windows(5, 40, 20)
        seen = windows.transpose(1, 2)
        for name in ("convolution_1", "convolution_2"):
            seen = torch.relu(theirs[name](seen))
        # Keras flattens site by site, PyTorch would channel by channel.
        flat = nn.functional.avg_pool1d(seen, 2).transpose(1, 2).flatten(1)
        expected = theirs["output"](torch.relu(theirs["dense"](flat)))
        torch.testing.assert_close(faq_net.eval()(windows), expected, rtol=0, atol=1e-6)


def test_table_of_shapes(faq_net):
    assert nets.table_of_shapes(faq_net, 40, 20) == FAQ_TABLE


def test_faq_net_drops_out_only_while_it_learns(faq_net):
    windows = random_windows(4, 40, 20)
    torch.manual_seed(0)
    faq_net.train()
    learning = [faq_net(windows) for _ in range(2)]
    faq_net.eval()
    using = [faq_net(windows) for _ in range(2)]
    assert not torch.equal(*learning)
    assert torch.equal(*using)


def test_dropout_is_the_one_asked_for():
    net = nets.build("flagel_tajimas_d", 8, 6, 1, dropout=0.25)
    assert [net.dropout_1.p, net.dropout_2.p] == [0.25, 0.25]


# What every net must do ------------------------------------------------------------------


WIDE, DEEP = 60, 10  # sites and haplotypes that every net takes


def random_inputs(windows, padding=0):
    """Return haplotypes, positions and mask, the last sites of them padding."""
    mask = torch.ones(windows, WIDE, dtype=torch.bool)
    mask[:, WIDE - padding :] = False
    positions = torch.linspace(0, 1, WIDE).repeat(windows, 1) * mask
    return random_windows(windows, WIDE, DEEP) * mask[:, :, None], positions[:, :, None], mask


@pytest.mark.parametrize("outputs", [1, 5])
@pytest.mark.parametrize("name", nets.NETS)
def test_last_activation_is_the_output(name, outputs):
    net = nets.build(name, WIDE, DEEP, outputs)
    inputs = random_inputs(4)
    given = nets.activations(net, *inputs)
    assert torch.equal(list(given.values())[-1], net.eval()(*inputs))
    assert given["output"].shape == (4, outputs)


@pytest.mark.parametrize("name", nets.NETS)
def test_activations_leave_no_hook(name):
    net = nets.build(name, WIDE, DEEP, 1)
    nets.activations(net, *random_inputs(1))
    assert not any(layer._forward_hooks for layer in net.modules())


@pytest.mark.parametrize("name", nets.NETS)
def test_a_net_uses_the_inputs_that_it_declares(name):
    net = nets.build(name, WIDE, DEEP, 3).eval()
    inputs = dict(
        zip(("haplotypes", "positions", "mask"), random_inputs(4, padding=9), strict=True)
    )
    before = net(**inputs)
    others = {
        "haplotypes": -inputs["haplotypes"],
        "positions": inputs["positions"].flip(1) + 0.1,
        "mask": ~inputs["mask"],
    }
    for one, changed in others.items():
        used = not torch.equal(before, net(**{**inputs, one: changed}))
        assert used == (one in net.inputs), one


@pytest.mark.parametrize("name", nets.NETS)
def test_a_net_names_layers_that_it_has(name):
    net = nets.build(name, WIDE, DEEP, 3)
    layers = dict(net.named_children())
    assert {*net.shown, *net.dropout, *net.penalised} <= set(layers)
    assert {n for n, layer in layers.items() if isinstance(layer, nn.Dropout)} == set(net.dropout)


@pytest.mark.parametrize("name", nets.NETS)
def test_dropout_is_that_of_the_authors_unless_another_is_asked_for(name):
    def rates(net):
        return {n: x.p for n, x in net.named_children() if isinstance(x, nn.Dropout)}

    published = nets.build(name, WIDE, DEEP, 3)
    assert rates(published) == published.dropout
    other = nets.build(name, WIDE, DEEP, 3, dropout=0.4)
    assert rates(other) == dict.fromkeys(published.dropout, 0.4)


@pytest.mark.parametrize("name", nets.NETS)
def test_weights_come_from_the_global_generator(name):
    def weights(seed):
        torch.manual_seed(seed)
        net = nets.build(name, WIDE, DEEP, 2)
        return torch.cat([parameter.detach().flatten() for parameter in net.parameters()])

    assert torch.equal(weights(1), weights(1))
    assert not torch.equal(weights(1), weights(2))


@pytest.mark.parametrize("name", nets.NETS)
def test_every_weight_is_in_one_group(name):
    net = nets.build(name, WIDE, DEEP, 2)
    grouped = [id(weights) for group in nets.parameter_groups(net) for weights in group["params"]]
    assert sorted(grouped) == sorted(id(weights) for weights in net.parameters())


@pytest.mark.parametrize("name", nets.NETS)
def test_layers_that_are_shown_have_sites_and_units(name):
    """Pictures of layers have room for (sites, units) and for (units,)."""
    net = nets.build(name, WIDE, DEEP, 3)
    assert net.shown
    outputs = nets.activations(net, *random_inputs(2))
    assert {outputs[layer].dim() for layer in net.shown} <= {2, 3}


# Windows, channels of positions and outputs that a docstring tells the number of weights for.
TOLD_FOR = dict.fromkeys(nets.NETS, (40, 20, 1, 1)) | {
    "flagel_introgression": (40, 20, 3, 1),
    "flagel_demography": (40, 20, 5, 1),
    "flagel_sweeps": (200, 40, 5, 1),
}


@pytest.mark.parametrize("name", nets.NETS)
def test_docstring_tells_the_number_of_weights(name):
    told = re.findall(r"([\d,]+)\s+weights", nets.NETS[name].__doc__)
    assert told == [f"{nets.number_of_weights(nets.build(name, *TOLD_FOR[name])):,}"]


@pytest.mark.parametrize("name", nets.NETS)
def test_padding_of_any_content_is_not_seen(name):
    """Batches hold 0 there; what a net reads of positions it masks itself."""
    torch.manual_seed(0)
    net = nets.build(name, WIDE, DEEP, 3).eval()
    haplotypes, positions, mask = random_inputs(4, padding=9)
    before = net(haplotypes, positions, mask)
    assert torch.isfinite(before).all()
    positions[~mask] = 17.0
    if "mask" in net.inputs and name not in FLAGELS:
        haplotypes[~mask] = -5.0
    torch.testing.assert_close(net(haplotypes, positions, mask), before, rtol=0, atol=0)


FLAGELS = [name for name in nets.NETS if name.startswith("flagel_")]
OF_ANY_ORDER = [name for name, net in nets.NETS.items() if net.any_order]
OF_ANY_NUMBER = [name for name, net in nets.NETS.items() if net.any_haplotypes]


@pytest.mark.parametrize("name", nets.NETS)
@pytest.mark.parametrize("training", [True, False])
def test_windows_of_nothing_but_padding_give_numbers(name, training):
    torch.manual_seed(0)
    net = nets.build(name, WIDE, DEEP, 3).train(training)
    haplotypes, positions, mask = random_inputs(4)
    mask[2] = False
    outputs = net(haplotypes * mask[:, :, None], positions * mask[:, :, None], mask)
    assert torch.isfinite(outputs).all()
    outputs.sum().backward()
    gradients = [weights.grad for weights in net.parameters()]
    assert all(torch.isfinite(gradient).all() for gradient in gradients)


@PROPERTY
@given(order=st.permutations(range(DEEP)), padding=st.integers(0, WIDE), seed=st.integers(0, 99))
@pytest.mark.parametrize("name", nets.NETS)
def test_order_of_haplotypes_matters_or_does_not(name, order, padding, seed):
    torch.manual_seed(seed)
    net = nets.build(name, WIDE, DEEP, 2).eval()
    haplotypes, positions, mask = random_inputs(3, padding)
    before, after = net(haplotypes, positions, mask), net(haplotypes[:, :, order], positions, mask)
    if name in OF_ANY_ORDER:
        torch.testing.assert_close(after, before, rtol=1e-4, atol=1e-5)
    elif order != sorted(order) and not padding:
        assert not torch.allclose(after, before, rtol=1e-4, atol=1e-5)


def test_nets_of_any_order_are_those_that_say_so():
    assert OF_ANY_ORDER == ["exchangeable", "spidna", "axial_transformer"] == OF_ANY_NUMBER


@pytest.mark.parametrize("haplotypes", [1, 2, DEEP - 1, 3 * DEEP])
@pytest.mark.parametrize("name", OF_ANY_NUMBER)
def test_number_of_haplotypes_may_be_another(name, haplotypes):
    torch.manual_seed(0)
    net = nets.build(name, WIDE, DEEP, 2).eval()
    _, positions, mask = random_inputs(3, padding=5)
    others = random_windows(3, WIDE, haplotypes)
    assert torch.isfinite(net(others, positions, mask)).all()
    # What all haplotypes have twice is no news.
    twice = net(torch.cat([others, others], dim=2), positions, mask)
    torch.testing.assert_close(net(others, positions, mask), twice, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", nets.NETS)
def test_a_net_learns_what_is_in_front_of_it(name):
    """The windows' mean, in 40 steps of Adam. A net that learns nothing keeps a loss of 0.94."""
    torch.manual_seed(0)
    net = nets.build(name, WIDE, DEEP, 1, dropout=0.0).train()
    haplotypes, positions, mask = random_inputs(16)
    target = haplotypes.mean(dim=(1, 2))[:, None]
    target = (target - target.mean()) / target.std()
    optimizer = torch.optim.Adam(nets.parameter_groups(net), lr=1e-3)
    for _ in range(40):
        loss = (net(haplotypes, positions, mask) - target).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss.item() < 0.3


@pytest.mark.parametrize("name", nets.NETS)
def test_the_config_knows_what_the_nets_say(name):
    """It is read where PyTorch is not imported."""
    assert FEWEST_SITES[name] == nets.NETS[name].fewest_sites
    assert ("positions" in nets.NETS[name].inputs) == (name not in WITHOUT_POSITIONS)
    assert nets.NETS[name].any_haplotypes == (name in ANY_HAPLOTYPES)


def test_the_config_knows_all_nets():
    schema = read_schema(SCHEMA)
    assert list(nets.NETS) == schema["properties"]["models"]["properties"]["nets"]["items"]["enum"]
    assert list(nets.NETS) == list(FEWEST_SITES)


@pytest.mark.parametrize("name", nets.NETS)
def test_a_recipe_has_keys_of_the_config(name):
    known = {
        "epochs", "patience", "batch_size", "learning_rate", "schedule", "warm_up",
        "weight_decay", "clip", "average", "loss", "augment",
    }  # fmt: skip
    assert set(nets.NETS[name].recipe) <= known


@pytest.mark.parametrize("name", nets.NETS)
def test_fewest_sites_are_enough_and_one_less_is_refused(name):
    fewest = nets.NETS[name].fewest_sites
    net = nets.build(name, fewest, 6, 2)
    assert net(*nets.blank_windows(fewest, 6)).shape == (1, 2)
    outputs = nets.activations(net, *nets.blank_windows(fewest, 6))
    assert all(output.numel() for output in outputs.values())
    with pytest.raises(
        CoalflowError, match=rf"{name} .*\b{fewest - 1} sites.*Raise encoding.sites"
    ):
        nets.build(name, fewest - 1, 6, 2)
    if fewest > 1:  # the layers would indeed have nothing left
        with pytest.raises((RuntimeError, AssertionError, AttributeError)):
            less = nets.NETS[name](fewest - 1, 6, 2, 1)
            answers = nets.activations(less, *nets.blank_windows(fewest - 1, 6))
            assert all(answer.numel() for answer in answers.values())


def test_an_unknown_net_is_named_with_the_nearest():
    with pytest.raises(CoalflowError, match=r"'spidna2'; the nets are: .*did you mean spidna\?"):
        nets.build("spidna2", WIDE, DEEP, 1)


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
    torch.manual_seed(0)
    return nets.build("flagel_sweeps", sites=200, haplotypes=40, outputs=5)


def test_sweeps_net_has_the_shapes_of_the_published_one(sweeps_net):
    outputs = nets.activations(sweeps_net, *nets.blank_windows(200, 40))
    assert {n: tuple(outputs[n].shape[1:]) for n in SWEEPS_SHAPES} == SWEEPS_SHAPES


def test_sweeps_net_is_the_one_made_of_pytorchs_own_layers(sweeps_net):
    generator = torch.Generator().manual_seed(1)
    haplotypes = torch.randn(3, 200, 40, generator=generator)
    mask = torch.ones(3, 200, dtype=torch.bool)
    mask[:, :20] = False
    positions = torch.rand(3, 200, generator=generator)
    seen = haplotypes.transpose(1, 2)
    with torch.no_grad():
        for number in range(1, 6):
            ours = sweeps_net.get_submodule(f"convolution_{number}")
            weight = ours.weight.reshape(256, 2, -1).transpose(1, 2)
            seen = torch.relu(nn.functional.conv1d(seen, weight, ours.bias))
            if number in (2, 3):
                seen = nn.functional.max_pool1d(seen, 2)
            if number in (4, 5):
                seen = nn.functional.avg_pool1d(seen, 2)
        placed = torch.where(mask, positions, torch.tensor(-1.0))
        placed = torch.relu(sweeps_net.dense_positions(placed))
        joined = torch.cat([seen.transpose(1, 2).flatten(1), placed], dim=1)
        expected = sweeps_net.output(torch.relu(sweeps_net.dense_joined(joined)))
        got = sweeps_net.eval()(haplotypes, positions[:, :, None], mask)
    torch.testing.assert_close(got, expected, rtol=1e-5, atol=1e-5)


def test_decay_of_the_sweeps_net_is_its_penalty(sweeps_net):
    """One step of gradient descent with decay is one on the loss with the squared weights."""
    (plain, decayed) = nets.parameter_groups(sweeps_net)
    assert (plain["weight_decay"], decayed["weight_decay"]) == (0.0, 2e-4)
    # Five convolutions and two dense layers; biases and the output are free.
    assert len(decayed["params"]) == 7
    assert all(weights.ndim == 2 for weights in decayed["params"])
    weights = decayed["params"][0].detach().clone().requires_grad_()
    (1e-4 * (weights**2).sum()).backward()
    torch.testing.assert_close(weights.grad, decayed["weight_decay"] * weights.detach())


def test_sweeps_net_reads_as_many_channels_of_positions_as_it_is_made_for():
    torch.manual_seed(0)
    net = nets.build("flagel_sweeps", WIDE, DEEP, 2, channels=2).eval()
    assert net.dense_positions.in_features == 2 * WIDE
    haplotypes, positions, mask = random_inputs(3, padding=9)
    channels = torch.cat([positions, positions.flip(1)], dim=2)
    before = net(haplotypes, channels, mask)
    for channel in (0, 1):
        other = channels.clone()
        other[:, :, channel] += 0.1
        assert not torch.equal(net(haplotypes, other, mask), before)
        # What stands in the padding is not seen.
        other = channels.clone()
        other[:, -9:, channel] += 0.1
        assert torch.equal(net(haplotypes, other, mask), before)
    assert re.search(r"positions +\(60, 2\)", nets.table_of_shapes(net, WIDE, DEEP, 2))


def test_smallest_windows_that_the_faq_net_takes():
    net = nets.build("flagel_tajimas_d", 4, 2, 1)
    assert net(torch.zeros(3, 4, 2)).shape == (3, 1)


@pytest.mark.parametrize("sites", [0, 1, 2, 3])
def test_too_few_sites_are_refused(sites):
    with pytest.raises(CoalflowError, match=rf"flagel_tajimas_d.*\b{sites}\b"):
        nets.build("flagel_tajimas_d", sites, 20, 1)


# Layers ------------------------------------------------------------------------------------


@pytest.mark.parametrize("kernel", [1, 2, 3, 5, 8])
@pytest.mark.parametrize("inputs", [1, 20])
def test_site_convolution_is_conv1d(kernel, inputs):
    torch.manual_seed(kernel)
    ours = SiteConvolution(inputs, 16, kernel)
    theirs = nn.Conv1d(inputs, 16, kernel)
    with torch.no_grad():
        theirs.weight.copy_(ours.weight.reshape(16, kernel, inputs).transpose(1, 2))
        theirs.bias.copy_(ours.bias)
    windows = random_windows(7, 8, inputs, seed=kernel)
    expected = theirs(windows.transpose(1, 2)).transpose(1, 2)
    assert ours(windows).shape == (7, 8 - kernel + 1, 16)
    torch.testing.assert_close(ours(windows), expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize("sites", [3, 4, 7, 8, 39])
@pytest.mark.parametrize("size", [1, 2, 3])
def test_site_pooling_is_avg_pool1d(sites, size):
    windows = random_windows(5, sites, 4)
    expected = nn.AvgPool1d(size)(windows.transpose(1, 2)).transpose(1, 2)
    pooled = SitePooling(size)(windows)
    assert pooled.shape == (5, sites // size, 4)
    torch.testing.assert_close(pooled, expected, rtol=0, atol=1e-6)


def test_site_pooling_takes_the_maximum_when_asked_to():
    windows = random_windows(5, 7, 4)
    expected = nn.MaxPool1d(2)(windows.transpose(1, 2)).transpose(1, 2)
    assert torch.equal(SitePooling(2, "maximum")(windows), expected)


def test_layers_learn_as_those_of_pytorch_do():
    torch.manual_seed(3)
    ours = nn.Sequential(SiteConvolution(4, 6, 2), SitePooling(2))
    theirs = nn.Sequential(nn.Conv1d(4, 6, 2), nn.AvgPool1d(2))
    with torch.no_grad():
        theirs[0].weight.copy_(ours[0].weight.reshape(6, 2, 4).transpose(1, 2))
        theirs[0].bias.copy_(ours[0].bias)
    windows = random_windows(5, 9, 4)
    (ours(windows) ** 2).sum().backward()
    (theirs(windows.transpose(1, 2)) ** 2).sum().backward()
    gradient = ours[0].weight.grad.reshape(6, 2, 4).transpose(1, 2)
    torch.testing.assert_close(gradient, theirs[0].weight.grad, rtol=1e-5, atol=1e-5)
