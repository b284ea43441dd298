"""Tables for a target with classes: which are confused with which."""

from collections.abc import Iterable

import pandas as pd

from coalflow.evaluation import predictions


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
