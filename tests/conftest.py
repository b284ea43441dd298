"""Small data and models that several modules of tests share."""

import hypothesis
import numpy as np
import pandas as pd
import pytest
import torch
from helpers_data import STATISTICS, computed, seen_as, summed_up, targets_of
from helpers_workflow import copy_of_coalflow

from coalflow import baselines, batches, dataset, models, nets, scales
from coalflow.encoding import Windows
from coalflow.training import losses

SITES, HAPLOTYPES = 8, 6
CLASSES = ["growth", "constant"]  # not in the order of the alphabet

# Tests run side by side: threads of one would wait for those of the others.
torch.set_num_threads(1)

# The same examples on every machine and in every order of tests.
PROPERTY = hypothesis.settings(derandomize=True, database=None, deadline=None, max_examples=100)


def varied_matrices(number, seed, sites=SITES, haplotypes=HAPLOTYPES):
    """Return random 0/1 matrices in which every site varies."""
    generator = np.random.default_rng(seed)
    carriers = generator.integers(1, haplotypes, size=(number, sites, 1))
    ranks = generator.random((number, sites, haplotypes)).argsort(axis=2).argsort(axis=2)
    return (ranks < carriers).astype(np.uint8)


def windows_of(matrices):
    """Return 0/1 matrices as encoded windows without padding, their sites evenly spread."""
    number, sites, _ = matrices.shape
    positions = np.linspace(0, 1, sites, dtype=np.float32)
    return Windows.of(
        np.ascontiguousarray(matrices),
        np.tile(positions, (number, 1)),
        np.ones((number, sites), bool),
    )


def padded(windows, left, right):
    """Return windows with more padding, so many columns on either side."""
    wide = [(0, 0), (left, right)]
    return Windows.of(
        np.pad(windows.haplotypes, [*wide, (0, 0)]),
        np.pad(windows.positions, wide),
        np.pad(windows.mask, wide),
    )


def replicates_of(matrices, *names):
    """Return matrices as the library hands them to models, with statistics as the targets."""
    windows = windows_of(matrices)
    target = np.column_stack([computed(name, windows) for name in names or ["diversity"]])
    return dataset.Replicates(windows, target, table_of(len(matrices)))


def classes_of(matrices):
    """Return matrices with classes as the target; in "growth" only two haplotypes vary."""
    table = table_of(len(matrices))
    matrices = matrices.copy()
    of_growth = (table["history"] == "growth").to_numpy()
    matrices[of_growth, :, 2:] = 0
    numbers = np.array([CLASSES.index(name) for name in table["history"]])
    return dataset.Replicates(windows_of(matrices), numbers, table, CLASSES)


def summarised(replicates, name="ridge", target="diversity"):
    """Return replicates as a baseline of this name and target sees them."""
    statistics = summed_up(replicates.windows)
    read = baselines.statistics_of(name, list(statistics), targets_of(target))
    of_target = replicates.target, replicates.table, replicates.classes
    return dataset.Summarised(statistics[read], *of_target)


def table_of(number):
    """Return rows of a split table, as far as models look at them."""
    return pd.DataFrame(
        {
            "cell": "all",
            "replicate": np.arange(number),
            "population_size": np.linspace(100, 900, number).round().astype(int),
            "mutation_rate": np.linspace(1e-8, 2e-8, number),
            "history": np.where(np.arange(number) % 2, "growth", "constant"),
        }
    )


def settings_of_models(target="diversity"):
    return {
        "seed": 7,
        "observation": seen_as(polarised=True),
        "encoding": {
            "sites": SITES,
            "stretch": "central",
            "pad": False,
            "length": 10_000,
            "order": "sampled",
            "positions": "position",
            "coding": "signed",
        },
        "statistics": STATISTICS,
        "target": targets_of(target),
        "samples": [["all", HAPLOTYPES // 2]],
        "ploidy": 2,
        "classes": CLASSES if target == "history" else None,
        "known": {"population_size": 10_000, "mutation_rate": 1e-8},
        "parameters": ["population_size", "mutation_rate", "history"],
    }


def scale_of(train, settings):
    return None if train.classes else scales.Scale.of(train.target, settings["target"])


def save_untrained_net(
    folder, train, restart=0, target="diversity", name="flagel_tajimas_d", loss="squared"
):
    """Save a net with random weights and return it: what a net predicts does not matter here."""
    torch.manual_seed(restart)
    settings = settings_of_models(target)
    outputs = losses.number_of_outputs(loss, settings["target"], train.classes)
    shape = batches.input_shape(train.windows, settings["encoding"])
    net = nets.build(name, **shape, outputs=outputs, dropout=0.5)
    scale = scale_of(train, settings)
    card = models.make_card("net", name, restart, settings, train, scale, loss=loss)
    models.save_net(folder, net, card)
    return net


def save_fitted_baseline(folder, name, train, validation, target="diversity"):
    """Fit and save a baseline and return the estimator."""
    settings = settings_of_models(target)
    scale = scale_of(train, settings)
    train, validation = (summarised(one, name, target) for one in (train, validation))
    estimator = baselines.fit(name, train, validation, settings, scale)
    card = models.make_card("baseline", name, None, settings, train, scale)
    models.save_baseline(folder, estimator, card)
    return estimator


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


@pytest.fixture
def fresh(tmp_path):
    """Return a folder with a copy of the workflow, without results."""
    return copy_of_coalflow(tmp_path)


@pytest.fixture
def capped_bootstraps(monkeypatch):
    """Draw fewer resamples: enough where only the table's form counts."""
    monkeypatch.setattr("coalflow.metrics.BOOTSTRAPS", 200)
