import os
import pathlib
import subprocess
import sys

import numpy as np
import pytest
import sklearn.metrics
from conftest import replicates_of, varied_matrices, windows_of
from threadpoolctl import threadpool_info, threadpool_limits

from coalflow import baselines, statistics
from coalflow.dataset import Replicates

TESTS = pathlib.Path(__file__).parent


@pytest.fixture(scope="module")
def data():
    """Training, validation and test replicates; at every site of them something varies."""
    numbers = {"train": 500, "validation": 150, "test": 300}
    return {
        split: replicates_of(varied_matrices(number, seed=number), target="tajimas_d")
        for split, number in numbers.items()
    }


def predict(estimator, windows):
    return estimator.predict(statistics.summaries(windows)[0])


def rmse(estimator, replicates):
    return float(
        np.sqrt(np.mean((predict(estimator, replicates.windows) - replicates.target) ** 2))
    )


def with_target(replicates, target):
    return Replicates(replicates.windows, target, replicates.table)


def test_mean_predicts_the_training_mean(data):
    estimator = baselines.fit("mean", data["train"], data["validation"], seed=1)
    predicted = predict(estimator, data["test"].windows)
    np.testing.assert_allclose(predicted, data["train"].target.mean(), rtol=1e-12)


def test_ridge_is_exact_where_the_target_is_linear_in_the_spectrum(data):
    """At a fixed number of sites, Tajima's D is linear in pi."""
    estimator = baselines.fit("ridge", data["train"], data["validation"], 1, "tajimas_d")
    features, names = statistics.summaries(data["test"].windows, "tajimas_d")
    assert "tajimas_d" not in names
    assert "tajimas_d_1_of_5" in names
    error = estimator.predict(features) - data["test"].target
    assert np.sqrt(np.mean(error**2)) < 1e-6


def test_gradient_boosting_beats_the_mean(data):
    errors = {
        name: rmse(baselines.fit(name, data["train"], data["validation"], seed=1), data["test"])
        for name in ("mean", "gradient_boosting")
    }
    assert errors["gradient_boosting"] < 0.3 * errors["mean"]


@pytest.mark.parametrize("name", ["mean", "ridge"])
def test_validation_data_do_not_touch_mean_and_ridge(name, data):
    train, validation, test = data.values()
    generator = np.random.default_rng(1)
    other = Replicates(
        windows_of(generator.permuted(validation.windows.haplotypes, axis=2)),
        generator.normal(size=len(validation)),
        validation.table,
    )
    predictions = [
        predict(baselines.fit(name, train, one, seed=1), test.windows)
        for one in (validation, other)
    ]
    assert np.array_equal(*predictions)


def test_gradient_boosting_stops_by_the_validation_data(data):
    train, validation, _ = data.values()
    noise = np.random.default_rng(1).normal(size=len(validation))
    iterations = [
        baselines.fit("gradient_boosting", train, one, seed=1).n_iter_
        for one in (validation, with_target(validation, noise))
    ]
    assert 20 <= iterations[1] < iterations[0] < 1000


def test_gradient_boosting_learns_nothing_from_the_validation_data(data):
    """More trees may grow, but those that do are the same."""
    train, validation, test = data.values()
    noise = np.random.default_rng(1).normal(size=len(validation))
    features = statistics.summaries(test.windows)[0]
    short, long = (
        list(baselines.fit("gradient_boosting", train, one, seed=1).staged_predict(features))
        for one in (with_target(validation, noise), validation)
    )
    assert len(short) < len(long)
    assert np.array_equal(short, long[: len(short)])


@pytest.mark.parametrize("name", ["mean", "ridge", "gradient_boosting"])
def test_same_seed_gives_the_same_bits(name, data):
    train, validation, test = data.values()
    predictions = [
        predict(baselines.fit(name, train, validation, seed=1), test.windows) for _ in range(2)
    ]
    assert np.array_equal(*predictions)


@pytest.mark.parametrize(
    ("name", "estimator"),
    [("ridge", "RidgeCV"), ("gradient_boosting", "HistGradientBoostingRegressor")],
)
def test_one_thread_fits(name, estimator, data, monkeypatch):
    """Small data give the same bits on more threads too, large ones need not."""
    fit = getattr(baselines, estimator).fit
    threads = []

    def watched(*arguments, **options):
        threads.extend(library["num_threads"] for library in threadpool_info())
        return fit(*arguments, **options)

    monkeypatch.setattr(getattr(baselines, estimator), "fit", watched)
    with threadpool_limits(2):
        baselines.fit(name, data["train"], data["validation"], seed=1)
    assert set(threads) == {1}


DIGEST = """
import hashlib, sys
from conftest import replicates_of, varied_matrices
from coalflow import baselines, statistics
train, validation = (replicates_of(varied_matrices(n, seed=n)) for n in (4000, 500))
for name in ("ridge", "gradient_boosting"):
    estimator = baselines.fit(name, train, validation, seed=1)
    predicted = estimator.predict(statistics.summaries(validation.windows)[0])
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
    probabilities = estimator.predict_proba(statistics.summaries(replicates.windows)[0])
    return sklearn.metrics.log_loss(replicates.target, probabilities)


def test_mean_predicts_the_frequencies_of_classes(classified):
    estimator = baselines.fit("mean", classified["train"], classified["validation"], seed=1)
    predicted = estimator.predict_proba(statistics.summaries(classified["test"].windows)[0])
    frequencies = np.bincount(classified["train"].target) / 600
    np.testing.assert_allclose(predicted, np.tile(frequencies, (300, 1)), rtol=1e-12)


def test_baselines_of_classes_beat_their_frequencies(classified):
    train, validation, test = classified.values()
    losses = {
        name: log_loss(baselines.fit(name, train, validation, seed=1), test) for name in OF_CLASSES
    }
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
    features = statistics.summaries(test.windows)[0]
    one, two = (
        baselines.fit(name, train, watched, seed=1).predict_proba(features)
        for watched in (validation, other)
    )
    assert np.array_equal(one, two)


@pytest.mark.parametrize("name", ["ridge", "logistic_regression"])
def test_statistics_are_scaled_by_the_training_data(name, data, classified):
    train, validation, _ = (data if name == "ridge" else classified).values()
    estimator = baselines.fit(name, train, validation, seed=1)
    features = statistics.summaries(train.windows)[0]
    np.testing.assert_allclose(estimator[0].mean_, features.mean(axis=0), rtol=1e-9, atol=1e-12)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", OF_CLASSES)
def test_same_seed_gives_the_same_bits_of_classes(name, classified):
    train, validation, test = classified.values()
    features = statistics.summaries(test.windows)[0]
    one, two = (
        baselines.fit(name, train, validation, seed=1).predict_proba(features) for _ in range(2)
    )
    assert np.array_equal(one, two)
