"""Reads ms's format, in which ms, discoal, msms, scrm and others write (Hudson 2002).

A file has a command line, a line of seeds, and a block for each replicate:

    //
    segsites: 3
    positions: 0.0420 0.3071 0.3071
    010
    ...

Values may follow ``//`` (ms prints there what it drew for ``tbs``), trees or times may stand
between it and ``segsites:``, and what msms adds follows the haplotypes. A block without
sites ends with ``segsites: 0``, or with ``positions:`` and empty lines. A file may hold the
output of several runs, one after the other, each with its command line.

A file is read line by line, once, and never held whole. What a replicate and a line can have is
bounded, so that a file of something else ends with a message.

References
----------
Hudson 2002, doi.org/10.1093/bioinformatics/18.2.337
"""

import contextlib
import dataclasses
import gzip
import io
import math
import pathlib
import zlib
from collections.abc import Iterator
from typing import IO, NoReturn

import numpy as np
import numpy.typing as npt

from coalflow.core.errors import CoalflowError
from coalflow.core.input_files import GZIP, open_input

ZERO = ord("0")
BUFFER = 1 << 20  # bytes
LONGEST_SHOWN = 40  # characters of a file in a message
# Of a replicate, and of what comes before the first. Trees of a replicate have a line each.
MOST_LINES = 1_000_000
MOST_BYTES = 1 << 30
LONGEST_LINE = 1 << 26  # bytes: the positions of millions of sites
MOST_DIGITS = 9  # of a number of sites
CONFIG = "simulation.samples makes"
CUT_OFF = "The file was cut off: copy or simulate it again"
REWRITE = "write the file again"


@dataclasses.dataclass(frozen=True)
class Block:
    """One replicate of a file, its sites and haplotypes in the order of the file.

    Attributes
    ----------
    alleles : ndarray of uint8, shape (sites, haplotypes)
    positions : ndarray of float64, shape (sites,)
        From 0 to 1.
    values : list of str
        The words after ``//``.
    command : str
        The last command line before it, "" if there is none.
    command_line : int
        Where that is, counted from 1.
    line : int
        Where the replicate begins, counted from 1.
    """

    alleles: npt.NDArray[np.uint8]
    positions: npt.NDArray[np.float64]
    values: list[str]
    command: str
    command_line: int
    line: int


def read_ms(
    path: str | pathlib.Path, haplotypes: int | None, expected: str = CONFIG
) -> Iterator[Block]:
    """Yield the replicates of a file.

    Parameters
    ----------
    path : str or path
        A file, plain or gzipped.
    haplotypes : int, optional
        How many each replicate must have; None if it may have any number.
    expected : str
        Where that number is from, with a verb.

    Raises
    ------
    CoalflowError
        If the file is not a file, is cut off or damaged, is not in ms's format, or has another
        number of haplotypes; with the line and the replicate, counted from 1.
    """
    with _open_plain_or_gzipped(path) as file:
        lines = _Lines(path, file, expected)
        command, command_line = "", 0
        for line in lines:
            if line.startswith(b"//"):
                lines.begin_replicate()
                first_line = lines.line_number
                values = line[2:].decode(errors="replace").split()
                content = _read_block(lines, haplotypes)
                yield Block(*content, values, command, command_line, first_line)
            elif _is_command(line, is_first=lines.line_number == 1):
                command, command_line = line.decode(errors="replace"), lines.line_number
        if not lines.replicate:
            lines.fail("no line begins with //, so it is not output of ms, discoal or msms")


def list_commands(path: str | pathlib.Path) -> list[str]:
    """Return the last command line before each replicate of a file, "" if there is none.

    Raises
    ------
    CoalflowError
        If the file is not a file, or damaged.
    """
    commands: list[str] = []
    with _open_plain_or_gzipped(path) as file:
        lines, command = _Lines(path, file), ""
        for line in lines:
            if line.startswith(b"//"):
                lines.begin_replicate()
                commands.append(command)
            elif _is_command(line, is_first=lines.line_number == 1):
                command = line.decode(errors="replace")
    return commands


