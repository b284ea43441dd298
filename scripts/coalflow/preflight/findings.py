"""What a check says: figures, and findings, each with its mend."""

import dataclasses
import math
import re
import textwrap

import pandas as pd

WIDTH = 96  # characters of a line on a terminal
COLUMNS = ("topic", "about", "name", "value", "unit", "finding", "mend")
GLUE = "\0"  # a blank at which no line ends
MOST_SHOWN = 12  # findings on the terminal; all of them are in the table


@dataclasses.dataclass(frozen=True)
class Figure:
    """One number: what it is about (the run, a parameter, a genome), its name, value and unit."""

    topic: str
    about: str
    name: str
    value: float
    unit: str = ""


@dataclasses.dataclass(frozen=True)
class Finding:
    """Something that looks wrong, and what to change."""

    topic: str
    about: str
    finding: str
    mend: str


def table(entries):
    """Return figures and findings as the table of ``check.tsv``, findings first."""
    ordered = sorted(entries, key=lambda entry: isinstance(entry, Figure))
    holes = {**dict.fromkeys(COLUMNS, ""), "value": math.nan}
    return pd.DataFrame(
        [{**holes, **dataclasses.asdict(entry)} for entry in ordered], columns=list(COLUMNS)
    )


def text(lines, entries):
    """Return what the terminal shows.

    ``lines`` are pairs of a label and what is said; a label that is empty goes on with the
    line above.
    """
    left = max(len(label) for label, _ in lines) + 2
    said = [_wrapped(f"{label:<{left}}", words) for label, words in lines]
    found = [entry for entry in entries if isinstance(entry, Finding)]
    if not found:
        return "\n".join([*said, "", "Nothing looks wrong."])
    said += ["", f"{len(found)} {'thing looks' if len(found) == 1 else 'things look'} wrong:"]
    for finding in found[:MOST_SHOWN]:
        said.append(_wrapped("! ", f"{finding.about}: {finding.finding}."))
        said.append(_wrapped("  > ", f"{finding.mend}."))
    if len(found) > MOST_SHOWN:
        said.append(f"  and {len(found) - MOST_SHOWN} more: see check.tsv")
    return "\n".join(said)


def _wrapped(start, words):
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


def duration(seconds):
    """Return a time in the unit that suits it."""
    for size, unit in ((86_400, "days"), (3_600, "h"), (60, "min")):
        if seconds >= 1.5 * size:
            return f"{rounded(seconds / size)} {unit}"
    return f"{rounded(seconds)} s"


def amount(number_of_bytes):
    """Return a number of bytes in the unit that suits it."""
    for size, unit in ((1e12, "TB"), (1e9, "GB"), (1e6, "MB")):
        if number_of_bytes >= size:
            return f"{rounded(number_of_bytes / size)} {unit}"
    return f"{rounded(number_of_bytes / 1e3)} kB"


def rounded(number, digits=2):
    """Return a number with so many digits that count, as people write it."""
    if number and not 1e-5 <= abs(number) < 1e15:
        return f"{number:.{digits - 1}e}"
    short = float(f"{number:.{digits}g}")
    if abs(short) >= 10 ** (digits - 1):
        return f"{short:,.0f}"
    return f"{short:.10f}".rstrip("0").rstrip(".")


def counted(number, noun):
    """Return a number of things, in the plural where it is not one."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def percent(share):
    """Return a share as a percentage, small ones with a digit more."""
    return f"{100 * share:.1f} %" if 0 < share < 0.0995 else f"{100 * share:.0f} %"


def between(low, high):
    """Return a range of numbers, one number where both look the same."""
    first, last = rounded(low), rounded(high)
    return first if first == last else f"{first} to {last}"
