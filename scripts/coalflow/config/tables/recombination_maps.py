"""Recombination maps in text files, in any of the usual columns; unknown stretches stay unknown.

Columns are found by their names in the header. A row is a marker, with the rate from there to the
next marker, the position on the genetic map, or both; or it is an interval, with its rate.
"""

import dataclasses
import itertools
import math
import pathlib
from collections.abc import Iterator, Sequence

from coalflow.config.registry.parameters import PARAMETERS
from coalflow.core.errors import CoalflowError
from coalflow.core.input_files import read_lines, read_number

MOST_BYTES = 200_000_000
CM_PER_MB = 1e-8  # crossovers per base and generation
#: What columns are called in the header, in lower case.
COLUMNS = {
    "chromosome": ("chromosome", "chr", "chrom", "chrom_id"),
    "position": ("position(bp)", "position", "pos", "bp", "pposition", "physical_position"),
    "begin": ("begin", "start"),
    "end": ("end", "stop"),
    "rate": ("rate(cm/mb)", "combined_rate(cm/mb)", "cmpermb", "cm/mb", "rate", "rrate"),
    "map": ("map(cm)", "genetic_map(cm)", "cm", "map", "genetic_map", "gposition"),
}
KNOWN = (
    "Chromosome Position(bp) Rate(cM/Mb) Map(cM), as HapMap's; position COMBINED_rate(cM/Mb) "
    "Genetic_Map(cM), as the 1000 Genomes'; pos chr cM, as SHAPEIT's; or Chr Begin End cMperMb cM, "
    "as deCODE's"
)
UNKNOWN = ("NA", "na", "NaN", "nan", ".")
OPTIONAL = ("rate", "map")  # which may be unknown
LIMITS = PARAMETERS["recombination_rate"].limits
# Between neighbouring markers further apart, a rate of 0 says that nothing is known: a gap of the
# assembly, the centromere, or what is before the first marker.
LONGEST_WITHOUT_CROSSOVERS = 1_000_000
LOWEST_MAXIMUM = 1e-4  # cM/Mb; a map whose rates are all lower has other units
TOLERANCE = 0.05  # relative, of the two columns, in addition to rounding


@dataclasses.dataclass(frozen=True)
class MapTable:
    """A recombination map of one chromosome.

    Attributes
    ----------
    chromosome : str or None
        Its name, where the file has it.
    positions : list of float
        Bases, ascending: the ends of stretches.
    rates : list of float
        Of each stretch, per base and generation; nan where it is unknown.
    """

    chromosome: str | None
    positions: list[float]
    rates: list[float]

    @property
    def unknown_share(self) -> float:
        """The share of the bases, from 0 to the last position, whose rate is unknown."""
        unknown = sum(end - start for start, end, rate in self._stretches if math.isnan(rate))
        return (unknown + self.positions[0]) / self.positions[-1]

    @property
    def longest_known(self) -> float:
        """The bases of the longest stretch whose rate is known throughout."""
        longest = length = 0.0
        for start, end, rate in self._stretches:
            length = 0 if math.isnan(rate) else length + end - start
            longest = max(longest, length)
        return longest

    @property
    def _stretches(self) -> Iterator[tuple[float, float, float]]:
        return zip(self.positions[:-1], self.positions[1:], self.rates, strict=True)


@dataclasses.dataclass(frozen=True)
class _Rows:
    """The rows of a file, column by column; numbers are nan where they are not known.

    Attributes
    ----------
    path : str or Path
    lines : list of int
        The number of each row's line.
    texts : dict of list of str
        By the names of ``COLUMNS``, as far as the file has them.
    """

    path: str | pathlib.Path
    lines: list[int]
    texts: dict[str, list[str]]

    def read_column(self, name: str) -> list[float]:
        """Return the numbers of a column."""
        texts = self.texts[name]
        try:
            values = list(map(float, texts))
        except ValueError:
            values = []
        if values and all(0 <= value < math.inf for value in values):
            return values
        return [_read_cell(text, name, self.where(row)) for row, text in enumerate(texts)]

    def where(self, row: int) -> str:
        """Return the file and the line of a row."""
        return f"{self.path}:{self.lines[row]}"

    def find_unit(self, name: str) -> float:
        """Return the unit of the last digit that a column has, to which it may be rounded."""
        units = [unit for text in self.texts[name] if (unit := _find_unit(text)) is not None]
        return min(units, default=0)


