"""Files of joint draws, for example of a posterior: a row of parameters for each draw."""

import csv
import pathlib
from collections.abc import Iterable

from coalflow.core.errors import CoalflowError
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
        If the file cannot be read, or lacks a column, a row or a number.
    """
    table = csv.DictReader(
        read_lines(path, "a table of draws", MOST_BYTES),
        delimiter="," if str(path).endswith(".csv") else "\t",
    )
    draws: dict[str, list[float]] = {name: [] for name in columns}
    try:
        known = table.fieldnames or []
        for name in draws:
            if name not in known:
                raise CoalflowError(f"{path}: has no column {name}; it has: {', '.join(known)}")
        for row in table:
            for name, values in draws.items():
                values.append(read_number(row[name], f"{path}:{table.line_num}: {name}"))
    except csv.Error as error:
        raise CoalflowError(f"{path}:{table.line_num}: is not a table ({error})") from None
    if not all(draws.values()):
        raise CoalflowError(f"{path}: has a header, but no rows")
    return draws
