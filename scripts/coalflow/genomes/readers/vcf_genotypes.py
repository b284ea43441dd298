"""Genotypes of VCF and BCF records, decoded for many records at once."""

import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from coalflow.genomes.genotypes.carried import ABSENT, NOT_CALLED

BEYOND = np.iinfo(np.int16).max  # an allele that no record has
GENOTYPE = re.compile(rb"(?:\d+|\.)(?:[|/](?:\d+|\.))*")
_TAB, _DOT, _PHASED, _UNPHASED, _COLON, _ZERO = b"\t.|/:0"

# Four bytes such as "0|1\t" as a number, without the bits in which 0 and 1 differ.
_CELL, _CELL_BITS = int.from_bytes(b"0|0\t", "little"), 0xFFFEFFFE
# The two bytes of 0|0 in BCF, and the bits that all of 0|1, 1|0 and 1|1 have in common with it.
_PAIR, _PAIR_BITS = 0x0302, 0xFDFD


#: Indices of records.
Rows: TypeAlias = Sequence[int] | npt.NDArray[np.int64] | slice


class Genotypes(NamedTuple):
    """Genotypes of several records.

    Attributes
    ----------
    alleles : ndarray of int8 or int16, shape (records, individuals, ploidy)
        As in :class:`coalflow.genomes.genotypes.sites.RecordBlock`.
    phased : ndarray of bool, shape (records, individuals)
    """

    alleles: npt.NDArray[np.int8] | npt.NDArray[np.int16]
    phased: npt.NDArray[np.bool_]


class BadGenotype(Exception):
    """A genotype that cannot be read.

    Attributes
    ----------
    row : int
        In which of the records.
    genotype : bytes, optional
        None where a record has more or fewer genotypes than the header has individuals.
    """

    def __init__(self, row: int, genotype: bytes | None) -> None:
        super().__init__(row, genotype)
        self.row, self.genotype = row, genotype


# Text ------------------------------------------------------------------------------------------


def decode_cells(
    cells: Sequence[bytes], number: int, order: npt.NDArray[np.int64] | None
) -> Genotypes:
    """Return genotypes of lines of text.

    Parameters
    ----------
    cells : sequence of bytes
        What each line has of all individuals, with tabs in between; each begins with its genotype.
    number : int
        How many individuals that is.
    order : ndarray of int64, optional
        Indices of those whose genotypes are wanted; None for all, in their order.

    Raises
    ------
    BadGenotype
        If a genotype is not one, or a line has another number of them.
    """
    text = b"\t".join(cells) + b"\t" * 4  # so that three bytes behind each cell can be read
    characters = np.frombuffer(text, dtype=np.uint8)[:-3]
    if {*map(len, cells)} == {4 * number - 1}:
        words = characters.view("<u4").reshape(-1, number)
        if order is None and (words & _CELL_BITS == _CELL).all():
            return _decode_words(words)
        if ((characters == _TAB).view("<u4") == 1 << 24).all():
            return _decode_short(words if order is None else words.take(order, axis=1))
    tabs = np.flatnonzero(characters == _TAB)
    ends = np.cumsum([len(each) + 1 for each in cells]) - 1
    if len(tabs) != len(cells) * number or (tabs[number - 1 :: number] != ends).any():
        raise BadGenotype(_find_wrong_number(cells, number), None)
    starts = np.r_[0, tabs[:-1] + 1].reshape(-1, number)
    starts = starts if order is None else starts[:, order]
    everything = np.frombuffer(text, dtype=np.uint8)
    return _decode_each(
        starts.shape,
        # Of a genotype that has ended, any byte will do.
        lambda place, continues: everything[np.where(continues, starts + place, 0)],
        lambda row, column: text[starts[row, column] : text.index(b"\t", starts[row, column])],
    )


def _decode_short(words: npt.NDArray[np.uint32]) -> Genotypes:
    """Return genotypes of cells of three characters and a tab."""
    simple = (words & _CELL_BITS == _CELL).all(axis=1)
    if simple.all():
        return _decode_words(words)
    rest = np.flatnonzero(~simple)
    others = words[rest]
    try:
        genotypes = _decode_each(
            others.shape,
            lambda place, _: (others >> 8 * place).astype(np.uint8),
            lambda row, column: others[row, column].tobytes()[:3],
        )
    except BadGenotype as bad:
        raise BadGenotype(int(rest[bad.row]), bad.genotype) from None
    if not simple.any():
        return genotypes
    parts = [
        (np.flatnonzero(simple), _decode_words(words[simple])),
        (rest, genotypes),
    ]
    return join_genotypes(parts, *words.shape)


def _decode_words(words: npt.NDArray[np.uint32]) -> Genotypes:
    """Return genotypes of cells that are all such as ``0|1``."""
    pairs = ((words & 1) | ((words >> 8) & 0x100)).astype("<u2")
    return Genotypes(
        pairs.view(np.int8).reshape(*words.shape, 2), np.broadcast_to(np.True_, words.shape)
    )


