"""The ladder of explainable models, all of them scikit-learn's.

They see the same windows as the nets, as the statistics that population
geneticists would compute. A net that does not beat them is not worth its trouble.
"""

import numpy as np
from sklearn.dummy import DummyRegressor
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import RidgeCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from coalflow import seeds, statistics

PENALTIES = np.logspace(-6, 3, 10)


def fit(name, train, validation, seed):
    """Return a fitted baseline: ``mean``, ``ridge`` or ``gradient_boosting``.

    ``train`` and ``validation`` are :class:`coalflow.dataset.Replicates`. Ridge's
    penalty is chosen by leave-one-out within train; boosting stops by validation.
    """
    features, _ = statistics.summaries(train.matrices)
    estimators = {
        "mean": DummyRegressor(),
        "ridge": make_pipeline(StandardScaler(), RidgeCV(PENALTIES)),
        "gradient_boosting": HistGradientBoostingRegressor(
            max_iter=1000,
            early_stopping=True,
            n_iter_no_change=20,
            random_state=seeds.integer(seed, "baseline", name) % 2**32,
        ),
    }
    watched = {}
    if name == "gradient_boosting":
        watched["X_val"], _ = statistics.summaries(validation.matrices)
        watched["y_val"] = validation.target
    # Sums in one order give the same bits whatever the number of cores.
    with threadpool_limits(1):
        return estimators[name].fit(features, train.target, **watched)
