"""Inside the nets: what layers answer to a window, and whether two restarts agree."""

import itertools

import numpy as np
import pandas as pd

from coalflow import batches, metrics, nets

# Layers whose answers are shown; the others only reshape, drop or clip them.
SHOWN = ("relu_1", "relu_2", "relu_3")
NAMES = {"relu_1": "convolution 1", "relu_2": "convolution 2", "relu_3": "dense"}
WINDOWS_COMPARED = 500  # enough for correlations to two digits


def typical_replicate(target):
    """Return the index of the window whose target is the median: typical, not picked by hand."""
    return int(np.argsort(target, kind="stable")[len(target) // 2])


def spread_out(number):
    """Return up to 500 of ``number`` indices, evenly spread: the table is sorted by cell."""
    return np.unique(np.linspace(0, number - 1, min(number, WINDOWS_COMPARED)).astype(int))


def layer_outputs(model, matrices):
    """Return what the shown layers give after ReLU, float32 arrays by name.

    Convolutions give (windows, sites, units), the dense layer (windows, units).
    """
    card = model.card
    inputs = batches.DeviceMatrices(matrices, card["encoding"]["coding"], "cpu")
    outputs = nets.activations(model.net, inputs.batch(slice(None)))
    return {NAMES[layer]: outputs[layer].numpy() for layer in SHOWN}


def compare_restarts(models, matrices):
    """Return how alike restarts of a net are: a row per pair and layer.

    ``prediction_r`` is the correlation of their predictions. Within a layer,
    ``same_unit_r`` correlates unit i of one with unit i of the other,
    ``best_match_r`` each unit with the one of the other that resembles it most,
    both averaged over units; ``cka`` is the linear centred kernel alignment of
    Kornblith et al. (2019), which asks whether the layers span the same space and
    does not mind how units are ordered or mixed. Units that never answer are left out;
    where none answers, similarities are nan.
    """
    outputs = [layer_outputs(model, matrices) for model in models]
    predictions = [model.predict(matrices) for model in models]
    rows = []
    for a, b in itertools.combinations(range(len(models)), 2):
        prediction_r = float(metrics.pearson_r(predictions[a], predictions[b]))
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
                    "windows": len(matrices),
                    "units_answering_a": int(kept_a.sum()),
                    "units_answering_b": int(kept_b.sum()),
                    "prediction_r": prediction_r,
                    "same_unit_r": _mean(correlations[same, same]),
                    "best_match_r": _mean(best) if kept_b.any() else np.nan,
                    "cka": _linear_cka(outputs[a][layer], outputs[b][layer]),
                }
            )
    return pd.DataFrame(rows)


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
