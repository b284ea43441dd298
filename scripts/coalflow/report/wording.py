"""How the report words numbers and lists."""

import math
from collections.abc import Sequence

from coalflow.config.schema.distributions import Value

NOTHING = "–"
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
SMALL, THOUSANDS, MILLION = 1e-4, 1e3, 1e6
FULL = 3  # with as many digits or more, whole numbers are written in full


def format_number(value: float | None, digits: int = 3) -> str:
    """Return a number with some significant digits, by powers of ten where it is very small.

    Parameters
    ----------
    value : float, optional
        A dash stands for None and for nan.
    digits : int
        Significant digits.

    Examples
    --------
    >>> format_number(-0.012345), format_number(123_456.0), format_number(float("nan"))
    ('−0.0123', '123,456', '–')
    >>> format_number(1.0849e-8), format_number(2.4e9)
    ('1.08 × 10⁻⁸', '2.4 × 10⁹')
    """
    if value is None or math.isnan(value):
        return NOTHING
    text = f"{value:.{digits}g}"
    if abs(value) >= THOUSANDS and abs(value) < MILLION:
        text = f"{value if digits >= FULL else float(text):,.0f}"
    digits_of, _, exponent = text.partition("e")
    if exponent and SMALL <= abs(value) < MILLION:
        text = f"{value:f}".rstrip("0")
    elif exponent:
        text = f"{digits_of} × 10{str(int(exponent)).translate(SUPERSCRIPTS)}"
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


def format_rounded_percent(share: float) -> str:
    """Return a share as a percentage that a reader takes in at a glance.

    Only all is 100 %, and only nothing is 0 %.

    Examples
    --------
    >>> format_rounded_percent(0.0258), format_rounded_percent(0.4567), format_rounded_percent(1)
    ('2.6 %', '46 %', '100 %')
    >>> format_rounded_percent(0.99981), format_rounded_percent(0.9044)
    ('99.9 %', '90.4 %')
    """
    percent = 100 * share
    if percent < 10:
        return f"{format_number(percent, 2)} %"
    if percent < 90:
        return f"{percent:.0f} %"
    return "100 %" if percent >= 100 else f"{math.floor(10 * percent + 1e-6) / 10:.3g} %"


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
    ('10,000', '1.5 × 10⁻⁸', 'growth')
    """
    if isinstance(value, int):
        return f"{value:,}"
    return format_number(value, 10) if isinstance(value, float) else str(value)


def format_places(value: float) -> str:
    """Return a number such as a reader takes in at a glance: with two significant digits.

    Examples
    --------
    >>> format_places(0.004246), format_places(1234.0), format_places(1.0849e-8)
    ('0.0042', '1,200', '1.1 × 10⁻⁸')
    """
    return format_number(value, 2)


def count_things(number: int, thing: str) -> str:
    """Return how many there are of something, in words.

    Examples
    --------
    >>> count_things(1, "window"), count_things(1234, "window"), count_things(0, "region")
    ('1 window', '1,234 windows', 'no region')
    """
    if number == 0:
        return f"no {thing}"
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def begin_sentence(text: str) -> str:
    """Return a text with a capital at its beginning.

    Examples
    --------
    >>> begin_sentence("no region was found")
    'No region was found'
    """
    return text[:1].upper() + text[1:]


def glue_units(text: str) -> str:
    r"""Return a text in which no line ends between a number and its unit.

    Examples
    --------
    >>> glue_units("5 %").split("%")
    ['5\xa0', '']
    """
    for apart in (" %", " = ", " × "):
        text = text.replace(apart, apart.replace(" ", "\N{NO-BREAK SPACE}"))
    return text


def name_cell(cell: str) -> str:
    """Return a cell's name as people write it.

    Examples
    --------
    >>> name_cell("history=growth+population_size=10000"), name_cell("sweep=linked_hard")
    ('history growth, population size 10,000', 'sweep linked_hard')
    """
    parts = []
    for part in cell.split("+"):
        name, _, value = part.partition("=")
        words = f"{int(value):,}" if value.isdigit() else value
        parts.append(f"{name.replace('_', ' ')} {words}".strip())
    return ", ".join(parts)


def join_names(names: Sequence[str]) -> str:
    """Return names as a list in words.

    Examples
    --------
    >>> join_names(["Fst", "divergence", "Tajima's D"])
    "Fst, divergence and Tajima's D"
    """
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last
