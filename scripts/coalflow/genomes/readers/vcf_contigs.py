"""Which contigs the records of a VCF are on, found by looking at few places of the file.

cyvcf2 crashes on a damaged record if it is the first one of a contig that the header does not
declare. So these contigs are declared before the records are read.
"""

import contextlib
import os
import pathlib
import zlib
from collections.abc import Iterator
from typing import IO

from coalflow.core.input_files import open_input

SEGMENT = 1 << 16  # bytes of the file, one of which is looked at at a time
BGZF_START = b"\x1f\x8b\x08\x04"
_HEAD = 18  # bytes of a block of BGZF, before what is packed
_WITH_GZIP = 31  # for zlib


def find_contigs(path: str | pathlib.Path, is_bgzipped: bool) -> list[str]:
    """Return the contigs of the records of a plain or bgzipped VCF, in order.

    All records of a contig are taken to be neighbours, as in a file that is sorted.

    Parameters
    ----------
    path : path
    is_bgzipped : bool
        Whether it is compressed with bgzip; otherwise it is plain text.
    """
    with open_input(path) as file:
        text = _Bgzipped(file) if is_bgzipped else _Plain(file)
        found = dict.fromkeys(_find_between(text, 0, text.segments))
        last = text.read_last_line()
    if last is not None:
        found[last.split(b"\t", 1)[0]] = None
    names = [name.decode(errors="replace") for name in found]
    return [name for name in names if name.isprintable() and name]


def read_last_locus(path: str | pathlib.Path) -> tuple[str, int] | None:
    """Return the contig and the position of the last record of a bgzipped VCF; None without any."""
    with open_input(path) as file:
        line = _Bgzipped(file).read_last_line()
    columns = [] if line is None else line.split(b"\t", 2)
    if len(columns) < 3 or not columns[1].isdigit():
        return None
    return columns[0].decode(errors="replace"), int(columns[1])


class _Plain:
    """Text, in segments of bytes."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._size = file.seek(0, os.SEEK_END)
        self.segments = max(1, -(-self._size // SEGMENT))

    def read(self, segment: int) -> bytes:
        """Return the text that begins in a segment."""
        self._file.seek(segment * SEGMENT)
        return self._file.read(SEGMENT)

    def read_last_line(self) -> bytes | None:
        """Return the last record; None without any."""
        text = b""
        for segment in range(self.segments - 1, -1, -1):
            text = self.read(segment) + text
            *before, last = text.rstrip(b"\n").rsplit(b"\n", 1)
            if before or segment == 0:
                return None if not last or last.startswith(b"#") else last
        return None


class _Bgzipped(_Plain):
    """Text in blocks of BGZF; a segment has those that begin in as many bytes of the file."""

    def read(self, segment: int) -> bytes:
        """Return the text that begins in a segment."""
        begin = segment * SEGMENT
        self._file.seek(begin)
        # A block has at most 64 KiB.
        packed = self._file.read(2 * SEGMENT + _HEAD)
        place = packed.find(BGZF_START)
        while 0 <= place < SEGMENT:
            unpacked = _unpack(packed, place, SEGMENT)
            if unpacked is not None:
                return unpacked
            place = packed.find(BGZF_START, place + 1)
        return b""


def _unpack(packed: bytes, place: int, most: int) -> bytes | None:
    """Return what blocks of BGZF hold that begin before ``most``; None if there is no block."""
    parts: list[bytes] = []
    while place < min(most, len(packed)) and packed.startswith(BGZF_START, place):
        size = int.from_bytes(packed[place + 16 : place + _HEAD], "little") + 1
        unpacked = None
        with contextlib.suppress(zlib.error):
            unpacked = zlib.decompress(packed[place : place + size], wbits=_WITH_GZIP)
        if unpacked is None:
            return b"".join(parts) if parts else None
        parts.append(unpacked)
        place += size
    return b"".join(parts) if parts else None


def _find_between(text: _Plain, first: int, last: int) -> Iterator[bytes]:
    """Yield the contigs of lines that begin in segments ``first`` to ``last`` - 1."""
    stack = [(first, last)]
    while stack:
        first, last = stack.pop()
        if last - first > 1 and _find_first(text, first) != _find_first(text, last):
            middle = (first + last) // 2
            stack += [(middle, last), (first, middle)]
            continue
        whole = last - first == 1
        yield from _list_contigs(_read_whole(text, first), whole, is_start=first == 0)


def _find_first(text: _Plain, segment: int) -> bytes | None:
    """Return the contig of the first record that begins in a segment, or later; None if none."""
    for each in range(segment, text.segments):
        for contig in _list_contigs(_read_whole(text, each), False, is_start=each == 0):
            return contig
    return None


def _read_whole(text: _Plain, segment: int) -> bytes:
    """Return the text of a segment, and what its last line needs for a whole first column."""
    lines = text.read(segment)
    for each in range(segment + 1, text.segments):
        if b"\t" in lines[lines.rfind(b"\n") + 1 :]:
            break
        lines += text.read(each)
    return lines


def _list_contigs(lines: bytes, whole: bool, is_start: bool) -> Iterator[bytes]:
    """Yield the contigs of the records that begin in a piece of text: all of them, or the first."""
    begin = 0 if is_start else lines.find(b"\n") + 1
    if not is_start and begin == 0:
        return
    last = None
    while begin < len(lines):
        end = lines.find(b"\t", begin)
        after = lines.find(b"\n", begin)
        if not lines.startswith(b"#", begin) and end >= 0 and (after < 0 or end < after):
            contig = lines[begin:end]
            if contig != last:
                yield contig
                last = contig
            if not whole:
                return
        if after < 0:
            return
        begin = after + 1
