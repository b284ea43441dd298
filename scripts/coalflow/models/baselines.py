"""The ladder of explainable models, all of them scikit-learn's.

They see the same windows as the nets, as the statistics that population
geneticists would compute (:mod:`coalflow.statistics.features`). A net that does not beat them is not
worth its trouble.
"""

import numpy as np
from sklearn.base import clone
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.linear_model import LogisticRegressionCV, RidgeCV
from sklearn.model_selection import StratifiedKFold
from sklearn.multioutput import MultiOutputRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from coalflow.config.targets import have_classes
from coalflow.core import seeds
from coalflow.models import theta_estimators
from coalflow.statistics import features

PENALTIES = np.logspace(-6, 3, 10)
INVERSE_PENALTIES = np.logspace(-3, 1, 9)
FOLDS = 3


def choose_features(name, names, targets):
    """Return the names of the statistics that a baseline learns from, of all ``names`` there are.

    ``mean`` learns from none, ``classical`` from one, and all others from all but the ``targets``.
    """
    if name == "mean":
        return []
    if name == "classical":
        numbers = not have_classes(targets)
        one = (
            theta_estimators.STATISTIC_OF_NUMBERS
            if numbers
            else theta_estimators.STATISTIC_OF_CLASSES
        )
        return [one]
    return features.drop_targets(names, targets)


def fit_baseline(name, train, validation, settings, scale):
    """Return a fitted baseline.

    For numbers they are ``mean``, ``classical``, ``ridge`` and ``gradient_boosting``; for classes
    ``mean`` (the training frequencies), ``classical``, ``logistic_regression`` and
    ``gradient_boosting``.

    ``train`` and ``validation`` are :class:`coalflow.dataset.loading.Summarised`, with the statistics of
    :func:`statistics_of`; ``settings`` has ``seed``, and what :mod:`coalflow.models.theta_estimators` needs.
    Numbers are learned in units of ``scale`` (:class:`coalflow.dataset.target_scaling.TargetScaling`), which is None
    for classes; several at once by as many models within one. Penalties are chosen within train,
    of ridge by leaving out one window at a time, of logistic regression a third of them; boosting
    stops by validation. Statistics are standardised by their means and deviations in train.
    """
    random_state = seeds.derive_seed(settings["seed"], "baseline", name) % 2**32
    features, watched_features = (one.statistics.to_numpy() for one in (train, validation))
    learned, watched = (
        scale.standardise(replicates.target) if scale else replicates.target
        for replicates in (train, validation)
    )
    if name == "classical":
        if train.classes:
            return theta_estimators.of_classes(features, learned)
        return theta_estimators.of_number(settings, scale)
    estimator = (_classifiers if train.classes else _regressors)(random_state)[name]
    # Sums in one order give the same bits whatever the number of cores.
    with threadpool_limits(1):
        if name != "gradient_boosting":
            return estimator.fit(features, learned)
        if train.classes:
            return estimator.fit(features, learned, X_val=watched_features, y_val=watched)
        return _boost_each(estimator, features, learned, watched_features, watched)


def _boost_each(estimator, features, targets, watched_features, watched):
    """Return one estimator made of one for each target, each stopped by its own validation."""
    fitted = MultiOutputRegressor(estimator)
    # Its own fit would watch the same numbers for all.
    fitted.estimators_ = [
        clone(estimator).fit(features, target, X_val=watched_features, y_val=of_target)
        for target, of_target in zip(targets.T, watched.T, strict=True)
    ]
    return fitted


def _boosting_options(random_state):
    # Small trees and short steps: statistics are many, noisy and much alike, and larger trees are
    # soon fitted to chance.
    return {
        "max_leaf_nodes": 8,
        "learning_rate": 0.05,
        "max_iter": 1000,
        "early_stopping": True,
        "n_iter_no_change": 20,
        "random_state": random_state,
    }


def _regressors(random_state):
    return {
        "mean": DummyRegressor(),
        "ridge": make_pipeline(StandardScaler(), RidgeCV(PENALTIES, alpha_per_target=True)),
        "gradient_boosting": HistGradientBoostingRegressor(**_boosting_options(random_state)),
    }


def _classifiers(random_state):
    logistic_regression = LogisticRegressionCV(
        Cs=INVERSE_PENALTIES,
        cv=StratifiedKFold(FOLDS, shuffle=True, random_state=random_state),
        scoring="neg_log_loss",
        max_iter=1000,
        # What scikit-learn will do by itself from 1.10 on; until then it asks to be told.
        l1_ratios=(0.0,),
        use_legacy_attributes=False,
    )
    return {
        "mean": DummyClassifier(strategy="prior"),
        "logistic_regression": make_pipeline(StandardScaler(), logistic_regression),
        "gradient_boosting": HistGradientBoostingClassifier(**_boosting_options(random_state)),
    }
