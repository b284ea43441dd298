"""Fixtures that several modules of tests share."""

import pytest
import torch
from helpers.models import classes_of, replicates_of, varied_matrices, windows_of
from helpers.workflow import TINY, TINY_CLASSES, copy_of_coalflow, share_run

# Tests run side by side: threads of one would wait for those of the others.
torch.set_num_threads(1)


LONGEST = ("tests/workflow/", "tests/slurm/")


def pytest_collection_modifyitems(items):
    """Let the longest tests start first, so that none runs alone at the end."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONGEST))


@pytest.fixture(scope="session")
def train():
    return replicates_of(varied_matrices(300, seed=1))


@pytest.fixture(scope="session")
def validation():
    return replicates_of(varied_matrices(100, seed=2))


@pytest.fixture(scope="session")
def windows():
    return windows_of(varied_matrices(50, seed=3))


@pytest.fixture(scope="session")
def train_classes():
    return classes_of(varied_matrices(300, seed=4))


@pytest.fixture(scope="session")
def validation_classes():
    return classes_of(varied_matrices(100, seed=5))


@pytest.fixture(scope="session")
def finished(tmp_path_factory):
    """Run the tiny config once; tests look at it, or go on from a copy."""
    return share_run(tmp_path_factory, TINY)


@pytest.fixture(scope="session")
def results_of_classes(tmp_path_factory):
    """Run the tiny config whose target has classes once; return the folder of its results."""
    return share_run(tmp_path_factory, TINY_CLASSES) / "results" / "tiny_classes"


@pytest.fixture
def fresh(tmp_path):
    """Return a folder with a copy of the workflow, without results."""
    return copy_of_coalflow(tmp_path)


@pytest.fixture
def capped_bootstraps(monkeypatch):
    """Draw fewer resamples: enough where only the table's form counts."""
    monkeypatch.setattr("coalflow.evaluation.bootstrap.BOOTSTRAPS", 200)
