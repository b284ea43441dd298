import re

import pytest
import torch
from document_config import ROOT, SCHEMA
from helpers.data import PROPERTY
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from coalflow.config.consistency.learning import ANY_HAPLOTYPES, FEWEST_SITES, WITHOUT_POSITIONS
from coalflow.config.loading import read_schema
from coalflow.core.errors import CoalflowError
from coalflow.models import nets
from coalflow.models.nets.layers import (
    Dropout,
    MaskedNormalisation,
    SiteConvolution,
    SitePooling,
    beside,
    mean_of_sites,
)
from coalflow.models.nets.transformer import Attention

CONFIGS = ROOT / "config"

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
    return nets.build_net("flagel_tajimas_d", sites=40, haplotypes=20, outputs=1, dropout=0.1)


def random_windows(windows, sites, channels, seed=0):
    return torch.randn(windows, sites, channels, generator=torch.Generator().manual_seed(seed))


# The net of the FAQ ---------------------------------------------------------------------


def test_faq_net_has_the_shapes_of_the_faq(faq_net):
    outputs = nets.record_activations(faq_net, torch.zeros(3, 40, 20))
    assert {name: tuple(output.shape) for name, output in outputs.items()} == {
        name: (3, *shape) for name, shape in FAQ_SHAPES.items()
    }


def test_faq_net_has_its_layers_in_order(faq_net):
    assert list(nets.record_activations(faq_net, torch.zeros(1, 40, 20))) == list(FAQ_SHAPES)


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
        windows = random_windows(5, 40, 20)
        seen = windows.transpose(1, 2)
        for name in ("convolution_1", "convolution_2"):
            seen = torch.relu(theirs[name](seen))
        # Keras flattens site by site, PyTorch would channel by channel.
        flat = nn.functional.avg_pool1d(seen, 2).transpose(1, 2).flatten(1)
        expected = theirs["output"](torch.relu(theirs["dense"](flat)))
        torch.testing.assert_close(faq_net.eval()(windows), expected, rtol=0, atol=1e-6)


def test_table_of_shapes(faq_net):
    assert nets.tabulate_shapes(faq_net, 40, 20) == FAQ_TABLE


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
    net = nets.build_net("flagel_tajimas_d", 8, 6, 1, dropout=0.25)
    assert [net.dropout_1.p, net.dropout_2.p] == [0.25, 0.25]


# What every net must do ------------------------------------------------------------------


WIDE, DEEP = 60, 10  # sites and haplotypes that every net takes


FLAGELS = [name for name in nets.NETS if name.startswith("flagel_")]
OF_ANY_ORDER = [name for name, net in nets.NETS.items() if net.any_order]
OF_ANY_NUMBER = [name for name, net in nets.NETS.items() if net.any_haplotypes]
EXCHANGEABLE = ["exchangeable", "spidna", "axial_transformer"]


def random_inputs(windows, padding=0):
    """Return haplotypes, positions and mask, the last sites of them padding."""
    mask = torch.ones(windows, WIDE, dtype=torch.bool)
    mask[:, WIDE - padding :] = False
    positions = torch.linspace(0, 1, WIDE).repeat(windows, 1) * mask
    return random_windows(windows, WIDE, DEEP) * mask[:, :, None], positions[:, :, None], mask


@pytest.mark.parametrize("outputs", [1, 5])
@pytest.mark.parametrize("name", nets.NETS)
def test_last_activation_is_the_output(name, outputs):
    net = nets.build_net(name, WIDE, DEEP, outputs)
    inputs = random_inputs(4)
    given = nets.record_activations(net, *inputs)
    assert torch.equal(list(given.values())[-1], net.eval()(*inputs))
    assert given["output"].shape == (4, outputs)


@pytest.mark.parametrize("name", nets.NETS)
def test_activations_leave_no_hook(name):
    net = nets.build_net(name, WIDE, DEEP, 1)
    nets.record_activations(net, *random_inputs(1))
    assert not any(layer._forward_hooks for layer in net.modules())


