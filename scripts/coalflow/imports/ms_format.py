"""Reads ms's format, in which ms, discoal, msms, scrm and others write (Hudson 2002).

A file has a command line, a line of seeds, and a block for each replicate:

    //
    segsites: 3
    positions: 0.0420 0.3071 0.3071
    010
    ...

After ``//`` may stand values (ms prints there what it took for ``tbs``), between it and
``segsites:`` trees or times, after the haplotypes what msms adds. A block without
sites ends with ``segsites: 0``, or with ``positions:`` and empty lines. Several
files may stand one after the other in one, each with its command line.

A file is read line by line, once, and never held whole.
"""

import contextlib
import dataclasses
import gzip
import io
import pathlib
import zlib

import numpy as np

from coalflow.core.errors import CoalflowError

GZIP = b"\x1f\x8b"
ZERO = ord("0")
BUFFER = 1 << 20  # bytes
LONGEST_SHOWN = 40  # characters of a file in a message


@dataclasses.dataclass(frozen=True)
class Block:
    """One replicate of a file.

    ``alleles`` is uint8 (sites, haplotypes), ``positions`` float64 (sites,) from 0 to 1,
    both in the order of the file. ``values`` are the words after ``//``, ``command`` is
    the last command line before it, "" if there is none; ``line`` is where it begins.
    """

    alleles: np.ndarray
    positions: np.ndarray
    values: list
    command: str
    line: int


def read_ms(path, haplotypes):
    """Yield the :class:`Block` of each replicate of a file, plain or gzipped.

    Raises CoalflowError, with the line and the replicate (counted from 1), where the
    file is cut off or damaged, is not in ms's format, or has other than ``haplotypes``.
    """
    with _opened(path) as file:
        lines = _Lines(path, file)
        command = ""
        for line in lines:
            if line.startswith(b"//"):
                lines.replicate += 1
                begins = lines.number
                values = line[2:].decode(errors="replace").split()
                yield Block(*_matrix(lines, haplotypes), values, command, begins)
            elif _is_command(line):
                command = line.decode(errors="replace")
        if not lines.replicate:
            lines.fail("no line begins with //, so it is no output of ms, discoal or msms")


class _Lines:
    """The lines of a file, without their ends, counted."""

    def __init__(self, path, file):
        self.path, self.number, self.replicate = path, 0, 0
        self._file, self._again = file, []

    def __iter__(self):
        return self

    def __next__(self):
        """Return the next line, or raise StopIteration at the end of the file."""
        self.number += 1
        if self._again:
            return self._again.pop()
        try:
            line = self._file.readline()
        except EOFError:
            self.fail("the gzip file ends before its end: copy or make it again")
        except (zlib.error, gzip.BadGzipFile) as error:
            self.fail(f"the gzip file is damaged ({error}): copy or make it again")
        if not line:
            self.number -= 1
            raise StopIteration
        return line.rstrip()

    def put_back(self, line):
        """Let ``line`` be the next one once more."""
        self.number -= 1
        self._again.append(line)

    def at_end(self):
        """Tell whether nothing but empty lines follows."""
        seen = []
        for line in self:
            seen.append(line)
            if line:
                break
        for line in reversed(seen):
            self.put_back(line)
        return not any(seen)

    def fail(self, message):
        """Raise CoalflowError that says where the file is being read."""
        replicate = f"replicate {self.replicate}: " if self.replicate else ""
        raise CoalflowError(f"{self.path}:{max(self.number, 1)}: {replicate}{message}")


@contextlib.contextmanager
def _opened(path):
    """Open a file of text, plain or gzipped, for reading bytes."""
    with pathlib.Path(path).open("rb", buffering=BUFFER) as file:
        start = file.peek(len(GZIP))
        zipped = start.startswith(GZIP)
        if not zipped and b"\0" in start[:1000]:
            raise CoalflowError(
                f"{path}: is no text, so it is not in ms's format. coalflow reads it plain or "
                "gzipped; tree sequences are of format `trees`"
            )
        yield io.BufferedReader(gzip.GzipFile(fileobj=file), BUFFER) if zipped else file


def _is_command(line):
    """Tell whether a line outside of blocks is a command: a program's name, then options."""
    return line[:1] not in b"01" and b" -" in line


