"""Summary statistics of encoded windows: what baselines see of them.

A window is looked at as a whole and in parts of equal length in bases. A window without padding
extends from its first encoded site to its last, one with padding over the whole of
``encoding.length``. Padding is in no part.

There are five kinds of statistics:

- ``spectrum``: sites by how many haplotypes have the derived allele, or the rarer one where the
  ancestral allele is not known;
- ``sites``: the number of segregating sites, pi, Watterson's theta and Tajima's D, and, where the
  ancestral allele is known, theta_H and Fay and Wu's H;
- ``haplotypes``: how many distinct ones there are, and Garud's H1, H12 and H2/H1;
- ``linkage``: Kelly's ZnS, the logarithm of Kim and Nielsen's omega, and the mean r2 of sites at
  some distance;
- ``populations``: of several populations, what is in each, and how they differ
  (:mod:`coalflow.statistics.populations.summary`).

The first four are of all haplotypes together.

What is observed decides how they are computed: see :mod:`coalflow.statistics.allele_counts` and
:mod:`coalflow.statistics.linkage` where genotypes are missing, and
:mod:`coalflow.statistics.haplotypes` where the phase is not known.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd
from threadpoolctl import threadpool_limits

from coalflow.config.registry.statistics import STATISTICS
from coalflow.config.schema.dataset import Features
from coalflow.config.schema.observation import Observation
from coalflow.config.schema.samples import Samples
from coalflow.config.schema.targets import Targets
from coalflow.statistics import haplotypes
from coalflow.statistics.allele_counts import Sites, find_edges
from coalflow.statistics.columns import name_column, split_parts
from coalflow.statistics.linkage import SHARES, Linkage
from coalflow.statistics.populations.summary import compare_populations
from coalflow.statistics.site_statistics import compute_in_chunks
from coalflow.windows.packed_windows import Windows

ALLELES_AT_ONCE = 500_000  # more would be no faster
SITE_STATISTICS = ("segregating_sites", "diversity", "tajimas_d")
POLARISED_STATISTICS = ("theta_h", "fay_wu_h")


def summarise_windows(
    windows: Windows, features: Features, samples: Samples, observation: Observation
) -> pd.DataFrame:
    """Return the statistics that baselines learn from, a row for each window.

    What is not defined is 0: Tajima's D of a part without variation, which is its expectation in a
    neutral population of constant size, the logarithm of omega, r2 where there are no pairs, and
    Fst.

    Parameters
    ----------
    windows : Windows
    features : Features
        Which statistics, and in how many parts.
    samples : Samples
        Whose haplotypes these are. Where there are several populations, statistics of each and of
        pairs are included.
    observation : Observation

    Returns
    -------
    pandas.DataFrame
        Of float64.
    """
    _, sites, number = windows.shape
    step = max(1, ALLELES_AT_ONCE // (sites * number))

    def compute(chunk: Windows) -> dict[str, npt.NDArray[np.float64]]:
        return _compute_columns(chunk, features, samples, observation.polarised)

    # Matrices are so small that threads would wait for each other most of the time.
    with threadpool_limits(1):
        columns = compute_in_chunks(compute, windows, step)
    # Of no kind but populations, one population has no statistics.
    values = np.array(list(columns.values())).reshape(-1, len(windows))
    np.nan_to_num(values, copy=False)
    # As pandas stores columns, so that it makes no copy of them.
    return pd.DataFrame(values.T, columns=list(columns), copy=False)


def drop_targets(names: Iterable[str], targets: Targets) -> list[str]:
    """Return the names of statistics that are not targets themselves, nor equivalent to one.

    Examples
    --------
    >>> from coalflow.config.schema.targets import StatisticTarget
    >>> theta = Targets(definitions={"theta": StatisticTarget(statistic="watterson_theta")})
    >>> drop_targets(["segregating_sites", "watterson_theta", "diversity"], theta)
    ['diversity']
    """
    given_away = {
        name_column(statistic, of)
        for target in targets.site_statistics.values()
        for statistic in (target.statistic, *STATISTICS[target.statistic].equivalents)
        # Populations that are compared are the same in any order.
        for of in itertools.permutations(target.of)
    }
    return [name for name in names if name not in given_away]


def _compute_columns(
    windows: Windows, features: Features, samples: Samples, polarised: bool
) -> dict[str, npt.NDArray[np.float64]]:
    """Return the columns of the table, float64 (windows,), nan where undefined."""
    sites = Sites(windows)
    partitions = {parts: find_edges(windows, parts) for parts in (1, *features.parts)}
    columns: dict[str, npt.NDArray[np.float64]] = {}
    if "spectrum" in features.kinds:
        counts = sites.compute_spectrum() if polarised else sites.compute_folded_spectrum()
        columns |= {f"sites_with_{k + 1}_copies": column for k, column in enumerate(counts.T)}
    columns |= _compute_in_parts(windows, sites, features, partitions, polarised)
    if "sites" in features.kinds:
        columns["watterson_theta"] = sites.compute_watterson_theta(1)[:, 0]
    if "populations" in features.kinds:
        columns |= compare_populations(windows, partitions, samples, polarised)
    return columns


def _compute_in_parts(
    windows: Windows,
    sites: Sites,
    features: Features,
    partitions: Mapping[int, npt.NDArray[np.int64]],
    polarised: bool,
) -> dict[str, npt.NDArray[np.float64]]:
    """Return statistics of whole windows, then of their parts, float64 (windows,)."""
    kinds = features.kinds
    names = haplotypes.HaplotypeNames(windows) if "haplotypes" in kinds else None
    linkage = Linkage(windows, list(partitions.values())) if "linkage" in kinds else None
    site_statistics = (*SITE_STATISTICS, *POLARISED_STATISTICS) if polarised else SITE_STATISTICS
    columns: dict[str, npt.NDArray[np.float64]] = {}
    for index, (parts, edges) in enumerate(partitions.items()):
        computed: dict[str, npt.NDArray[np.float64]] = {}
        if "sites" in kinds:
            computed |= {name: sites.compute_statistic(name, parts) for name in site_statistics}
        if names is not None:
            computed |= haplotypes.compute_haplotype_statistics(names, edges)
        if linkage is not None:
            computed |= _summarise_linkage(linkage, index)
        columns |= split_parts(computed)
    return columns


def _summarise_linkage(linkage: Linkage, partition: int) -> dict[str, npt.NDArray[np.float64]]:
    """Return statistics of linkage, float64 (windows, parts); r2 by distance of whole windows."""
    omega = linkage.compute_omega(partition)
    # It has a long tail: for linear models its logarithm is the better scale.
    logs = np.log10(omega, out=np.zeros_like(omega), where=omega > 0)
    computed = {"zns": linkage.compute_zns(partition), "log10_omega": logs}
    if omega.shape[1] == 1:
        by_distance = linkage.compute_r2_by_distance()
        for share, values in zip(SHARES, by_distance.T, strict=True):
            computed[f"r2_within_1_of_{share}"] = values[:, None]
    return computed