@pytest.mark.parametrize("name", nets.NETS)
def test_a_net_uses_the_inputs_that_it_declares(name):
    net = nets.build_net(name, WIDE, DEEP, 3).eval()
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
    net = nets.build_net(name, WIDE, DEEP, 3)
    layers = dict(net.named_children())
    assert {*net.shown, *net.dropout, *net.penalised} <= set(layers)
    assert {n for n, layer in layers.items() if isinstance(layer, nn.Dropout)} == set(net.dropout)


@pytest.mark.parametrize("name", nets.NETS)
def test_dropout_is_that_of_the_authors_unless_another_is_asked_for(name):
    def rates(net):
        return {n: x.p for n, x in net.named_children() if isinstance(x, nn.Dropout)}

    published = nets.build_net(name, WIDE, DEEP, 3)
    assert rates(published) == published.dropout
    other = nets.build_net(name, WIDE, DEEP, 3, dropout=0.4)
    assert rates(other) == dict.fromkeys(published.dropout, 0.4)


@pytest.mark.parametrize("name", nets.NETS)
def test_weights_come_from_the_global_generator(name):
    def weights(seed):
        torch.manual_seed(seed)
        net = nets.build_net(name, WIDE, DEEP, 2)
        return torch.cat([parameter.detach().flatten() for parameter in net.parameters()])

    assert torch.equal(weights(1), weights(1))
    assert not torch.equal(weights(1), weights(2))


@pytest.mark.parametrize("name", nets.NETS)
def test_every_weight_is_in_one_group(name):
    net = nets.build_net(name, WIDE, DEEP, 2)
    grouped = [id(weights) for group in nets.group_parameters(net) for weights in group["params"]]
    assert sorted(grouped) == sorted(id(weights) for weights in net.parameters())


@pytest.mark.parametrize("name", nets.NETS)
def test_layers_that_are_shown_have_sites_and_units(name):
    """Pictures of layers have room for (sites, units) and for (units,)."""
    net = nets.build_net(name, WIDE, DEEP, 3)
    assert net.shown
    outputs = nets.record_activations(net, *random_inputs(2))
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
    assert told == [f"{nets.count_weights(nets.build_net(name, *TOLD_FOR[name])):,}"]


@pytest.mark.parametrize("name", nets.NETS)
def test_padding_of_any_content_is_not_seen(name):
    """Batches hold 0 there; what a net reads of positions it masks itself."""
    torch.manual_seed(0)
    net = nets.build_net(name, WIDE, DEEP, 3).eval()
    haplotypes, positions, mask = random_inputs(4, padding=9)
    before = net(haplotypes, positions, mask)
    assert torch.isfinite(before).all()
    positions[~mask] = 17.0
    if "mask" in net.inputs and name not in FLAGELS:
        haplotypes[~mask] = -5.0
    torch.testing.assert_close(net(haplotypes, positions, mask), before, rtol=0, atol=0)


@pytest.mark.parametrize("name", nets.NETS)
@pytest.mark.parametrize("training", [True, False])
def test_windows_of_nothing_but_padding_give_numbers(name, training):
    torch.manual_seed(0)
    net = nets.build_net(name, WIDE, DEEP, 3).train(training)
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
    net = nets.build_net(name, WIDE, DEEP, 2).eval()
    haplotypes, positions, mask = random_inputs(3, padding)
    before, after = net(haplotypes, positions, mask), net(haplotypes[:, :, order], positions, mask)
    if name in OF_ANY_ORDER:
        torch.testing.assert_close(after, before, rtol=1e-4, atol=1e-5)
    elif order != sorted(order) and not padding:
        assert not torch.allclose(after, before, rtol=1e-4, atol=1e-5)


def test_nets_of_any_order_are_those_that_say_so():
    assert set(EXCHANGEABLE) <= set(OF_ANY_ORDER) == set(OF_ANY_NUMBER)


