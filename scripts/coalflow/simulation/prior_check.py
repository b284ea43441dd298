"""Priors as they are stated, next to the parameters that replicates have.

The two differ where draws were refused: a history that contradicts itself, a value beyond
what a parameter can be. What the nets learn is the realised distribution.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import scipy.stats

from coalflow.config.schema.distributions import ParameterValue, Value
from coalflow.core import seeds
from coalflow.simulation.priors import Prior

DRAWS = 10_000
QUANTILES = (0.05, 0.5, 0.95)


def draw_stated_priors(
    cells: Mapping[str, Mapping[str, ParameterValue]], draws: str | None, seed: int
) -> dict[str, list[Value]]:
    """Draw from the priors alone, whether a draw can be used or not.

    Parameters
    ----------
    cells : mapping
        The parameters of each cell by its name.
    draws : str or None
        The file of joint draws.
    seed : int
        The run's.

    Returns
    -------
    dict of list
        By the names of drawn parameters, 10,000 draws in all if every cell has the parameter.

    Raises
    ------
    CoalflowError
        If the file of joint draws cannot be read, or lacks a column or a number.
    """
    each = math.ceil(DRAWS / len(cells))
    drawn: dict[str, list[Value]] = {}
    for cell, parameters in cells.items():
        prior = Prior(parameters, draws)
        names = [name for name in prior.names if name not in prior.fixed]
        for index in range(each):
            values = prior.draw(seeds.derive_replicate_seed(seed, f"prior of {cell}", index))
            for name in names:
                drawn.setdefault(name, []).append(values[name])
    return dict(sorted(drawn.items()))


def compare_with_stated(
    realised: pd.DataFrame, stated: Mapping[str, Sequence[Value]]
) -> pd.DataFrame:
    """Return the table of ``priors.tsv``: a row for each drawn parameter.

    Parameters
    ----------
    realised : DataFrame
        The split table.
    stated : mapping
        What :func:`draw_stated_priors` returned.

    Returns
    -------
    DataFrame
        Numbers have quantiles and the p-value of a two-sample Kolmogorov-Smirnov test, names the
        p-value of a chi-squared test.
    """
    return pd.DataFrame(
        [_describe_parameter(name, realised, values) for name, values in stated.items()]
    )


def _describe_parameter(
    name: str, realised: pd.DataFrame, values: Sequence[Value]
) -> dict[str, Any]:
    row = {"parameter": name, "drawn": int(realised[name].notna().sum())}
    drawn: pd.Series[Any] = realised[name].dropna()
    stated: pd.Series[Any] = pd.Series(values)
    if stated.dtype.kind not in "iuf":
        counts = pd.DataFrame({"drawn": drawn.value_counts(), "stated": stated.value_counts()})
        return {**row, "p": scipy.stats.chi2_contingency(counts.fillna(0)).pvalue}
    stated = stated.dropna()
    for kind, numbers in (("realised", drawn), ("stated", stated)):
        for share in QUANTILES:
            row[f"{kind}_{100 * share:.0f}"] = numbers.quantile(share)
    return {**row, "p": scipy.stats.ks_2samp(drawn, stated).pvalue}
