"""The ladder of explainable models, all of scikit-learn.

They read the same windows as the nets, as the statistics that population geneticists would compute
(:mod:`coalflow.statistics.features`). A net that does not beat them is not worth its trouble.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, clone
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.linear_model import LogisticRegressionCV
from sklearn.model_selection import StratifiedKFold
from sklearn.multioutput import MultiOutputRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from coalflow.config.registry.baselines import CLASSICAL
from coalflow.config.schema.targets import Targets
from coalflow.config.settings.learning import FitBaselineSettings
from coalflow.config.settings.view import View
from coalflow.core import seeds
from coalflow.dataset.loading import Summarised, TargetValues
from coalflow.dataset.target_scaling import TargetScaling
from coalflow.models import theta_estimators
from coalflow.models.ridge import fit_ridge
from coalflow.statistics import features

PENALTIES = np.logspace(-6, 3, 10)
INVERSE_PENALTIES = np.logspace(-3, 1, 9)
FOLDS = 3


def choose_features(name: str, names: Sequence[str], targets: Targets) -> list[str]:
    """Return the names of the statistics that a baseline reads.

    ``mean`` reads none, ``classical`` one, and all others all but the targets.

    Parameters
    ----------
    name : str
        The baseline.
    names : sequence of str
        All statistics that there are.
    targets : Targets
    """
    if name == "mean":
        return []
    if name == CLASSICAL:
        is_class = targets.has_classes
        return [theta_estimators.CLASS_STATISTIC if is_class else theta_estimators.NUMBER_STATISTIC]
    return features.drop_targets(names, targets)


def choose_precision(name: str) -> type[np.floating[Any]]:
    """Return the type of the statistics that a baseline is fitted to.

    Single precision takes half the memory, but scikit-learn's boosting would copy it to double.

    Parameters
    ----------
    name : str
        The baseline.
    """
    return np.float64 if name == "gradient_boosting" else np.float32


def fit_baseline(
    train: Summarised,
    validation: Summarised,
    settings: FitBaselineSettings,
    view: View,
    scaling: TargetScaling | None,
) -> BaseEstimator:
    """Return a fitted baseline.

    Several numbers are learned by as many models within one. Penalties are chosen within train: of
    ridge by leaving out one window at a time, of logistic regression a third of them; boosting
    stops by validation. Statistics are standardised by their means and deviations in train.

    Parameters
    ----------
    train, validation : Summarised
        With the statistics of :func:`choose_features`.
    settings : FitBaselineSettings
        For numbers its ``baseline`` is ``mean``, ``classical``, ``ridge`` or ``gradient_boosting``;
        for classes ``mean`` (the training frequencies), ``classical``, ``logistic_regression`` or
        ``gradient_boosting``.
    view : View
    scaling : TargetScaling, optional
        The units in which numbers are learned; None for classes.
    """
    name = settings.baseline
    random_state = seeds.derive_seed(settings.seed, "baseline", name) % 2**32
    if name == CLASSICAL:
        if scaling is None:
            return theta_estimators.fit_histogram(train.statistics.to_numpy(), train.target)
        return theta_estimators.make_watterson_estimator(settings, view, scaling)
    target, watched = (
        split.target if scaling is None else scaling.standardise(split.target)
        for split in (train, validation)
    )
    if name == "ridge":
        with threadpool_limits(1):
            return fit_ridge(train.statistics, target, PENALTIES)
    values, watched_values = (split.statistics.to_numpy() for split in (train, validation))
    make_estimators = _make_classifiers if scaling is None else _make_regressors
    estimator = make_estimators(random_state)[name]
    # One thread sums in the same order, so the bits are the same whatever the number of cores.
    with threadpool_limits(1):
        if name != "gradient_boosting":
            return estimator.fit(values, target)
        if scaling is None:
            return estimator.fit(values, target, X_val=watched_values, y_val=watched)
        return _boost_each(estimator, values, target, watched_values, watched)


def _boost_each(
    estimator: BaseEstimator,
    values: npt.NDArray[np.float64],
    targets: TargetValues,
    watched_values: npt.NDArray[np.float64],
    watched: TargetValues,
) -> MultiOutputRegressor:
    """Return an estimator made of one for each target, each stopped by its own validation."""
    fitted = MultiOutputRegressor(estimator)
    # Its own fit would watch the same numbers for all.
    fitted.estimators_ = [
        clone(estimator).fit(values, target, X_val=watched_values, y_val=watched_target)
        for target, watched_target in zip(targets.T, watched.T, strict=True)
    ]
    return fitted


def _list_boosting_options(random_state: int) -> dict[str, Any]:
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


def _make_regressors(random_state: int) -> dict[str, BaseEstimator]:
    return {
        "mean": DummyRegressor(),
        "gradient_boosting": HistGradientBoostingRegressor(**_list_boosting_options(random_state)),
    }


def _make_classifiers(random_state: int) -> dict[str, BaseEstimator]:
    logistic_regression = LogisticRegressionCV(
        Cs=INVERSE_PENALTIES,
        cv=StratifiedKFold(FOLDS, shuffle=True, random_state=random_state),
        scoring="neg_log_loss",
        max_iter=1000,
        # The defaults of scikit-learn from 1.10 on; until then it warns without them.
        l1_ratios=(0.0,),
        use_legacy_attributes=False,
    )
    return {
        "mean": DummyClassifier(strategy="prior"),
        "logistic_regression": make_pipeline(StandardScaler(), logistic_regression),
        "gradient_boosting": HistGradientBoostingClassifier(**_list_boosting_options(random_state)),
    }
