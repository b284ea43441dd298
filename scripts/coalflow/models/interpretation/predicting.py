"""Predictions of several models of a run for the same windows."""

from collections.abc import Sequence

from coalflow.evaluation.cards import FeatureInput
from coalflow.evaluation.predictions import Values
from coalflow.models.storage.model import Model, predict
from coalflow.statistics.features import summarise_windows
from coalflow.windows.packed_windows import Windows


def predict_each(models: Sequence[Model], windows: Windows) -> list[Values]:
    """Return what each model predicts; the statistics that baselines read are computed once.

    Parameters
    ----------
    models : sequence of Model
        Of one run.
    windows : Windows
    """
    statistics = None
    for model in models:
        if isinstance(model.card.input, FeatureInput):
            view = model.card.view
            statistics = summarise_windows(
                windows, model.card.input, view.samples, view.observation
            )
            break
    return [predict(model, windows, statistics).values for model in models]