def read_map(path: str | pathlib.Path, chromosome: str | None = None) -> MapTable:
    """Return the recombination map of a file.

    Parameters
    ----------
    path : str or Path
    chromosome : str, optional
        The one to choose, with or without ``chr`` in front.

    Raises
    ------
    CoalflowError
        If the file cannot be read, its columns are not known, it has several chromosomes or
        another one, or its numbers contradict each other.
    """
    rows = _choose_chromosome(_read_rows(path), chromosome)
    are_intervals = "begin" in rows.texts
    if len(rows.lines) < 2 - are_intervals:
        raise CoalflowError(f"{path}: has {len(rows.lines)} rows, too few for a map")
    positions, rates = (_join_intervals if are_intervals else _join_markers)(rows)
    table = MapTable(rows.texts.get("chromosome", [None])[0], positions, rates)
    known = [rate for rate in table.rates if not math.isnan(rate)]
    if not known:
        raise CoalflowError(f"{path}: has no stretch of known rate")
    highest = max(known) / CM_PER_MB
    if 0 < highest < LOWEST_MAXIMUM:
        raise CoalflowError(
            f"{path}: all rates are below {highest:.3g} cM/Mb, as if they were not in cM/Mb: "
            "correct the units"
        )
    return table


# Rows ------------------------------------------------------------------------------------------


def _read_rows(path: str | pathlib.Path) -> _Rows:
    columns: dict[str, int] | None = None
    lines, rows, width = [], [], 0
    for number, text in enumerate(read_lines(path, "a recombination map", MOST_BYTES), start=1):
        cells = text.replace(",", " ").split()
        if not cells or (columns is not None and text.startswith("#")):
            continue
        if columns is None:
            columns = _find_columns([cell.lstrip("#").lower() for cell in cells])
            width = len(cells)
            if columns is None and not text.startswith("#"):
                raise CoalflowError(
                    f"{path}:{number}: is not the header of a recombination map. Known columns: "
                    f"{KNOWN}"
                )
        elif len(cells) != width:
            raise CoalflowError(
                f"{path}:{number}: has {len(cells)} columns, the header {width}: correct it"
            )
        else:
            lines.append(number)
            rows.append(cells)
    if columns is None or not rows:
        raise CoalflowError(f"{path}: has no rows. Known columns: {KNOWN}")
    texts = {name: [cells[index] for cells in rows] for name, index in columns.items()}
    return _Rows(path, lines, texts)


def _find_columns(header: Sequence[str]) -> dict[str, int] | None:
    """Return the index of each column that a header has, or None if it is not one of a map."""
    found = {
        name: index
        for name, spellings in COLUMNS.items()
        for index, cell in enumerate(header)
        if cell in spellings
    }
    has_place = "position" in found or {"begin", "end"} <= found.keys()
    needed = {"rate"} if "begin" in found else {"rate", "map"}
    return found if has_place and needed & found.keys() else None


def _read_cell(text: str, name: str, where: str) -> float:
    if name in OPTIONAL and text in UNKNOWN:
        return math.nan
    value = read_number(text, f"{where}: the {name}")
    if value < 0:
        fix = "correct it, or write NA" if name in OPTIONAL else "correct it"
        raise CoalflowError(f"{where}: the {name} is {text}, below 0: {fix}")
    return value


def _find_unit(text: str) -> float | None:
    """Return the unit of a number's last digit; None for 0, which need not be rounded."""
    mantissa, _, exponent = text.lower().partition("e")
    if not mantissa.strip("0.+-") or text in UNKNOWN:
        return None
    return 10.0 ** (int(exponent or 0) - len(mantissa.partition(".")[2]))


# Chromosomes -----------------------------------------------------------------------------------


def _choose_chromosome(rows: _Rows, chromosome: str | None) -> _Rows:
    names = list(dict.fromkeys(rows.texts.get("chromosome", [])))
    if chromosome is None or not names:
        if len(names) > 1:
            raise CoalflowError(
                f"{rows.path}: has several chromosomes ({_list(names)}): name one in "
                "simulation.chromosome, or keep the rows of one"
            )
        return rows
    chosen = [name for name in names if _strip(name) == _strip(chromosome)]
    if not chosen:
        raise CoalflowError(
            f"{rows.path}: has chromosome {_list(names)}, but simulation.chromosome is "
            f"{chromosome!r}"
        )
    kept = [row for row, name in enumerate(rows.texts["chromosome"]) if name in chosen]
    texts = {name: [column[row] for row in kept] for name, column in rows.texts.items()}
    return _Rows(rows.path, [rows.lines[row] for row in kept], texts)


