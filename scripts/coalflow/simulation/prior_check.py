"""Priors as they are stated, beside the parameters that replicates have.

The two differ where draws were refused: a history that contradicts itself, a value beyond
what a parameter can be. What the nets learn is the realised distribution.
"""

import math

import pandas as pd
import scipy.stats

from coalflow.core import seeds
from coalflow.simulation import priors

DRAWS = 10_000
QUANTILES = (0.05, 0.5, 0.95)


def draw_stated_priors(cells, limits, draws, seed):
    """Return what the priors alone give, whether it can be used or not.

    ``cells`` are :class:`coalflow.config.grid.Cell`, ``limits`` and ``draws`` as for
    :class:`coalflow.simulation.priors.Prior`, ``seed`` is the run's. Returns a dict of lists by the
    names of drawn parameters, 10,000 draws in all where every cell has the parameter.
    """
    each = math.ceil(DRAWS / len(cells))
    drawn = {}
    for cell in cells:
        prior = priors.Prior(cell.parameters, limits, draws)
        wanted = [name for name in prior.names if name not in prior.fixed]
        for number in range(each):
            values = prior.draw(seeds.derive_replicate_seed(seed, f"prior of {cell.name}", number))
            for name in wanted:
                drawn.setdefault(name, []).append(values[name])
    return dict(sorted(drawn.items()))


def compare_with_stated(realised, stated):
    """Return the table of ``priors.tsv``: a row per drawn parameter.

    ``realised`` is the split table, ``stated`` what :func:`draw` returned. Quantiles are of
    numbers; ``p`` is that of a two-sample Kolmogorov-Smirnov test, for names of a
    chi-squared test.
    """
    return pd.DataFrame([_row(name, realised, values) for name, values in stated.items()])


def _row(name, realised, values):
    row = {"parameter": name, "drawn": int(realised[name].notna().sum())}
    drawn, values = realised[name].dropna(), pd.Series(values)
    if values.dtype.kind not in "iuf":
        counts = pd.DataFrame({"drawn": drawn.value_counts(), "stated": values.value_counts()})
        return {**row, "p": scipy.stats.chi2_contingency(counts.fillna(0)).pvalue}
    values = values.dropna()
    for kind, of_kind in (("realised", drawn), ("stated", values)):
        for share in QUANTILES:
            row[f"{kind}_{100 * share:.0f}"] = of_kind.quantile(share)
    return {**row, "p": scipy.stats.ks_2samp(drawn, values).pvalue}
