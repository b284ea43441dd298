"""What a genome looks like, of ways in which simulations often fail to fit.

Each way moves the statistics of windows in a pattern of its own. The patterns were measured on
simulations of a population of constant size (20 diploid individuals, windows of 100 kb with 200
sites; ``validation/novelty_misfits.py``), each with a weak and with a strong misfit. The pattern of
a genome is compared with them by the angle between the two, so that neither size nor sign of single
statistics decides. The misfit was the most similar pattern in 77 % of these, and among the two most
similar in 89 %, when weak ones were compared with strong ones. Other histories and windows have
somewhat other patterns, so a cause is a hint, not a finding.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from coalflow.genomes.novelty.verdict import Cause
from coalflow.statistics.window_statistics import SITES, SPAN

SIMILAR = 0.7  # the least similarity that is mentioned
AS_SIMILAR = 0.05  # less than the most similar: then a cause is mentioned as well
MOST_CAUSES = 3
FEWEST_STATISTICS = 8  # that a pattern is compared in

PATTERN_STATISTICS = (
    "segregating sites",
    "Tajima's D",
    "share of singletons",
    "haplotypes",
    "H12",
    "H2/H1",
    "share of doubletons",
    "share of common alleles",
    "Fay and Wu's H per site",
    "share of nearly fixed sites",
    "ZnS",
    "omega",
    "r2 of close sites",
    "r2 at medium distance",
    "r2 of distant sites",
    "difference to the nearest haplotype",
    "difference of the most distant haplotype",
    "spread of differences",
    "most singletons of one haplotype",
    "longest gap between sites",
    "clustering of sites",
    "share of very close sites",
)

#: By cause, the shifts of the statistics in tenths of a standard deviation, of a weak and a strong
#: misfit.
PATTERNS = {
    "sites chosen as for a SNP chip": (
        "-16 19 -25 -18 12 -3 8 11 2 -6 18 5 19 15 11 -10 -2 3 -25 -1 2 0",
        "-25 19 -25 -23 19 -9 6 12 2 -6 18 9 18 14 11 -15 2 10 -25 -15 -3 0",
    ),
    "admixture": (
        "16 -9 9 0 0 -1 5 -5 0 2 -5 -6 -10 -6 4 5 5 0 0 0 -2 -2",
        "24 -9 5 0 0 0 5 -8 8 -1 4 -10 -15 1 15 -2 2 9 -2 1 -2 -1",
    ),
    "rare alleles filtered out": (
        "-16 19 -25 -18 12 -3 8 11 2 -6 18 5 19 15 11 -10 -2 3 -25 -1 2 0",
        "-24 25 -25 -22 18 -8 -25 22 2 -6 25 12 25 22 15 -14 -5 7 -25 -1 7 5",
    ),
    "samples of different ages": (
        "5 -5 7 12 -9 0 0 -3 0 0 -8 1 -6 -7 -8 10 1 -3 -6 1 0 -2",
        "14 -9 9 12 -12 3 4 -5 2 2 -16 -5 -14 -16 -11 14 -2 -10 -9 -1 -3 -1",
    ),
    "archaic introgression": (
        "4 -3 -1 -2 2 -1 1 -3 -2 1 3 2 0 4 1 -2 4 3 3 0 -1 0",
        "12 -3 -1 -2 2 -1 1 -5 -3 3 7 3 2 8 3 -3 10 6 6 2 -2 1",
    ),
    "a bottleneck": (
        "-11 8 -9 -16 15 -9 -5 5 -3 2 16 0 13 13 15 -16 3 10 10 1 2 1",
        "-24 18 -15 -25 25 -22 -16 12 -12 0 25 4 25 25 25 -24 12 25 14 3 10 6",
    ),
    "contamination": (
        "0 0 -1 23 -22 9 1 0 1 0 -2 -2 -3 -3 0 5 0 -2 -2 1 0 -1",
        "-3 3 -6 25 -25 25 3 1 1 0 -24 -14 -23 -23 -14 25 -3 -23 -5 1 -1 -1",
    ),
    "gene conversion": (
        "1 1 0 -2 2 -2 -1 1 0 1 -1 -2 -2 -1 0 0 -1 -3 1 0 -1 -1",
        "-1 0 -1 7 -6 0 1 -1 0 0 -9 -9 -14 -5 -1 9 -4 -11 -3 -1 -2 0",
    ),
    "genotyping errors": (
        "0 1 -4 16 -14 2 3 0 2 0 -1 -1 -1 -1 0 1 -1 -1 0 1 0 -1",
        "0 8 -22 25 -25 25 6 2 6 -2 -11 -5 -11 -10 -6 22 -3 -12 3 1 0 -1",
    ),
    "growth": (
        "12 -7 10 21 -21 9 0 -4 2 -1 -16 -2 -10 -15 -14 19 0 -7 -11 1 -1 -2",
        "15 -8 15 24 -24 13 -5 -5 3 0 -20 -2 -14 -18 -18 22 -2 -12 -15 0 -3 -1",
    ),
    "a higher recombination rate": (
        "2 -1 0 14 -13 5 2 -1 -2 1 -24 -7 -17 -23 -16 24 -6 -24 -7 1 -1 0",
        "1 1 -2 23 -22 8 2 1 -1 1 -25 -19 -25 -25 -24 25 -15 -25 -14 -1 -2 0",
    ),
    "recombination hot spots": (
        "-1 1 -1 -2 2 -1 1 0 2 -1 4 4 4 4 1 -5 0 4 2 0 1 -1",
        "-3 -1 2 -3 3 -2 -1 0 3 -1 13 15 5 17 6 -11 6 16 2 0 -1 1",
    ),
    "inbreeding or relatives": (
        "0 1 -1 -4 3 -1 0 0 1 0 2 -1 1 1 2 -3 0 1 1 1 0 0",
        "-6 7 -14 -24 16 -4 4 4 2 -2 12 -2 8 9 13 -20 -1 5 13 1 1 0",
    ),
    "more diversity (population_size or mutation_rate)": (
        "23 -1 3 5 -5 2 -1 0 1 3 -5 -2 -5 -10 -6 7 -1 -6 0 4 1 1",
        "25 1 -2 6 -6 3 2 0 0 0 -4 1 -14 -22 -25 4 -2 -5 -3 4 1 0",
        "23 1 -2 -1 1 0 0 1 0 1 6 0 0 1 3 -7 1 5 1 1 -1 -1",
        "25 0 -2 -6 5 -3 2 0 2 -1 16 -1 0 2 -22 -18 5 15 3 0 -2 -1",
    ),
    "a lower recombination rate": (
        "0 1 1 -6 5 -3 -1 1 3 -1 19 4 8 19 18 -18 4 18 4 -1 -1 0",
        "2 -1 -4 -11 10 -5 3 -2 2 -3 22 3 9 21 23 -23 8 22 3 -3 -5 -1",
    ),
    "stretches without sites": (
        "-8 1 -1 -4 4 -2 0 1 1 0 2 0 1 0 1 -2 0 2 0 17 17 4",
        "-23 0 -1 -10 9 -5 1 0 2 -1 3 4 0 -1 0 -5 2 5 2 24 25 18",
    ),
    "missing genotypes read as ancestral": (
        "0 0 -1 23 -22 10 1 0 3 -1 -2 -2 -3 -3 0 5 -1 -2 -1 1 0 0",
        "-2 1 -1 25 -25 21 1 1 10 -5 -13 -7 -14 -11 -6 23 -3 -13 -4 0 0 0",
    ),
    "wrong ancestral alleles": (
        "0 0 -1 -1 1 -1 1 0 -3 5 1 -1 0 0 1 -2 0 1 0 1 0 -1",
        "0 0 -1 -1 1 -1 1 0 -17 15 1 -1 0 0 1 -2 0 1 0 1 0 -1",
    ),
    "less diversity (population_size or mutation_rate)": (
        "-21 3 0 -15 15 -8 -4 3 2 0 11 2 6 11 11 -12 2 11 5 -4 0 -1",
        "-25 -1 -1 -23 21 -12 0 -1 3 -3 16 3 6 16 15 -20 7 19 7 -14 -7 -5",
    ),
    "population structure": (
        "25 -9 8 11 -9 1 2 -8 9 -1 -17 -10 -21 -20 -11 14 -6 -17 -6 0 -4 -2",
        "25 -11 8 14 -14 4 5 -9 13 -2 -18 -10 -23 -20 -10 13 -6 -15 -10 -1 -3 0",
    ),
    "switch errors of phase": (
        "0 0 -1 22 -21 8 1 0 1 0 -10 4 -2 -11 -14 21 0 -7 -2 1 0 -1",
        "0 0 -1 25 -25 21 1 0 1 0 -24 -6 -15 -24 -19 25 -3 -21 -7 1 0 -1",
    ),
}
FIXES_OF_CAUSES = {
    "sites chosen as for a SNP chip": (
        "use sequences rather than a SNP chip, or simulate which sites were chosen "
        "(observation.minimum_allele_count)"
    ),
    "admixture": "add the admixture to the history (demography)",
    "rare alleles filtered out": (
        "set observation.minimum_allele_count as in the file, or observation.like"
    ),
    "samples of different ages": "sample at the right times (simulation.samples: time)",
    "archaic introgression": "add the introgression to the history (demography)",
    "a bottleneck": "simulate a history with a bottleneck (demography)",
    "contamination": "leave out contaminated individuals, or set observation.genotype_error",
    "gene conversion": (
        "simulate more recombination over short distances: a higher recombination_rate"
    ),
    "genotyping errors": "set observation.genotype_error",
    "growth": "simulate a history with growth (demography)",
    "a higher recombination rate": "raise recombination_rate",
    "recombination hot spots": "simulate with a recombination map (recombination_rate)",
    "inbreeding or relatives": (
        "leave out relatives, take one haplotype of each individual, or simulate a smaller "
        "population_size in recent times"
    ),
    "more diversity (population_size or mutation_rate)": (
        "simulate a larger population_size or mutation_rate"
    ),
    "a lower recombination rate": "lower recombination_rate",
    "stretches without sites": "give observation.mask, with all that is masked in the file",
    "missing genotypes read as ancestral": (
        "set observation.missing, and leave missing genotypes missing in the file"
    ),
    "wrong ancestral alleles": "set observation.polarisation_error, or polarised: false",
    "less diversity (population_size or mutation_rate)": (
        "simulate a smaller population_size or mutation_rate"
    ),
    "population structure": (
        "simulate the populations that individuals come from (demography), or leave out those "
        "of others"
    ),
    "switch errors of phase": "set observation.phased: false, or phase the file better",
}


def find_causes(shifts: Mapping[str, float]) -> tuple[Cause, ...]:
    """Return what a genome looks like, the most similar first.

    Parameters
    ----------
    shifts : mapping of str to float
        By statistic, by how many standard deviations of simulated windows the genome's are above.

    Examples
    --------
    >>> shifts = dict.fromkeys(PATTERN_STATISTICS, 0.0) | {"share of nearly fixed sites": 0.4}
    >>> [cause.name for cause in find_causes({**shifts, "Fay and Wu's H per site": -0.4})]
    ['wrong ancestral alleles']
    """
    known = dict(shifts)
    if SPAN in known and SITES not in known:
        # As many sites in more bases are fewer sites in as many.
        known[SITES] = -known[SPAN]
    columns = [index for index, name in enumerate(PATTERN_STATISTICS) if name in known]
    if len(columns) < FEWEST_STATISTICS:
        return ()
    found = np.array([known[PATTERN_STATISTICS[column]] for column in columns])
    similarities = {
        cause: max(
            _compare(found, np.array(pattern.split(), dtype=np.float64)[columns])
            for pattern in patterns
        )
        for cause, patterns in PATTERNS.items()
    }
    order = sorted(similarities, key=lambda cause: -similarities[cause])
    least = max(SIMILAR, similarities[order[0]] - AS_SIMILAR)
    return tuple(
        Cause(name=cause, similarity=similarities[cause], fix=FIXES_OF_CAUSES[cause])
        for cause in order[:MOST_CAUSES]
        if similarities[cause] >= least
    )


def _compare(found: np.ndarray, pattern: np.ndarray) -> float:
    """Return the cosine of the angle between two patterns; 0 where one has no length."""
    lengths = float(np.sqrt((found**2).sum() * (pattern**2).sum()))
    return float((found * pattern).sum()) / lengths if lengths > 0 else 0.0