# One block ----------------------------------------------------------------------------------------


def _matrix(lines, haplotypes):
    """Read a block behind its ``//``; return its alleles and positions."""
    sites = _number_of_sites(lines)
    if not sites:
        return np.zeros((0, haplotypes), np.uint8), np.zeros(0)
    positions = _positions(lines, sites)
    return _alleles(lines, haplotypes, sites), positions


def _number_of_sites(lines):
    for line in lines:
        if line.startswith(b"segsites:"):
            words = line.split()
            if len(words) > 1 and words[1].isdigit():
                return int(words[1])
            _refuse_broken(lines, f"{_shown(line)} does not say how many sites there are")
        if line.startswith(b"//"):
            lines.fail("this // follows one that had no segsites line: make the file again")
    return lines.fail(f"ends before its segsites line. {CUT_OFF}")


CUT_OFF = "The file was cut off: copy or make it again"


def _positions(lines, sites):
    """Return the positions of a block, float64 (sites,)."""
    line = next((line for line in lines if line), b"")
    if lines.at_end():
        lines.fail(f"ends before its haplotypes. {CUT_OFF}")
    if not line.startswith(b"positions:"):
        lines.fail(f"has {_shown(line)} where its positions should be: make the file again")
    words = line.split()[1:]
    try:
        positions = np.array(list(map(float, words)))
    except ValueError:
        lines.fail("has a position that is no number: make the file again")
    if len(words) != sites:
        lines.fail(f"has {len(words)} positions, but segsites is {sites}: make the file again")
    # Not `any(outside)`, which nan would pass.
    if not ((positions >= 0) & (positions <= 1)).all():
        lines.fail("has a position outside of 0 to 1: divide positions by the window's length")
    if (np.diff(positions) < 0).any():
        lines.fail("its positions are not in ascending order: sort its sites")
    return positions


def _alleles(lines, haplotypes, sites):
    """Return the alleles of a block, uint8 (sites, haplotypes)."""
    rows = []
    for line in _rows(lines):
        rows.append(line)
        if len(line) != sites:
            message = f"haplotype {len(rows)} has {len(line)} alleles, but segsites is {sites}"
            _refuse_broken(lines, message)
        if len(rows) == haplotypes:
            break
    if len(rows) < haplotypes:
        _refuse_too_few(lines, len(rows), haplotypes)
    more = sum(1 for _ in _rows(lines))
    if more:
        _refuse_number(lines, haplotypes + more, haplotypes)
    alleles = np.frombuffer(b"".join(rows), np.uint8).reshape(haplotypes, sites) - ZERO
    if alleles.max() > 1:
        row, site = np.argwhere(alleles > 1)[0]
        lines.number -= haplotypes - 1 - int(row)
        character = chr(rows[row][site])
        lines.fail(f"has {character!r} at site {site + 1}, but alleles are 0 and 1 alone")
    return alleles.T


def _is_row(line):
    """Tell whether a line is a haplotype; one with wrong characters among its alleles is one."""
    return line[:1] in (b"0", b"1") and b" " not in line and b"\t" not in line


def _rows(lines):
    """Yield the lines that are haplotypes, up to the first that is none."""
    for line in lines:
        if not _is_row(line):
            lines.put_back(line)
            return
        yield line


def _refuse_broken(lines, message):
    """Raise CoalflowError about the last line that was read; at the end the file was cut off."""
    lines.fail(f"{message}. {CUT_OFF if lines.at_end() else 'Make the file again'}")


def _refuse_too_few(lines, number, haplotypes):
    if not lines.at_end():
        found = next(lines)
        if found and not found.startswith(b"//"):
            lines.fail(f"has {_shown(found)} where haplotype {number + 1} should be")
        _refuse_number(lines, number, haplotypes)
    message = f"ends after {number} of the {haplotypes} haplotypes that simulation.samples makes"
    doubt = " Or is simulation.samples too large?" if lines.replicate == 1 else ""
    lines.fail(f"{message}. {CUT_OFF}.{doubt}")


def _refuse_number(lines, number, haplotypes):
    message = f"has {number} haplotypes, but simulation.samples makes {haplotypes}"
    lines.fail(f"{message}: change samples or ploidy, or the simulations")


def _shown(line):
    text = line.decode(errors="replace")
    return repr(text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}...")
