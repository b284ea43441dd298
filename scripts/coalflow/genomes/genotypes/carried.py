"""What individuals carry in each record of a block: which alleles, how often, and who what."""

from __future__ import annotations

import dataclasses
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

# In place of an allele: of a genotype that was not called, and of a haplotype that is not there.
NOT_CALLED, ABSENT = -1, -2  # in a record
MISSING, NO_HAPLOTYPE = 2, 3  # in a site, next to 0 and 1
#: Indices of alleles, int8 or int16.
Alleles: TypeAlias = npt.NDArray[np.signedinteger[Any]]


@dataclasses.dataclass
class CarriedAlleles:
    """What individuals carry.

    Attributes
    ----------
    low, high : ndarray of int16, shape (records,)
        The first and the last allele that somebody carries; where nothing is called, both are
        ``NOT_CALLED``.
    number : ndarray of int64, shape (records,)
        How many alleles are called, of individuals whose genotype is wholly called.
    copies : ndarray of int64, shape (records,)
        How many of them are the last one.
    has_third : ndarray of bool, shape (records,)
        Whether somebody carries another one.
    all_called : ndarray of bool, shape (records,)
        Whether everybody's genotype is wholly called.
    coded : ndarray of uint8, shape (records, individuals, ploidy)
        1 for the last allele and 0 for another one, ``MISSING`` in all haplotypes of a genotype
        that is not wholly called, or ``NO_HAPLOTYPE``. Means something where two are carried.
    ploidies : ndarray of int8, shape (records, individuals)
        How many alleles a genotype has, 0 where none is called.
    heterozygous : ndarray of bool, shape (records, individuals)
        Whether a genotype is called and has different alleles.
    """

    low: npt.NDArray[np.int16]
    high: npt.NDArray[np.int16]
    number: npt.NDArray[np.int64]
    copies: npt.NDArray[np.int64]
    has_third: npt.NDArray[np.bool_]
    all_called: npt.NDArray[np.bool_]
    coded: npt.NDArray[np.uint8]
    ploidies: npt.NDArray[np.int8]
    heterozygous: npt.NDArray[np.bool_]


def find_carried(alleles: Alleles) -> CarriedAlleles:
    """Return what individuals carry in records.

    Parameters
    ----------
    alleles : ndarray of int8 or int16, shape (records, individuals, ploidy)
        Those of a block of records. They are not changed.
    """
    if alleles.dtype != np.int8:
        return _find_any(alleles)
    # As unsigned numbers, what is not called is larger than any allele.
    largest = alleles.reshape(len(alleles), -1).view(np.uint8).max(axis=1)
    others = np.flatnonzero(largest > 1)
    if 2 * len(others) > len(alleles):
        return _find_any(alleles)
    carried = _find_simple(alleles)
    if len(others):
        found = _find_any(alleles[others])
        for field in dataclasses.fields(CarriedAlleles):
            joined = np.array(getattr(carried, field.name))
            joined[others] = getattr(found, field.name)
            setattr(carried, field.name, joined)
    return carried


def _find_simple(alleles: Alleles) -> CarriedAlleles:
    """Return what individuals carry where all alleles are 0 or 1."""
    records, individuals, ploidy = alleles.shape
    number = np.full(records, individuals * ploidy)
    copies = _count_ones(alleles.reshape(records, -1))
    if ploidy == 2:
        pairs = alleles.view("<u2")[:, :, 0]
        heterozygous = (pairs == 0x0001) | (pairs == 0x0100)
    else:
        heterozygous = (alleles[:, :, 1:] != alleles[:, :, :1]).any(axis=2)
    high = (copies > 0).astype(np.int16)
    return CarriedAlleles(
        low=(copies == number).astype(np.int16),
        high=high,
        number=number,
        copies=np.where(high == 1, copies, number),
        has_third=np.zeros(records, dtype=np.bool_),
        all_called=np.ones(records, dtype=np.bool_),
        coded=alleles.view(np.uint8),
        ploidies=np.broadcast_to(np.int8(ploidy), (records, individuals)),
        heterozygous=heterozygous,
    )


def _find_any(alleles: Alleles) -> CarriedAlleles:
    """Return what individuals carry, whatever that is."""
    # numpy is slow along short axes.
    haplotypes = [np.ascontiguousarray(alleles[:, :, index]) for index in range(alleles.shape[2])]
    there = [each != ABSENT for each in haplotypes]
    shown = np.logical_or.reduce([each >= 0 for each in haplotypes])
    all_of_it = ~np.logical_or.reduce([each == NOT_CALLED for each in haplotypes])
    called = shown & all_of_it
    all_called = called.all(axis=1)
    differ = np.zeros_like(called)
    ploidies = np.zeros(called.shape, dtype=np.int8)
    for each, is_there in zip(haplotypes, there, strict=True):
        ploidies += is_there & shown
        differ |= is_there & (each != haplotypes[0])
        np.copyto(each, NOT_CALLED, where=~called)
    unsigned = np.dtype(f"u{alleles.itemsize}")
    low = np.minimum.reduce([each.view(unsigned).min(axis=1) for each in haplotypes])
    low = low.view(alleles.dtype)
    high = np.maximum.reduce([each.max(axis=1) for each in haplotypes])
    # Where nothing is called, all haplotypes may be absent, and not even NOT_CALLED.
    low[high < 0] = high[high < 0] = NOT_CALLED
    coded = np.empty(alleles.shape, dtype=np.uint8)
    number, copies, lowest = np.zeros((3, len(alleles)), dtype=np.int64)
    for index, (each, is_there) in enumerate(zip(haplotypes, there, strict=True)):
        is_high = each == high[:, None]
        number += _count_ones(each >= 0)
        copies += _count_ones(is_high)
        lowest += _count_ones(each == low[:, None])
        code = is_high.view(np.uint8)
        np.copyto(code, MISSING, where=~called)
        np.copyto(code, NO_HAPLOTYPE, where=~is_there)
        coded[:, :, index] = code
    copies[number == 0] = 0
    return CarriedAlleles(
        low=low.astype(np.int16),
        high=high.astype(np.int16),
        number=number,
        copies=copies,
        has_third=copies + lowest < number,
        all_called=all_called,
        coded=coded,
        ploidies=ploidies,
        heterozygous=differ & called,
    )


def _count_ones(values: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """Return how many of each row are 1; all others are 0."""
    return np.bitwise_count(np.packbits(values, axis=1)).sum(axis=1, dtype=np.int64)
