"""What theory knows of windows: the statistics and parameters that probes look for in nets."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from coalflow.config.schema.dataset import Features
from coalflow.config.settings.view import View
from coalflow.statistics.allele_counts import sum_harmonic_series
from coalflow.statistics.features import summarise_windows
from coalflow.windows.packed_windows import Windows

# Classical statistics, as they are called here, by the names of features.
SITES = {
    "S": "segregating_sites",
    "theta_W": "watterson_theta",
    "pi": "diversity",
    "Tajima's D": "tajimas_d",
    "theta_H": "theta_h",
    "Fay and Wu's H": "fay_wu_h",
}
NUMERATOR, DENOMINATOR = "D's numerator, pi - theta_W", "D's denominator"
HAPLOTYPES = {"haplotypes": "haplotype_count", "H1": "h1", "H12": "h12", "H2/H1": "h2_h1"}
LINKAGE = {"ZnS": "zns"}
# The upper ends of classes of frequency beyond singletons and doubletons, as shares of haplotypes.
FREQUENCIES = (0.1, 0.25, 0.5, 0.75, 1.0)
ALL_KINDS = Features(parts=())
WHOLE_WINDOW = "sites of the whole simulated window"
LOG_FROM = 10  # a positive parameter that differs by this factor is looked for by its logarithm


def tabulate_theory(windows: Windows, view: View) -> pd.DataFrame:
    """Return what is known of windows by theory, a row for each.

    Parameters
    ----------
    windows : Windows
    view : View
        How models see them.

    Returns
    -------
    DataFrame
        Of float64: S, theta_W, pi, Tajima's D with its numerator and its denominator, theta_H and
        Fay and Wu's H where the ancestral allele is known, the spectrum in classes, Garud's
        statistics of haplotypes, and ZnS. What is not defined is 0, as baselines have it.
    """
    summarised = summarise_windows(windows, ALL_KINDS, view.samples, view.observation)
    columns: dict[str, npt.NDArray[np.float64]] = {}
    for name, feature in SITES.items():
        if feature in summarised:
            columns[name] = summarised[feature].to_numpy()
    columns[NUMERATOR] = columns["pi"] - columns["theta_W"]
    columns[DENOMINATOR] = compute_denominator(columns["S"], windows.number_of_haplotypes)
    columns |= _sum_spectrum(summarised, windows.number_of_haplotypes)
    for name, feature in {**HAPLOTYPES, **LINKAGE}.items():
        columns[name] = summarised[feature].to_numpy()
    return pd.DataFrame(columns)


def tabulate_parameters(table: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Return the parameters of replicates as numbers, a row for each.

    Parameters
    ----------
    table : DataFrame
        Rows of the split table.
    names : sequence of str
        Scenario parameters and targets; what is not in the table is left out.

    Returns
    -------
    DataFrame
        Of float64, nan where a replicate has no such parameter. A parameter that is positive and
        differs by a factor of ten or more is replaced by its logarithm, one whose values are names
        by a column for each name, 1 where it applies. One that is the same in all replicates is
        left out, as is a statistic that :func:`tabulate_theory` has. The first column counts the
        sites of the whole simulated window, whether models see them or not.
    """
    columns = {WHOLE_WINDOW: table["sites"].to_numpy(np.float64)} if "sites" in table else {}
    for name in dict.fromkeys(names):
        if name not in table or name in SITES.values() or table[name].nunique() < 2:
            continue
        if pd.api.types.is_numeric_dtype(table[name]):
            columns |= _take_log(name, table[name].to_numpy(np.float64))
        else:
            values = table[name].astype(str)
            for value in sorted(values[table[name].notna()].unique()):
                columns[f"{name}: {value}"] = (values == value).to_numpy(np.float64)
    return pd.DataFrame(columns, index=range(len(table)))


def compute_denominator(
    segregating: npt.NDArray[np.float64], haplotypes: int
) -> npt.NDArray[np.float64]:
    """Return the standard deviation by which Tajima's D divides, float64 (windows,).

    Parameters
    ----------
    segregating : ndarray of float64, shape (windows,)
        How many sites segregate.
    haplotypes : int

    References
    ----------
    Tajima (1989), equation 38.
    """
    if haplotypes < 2:
        return np.zeros(len(segregating))
    n = haplotypes
    a1, a2 = (float(sums[n]) for sums in sum_harmonic_series(n))
    e1 = ((n + 1) / (3 * (n - 1)) - 1 / a1) / a1
    b2 = 2 * (n**2 + n + 3) / (9 * n * (n - 1))
    e2 = (b2 - (n + 2) / (a1 * n) + a2 / a1**2) / (a1**2 + a2)
    return np.sqrt(np.maximum(e1 * segregating + e2 * segregating * (segregating - 1), 0))


def list_frequency_classes(haplotypes: int) -> dict[str, npt.NDArray[np.int64]]:
    """Return the classes of frequency by name, each with the numbers of copies that it holds.

    Parameters
    ----------
    haplotypes : int

    Examples
    --------
    >>> {name: copies.tolist() for name, copies in list_frequency_classes(8).items()}
    {'1 copy': [1], '2 copies': [2], 'to 50 %': [3, 4], 'to 75 %': [5, 6], 'above 75 %': [7]}
    """
    classes = {"1 copy": [1], "2 copies": [2]}
    for copies in range(3, haplotypes):
        upper = next(share for share in FREQUENCIES if copies <= share * haplotypes)
        name = f"to {100 * upper:.0f} %" if upper < 1 else f"above {100 * FREQUENCIES[-2]:.0f} %"
        classes.setdefault(name, []).append(copies)
    kept = {name: [c for c in copies if c < haplotypes] for name, copies in classes.items()}
    return {name: np.array(copies, np.int64) for name, copies in kept.items() if copies}


def _sum_spectrum(summarised: pd.DataFrame, haplotypes: int) -> dict[str, npt.NDArray[np.float64]]:
    """Return the numbers of sites in classes of frequency, float64 (windows,)."""
    sums = {}
    for name, copies in list_frequency_classes(haplotypes).items():
        found = [f"sites_with_{number}_copies" for number in copies.tolist()]
        known = [column for column in found if column in summarised]
        if known:
            sums[f"sites, {name}"] = summarised[known].to_numpy().sum(axis=1)
    return sums


def _take_log(name: str, values: npt.NDArray[np.float64]) -> dict[str, npt.NDArray[np.float64]]:
    known = values[np.isfinite(values)]
    if len(known) and known.min() > 0 and known.max() >= LOG_FROM * known.min():
        return {f"log10 {name}": np.log10(values)}
    return {name: values}
