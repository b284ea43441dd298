"""The statistics that can be predicted: one record each.

A statistic is its record here, a function where none of tskit's methods computes it
(:mod:`coalflow.statistics.tskit_statistics`), and its test.
"""

import dataclasses
from typing import Final, Literal, TypeAlias

Mode: TypeAlias = Literal["site", "branch"]
SITE: Final = "site"
BRANCH: Final = "branch"


@dataclasses.dataclass(frozen=True)
class Statistic:
    """What config, statistics, report and docs need to know of a statistic.

    Attributes
    ----------
    title : str
        What it is called in figures and in the report.
    tskit : str
        What computes it: a method of ``tskit.TreeSequence``, or else a function of
        :mod:`coalflow.statistics.tskit_statistics`; empty where it needs moves of lineages.
    sets : tuple of int
        Of how many populations it can be; 0 is the whole sample.
    modes : tuple of str
        Whether it is of sites, of branches or of both, the default first.
    signed : bool
        Whether it is below 0 in usual data, so that it has no logarithm.
    polarised : bool
        Whether the ancestral alleles must be known.
    allele_counts : str, optional
        The method of :class:`coalflow.statistics.allele_counts.Sites`, or the function of that
        module, that computes it where genotypes are missing. Without it, it is then undefined.
    equivalents : tuple of str
        Statistics that give this one away: the same up to a factor, or the rest of a difference.
        Baselines that are to predict it do not see them.
    needs_moves : bool
        Whether it is of lineages that moved into a population, the last in ``of``, by gene flow.
        That population need not be sampled.
    only_site_number : bool
        Whether the number of sites determines it, which is fixed where windows are not padded.
    """

    title: str
    tskit: str
    sets: tuple[int, ...] = (0, 1)
    modes: tuple[Mode, ...] = (SITE, BRANCH)
    signed: bool = False
    polarised: bool = False
    allele_counts: str | None = None
    equivalents: tuple[str, ...] = ()
    needs_moves: bool = False
    only_site_number: bool = False


STATISTICS: dict[str, Statistic] = {
    "segregating_sites": Statistic(
        "segregating sites",
        "segregating_sites",
        allele_counts="compute_segregating_sites",
        equivalents=("watterson_theta",),
        only_site_number=True,
    ),
    "watterson_theta": Statistic(
        "Watterson's theta",
        "compute_watterson_theta",
        allele_counts="compute_watterson_theta",
        equivalents=("segregating_sites",),
        only_site_number=True,
    ),
    "diversity": Statistic(
        "diversity (pi)", "diversity", allele_counts="compute_diversity", equivalents=("fay_wu_h",)
    ),
    "tajimas_d": Statistic(
        "Tajima's D", "compute_tajimas_d", signed=True, allele_counts="compute_tajimas_d"
    ),
    "theta_h": Statistic(
        "theta H",
        "compute_theta_h",
        polarised=True,
        allele_counts="compute_theta_h",
        equivalents=("fay_wu_h",),
    ),
    "fay_wu_h": Statistic(
        "Fay and Wu's H",
        "compute_fay_wu_h",
        signed=True,
        polarised=True,
        allele_counts="compute_fay_wu_h",
        equivalents=("theta_h",),
    ),
    "y1": Statistic("Y1", "Y1"),
    "divergence": Statistic(
        "divergence", "divergence", sets=(2,), allele_counts="compute_divergence"
    ),
    "fst": Statistic("Fst", "Fst", sets=(2,), allele_counts="compute_fst"),
    "f2": Statistic("f2", "f2", sets=(2,)),
    "y2": Statistic("Y2", "Y2", sets=(2,)),
    "f3": Statistic("f3", "f3", sets=(3,), signed=True),
    "y3": Statistic("Y3", "Y3", sets=(3,)),
    "f4": Statistic("f4", "f4", sets=(4,), signed=True),
    "coalescence_time": Statistic(
        "coalescence time", "compute_coalescence_time", sets=(0, 1, 2), modes=(BRANCH,)
    ),
    "time_to_common_ancestor": Statistic(
        "time to common ancestor",
        "compute_time_to_common_ancestor",
        sets=(0, 1, 2, 3, 4),
        modes=(BRANCH,),
    ),
    "introgression": Statistic("introgression", "", sets=(2,), modes=(BRANCH,), needs_moves=True),
}
