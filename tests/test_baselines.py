import os
import pathlib
import subprocess
import sys

import numpy as np
import pytest
import sklearn.metrics
from conftest import replicates_of, settings_of_models, varied_matrices, windows_of
from helpers_data import targets_of
from threadpoolctl import threadpool_info, threadpool_limits

from coalflow import baselines, scales, statistics, targets
from coalflow.dataset import Replicates

NAMES = ("diversity", "tajimas_d")  # of one target or two, whatever they are
TESTS = pathlib.Path(__file__).parent


@pytest.fixture(scope="module")
def data():
    """Training, validation and test replicates; at every site of them something varies."""
    numbers = {"train": 500, "validation": 150, "test": 300}
    return {
        split: replicates_of(varied_matrices(number, seed=number), "tajimas_d")
        for split, number in numbers.items()
    }


def fit(name, train, validation, *targets, seed=1):
    """Fit a baseline, of classes or of numbers; only ``targets`` are kept from it."""
    settings = {**settings_of_models(), "seed": seed, "target": targets_of(*targets)}
    return baselines.fit(name, train, validation, settings, scale_of(train))


def scale_of(train):
    if train.classes:
        return None
    return scales.Scale.of(train.target, targets_of(*NAMES[: train.target.shape[1]]))


def summaries(windows, *targets):
    return statistics.summaries(windows, targets_of(*targets), {})[0]


def predict(estimator, windows, train):
    """Return predictions in the targets' own units, float64 (windows, targets)."""
    return scale_of(train).restore(estimator.predict(summaries(windows)).reshape(len(windows), -1))


def rmse(estimator, replicates, train):
    errors = predict(estimator, replicates.windows, train) - replicates.target
    return np.sqrt(np.mean(errors**2, axis=0))


def with_target(replicates, target):
    return Replicates(replicates.windows, target.reshape(len(replicates), -1), replicates.table)


def test_mean_predicts_the_training_mean(data):
    estimator = fit("mean", data["train"], data["validation"])
    predicted = predict(estimator, data["test"].windows, data["train"])
    np.testing.assert_allclose(predicted, data["train"].target.mean(), rtol=1e-12)


def test_ridge_is_exact_where_the_target_is_linear_in_the_spectrum(data):
    """At a fixed number of sites, Tajima's D is linear in pi."""
    train, validation, test = data.values()
    estimator = fit("ridge", train, validation, "tajimas_d")
    features, names = statistics.summaries(test.windows, targets_of("tajimas_d"), {})
    assert "tajimas_d" not in names
    assert "tajimas_d_1_of_5" in names
    error = scale_of(train).restore(estimator.predict(features).reshape(len(test), 1)) - test.target
    assert np.sqrt(np.mean(error**2)) < 1e-6


def test_gradient_boosting_beats_the_mean(data):
    train, validation, test = data.values()
    errors = {
        name: rmse(fit(name, train, validation), test, train)
        for name in ("mean", "gradient_boosting")
    }
    assert errors["gradient_boosting"] < 0.3 * errors["mean"]


@pytest.mark.parametrize("name", ["mean", "ridge"])
def test_validation_data_do_not_touch_mean_and_ridge(name, data):
    train, validation, test = data.values()
    generator = np.random.default_rng(1)
    other = Replicates(
        windows_of(generator.permuted(validation.windows.haplotypes, axis=2)),
        generator.normal(size=(len(validation), 1)),
        validation.table,
    )
    predictions = [
        predict(fit(name, train, one), test.windows, train) for one in (validation, other)
    ]
    assert np.array_equal(*predictions)


def test_gradient_boosting_stops_by_the_validation_data(data):
    train, validation, _ = data.values()
    noise = np.random.default_rng(1).normal(size=len(validation))
    iterations = [
        fit("gradient_boosting", train, one).estimators_[0].n_iter_
        for one in (validation, with_target(validation, noise))
    ]
    assert 20 <= iterations[1] < iterations[0] < 1000


