"""What every net must do, whatever it is: a new one is tested here as soon as it has a record."""

import re

import pytest
import torch
from helpers.data import PROPERTY
from helpers.nets import (
    HAPLOTYPES,
    SITES,
    begin,
    build,
    make_shape,
    predict,
    random_inputs,
    random_numbers,
)
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from coalflow.config.registry.nets import NETS
from coalflow.core.errors import CoalflowError
from coalflow.models import nets

ANY_HAPLOTYPES = [name for name, net in NETS.items() if net.any_haplotypes]
every_net = pytest.mark.parametrize("name", NETS)


def list_rates(net):
    return {name: x.p for name, x in net.named_children() if isinstance(x, nn.Dropout)}


def test_an_unknown_net_is_named_with_the_nearest():
    with pytest.raises(CoalflowError, match=r"'spidna2'; the nets are: .*did you mean spidna\?"):
        build("spidna2")


@every_net
def test_a_net_is_of_the_class_in_its_record(name):
    net = build(name)
    assert net.record is NETS[name]
    assert type(net) is nets.find_net_class(name)
    assert type(net).__name__ == NETS[name].class_name


# Inputs ------------------------------------------------------------------------------------------


@every_net
def test_a_net_uses_the_inputs_of_its_record(name):
    net = build(name, 3).eval()
    inputs = dict(
        zip(("haplotypes", "positions", "mask"), random_inputs(4, padding=9), strict=True)
    )
    before = predict(net, **inputs)
    others = {
        "haplotypes": -inputs["haplotypes"],
        "positions": inputs["positions"].flip(1) + 0.1,
        "mask": ~inputs["mask"],
    }
    for kind, changed in others.items():
        used = not torch.equal(before, predict(net, **{**inputs, kind: changed}))
        assert used == (kind in NETS[name].inputs), kind


@pytest.mark.filterwarnings("ignore:Initializing zero-element tensors")
@every_net
def test_fewest_sites_are_enough_and_one_less_is_refused(name):
    fewest = NETS[name].fewest_sites
    shape, smaller = (make_shape(sites, 6) for sites in (fewest, fewest - 1))
    net = nets.build_net(name, shape, 2)
    assert predict(net, *nets.make_blank_windows(shape)).shape == (1, 2)
    outputs = nets.record_activations(net, *begin(net, *nets.make_blank_windows(shape)))
    assert all(output.numel() for output in outputs.values())
    with pytest.raises(
        CoalflowError, match=rf"{name} .*\b{fewest - 1} sites.*Raise encoding.sites"
    ):
        nets.build_net(name, smaller, 2)
    if fewest > 1:  # the layers would indeed have nothing left
        with pytest.raises((RuntimeError, AssertionError, TypeError)):
            net = nets.find_net_class(name)(smaller, 2)
            outputs = nets.record_activations(net, *nets.make_blank_windows(smaller))
            assert all(output.numel() for output in outputs.values())


@every_net
def test_what_stands_in_padding_is_not_read(name):
    """Batches hold 0 there, which the nets of Flagel do read of haplotypes."""
    net = build(name, 3).eval()
    haplotypes, positions, mask = random_inputs(4, padding=9)
    before = predict(net, haplotypes, positions, mask)
    assert torch.isfinite(before).all()
    positions[~mask] = 17.0
    if "mask" in NETS[name].inputs and NETS[name].module != "flagel":
        haplotypes[~mask] = -5.0
    after = predict(net, haplotypes, positions, mask)
    torch.testing.assert_close(after, before, rtol=0, atol=0)


@every_net
@pytest.mark.parametrize("training", [True, False])
def test_windows_of_nothing_but_padding_give_numbers(name, training):
    net = build(name, 3).train(training)
    haplotypes, positions, mask = random_inputs(4)
    mask[2] = False
    outputs = predict(net, haplotypes * mask[:, :, None], positions * mask[:, :, None], mask)
    assert torch.isfinite(outputs).all()
    outputs.sum().backward()
    gradients = [weights.grad for weights in net.parameters()]
    assert all(torch.isfinite(gradient).all() for gradient in gradients)


