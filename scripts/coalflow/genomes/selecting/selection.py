"""Which contigs of a genome are read, and which stretches of them."""

from __future__ import annotations

import dataclasses
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from coalflow.config.schema.genomes import BROWSER_REGION, GenomeSelection
from coalflow.core.errors import CoalflowError
from coalflow.core.shown_names import shorten_name
from coalflow.genomes.readers.genome_file import GenomeFile, Region
from coalflow.genomes.selecting.name_lists import read_names, show_names, suggest_contig
from coalflow.windows.bed import count_columns, read_bed_lines
from coalflow.windows.masks import Mask, join_stretches, read_mask

Lengths: TypeAlias = Mapping[str, int | None]

END = 10**12  # beyond any base: the end of a contig whose length is not known
NEAR = 100_000  # bases between two stretches that are read in one go


@dataclasses.dataclass(frozen=True)
class Selection:
    """What of a genome is read.

    Attributes
    ----------
    kept : Mask, optional
        The stretches that are read; None for all.
    left_out : Mask, optional
        Those of them that are not.
    """

    kept: Mask | None = None
    left_out: Mask | None = None

    @property
    def is_whole(self) -> bool:
        """Whether all of the genome is read."""
        return self.kept is None and self.left_out is None

    def includes(self, contig: str) -> bool:
        """Return whether anything of a contig is read."""
        if self.kept is not None and contig not in self.kept.edges:
            return False
        return self.left_out is None or not _is_whole(self.left_out, contig)

    def covers(self, contig: str, bases: npt.ArrayLike) -> npt.NDArray[np.bool_]:
        """Return which bases of a contig, counted from 0, are read; bool (bases,)."""
        covered = np.ones(np.shape(bases), dtype=np.bool_)
        if self.kept is not None:
            covered &= self.kept.covers(contig, bases)
        if self.left_out is not None:
            covered &= ~self.left_out.covers(contig, bases)
        return covered

    def list_regions(self, region: Region) -> list[Region]:
        """Return what is to be read of a region: few stretches, which cover more than is kept.

        Those that are near each other are joined.
        """
        if not self.includes(region.contig):
            return []
        if self.kept is None:
            return [region]
        edges = np.clip(self.kept.edges[region.contig], region.start, region.end)
        starts, ends = edges[::2], edges[1::2]
        starts, ends = starts[starts < ends], ends[starts < ends]
        if not len(starts):
            return []
        far = np.flatnonzero(starts[1:] - ends[:-1] > NEAR)
        first, last = np.r_[0, far + 1], np.r_[far, len(starts) - 1]
        return [
            Region(region.contig, int(start), int(end))
            for start, end in zip(starts[first], ends[last], strict=True)
        ]


class _Stretch(NamedTuple):
    """A stretch that is written somewhere: in a key of the config, or in a line of a file."""

    where: str
    contig: str
    start: int = 0
    end: int = END


def make_selection(given: GenomeSelection, file: GenomeFile) -> Selection:
    """Return what of a file is read.

    Parameters
    ----------
    given : GenomeSelection
        As the config has it.
    file : GenomeFile

    Raises
    ------
    CoalflowError
        If a list cannot be read, names what the file does not have, or leaves nothing of it.
    """
    lengths = {contig.name: contig.length for contig in file.contigs}
    kept = left_out = None
    if given.contigs is not None:
        kept = _read_contigs(given.contigs, file.path, lengths)
    else:
        kept = read_regions(given, file.path, lengths)
    if given.exclude is not None:
        left_out = _read_regions("exclude", given.exclude, file.path, lengths)
    selection = Selection(kept, left_out)
    if lengths and not any(map(selection.includes, lengths)):
        raise CoalflowError(
            f"{file.path}: genomes.<name>.exclude lists all of its contigs that would be read: "
            "leave out some"
        )
    return selection


def read_regions(given: GenomeSelection, path: str, lengths: Lengths) -> Mask | None:
    """Return the stretches of a genome that are read; None where the config lists none.

    Parameters
    ----------
    given : GenomeSelection
        As the config has it.
    path : str
        The genome's file.
    lengths : mapping of str to int or None
        Those of the contigs that it names.

    Raises
    ------
    CoalflowError
        If the list cannot be read, or does not fit the file.
    """
    if given.regions is None:
        return None
    return _read_regions("regions", given.regions, path, lengths)


def parse_regions(
    texts: Sequence[str], where: str, path: str, lengths: Mapping[str, int]
) -> list[Region]:
    """Return stretches that are written as genome browsers do.

    Parameters
    ----------
    texts : sequence of str
        Such as ``2L:1001-2000``, or a whole contig.
    where : str
        The key of the config that has them.
    path : str
        The genome's file.
    lengths : mapping of str to int
        Those of its contigs.

    Raises
    ------
    CoalflowError
        If one is not such a stretch, or does not fit the file.

    Examples
    --------
    >>> parse_regions(["2L:1,001-2,000"], "show_regions", "mine.vcf", {"2L": 5000})
    [Region(contig='2L', start=1000, end=2000)]
    """
    stretches = [_parse_region(text, where, lengths) for text in texts]
    _refuse_unknown(stretches, path, lengths)
    _refuse_beyond(stretches, path, lengths)
    return [
        Region(each.contig, each.start, min(each.end, lengths[each.contig])) for each in stretches
    ]


