"""What is counted at the sites of a contig."""

import dataclasses
from collections import Counter
from collections.abc import Sequence


@dataclasses.dataclass(frozen=True)
class SiteCounts:
    """What is counted at the sites of a contig.

    Attributes
    ----------
    dropped : Counter
        How many sites are not used for which reason.
    fitting : int
        How many are usable, within the mask or not.
    heterozygous, unphased : int
        At how many of these somebody is heterozygous, and not phased.
    heterozygotes, expected_heterozygotes : float
        How many there are at these, and how many random mating makes of diploids.
    alleles, missing : int
        How many alleles there are at usable sites, and how many are not called.
    first_odd : int, optional
        The position of the first site whose ploidy differs from that of the contig.
    span : tuple of int, optional
        The positions of the first and the last usable site, within the mask or not.
    """

    dropped: Counter[str] = dataclasses.field(default_factory=Counter)
    fitting: int = 0
    heterozygous: int = 0
    unphased: int = 0
    heterozygotes: float = 0
    expected_heterozygotes: float = 0
    alleles: int = 0
    missing: int = 0
    first_odd: int | None = None
    span: tuple[int, int] | None = None


def add_counts(counts: Sequence[SiteCounts]) -> SiteCounts:
    """Return what is counted in several stretches together."""
    spans = [each.span for each in counts if each.span is not None]
    odd = [each.first_odd for each in counts if each.first_odd is not None]
    return SiteCounts(
        dropped=sum((each.dropped for each in counts), Counter()),
        fitting=sum(each.fitting for each in counts),
        heterozygous=sum(each.heterozygous for each in counts),
        unphased=sum(each.unphased for each in counts),
        heterozygotes=sum(each.heterozygotes for each in counts),
        expected_heterozygotes=sum(each.expected_heterozygotes for each in counts),
        alleles=sum(each.alleles for each in counts),
        missing=sum(each.missing for each in counts),
        first_odd=odd[0] if odd else None,
        span=(spans[0][0], spans[-1][1]) if spans else None,
    )
