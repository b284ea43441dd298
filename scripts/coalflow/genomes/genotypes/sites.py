"""Which records are sites: the rules, applied to blocks of records at once."""

import dataclasses
from collections import Counter
from collections.abc import Collection

import numpy as np
import numpy.typing as npt

from coalflow.genomes.genotypes.carried import (
    ABSENT,
    MISSING,
    NOT_CALLED,
    Alleles,
    find_carried,
)

#: Why a record is not used, in the order in which reasons are looked for, and in words.
REASONS = {
    "filtered": "failed a filter (FILTER)",
    "no_genotypes": "have no genotypes (GT)",
    "position_0": "are at position 0, which is a telomere and not a base",
    "missing_genotypes": "have genotypes that are not called",
    "not_varying": "do not vary among the individuals that are used",
    "not_two_alleles": "have more than two alleles",
    "not_single_bases": "have alleles that are not single bases",
    "ancestral_unknown": "have no known ancestral allele",
    "allele_too_rare": "have an allele that is rarer than observation.minimum_allele_count",
    "position_repeated": "contradict another record of the same position",
    "duplicate": "repeat the record before them",
    "other_ploidy": "have another ploidy than the rest of their contig",
    "contig_left_out": "are on contigs of another ploidy",
    "outside_mask": "are outside the mask",
}
CODES = {reason: code for code, reason in enumerate(REASONS, 1)}
USABLE = 0  # in place of a reason's code

BASES = {base: code for code, base in enumerate("ACGT01*")}
STATE = BASES["0"]  # from here on: the states 0 and 1, which simulators write in place of bases
SPANNING_DELETION, OTHER = BASES["*"], len(BASES)


@dataclasses.dataclass(frozen=True)
class Rules:
    """Which records are used.

    Attributes
    ----------
    filters : collection of str, optional
        The names that may stand in the column FILTER; ``"."`` is that of an empty one. None for
        any.
    ancestral : str, optional
        ``REF``, or the INFO field with the ancestral base; None where it is not known.
    keep_missing : bool
        Whether genotypes may be missing.
    minimum_allele_count : int
        How often the rarer allele must be called.
    """

    filters: Collection[str] | None
    ancestral: str | None = None
    keep_missing: bool = True
    minimum_allele_count: int = 1


@dataclasses.dataclass(frozen=True)
class RecordBlock:
    """Consecutive records of one contig, with all records of each of their positions.

    Attributes
    ----------
    contig : str
    positions : ndarray of int64, shape (records,)
        In bases, counted from 1.
    alleles : ndarray of int8 or int16, shape (records, individuals, ploidy)
        Indices of alleles of the individuals that are used; ``NOT_CALLED``, or ``ABSENT`` where a
        genotype has fewer alleles than others.
    phased : ndarray of bool, shape (records, individuals)
        Whether a genotype is phased.
    phase_sets : ndarray of int64, shape (records, individuals), optional
        Which phase set a genotype belongs to, -1 for none; None where no record has phase sets.
    has_genotypes : ndarray of bool, shape (records,)
    texts : list of tuple of str
        All alleles of each record, in capitals, the reference first; empty without alternatives.
    bases : ndarray of int8, shape (records, alleles)
        The same as codes of ``BASES``, or ``OTHER``.
    filters : list of tuple of str
        What each record has in FILTER.
    ancestral : list of str
        The ancestral base of each record, in capitals; empty where none is given.
    """

    contig: str
    positions: npt.NDArray[np.int64]
    alleles: Alleles
    phased: npt.NDArray[np.bool_]
    phase_sets: npt.NDArray[np.int64] | None
    has_genotypes: npt.NDArray[np.bool_]
    texts: list[tuple[str, ...]]
    bases: npt.NDArray[np.int8]
    filters: list[tuple[str, ...]]
    ancestral: list[str]

    def __len__(self) -> int:
        return len(self.positions)


