"""What is not used of a genome, and what to do about it, in words."""

from collections.abc import Mapping

from coalflow.genomes.genotypes.sites import REASONS

MOST_SHOWN = 3  # contigs in a message
FIXES = {
    "filtered": "genomes.<name>.filters lists which names in FILTER are accepted, or is any",
    "missing_genotypes": "set observation.missing, so that genotypes of simulations are missing "
    "too, or name individuals that are called in genomes.<name>.samples",
    "not_varying": "use more individuals, or others (genomes.<name>.samples)",
    "not_two_alleles": "nets read sites with two alleles of one base each (bcftools view -v snps)",
    "not_single_bases": "nets read sites with two alleles of one base each, not structural "
    "variants, insertions or deletions: use a file with SNPs",
    "ancestral_unknown": "name another field in genomes.<name>.ancestral, or set "
    "observation.polarised to false",
    "allele_too_rare": "lower observation.minimum_allele_count",
    "position_repeated": "the file has records of the same position that differ: merge them "
    "(bcftools norm -m +any), or use one of the files that were concatenated",
    "other_ploidy": "set genomes.<name>.ploidy",
    "contig_left_out": "change simulation.samples and simulation.ploidy, name individuals in "
    "genomes.<name>.samples, or set genomes.<name>.ploidy",
    "position_0": "use a file with positions counted from 1",
}


def explain_dropped(records: int, dropped: Mapping[str, int], left_out: Mapping[str, str]) -> str:
    """Return which records of a genome are not used, why, and what to do about most of them.

    Parameters
    ----------
    records : int
        How many were read.
    dropped : dict of int
        How many of them are not used for which reason.
    left_out : dict of str
        Contigs that are left out, and why.

    Examples
    --------
    >>> explain_dropped(40, {"allele_too_rare": 30}, {})[:59]
    'Of 40 records, 30 have an allele that is rarer than observa'
    """
    listed = ", ".join(list_dropped(dropped))
    if not listed:
        return f"All of its {records:,} records are used"
    reason = max(REASONS, key=lambda name: dropped.get(name, 0))
    fix = FIXES.get(reason, "use another file")
    contigs = describe_contigs(left_out)
    return (
        f"Of {records:,} records, {listed}{f' ({contigs})' if contigs else ''}. What to do: {fix}"
    )


def list_dropped(dropped: Mapping[str, int]) -> list[str]:
    """Return for each reason how many records are not used for it, in words.

    Examples
    --------
    >>> list_dropped({"filtered": 1200, "not_varying": 0})
    ['1,200 failed a filter (FILTER)']
    """
    found = {reason: dropped.get(reason, 0) for reason in REASONS}
    return [f"{number:,} {REASONS[reason]}" for reason, number in found.items() if number]


def describe_contigs(words: Mapping[str, str]) -> str:
    """Return contigs and what is said of them, the first ones if there are many.

    Examples
    --------
    >>> describe_contigs({"chrM": "haploid, 4 haplotypes; the net reads 8"})
    'chrM: haploid, 4 haplotypes; the net reads 8'
    """
    shown = [f"{contig}: {said}" for contig, said in list(words.items())[:MOST_SHOWN]]
    more = len(words) - len(shown)
    return "; ".join([*shown, *([f"and {more:,} more contigs"] if more > 0 else [])])
