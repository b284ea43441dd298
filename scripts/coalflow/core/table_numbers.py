"""Numbers in users' files."""

import math

from coalflow.core.errors import CoalflowError


def read_number(value: object, name: str) -> float:
    """Return a value of a file as a number.

    Parameters
    ----------
    value : object
        As it was read: text, a number, or None where a table has a cell too few.
    name : str
        What it is and where, for the message.

    Raises
    ------
    CoalflowError
        If it is not a finite number.

    Examples
    --------
    >>> read_number("1e-8", "t.tsv:2: s")
    1e-08
    >>> read_number("strong", "t.tsv:2: s")
    Traceback (most recent call last):
    coalflow.core.errors.CoalflowError: t.tsv:2: s is 'strong', but must be a number: correct it
    """
    try:
        # Python takes 1_000 for a number, and the digits of other scripts.
        if isinstance(value, str) and ("_" in value or not value.isascii()):
            raise ValueError
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        raise CoalflowError(f"{name} is {value!r}, but must be a number: correct it") from None
    if not math.isfinite(number):
        raise CoalflowError(f"{name} is {value!r}, but must be a finite number: correct it")
    return number
