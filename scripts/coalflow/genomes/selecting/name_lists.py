"""Files that list names, one a line, and lists of names in messages."""

from collections.abc import Iterable, Mapping

from coalflow.core.errors import CoalflowError, suggest_nearest
from coalflow.core.input_files import read_small_text
from coalflow.core.shown_names import shorten_name

COMMENT = "#"
NAMES_SHOWN = 3
PREFIX = "chr"  # with which some name contigs, and others do not


def read_names(path: str, what: str) -> dict[str, int]:
    """Return the names that a file lists, each with its line.

    Parameters
    ----------
    path : str
        A name on each line. Lines that are empty, or begin with ``#``, are skipped.
    what : str
        What it lists, such as ``"contigs"``.

    Raises
    ------
    CoalflowError
        If the file cannot be read, a line has several columns, a name is repeated, or there is
        none.
    """
    names: dict[str, int] = {}
    for number, line in enumerate(read_small_text(path, f"a list of {what}").splitlines(), 1):
        name = line.strip()
        if not name or name.startswith(COMMENT):
            continue
        if "\t" in name:
            columns = len(name.split("\t"))
            raise CoalflowError(
                f"{path}:{number}: has {columns} columns, but a list of {what} has one name on "
                "each line: keep that column"
            )
        if name in names:
            raise CoalflowError(
                f"{path}:{number}: lists {name} again, after line {names[name]}: delete one of them"
            )
        names[name] = number
    if not names:
        raise CoalflowError(f"{path}: lists no {what}: write a name on each line")
    return names


def show_names(names: Iterable[str]) -> str:
    """Return names for a message: the first ones, shortened.

    Examples
    --------
    >>> show_names(["2L", "2R", "3L", "3R", "X"])
    '2L, 2R, 3L, ...'
    """
    listed = list(names)
    more = ", ..." if len(listed) > NAMES_SHOWN else ""
    return ", ".join(map(shorten_name, listed[:NAMES_SHOWN])) + more


def suggest_contig(name: str, known: Mapping[str, object]) -> str:
    """Return a suggestion to append to a message, or nothing if no contig is near.

    Examples
    --------
    >>> suggest_contig("chr2", {"1": 9, "2": 9})
    '; did you mean 2?'
    """
    other = name.removeprefix(PREFIX) if name.startswith(PREFIX) else f"{PREFIX}{name}"
    return f"; did you mean {other}?" if other in known else suggest_nearest(name, known)
