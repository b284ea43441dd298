"""Sites of simulations as the records of a genome."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from coalflow.core.errors import CoalflowError
from coalflow.genomes.genotypes.carried import Alleles
from coalflow.genomes.genotypes.sites import BASES, OTHER, RecordBlock

PASSED = ("PASS",)
FIELD = "AA"  # as VCF calls the ancestral allele


def code_alleles(texts: Sequence[tuple[str, ...]]) -> npt.NDArray[np.int8]:
    """Return alleles as codes of ``BASES``, or ``OTHER``, as a block of records has them.

    Parameters
    ----------
    texts : sequence of tuple of str
        The alleles of each record, the reference first.

    Returns
    -------
    ndarray of int8, shape (records, alleles)

    Examples
    --------
    >>> code_alleles([("A", "T"), ("AC", "A", "G")]).tolist()
    [[0, 3, 7], [7, 7, 7]]
    """
    codes = np.full((len(texts), max(map(len, texts), default=1)), OTHER, dtype=np.int8)
    known: dict[tuple[str, ...], list[int]] = {}
    for row, alleles in enumerate(texts):
        if alleles not in known:
            # Next to a longer reference, a single base is a deletion.
            is_base = len(alleles[0]) == 1
            known[alleles] = [BASES.get(text, OTHER) if is_base else OTHER for text in alleles]
        codes[row, : len(alleles)] = known[alleles]
    return codes


def place_on_bases(
    positions: npt.NDArray[np.float64], length: float, path: str
) -> npt.NDArray[np.int64]:
    """Return the base of each site, counted from 0, no two sites on the same.

    A site is on the base that it falls on. Where the genome is continuous, several may fall on one:
    then those after the first are on the next ones that are free.

    Parameters
    ----------
    positions : ndarray of float64, shape (sites,)
        In ascending order, from 0 to ``length``.
    length : float
        Bases.
    path : str
        The file, for the message.

    Raises
    ------
    CoalflowError
        If there are more sites than bases.

    Examples
    --------
    >>> place_on_bases(np.array([0.2, 0.7, 0.9, 4.0, 9.9, 9.95]), 10, "a.trees").tolist()
    [0, 1, 2, 4, 8, 9]
    """
    bases = int(np.ceil(length))
    if len(positions) > bases:
        raise CoalflowError(
            f"{path}: has {len(positions):,} sites on {bases:,} bases: give the length in bases"
        )
    order = np.arange(len(positions))
    placed = np.maximum.accumulate(np.floor(positions).astype(np.int64) - order) + order
    # Those beyond the end go back.
    left = bases - len(positions) + order
    return np.minimum(placed, left)


def form_phased_block(
    contig: str,
    bases: npt.NDArray[np.int64],
    alleles: Alleles,
    texts: list[tuple[str, ...]],
    ancestral: str | None,
) -> RecordBlock:
    """Return sites as records that are phased and passed all filters.

    Parameters
    ----------
    contig : str
    bases : ndarray of int64, shape (sites,)
        Their positions, counted from 0.
    alleles : ndarray of int8 or int16, shape (sites, individuals, ploidy)
    texts : list of tuple of str
        The ancestral allele of each site, and the others.
    ancestral : str, optional
        The field with the ancestral allele: ``AA``, ``REF``, or None.
    """
    return RecordBlock(
        contig=contig,
        positions=bases + 1,
        alleles=alleles,
        phased=np.ones(alleles.shape[:2], dtype=np.bool_),
        phase_sets=None,
        has_genotypes=np.ones(len(bases), dtype=np.bool_),
        texts=texts,
        bases=code_alleles(texts),
        filters=[PASSED] * len(bases),
        ancestral=[each[0] if ancestral == FIELD else "" for each in texts],
    )


def refuse_field(path: str, ancestral: str | None) -> None:
    """Refuse the name of an INFO field that is not that of the ancestral allele.

    Raises
    ------
    CoalflowError
        If it is another one.
    """
    if ancestral not in (None, "REF", FIELD):
        raise CoalflowError(
            f"{path}: has no INFO field {ancestral}, but the ancestral allele of each site: write "
            f"`ancestral: {FIELD}`"
        )