class _Lines:
    """The lines of a file, without their ends, counted, and as many as a replicate can have."""

    def __init__(self, path: str | pathlib.Path, file: IO[bytes], expected: str = CONFIG) -> None:
        self.path, self.line_number, self.replicate = path, 0, 0
        self.expected = expected
        self._file, self._waiting = file, list[bytes]()
        self._lines_left, self._bytes_left = MOST_LINES, MOST_BYTES

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        """Return the next line, or raise StopIteration at the end of the file."""
        self.line_number += 1
        if self._waiting:
            return self._waiting.pop()
        try:
            line = self._file.readline(LONGEST_LINE + 1)
        except EOFError:
            self.fail("the gzip file ends too early: copy or simulate it again")
        except (zlib.error, gzip.BadGzipFile) as error:
            self.fail(f"the gzip file is damaged ({error}): copy or simulate it again")
        if not line:
            self.line_number -= 1
            raise StopIteration
        self._lines_left -= 1
        self._bytes_left -= len(line)
        if len(line) > LONGEST_LINE or self._lines_left < 0 or self._bytes_left < 0:
            self._refuse_long(line)
        return line.rstrip()

    def begin_replicate(self) -> None:
        """Count the replicate whose // was read last, and its lines from now on."""
        self.replicate += 1
        self._lines_left, self._bytes_left = MOST_LINES, MOST_BYTES

    def put_back(self, line: bytes) -> None:
        """Make ``line`` the next one once more."""
        self.line_number -= 1
        self._waiting.append(line)

    def is_at_end(self) -> bool:
        """Tell whether only empty lines follow."""
        read = []
        for line in self:
            read.append(line)
            if line:
                break
        for line in reversed(read):
            self.put_back(line)
        return not any(read)

    def _refuse_long(self, line: bytes) -> NoReturn:
        if len(line) > LONGEST_LINE:
            self.fail(f"a line of more than {LONGEST_LINE:,} bytes: is it in ms's format?")
        most = f"{MOST_LINES:,} lines or {MOST_BYTES:,} bytes"
        if self.replicate:
            self.fail(f"has more than {most}, which is more than a window can have")
        self.fail(f"none of the first {most} begins with //, so it is not in ms's format")

    def fail(self, message: str) -> NoReturn:
        """Raise an error that says where the file is being read."""
        replicate = f"replicate {self.replicate}: " if self.replicate else ""
        raise CoalflowError(f"{self.path}:{max(self.line_number, 1)}: {replicate}{message}")


@contextlib.contextmanager
def _open_plain_or_gzipped(path: str | pathlib.Path) -> Iterator[IO[bytes]]:
    """Open a text file for reading bytes."""
    with open_input(path) as packed:
        zipped = packed.read(len(GZIP)) == GZIP
        packed.seek(0)
        raw = gzip.GzipFile(fileobj=packed) if zipped else packed
        file = io.BufferedReader(raw, BUFFER)  # type: ignore[type-var]
        with contextlib.suppress(EOFError, zlib.error, gzip.BadGzipFile):  # when lines are read
            if b"\0" in file.peek(1000)[:1000]:
                raise CoalflowError(
                    f"{path}: is not text, so it is not in ms's format. coalflow reads it plain or "
                    "gzipped; tree sequences are of format `trees`"
                )
        yield file


def _is_command(line: bytes, is_first: bool) -> bool:
    """Tell whether a line outside of blocks is a command: a program's name, then options.

    In the first line of a file it may have no option: so tskit writes it.
    """
    return not line[:1].isdigit() and (b" -" in line or (is_first and b" " in line))


# One block ----------------------------------------------------------------------------------------


def _read_block(
    lines: _Lines, haplotypes: int | None
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.float64]]:
    """Return the alleles and positions of a block whose ``//`` was just read."""
    sites = _read_number_of_sites(lines)
    if not sites:
        return np.zeros((0, haplotypes or 0), np.uint8), np.zeros(0)
    positions = _read_positions(lines, sites)
    return _read_alleles(lines, haplotypes, sites), positions


def _read_number_of_sites(lines: _Lines) -> int:
    for line in lines:
        if line.startswith(b"segsites:"):
            words = line.split()
            if len(words) > 1 and words[1].isdigit() and len(words[1]) <= MOST_DIGITS:
                return int(words[1])
            _refuse_broken(lines, f"{_show(line)} does not say how many sites there are")
        if line.startswith(b"//"):
            lines.fail(f"this // follows one that had no segsites line: {REWRITE}")
    return lines.fail(f"ends before its segsites line. {CUT_OFF}")


