"""All statistics of several populations, as columns of a table.

Columns name populations in the order of ``Samples.ordered``, not in that of haplotypes. Where
the two of a pair count differently, one column begins with either.

Statistics within a population need two haplotypes of it, or two individuals where the phase is not
known and haplotypes are compared. Those of smaller samples are left out.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping

import numpy as np
import numpy.typing as npt

from coalflow.config.schema.samples import FEWEST_HAPLOTYPES, Samples
from coalflow.statistics.allele_counts import Sites
from coalflow.statistics.columns import name_column, split_parts
from coalflow.statistics.haplotypes import HaplotypeNames, compute_haplotype_statistics
from coalflow.statistics.populations.identity_tracts import measure_tracts
from coalflow.statistics.populations.linkage_within import RowLinkage
from coalflow.statistics.populations.pair_differences import PairDifferences
from coalflow.statistics.populations.row_pairs import RowPairs
from coalflow.statistics.populations.site_sharing import SiteSharing
from coalflow.windows.packed_windows import Windows

Values = npt.NDArray[np.float64]
Columns = Iterator[tuple[str, Values]]

OF_POLARISED_SITES = ("theta_h", "fay_wu_h")
OF_HAPLOTYPES = ("haplotype_count", "h12")


def compare_populations(
    windows: Windows,
    partitions: Mapping[int, npt.NDArray[np.int64]],
    samples: Samples,
    polarised: bool,
) -> dict[str, Values]:
    """Return statistics of populations, of pairs, and of three or four of them together.

    Parameters
    ----------
    windows : Windows
    partitions : mapping of int to ndarray of int64, shape (windows, parts + 1)
        The first site of each part, and one beyond the last of all, by the number of parts; 1 is
        among them.
    samples : Samples
        Whose haplotypes these are.
    polarised : bool
        Whether 1 is the derived allele.

    Returns
    -------
    dict of str to ndarray of float64, shape (windows,)
        nan where undefined. Nothing where there is one population.
    """
    if len(samples.slices) < 2:
        return {}
    compared = _Compared(windows, samples, polarised)
    columns: dict[str, Values] = {}
    for parts, edges in partitions.items():
        columns |= split_parts(dict(compared.summarise_parts(parts, edges)))
    for describe in (
        compared.describe_spectra,
        compared.describe_sites,
        compared.describe_pairs,
        compared.describe_linkage,
        compared.describe_tracts,
        compared.describe_groups,
    ):
        columns |= dict(describe())
    return columns


class _Compared:
    """The populations of some windows."""

    def __init__(self, windows: Windows, samples: Samples, polarised: bool) -> None:
        slices = {name: samples.slices[name] for name in samples.ordered}
        self._windows, self._polarised = windows, polarised
        self._names = list(slices)
        self._couples = list(itertools.combinations(slices, 2))
        self._sites = {
            name: Sites(windows, chosen)
            for name, chosen in slices.items()
            if chosen.stop - chosen.start > 1
        }
        self._sharing = SiteSharing(windows, slices)
        self._pairs = RowPairs.from_haplotypes(slices, windows.alleles_per_row)
        self._with_pairs = [name for name in slices if self._pairs.count_rows(name) > 1]
        self._differences = PairDifferences(windows, self._pairs)
        self._haplotypes = HaplotypeNames(windows)

    def summarise_parts(self, parts: int, edges: npt.NDArray[np.int64]) -> Columns:
        """Yield what parts of windows have, float64 (windows, parts)."""
        diversity = {}
        for name, sites in self._sites.items():
            diversity[name] = sites.compute_diversity(parts)
            yield name_column("diversity", [name]), diversity[name]
            yield name_column("segregating_sites", [name]), sites.compute_segregating_sites(parts)
            if sites.haplotypes >= FEWEST_HAPLOTYPES:
                yield name_column("tajimas_d", [name]), sites.compute_tajimas_d(parts)
            private = self._sharing.count_private(name, parts)
            yield name_column("private_sites", [name]), private
        for name in self._with_pairs:
            rows = self._pairs.rows[name]
            computed = compute_haplotype_statistics(self._haplotypes, edges, rows)
            for statistic in OF_HAPLOTYPES:
                yield name_column(statistic, [name]), computed[statistic]
        counted = self._differences.count_in_parts(edges)
        for pair in self._couples:
            between = self._sharing.compute_divergence(pair, parts)
            yield name_column("divergence", pair), between
            if all(name in diversity for name in pair):
                within = diversity[pair[0]] + diversity[pair[1]]
                with np.errstate(invalid="ignore"):
                    # As tskit defines it.
                    yield name_column("fst", pair), 1 - 2 * within / (within + 2 * between)
            for statistic, values in self._differences.compare_nearest(counted, *pair).items():
                yield name_column(statistic, pair), values

    def describe_spectra(self) -> Columns:
        """Yield the spectrum of each population, and the joint one of each pair."""
        for name, sites in self._sites.items():
            spectrum = (
                sites.compute_spectrum() if self._polarised else sites.compute_folded_spectrum()
            )
            for index, counts in enumerate(spectrum.T):
                yield name_column(f"sites_with_{index + 1}_copies", [name]), counts
        for pair in self._couples:
            joint = self._sharing.compute_joint_spectrum(pair, self._polarised)
            for cell, counts in joint.items():
                yield name_column(f"sites_{cell}", pair), counts

    def describe_sites(self) -> Columns:
        """Yield what single sites say of a population, or of a pair."""
        if self._polarised:
            for statistic, name in itertools.product(OF_POLARISED_SITES, self._sites):
                values = self._sites[name].compute_statistic(statistic, 1)[:, 0]
                yield name_column(statistic, [name]), values
        for pair in self._couples:
            yield name_column("fixed_sites", pair), self._sharing.count_fixed(pair)
            if not all(name in self._sites for name in pair):
                continue
            yield name_column("shared_sites", pair), self._sharing.count_shared(pair)
            yield name_column("f2", pair), self._sharing.compute_f2(pair)
            first, second = (self._sites[name].compute_diversity(1)[:, 0] for name in pair)
            with np.errstate(invalid="ignore"):
                yield name_column("share_of_diversity", pair), first / (first + second)

    def describe_pairs(self) -> Columns:
        """Yield how haplotypes differ within populations and between them."""
        differences = self._differences
        for name in self._with_pairs:
            yield name_column("variance_of_differences", [name]), differences.measure_spread(name)
        for pair in self._couples:
            for of, other in (pair, pair[::-1]):
                distance = differences.measure_distance(of, other)
                yield name_column("nearest_difference", (of, other)), distance
                if of in self._with_pairs:
                    ratio, rank = differences.rank_nearest(of, other)
                    yield name_column("d_min_ratio", (of, other)), ratio
                    yield name_column("d_min_rank", (of, other)), rank
            if all(name in self._with_pairs for name in pair):
                yield name_column("snn", pair), differences.count_own_neighbours(*pair)

    def describe_linkage(self) -> Columns:
        """Yield ZnS of each population, and for pairs its mean over that of the two together."""
        linkage = RowLinkage(self._windows)
        rows = {name: np.arange(part.start, part.stop) for name, part in self._pairs.rows.items()}
        zns = {name: linkage.compute_zns(rows[name]) for name in self._with_pairs}
        for name, values in zns.items():
            yield name_column("zns", [name]), values
        for pair in self._couples:
            if all(name in zns for name in pair):
                together = linkage.compute_zns(np.concatenate([rows[name] for name in pair]))
                mean = (zns[pair[0]] + zns[pair[1]]) / 2
                ratio = np.divide(mean, together, out=np.zeros_like(mean), where=together > 0)
                yield name_column("zx", pair), ratio

    def describe_tracts(self) -> Columns:
        """Yield the longest tract of identity, of all pairs of haplotypes and on average."""
        tracts = measure_tracts(self._windows, self._haplotypes, self._pairs)
        for of in [*((name,) for name in self._with_pairs), *self._couples]:
            pairs = self._pairs.find(*of)
            yield name_column("longest_tract", of), tracts[:, pairs].max(axis=1)
            yield name_column("mean_longest_tract", of), tracts[:, pairs].mean(axis=1)

    def describe_groups(self) -> Columns:
        """Yield statistics of three or four populations together."""
        sharing = self._sharing
        for trio in itertools.combinations(self._names, 3):
            for own in trio:
                first, second = (name for name in trio if name != own)
                if own in self._sites:
                    with_own_first = (own, first, second)
                    yield name_column("f3", with_own_first), sharing.compute_f3(with_own_first)
                if self._polarised:
                    with_own_last = (first, second, own)
                    d = sharing.compute_patterson_d(with_own_last)
                    yield name_column("patterson_d", with_own_last), d
        for one, two, three, four in itertools.combinations(self._names, 4):
            for of in ((one, two, three, four), (one, three, two, four), (one, four, two, three)):
                yield name_column("f4", of), sharing.compute_f4(of)
                yield name_column("patterson_d", of), sharing.compute_patterson_d(of)
