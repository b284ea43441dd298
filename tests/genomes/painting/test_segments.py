"""Segments of painted contigs, and how they agree with the truth."""

import numpy as np
import pandas as pd
import pytest

from coalflow.evaluation.ancestry.ancestry_scores import score_ancestry
from coalflow.genomes.painting.painted_contigs import PaintedContig
from coalflow.genomes.painting.painted_rows import PaintedIndividuals
from coalflow.genomes.painting.segments import find_segments, sum_rows
from coalflow.genomes.painting.true_ancestry import judge_painted


def make_contig(probability, positions=(11, 21, 31, 41), names=("a", "b"), phased=True):
    individuals = PaintedIndividuals("north", names, (tuple(range(len(names))),), phased)
    rows = tuple(individuals.name_rows(0, [2] * len(names)))
    values = np.array(probability, np.float32).reshape(-1, len(rows))
    return PaintedContig("chr1", 100, np.array(positions), values, rows)


CONTIG = make_contig([[0.9, 0.1, 0, 0], [0.7, 0.8, 0, 0], [0.1, 0.6, 0, 0], [0.8, 0.2, 0, 1]])


def test_segments_are_runs_of_sites_that_end_half_way_to_the_next():
    table = find_segments(CONTIG, 0.5)
    found = [tuple(row) for row in table[["start", "end", "name", "sites"]].to_numpy()]
    assert found == [
        (10, 26, "a_1", 2),
        (16, 36, "a_2", 2),
        (36, 41, "a_1", 1),
        (36, 41, "b_2", 1),
    ]
    # Six bases of .9 and ten of .7.
    assert table["probability"][0] == pytest.approx((6 * 0.9 + 10 * 0.7) / 16)
    assert table["score"].tolist() == [775, 700, 800, 1000]
    assert (table["contig"] == "chr1").all()


def test_rows_are_summed_over_all_painted_bases():
    sums = sum_rows(CONTIG, 0.5)
    assert sums["bases"].tolist() == [31] * 4
    assert sums["called"].tolist() == [21, 20, 0, 5]
    assert sums["expected"]["b_2"] == pytest.approx(5)


def test_a_contig_without_sites_has_no_segments():
    empty = make_contig([], [])
    assert find_segments(empty, 0.5).empty
    assert sum_rows(empty, 0.5)["bases"].tolist() == [0] * 4


def test_individuals_without_phase_have_their_own_names():
    rows = make_contig([[0, 0]], positions=(11,), phased=False).rows
    assert [row.label for row in rows] == ["a", "b"]


def make_truth(*rows):
    return pd.DataFrame(rows, columns=["contig", "start", "end", "name"])


def test_what_is_painted_as_it_is_true_has_no_error():
    truth = make_truth(
        ("chr1", 5, 26, "a_1"), ("chr1", 36, 90, "a_1"), ("chr1", 15, 36, "a_2"),
        ("chr1", 39, 45, "b_2"), ("chr2", 0, 100, "b_1"),
    )  # fmt: skip
    scores = score_ancestry(judge_painted(CONTIG, 0.5, truth))
    for name in ("precision", "recall", "f1", "segment_f1", "average_precision"):
        assert scores[name] == pytest.approx(1), name
    nothing = score_ancestry(judge_painted(CONTIG, 0.5, make_truth(("chr1", 0, 99, "b_1"))))
    assert nothing["precision"] == nothing["recall"] == 0


def test_an_individual_has_what_one_of_its_haplotypes_has():
    contig = make_contig([[0.9], [0.1]], positions=(11, 21), names=("a",), phased=False)
    truth = make_truth(("chr1", 0, 15, "a_2"))
    scores = score_ancestry(judge_painted(contig, 0.5, truth))
    assert scores["f1"] == 1
