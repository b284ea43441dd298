"""Zips of models: files by their names, none compressed, the same bytes for the same files."""

from __future__ import annotations

import pathlib
import re
import zipfile
from collections.abc import Iterator, Mapping
from typing import IO

from coalflow.config.genomes.model_files import ANCESTRY_FILE
from coalflow.core.files import replace_atomically
from coalflow.core.input_files import open_input
from coalflow.models.card_files import CARD_FILE
from coalflow.models.storage.files import FILES

DESCRIPTION_FILE = "description.json"
TEXT_FILE = "card.md"
# What a model may have as a whole: a net with all restarts, or a baseline.
EXTRA_FILES = ("calibration.json", "reference.npz", ANCESTRY_FILE)
RESTART = re.compile("0|[1-9][0-9]{0,2}")
# In brackets is what of it a text is.
MEMBER = re.compile(
    rf"((?:(?:{RESTART.pattern})/)?{re.escape(CARD_FILE)}|{DESCRIPTION_FILE}|{TEXT_FILE})"
    rf"|(?:(?:{RESTART.pattern})/)?(?:{'|'.join(map(re.escape, FILES.values()))})"
    rf"|{'|'.join(map(re.escape, EXTRA_FILES))}"
)
# A card and weights of each of 1000 restarts, a description, a text and what else a model may have.
MOST_MEMBERS = 2005
MOST_BYTES = 2_000_000_000
MOST_BYTES_OF_TEXT = 20_000_000
OLDEST = (1980, 1, 1, 0, 0, 0)  # the time of all members: zips have none before it
READABLE = 0o100644 << 16  # the rights of all members, where Unix has them
UNIX = 3


def write_zip(path: pathlib.Path, files: Mapping[str, bytes]) -> None:
    """Write the files of a model as a zip.

    Parameters
    ----------
    path : Path
    files : mapping of str to bytes
        The content of each by its name.

    Raises
    ------
    CoalflowError
        If the disk is full, or cannot be written.
    """
    with replace_atomically(path) as temporary, zipfile.ZipFile(temporary, "w") as archive:
        for name in sorted(files):
            member = zipfile.ZipInfo(name, OLDEST)
            member.create_system, member.external_attr = UNIX, READABLE
            archive.writestr(member, files[name])


def read_zip(path: pathlib.Path) -> dict[str, bytes]:
    """Return the files of a model by their names.

    Nothing is unpacked to the disk, and nothing is read that no model has.

    Parameters
    ----------
    path : Path

    Raises
    ------
    UnreadableFile
        If it is not a file that can be opened.
    ValueError
        If it is not a zip of a model, with the reason in a few words.
    """
    with open_input(path) as file:
        try:
            return dict(_read_members(file))
        # All that zips of other kinds, and damaged ones, make zipfile raise.
        except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError) as error:
            raise ValueError(f"it is not a zip that can be read: {error}") from None


def _read_members(file: IO[bytes]) -> Iterator[tuple[str, bytes]]:
    size = file.seek(0, 2)
    if size > MOST_BYTES:
        raise ValueError(f"it has {size:,} bytes, and a model at most {MOST_BYTES:,}")
    with zipfile.ZipFile(file) as archive:
        members = archive.infolist()
        if len({member.filename for member in members}) < len(members):
            raise ValueError("it has a file twice")
        if len(members) > MOST_MEMBERS:
            raise ValueError(f"it has {len(members):,} files, and a model at most {MOST_MEMBERS:,}")
        for member in members:
            _refuse_foreign(member)
        # Of files that are not compressed, this is so where they overlap.
        if sum(member.file_size for member in members) > size:
            raise ValueError("its files are larger than itself")
        for member in members:
            yield member.filename, archive.read(member)


def _refuse_foreign(member: zipfile.ZipInfo) -> None:
    """Raise ValueError if a member of a zip is one that no model has."""
    shown, kind = repr(member.filename[:100]), MEMBER.fullmatch(member.filename)
    if kind is None:
        raise ValueError(f"it has a file {shown}, which no model has")
    if member.compress_type != zipfile.ZIP_STORED or member.file_size != member.compress_size:
        raise ValueError(f"its file {shown} is compressed")
    if member.flag_bits & 1:
        raise ValueError(f"its file {shown} is encrypted")
    if kind[1] is not None and member.file_size > MOST_BYTES_OF_TEXT:
        raise ValueError(f"its file {shown} has {member.file_size:,} bytes")
