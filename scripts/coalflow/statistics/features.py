"""Summary statistics of encoded windows: what baselines see of them.

A window is looked at as a whole and in parts of equal length in bases. A window without padding
extends from its first encoded site to its last, one with padding over the whole of
``encoding.length``. Padding is in no part.

There are four kinds of statistics:

- ``spectrum``: sites by how many haplotypes have the derived allele, or the rarer one where the
  ancestral allele is not known;
- ``sites``: the number of segregating sites, pi, Watterson's theta and Tajima's D, and, where the
  ancestral allele is known, theta_H and Fay and Wu's H;
- ``haplotypes``: how many distinct ones there are, and Garud's H1, H12 and H2/H1;
- ``linkage``: Kelly's ZnS, the logarithm of Kim and Nielsen's omega, and the mean r2 of sites at
  some distance.

What is observed decides how they are computed: see :mod:`coalflow.statistics.allele_counts` and
:mod:`coalflow.statistics.linkage` where genotypes are missing, and
:mod:`coalflow.statistics.haplotypes` where the phase is not known.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pandas as pd
from threadpoolctl import threadpool_limits

from coalflow.config.registry.statistics import STATISTICS
from coalflow.config.schema.dataset import Features
from coalflow.config.schema.observation import Observation
from coalflow.config.schema.samples import Samples
from coalflow.config.schema.targets import StatisticTarget, Targets
from coalflow.statistics import haplotypes
from coalflow.statistics.allele_counts import Sites, find_part
from coalflow.statistics.linkage import SHARES, Linkage
from coalflow.statistics.site_statistics import compute_in_chunks, compute_site_statistics
from coalflow.windows.packed_windows import Windows

ALLELES_AT_ONCE = 500_000  # more would be no faster
SITE_STATISTICS = ("segregating_sites", "diversity", "tajimas_d")
POLARISED_STATISTICS = ("theta_h", "fay_wu_h")
STATISTICS_OF_POPULATIONS = ("segregating_sites", "diversity", "tajimas_d")
STATISTICS_OF_PAIRS = ("divergence", "fst")


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
    values = np.nan_to_num(np.stack(list(columns.values())), copy=False)
    # As pandas stores columns, so that it makes no copy of them.
    return pd.DataFrame(values.T, columns=list(columns), copy=False)


def drop_targets(names: Iterable[str], targets: Targets) -> list[str]:
    """Return the names of statistics that are not targets themselves, nor equivalent to one.

    Examples
    --------
    >>> theta = Targets(definitions={"theta": StatisticTarget(statistic="watterson_theta")})
    >>> drop_targets(["segregating_sites", "watterson_theta", "diversity"], theta)
    ['diversity']
    """
    given_away = {
        _name_column(statistic, of)
        for target in targets.site_statistics.values()
        for statistic in (target.statistic, *STATISTICS[target.statistic].equivalents)
        # Two populations compared are the same two the other way round.
        for of in (target.of, target.of[::-1])
    }
    return [name for name in names if name not in given_away]


def _compute_columns(
    windows: Windows, features: Features, samples: Samples, polarised: bool
) -> dict[str, npt.NDArray[np.float64]]:
    """Return the columns of the table, float64 (windows,), nan where undefined."""
    sites = Sites(windows)
    columns: dict[str, npt.NDArray[np.float64]] = {}
    if "spectrum" in features.kinds:
        counts = sites.compute_spectrum() if polarised else sites.compute_folded_spectrum()
        columns |= {f"sites_with_{k + 1}_copies": column for k, column in enumerate(counts.T)}
    columns |= _compute_in_parts(windows, sites, features, polarised)
    if "sites" in features.kinds:
        columns["watterson_theta"] = sites.compute_watterson_theta(1)[:, 0]
        columns |= _compare_populations(windows, samples)
    return columns


def _compute_in_parts(
    windows: Windows, sites: Sites, features: Features, polarised: bool
) -> dict[str, npt.NDArray[np.float64]]:
    """Return statistics of whole windows, then of their parts, float64 (windows,)."""
    kinds = features.kinds
    names = haplotypes.HaplotypeNames(windows) if "haplotypes" in kinds else None
    partitions = {parts: _find_edges(windows, parts) for parts in (1, *features.parts)}
    linkage = Linkage(windows, list(partitions.values())) if "linkage" in kinds else None
    site_statistics = (*SITE_STATISTICS, *POLARISED_STATISTICS) if polarised else SITE_STATISTICS
    columns = {}
    for index, (parts, edges) in enumerate(partitions.items()):
        computed: dict[str, npt.NDArray[np.float64]] = {}
        if "sites" in kinds:
            computed |= {name: sites.compute_statistic(name, parts) for name in site_statistics}
        if names is not None:
            computed |= haplotypes.compute_haplotype_statistics(names, edges)
        if linkage is not None:
            computed |= _summarise_linkage(linkage, index)
        for name, values in computed.items():
            for part in range(parts):
                suffix = f"_{part + 1}_of_{parts}" if parts > 1 else ""
                columns[f"{name}{suffix}"] = values[:, part]
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


def _find_edges(windows: Windows, parts: int) -> npt.NDArray[np.int64]:
    """Return the first site of each part, and one beyond the last, int64 (windows, parts + 1)."""
    part = np.where(windows.mask, find_part(windows.positions, parts), parts)
    row = np.arange(len(windows))[:, None] * (parts + 1)
    counts = np.bincount((row + part).ravel(), minlength=row.size * (parts + 1))
    counts = counts.reshape(-1, parts + 1)
    return np.cumsum(counts, axis=1) - counts + windows.mask.argmax(axis=1)[:, None]


def _compare_populations(windows: Windows, samples: Samples) -> dict[str, npt.NDArray[np.float64]]:
    """Return statistics of populations and of pairs of them, where there are several."""
    slices = samples.slices
    if len(slices) < 2:
        return {}
    chosen = [
        *((name, (population,)) for name in STATISTICS_OF_POPULATIONS for population in slices),
        *(
            (name, pair)
            for pair in itertools.combinations(slices, 2)
            for name in STATISTICS_OF_PAIRS
        ),
    ]
    statistics = {
        _name_column(name, of): StatisticTarget(statistic=name, of=of) for name, of in chosen
    }
    return compute_site_statistics(windows, statistics, slices)


def _name_column(statistic: str, of: tuple[str, ...]) -> str:
    return f"{statistic}_of_{'_and_'.join(of)}" if of else statistic
