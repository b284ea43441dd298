"""Files of joint draws: a row of parameters a draw, say of a posterior.

Needs nothing but Python, since the Snakefile uses it while it is read.
"""

import csv
import math

from coalflow.core.errors import CoalflowError


def read_draws(path, columns):
    """Return columns of a file of joint draws, lists of numbers by name.

    The file has a header; it is separated by commas if it is named ``.csv``, else by tabs.
    Raises CoalflowError where the file, a column or a number is missing.
    """
    try:
        with open(path, newline="") as file:
            table = csv.DictReader(file, delimiter="," if str(path).endswith(".csv") else "\t")
            known, found = table.fieldnames or [], {name: [] for name in columns}
            for name in columns:
                if name not in known:
                    raise CoalflowError(f"{path}: has no column {name}; it has: {', '.join(known)}")
            for row in table:
                for name in columns:
                    found[name].append(_number(row[name], name, f"{path}:{table.line_num}"))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise CoalflowError(f"{path}: cannot be read ({error})") from None
    if not all(found.values()):
        raise CoalflowError(f"{path}: has a header, but no rows")
    return found


def _number(text, name, place):
    try:
        number = float(text)
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number):
        raise CoalflowError(f"{place}: {name} is {text!r}, which is no number")
    return number
