"""Files of joint draws, for example of a posterior: a row of parameters for each draw."""

import csv
import pathlib
from collections.abc import Iterable, Iterator

from coalflow.core.errors import CoalflowError, suggest_nearest
from coalflow.core.input_files import read_lines, read_number

MOST_BYTES = 1_000_000_000


def read_draws(path: str | pathlib.Path, columns: Iterable[str]) -> dict[str, list[float]]:
    """Return columns of a file of joint draws by their names, in the order of the rows.

    Parameters
    ----------
    path : path
        A table with a header, separated by commas if it is named ``.csv``, otherwise by tabs.
    columns : iterable of str
        Names of columns of numbers.

    Raises
    ------
    CoalflowError
        If the file cannot be read, has a row that is not as long as the header, or lacks a column,
        a row or a number.
    """
    rows = _read_rows(path)
    _, header = next(rows, (0, []))
    header = [name.strip() for name in header]
    indices = {name: _find_column(name, header, path) for name in columns}
    draws: dict[str, list[float]] = {name: [] for name in indices}
    for line, row in rows:
        if len(row) != len(header):
            raise CoalflowError(
                f"{path}:{line}: has {len(row)} cells, the header {len(header)}: correct it"
            )
        for name, index in indices.items():
            draws[name].append(read_number(row[index].strip(), f"{path}:{line}: {name}"))
    if not all(draws.values()):
        raise CoalflowError(f"{path}: has a header, but no rows")
    return draws


def _read_rows(path: str | pathlib.Path) -> Iterator[tuple[int, list[str]]]:
    """Yield the number of the line and the cells of each row that is not empty."""
    lines = read_lines(path, "a table of draws", MOST_BYTES)
    table = csv.reader(lines, delimiter="," if str(path).endswith(".csv") else "\t", strict=True)
    try:
        for row in table:
            if row:
                yield table.line_num, row
    except csv.Error as error:
        raise CoalflowError(f"{path}:{table.line_num}: is not a table ({error})") from None


def _find_column(name: str, header: list[str], path: str | pathlib.Path) -> int:
    if name not in header:
        shown = ", ".join(header) or "nothing"
        near = suggest_nearest(name, header)
        raise CoalflowError(f"{path}: has no column {name}; it has: {shown[:300]}{near}")
    if header.count(name) > 1:
        raise CoalflowError(f"{path}: has {header.count(name)} columns {name}: rename all but one")
    return header.index(name)