@dataclasses.dataclass(frozen=True)
class JudgedBlock:
    """Records, judged on the individuals that are used.

    Attributes
    ----------
    block : RecordBlock
    reasons : ndarray of int8, shape (records,)
        ``USABLE``, or the code of a reason.
    alleles : ndarray of uint8, shape (records, individuals, ploidy)
        0 or 1, ``MISSING`` in all haplotypes of a genotype that is not wholly called, or
        ``NO_HAPLOTYPE``. They mean something at usable records only.
    ploidies : ndarray of int8, shape (records, individuals)
        How many alleles a genotype has, 0 where none is called.
    heterozygous : ndarray of bool, shape (records, individuals)
        Whether a genotype is called and has two alleles.
    rarer : ndarray of int64, shape (records,)
        How often the rarer of two alleles is called.
    """

    block: RecordBlock
    reasons: npt.NDArray[np.int8]
    alleles: npt.NDArray[np.uint8]
    ploidies: npt.NDArray[np.int8]
    heterozygous: npt.NDArray[np.bool_]
    rarer: npt.NDArray[np.int64]

    @property
    def usable(self) -> npt.NDArray[np.int64]:
        """Indices of the usable records."""
        return np.flatnonzero(self.reasons == USABLE)

    def count(self) -> Counter[str]:
        """Return how many records are not used for which reason."""
        numbers = np.bincount(self.reasons, minlength=len(REASONS) + 1)
        return Counter({reason: int(numbers[code]) for reason, code in CODES.items()})


def take_haplotypes(alleles: Alleles, expected: npt.NDArray[np.int8]) -> tuple[Alleles, int]:
    """Return alleles with one haplotype of those who are haploid though written as diploids.

    Inbred lines and the X chromosome of males are often written so. A heterozygote of theirs has no
    haplotype to take: it is missing.

    Parameters
    ----------
    alleles : ndarray of int8 or int16, shape (records, individuals, ploidy)
        Those of a :class:`RecordBlock`.
    expected : ndarray of int8, shape (individuals,)
        The ploidy of each, 0 where it is that of the file.

    Returns
    -------
    ndarray of the same kind, shape (records, individuals, ploidy)
    int
        The number of heterozygotes that became missing.
    """
    haploid = np.flatnonzero(expected == 1)
    if not len(haploid) or alleles.shape[2] == 1:
        return alleles, 0
    written = alleles[:, haploid]
    several = (written[:, :, 1:] != ABSENT).any(axis=2)
    first = written[:, :, 0]
    same = ((written == first[:, :, None]) | (written == ABSENT)).all(axis=2)
    heterozygous = several & ~same & (written != NOT_CALLED).all(axis=2)
    taken = np.full_like(written, ABSENT)
    taken[:, :, 0] = np.where(same, first, NOT_CALLED)
    changed = alleles.copy()
    changed[:, haploid] = taken
    return changed, int(heterozygous.sum())


def judge_block(block: RecordBlock, rules: Rules) -> JudgedBlock:
    """Find which records of a block are usable sites, and code their alleles as 0 and 1.

    Alleles that none of the individuals carries are ignored. 1 is the later of the two alleles of a
    record, or the derived one where the ancestral allele is known.
    """
    carried = find_carried(block.alleles)
    low, high = carried.low, carried.high
    rarer = np.minimum(carried.copies, carried.number - carried.copies)
    reasons = np.zeros(len(block), dtype=np.int8)

    def note(reason: str, where: npt.NDArray[np.bool_]) -> None:
        reasons[where & (reasons == USABLE)] = CODES[reason]

    if rules.filters is not None:
        known = {names: fits(names, rules.filters) for names in {*block.filters}}
        note("filtered", ~np.array([known[names] for names in block.filters]))
    note("no_genotypes", ~block.has_genotypes)
    note("position_0", block.positions == 0)
    note("missing_genotypes", carried.number == 0)
    note("not_varying", low == high)
    note("not_two_alleles", carried.has_third)
    first, second = _find_bases(block, low, high, reasons == USABLE)
    note("not_single_bases", _are_not_bases(first, second))
    if not rules.keep_missing:
        note("missing_genotypes", ~carried.all_called)
    coded = carried.coded
    if rules.ancestral is not None:
        ancestral = _find_ancestral(block, rules.ancestral)
        note("ancestral_unknown", (ancestral != first) & (ancestral != second))
        coded = _swap(coded, np.flatnonzero((ancestral == second) & (reasons == USABLE)))
    note("allele_too_rare", rarer < rules.minimum_allele_count)
    judged = JudgedBlock(block, reasons, coded, carried.ploidies, carried.heterozygous, rarer)
    _resolve_positions(judged, first, second)
    return judged


def _swap(alleles: npt.NDArray[np.uint8], rows: npt.NDArray[np.int64]) -> npt.NDArray[np.uint8]:
    """Return alleles with 0 and 1 swapped in some records."""
    if not len(rows):
        return alleles
    swapped = alleles.copy()
    chosen = alleles[rows]
    swapped[rows] = np.where(chosen < MISSING, chosen ^ np.uint8(1), chosen)
    return swapped


