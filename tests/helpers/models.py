"""Small replicates, models and settings that several tests share."""

import numpy as np
import pandas as pd
import torch
from helpers.data import (
    compute,
    make_encoding,
    make_observation,
    make_samples,
    make_targets,
    summarise,
)

from coalflow.config.schema.dataset import Features
from coalflow.config.schema.training import Recipe, Training
from coalflow.config.settings.learning import FitBaselineSettings, TrainSettings
from coalflow.config.settings.view import SimulatedView, View
from coalflow.dataset import loading
from coalflow.dataset.target_scaling import TargetScaling
from coalflow.evaluation import cards
from coalflow.models import baselines, batches, card_making, nets
from coalflow.models.storage.baselines import save_baseline
from coalflow.models.storage.nets import save_net
from coalflow.models.training import losses
from coalflow.windows.measures import measure_windows
from coalflow.windows.packed_windows import Windows

SITES, HAPLOTYPES = 8, 6
CLASSES = ("growth", "constant")  # not in the order of the alphabet


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
    return Windows.pack(
        np.ascontiguousarray(matrices),
        np.tile(positions, (number, 1)),
        np.ones((number, sites), bool),
    )


def padded(windows, left, right):
    """Return windows with more padding, that many columns on either side."""
    wide = [(0, 0), (left, right)]
    return Windows.pack(
        np.pad(windows.haplotypes, [*wide, (0, 0)]),
        np.pad(windows.positions, wide),
        np.pad(windows.mask, wide),
    )


def replicates_of(matrices, *names):
    """Return matrices as the library hands them to models, with statistics as the targets."""
    windows = windows_of(matrices)
    target = np.column_stack([compute(name, windows) for name in names or ["diversity"]])
    return loading.Replicates(windows, target, table_of(len(matrices)))


def classes_of(matrices):
    """Return matrices with classes as the target; in "growth" only two haplotypes vary."""
    table = table_of(len(matrices))
    matrices = matrices.copy()
    in_growth = (table["history"] == "growth").to_numpy()
    matrices[in_growth, :, 2:] = 0
    numbers = np.array([CLASSES.index(name) for name in table["history"]])
    return loading.Replicates(windows_of(matrices), numbers, table, CLASSES)


def summarised(replicates, name="ridge", target="diversity"):
    """Return replicates as a baseline of this name and target sees them."""
    statistics = summarise(replicates.windows)
    read = baselines.choose_features(name, list(statistics), make_view(target).targets)
    return loading.Summarised(
        statistics[read], replicates.target, replicates.table, replicates.classes
    )


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


def make_view(target="diversity", samples=None):
    """Return what models see of the windows here: polarised, in the order of the sample."""
    return View(
        observation=make_observation(polarised=True),
        encoding=make_encoding(sites=SITES, length=10_000, order="sampled"),
        samples=samples or make_samples(HAPLOTYPES // 2),
        targets=make_targets(target, classes=CLASSES if target == "history" else None),
    )


PARAMETERS = ("population_size", "mutation_rate", "history")


def make_train_settings(view, net="flagel_tajimas_d", restart=0, seed=7, **training):
    """Return the settings of a training, with exactly these keys of ``training``."""
    return TrainSettings(
        seed=seed,
        net=net,
        restart=restart,
        training=Training.model_validate(training),
        parameters=PARAMETERS,
        view=SimulatedView(encoding=view.encoding, samples=view.samples, targets=view.targets),
    )


def make_baseline_settings(name, view, seed=7, **known):
    """Return the settings for the fit of a baseline; ``known`` are factors of theta."""
    return FitBaselineSettings(
        seed=seed,
        baseline=name,
        features=Features(),
        known=known or {"population_size": 10_000, "mutation_rate": 1e-8},
        parameters=PARAMETERS,
        view=SimulatedView(encoding=view.encoding, samples=view.samples, targets=view.targets),
    )


def fit_scaling(train, view):
    if view.targets.has_classes:
        return None
    return TargetScaling.fit(train.target, view.targets)


def save_untrained_net(
    folder, train, restart=0, target="diversity", name="flagel_tajimas_d", loss="squared"
):
    """Save a net with random weights and return it: what a net predicts does not matter here."""
    torch.manual_seed(restart)
    view = make_view(target)
    shape = batches.measure_input_shape(train.windows, view.encoding)
    outputs = losses.count_outputs(loss, view.targets)
    net = nets.build_net(name, shape, outputs, dropout=0.5)
    settings = make_train_settings(view, name, restart)
    recipe = Recipe(loss="cross_entropy" if view.targets.has_classes else loss)
    training = cards.NetTraining(
        recipe=recipe,
        inputs=net.record.inputs,
        weights=nets.count_weights(net),
        best_epoch=1,
        device="cpu",
    )
    card = card_making.make_net_card(
        settings, view, train, fit_scaling(train, view), shape, training
    )
    save_net(folder, net, card)
    return net


def save_fitted_baseline(folder, name, train, validation, target="diversity"):
    """Fit and save a baseline and return the estimator."""
    view = make_view(target)
    scaling = fit_scaling(train, view)
    settings = make_baseline_settings(name, view)
    measures = measure_windows(train.windows)
    train, validation = (summarised(one, name, target) for one in (train, validation))
    estimator = baselines.fit_baseline(train, validation, settings, view, scaling)
    card = card_making.make_baseline_card(settings, view, train, measures, scaling)
    save_baseline(folder, estimator, card)
    return estimator


def random_windows(windows=3, sites=60, haplotypes=8, seed=0, padding=0):
    """Return alleles, positions and mask, as the net has them after decoding."""
    generator = torch.Generator().manual_seed(seed)
    frequency = torch.rand(windows, sites, 1, generator=generator)
    alleles = (torch.rand(windows, sites, haplotypes, generator=generator) < frequency).float()
    positions = torch.rand(windows, sites, generator=generator).sort(dim=1).values
    mask = torch.ones(windows, sites, dtype=torch.bool)
    mask[:, sites - padding :] = False
    return alleles * mask[:, :, None], positions * mask, mask
