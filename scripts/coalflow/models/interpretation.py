"""Inside the nets: what layers answer to a window, and whether two restarts agree."""

import itertools

import numpy as np
import pandas as pd

from coalflow.dataset import target_scaling
from coalflow.evaluation import metrics
from coalflow.models import batches, nets

WINDOWS_COMPARED = 500  # enough for correlations to two digits


def pick_typical_window(values):
    """Return the index of the window whose value is the median: typical, not picked by hand."""
    return int(np.argsort(values, kind="stable")[len(values) // 2])


def spread_evenly(number):
    """Return up to 500 of ``number`` indices, evenly spread: the table is sorted by cell."""
    return np.unique(np.linspace(0, number - 1, min(number, WINDOWS_COMPARED)).astype(int))


def compute_activations(model, windows):
    """Return what the shown layers give, float32 arrays by name.

    ``windows`` are :class:`coalflow.windows.encoding.Windows`. Layers along the sites give (windows,
    sites, units), where sites may be groups of sites; layers after them (windows, units).
    """
    inputs = batches.DeviceWindows(windows, model.card["encoding"], "cpu")
    outputs = nets.record_activations(model.net, *inputs.batch(slice(None)))
    return {title: outputs[layer].numpy() for layer, title in model.net.shown.items()}


def compare_restarts(models, windows):
    """Return how alike restarts of a net are: a row per pair and layer.

    ``prediction_r`` is the correlation of their predictions, of logarithms where these are
    learned, a mean over several targets; or of all probabilities of classes, and
    ``same_class`` then the share of windows that both say to be of the same class. Within
    a layer, ``same_unit_r`` correlates unit i of one with unit i of the other,
    ``best_match_r`` each unit with the one of the other that resembles it most,
    both averaged over units; ``cka`` is the linear centred kernel alignment of
    Kornblith et al. (2019), which asks whether the layers span the same space and
    does not mind how units are ordered or mixed. Units that never answer are left out;
    where none answers, similarities are nan.
    """
    outputs = [compute_activations(model, windows) for model in models]
    predictions = [model.predict(windows) for model in models]
    rows = []
    for a, b in itertools.combinations(range(len(models)), 2):
        agreement = _agreement(predictions[a], predictions[b], models[a].card)
        for layer in outputs[a]:
            correlations, kept_a, kept_b = _unit_correlations(outputs[a][layer], outputs[b][layer])
            same = np.flatnonzero(kept_a & kept_b)
            best = correlations[kept_a][:, kept_b].max(axis=1, initial=-1.0)
            rows.append(
                {
                    "net": models[a].card["model"],
                    "restart_a": models[a].card["restart"],
                    "restart_b": models[b].card["restart"],
                    "layer": layer,
                    "windows": len(windows),
                    "units_answering_a": int(kept_a.sum()),
                    "units_answering_b": int(kept_b.sum()),
                    **agreement,
                    "same_unit_r": _mean(correlations[same, same]),
                    "best_match_r": _mean(best) if kept_b.any() else np.nan,
                    "cka": _linear_cka(outputs[a][layer], outputs[b][layer]),
                }
            )
    return pd.DataFrame(rows)


def _agreement(a, b, card):
    """Return how alike the predictions of two models are, as columns."""
    if card["classes"]:
        same = a.argmax(axis=1) == b.argmax(axis=1)
        r = metrics.pearson_r(a.ravel(), b.ravel())
        return {"prediction_r": float(r), "same_class": float(same.mean())}
    scale = target_scaling.TargetScaling.from_card(card["scale"])
    of_targets = metrics.pearson_r(scale.learned(a).T, scale.learned(b).T)
    return {"prediction_r": float(of_targets.mean())}


def _unit_correlations(a, b):
    """Return the correlation of every unit of a with every unit of b, and which units vary."""
    a, b = (_centred(x) for x in (a, b))
    norm_a, norm_b = np.linalg.norm(a, axis=0), np.linalg.norm(b, axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        correlations = (a.T @ b) / np.outer(norm_a, norm_b)
    return correlations, norm_a > 0, norm_b > 0


def _linear_cka(a, b):
    """Return linear CKA, equation 4 of Kornblith et al. 2019 (arXiv:1905.00414)."""
    a, b = (_centred(x) for x in (a, b))
    between = np.linalg.norm(a.T @ b) ** 2
    within = np.linalg.norm(a.T @ a) * np.linalg.norm(b.T @ b)
    return float(between / within) if within > 0 else np.nan


def _mean(values):
    return float(values.mean()) if len(values) else np.nan


def _centred(outputs):
    """Return (observations, units), each unit with mean 0; sites count as observations."""
    flat = outputs.reshape(-1, outputs.shape[-1]).astype(np.float64)
    return flat - flat.mean(axis=0)