def fits(names: tuple[str, ...], accepted: Collection[str]) -> bool:
    """Return whether all filters that a record failed, or PASS, or none, are accepted.

    Examples
    --------
    >>> fits((), {"PASS", "."}), fits(("q10", "s50"), {"PASS", "q10"})
    (True, False)
    """
    return all(name in accepted for name in names or (".",))


def _find_bases(
    block: RecordBlock,
    low: npt.NDArray[np.int16],
    high: npt.NDArray[np.int16],
    wanted: npt.NDArray[np.bool_],
) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.int8]]:
    """Return the codes of the two alleles that are carried, where they are wanted."""
    first, second = np.full((2, len(block)), OTHER, dtype=np.int8)
    rows = np.flatnonzero(wanted)
    # htslib does not mind alleles that the record does not have.
    most = block.bases.shape[1]
    rows = rows[high[rows] < most]
    first[rows], second[rows] = block.bases[rows, low[rows]], block.bases[rows, high[rows]]
    for row in rows[(first[rows] == OTHER) & (second[rows] == OTHER)]:
        # AT and GT differ in their first base, once an allele like A is not carried.
        texts = dict(enumerate(block.texts[row]))
        one, two = texts.get(low[row], ""), texts.get(high[row], "")
        if one[1:] == two[1:]:
            first[row], second[row] = BASES.get(one[:1], OTHER), BASES.get(two[:1], OTHER)
    return first, second


def _are_not_bases(
    first: npt.NDArray[np.int8], second: npt.NDArray[np.int8]
) -> npt.NDArray[np.bool_]:
    """Return whether two alleles are not two bases, nor the states 0 and 1."""
    beyond = (first >= SPANNING_DELETION) | (second >= SPANNING_DELETION)
    return beyond | ((first >= STATE) != (second >= STATE))


def _find_ancestral(block: RecordBlock, ancestral: str) -> npt.NDArray[np.int8]:
    """Return the codes of ancestral bases."""
    references = [texts[0][:1] for texts in block.texts]
    texts = references if ancestral == "REF" else block.ancestral
    return np.array([BASES.get(text, OTHER) for text in texts], dtype=np.int8)


# Several records of one position ----------------------------------------------------------------


def _resolve_positions(
    judged: JudgedBlock, first: npt.NDArray[np.int8], second: npt.NDArray[np.int8]
) -> None:
    """Keep one of records that say the same of a position, and none of those that contradict."""
    positions, reasons = judged.block.positions, judged.reasons
    starts = np.flatnonzero(np.r_[True, positions[1:] != positions[:-1]])
    ends = np.r_[starts[1:], len(positions)]
    for start, end in zip(starts[ends - starts > 1], ends[ends - starts > 1], strict=True):
        rows = np.arange(start, end)
        usable = rows[reasons[rows] == USABLE]
        if not len(usable):
            continue
        kept, others = usable[0], usable[1:]
        same = [
            (first[row], second[row]) == (first[kept], second[kept])
            and np.array_equal(judged.alleles[row], judged.alleles[kept])
            for row in others
        ]
        rest = rows[reasons[rows] > CODES["position_0"]]
        alternative = judged.block.texts[kept][1:]
        if all(same) and not any(_contradicts(judged, row, alternative) for row in rest):
            reasons[others] = CODES["duplicate"]
        else:
            reasons[usable] = CODES["position_repeated"]


def _contradicts(judged: JudgedBlock, row: int, alternative: tuple[str, ...]) -> bool:
    """Return whether a record that is not used contradicts a site of the same position.

    It does if individuals carry another base in it than the reference, or if it has the site's
    alternative allele and says that nobody carries it. Insertions and deletions do not.

    Parameters
    ----------
    judged : JudgedBlock
    row : int
        The record's index.
    alternative : tuple of str
        The alternative alleles of the site.
    """
    block = judged.block
    carried = np.unique(block.alleles[row])
    carried = carried[(carried > 0) & (carried < block.bases.shape[1])]
    if (block.bases[row, carried] != OTHER).any():
        return True
    nobody = judged.reasons[row] == CODES["not_varying"]
    shared = [text for text in block.texts[row][1:] if len(text) == 1 and text in alternative]
    return bool(nobody) and len(shared) > 0
