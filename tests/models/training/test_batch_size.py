"""What ``batch_size: auto`` finds."""

import json

import numpy as np
import pytest
import torch
from helpers.training import make_plan, new_net

from coalflow.models.training import batch_size, processes

CPU = torch.device("cpu")


@pytest.fixture
def found(train, tmp_path):
    """Return a function that finds a size for a training with this number of windows."""
    plan = make_plan(batch_size="auto")

    def find(windows, together=processes.ALONE, path=tmp_path / "batch_size.json"):
        some = train.windows[np.arange(windows) % len(train)]
        return batch_size.find_batch_size(new_net(plan, train), some, plan, CPU, together, path)

    return find


def set_speeds(monkeypatch, **speeds):
    """Let batches of these sizes have these speeds; larger ones do not fit into memory."""

    def measure(net, inputs, size, recipe, device):
        if f"b{size}" not in speeds:
            raise torch.OutOfMemoryError
        return speeds[f"b{size}"]

    monkeypatch.setattr(batch_size, "_measure_speed", measure)


@pytest.mark.parametrize(
    ("speeds", "size"),
    [
        (
            {"b32": 100, "b64": 180, "b128": 190, "b256": 400},
            64,
        ),  # nothing larger is tried once little is gained
        ({"b32": 100, "b64": 180, "b128": 300}, 128),  # as many as fit into memory
        ({"b32": 100, "b64": 90}, 32),
    ],
)
def test_the_smallest_that_is_fast(speeds, size, found, monkeypatch):
    set_speeds(monkeypatch, **speeds)
    assert found(100_000) == size


@pytest.mark.parametrize(("windows", "size"), [(300, 32), (3200, 64), (6400, 128)])
def test_an_epoch_keeps_its_steps(windows, size, found, monkeypatch):
    set_speeds(monkeypatch, b32=1, b64=2, b128=4, b256=8)
    assert found(windows) == size


def test_a_resumed_training_keeps_the_size_that_was_found(found, monkeypatch, tmp_path):
    set_speeds(monkeypatch, b32=1, b64=2)
    assert found(6400) == 64
    assert json.loads((tmp_path / "batch_size.json").read_text())["batch_size"] == 64
    set_speeds(monkeypatch, b32=1)
    assert found(6400) == 64


def test_several_processes_share_a_batch_that_is_larger_by_their_number(found, monkeypatch):
    class Two(processes.Processes):
        def find_largest(self, value):
            return value

    set_speeds(monkeypatch, b32=1, b64=2, b128=4)
    assert found(6400, Two(0, 2)) == 2 * 64


def test_speeds_are_measured_and_the_net_is_as_before(train, tmp_path):
    plan = make_plan(batch_size="auto")
    net = new_net(plan, train)
    before = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    path = tmp_path / "batch_size.json"
    size = batch_size.find_batch_size(net, train.windows, plan, CPU, processes.ALONE, path)
    assert size == batch_size.SIZES[0]  # of 300 windows
    assert all(torch.equal(before[name], tensor) for name, tensor in net.state_dict().items())
