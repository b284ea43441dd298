"""Paths that are not regular files, and files that are empty or far too large."""

import functools
import os
import pathlib
import zlib

BOMB = 6 << 30  # bytes that come out of a file of 6 MB


def _make_nothing(path: pathlib.Path, _content: bytes) -> None:
    """Leave the file away."""


def _make_empty(path: pathlib.Path, _content: bytes) -> None:
    path.write_bytes(b"")


def _make_folder(path: pathlib.Path, _content: bytes) -> None:
    path.mkdir()


def _make_fifo(path: pathlib.Path, _content: bytes) -> None:
    os.mkfifo(path)


def _link_to_zeros(path: pathlib.Path, _content: bytes) -> None:
    path.symlink_to("/dev/zero")


def _link_to_nothing(path: pathlib.Path, _content: bytes) -> None:
    path.symlink_to("/dev/null")


def _link_to_itself(path: pathlib.Path, _content: bytes) -> None:
    path.symlink_to(path.name)


def _make_gzip_bomb(path: pathlib.Path, content: bytes) -> None:
    """Write the content, and then a line that never ends, gzipped."""
    with path.open("wb") as file:
        file.write(_pack(content))
        member = _pack_zeros()
        for _ in range(BOMB >> 26):
            file.write(member)


def _make_sparse(path: pathlib.Path, content: bytes) -> None:
    """Write the content, and then six gigabytes of zeros that take no disk."""
    path.write_bytes(content)
    os.truncate(path, BOMB)


@functools.cache
def _pack_zeros() -> bytes:
    return _pack(b"0" * (64 << 20))


def _pack(content: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return packer.compress(content) + packer.flush()


KINDS = {
    "is missing": _make_nothing,
    "is empty": _make_empty,
    "is a folder": _make_folder,
    "is a FIFO": _make_fifo,
    "is /dev/zero": _link_to_zeros,
    "is /dev/null": _link_to_nothing,
    "is a link to itself": _link_to_itself,
    "is a gzip bomb": _make_gzip_bomb,
    "has six gigabytes of zeros": _make_sparse,
}
LARGE = ("is a gzip bomb", "has six gigabytes of zeros", "is a zip bomb")
