"""Tables for a target with classes: which are confused, and how calibrated probabilities are."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from coalflow.config.schema.targets import Targets
from coalflow.evaluation import predictions

CALIBRATION_BINS = 10


def tabulate_confusion(
    predicted: pd.DataFrame, models: Iterable[str], classes: tuple[str, ...]
) -> pd.DataFrame:
    """Return the table of ``confusion.tsv``: which classes are confused with which.

    Parameters
    ----------
    predicted : DataFrame
        As in :func:`coalflow.evaluation.scoring.tabulate_scores`.
    models : iterable of str
        Names of models.
    classes : tuple of str
        In the order of the table.

    Returns
    -------
    DataFrame
        A row per model, true class and predicted class; ``fraction`` is that of the test windows
        of the true class.
    """
    rows = []
    for model in models:
        table = pd.crosstab(predicted[predictions.TRUTH], predicted[model])
        table = table.reindex(index=list(classes), columns=list(classes), fill_value=0)
        counts = table.to_numpy()
        rows += [
            {
                "model": model,
                "true_class": true,
                "predicted_class": assigned,
                "count": int(counts[i, j]),
                "fraction": counts[i, j] / counts[i].sum(),
            }
            for i, true in enumerate(classes)
            for j, assigned in enumerate(classes)
        ]
    return pd.DataFrame(rows)


def tabulate_calibration(
    predicted: pd.DataFrame, models: Iterable[str], targets: Targets
) -> pd.DataFrame:
    """Return the table of ``calibration.tsv``: how often predictions of a probability are right.

    Parameters
    ----------
    predicted : DataFrame
        As in :func:`coalflow.evaluation.scoring.tabulate_scores`.
    models : iterable of str
        Names of models.
    targets : Targets
        The one with classes.

    Returns
    -------
    DataFrame
        A row per model and tenth, of the range from 0 to 1, in which the probability of the
        predicted class is: how many windows, the mean of that probability, and the share of
        windows whose predicted class is right.
    """
    rows = []
    for model in models:
        is_right = (predicted[model] == predicted[predictions.TRUTH]).to_numpy()
        highest = predictions.select_prediction(predicted, model, targets).values.max(axis=1)
        bins = np.minimum((highest * CALIBRATION_BINS).astype(int), CALIBRATION_BINS - 1)
        for tenth in np.unique(bins):
            windows = bins == tenth
            rows.append(
                {
                    "model": model,
                    "from": tenth / CALIBRATION_BINS,
                    "to": (tenth + 1) / CALIBRATION_BINS,
                    "windows": int(windows.sum()),
                    "mean_probability": highest[windows].mean(),
                    "accuracy": is_right[windows].mean(),
                }
            )
    return pd.DataFrame(rows)
