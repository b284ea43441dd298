"""Summary statistics of encoded windows: what baselines see of them.

A window is looked at as a whole and in parts of equal length in bases. A window
without padding goes from its first encoded site to its last, one with padding over
the whole of ``encoding.length``. Padding is in no part.

There are four kinds of them:

- ``spectrum``: sites by how many haplotypes have the derived allele, or the rarer one where it is
  not known which allele is ancestral;
- ``sites``: the number of segregating sites, pi, Watterson's theta and Tajima's D, and, where it
  is known which allele is ancestral, theta_H and Fay and Wu's H;
- ``haplotypes``: how many distinct ones there are, and Garud's H1, H12 and H2/H1;
- ``linkage``: Kelly's ZnS, the logarithm of Kim and Nielsen's omega, and the mean r2 of sites at
  some distance.

What is seen decides how they are computed: see :mod:`coalflow.statistics.allele_counts` and
:mod:`coalflow.statistics.linkage` where genotypes are missing, and :mod:`coalflow.statistics.haplotypes` where
the phase is lost.
"""

import itertools

import numpy as np
import pandas as pd

from coalflow.config.targets import of_sites
from coalflow.statistics import haplotypes, site_statistics
from coalflow.statistics.allele_counts import Sites, take_part
from coalflow.statistics.linkage import SHARES, Linkage
from coalflow.windows import shards

KINDS = ("spectrum", "sites", "haplotypes", "linkage")
VALUES_AT_ONCE = 1_000_000  # alleles, or pairs of sites; some 100 MB
OF_SITES = ("segregating_sites", "diversity", "tajimas_d")
OF_POLARISED_SITES = ("theta_h", "fay_wu_h")
OF_POPULATIONS = ("segregating_sites", "diversity", "tajimas_d")
OF_PAIRS = ("divergence", "fst")
# Statistics that give another one away: the same up to a factor, or the rest of a difference.
TWINS = {
    "segregating_sites": ["watterson_theta"],
    "watterson_theta": ["segregating_sites"],
    "diversity": ["fay_wu_h"],
    "theta_h": ["fay_wu_h"],
    "fay_wu_h": ["theta_h"],
}


def summarise_windows(windows, chosen, seen):
    """Return the statistics that baselines learn from, a table of float64, a row for each window.

    ``windows`` are :class:`coalflow.windows.encoding.Windows`. ``chosen`` is the config's section:
    ``parts``, numbers of parts, and ``kinds``. ``seen`` has, as a card, ``samples``, ``ploidy``
    and ``observation``. Where there are several populations, statistics of each and of pairs are
    among them.

    What is not defined is given as 0: Tajima's D of a part without variation, which is what is
    expected of a neutral population of constant size, the logarithm of omega, r2 where there are no
    pairs, and Fst.
    """
    _, sites, haplotypes = windows.shape
    step = max(1, VALUES_AT_ONCE // (sites * max(sites, haplotypes)))
    return pd.DataFrame(
        site_statistics.compute_in_chunks(lambda one: _columns(one, chosen, seen), windows, step)
    )


def drop_targets(names, targets):
    """Return the names of statistics that are no ``targets`` themselves, nor their ``TWINS``."""
    given_away = {
        _name(statistic, of)
        for one in of_sites(targets).values()
        for statistic in (one["statistic"], *TWINS.get(one["statistic"], []))
        # Two populations compared are the same two the other way round.
        for of in (one["of"], one["of"][::-1])
    }
    return [name for name in names if name not in given_away]


def _columns(windows, chosen, seen):
    """Return a dict of names and values, float64 (windows,)."""
    kinds, polarised = chosen["kinds"], seen["observation"]["polarised"]
    sites, columns = Sites(windows), {}
    if "spectrum" in kinds:
        counts = sites.spectrum() if polarised else sites.folded_spectrum()
        columns |= {f"sites_with_{k + 1}_copies": of_k for k, of_k in enumerate(counts.T)}
    of_parts = _of_parts(windows, sites, kinds, polarised)
    for parts in (1, *chosen["parts"]):
        for name, values in of_parts(parts).items():
            for part in range(parts):
                place = f"_{part + 1}_of_{parts}" if parts > 1 else ""
                columns[f"{name}{place}"] = values[:, part]
    if "sites" in kinds:
        columns["watterson_theta"] = sites.watterson_theta(1)[:, 0]
        columns |= _of_populations(windows, seen)
    return {name: np.nan_to_num(values) for name, values in columns.items()}


def _of_parts(windows, sites, kinds, polarised):
    """Return a function of a number of parts, to a dict of float64 (windows, parts)."""
    names = haplotypes.name_haplotypes(windows) if "haplotypes" in kinds else None
    linkage = Linkage(windows) if "linkage" in kinds else None

    def of_parts(parts):
        edges, columns = _edges(windows, parts), {}
        if "sites" in kinds:
            told = (*OF_SITES, *OF_POLARISED_SITES) if polarised else OF_SITES
            columns |= {name: sites.statistic(name, parts) for name in told}
        if names is not None:
            columns |= haplotypes.compute_haplotype_statistics(names, edges)
        if linkage is not None:
            omega = linkage.omega(edges)
            # It has a long tail: for linear models its logarithm is the better scale.
            logs = np.log10(omega, out=np.zeros_like(omega), where=omega > 0)
            columns |= {"zns": linkage.zns(edges), "log10_omega": logs}
            if parts == 1:
                distances = linkage.by_distance()
                columns |= {
                    f"r2_within_1_of_{share}": distances[:, [place]]
                    for place, share in enumerate(SHARES)
                }
        return columns

    return of_parts


def _edges(windows, parts):
    """Return the first site of each part, and one beyond the last, int64 (windows, parts + 1)."""
    part = np.where(windows.mask, take_part(windows.positions, parts), parts)
    left = windows.mask.argmax(axis=1)
    return (part[:, :, None] < np.arange(parts + 1)).sum(axis=1) + left[:, None]


def _of_populations(windows, seen):
    """Return statistics of populations and of pairs of them, where there are several."""
    populations = shards.slice_populations(seen["samples"], seen["ploidy"])
    if len(populations) < 2:
        return {}
    told = [(name, [one]) for name in OF_POPULATIONS for one in populations]
    pairs = itertools.combinations(populations, 2)
    told += [(name, list(pair)) for pair in pairs for name in OF_PAIRS]
    definitions = {
        _name(name, of): {"statistic": name, "of": of, "mode": "site"} for name, of in told
    }
    return site_statistics.compute_site_statistics(windows, definitions, populations)


def _name(statistic, of):
    return f"{statistic}_of_{'_and_'.join(of)}" if of else statistic
