"""Genotypes are decoded for many records at once as they are one by one."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coalflow.genomes.genotypes.carried import ABSENT, NOT_CALLED
from coalflow.genomes.readers.vcf_genotypes import (
    BEYOND,
    BadGenotype,
    Genotypes,
    decode_cells,
    decode_vectors,
    join_genotypes,
)

CALLS = ["0|0", "0|1", "1|0", "1|1", "0/1", "2|1", "./.", ".|1", ".", "1", "0|1|1", "10|0", "0/1|1"]
SIMPLE = st.sampled_from(CALLS[:4])
ANY = st.sampled_from(CALLS)


def decode_one(call):
    """Return the alleles of a genotype, and whether it is phased."""
    alleles = [NOT_CALLED if each == "." else int(each) for each in re.split(r"[|/]", call)]
    return alleles, "/" not in call


def decode(lines, order=None):
    cells = [("\t".join(line)).encode() for line in lines]
    return decode_cells(cells, len(lines[0]), None if order is None else np.array(order))


def matrices(calls):
    widths = st.integers(1, 5)
    return widths.flatmap(
        lambda width: st.lists(st.lists(calls, min_size=width, max_size=width), min_size=1)
    )


def as_decoded(genotypes):
    return [
        [
            ([each for each in alleles if each != ABSENT], phased)
            for alleles, phased in zip(*line, strict=True)
        ]
        for line in zip(genotypes.alleles.tolist(), genotypes.phased.tolist(), strict=True)
    ]


@given(matrices(SIMPLE) | matrices(ANY), st.booleans(), st.data())
def test_cells_are_decoded_as_one_by_one(lines, has_depth, data):
    order = data.draw(st.none() | st.permutations(range(len(lines[0]))))
    written = [[f"{call}:7" if has_depth else call for call in line] for line in lines]
    order_or_all = range(len(lines[0])) if order is None else order
    expected = [[decode_one(line[index]) for index in order_or_all] for line in lines]
    assert as_decoded(decode(written, order)) == expected


def test_most_alleles_are_bytes():
    assert decode([["0|1", "1|1"]]).alleles.dtype == np.int8
    assert decode([["0|1", "./."]]).alleles.dtype == np.int8
    assert decode([["0|128", "1|1"]]).alleles.tolist() == [[[0, 128], [1, 1]]]
    assert decode([["0|99999", "0|0"]]).alleles.max() == BEYOND


@pytest.mark.parametrize(
    "genotype", ["", "|", "0|", "|0", "0||1", "x", "0|x", "-1", "0 1", "0|1|", "." * 2]
)
@pytest.mark.parametrize("others", ["0|1", "0"])
def test_what_is_not_a_genotype_is_noticed(genotype, others):
    with pytest.raises(BadGenotype) as caught:
        decode([[others, others], [others, genotype]])
    assert (caught.value.row, caught.value.genotype) == (1, genotype.encode())


@pytest.mark.parametrize(
    "cells", [b"0|1", b"0|1\t0|0\t0|0", b"0|1\t0|", b"0|1\t0\t0", b"0\t|1\t0|0"]
)
def test_another_number_of_genotypes_is_noticed(cells):
    with pytest.raises(BadGenotype) as caught:
        decode_cells([b"0|1\t0|0", cells], 2, None)
    assert caught.value.row == 1


@pytest.mark.parametrize("item", ["<i1", "<i2", "<i4"])
@pytest.mark.parametrize("order", [None, [2, 0]])
@pytest.mark.parametrize(
    "calls", [("0|1", "1|1", "0|0"), ("0/1", "./.", "3|0"), ("0", ".", "1"), ("0|1|1", "1", "0/1")]
)
def test_vectors_are_decoded_as_cells(calls, order, item):
    width = max(len(decode_one(call)[0]) for call in calls)
    end = np.iinfo(item).min + 1
    values = []
    for call in calls:
        alleles, phased = decode_one(call)
        coded = [(allele + 1) * 2 + (phased and index > 0) for index, allele in enumerate(alleles)]
        values += [*coded, *[end] * (width - len(coded))]
    vector = np.array(values, dtype=item).tobytes()
    expected = as_decoded(decode([calls], order))
    found = as_decoded(
        decode_vectors([vector, vector], item, 3, None if order is None else np.array(order))
    )
    assert found == expected * 2


def test_groups_are_joined():
    two, one = decode([["0|1"], ["1|0"]]), decode([["300"]])
    joined = join_genotypes([([0, 3], two), (slice(1, 2), one)], 4, 1)
    assert joined.alleles.tolist() == [[[0, 1]], [[300, -2]], [[-1, -2]], [[1, 0]]]
    assert joined.phased.tolist() == [[True], [True], [False], [True]]
    assert isinstance(joined, Genotypes)
