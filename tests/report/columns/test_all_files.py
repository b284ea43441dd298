"""Every column that a run writes is described, and no description is left over."""

import pandas as pd
import pyarrow.parquet
import pytest
from helpers.workflow import RESULTS

from coalflow.report.columns.all_files import SECTIONS, explain_column, find_table

TABLES = [table for tables in SECTIONS.values() for table in tables]


def list_columns(path):
    if path.suffix == ".parquet":
        return pyarrow.parquet.read_schema(path).names
    return pd.read_csv(path, sep="\t", nrows=0).columns


@pytest.fixture(scope="module")
def written(finished, results_of_classes):
    """Pairs of a table and a column that a run whose targets are numbers, or classes, has."""
    pairs = set()
    for results in (finished / RESULTS, results_of_classes):
        for path in [*results.rglob("*.tsv"), *results.rglob("*.parquet")]:
            name = path.relative_to(results).as_posix()
            if not name.startswith("benchmarks/"):  # which Snakemake writes
                pairs |= {(name, column) for column in list_columns(path)}
    return pairs


def test_every_column_is_described(written):
    for path, column in sorted(written):
        table = find_table(path)
        assert table is not None, path
        assert table.find_column(column) is not None, (path, column)


def test_no_description_is_left_over(written):
    found = {(find_table(path), find_table(path).find_column(column)) for path, column in written}
    for table in TABLES:
        for column in table.columns:
            is_rare = bool(table.only or column.only)
            assert is_rare or (table, column) in found, (table.path, column.name)


def test_a_table_describes_a_column_once():
    for table in TABLES:
        names = [column.name for column in table.columns]
        assert len(names) == len(set(names)), table.path
    assert len({table.path for table in TABLES}) == len(TABLES)


def test_columns_that_are_alike_are_told_by_their_ends():
    table = find_table("genomes/mine/windows.tsv")
    for name, described in {
        "coalflow/0:tajimas_d": "<model>:<target>",
        "coalflow/0:tajimas_d:low": "<model>:<target>:low",
        "net:swept:region_p": "<model>:<score>:region_p",
        "start": "start",
    }.items():
        assert table.find_column(name).name == described
    assert find_table("none.tsv") is None


def test_units_are_added():
    assert explain_column("genomes/<name>/regions.tsv", "length") == "of the region (bases)"
    with pytest.raises(KeyError):
        explain_column("metrics.tsv", "none")
