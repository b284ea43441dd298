"""Fitted scikit-learn estimators as bytes, in the format of skops, which cannot run code.

skops would import all of scikit-learn, which takes longer than PyTorch, to trust each of its
estimators. Here it trusts those that baselines consist of.
"""

from __future__ import annotations

import io
import re
import zipfile
from unittest import mock

import sklearn.base

with mock.patch("sklearn.utils.all_estimators", return_value=[]):
    import skops.io

TRUSTED = [
    "coalflow.models.theta_estimators.WattersonEstimator",
    "sklearn.dummy.DummyClassifier",
    "sklearn.dummy.DummyRegressor",
    "sklearn.ensemble._hist_gradient_boosting.gradient_boosting.HistGradientBoostingClassifier",
    "sklearn.ensemble._hist_gradient_boosting.gradient_boosting.HistGradientBoostingRegressor",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.linear_model._logistic.LogisticRegressionCV",
    "sklearn.linear_model._ridge.RidgeCV",
    "sklearn.model_selection._split.StratifiedKFold",
    "sklearn.multioutput.MultiOutputRegressor",
    "sklearn.naive_bayes.CategoricalNB",
    "sklearn.pipeline.Pipeline",
    "sklearn.preprocessing._data.StandardScaler",
    "sklearn.preprocessing._discretization.KBinsDiscretizer",
    "sklearn.preprocessing._label.LabelEncoder",
]


def dump_estimator(estimator: sklearn.base.BaseEstimator) -> bytes:
    """Return an estimator as bytes, the same for estimators that are equal."""
    return make_reproducible(skops.io.dumps(estimator))


def load_estimator(archive: bytes, is_classifier: bool) -> sklearn.base.BaseEstimator:
    """Return the estimator that was written.

    Parameters
    ----------
    archive : bytes
    is_classifier : bool
        Whether it must be a classifier; otherwise it must be a regressor.

    Raises
    ------
    Exception
        Whatever skops raises where these are not an estimator, or one of foreign types.
    TypeError
        If it is of the other kind.
    ValueError
        If a part of it is compressed.
    """
    _refuse_compressed(archive)
    estimator = skops.io.loads(archive, trusted=TRUSTED)
    is_right, kind = (
        (sklearn.base.is_classifier, "a classifier")
        if is_classifier
        else (sklearn.base.is_regressor, "a regressor")
    )
    if not is_right(estimator):
        raise TypeError(f"it holds a {type(estimator).__name__}, not {kind}")
    return estimator


def _refuse_compressed(archive: bytes) -> None:
    """Raise ValueError if a part of a skops archive is compressed, which ours are not.

    A few bytes could unpack to terabytes.
    """
    with zipfile.ZipFile(io.BytesIO(archive)) as source:
        if any(part.compress_type != zipfile.ZIP_STORED for part in source.infolist()):
            raise ValueError("its model is compressed")


def make_reproducible(archive: bytes) -> bytes:
    """Return a skops archive with its object ids numbered in the order of their appearance.

    skops names objects by where they were in memory and dates its files, so the same model would
    have other bytes in every run.
    """
    with zipfile.ZipFile(io.BytesIO(archive)) as source:
        schema = source.read("schema.json").decode()
        ids = dict.fromkeys(re.findall(r'"__id__": (\d+)', schema))
        ids |= dict.fromkeys(re.findall(r'"(\d+)\.npy"', schema))
        new_ids = {old: str(index) for index, old in enumerate(ids)}
        schema = re.sub(
            r'(?<="__id__": )\d+|(?<=")\d+(?=\.npy")', lambda found: new_ids[found[0]], schema
        )
        arrays: dict[str, bytes | str] = {
            new_ids[name.removesuffix(".npy")] + ".npy": source.read(name)
            for name in source.namelist()
            if name != "schema.json"
        }
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as target:
        for name, content in sorted({**arrays, "schema.json": schema}.items()):
            target.writestr(zipfile.ZipInfo(name), content)
    return written.getvalue()
