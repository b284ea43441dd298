import os
import pathlib
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import sklearn.metrics
from helpers.data import make_observation, make_samples, make_targets, summarise
from helpers.models import (
    make_baseline_settings,
    make_view,
    replicates_of,
    summarised,
    table_of,
    varied_matrices,
    windows_of,
)
from sklearn.linear_model import RidgeCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_info, threadpool_limits

from coalflow.dataset.loading import Replicates, Summarised
from coalflow.dataset.target_scaling import TargetScaling
from coalflow.models import baselines, ridge, theta_estimators

NAMES = ("diversity", "tajimas_d")  # of one target or two, whatever they are
TESTS = pathlib.Path(__file__).parents[1]


@pytest.fixture(scope="module")
def data():
    """Training, validation and test replicates; at every site of them something varies."""
    numbers = {"train": 500, "validation": 150, "test": 300}
    return {
        split: replicates_of(varied_matrices(number, seed=number), "tajimas_d")
        for split, number in numbers.items()
    }


def fit(name, train, validation, target="history", seed=1):
    """Fit a baseline, of classes or of numbers; only ``target`` is kept from it."""
    view = make_view(target)
    settings = make_baseline_settings(name, view, seed)
    splits = (summarised(split, name, target) for split in (train, validation))
    return baselines.fit_baseline(*splits, settings, view, fit_scaling(train))


def fit_scaling(train):
    if train.classes:
        return None
    return TargetScaling.fit(train.target, make_targets(*NAMES[: train.target.shape[1]]))


def read_features(name, replicates, target="history"):
    """Return what a baseline reads of replicates, float64 (replicates, statistics)."""
    return summarised(replicates, name, target).statistics.to_numpy()


def predict(name, estimator, replicates, train, target="history"):
    """Return predictions in the targets' own units, float64 (replicates, targets)."""
    predicted = estimator.predict(read_features(name, replicates, target))
    return fit_scaling(train).restore(predicted.reshape(len(replicates), -1))


def rmse(name, estimator, replicates, train):
    errors = predict(name, estimator, replicates, train) - replicates.target
    return np.sqrt(np.mean(errors**2, axis=0))


def with_target(replicates, target):
    return Replicates(replicates.windows, target.reshape(len(replicates), -1), replicates.table)


def test_mean_predicts_the_training_mean(data):
    estimator = fit("mean", data["train"], data["validation"])
    predicted = predict("mean", estimator, data["test"], data["train"])
    np.testing.assert_allclose(predicted, data["train"].target.mean(), rtol=1e-12)


def test_ridge_is_exact_where_the_target_is_linear_in_the_spectrum(data):
    """At a fixed number of sites, Tajima's D is linear in pi."""
    train, validation, test = data.values()
    estimator = fit("ridge", train, validation, "tajimas_d")
    names = list(summarised(test, "ridge", "tajimas_d").statistics)
    assert "tajimas_d" not in names
    assert "tajimas_d_1_of_5" in names
    error = predict("ridge", estimator, test, train, "tajimas_d") - test.target
    assert np.sqrt(np.mean(error**2)) < 1e-5


def test_ridge_is_that_of_scikit_learn(data, monkeypatch):
    """With any number of windows at a time, and a penalty for each target."""
    train = data["train"]
    targets = np.column_stack([train.target[:, 0], np.random.default_rng(1).normal(size=500)])
    statistics = summarised(train, "ridge").statistics
    penalties = np.logspace(-2, 3, 6)
    expected = make_pipeline(StandardScaler(), RidgeCV(penalties, alpha_per_target=True))
    expected.fit(statistics.to_numpy(), targets)
    for rows in (7, 400, 1000):
        monkeypatch.setattr(ridge, "ROWS_AT_ONCE", rows)
        found = ridge.fit_ridge(statistics, targets, penalties)
        np.testing.assert_array_equal(found[-1].alpha_, expected[-1].alpha_)
        np.testing.assert_allclose(
            found.predict(statistics.to_numpy()),
            expected.predict(statistics.to_numpy()),
            atol=1e-6,
        )
        assert found[-1].best_score_ == pytest.approx(expected[-1].best_score_, rel=1e-5)


