"""How far the windows of two runs are apart: coalflow's, and those of the authors' programs."""

import math

import numpy as np
import scipy.stats

from coalflow.windows.shards import read_shard

STATISTICS = ("sites", "pi", "tajimas_d", "haplotypes", "homozygosity")


def compare_runs(ours, theirs):
    """Return a table of how far the statistics of two runs' windows are apart."""
    first, second = (describe_windows(results) for results in (ours, theirs))
    lines = [
        f"{len(first)} windows of {ours.name}, {len(second)} of {theirs.name}; z is the difference "
        "of the means in standard errors, p that of a Kolmogorov-Smirnov test.",
        "",
        "| statistic | ours | theirs | z | sd, ours / theirs | p |",
        "|---|---|---|---|---|---|",
    ]
    for name, one, other in zip(STATISTICS, first.T, second.T, strict=True):
        one, other = one[np.isfinite(one)], other[np.isfinite(other)]
        error = math.sqrt(one.var(ddof=1) / len(one) + other.var(ddof=1) / len(other))
        z = (one.mean() - other.mean()) / error
        p = scipy.stats.ks_2samp(one, other).pvalue
        lines.append(
            f"| {name} | {one.mean():.4g} | {other.mean():.4g} | {z:+.2f} | "
            f"{one.std() / other.std():.3f} | {p:.2g} |"
        )
    return "\n".join(lines)


def describe_windows(results):
    """Return the statistics of all windows of a run, float (windows, statistics)."""
    rows = []
    for path in sorted(results.glob("shards/*/*.npz")):
        shard = read_shard(path)
        haplotypes = shard.samples.number_of_haplotypes
        for first, last in zip(shard.offsets, shard.offsets[1:], strict=False):
            packed = shard.haplotypes[first:last]
            rows.append(describe_window(np.unpackbits(packed, axis=1, count=haplotypes)))
    return np.array(rows)


def describe_window(alleles):
    """Return the statistics of a window; alleles are (sites, haplotypes)."""
    sites, haplotypes = alleles.shape
    copies = alleles.sum(axis=1, dtype=float)
    pairs = haplotypes * (haplotypes - 1) / 2
    pi = float((copies * (haplotypes - copies)).sum() / pairs)
    _, counts = np.unique(alleles.T, axis=0, return_counts=True)
    homozygosity = float(((counts / haplotypes) ** 2).sum())
    return sites, pi, compute_tajimas_d(sites, pi, haplotypes), len(counts), homozygosity


def compute_tajimas_d(sites, pi, haplotypes):
    """Return Tajima's D (1989); nan without sites."""
    if not sites:
        return math.nan
    numbers = np.arange(1, haplotypes)
    a1, a2 = (1 / numbers).sum(), (1 / numbers**2).sum()
    b1 = (haplotypes + 1) / (3 * (haplotypes - 1))
    b2 = 2 * (haplotypes**2 + haplotypes + 3) / (9 * haplotypes * (haplotypes - 1))
    e1 = (b1 - 1 / a1) / a1
    e2 = (b2 - (haplotypes + 2) / (a1 * haplotypes) + a2 / a1**2) / (a1**2 + a2)
    return (pi - sites / a1) / math.sqrt(e1 * sites + e2 * sites * (sites - 1))