def test_gradient_boosting_learns_nothing_from_the_validation_data(data):
    """More trees may grow, but those that do are the same."""
    train, validation, test = data.values()
    noise = np.random.default_rng(1).normal(size=len(validation))
    features = summaries(test.windows)
    short, long = (
        list(fit("gradient_boosting", train, one).estimators_[0].staged_predict(features))
        for one in (with_target(validation, noise), validation)
    )
    assert len(short) < len(long)
    assert np.array_equal(short, long[: len(short)])


@pytest.mark.parametrize("name", ["mean", "ridge", "gradient_boosting"])
def test_same_seed_gives_the_same_bits(name, data):
    train, validation, test = data.values()
    predictions = [predict(fit(name, train, validation), test.windows, train) for _ in range(2)]
    assert np.array_equal(*predictions)


@pytest.mark.parametrize(
    ("name", "estimator"),
    [("ridge", "RidgeCV"), ("gradient_boosting", "HistGradientBoostingRegressor")],
)
def test_one_thread_fits(name, estimator, data, monkeypatch):
    """Small data give the same bits on more threads too, large ones need not."""
    fit_itself = getattr(baselines, estimator).fit
    threads = []

    def watched(*arguments, **options):
        threads.extend(library["num_threads"] for library in threadpool_info())
        return fit_itself(*arguments, **options)

    monkeypatch.setattr(getattr(baselines, estimator), "fit", watched)
    with threadpool_limits(2):
        fit(name, data["train"], data["validation"])
    assert set(threads) == {1}


DIGEST = """
import hashlib, sys
from conftest import replicates_of, varied_matrices
from test_baselines import fit, summaries
train, validation = (replicates_of(varied_matrices(n, seed=n)) for n in (4000, 500))
for name in ("ridge", "gradient_boosting"):
    estimator = fit(name, train, validation)
    predicted = estimator.predict(summaries(validation.windows))
    print(name, hashlib.sha256(predicted.tobytes()).hexdigest())
"""


def digest_with_threads(number):
    """Fit in a process of its own: threads are counted when the libraries are loaded."""
    paths = os.pathsep.join([str(TESTS), str(TESTS.parent / "scripts")])
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), str(number))
    environment = {**os.environ, "PYTHONPATH": paths, **threads}
    command = [sys.executable, "-c", DIGEST]
    done = subprocess.run(
        command, env=environment, check=True, timeout=300, capture_output=True, text=True
    )
    return done.stdout


def test_threads_do_not_change_a_bit():
    one, two = digest_with_threads(1), digest_with_threads(2)
    assert len(one.split()) == 4
    assert one == two


# Classes -------------------------------------------------------------------------------------

OF_CLASSES = ["mean", "logistic_regression", "gradient_boosting"]


@pytest.fixture(scope="module")
def classified():
    """Training, validation and test replicates of three classes, hard to tell apart."""
    made = {}
    for split, number in {"train": 600, "validation": 150, "test": 300}.items():
        matrices = varied_matrices(number, seed=number + 1)
        generator = np.random.default_rng(number)
        target = generator.integers(3, size=number)
        # In class 1 some haplotypes are copies; class 2 has none of the later sites.
        copied = (target == 1) & (generator.random(number) < 0.8)
        matrices[copied, :, 4:] = matrices[copied, :, :2]
        matrices[(target == 2) & (generator.random(number) < 0.8), 5:] = 0
        table = replicates_of(matrices).table
        made[split] = Replicates(windows_of(matrices), target, table, ["a", "b", "c"])
    return made


def log_loss(estimator, replicates):
    probabilities = estimator.predict_proba(summaries(replicates.windows))
    return sklearn.metrics.log_loss(replicates.target, probabilities)


def test_mean_predicts_the_frequencies_of_classes(classified):
    estimator = fit("mean", classified["train"], classified["validation"])
    predicted = estimator.predict_proba(summaries(classified["test"].windows))
    frequencies = np.bincount(classified["train"].target) / 600
    np.testing.assert_allclose(predicted, np.tile(frequencies, (300, 1)), rtol=1e-12)


