"""The bytes of VCF and BCF files, unpacked and checked: plain, in BGZF, or in another gzip file."""

import contextlib
import os
import pathlib
import zlib
from collections.abc import Iterator
from typing import IO

from coalflow.core.errors import CoalflowError
from coalflow.core.input_files import GZIP, open_input

#: The empty block that BGZF files close with.
BGZF_END = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")
PIECE = 1 << 20  # bytes that are read at a time
_FEWEST = 1 << 19  # bytes of a piece that is yielded: few, so that it stays in a processor's cache
_HEAD, _TAIL = 18, 8  # bytes of a block of BGZF, before and after what is packed
_WITH_GZIP = 31  # for zlib: a gzip file, whose checksums it compares


class PackedBytes:
    """The bytes of a file, unpacked.

    Parameters
    ----------
    path : path

    Attributes
    ----------
    is_bgzf : bool
        Whether it consists of blocks that can be unpacked from anywhere.

    Raises
    ------
    CoalflowError
        If the file is missing, or a file in BGZF is cut off.
    """

    def __init__(self, path: str | pathlib.Path) -> None:
        self._path = path
        with open_input(path) as file:
            start = file.read(_HEAD)
            self._is_packed = start.startswith(GZIP)
            self.is_bgzf = self._is_packed and start[12:14] == b"BC"
            if self.is_bgzf:
                file.seek(0, os.SEEK_END)
                file.seek(-min(len(BGZF_END), file.tell()), os.SEEK_END)
                if file.read() != BGZF_END:
                    raise self._describe_cut()

    def iterate_pieces(self, offset: int = 0, end: int | None = None) -> Iterator[bytes]:
        """Yield consecutive pieces of about a megabyte.

        Parameters
        ----------
        offset : int
            Where they begin. In BGZF this is a virtual offset: that of a block in the file, shifted
            left by 16, and of a byte in it.
        end : int, optional
            The virtual offset where they end; None for the end of the file.

        Raises
        ------
        CoalflowError
            If the file is cut off or damaged.
        IndexError
            If a file in BGZF has no block at the offset, or no such byte in it.
        """
        with open_input(self._path) as file:
            if self.is_bgzf:
                yield from self._unpack_blocks(file, offset >> 16, offset & 0xFFFF, end)
            elif self._is_packed:
                yield from self._unpack_stream(file)
            else:
                while piece := file.read(PIECE):
                    yield piece

    def _unpack_blocks(
        self, file: IO[bytes], offset: int, skipped: int, end: int | None
    ) -> Iterator[bytes]:
        file.seek(offset)
        packed, start = file.read(PIECE), 0
        if not _has_head(packed, 0):
            raise IndexError(f"no block at {offset}")
        unpacked: list[bytes] = []
        number = 0
        while start < len(packed):
            size = int.from_bytes(packed[start + 16 : start + _HEAD], "little") + 1
            if start + max(size, _HEAD) > len(packed):
                packed, start = packed[start:] + file.read(PIECE), 0
                size = int.from_bytes(packed[start + 16 : start + _HEAD], "little") + 1
            if start + size > len(packed) or not _has_head(packed, start):
                raise self._describe_damage(offset)
            with self._refusing(offset):
                block = zlib.decompress(packed[start : start + size], _WITH_GZIP, 1 << 16)
            is_last = end is not None and offset >= end >> 16
            if is_last and end is not None:
                block = block[: end & 0xFFFF if offset == end >> 16 else 0]
            start += size
            offset += size
            if skipped > len(block):
                raise IndexError(f"no byte {skipped} in the block")
            if skipped:
                block, skipped = block[skipped:], 0
            unpacked.append(block)
            number += len(block)
            if is_last:
                break
            if number >= _FEWEST:
                yield b"".join(unpacked)
                unpacked, number = [], 0
            if start == len(packed):
                packed, start = file.read(PIECE), 0
        yield b"".join(unpacked)

    def _unpack_stream(self, file: IO[bytes]) -> Iterator[bytes]:
        unpacker = zlib.decompressobj(_WITH_GZIP)
        started = False
        while packed := file.read(PIECE):
            while packed:
                started = True
                with self._refusing(file.tell()):
                    piece = unpacker.decompress(packed, PIECE)
                if piece:
                    yield piece
                packed = unpacker.unconsumed_tail
                if unpacker.eof:  # another member may follow, or zeros that fill a tape
                    packed = unpacker.unused_data.lstrip(b"\0")
                    unpacker, started = zlib.decompressobj(_WITH_GZIP), False
        if started:
            raise self._describe_cut()

    @contextlib.contextmanager
    def _refusing(self, offset: int) -> Iterator[None]:
        try:
            yield
        except zlib.error:
            raise self._describe_damage(offset) from None

    def _describe_cut(self) -> CoalflowError:
        return CoalflowError(f"{self._path}: is cut off: copy or download it again")

    def _describe_damage(self, offset: int) -> CoalflowError:
        return CoalflowError(
            f"{self._path}: is damaged near byte {offset:,}: copy or download it again"
        )


def _has_head(packed: bytes, start: int) -> bool:
    """Return whether a block of BGZF begins somewhere."""
    return packed[start : start + 2] == GZIP and packed[start + 12 : start + 14] == b"BC"