@PROPERTY
@given(
    order=st.permutations(range(HAPLOTYPES)),
    padding=st.integers(0, SITES),
    seed=st.integers(0, 99),
)
@every_net
def test_order_of_haplotypes_matters_or_does_not(name, order, padding, seed):
    net = build(name, 2, seed=seed).eval()
    haplotypes, positions, mask = random_inputs(3, padding)
    before = predict(net, haplotypes, positions, mask)
    after = predict(net, haplotypes[:, :, order], positions, mask)
    if NETS[name].any_order:
        torch.testing.assert_close(after, before, rtol=1e-4, atol=1e-5)
    elif order != sorted(order) and not padding:
        assert not torch.allclose(after, before, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("haplotypes", [1, 2, HAPLOTYPES - 1, 3 * HAPLOTYPES])
@pytest.mark.parametrize("name", ANY_HAPLOTYPES)
def test_number_of_haplotypes_may_differ(name, haplotypes):
    net = build(name, 2).eval()
    _, positions, mask = random_inputs(3, padding=5)
    others = random_numbers(3, SITES, haplotypes)
    outputs = predict(net, others, positions, mask)
    assert torch.isfinite(outputs).all()
    assert not torch.allclose(outputs, predict(net, -others, positions, mask))


@pytest.mark.parametrize("name", sorted({*NETS} - {*ANY_HAPLOTYPES}))
def test_another_number_of_haplotypes_fails_where_the_record_fixes_it(name):
    _, positions, mask = random_inputs(3)
    with pytest.raises(RuntimeError):
        build(name)(random_numbers(3, SITES, HAPLOTYPES + 1), positions, mask)


# Layers ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("outputs", [1, 5])
@every_net
def test_last_activation_is_the_output(name, outputs):
    net = build(name, outputs)
    inputs = begin(net, *random_inputs(4))
    activations = nets.record_activations(net, *inputs)
    assert torch.equal(list(activations.values())[-1], net.eval()(*inputs))
    assert activations["output"].shape == (4, outputs)


@every_net
def test_activations_leave_no_hook(name):
    net = build(name)
    nets.record_activations(net, *begin(net, *random_inputs(1)))
    assert not any(layer._forward_hooks for layer in net.modules())


@every_net
def test_a_net_names_layers_that_it_has(name):
    net = build(name, 3)
    layers = dict(net.named_children())
    assert {*net.shown, *net.dropout, *net.penalised} <= set(layers)
    assert set(list_rates(net)) == set(net.dropout)


@every_net
def test_layers_that_are_shown_have_sites_and_units(name):
    """Pictures of layers have room for (sites, units) and for (units,)."""
    net = build(name, 3)
    assert net.shown
    outputs = nets.record_activations(net, *begin(net, *random_inputs(2)))
    assert {outputs[layer].dim() for layer in net.shown} <= {2, 3}


@every_net
def test_names_in_the_table_of_shapes_are_separated(name):
    net = build(name)
    lines = nets.tabulate_shapes(net, make_shape()).splitlines()[1:-1]
    names = [layer for layer in ("haplotypes", "positions") if layer in NETS[name].inputs]
    names += [layer for layer, _ in net.named_children()]
    assert [line.split()[0] for line in lines] == names


# Weights -----------------------------------------------------------------------------------------


@every_net
def test_dropout_is_that_of_the_authors_unless_another_is_given(name):
    published = build(name, 3)
    assert list_rates(published) == published.dropout
    other = build(name, 3, dropout=0.4)
    assert list_rates(other) == dict.fromkeys(published.dropout, 0.4)


@every_net
def test_weights_come_from_the_global_generator(name):
    def weights(seed):
        net = build(name, 2, seed=seed)
        return torch.cat([parameter.detach().flatten() for parameter in net.parameters()])

    assert torch.equal(weights(1), weights(1))
    assert not torch.equal(weights(1), weights(2))


@every_net
def test_every_weight_is_in_one_group(name):
    net = build(name, 2)
    grouped = [id(weights) for group in nets.group_parameters(net) for weights in group["params"]]
    assert sorted(grouped) == sorted(id(weights) for weights in net.parameters())


# Sites, haplotypes and outputs for which docstrings state the number of weights.
STATED_FOR = dict.fromkeys(NETS, (40, 20, 1)) | {
    "flagel_introgression": (40, 20, 3),
    "flagel_demography": (40, 20, 5),
    "flagel_sweeps": (200, 40, 5),
}


@every_net
def test_docstring_states_the_number_of_weights(name):
    sites, haplotypes, outputs = STATED_FOR[name]
    net = build(name, outputs, sites=sites, haplotypes=haplotypes)
    stated = re.findall(r"([\d,]+)\s+weights", type(net).__doc__)
    assert stated == [f"{nets.count_weights(net):,}"]


# Training ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("padding", [0, 9])
@every_net
def test_matrix_products_may_have_few_bits(name, padding):
    """As on a GPU, see ``training.precision``."""
    net = build(name, 3, dropout=0.0).train()
    inputs = begin(net, *random_inputs(16, padding))
    exact = net(*inputs)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        rough = net(*inputs)
    assert (rough - exact).abs().max() < 0.5 * exact.std()
    rough.float().sum().backward()
    assert all(torch.isfinite(weights.grad).all() for weights in net.parameters())


@every_net
def test_a_net_learns_a_simple_target(name):
    """The windows' mean, in 40 steps of Adam. A net that learns nothing keeps a loss of 0.94."""
    net = build(name, dropout=0.0).train()
    haplotypes, positions, mask = random_inputs(16)
    inputs = begin(net, haplotypes, positions, mask)
    net.calibrate(inputs)
    target = haplotypes.mean(dim=(1, 2))[:, None]
    target = (target - target.mean()) / target.std()
    optimizer = torch.optim.Adam(nets.group_parameters(net), lr=1e-3)
    for _ in range(40):
        loss = (net(*inputs) - target).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss.item() < 0.3
