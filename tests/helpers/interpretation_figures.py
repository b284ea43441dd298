"""Every figure of the inside of nets, drawn from small tables."""

import numpy as np
import pandas as pd

from coalflow.report.figures.interpretation import activations, permutations, probes, saliency


def probes_table(nets=2, statistics=("pi", "S"), defined=True):
    layers = ("input", "convolution 1", "output")
    return pd.DataFrame(
        {
            "net": f"net_{net}/0",
            "layer": layer,
            "statistic": statistic,
            "r2": 0.5 * layers.index(layer) - 0.1 if defined else np.nan,
            "r2_untrained": np.nan if layer == "input" else 0.3,
        }
        for net in range(nets)
        for layer in layers
        for statistic in statistics
    )


def permutations_table(models=3, targets=("diversity",), metric="rmse"):
    kinds = ["net", *["baseline"] * 9]
    return pd.DataFrame(
        {
            "model": f"model_{model}",
            "kind": kinds[model],
            "shuffled": shuffled,
            "target": target,
            "metric": metric,
            "difference": model * 0.1,
            "ci_low": model * 0.1 - 0.05,
            "ci_high": model * 0.1 + 0.02,
        }
        for model in range(models)
        for shuffled in ("order of sites", "alleles of each site among haplotypes")
        for target in targets
    )


def saliency_table(targets=("diversity",)):
    return pd.DataFrame(
        {
            "model": model,
            "kind": "net",
            "method": method,
            "target": target,
            "by": by,
            "where": str(where),
            "added": 0.1 * where,
            "size": 0.1 * where,
        }
        for model in ("a/0", "b")
        for method in ("integrated gradients", "occlusion")
        for target in targets
        for by in ("part of the window", "frequency")
        for where in range(4)
    )


def draw_probes(**sizes):
    return probes.draw_probes(probes_table(**sizes))


def draw_permutations(**sizes):
    return permutations.draw_permutations(permutations_table(**sizes))


def draw_saliency(**sizes):
    return saliency.draw_saliency(saliency_table(**sizes))


def draw_signed_activations():
    outputs = {"signed": np.array([-1.0, 0.0, 3.0], np.float32)}
    added = np.array([[0.0, 1.0], [0.5, 0.0]], np.float32)
    return activations.draw_activations(np.zeros((5, 2)), outputs, "a window", added=added)


def draw_no_window():
    return activations.draw_no_window("there is no such window")


EVERY_FIGURE = [
    draw_probes,
    draw_permutations,
    draw_saliency,
    draw_signed_activations,
    draw_no_window,
]
