"""Several processes that train together do what one does."""

import contextlib
import os
import socket
import sys

import pytest
import torch
from helpers.data import PROPERTY
from helpers.models import replicates_of, varied_matrices
from helpers.training import make_plan, run
from hypothesis import given
from hypothesis import strategies as st

from coalflow.config.schema.training import Recipe
from coalflow.core.errors import CoalflowError
from coalflow.models.training import devices, processes

PLAN = make_plan(epochs=2, batch_size=24, dropout=0.0, average=0.8, clip=1.0, schedule="cosine")


def data():
    # The last batch is of one window: nothing is left for the second process.
    return [replicates_of(varied_matrices(number, number)) for number in (97, 41)]


def train_together(together, folder):
    train, validation = data()
    devices.make_deterministic(threads=1)
    return run(train, validation, PLAN, folder / "checkpoint.pt", together=together)


def one_of_two(rank, port, folder):
    os.environ |= {
        "RANK": str(rank),
        "LOCAL_RANK": str(rank),
        "WORLD_SIZE": "2",
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(port),
    }
    with processes.join_processes(torch.device("cpu")) as together:
        assert (together.rank, together.count) == (rank, 2)
        net, history = train_together(together, folder)
        torch.save({"net": net.state_dict(), "history": history}, folder / f"{rank}.pt")


def test_two_processes_equal_one(tmp_path, capfd):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    torch.multiprocessing.spawn(one_of_two, (port, tmp_path), nprocs=2)
    said = capfd.readouterr().err
    assert said.count("best: epoch") == 1
    alone = tmp_path / "alone"
    alone.mkdir()
    net, history = train_together(processes.ALONE, alone)
    for rank in range(2):
        found = torch.load(tmp_path / f"{rank}.pt", weights_only=True)
        for name, weights in net.state_dict().items():
            torch.testing.assert_close(found["net"][name], weights, rtol=0, atol=1e-5)
        for ours, theirs in zip(found["history"], history, strict=True):
            assert ours == pytest.approx(theirs, abs=1e-5)


ARGUMENTS = ["scripts/train.py", "--log", "0.log"]


@pytest.fixture
def started(monkeypatch):
    """Return a function that returns the command of srun or torchrun that would be run, if any."""
    commands = []

    def ended_with(file, command):
        commands.append(command)
        raise SystemExit

    monkeypatch.setattr(os, "execvp", ended_with)
    monkeypatch.setattr(processes.run, "main", commands.append)
    monkeypatch.setattr(sys, "argv", ARGUMENTS)
    # Set and deleted, so that what is set by others is undone.
    for name in ("LOCAL_RANK", "SLURM_JOB_ID", processes.MEETING_POINT):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)

    def start(**options):
        commands.clear()
        with contextlib.suppress(SystemExit):
            processes.start_processes(Recipe(threads=3, **options))
        return commands[0] if commands else None

    return start


def test_one_process_needs_nobody_to_start_it(started):
    assert started() is None


def test_several_processes_are_started_only_once(started, monkeypatch):
    command = started(processes=2)
    assert {"--standalone", "--nproc-per-node=2"} < set(command)
    assert command[-4:] == ["--", *ARGUMENTS]
    monkeypatch.setenv("LOCAL_RANK", "1")
    assert started(processes=2) is None


def test_processes_of_several_nodes_are_started_by_srun_and_meet_at_the_first(started, monkeypatch):
    monkeypatch.setenv("SLURM_JOB_ID", "77")
    command = started(processes=2, nodes=4)
    assert command[0] == "srun"
    # One task on each node, for all threads there.
    tasks = {"--nodes=4", "--ntasks=4", "--ntasks-per-node=1", "--cpus-per-task=6"}
    assert tasks < set(command)
    assert command[-4:] == [sys.executable, *ARGUMENTS]
    point = os.environ[processes.MEETING_POINT]
    host, port = point.split(":")
    assert host == socket.gethostname()
    assert 1024 <= int(port) < 65536
    command = started(processes=2, nodes=4)
    meeting = {"--rdzv-backend=c10d", "--rdzv-id=77", f"--rdzv-endpoint={point}"}
    assert {"--nnodes=4", "--nproc-per-node=2", *meeting} < set(command)
    assert command[-4:] == ["--", *ARGUMENTS]


def test_several_nodes_need_a_job_of_slurm(started):
    words = "training.nodes is 2, but this is not a SLURM job: .* set training.nodes to 1"
    with pytest.raises(CoalflowError, match=words):
        started(nodes=2)


@PROPERTY
@given(st.integers(1, 40), st.integers(1, 6))
def test_every_window_counts_once(windows, count):
    rows = torch.arange(windows) + 7
    together = [processes.Processes(rank, count) for rank in range(count)]
    shares = [process.share(rows) for process in together]
    assert all(len(mine) for mine, _ in shares)
    counted = [row for mine, weight in shares if weight for row in mine.tolist()]
    assert sorted(counted) == rows.tolist()
    parts = [rows[process.select_part(windows)] for process in together]
    assert all(len(part) for part in parts)
    assert torch.cat(parts)[:windows].equal(rows)
