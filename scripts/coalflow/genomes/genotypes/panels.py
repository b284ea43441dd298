"""Panels: tables of the populations of individuals, such as that of the 1000 Genomes."""

import dataclasses
from collections.abc import Mapping

from coalflow.core.errors import CoalflowError, describe_unknown
from coalflow.core.input_files import read_small_text
from coalflow.core.shown_names import shorten_name

COLUMNS_SHOWN = 8
NO_POPULATION = ("", ".", "NA")


@dataclasses.dataclass(frozen=True)
class Panel:
    """Which individuals are of which population.

    Attributes
    ----------
    path : str
    column : str
        That of the populations.
    members : mapping of str to list of str
        The individuals of each population.
    elsewhere : mapping of str to str
        In which of the other columns a word is.
    """

    path: str
    column: str
    members: Mapping[str, list[str]]
    elsewhere: Mapping[str, str]

    def get_members(self, population: str) -> list[str]:
        """Return the individuals of a population.

        Raises
        ------
        CoalflowError
            If there is no such population. The message says in which column it is instead.
        """
        if population in self.members:
            return self.members[population]
        other = self.elsewhere.get(population)
        if other is not None:
            raise CoalflowError(
                f"{self.path}: column {self.column!r} has no {population}, but column {other!r} "
                f"has: set genomes.<name>.samples.population to {other}"
            )
        known = f"populations in column {self.column!r}"
        raise CoalflowError(
            "genomes.<name>.samples.populations "
            f"{describe_unknown(population, known, sorted(self.members))} ({self.path})"
        )


def read_panel(path: str, sample: str, population: str) -> Panel:
    """Return the populations of individuals.

    Parameters
    ----------
    path : str
        A table. Its first line names the columns, with tabs between them, or blanks.
    sample, population : str
        The columns with the names of individuals, and with their populations.

    Raises
    ------
    CoalflowError
        If it cannot be read, has not these columns, or names an individual twice.
    """
    rows = [
        (number, _split(line))
        for number, line in enumerate(read_small_text(path, "a panel").splitlines(), 1)
        if line.strip()
    ]
    if not rows:
        raise CoalflowError(f"{path}: is empty, but a panel has a line for each individual")
    columns = [name.removeprefix("#") for name in rows[0][1]]
    places = {
        name: _find_column(path, columns, name, key)
        for key, name in (("sample", sample), ("population", population))
    }
    first_lines: dict[str, int] = {}
    members: dict[str, list[str]] = {}
    elsewhere: dict[str, str] = {}
    for number, cells in rows[1:]:
        if len(cells) <= max(places.values()):
            raise CoalflowError(
                f"{path}:{number}: has {len(cells)} columns, but the first line has "
                f"{len(columns)}: correct it"
            )
        name = cells[places[sample]]
        if name in first_lines:
            raise CoalflowError(
                f"{path}:{number}: has {shorten_name(name)} again, after line {first_lines[name]}: "
                "delete one of them"
            )
        first_lines[name] = number
        if cells[places[population]] not in NO_POPULATION:
            members.setdefault(cells[places[population]], []).append(name)
        elsewhere |= dict(zip(cells, columns, strict=False))
    if not members:
        raise CoalflowError(f"{path}: column {population!r} has no population")
    return Panel(path, population, members, elsewhere)


def _split(line: str) -> list[str]:
    cells = line.split("\t") if "\t" in line else line.split()
    cells = [cell.strip() for cell in cells]
    while cells and not cells[-1]:  # some lines of the 1000 Genomes end with tabs
        cells.pop()
    return cells


def _find_column(path: str, columns: list[str], name: str, key: str) -> int:
    """Return where a column is."""
    if columns.count(name) == 1:
        return columns.index(name)
    shown = ", ".join(map(shorten_name, columns[:COLUMNS_SHOWN]))
    more = ", ..." if len(columns) > COLUMNS_SHOWN else ""
    wrong = "several columns" if name in columns else "no column"
    raise CoalflowError(
        f"{path}: its first line has {wrong} named {name!r}, but {shown}{more}. If these are the "
        f"names of columns, set genomes.<name>.samples.{key} to one of them; otherwise write a "
        "first line with the names"
    )
