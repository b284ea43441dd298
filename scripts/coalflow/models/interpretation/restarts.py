"""Whether two restarts of a net agree, in what they predict and in what is inside."""

import itertools
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from coalflow.evaluation.cards import Card
from coalflow.evaluation.metrics import compute_pearson_r
from coalflow.evaluation.predictions import Values
from coalflow.models.interpretation.activations import make_inputs, record_shown_layers
from coalflow.models.storage.model import Model
from coalflow.windows.packed_windows import Windows


def compare_restarts(models: Sequence[Model], windows: Windows) -> pd.DataFrame:
    """Return how similar restarts of a net are.

    Parameters
    ----------
    models : sequence of Model
        The restarts.
    windows : Windows

    Returns
    -------
    DataFrame
        A row for each pair of restarts and each layer. ``prediction_r`` is the correlation of the
        predictions, of logarithms where these are learned, averaged over targets; for classes it is
        the correlation of all probabilities, and ``same_class`` the share of windows for which both
        predict the same class. Within a layer, ``same_unit_r`` correlates unit i of one restart
        with unit i of the other, ``best_match_r`` each unit with the unit of the other that is most
        similar, both averaged over units; ``cka`` is the linear centred kernel alignment, which
        measures whether the layers span the same space, however units are ordered or mixed.
        Units whose activation never changes are left out; where no unit is left, similarities are
        nan.

    References
    ----------
    Kornblith, Norouzi, Lee and Hinton (2019), arXiv:1905.00414.
    """
    inputs = make_inputs(models[0], windows)
    outputs = [record_shown_layers(model, inputs) for model in models]
    predictions = [model.predict(windows).values for model in models]
    rows = []
    for a, b in itertools.combinations(range(len(models)), 2):
        agreement = _compare_predictions(predictions[a], predictions[b], models[a].card)
        for layer in outputs[a]:
            rows.append(
                {
                    "net": models[a].card.model,
                    "restart_a": models[a].card.restart,
                    "restart_b": models[b].card.restart,
                    "layer": layer,
                    "windows": len(windows),
                    **_count_active_units(outputs[a][layer], outputs[b][layer]),
                    **agreement,
                    **_compare_units(outputs[a][layer], outputs[b][layer]),
                    "cka": _compute_linear_cka(outputs[a][layer], outputs[b][layer]),
                }
            )
    return pd.DataFrame(rows)


def _compare_predictions(a: Values, b: Values, card: Card) -> dict[str, float]:
    """Return how similar the predictions of two models are, as columns."""
    if card.scaling is None:
        same = a.argmax(axis=1) == b.argmax(axis=1)
        r = compute_pearson_r(a.ravel(), b.ravel())
        return {"prediction_r": float(r), "same_class": float(same.mean())}
    by_target = compute_pearson_r(card.scaling.take_logs(a).T, card.scaling.take_logs(b).T)
    return {"prediction_r": float(by_target.mean())}


def _count_active_units(a: npt.NDArray[np.float32], b: npt.NDArray[np.float32]) -> dict[str, int]:
    """Return how many units of two layers vary, as columns."""
    columns = zip(("units_answering_a", "units_answering_b"), (a, b), strict=True)
    return {name: int(_find_active_units(_centre(layer)).sum()) for name, layer in columns}


def _compare_units(a: npt.NDArray[np.float32], b: npt.NDArray[np.float32]) -> dict[str, float]:
    """Return how similar the units of two layers are, as columns."""
    centred_a, centred_b = _centre(a), _centre(b)
    active_a, active_b = _find_active_units(centred_a), _find_active_units(centred_b)
    norms = np.outer(np.linalg.norm(centred_a, axis=0), np.linalg.norm(centred_b, axis=0))
    with np.errstate(divide="ignore", invalid="ignore"):
        correlations = (centred_a.T @ centred_b) / norms
    same = np.flatnonzero(active_a & active_b)
    best = correlations[active_a][:, active_b].max(axis=1, initial=-1.0)
    return {
        "same_unit_r": _average(correlations[same, same]),
        "best_match_r": _average(best) if active_b.any() else np.nan,
    }


def _find_active_units(centred: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Return which units vary."""
    return np.linalg.norm(centred, axis=0) > 0


def _compute_linear_cka(a: npt.NDArray[np.float32], b: npt.NDArray[np.float32]) -> float:
    """Return linear CKA, equation 4 of Kornblith et al. (2019)."""
    centred_a, centred_b = _centre(a), _centre(b)
    between = np.linalg.norm(centred_a.T @ centred_b) ** 2
    within = np.linalg.norm(centred_a.T @ centred_a) * np.linalg.norm(centred_b.T @ centred_b)
    return float(between / within) if within > 0 else np.nan


def _average(values: npt.NDArray[np.float64]) -> float:
    return float(values.mean()) if len(values) else np.nan


def _centre(outputs: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """Return (observations, units), each unit with mean 0; sites count as observations."""
    flat = outputs.reshape(-1, outputs.shape[-1]).astype(np.float64)
    return flat - flat.mean(axis=0)