def test_baselines_of_classes_beat_their_frequencies(classified):
    train, validation, test = classified.values()
    losses = {name: log_loss(fit(name, train, validation), test) for name in OF_CLASSES}
    assert losses["logistic_regression"] < 0.7 * losses["mean"]
    assert losses["gradient_boosting"] < 0.7 * losses["mean"]


@pytest.mark.parametrize("name", ["mean", "logistic_regression"])
def test_validation_data_do_not_touch_mean_and_logistic_regression(name, classified):
    train, validation, test = classified.values()
    other = Replicates(
        windows_of(varied_matrices(80, seed=3)),
        np.arange(80) % 3,
        train.table[:80],
        ["a", "b", "c"],
    )
    features = summaries(test.windows)
    one, two = (
        fit(name, train, watched).predict_proba(features) for watched in (validation, other)
    )
    assert np.array_equal(one, two)


@pytest.mark.parametrize("name", ["ridge", "logistic_regression"])
def test_statistics_are_scaled_by_the_training_data(name, data, classified):
    train, validation, _ = (data if name == "ridge" else classified).values()
    estimator = fit(name, train, validation)
    features = summaries(train.windows)
    np.testing.assert_allclose(estimator[0].mean_, features.mean(axis=0), rtol=1e-9, atol=1e-12)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", OF_CLASSES)
def test_same_seed_gives_the_same_bits_of_classes(name, classified):
    train, validation, test = classified.values()
    features = summaries(test.windows)
    one, two = (fit(name, train, validation).predict_proba(features) for _ in range(2))
    assert np.array_equal(one, two)


# Several targets ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def two_targets(data):
    """Return the data with another target before Tajima's D."""
    return {
        split: with_target(one, np.column_stack([np.exp(one.target[:, 0]), one.target[:, 0]]))
        for split, one in data.items()
    }


@pytest.mark.parametrize("name", ["ridge", "gradient_boosting"])
def test_several_targets_are_each_learned_as_alone(name, two_targets):
    train, validation, test = two_targets.values()
    both = predict(fit(name, train, validation), test.windows, train)
    for place in range(2):
        alone = [with_target(one, one.target[:, place]) for one in (train, validation)]
        predicted = predict(fit(name, *alone), test.windows, alone[0])
        np.testing.assert_allclose(both[:, [place]], predicted, rtol=1e-9, atol=1e-9)


def test_boosting_of_each_target_is_stopped_by_its_own_validation(two_targets):
    train, validation, _ = two_targets.values()
    target = validation.target.copy()
    target[:, 1] = np.random.default_rng(1).normal(size=len(target))
    fitted = fit("gradient_boosting", train, with_target(validation, target))
    undisturbed = fit("gradient_boosting", train, validation)
    (one, noisy), (same, other) = (
        [estimator.n_iter_ for estimator in both.estimators_] for both in (fitted, undisturbed)
    )
    assert one == same
    assert noisy < other


# Populations ----------------------------------------------------------------------------------


def test_statistics_of_populations_are_told_but_for_the_target():
    windows = windows_of(varied_matrices(20, seed=5))
    halves = {"north": slice(0, 2), "south": slice(2, 6)}
    simulation = {"samples": {"south": 2, "north": 1}}
    wanted = targets.of_config({"target": "fst", "simulation": simulation})
    values, names = statistics.summaries(windows, wanted, halves)
    assert "fst_of_north_and_south" not in names
    _, with_all = statistics.summaries(windows, {}, halves)
    assert set(with_all) - set(names) == {"fst_of_north_and_south"}
    columns = dict(zip(names, values.T, strict=True))
    alleles = windows.haplotypes.astype(int)
    for name, part in halves.items():
        copies, number = alleles[:, :, part].sum(axis=2), part.stop - part.start
        pi = (copies * (number - copies)).sum(axis=1) / (number * (number - 1) / 2)
        np.testing.assert_allclose(columns[f"diversity_of_{name}"], pi)
    assert np.isfinite(values).all()