def _decode_each(
    shape: tuple[int, ...],
    read: Callable[[int, npt.NDArray[np.bool_]], npt.NDArray[np.uint8]],
    find: Callable[[int, int], bytes],
) -> Genotypes:
    """Return genotypes of any kind; each ends with a colon or a tab.

    Parameters
    ----------
    shape : tuple of int
        How many records and individuals there are.
    read : callable
        Returns the character at a place of each genotype that continues.
    find : callable
        Returns the cell of a record and an individual.
    """
    alleles: list[npt.NDArray[np.int8]] = []
    continues = np.ones(shape, dtype=np.bool_)
    odd, unphased = np.zeros((2, *shape), dtype=np.bool_)
    while continues.any():
        each = read(2 * len(alleles), continues) - np.uint8(_ZERO)
        after = read(2 * len(alleles) + 1, continues)
        is_dot = each == np.uint8((_DOT - _ZERO) % 256)
        slash = after == _UNPHASED
        separated = slash | (after == _PHASED)
        known = (each < 10) | is_dot
        known &= separated | (after == _TAB) | (after == _COLON)
        allele = each.view(np.int8)
        np.copyto(allele, NOT_CALLED, where=is_dot)
        np.copyto(allele, ABSENT, where=~continues)
        alleles.append(allele)
        odd |= continues & ~known
        unphased |= continues & slash
        continues &= separated & known
    genotypes = Genotypes(np.stack(alleles, axis=2), ~unphased)
    return _decode_odd(genotypes, odd, find) if odd.any() else genotypes


def _decode_odd(
    genotypes: Genotypes, odd: npt.NDArray[np.bool_], find: Callable[[int, int], bytes]
) -> Genotypes:
    """Replace genotypes of alleles that have more than one digit, one by one."""
    known: dict[bytes, list[int]] = {}
    found = []
    for row, individual in np.argwhere(odd).tolist():
        genotype = find(row, individual).partition(b":")[0]
        if genotype not in known:
            if not GENOTYPE.fullmatch(genotype):
                raise BadGenotype(row, genotype)
            known[genotype] = [
                NOT_CALLED if allele == b"." else min(int(allele[:9]), BEYOND)
                for allele in re.split(rb"[|/]", genotype)
            ]
        found.append((row, individual, genotype))
    ploidy = max(genotypes.alleles.shape[2], *map(len, known.values()))
    alleles = np.full((*odd.shape, ploidy), ABSENT, dtype=np.int16)
    alleles[:, :, : genotypes.alleles.shape[2]] = genotypes.alleles
    phased = genotypes.phased.copy()
    for row, individual, genotype in found:
        each = known[genotype]
        alleles[row, individual] = [*each, *[ABSENT] * (ploidy - len(each))]
        phased[row, individual] = b"/" not in genotype
    return Genotypes(alleles, phased)


def _find_wrong_number(cells: Sequence[bytes], number: int) -> int:
    return next(row for row, each in enumerate(cells) if each.count(b"\t") != number - 1)


# BCF -------------------------------------------------------------------------------------------


def decode_vectors(
    vectors: Sequence[bytes], item: str, number: int, order: npt.NDArray[np.int64] | None
) -> Genotypes:
    """Return genotypes of records of BCF.

    Parameters
    ----------
    vectors : sequence of bytes
        The genotypes of each record, all of the same length.
    item : str
        The dtype of their numbers.
    number : int
        How many individuals they are of.
    order : ndarray of int64, optional
        Indices of those whose genotypes are wanted; None for all, in their order.
    """
    values = np.frombuffer(b"".join(vectors), dtype=item).reshape(len(vectors), number, -1)
    if values.shape[2] == 2 and item == "<i1":
        pairs = values.view("<u2")[:, :, 0]
        pairs = (pairs if order is None else pairs.take(order, axis=1)) - np.uint16(_PAIR)
        if not (pairs & _PAIR_BITS).any():
            pairs >>= 1
            return Genotypes(
                pairs.view(np.int8).reshape(*pairs.shape, 2), np.broadcast_to(True, pairs.shape)
            )
    values = values if order is None else values.take(order, axis=1)
    absent = values == np.iinfo(item).min + 1
    alleles: npt.NDArray[Any] = (values >> 1) - 1
    alleles[values < 0] = NOT_CALLED
    alleles[absent] = ABSENT
    if item == "<i4":
        alleles = np.minimum(alleles, BEYOND).astype(np.int16)
    return Genotypes(alleles, (values[:, :, 1:] % 2 == 1).all(axis=2, where=~absent[:, :, 1:]))


def join_genotypes(
    parts: Sequence[tuple[Rows, Genotypes]], records: int, individuals: int
) -> Genotypes:
    """Return genotypes of several groups of records together.

    Parameters
    ----------
    parts : sequence of (indices or slice, Genotypes)
        The records of a group, and their genotypes.
    records : int
        Of all groups, and of records without genotypes.
    individuals : int
    """
    if len(parts) == 1 and len(parts[0][1].phased) == records:
        return parts[0][1]
    ploidy = max((part.alleles.shape[2] for _, part in parts), default=1)
    kind = np.result_type(np.int8, *(part.alleles.dtype for _, part in parts))
    alleles = np.full((records, individuals, ploidy), ABSENT, dtype=kind)
    alleles[:, :, 0] = NOT_CALLED
    phased = np.zeros((records, individuals), dtype=np.bool_)
    for rows, part in parts:
        alleles[rows, :, : part.alleles.shape[2]] = part.alleles
        phased[rows] = part.phased
    return Genotypes(alleles, phased)