def test_gradient_boosting_beats_the_mean(data):
    train, validation, test = data.values()
    errors = {
        name: rmse(name, fit(name, train, validation), test, train)
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
    predictions = [predict(name, fit(name, train, one), test, train) for one in (validation, other)]
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
    features = read_features("gradient_boosting", test)
    short, long = (
        list(fit("gradient_boosting", train, one).estimators_[0].staged_predict(features))
        for one in (with_target(validation, noise), validation)
    )
    assert len(short) < len(long)
    assert np.array_equal(short, long[: len(short)])


@pytest.mark.parametrize("name", ["mean", "ridge", "gradient_boosting"])
def test_same_seed_gives_the_same_bits(name, data):
    train, validation, test = data.values()
    predictions = [predict(name, fit(name, train, validation), test, train) for _ in range(2)]
    assert np.array_equal(*predictions)


@pytest.mark.parametrize(
    ("name", "owner", "function"),
    [
        ("ridge", baselines, "fit_ridge"),
        ("gradient_boosting", baselines.HistGradientBoostingRegressor, "fit"),
    ],
)
def test_one_thread_fits(name, owner, function, data, monkeypatch):
    """Small data give the same bits on more threads too, large ones need not."""
    fit_itself = getattr(owner, function)
    threads = []

    def watched(*arguments, **options):
        threads.extend(library["num_threads"] for library in threadpool_info())
        return fit_itself(*arguments, **options)

    monkeypatch.setattr(owner, function, watched)
    with threadpool_limits(2):
        fit(name, data["train"], data["validation"])
    assert set(threads) == {1}


DIGEST = """
import hashlib, sys
from helpers.models import replicates_of, varied_matrices
from test_baselines import read_features, fit
train, validation = (replicates_of(varied_matrices(n, seed=n)) for n in (4000, 500))
for name in ("ridge", "gradient_boosting"):
    estimator = fit(name, train, validation)
    predicted = estimator.predict(read_features(name, validation))
    print(name, hashlib.sha256(predicted.tobytes()).hexdigest())
"""


def digest_with_threads(number):
    """Fit in a process of its own: threads are counted when the libraries are loaded."""
    paths = os.pathsep.join([str(TESTS), str(TESTS / "models"), str(TESTS.parent / "scripts")])
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

CLASS_BASELINES = ["mean", "classical", "logistic_regression", "gradient_boosting"]


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
        made[split] = Replicates(windows_of(matrices), target, table, ("a", "b", "c"))
    return made


def log_loss(name, estimator, replicates):
    probabilities = estimator.predict_proba(read_features(name, replicates))
    return sklearn.metrics.log_loss(replicates.target, probabilities)


def test_mean_predicts_the_frequencies_of_classes(classified):
    estimator = fit("mean", classified["train"], classified["validation"])
    predicted = estimator.predict_proba(read_features("mean", classified["test"]))
    frequencies = np.bincount(classified["train"].target) / 600
    np.testing.assert_allclose(predicted, np.tile(frequencies, (300, 1)), rtol=1e-12)


def test_baselines_of_classes_beat_their_frequencies(classified):
    train, validation, test = classified.values()
    losses = {name: log_loss(name, fit(name, train, validation), test) for name in CLASS_BASELINES}
    assert losses["classical"] < 0.95 * losses["mean"]
    assert losses["logistic_regression"] < 0.7 * losses["mean"]
    assert losses["gradient_boosting"] < 0.7 * losses["mean"]


@pytest.mark.parametrize("name", ["mean", "classical", "logistic_regression"])
def test_validation_data_touch_only_boosting(name, classified):
    train, validation, test = classified.values()
    other = Replicates(
        windows_of(varied_matrices(80, seed=3)),
        np.arange(80) % 3,
        train.table[:80],
        ("a", "b", "c"),
    )
    features = read_features(name, test)
    one, two = (
        fit(name, train, watched).predict_proba(features) for watched in (validation, other)
    )
    assert np.array_equal(one, two)


@pytest.mark.parametrize("name", ["ridge", "logistic_regression"])
def test_statistics_are_scaled_by_the_training_data(name, data, classified):
    train, validation, _ = (data if name == "ridge" else classified).values()
    estimator = fit(name, train, validation)
    features = read_features(name, train)
    np.testing.assert_allclose(estimator[0].mean_, features.mean(axis=0), rtol=1e-9, atol=1e-12)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", CLASS_BASELINES)
def test_same_seed_gives_the_same_bits_of_classes(name, classified):
    train, validation, test = classified.values()
    features = read_features(name, test)
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
    both = predict(name, fit(name, train, validation), test, train)
    for index in range(2):
        alone = [with_target(split, split.target[:, index]) for split in (train, validation)]
        predicted = predict(name, fit(name, *alone), test, alone[0])
        np.testing.assert_allclose(both[:, [index]], predicted, rtol=1e-9, atol=1e-9)


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


# Classical estimators -------------------------------------------------------------------------


def make_watterson(parameter, scale="linear", fewest=1, haplotypes=10):
    """Return the estimator of a parameter, and thetas and truths of 4,000 windows of 10,000 bases.

    The numbers of sites are Poisson: without linkage, that is.
    """
    random = np.random.default_rng(4)
    truth = (
        random.uniform(0.5, 2, 4000) * {"population_size": 1e4, "mutation_rate": 1e-8}[parameter]
    )
    known = {"population_size": 2e4, "mutation_rate": 3e-8}
    (other,) = known.keys() - {parameter}
    copies = np.arange(fewest, haplotypes - fewest + 1)
    sites = random.poisson(4 * truth * known[other] * 10_000 * (1 / copies).sum())
    theta = sites / (1 / np.arange(1, haplotypes)).sum()
    targets = make_targets(it={"parameter": parameter, "scale": scale})
    view = make_view(samples=make_samples(haplotypes // 2)).model_copy(
        update={"targets": targets, "observation": make_observation(minimum_allele_count=fewest)}
    )
    settings = make_baseline_settings("classical", view, **known)
    scaling = TargetScaling.fit(truth[:, None], targets)
    estimator = theta_estimators.make_watterson_estimator(settings, view, scaling)
    return estimator, theta[:, None], truth, scaling


@pytest.mark.parametrize("fewest", [1, 2, 3])
@pytest.mark.parametrize("parameter", ["population_size", "mutation_rate"])
def test_watterson_estimates_are_not_biased(parameter, fewest):
    estimator, theta, truth, scaling = make_watterson(parameter, fewest=fewest)
    estimated = scaling.restore(estimator.predict(theta))[:, 0]
    error = (estimated - truth) / truth
    assert abs(error.mean()) < 4 * error.std() / np.sqrt(len(error))
    assert error.std() < 0.5
    if fewest == 1:
        other = {"population_size": 3e-8, "mutation_rate": 2e4}[parameter]
        np.testing.assert_allclose(estimated, theta[:, 0] / (4 * other * 10_000))


def test_the_logarithm_of_no_site_is_that_of_half_a_site():
    estimator, _, _, scaling = make_watterson("population_size", scale="log")
    harmonic = (1 / np.arange(1, 10)).sum()
    thetas = np.array([[0.0], [1 / harmonic]])
    none, single = scaling.restore(estimator.predict(thetas))[:, 0]
    assert none == pytest.approx(single / 2)


def test_probabilities_of_classes_are_their_shares_between_cutoffs_of_d():
    random = np.random.default_rng(2)
    d = random.normal(size=(20_000, 1))
    classes = (random.random(20_000) < 1 / (1 + np.exp(-2 * d[:, 0]))).astype(int)
    table = pd.DataFrame(d, columns=["tajimas_d"])
    train = Summarised(table, classes, table_of(20_000), ("a", "b"))
    estimator = fit_classical(train)
    cutoffs = np.quantile(d[:, 0], np.arange(1, 20) / 20)
    interval = np.searchsorted(cutoffs, d[:, 0], side="right")
    shares = np.bincount(interval, classes) / np.bincount(interval)
    predicted = estimator.predict_proba(d)[:, 1]
    np.testing.assert_allclose(predicted, shares[interval], atol=0.003)
    beyond = estimator.predict_proba(np.array([[-99.0], [99.0]]))[:, 1]
    np.testing.assert_allclose(beyond, shares[[0, -1]], atol=0.003)


def fit_classical(train):
    view = make_view("history")
    settings = make_baseline_settings("classical", view)
    return baselines.fit_baseline(train, train, settings, view, None)


@pytest.mark.filterwarnings("error")
def test_ties_do_not_disturb_cutoffs():
    """Windows without variation all have the D of 0."""
    d = np.where(np.arange(600) % 3, 0.0, np.random.default_rng(3).normal(size=600))
    statistics = pd.DataFrame({"tajimas_d": d})
    train = Summarised(statistics, np.arange(600) % 2, table_of(600), ("a", "b"))
    predicted = fit_classical(train).predict_proba(statistics.to_numpy())
    np.testing.assert_allclose(predicted[d == 0], 0.5, atol=0.02)


def test_classical_reads_one_statistic_and_mean_none():
    names = list(summarise(windows_of(varied_matrices(3, seed=1))))
    size, history = (make_view(target).targets for target in ("population_size", "history"))
    assert baselines.choose_features("classical", names, size) == ["watterson_theta"]
    assert baselines.choose_features("classical", names, history) == ["tajimas_d"]
    assert baselines.choose_features("mean", names, history) == []
