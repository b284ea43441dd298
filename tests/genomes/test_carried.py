"""What individuals carry is found alike in simple records, in others, and one by one."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from coalflow.genomes.genotypes.carried import (
    ABSENT,
    MISSING,
    NO_HAPLOTYPE,
    NOT_CALLED,
    find_carried,
)

SHAPES = st.tuples(st.integers(1, 6), st.integers(1, 5), st.integers(1, 3))
SIMPLE = arrays(np.int8, SHAPES, elements=st.integers(0, 1))
ANY = arrays(np.int8, SHAPES, elements=st.sampled_from([0, 0, 1, 1, 2, 127, NOT_CALLED, ABSENT]))
FIELDS = [field.name for field in dataclasses.fields(find_carried(np.zeros((1, 1, 1), np.int8)))]


def find_in_one(genotypes):
    """Return the same of one record, in plain Python."""
    called = [each for each in genotypes if NOT_CALLED not in each and max(each) >= 0]
    alleles = [allele for each in called for allele in each if allele >= 0]
    high, low = max(alleles, default=NOT_CALLED), min(alleles, default=NOT_CALLED)
    return {
        "low": low,
        "high": high,
        "number": len(alleles),
        "copies": alleles.count(high),
        "has_third": len({*alleles}) > 2,
        "all_called": len(called) == len(genotypes),
        "coded": [
            [
                NO_HAPLOTYPE
                if allele == ABSENT
                else int(allele == high)
                if each in called
                else MISSING
                for allele in each
            ]
            for each in genotypes
        ],
        "ploidies": [sum(a != ABSENT for a in each) * (max(each) >= 0) for each in genotypes],
        "heterozygous": [
            each in called and len({a for a in each if a != ABSENT} | {each[0]}) > 1
            for each in genotypes
        ],
    }


@given(SIMPLE | ANY, st.sampled_from([np.int8, np.int16]))
def test_blocks_are_as_records_one_by_one(alleles, dtype):
    before = alleles.copy()
    found = find_carried(alleles.astype(dtype))
    np.testing.assert_array_equal(alleles, before)
    for row, genotypes in enumerate(alleles.tolist()):
        expected = find_in_one(genotypes)
        varies = expected["low"] != expected["high"]
        # Alleles are coded where two of them are carried.
        for name in FIELDS:
            if name != "coded" or varies:
                assert np.array_equal(getattr(found, name)[row], expected[name]), name


@pytest.mark.parametrize("odd", [[2, 0], [NOT_CALLED, 0], [1, ABSENT]])
def test_a_few_odd_records_change_nothing_of_the_others(odd):
    alleles = np.random.default_rng(1).integers(2, size=(20, 7, 2)).astype(np.int8)
    alone = find_carried(alleles)
    changed = alleles.copy()
    changed[4, 3] = odd
    found = find_carried(changed)
    others = np.arange(20) != 4
    for name in FIELDS:
        assert np.array_equal(getattr(found, name)[others], getattr(alone, name)[others])
    for name in FIELDS:
        alone_of_it = getattr(find_carried(changed[4:5]), name)
        assert np.array_equal(getattr(found, name)[4:5], alone_of_it)
