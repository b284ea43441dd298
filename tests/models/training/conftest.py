"""Fixtures that tests of training share."""

import math
import os

import numpy as np
import pytest
import torch
from helpers.models import replicates_of, varied_matrices

from coalflow.dataset.loading import Replicates
from coalflow.models.training import devices, loop


@pytest.fixture(autouse=True)
def deterministic():
    """Train as the program does, and leave PyTorch as it was for other tests."""
    threads = torch.get_num_threads()
    algorithms = torch.are_deterministic_algorithms_enabled()
    cublas = os.environ.get("CUBLAS_WORKSPACE_CONFIG")
    devices.make_deterministic(threads=1)
    yield
    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(algorithms)
    if cublas is None:
        os.environ.pop("CUBLAS_WORKSPACE_CONFIG", None)
    else:
        os.environ["CUBLAS_WORKSPACE_CONFIG"] = cublas


@pytest.fixture(scope="module", autouse=True)
def saved_after_each_epoch():
    """Save after each epoch, as if it took long: where a training resumes is then certain."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loop, "SHARE_OF_SAVING", math.inf)
        yield


@pytest.fixture(scope="session")
def noise():
    """Targets without any relation to the windows: a net can only memorise them."""
    generator = np.random.default_rng(5)
    made = []
    for number, seed in ((64, 6), (200, 7)):
        learnt = replicates_of(varied_matrices(number, seed))
        made.append(Replicates(learnt.windows, generator.normal(size=(number, 1)), learnt.table))
    return made