@pytest.mark.parametrize("haplotypes", [1, 2, DEEP - 1, 3 * DEEP])
@pytest.mark.parametrize("name", OF_ANY_NUMBER)
def test_number_of_haplotypes_may_be_another(name, haplotypes):
    torch.manual_seed(0)
    net = nets.build_net(name, WIDE, DEEP, 2).eval()
    _, positions, mask = random_inputs(3, padding=5)
    others = random_windows(3, WIDE, haplotypes)
    assert torch.isfinite(net(others, positions, mask)).all()
    assert not torch.allclose(net(others, positions, mask), net(-others, positions, mask))


@pytest.mark.parametrize("name", EXCHANGEABLE)
def test_haplotypes_that_are_all_there_twice_change_nothing(name):
    torch.manual_seed(0)
    net = nets.build_net(name, WIDE, DEEP, 2).eval()
    haplotypes, positions, mask = random_inputs(3, padding=5)
    once, twice = (
        net(these, positions, mask) for these in (haplotypes, haplotypes.repeat(1, 1, 2))
    )
    torch.testing.assert_close(once, twice, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("padding", [0, 9])
@pytest.mark.parametrize("name", nets.NETS)
def test_matrix_products_may_have_few_bits(name, padding):
    """As on a GPU, see ``training.precision``."""
    torch.manual_seed(0)
    net = nets.build_net(name, WIDE, DEEP, 3, dropout=0.0).train()
    inputs = random_inputs(16, padding)
    exact = net(*inputs)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        rough = net(*inputs)
    assert (rough - exact).abs().max() < 0.5 * exact.std()
    rough.float().sum().backward()
    assert all(torch.isfinite(weights.grad).all() for weights in net.parameters())


@pytest.mark.parametrize("name", nets.NETS)
def test_names_in_the_table_of_shapes_stand_apart(name):
    net = nets.build_net(name, WIDE, DEEP, 1)
    lines = nets.tabulate_shapes(net, WIDE, DEEP).splitlines()[1:-1]
    names = [layer for layer in ("haplotypes", "positions") if layer in net.inputs]
    names += [layer for layer, _ in net.named_children()]
    assert [line.split()[0] for line in lines] == names


@pytest.mark.parametrize("name", nets.NETS)
def test_a_net_learns_what_is_in_front_of_it(name):
    """The windows' mean, in 40 steps of Adam. A net that learns nothing keeps a loss of 0.94."""
    torch.manual_seed(0)
    net = nets.build_net(name, WIDE, DEEP, 1, dropout=0.0).train()
    haplotypes, positions, mask = random_inputs(16)
    net.calibrate(haplotypes, positions, mask)
    target = haplotypes.mean(dim=(1, 2))[:, None]
    target = (target - target.mean()) / target.std()
    optimizer = torch.optim.Adam(nets.group_parameters(net), lr=1e-3)
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
def test_the_page_on_nets_tells_of_each(name):
    """`tools/compare_nets.py` writes it anew."""
    page = (CONFIGS.parent / "docs" / "nets.md").read_text()
    weights = f"{nets.count_weights(nets.build_net(name, 40, 20, 1)):,}"
    rows = [row.split(" | ") for row in re.findall(rf"^\| `{name}` \|.*$", page, re.MULTILINE)]
    assert rows[0][4] == weights  # what it is
    assert rows[1][3] == weights  # how good it is on the quickstart's data


@pytest.mark.parametrize("name", nets.NETS)
def test_a_recipe_has_keys_of_the_config(name):
    known = {
        "epochs", "patience", "batch_size", "learning_rate", "schedule", "warm_up",
        "weight_decay", "clip", "average", "loss", "augment",
    }  # fmt: skip
    assert set(nets.NETS[name].recipe) <= known


@pytest.mark.filterwarnings("ignore:Initializing zero-element tensors")
@pytest.mark.parametrize("name", nets.NETS)
def test_fewest_sites_are_enough_and_one_less_is_refused(name):
    fewest = nets.NETS[name].fewest_sites
    net = nets.build_net(name, fewest, 6, 2)
    assert net(*nets.make_blank_windows(fewest, 6)).shape == (1, 2)
    outputs = nets.record_activations(net, *nets.make_blank_windows(fewest, 6))
    assert all(output.numel() for output in outputs.values())
    with pytest.raises(
        CoalflowError, match=rf"{name} .*\b{fewest - 1} sites.*Raise encoding.sites"
    ):
        nets.build_net(name, fewest - 1, 6, 2)
    if fewest > 1:  # the layers would indeed have nothing left
        with pytest.raises((RuntimeError, AssertionError, AttributeError)):
            less = nets.NETS[name](fewest - 1, 6, 2, 1)
            answers = nets.record_activations(less, *nets.make_blank_windows(fewest - 1, 6))
            assert all(answer.numel() for answer in answers.values())


def test_an_unknown_net_is_named_with_the_nearest():
    with pytest.raises(CoalflowError, match=r"'spidna2'; the nets are: .*did you mean spidna\?"):
        nets.build_net("spidna2", WIDE, DEEP, 1)


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
    return nets.build_net("flagel_sweeps", sites=200, haplotypes=40, outputs=5)


def test_sweeps_net_has_the_shapes_of_the_published_one(sweeps_net):
    outputs = nets.record_activations(sweeps_net, *nets.make_blank_windows(200, 40))
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
    (plain, decayed) = nets.group_parameters(sweeps_net)
    assert (plain["weight_decay"], decayed["weight_decay"]) == (0.0, 2e-4)
    # Five convolutions and two dense layers; biases and the output are free.
    assert len(decayed["params"]) == 7
    assert all(weights.ndim == 2 for weights in decayed["params"])
    weights = decayed["params"][0].detach().clone().requires_grad_()
    (1e-4 * (weights**2).sum()).backward()
    torch.testing.assert_close(weights.grad, decayed["weight_decay"] * weights.detach())


def test_sweeps_net_reads_as_many_channels_of_positions_as_it_is_made_for():
    torch.manual_seed(0)
    net = nets.build_net("flagel_sweeps", WIDE, DEEP, 2, channels=2).eval()
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
    assert re.search(r"positions +\(60, 2\)", nets.tabulate_shapes(net, WIDE, DEEP, 2))


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
    outputs = nets.record_activations(
        nets.build_net(name, 40, 20, 1), *nets.make_blank_windows(40, 20)
    )
    weighted = {
        layer: tuple(output.shape[1:])
        for layer, output in outputs.items()
        if layer.startswith(("convolution", "pooling", "dense"))
    }
    assert weighted == PUBLISHED_SHAPES[name]


def test_the_net_for_recombination_penalises_all_but_its_output():
    net = nets.build_net("flagel_recombination", WIDE, DEEP, 1)
    assert net.l2 == 1e-4
    layers = {n for n, x in net.named_children() if isinstance(x, nn.Linear)}
    assert layers - set(net.penalised) == {"output"}


# Exchangeable nets -----------------------------------------------------------------------------


def as_conv(layer):
    """Return a layer of ours as one of PyTorch's over (1, kernel) places, channels first."""
    theirs = nn.Conv2d(layer.in_features // layer.kernel, layer.out_features, (1, layer.kernel))
    theirs.weight.copy_(layer.weight.unflatten(1, (layer.kernel, -1)).transpose(1, 2)[:, :, None])
    theirs.bias.copy_(layer.bias if layer.bias is not None else torch.zeros(layer.out_features))
    return theirs


@torch.no_grad()
def test_exchangeable_net_is_the_one_made_of_pytorchs_own_layers():
    torch.manual_seed(0)
    net = nets.build_net("exchangeable", WIDE, DEEP, 2).eval()
    haplotypes, positions, mask = random_inputs(3)
    alleles = haplotypes.transpose(1, 2)[:, None]
    seen = torch.cat([alleles, positions[:, None, None, :, 0].expand_as(alleles)], dim=1)
    for number in (1, 2):
        seen = torch.relu(as_conv(net.get_submodule(f"convolution_{number}"))(seen))
    seen = seen.amax(dim=2).transpose(1, 2).flatten(1)
    for number in (1, 2):
        seen = torch.relu(net.get_submodule(f"dense_{number}")(seen))
    expected = net.output(seen)
    torch.testing.assert_close(net(haplotypes, positions, mask), expected, rtol=1e-5, atol=1e-5)


@torch.no_grad()
def test_spidna_is_the_one_made_of_pytorchs_own_layers():
    """Where what is in common is laid beside each haplotype, as in the paper."""
    torch.manual_seed(0)
    net = nets.build_net("spidna", WIDE, DEEP, 2).train()
    haplotypes, positions, mask = random_inputs(3)

    def normalised(seen):
        return nn.BatchNorm2d(seen.shape[1])(seen)

    alleles = as_conv(net.convolution_alleles)(haplotypes.transpose(1, 2)[:, None])
    places = as_conv(net.convolution_positions)(positions[:, None, None, :, 0])
    places = torch.relu(normalised(places)).expand_as(alleles)
    seen = torch.cat([torch.relu(normalised(alleles)), places], dim=1)
    expected = 0
    for number in range(1, net.blocks + 1):
        block = net.get_submodule(f"block_{number}")
        own, common = normalised(seen).split(50, dim=1)
        answer = as_conv(block.convolution_own)(own) + as_conv(block.convolution_common)(common)
        mean = answer.mean(dim=2, keepdim=True)
        expected = expected + net.output[number - 1](mean.mean(dim=(2, 3)))
        seen = torch.cat([answer, mean.expand_as(answer)], dim=1)
        seen = torch.relu(nn.functional.max_pool2d(seen, (1, 2)))
    torch.testing.assert_close(net(haplotypes, positions, mask), expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(("sites", "blocks"), [(5, 1), (9, 1), (10, 2), (40, 4), (400, 7)])
def test_spidna_has_as_many_blocks_as_fit(sites, blocks):
    assert nets.build_net("spidna", sites, DEEP, 1).blocks == blocks


@pytest.mark.parametrize("name", ["spidna", "dilated_residual", "axial_transformer"])
def test_padding_at_the_right_end_changes_nothing(name):
    """The same sites in a row of 60 columns and, without padding, in one of 48."""
    torch.manual_seed(0)
    net = nets.build_net(name, WIDE, DEEP, 2).eval()
    inputs = random_inputs(3, padding=12)
    longer, shorter = net(*inputs), net(*(array[:, :-12] for array in inputs))
    if name == "spidna":  # its convolutions see the first site of the padding, as 0
        assert (longer - shorter).abs().max() < 0.1 * shorter.std()
    else:
        torch.testing.assert_close(longer, shorter, rtol=1e-4, atol=1e-5)


def test_smallest_windows_that_the_faq_net_takes():
    net = nets.build_net("flagel_tajimas_d", 4, 2, 1)
    assert net(torch.zeros(3, 4, 2)).shape == (3, 1)


@pytest.mark.parametrize("sites", [0, 1, 2, 3])
def test_too_few_sites_are_refused(sites):
    with pytest.raises(CoalflowError, match=rf"flagel_tajimas_d.*\b{sites}\b"):
        nets.build_net("flagel_tajimas_d", sites, 20, 1)


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


@pytest.mark.parametrize("dilation", [1, 2, 5])
def test_site_convolution_may_be_dilated(dilation):
    torch.manual_seed(dilation)
    ours = SiteConvolution(4, 6, 3, dilation)
    theirs = nn.Conv1d(4, 6, 3, dilation=dilation)
    with torch.no_grad():
        theirs.weight.copy_(ours.weight.reshape(6, 3, 4).transpose(1, 2))
        theirs.bias.copy_(ours.bias)
    windows = random_windows(7, 12, 4)
    expected = theirs(windows.transpose(1, 2)).transpose(1, 2)
    torch.testing.assert_close(ours(windows), expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize("padding", [0, 3, 8])
def test_normalisation_is_that_of_what_is_no_padding(padding):
    generator = torch.Generator().manual_seed(padding)
    windows = torch.randn(4, 5, 8, 6, generator=generator) * 3 + 1
    mask = torch.arange(8).expand(4, 8) < 8 - padding
    mask = mask | (torch.arange(4)[:, None] == 0)  # the first window has no padding
    ours, theirs = MaskedNormalisation(6), nn.BatchNorm1d(6)
    with torch.no_grad():
        for layer in (ours, theirs):
            layer.weight.copy_(torch.arange(1.0, 7.0))
            layer.bias.copy_(torch.arange(6.0))
    told = mask[:, None].expand(4, 5, 8)
    for training in (True, True, False):
        ours.train(training), theirs.train(training)
        expected = torch.zeros_like(windows)
        expected[told] = theirs(windows[told])
        torch.testing.assert_close(ours(windows, mask[:, None]), expected, rtol=1e-4, atol=1e-4)
    for name, buffer in theirs.named_buffers():
        torch.testing.assert_close(ours.get_buffer(name), buffer, rtol=1e-4, atol=1e-4)


def test_what_stands_beside_a_haplotype():
    haplotypes, positions, mask = random_inputs(2, padding=4)
    seen = beside(haplotypes + 5.0, positions + 7.0, mask)
    assert seen.shape == (2, DEEP, WIDE, 2)
    assert torch.equal(seen[1, 3, :-4, 0], haplotypes[1, :-4, 3] + 5.0)
    assert torch.equal(seen[1, 3, :-4, 1], positions[1, :-4, 0] + 7.0)
    assert not seen[:, :, -4:].any()


def test_mean_of_sites_counts_no_padding():
    windows = random_windows(3, 8, 4)
    mask = torch.arange(8).expand(3, 8) < torch.tensor([[8], [5], [0]])
    means = mean_of_sites(windows, mask)
    torch.testing.assert_close(means[0], windows[0].mean(dim=0))
    torch.testing.assert_close(means[1], windows[1, :5].mean(dim=0))
    assert not means[2].any()


@torch.no_grad()
def test_attention_is_that_of_pytorch():
    torch.manual_seed(0)
    ours, theirs = Attention(), nn.MultiheadAttention(32, 4, batch_first=True)
    theirs.in_proj_weight.copy_(ours.asked.weight)
    theirs.in_proj_bias.copy_(ours.asked.bias)
    theirs.out_proj.load_state_dict(ours.answered.state_dict())
    seen = random_windows(6, 7, 32)
    padding = torch.arange(7).expand(6, 7) >= 5
    normed = ours.normalisation(seen)
    expected, _ = theirs(normed, normed, normed, key_padding_mask=padding)
    ignored = padding[:, None, None].to(seen.dtype) * -1e9
    torch.testing.assert_close(ours(seen, ignored), seen + expected, rtol=1e-5, atol=1e-5)


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


@pytest.mark.parametrize("rate", [0.1, 0.25, 0.5])
def test_dropout_drops_its_share_and_keeps_the_mean(rate):
    layer, windows = Dropout(rate), torch.ones(101, 99, 100, requires_grad=True)
    torch.manual_seed(3)
    dropped = layer(windows)
    torch.manual_seed(3)
    assert torch.equal(layer(windows), dropped)
    kept = torch.tensor(1 / (1 - rate))
    assert set(dropped.unique().tolist()) == {0.0, kept.item()}
    # A million numbers: four standard errors are .002 at the most.
    assert (dropped == 0).double().mean().item() == pytest.approx(rate, abs=0.002)
    # Four numbers share a draw, but are independent.
    lost = (dropped == 0).flatten()[: 4 * (windows.numel() // 4)].view(-1, 4).double()
    assert (torch.corrcoef(lost.T) - torch.eye(4)).abs().max() < 0.01
    dropped.sum().backward()
    assert torch.equal(windows.grad, dropped.detach())
    assert layer.eval()(windows) is windows


def test_dropout_of_nothing_and_of_odd_numbers():
    layer = Dropout(0.5)
    assert layer(torch.ones(0, 3)).shape == (0, 3)
    assert layer(torch.ones(3, 1)).shape == (3, 1)
