"""The rules for records, applied to blocks, against the same rules spelt out for one record."""

import numpy as np
import pytest
from helpers.genomes import as_lists, read, record, vcf, write

from coalflow.core.errors import CoalflowError

NAMES = ("a", "b", "c", "d")
ALTERNATIVES = ("T", "T,G", "T,<NON_REF>", ".", "*", "T,*", "TC", "<DEL>", "N", "t")
ALLELES = "0000011112."


def set_most_records(monkeypatch, most):
    monkeypatch.setattr("coalflow.genomes.readers.vcf.limit_records", lambda *_: most)


def draw_record(random, position):
    """Return the line of a random record, and what a reader may know of it."""
    alt = random.choice(ALTERNATIVES)
    present = 1 if alt == "." else 2 + alt.count(",")
    allowed = [allele for allele in ALLELES if allele == "." or int(allele) < present]
    genotypes = [tuple(random.choice(allowed, 2)) for _ in NAMES]
    filters = random.choice(["PASS", "PASS", ".", "q10"])
    ancestral = random.choice(["A", "T", "G", "."])
    line = record(
        position, *("|".join(pair) for pair in genotypes), alt=alt, info=f"AA={ancestral}"
    ).replace("PASS", filters)
    return line, (alt, genotypes, filters, ancestral)


def judge(known, chosen, keep_missing, fewest, ancestral):
    """Return the alleles of a site, None for one that is not called; or None if it is not used."""
    alt, genotypes, filters, base = known
    letters = ["A", *alt.upper().split(",")]
    pairs = [(None, None) if "." in genotypes[who] else genotypes[who] for who in chosen]
    flat = [None if allele is None else letters[int(allele)] for pair in pairs for allele in pair]
    carried = sorted({letter for letter in flat if letter is not None}, key=letters.index)
    if filters == "q10" or len(carried) != 2 or not all(each in "ACGT" for each in carried):
        return None
    if None in flat and not keep_missing:
        return None
    if min(flat.count(each) for each in carried) < fewest:
        return None
    if ancestral:
        if base not in carried:
            return None
        carried.sort(key=lambda letter: letter != base)
    return [None if letter is None else carried.index(letter) for letter in flat]


@pytest.mark.parametrize("most_records", [1, 3, 1000])
@pytest.mark.parametrize("seed", range(8))
def test_blocks_are_judged_as_records_are_one_by_one(seed, most_records, tmp_path, monkeypatch):
    set_most_records(monkeypatch, most_records)
    random = np.random.default_rng(seed)
    drawn = [draw_record(random, position) for position in range(1, 200)]
    path = write(tmp_path / "genome.vcf", vcf(*(line for line, _ in drawn), names=NAMES))
    for chosen in ((0, 1, 2, 3), (1, 3), (2,)):
        keep_missing, fewest, ancestral = random.random(3) < 0.5
        settings = {
            "missing": 0.1 * keep_missing,
            "minimum_allele_count": 1 + int(fewest),
            "ancestral": "AA" if ancestral else None,
        }
        rules = (chosen, keep_missing, 1 + int(fewest), ancestral)
        expected = {
            position: site
            for position, (_, known) in enumerate(drawn, 1)
            if (site := judge(known, *rules)) is not None
        }
        names = [NAMES[who] for who in chosen]
        if not expected:
            with pytest.raises(CoalflowError, match="none of its records can be used"):
                read(path, 2 * len(chosen), individuals=names, **settings)
            continue
        (contig,), description = read(path, 2 * len(chosen), individuals=names, **settings)
        assert contig.positions.tolist() == list(expected)
        called = np.ones_like(contig.haplotypes) if contig.called is None else contig.called
        found = np.where(called == 1, contig.haplotypes.astype(object), None)
        assert found.tolist() == list(expected.values())
        assert description.records == description.sites_used + sum(description.dropped.values())


@pytest.mark.parametrize("seed", range(3))
def test_the_size_of_blocks_makes_no_difference(seed, tmp_path, monkeypatch):
    """Also with repeated positions, several contigs, odd ploidies and phase sets."""
    random = np.random.default_rng(seed)
    calls = ["0|1:5", "1|0:5", "1|1:5", "0|0:.", "0/0:.", ".:.", "1:."]
    lines = [
        record(position, *random.choice(calls, 4), contig=contig, form="GT:PS")
        for contig in "12"
        for position in np.sort(random.integers(1, 60, size=120))
    ]
    path = write(tmp_path / "genome.vcf", vcf(*lines, names=NAMES))
    results = []
    for most in (1, 2, 7, 1000):
        set_most_records(monkeypatch, most)
        contigs, description = read(path, 8, individuals=list(NAMES), missing=0.1)
        results.append((as_lists(contigs), description))
    assert results[0][1].sites_used > 5
    assert all(result == results[0] for result in results)