def refuse_missing(selection: Selection, found: Iterable[str], path: str) -> None:
    """Refuse a file that was read to its end without a contig that is to be read.

    Of a file that does not name its contigs ahead of its records, this is known only then.

    Parameters
    ----------
    selection : Selection
    found : iterable of str
        The contigs that it has.
    path : str
        The file.

    Raises
    ------
    CoalflowError
        The message shows the names of both.
    """
    lengths: Lengths = dict.fromkeys(found)
    if lengths and selection.kept is not None:
        _refuse_unknown(
            (_Stretch(selection.kept.path, contig) for contig in selection.kept.edges),
            path,
            lengths,
        )


def _read_contigs(given: str | Sequence[str], path: str, lengths: Lengths) -> Mask:
    """Return whole contigs that are named in the config or in a file."""
    if isinstance(given, str):
        stretches = list(_list_named(given))
    else:
        given, names = "genomes.<name>.contigs", given
        stretches = [_Stretch(given, name) for name in names]
    _refuse_unknown(stretches, path, lengths)
    return _join(given, stretches)


def _read_regions(key: str, given: str | Sequence[str], path: str, lengths: Lengths) -> Mask:
    """Return stretches that are written as genome browsers do, or in a file."""
    if not isinstance(given, str):
        where = f"genomes.<name>.{key}"
        stretches = [_parse_region(text, where, lengths) for text in given]
        _refuse_unknown(stretches, path, lengths)
        _refuse_beyond(stretches, path, lengths)
        return _join(where, stretches)
    if count_columns(given) < 2:
        stretches = list(_list_named(given))
        _refuse_unknown(stretches, path, lengths)
        return _join(given, stretches)
    mask = read_mask(given)
    known = [contig for contig in mask.edges if contig in lengths]
    # What is excluded may be that of a whole genome, where the file has one contig.
    if lengths and (not known or (key == "regions" and len(known) < len(mask.edges))):
        _refuse_unknown(_list_lines(given), path, lengths)
    if any(mask.edges[contig][-1] > (lengths[contig] or END) for contig in known):
        _refuse_beyond(_list_lines(given), path, lengths)
    return mask


def _list_named(path: str) -> Iterator[_Stretch]:
    """Yield the contigs that a file names."""
    for name, line in read_names(path, "contigs").items():
        yield _Stretch(f"{path}:{line}", name)


def _list_lines(path: str) -> Iterator[_Stretch]:
    """Yield the stretches of a BED file."""
    for line in read_bed_lines(path):
        yield _Stretch(f"{path}:{line.number}", line.contig, line.start, line.end)


def _parse_region(text: str, where: str, lengths: Lengths) -> _Stretch:
    """Return a stretch as genome browsers write it: from 1, the end included."""
    if text in lengths or ":" not in text:
        return _Stretch(where, text)
    found = BROWSER_REGION.fullmatch(text)
    if not found:
        raise CoalflowError(
            f"{where}: {text!r} is neither a contig of the file nor a region: write the contig, "
            "the first base and the last, such as 2L:1000001-2000000"
        )
    first, last = (int(bases.replace(",", "")) for bases in found.groups()[1:])
    if not 1 <= first <= last:
        raise CoalflowError(
            f"{where}: {text!r} goes from base {first:,} to {last:,}, but bases are counted from "
            "1, and the last is not before the first"
        )
    return _Stretch(where, found[1], first - 1, last)


def _refuse_unknown(stretches: Iterable[_Stretch], path: str, lengths: Lengths) -> None:
    """Refuse contigs that a file does not have, if it says which it has."""
    unknown = {each.contig: each for each in stretches if lengths and each.contig not in lengths}
    if not unknown:
        return
    first = next(iter(unknown.values()))
    more = f" and {len(unknown) - 1:,} more" if len(unknown) > 1 else ""
    raise CoalflowError(
        f"{first.where}: names contig {shorten_name(first.contig)}{more}, but the contigs of "
        f"{path} are {show_names(lengths)}{suggest_contig(first.contig, lengths)}"
    )


def _refuse_beyond(stretches: Iterable[_Stretch], path: str, lengths: Lengths) -> None:
    """Refuse stretches that end beyond their contigs."""
    for each in stretches:
        length = lengths.get(each.contig)
        if length is not None and each.end != END and each.end > length:
            raise CoalflowError(
                f"{each.where}: ends at base {each.end:,} of contig {shorten_name(each.contig)}, "
                f"which has {length:,} in {path}: correct it, if both are of the same assembly"
            )


def _join(path: str, stretches: Iterable[_Stretch]) -> Mask:
    """Return stretches in place of the mask in a BED file."""
    edges: dict[str, array[int]] = {}
    for each in stretches:
        edges.setdefault(each.contig, array("q")).extend((each.start, each.end))
    return Mask(path, {contig: join_stretches(listed) for contig, listed in edges.items()})


def _is_whole(mask: Mask, contig: str) -> bool:
    """Return whether all of a contig is within a mask."""
    return contig in mask.edges and tuple(mask.edges[contig]) == (0, END)
