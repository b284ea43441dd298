"""What to change in the config where a genome's windows are below or above the simulated ones."""

from coalflow.statistics.window_statistics import SITES, SPAN

_MORE_RARE = "simulate more rare alleles: a history with growth"
_FEWER_RARE = "simulate fewer rare alleles: a history with a bottleneck or less growth"
_LESS_DIVERSITY = "simulate less diversity: a smaller population_size or mutation_rate"
_MORE_DIVERSITY = "simulate more diversity: a larger population_size or mutation_rate"
_LESS_LINKAGE = "simulate more recombination (recombination_rate), or growth"
_MORE_LINKAGE = (
    "simulate less recombination (recombination_rate), a harder bottleneck, or structure "
    "(demography)"
)
_MORE_HAPLOTYPES = "simulate more recombination, or growth"
_FEWER_HAPLOTYPES = "simulate less recombination, a harder bottleneck, or sweeps"
_ANCESTRAL = (
    "the ancestral alleles of the genome are often wrong: set observation.polarisation_error"
)
_ANCESTRAL_TOO_WRONG = "lower observation.polarisation_error"
_ERRORS = (
    "simulate genotyping or phase errors (observation.genotype_error, observation.switch_error, or "
    "observation.phased: false), or more recombination"
)
_RELATIVES = (
    "leave out one of each pair of relatives or duplicates (genomes), or simulate inbreeding by a "
    "smaller population_size in recent times"
)
_ODD_SAMPLE = (
    "look for contaminated, poorly sequenced or admixed individuals and leave them out, or "
    "simulate the admixture (demography)"
)
_GAPS = "sites are missing in parts of the genome: give observation.mask, for all of what is masked"
_CROWDED = "look at the genome: sites crowd together, as artefacts and mutation hot spots do"
_EVEN = (
    "the genome's sites are chosen, as those of a SNP chip are: use sequences, or simulate the "
    "choice (observation.minimum_allele_count)"
)
_FEWER_MISSING = "simulate fewer missing genotypes (observation.missing)"
_MORE_MISSING = "simulate more missing genotypes (observation.missing, or observation.like)"

#: By statistic, the fix where a genome's windows are below and above the simulated ones.
FIXES = {
    SITES: (_LESS_DIVERSITY, _MORE_DIVERSITY),
    SPAN: (_MORE_DIVERSITY, _LESS_DIVERSITY),
    "diversity per site": (_MORE_RARE, _FEWER_RARE),
    "Tajima's D": (_MORE_RARE, _FEWER_RARE),
    "share of singletons": (_FEWER_RARE, _MORE_RARE),
    "haplotypes": (
        "simulate less recombination, or a harder bottleneck",
        _MORE_HAPLOTYPES,
    ),
    "H1": (_MORE_HAPLOTYPES, _FEWER_HAPLOTYPES),
    "H12": (_MORE_HAPLOTYPES, _FEWER_HAPLOTYPES),
    "H2/H1": (
        "simulate stronger or harder sweeps, or a harder bottleneck",
        "simulate softer sweeps, or more recombination",
    ),
    "share of sites in the middle fifth": (
        "look at the genome: sites are missing in the middle of windows",
        "look at the genome: sites crowd in the middle of windows",
    ),
    "share of doubletons": (_FEWER_RARE, _MORE_RARE),
    "share of common alleles": (_MORE_RARE, _FEWER_RARE),
    "Fay and Wu's H per site": (_ANCESTRAL, _ANCESTRAL_TOO_WRONG),
    "share of nearly fixed sites": (_ANCESTRAL_TOO_WRONG, _ANCESTRAL),
    "ZnS": (_LESS_LINKAGE, _MORE_LINKAGE),
    "omega": (_LESS_LINKAGE, _MORE_LINKAGE),
    "r2 of close sites": (_LESS_LINKAGE, _MORE_LINKAGE),
    "r2 at medium distance": (_LESS_LINKAGE, _MORE_LINKAGE),
    "r2 of distant sites": (_LESS_LINKAGE, _MORE_LINKAGE),
    "difference to the nearest haplotype": (_RELATIVES, _ERRORS),
    "difference of the most distant haplotype": (_MORE_RARE, _ODD_SAMPLE),
    "spread of differences": (
        _LESS_LINKAGE,
        "simulate structure or admixture (demography), or less recombination",
    ),
    "most singletons of one haplotype": (_MORE_RARE, _ODD_SAMPLE),
    "heterozygosity within individuals": (
        "the genome's individuals are inbred, or of several populations: simulate the populations "
        "(demography), or take one haplotype of each individual",
        "reads of several individuals or copies of a gene are mixed: filter the genome's sites",
    ),
    "lowest heterozygosity": (_RELATIVES, "look at the genome's individuals"),
    "highest heterozygosity": ("look at the genome's individuals", _ODD_SAMPLE),
    "longest gap between sites": (_EVEN, _GAPS),
    "clustering of sites": (_EVEN, _GAPS),
    "share of very close sites": (_EVEN, _CROWDED),
    "missing alleles": (_FEWER_MISSING, _MORE_MISSING),
    "missing alleles by site": (
        "simulate missing genotypes at the same rate at all sites (observation.missing)",
        "simulate missing genotypes as they are in the file (observation.like)",
    ),
    "missing alleles by haplotype": (
        "look at the genome's missing genotypes",
        "leave out individuals with many missing genotypes",
    ),
    "H12 in the middle fifth": (_MORE_HAPLOTYPES, _FEWER_HAPLOTYPES),
    "Tajima's D in the middle fifth": (_MORE_RARE, _FEWER_RARE),
    "unevenness of diversity": (
        "simulate more recombination, or a constant recombination_rate",
        "simulate less recombination, a recombination map, or structure (demography)",
    ),
}
_DIFFERENTIATION = (
    "simulate less differentiation between populations: a later split or more migration",
    "simulate more differentiation between populations: an earlier split or less migration",
)
_OF_POPULATIONS = {
    "Fst": _DIFFERENTIATION,
    "sites that vary in ": (
        "simulate a smaller size of this population (demography)",
        "simulate a larger size of this population (demography)",
    ),
    "divergence of ": _DIFFERENTIATION,
    "Gmin": (
        "simulate recent gene flow between populations (demography)",
        "simulate less recent gene flow between populations, or none",
    ),
    "sites private to ": (
        "simulate more gene flow between populations, or a smaller size of this one (demography)",
        "simulate less gene flow between populations, or a larger size of this one (demography)",
    ),
    "Tajima's D in ": (
        "simulate more growth of this population (demography)",
        "simulate a bottleneck or less growth of this population (demography)",
    ),
}
_ANY = "look at the genome, and at what the config leaves out of its history and its observation"


def find_fix(statistic: str, is_above: bool) -> str:
    """Return what to change where a genome's windows differ from the simulated ones.

    Parameters
    ----------
    statistic : str
        A column of :func:`coalflow.statistics.window_statistics.describe_windows`.
    is_above : bool
        Whether the genome has more of it.
    """
    if statistic in FIXES:
        return FIXES[statistic][is_above]
    for beginning, fixes in _OF_POPULATIONS.items():
        if statistic.startswith(beginning):
            return fixes[is_above]
    return _ANY
