"""Files that users name, as far as they are text of a bounded size; all others are refused.

A pipe or a device may have no end, a few kilobytes of gzip can unpack to terabytes, and a folder or
an alignment may be named by mistake. Each ends with a message that names the file.
"""

import gzip
import math
import os
import stat
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from coalflow.core.errors import CoalflowError

#: Bytes of a file that is read whole, and of one that is read line by line, after unpacking.
MOST_BYTES = 10_000_000
MOST_BYTES_OF_LINES = 20_000_000_000
LONGEST_LINE = 10_000_000  # bytes
GZIP = b"\x1f\x8b"
UTF8_MARK = b"\xef\xbb\xbf"
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
# What a path can lead to that is not a file.
OTHERS = {
    stat.S_IFDIR: "is a folder, not a file",
    stat.S_IFIFO: "is a pipe, not a file: write what comes out of it to a file, and name that",
    stat.S_IFCHR: "is a device, not a file",
    stat.S_IFBLK: "is a device, not a file",
}
# What a sentence that begins with a verb begins with instead.
SUBJECTS = {"is": "that ", "cannot": "it "}


class UnreadableFile(CoalflowError):
    """A file that cannot be read as what it should be.

    Parameters
    ----------
    path : str or Path
    problem : str
        Why, to follow the name of the file.
    """

    def __init__(self, path: str | Path, problem: str) -> None:
        super().__init__(f"{path}: {problem}")
        self.path, self.problem = path, problem


def open_input(path: str | Path) -> IO[bytes]:
    """Open a file for reading bytes, as they are.

    Raises
    ------
    UnreadableFile
        If there is no such file, or it is a folder, a pipe or a device.
    """
    try:
        # Opening a pipe to which nobody writes would wait.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        raise UnreadableFile(path, f"there is no such file{_where(path)}") from None
    except ValueError:  # a character that no file's name can have
        raise UnreadableFile(path, "there is no such file") from None
    except OSError as error:
        raise UnreadableFile(path, f"cannot be read ({error.strerror})") from None
    problem = OTHERS.get(stat.S_IFMT(os.fstat(descriptor).st_mode))
    if problem:
        os.close(descriptor)
        raise UnreadableFile(path, problem)
    return open(descriptor, "rb")


def describe_unusable(path: str | Path) -> str | None:
    """Return why a file cannot be opened, to follow what was written of it; None if it can.

    Parameters
    ----------
    path : str or Path

    Examples
    --------
    >>> describe_unusable("/dev/null")
    'that is a device, not a file'
    """
    try:
        open_input(path).close()
    except UnreadableFile as error:
        first = error.problem.split()[0]
        return f"{SUBJECTS.get(first, '')}{error.problem}"
    return None


def read_small_text(path: str | Path, what: str, most_bytes: int = MOST_BYTES) -> str:
    """Return the text of a file that is read whole; one that is gzipped is unpacked.

    Parameters
    ----------
    path : str or Path
    what : str
        What it should be, such as ``"a demes file"``.
    most_bytes : int
        The size, after unpacking, beyond which it is refused.

    Raises
    ------
    UnreadableFile
        If there is no such file, it is not a file, too large, or not text in UTF-8.
    """
    return "".join(_read_lines(path, what, most_bytes, most_bytes))


def read_lines(path: str | Path, what: str, most_bytes: int = MOST_BYTES_OF_LINES) -> Iterator[str]:
    r"""Yield the lines of a file with their ends (\n or \r\n); one that is gzipped is unpacked.

    Parameters
    ----------
    path : str or Path
    what : str
        What it should be, such as ``"a mask in BED format"``.
    most_bytes : int
        The size, after unpacking, beyond which it is refused.

    Raises
    ------
    UnreadableFile
        If there is no such file, it is not a file, too large, or not text in UTF-8, when this is
        found.
    """
    return _read_lines(path, what, most_bytes, LONGEST_LINE)


def _read_lines(path: str | Path, what: str, most: int, longest: int) -> Iterator[str]:
    start = number = 0
    with open_input(path) as packed:
        file = _unpack(packed)
        try:
            while line := file.readline(min(longest, most - start) + 1):
                number += 1
                if start + len(line) > most:
                    raise UnreadableFile(path, _too_large(packed, what, most))
                if len(line) > longest:
                    problem = f"line {number} has more than {longest:,} bytes"
                    raise UnreadableFile(path, f"{problem}, so it is not {what}")
                yield _decode(path, line, number, start, what)
                start += len(line)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            problem = f"the gzip file is damaged after line {number} ({error})"
            raise UnreadableFile(path, f"{problem}: copy or download it again") from None
        except OSError as error:
            raise UnreadableFile(path, f"cannot be read ({error.strerror})") from None


def _unpack(file: IO[bytes]) -> IO[bytes] | gzip.GzipFile:
    """Return the unpacked bytes of a file that may be gzipped."""
    zipped = file.read(len(GZIP)) == GZIP
    file.seek(0)
    return gzip.GzipFile(fileobj=file) if zipped else file


def _too_large(file: IO[bytes], what: str, most: int) -> str:
    size = os.fstat(file.fileno()).st_size
    found = f"has {size:,} bytes" if size > most else f"has more than {most:,} bytes, unpacked"
    return f"{found}, but {what} can have {most:,}: is it the right file?"


def _decode(path: str | Path, line: bytes, number: int, start: int, what: str) -> str:
    """Return the text of a line that begins at a byte of the unpacked file."""
    if number == 1:
        if line.startswith(UTF16_MARKS):
            raise UnreadableFile(path, "is in UTF-16: save it as UTF-8")
        line = line.removeprefix(UTF8_MARK)
    if b"\0" in line:
        raise UnreadableFile(path, f"line {number} has a zero byte, so it is not {what}")
    try:
        return line.decode()
    except UnicodeDecodeError as error:
        byte = f"byte {start + error.start:,} (0x{line[error.start]:02x}, in line {number})"
        problem = f"{byte} is not UTF-8: save the file as UTF-8"
        raise UnreadableFile(path, problem) from None


def _where(path: str | Path) -> str:
    return "" if Path(path).is_absolute() else f" (relative to {Path.cwd()})"


# Numbers --------------------------------------------------------------------------------------


def read_number(value: object, name: str) -> float:
    """Return a value of a file as a number.

    Parameters
    ----------
    value : object
        As it was read: text, a number, or None where a table has a cell too few.
    name : str
        What it is and where, for the message.

    Raises
    ------
    CoalflowError
        If it is not a finite number.

    Examples
    --------
    >>> read_number("1e-8", "t.tsv:2: s")
    1e-08
    >>> read_number("strong", "t.tsv:2: s")
    Traceback (most recent call last):
    coalflow.core.errors.CoalflowError: t.tsv:2: s is 'strong', but must be a number: correct it
    """
    try:
        # Python takes 1_000 for a number, and the digits of other scripts.
        if isinstance(value, str) and ("_" in value or not value.isascii()):
            raise ValueError
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        raise CoalflowError(f"{name} is {value!r}, but must be a number: correct it") from None
    if not math.isfinite(number):
        raise CoalflowError(f"{name} is {value!r}, but must be a finite number: correct it")
    return number
