"""How the report words numbers and lists."""

import math
from collections.abc import Sequence

from coalflow.config.schema.distributions import Value

NOTHING = "–"


def format_number(value: float | None, digits: int = 3) -> str:
    """Return a number with some significant digits, without e-notation where it is readable.

    Parameters
    ----------
    value : float, optional
        A dash stands for None and for nan.
    digits : int
        Significant digits.

    Examples
    --------
    >>> format_number(-0.012345), format_number(123_456.0), format_number(float("nan"))
    ('−0.0123', '123456', '–')
    """
    if value is None or math.isnan(value):
        return NOTHING
    text = f"{value:.{digits}g}"
    if "e" in text and 1e-4 <= abs(value) < 1e6:
        text = f"{value:.0f}"
    return text.replace("-", "−")


def format_share(value: float) -> str:
    """Return a number that is at most 1, such as R squared, so that 0.9980 and 0.9999 differ.

    Examples
    --------
    >>> format_share(0.99987654)
    '0.99988'
    """
    return NOTHING if math.isnan(value) else f"{value:.5f}".replace("-", "−")


def format_percent(share: float) -> str:
    """Return a share as a percentage.

    Examples
    --------
    >>> format_percent(0.1234)
    '12.3 %'
    """
    return f"{format_number(100 * share)} %"


def format_count(value: float) -> str:
    """Return a whole number with commas.

    Examples
    --------
    >>> format_count(12_345.0)
    '12,345'
    """
    return f"{int(value):,}"


def format_duration(seconds: float) -> str:
    """Return seconds as seconds, minutes or hours.

    Examples
    --------
    >>> format_duration(1.234), format_duration(500), format_duration(4_000_000)
    ('1.2 s', '8.3 min', '1,111 h')
    """
    for size, unit in ((1, "s"), (60, "min"), (3600, "h")):
        if seconds < 100 * size or unit == "h":
            break
    value = seconds / size
    return f"{value:,.0f} {unit}" if value >= 100 else f"{value:.1f} {unit}"


def format_value(value: Value | float | None) -> str:
    """Return the value of a scenario parameter: a whole number with commas, others as they are.

    Examples
    --------
    >>> format_value(10_000), format_value(1.5e-8), format_value("growth")
    ('10,000', '1.5e-08', 'growth')
    """
    return f"{value:,}" if isinstance(value, int) else str(value)


def join_names(names: Sequence[str]) -> str:
    """Return names as a list in words.

    Examples
    --------
    >>> join_names(["Fst", "divergence", "Tajima's D"])
    "Fst, divergence and Tajima's D"
    """
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last
