"""The steps that a learner takes, as its recipe says."""

import copy
import subprocess
import sys

import numpy as np
import pytest
import torch
from helpers.data import PROPERTY
from helpers.models import varied_matrices
from helpers.workflow import ROOT
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from coalflow.config.schema.training import Recipe
from coalflow.evaluation.cards import NetInput
from coalflow.models import nets
from coalflow.models.training import learner

WITHOUT_COMPILER = """
import sys
import torch
from coalflow.models.training.learner import Adam
net = torch.nn.Linear(3, 2)
optimizer = Adam(net.parameters(), fused=True)
net(torch.ones(1, 3)).sum().backward()
optimizer.step()
optimizer.zero_grad()
optimizer.load_state_dict(optimizer.state_dict())
sys.exit("torch._dynamo" in sys.modules)
"""


def rates(**changes):
    recipe = Recipe(**{"epochs": 4, "learning_rate": 0.5, **changes})
    return [learner.schedule_learning_rate(step, 10, recipe) for step in range(40)]


def test_learning_rate_is_constant_by_default():
    assert rates() == [0.5] * 40


@pytest.mark.parametrize("schedule", ["constant", "cosine"])
def test_warm_up_rises_evenly_to_the_full_rate(schedule):
    found = rates(warm_up=0.5, schedule=schedule)
    assert found[:5] == pytest.approx([0.1, 0.2, 0.3, 0.4, 0.5])


def test_cosine_falls_to_0_at_the_end():
    found = rates(schedule="cosine")
    assert found[0] == 0.5
    assert found[20] == pytest.approx(0.25)
    assert found[-1] < 0.005
    assert np.all(np.diff(found) < 0)


@PROPERTY
@given(
    st.sampled_from(["constant", "cosine"]),
    st.floats(0, 5),
    st.integers(1, 50),
    st.integers(1, 5),
)
def test_learning_rate_is_never_above_its_highest(schedule, warm_up, steps_per_epoch, epochs):
    recipe = Recipe(schedule=schedule, warm_up=warm_up, epochs=epochs, learning_rate=0.5)
    for step in range(epochs * steps_per_epoch):
        assert 0 <= learner.schedule_learning_rate(step, steps_per_epoch, recipe) <= 0.5


def small_net():
    torch.manual_seed(1)
    return nets.build_net(
        "flagel_tajimas_d", NetInput(sites=8, haplotypes=6, channels=1), 1, dropout=0.0
    )


def train_a_little(net, **changes):
    """Return a net after three steps on windows whose loss does not depend on the weights."""
    net = copy.deepcopy(net)
    optimizer = learner.make_optimizer(net, Recipe(**changes))
    windows = torch.as_tensor(varied_matrices(4, 1), dtype=torch.float32)
    for _ in range(3):
        optimizer.zero_grad()
        (0 * net(windows)).sum().backward()
        optimizer.step()
    return net


def test_weight_decay_is_of_matrices_alone_and_decoupled():
    before, after = small_net(), train_a_little(small_net(), weight_decay=0.1)
    for (name, old), new in zip(before.named_parameters(), after.parameters(), strict=True):
        factor = (1 - 1e-3 * 0.1) ** 3 if old.dim() > 1 else 1.0
        torch.testing.assert_close(new, old * factor, rtol=1e-6, atol=0), name


def test_a_nets_own_penalty_replaces_weight_decay():
    net = nets.build_net("flagel_sweeps", NetInput(sites=40, haplotypes=6, channels=1), 2)
    groups = nets.group_parameters(net, 0.3)
    decays = {(group["weight_decay"], group["decoupled_weight_decay"]) for group in groups}
    assert decays == {(0.0, False), (2 * net.l2, False), (0.3, True)}
    (decoupled,) = (group["params"] for group in groups if group["decoupled_weight_decay"])
    assert [id(weights) for weights in decoupled] == [id(net.output.weight)]


def test_moving_average_is_what_it_says():
    net = nn.Linear(1, 1, bias=False)
    average = learner.make_moving_average(net, 0.9)
    expected = None
    for step in range(200):
        value = float(step % 7)
        with torch.no_grad():
            net.weight.fill_(value)
        average.update_parameters(net)
        kept = min(0.9, (1 + step) / (10 + step))
        expected = value if expected is None else kept * expected + (1 - kept) * value
    assert average.module.weight.item() == pytest.approx(expected, rel=1e-5)


def train_with(make_optimizer):
    """Return weights after some steps, in the middle of which the state is saved and restored."""
    torch.manual_seed(1)
    net, states = torch.nn.Linear(7, 3), torch.randn(6, 5, 7)
    optimizer = make_optimizer(
        [
            {"params": [net.weight], "weight_decay": 0.1, "decoupled_weight_decay": True},
            {"params": [net.bias]},
        ],
        lr=0.01,
        fused=True,
    )
    for inputs in states:
        optimizer.zero_grad()
        net(inputs).square().sum().backward()
        optimizer.step()
        optimizer.load_state_dict(optimizer.state_dict())
    return net.weight.detach(), net.bias.detach(), optimizer.state_dict()


def test_steps_of_adam_are_those_of_pytorch_to_the_bit():
    ours, theirs = train_with(learner.Adam), train_with(torch.optim.Adam)
    assert torch.equal(ours[0], theirs[0])
    assert torch.equal(ours[1], theirs[1])
    assert ours[2]["param_groups"] == theirs[2]["param_groups"]
    for name, state in ours[2]["state"].items():
        assert all(torch.equal(state[part], theirs[2]["state"][name][part]) for part in state)


def test_compiler_is_not_imported():
    command = [sys.executable, "-c", WITHOUT_COMPILER]
    assert subprocess.run(command, cwd=ROOT / "scripts", check=False).returncode == 0
