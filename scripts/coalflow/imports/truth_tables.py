"""Tables of the true values of replicates."""

import csv
import dataclasses
from collections.abc import Iterator, Mapping, Sequence

from coalflow.core.errors import CoalflowError
from coalflow.core.input_files import read_lines, read_number

MOST_SHOWN = 20  # columns in a message
LONGEST_SHOWN = 300  # characters


@dataclasses.dataclass(frozen=True)
class TruthRow:
    """One row of a table.

    Attributes
    ----------
    values : dict
        True values by name.
    texts : dict
        Cells that are text, by column.
    line : int
        Of the file, counted from 1.
    """

    values: dict[str, float]
    texts: dict[str, str]
    line: int = 0


def read_truth_table(
    table: str, columns: Mapping[str, str | int], texts: tuple[str, ...] = ()
) -> Iterator[TruthRow]:
    """Yield the rows of a table.

    Parameters
    ----------
    table : str
        A file with a header, and tabs or, where its name ends with .csv, commas between columns.
    columns : mapping
        Names of true values, and the column of each.
    texts : tuple of str
        Columns that are text.

    Raises
    ------
    CoalflowError
        If the file cannot be read, lacks a column or has it twice, a row has more cells than the
        header, or a value is not a number.
    """
    separator = "," if table.lower().endswith(".csv") else "\t"
    reader = csv.DictReader(read_lines(table, "a table"), delimiter=separator)
    try:
        header = list(reader.fieldnames or [])
        for column in (*columns.values(), *texts):
            _check_column(str(column), header, table)
        for row in reader:
            where = f"{table}:{reader.line_num}"
            if None in row:
                raise CoalflowError(f"{where}: has more cells than the header: correct it")
            yield TruthRow(
                values={
                    name: read_number(row[str(column)], f"{where}: column {column}")
                    for name, column in columns.items()
                },
                texts={column: row[column] or "" for column in texts},
                line=reader.line_num,
            )
    except csv.Error as error:
        raise CoalflowError(f"{table}:{reader.line_num}: is not a table ({error})") from None


def _check_column(column: str, header: Sequence[str], table: str) -> None:
    if header.count(column) > 1:
        raise CoalflowError(f"{table}:1: has the column {column} twice: rename or delete one")
    if column not in header:
        shown = ", ".join(header[:MOST_SHOWN]) + (", ..." if len(header) > MOST_SHOWN else "")
        raise CoalflowError(
            f"{table}:1: has no column {column}, but: {shown[:LONGEST_SHOWN]}. Separate columns by "
            "tabs, or by commas in a file named .csv"
        )