def _strip(name: str) -> str:
    return name.lower().removeprefix("chr")


def _list(names: Sequence[str]) -> str:
    return ", ".join(names[:5]) + (", ..." if len(names) > 5 else "")


# Rates -----------------------------------------------------------------------------------------


def _join_markers(rows: _Rows) -> tuple[list[float], list[float]]:
    """Return positions of markers, and the rates to the right of all but the last."""
    positions = rows.read_column("position")
    for row, (left, right) in enumerate(itertools.pairwise(positions)):
        if left >= right:
            raise CoalflowError(
                f"{rows.where(row + 1)}: position {right:,.0f} follows {left:,.0f}: sort the rows "
                "by position, each position once"
            )
    lengths = [right - left for left, right in itertools.pairwise(positions)]
    steps = _find_steps(rows, positions) if "map" in rows.texts else None
    if "rate" not in rows.texts:
        assert steps is not None  # or the header is refused
        rates = [step / length * 1e6 for step, length in zip(steps, lengths, strict=True)]
    else:
        rates = _read_rates(rows)[:-1]
        if steps is not None:
            _compare_columns(rows, positions, rates, steps)
    return positions, _leave_out_gaps(rates, lengths)


def _find_steps(rows: _Rows, positions: list[float]) -> list[float]:
    """Return the distances between markers in cM; nan where they are not known."""
    places = rows.read_column("map")
    steps = [right - left for left, right in itertools.pairwise(places)]
    for row, step in enumerate(steps):
        if step < 0:
            raise CoalflowError(
                f"{rows.where(row + 1)}: the map position falls from {places[row]:g} to "
                f"{places[row + 1]:g} cM, at {positions[row + 1]:,.0f}: correct it"
            )
    return steps


def _read_rates(rows: _Rows) -> list[float]:
    rates, highest = rows.read_column("rate"), LIMITS.high / CM_PER_MB
    for row, rate in enumerate(rates):
        if rate > highest:
            raise CoalflowError(
                f"{rows.where(row)}: the rate is {rate:g} cM/Mb, more than {highest:g}: correct it"
            )
    return rates


def _compare_columns(
    rows: _Rows, positions: list[float], rates: list[float], steps: list[float]
) -> None:
    """Refuse rates that contradict the positions on the map."""
    rounding: list[float] = []
    for row, (rate, step) in enumerate(zip(rates, steps, strict=True)):
        megabases = (positions[row + 1] - positions[row]) / 1e6
        expected = rate * megabases
        excess = abs(step - expected) - TOLERANCE * max(step, expected)
        if not excess > 0:
            continue
        rounding = rounding or [rows.find_unit("rate"), rows.find_unit("map")]
        if excess > rounding[0] * megabases + rounding[1]:
            raise CoalflowError(
                f"{rows.where(row + 1)}: from {positions[row]:,.0f} to {positions[row + 1]:,.0f} "
                f"the rate of {rate:g} cM/Mb (line {rows.lines[row]}) makes {expected:.4g} cM, but "
                f"the map positions differ by {step:.4g} cM: correct or delete one of the columns"
            )


def _join_intervals(rows: _Rows) -> tuple[list[float], list[float]]:
    """Return the ends of intervals, and their rates; between intervals the rate is unknown."""
    begins, ends = rows.read_column("begin"), rows.read_column("end")
    positions, rates = [begins[0]], []
    lengths = [end - begin for begin, end in zip(begins, ends, strict=True)]
    known = _leave_out_gaps(_read_rates(rows), lengths)
    for row, (begin, end) in enumerate(zip(begins, ends, strict=True)):
        if end <= begin or begin < positions[-1]:
            raise CoalflowError(
                f"{rows.where(row)}: the interval from {begin:,.0f} to {end:,.0f} is empty or "
                f"begins before {positions[-1]:,.0f}, where another ends: sort them"
            )
        if begin > positions[-1]:
            positions.append(begin)
            rates.append(math.nan)
        positions.append(end)
        rates.append(known[row])
    return positions, rates


def _leave_out_gaps(rates: list[float], lengths: list[float]) -> list[float]:
    """Return rates per base and generation; nan in gaps, where they are 0 for too long."""
    return [
        math.nan if rate == 0 and length >= LONGEST_WITHOUT_CROSSOVERS else rate * CM_PER_MB
        for rate, length in zip(rates, lengths, strict=True)
    ]