def _read_positions(lines: _Lines, sites: int) -> npt.NDArray[np.float64]:
    """Return the positions of a block, shape (sites,)."""
    line = next((line for line in lines if line), b"")
    if lines.is_at_end():
        lines.fail(f"ends before its haplotypes. {CUT_OFF}")
    if not line.startswith(b"positions:"):
        lines.fail(f"has {_show(line)} where its positions should be: {REWRITE}")
    words = line.split()[1:]
    if len(words) != sites:
        lines.fail(f"has {len(words)} positions, but segsites is {sites}: {REWRITE}")
    try:
        # Python takes 0.1_5 for a number.
        positions = np.array([math.nan if b"_" in word else float(word) for word in words])
    except ValueError:
        positions = np.array([math.nan])
    if np.isnan(positions).any():
        lines.fail(f"has a position that is not a number: {REWRITE}")
    if ((positions < 0) | (positions > 1)).any():
        lines.fail("has a position outside 0 to 1: divide positions by the window's length")
    if (np.diff(positions) < 0).any():
        lines.fail("its positions are not in ascending order: sort its sites")
    return positions


def _read_alleles(lines: _Lines, haplotypes: int | None, sites: int) -> npt.NDArray[np.uint8]:
    """Return the alleles of a block, shape (sites, haplotypes)."""
    rows: list[bytes] = []
    for line in _read_haplotypes(lines):
        rows.append(line)
        if len(line) != sites:
            message = f"haplotype {len(rows)} has {len(line)} alleles, but segsites is {sites}"
            _refuse_broken(lines, message)
        if len(rows) == haplotypes:
            break
    haplotypes = haplotypes or max(len(rows), 1)
    if len(rows) < haplotypes:
        _refuse_too_few(lines, len(rows), haplotypes)
    more = sum(1 for _ in _read_haplotypes(lines))
    if more:
        _refuse_other_haplotypes(lines, haplotypes + more, haplotypes)
    alleles = np.frombuffer(b"".join(rows), np.uint8).reshape(haplotypes, sites) - ZERO
    if alleles.max() > 1:
        row, site = np.argwhere(alleles > 1)[0]
        lines.line_number -= haplotypes - 1 - int(row)
        character = chr(rows[row][site])
        lines.fail(f"has {character!r} at site {site + 1}, but alleles can only be 0 or 1")
    return alleles.T


def _is_haplotype(line: bytes) -> bool:
    """Tell whether a line is a haplotype, even if some of its characters are wrong."""
    return line[:1] in (b"0", b"1") and b" " not in line and b"\t" not in line


def _read_haplotypes(lines: _Lines) -> Iterator[bytes]:
    """Yield the lines that are haplotypes, up to the first that is not."""
    for line in lines:
        if not _is_haplotype(line):
            lines.put_back(line)
            return
        yield line


def _refuse_broken(lines: _Lines, message: str) -> NoReturn:
    """Raise an error about the last line that was read; at the end the file was cut off."""
    lines.fail(f"{message}. {CUT_OFF if lines.is_at_end() else REWRITE.capitalize()}")


def _refuse_too_few(lines: _Lines, found: int, haplotypes: int) -> NoReturn:
    if not lines.is_at_end():
        line = next(lines)
        if line and not line.startswith(b"//"):
            lines.fail(f"has {_show(line)} where haplotype {found + 1} should be")
        _refuse_other_haplotypes(lines, found, haplotypes)
    message = f"ends after {found} of the {haplotypes} haplotypes that {lines.expected}"
    is_first = lines.replicate == 1 and lines.expected == CONFIG
    doubt = " Or is simulation.samples too large?" if is_first else ""
    lines.fail(f"{message}. {CUT_OFF}.{doubt}")


def _refuse_other_haplotypes(lines: _Lines, found: int, haplotypes: int) -> NoReturn:
    message = f"has {found} haplotypes, but {lines.expected} {haplotypes}"
    fix = "change samples or ploidy, or the simulations" if lines.expected == CONFIG else REWRITE
    lines.fail(f"{message}: {fix}")


def _show(line: bytes) -> str:
    text = line.decode(errors="replace")
    return repr(text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}...")
