"""Where nets are trained, and that they give the same bits there."""

import os

import pytest
import torch
from helpers.training import make_plan, run

from coalflow.core.errors import CoalflowError
from coalflow.models.training import devices


def test_cuda_without_cuda_is_refused(noise, tmp_path, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(CoalflowError, match=r"training\.device is cuda"):
        run(*noise, make_plan(device="cuda"), tmp_path / "checkpoint.pt")


@pytest.mark.parametrize(
    ("name", "available", "chosen"),
    [
        ("auto", False, "cpu"),
        ("auto", True, "cuda"),
        ("cpu", False, "cpu"),
        ("cpu", True, "cpu"),
        ("cuda", True, "cuda"),
    ],
)
def test_choice_of_device(name, available, chosen, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: available)
    assert devices.choose_device(name).type == chosen


@pytest.mark.parametrize("threads", [1, 2])
def test_make_deterministic_does_what_it_says(threads):
    torch.use_deterministic_algorithms(False)
    os.environ.pop("CUBLAS_WORKSPACE_CONFIG", None)
    devices.make_deterministic(threads)
    assert torch.are_deterministic_algorithms_enabled()
    assert torch.get_num_threads() == threads
    assert os.environ["CUBLAS_WORKSPACE_CONFIG"] == ":4096:8"


def test_a_seeded_generator_gives_the_numbers_of_manual_seed():
    torch.manual_seed(2**63 - 1)
    expected = torch.rand(3)
    devices.seed_generator(torch.device("cpu"), 2**63 - 1)
    assert torch.equal(torch.rand(3), expected)
