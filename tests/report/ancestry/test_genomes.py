"""What the report shows of a painted genome: individuals by their share, and their draws."""

import pandas as pd
import pytest

from coalflow.core.files import write_table
from coalflow.report.ancestry.genomes import MOST_LISTED, summarise_painted


def write_shares(folder, individuals=3, **columns):
    rows = [
        {
            "individual": f"i{index}",
            "haplotype": haplotype,
            "population": "north",
            "bases": 100 * haplotype,
            "expected_share": 0.01 * index,
            "called_share": 0.02 * index,
            "segments": index,
        }
        for index in range(individuals)
        for haplotype in (1, 2)
    ]
    write_table(folder / "ancestry.tsv", pd.DataFrame(rows).assign(**columns))


def test_a_genome_that_was_not_painted_has_none(tmp_path):
    assert summarise_painted(tmp_path) is None


def test_individuals_with_the_highest_share_are_first(tmp_path):
    write_shares(tmp_path, MOST_LISTED + 2)
    found = summarise_painted(tmp_path)
    assert (found.rows, found.number) == (2 * MOST_LISTED + 4, MOST_LISTED + 2)
    assert len(found.individuals) == MOST_LISTED
    first = found.individuals[0]
    assert (first.name, first.segments) == (f"i{MOST_LISTED + 1}", 2 * (MOST_LISTED + 1))
    assert first.expected == pytest.approx(0.01 * (MOST_LISTED + 1))
    assert first.called == pytest.approx(0.02 * (MOST_LISTED + 1))
    assert (found.fewest, found.most, found.judged) == (1, 1, {})


def test_draws_are_those_of_the_table(tmp_path):
    write_shares(tmp_path, draws=[1, 1, 4, 4, 2, 2])
    found = summarise_painted(tmp_path)
    assert [each.draws for each in found.individuals] == [2, 4, 1]
    assert (found.fewest, found.most) == (1, 4)
