"""What a check reports: figures, and findings, each with its fix."""

import dataclasses
import math
import re
import textwrap
from collections.abc import Iterable, Sequence
from typing import TypeAlias

import pandas as pd

WIDTH = 96  # characters of a line on a terminal
COLUMNS = ("topic", "about", "name", "value", "unit", "finding", "fix")
GLUE = "\0"  # a blank at which no line ends
MOST_SHOWN = 12  # findings on the terminal; all of them are in the table

#: A label and words, which the terminal shows next to each other.
Line: TypeAlias = tuple[str, str]


@dataclasses.dataclass(frozen=True)
class Figure:
    """A number.

    Attributes
    ----------
    topic : str
        Which part of the check it is from.
    about : str
        What it describes: the run, a parameter, a genome.
    name : str
    value : float
    unit : str
    """

    topic: str
    about: str
    name: str
    value: float
    unit: str = ""


@dataclasses.dataclass(frozen=True)
class Finding:
    """Something that looks wrong, and what to change.

    Attributes
    ----------
    topic : str
        Which part of the check it is from.
    about : str
        What it concerns: some cells, a genome.
    finding : str
        What looks wrong.
    fix : str
        What to do.
    """

    topic: str
    about: str
    finding: str
    fix: str


def tabulate_entries(entries: Iterable[Figure | Finding]) -> pd.DataFrame:
    """Return entries, figures and findings, as the table of ``check.tsv``, findings first."""
    ordered = sorted(entries, key=lambda entry: isinstance(entry, Figure))
    holes = {**dict.fromkeys(COLUMNS, ""), "value": math.nan}
    return pd.DataFrame(
        [{**holes, **dataclasses.asdict(entry)} for entry in ordered], columns=list(COLUMNS)
    )


def format_entries(lines: Sequence[Line], entries: Iterable[Figure | Finding]) -> str:
    """Return what the terminal shows.

    Parameters
    ----------
    lines : sequence of (label, words)
    entries : iterable of Figure or Finding
        Only findings are shown.
    """
    left = max(len(label) for label, _ in lines) + 2
    shown = [_wrap(f"{label:<{left}}", words) for label, words in lines]
    found = [entry for entry in entries if isinstance(entry, Finding)]
    if not found:
        return "\n".join([*shown, "", "Nothing looks wrong."])
    shown += ["", f"{len(found)} {'thing looks' if len(found) == 1 else 'things look'} wrong:"]
    for finding in found[:MOST_SHOWN]:
        shown.append(_wrap("! ", f"{finding.about}: {finding.finding}."))
        shown.append(_wrap("  > ", f"{finding.fix}."))
    if len(found) > MOST_SHOWN:
        shown.append(f"  and {len(found) - MOST_SHOWN} more: see check.tsv")
    return "\n".join(shown)


def _wrap(start: str, words: str) -> str:
    """Fold words into lines; numbers stay with their units."""
    filled = textwrap.fill(
        re.sub(r"(?<=\d) (?=\S)", GLUE, words),
        WIDTH,
        initial_indent=start,
        subsequent_indent=" " * len(start),
        break_long_words=False,
        break_on_hyphens=False,
    )
    return filled.replace(GLUE, " ")


# Numbers in words ----------------------------------------------------------------------------


def format_duration(seconds: float) -> str:
    """Return a time in seconds in the unit that suits it.

    Examples
    --------
    >>> format_duration(200_000)
    '2.3 days'
    """
    for size, unit in ((86_400, "days"), (3_600, "h"), (60, "min")):
        if seconds >= 1.5 * size:
            return f"{format_rounded(seconds / size)} {unit}"
    return f"{format_rounded(seconds)} s"


def format_bytes(number: float) -> str:
    """Return a number of bytes in the unit that suits it.

    Examples
    --------
    >>> format_bytes(1.26e9)
    '1.3 GB'
    """
    for size, unit in ((1e12, "TB"), (1e9, "GB"), (1e6, "MB")):
        if number >= size:
            return f"{format_rounded(number / size)} {unit}"
    return f"{format_rounded(number / 1e3)} kB"


def format_rounded(number: float, digits: int = 2) -> str:
    """Return a number with that many significant digits, as people write it.

    Examples
    --------
    >>> format_rounded(1_720_600), format_rounded(0.0111), format_rounded(5.49e-9)
    ('1,700,000', '0.011', '5.5e-09')
    """
    if number and not 1e-5 <= abs(number) < 1e15:
        return f"{number:.{digits - 1}e}"
    short = float(f"{number:.{digits}g}")
    if abs(short) >= 10 ** (digits - 1):
        return f"{short:,.0f}"
    return f"{short:.10f}".rstrip("0").rstrip(".")


def format_count(number: int, noun: str) -> str:
    """Return a number and a noun, in the plural unless the number is 1.

    Examples
    --------
    >>> format_count(1, "cell"), format_count(2500, "cell")
    ('1 cell', '2,500 cells')
    """
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def format_percent(fraction: float) -> str:
    """Return a fraction as a percentage, small ones with a digit more.

    Examples
    --------
    >>> format_percent(0.004), format_percent(0.5)
    ('0.4 %', '50 %')
    """
    return f"{100 * fraction:.1f} %" if 0 < fraction < 0.0995 else f"{100 * fraction:.0f} %"


def format_range(low: float, high: float) -> str:
    """Return a range of numbers from low to high, one number where both look the same.

    Examples
    --------
    >>> format_range(1, 5)
    '1 to 5'
    """
    first, last = format_rounded(low), format_rounded(high)
    return first if first == last else f"{first} to {last}"
