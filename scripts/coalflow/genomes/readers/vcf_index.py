"""Indexes of VCF and BCF files: .tbi and .csi, as tabix and bcftools write them.

References
----------
The formats: https://samtools.github.io/hts-specs/tabix.pdf and CSIv1.pdf.
"""

from __future__ import annotations

import dataclasses
import pathlib
import struct
from collections.abc import Iterator, Mapping

import numpy as np
import numpy.typing as npt

from coalflow.core.errors import CoalflowError
from coalflow.genomes.readers.genome_file import Region
from coalflow.genomes.readers.vcf_bytes import PackedBytes
from coalflow.genomes.readers.vcf_header import decode_text

ENDINGS = (".csi", ".tbi")
_TBI, _CSI = b"TBI\1", b"CSI\1"
_TBI_SHIFT, _TBI_DEPTH = 14, 5
_NAMES = 24  # bytes of settings of tabix, in front of the names
_CHUNK = np.dtype([("start", "<u8"), ("end", "<u8")])


@dataclasses.dataclass(frozen=True)
class _Bins:
    """Where records of a contig are.

    Attributes
    ----------
    bins : ndarray of int64, shape (chunks,)
        The bin that each chunk belongs to.
    starts, ends : ndarray of int64, shape (chunks,)
        Virtual offsets.
    firsts : mapping of int to int
        The virtual offset of the first record that overlaps with a bin; of each stretch of the
        linear index in a .tbi.
    """

    bins: npt.NDArray[np.int64]
    starts: npt.NDArray[np.int64]
    ends: npt.NDArray[np.int64]
    firsts: Mapping[int, int]


