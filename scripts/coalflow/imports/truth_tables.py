"""Tables of the true values of replicates."""

import csv
import dataclasses
import pathlib
from collections.abc import Iterator, Mapping

from coalflow.core.errors import CoalflowError
from coalflow.core.table_numbers import read_number


@dataclasses.dataclass(frozen=True)
class TruthRow:
    """One row of a table.

    Attributes
    ----------
    values : dict
        True values by name.
    texts : dict
        Cells that are text, by column.
    """

    values: dict[str, float]
    texts: dict[str, str]


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
        If the file cannot be read, or lacks a column, or a value is not a number.
    """
    separator = "," if table.lower().endswith(".csv") else "\t"
    try:
        # utf-8-sig: spreadsheets put a byte-order mark before the header.
        with pathlib.Path(table).open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file, delimiter=separator)
            header = reader.fieldnames or []
            for column in (*columns.values(), *texts):
                if column not in header:
                    raise CoalflowError(
                        f"{table}:1: has no column {column}, but: {', '.join(header)}. Separate "
                        "columns by tabs, or by commas in a file named .csv"
                    )
            for row in reader:
                where = f"{table}:{reader.line_num}"
                yield TruthRow(
                    values={
                        name: read_number(row[str(column)], f"{where}: column {column}")
                        for name, column in columns.items()
                    },
                    texts={column: row[column] or "" for column in texts},
                )
    except FileNotFoundError:
        raise CoalflowError(f"{table}: there is no such table") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise CoalflowError(f"{table}: is not a table in UTF-8 ({error})") from None