class VcfIndex:
    """An index, which tells where in a file the records of a region are.

    Parameters
    ----------
    path : path
        The index.
    contigs : mapping of str to int
        The numbers that BCF has in place of contigs; an index of VCF has their names instead.

    Attributes
    ----------
    path : path
    names : list of str
        The contigs that it names.

    Raises
    ------
    CoalflowError
        If it is not an index, or damaged.
    """

    def __init__(self, path: pathlib.Path, contigs: Mapping[str, int]) -> None:
        self.path = path
        data = b"".join(PackedBytes(path).iterate_pieces())
        self._is_csi = data.startswith(_CSI)
        try:
            names, numbers = self._parse(data)
        except (struct.error, ValueError, IndexError):
            raise CoalflowError(
                f"{path}: is damaged, or not an index of a VCF or BCF file: index that again "
                "(bcftools index --force)"
            ) from None
        self.names = [decode_text(path, name) for name in names]
        places = {name: number for number, name in enumerate(self.names)} or contigs
        self._bins = {
            name: numbers[place] for name, place in places.items() if place < len(numbers)
        }

    @property
    def end(self) -> int:
        """The virtual offset behind the last record."""
        ends = (int(each.ends.max()) for each in self._bins.values() if len(each.ends))
        return max(ends, default=0)

    def iterate_starts(self) -> Iterator[tuple[str, int]]:
        """Yield the contigs that have records, and the virtual offset of the first one."""
        for name, each in self._bins.items():
            if len(each.starts):
                yield name, int(each.starts.min())

    def find(self, region: Region) -> tuple[int, int] | None:
        """Return virtual offsets between which all records of a region are; None without any."""
        found = self._bins.get(region.contig)
        if found is None or not len(found.bins):
            return None
        levels = np.array([self._first_of_level(level) for level in range(self._depth + 1)])
        level = np.searchsorted(levels, found.bins, side="right") - 1
        shifts = self._shift + 3 * (self._depth - level)
        start = (found.bins - levels[level]) << shifts
        least = self._find_least(found, region.start)
        inside = (start < region.end) & (start + (1 << shifts) > region.start)
        inside &= found.ends > least
        if not inside.any():
            return None
        return max(int(found.starts[inside].min()), least), int(found.ends[inside].max())

    def _find_least(self, found: _Bins, base: int) -> int:
        """Return the virtual offset of the first record that overlaps with what follows a base."""
        if not self._is_csi:
            stretch = min(base >> self._shift, len(found.firsts) - 1)
            return found.firsts.get(stretch, 0)
        number = self._first_of_level(self._depth) + (base >> self._shift)
        while number and number not in found.firsts:
            parent = (number - 1) >> 3
            number = number - 1 if number > (parent << 3) + 1 else parent
        return found.firsts.get(number, 0)

    @staticmethod
    def _first_of_level(level: int) -> int:
        return ((1 << 3 * level) - 1) // 7

    # What is in the file ---------------------------------------------------------------------

    def _parse(self, data: bytes) -> tuple[list[bytes], list[_Bins]]:
        if self._is_csi:
            self._shift, self._depth, length = struct.unpack_from("<3i", data, 4)
            names = _split_names(data[16 + _NAMES + 4 : 16 + length])
            at = 16 + length
            (number,) = struct.unpack_from("<i", data, at)
            at += 4
        elif data.startswith(_TBI):
            self._shift, self._depth = _TBI_SHIFT, _TBI_DEPTH
            (number,) = struct.unpack_from("<i", data, 4)
            (length,) = struct.unpack_from("<i", data, 8 + _NAMES)
            at = 12 + _NAMES + length
            names = _split_names(data[12 + _NAMES : at])
        else:
            raise ValueError("neither .tbi nor .csi")
        if not 0 <= number <= len(data) or not 0 < self._depth < 20:
            raise ValueError("impossible numbers")
        contigs = []
        for _ in range(number):
            bins, at = self._parse_bins(data, at)
            contigs.append(bins)
        return names, contigs

    def _parse_bins(self, data: bytes, at: int) -> tuple[_Bins, int]:
        head = struct.Struct("<IQi" if self._is_csi else "<Ii")
        beyond = self._first_of_level(self._depth + 1)
        bins, numbers, chunks, firsts = [], [], [], {}
        (number,) = struct.unpack_from("<i", data, at)
        at += 4
        for _ in range(number):
            name, *first, length = head.unpack_from(data, at)
            at += head.size
            end = at + length * _CHUNK.itemsize
            if length < 0 or end > len(data):
                raise ValueError("cut off")
            if name < beyond:  # others hold counts
                bins.append(name)
                numbers.append(length)
                chunks.append(data[at:end])
                if first:
                    firsts[name] = first[0]
            at = end
        if not self._is_csi:
            (number,) = struct.unpack_from("<i", data, at)
            linear = np.frombuffer(data, "<u8", number, at + 4)
            firsts = dict(enumerate(linear.tolist()))
            at += 4 + 8 * number
        found = np.frombuffer(b"".join(chunks), _CHUNK)
        return (
            _Bins(
                np.repeat(np.array(bins, dtype=np.int64), numbers),
                found["start"].astype(np.int64),
                found["end"].astype(np.int64),
                firsts,
            ),
            at,
        )


def find_index(path: str | pathlib.Path) -> pathlib.Path | None:
    """Return the index that lies next to a file, the newest if there are two; None without one.

    Raises
    ------
    CoalflowError
        If it is older than the file.
    """
    found = [each for end in ENDINGS if (each := pathlib.Path(f"{path}{end}")).is_file()]
    if not found:
        return None
    newest = max(found, key=lambda each: each.stat().st_mtime)
    if newest.stat().st_mtime < pathlib.Path(path).stat().st_mtime:
        raise CoalflowError(
            f"{newest}: is older than {path}, so it may be that of another file: index again "
            f"(bcftools index --force{' --tbi' if newest.suffix == '.tbi' else ''} {path})"
        )
    return newest


def _split_names(text: bytes) -> list[bytes]:
    return text.rstrip(b"\0").split(b"\0") if text else []
