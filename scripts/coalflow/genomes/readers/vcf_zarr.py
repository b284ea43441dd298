"""VCF Zarr: stores as vcf2zarr of bio2zarr writes them, folders or zip files.

References
----------
Czech et al. 2025, doi.org/10.1093/gigascience/giaf049
"""

import dataclasses
import math
import pathlib
import re
from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np

from coalflow.core.errors import CoalflowError
from coalflow.genomes.genotypes.sites import RecordBlock
from coalflow.genomes.readers.block_edges import cut_into_blocks, limit_records
from coalflow.genomes.readers.genome_file import MOST_RECORDS, FileContig, GenomeFile, Region
from coalflow.genomes.readers.zarr_stores.loci import LociReader
from coalflow.genomes.readers.zarr_stores.rows import (
    BlockMaker,
    IndividualColumns,
    Rows,
    count_alternatives,
    is_damaged,
)
from coalflow.genomes.readers.zarr_stores.store import ZarrArray, ZarrStore

VERSIONS = ("0.2", "0.3", "0.4", "0.5")  # which have the arrays that are read
WHOLE_NUMBERS, TEXTS, TRUTHS = "iu", "TUO", "b"
FIXED = ("contig", "position", "length", "id", "allele", "quality", "filter")
PHASE_SETS = ("call_PS", "call_PSL")
# Zarr 3 leaves out chunks in which all is 0, so that all carry the reference. It is taken for lost
# where that is less probable than this, and that many of its records have alternatives.
IMPROBABLE, FEWEST_ALTERNATIVES = 1e-6, 100
WRITES_ALL_CHUNKS = re.compile(r"bio2zarr-0\.(0\.|1\.[0-6]\b)")  # by Zarr 2


@dataclasses.dataclass(frozen=True)
class _Arrays:
    """The arrays of a store, as far as it has them."""

    positions: ZarrArray
    contigs: ZarrArray
    alleles: ZarrArray
    genotypes: ZarrArray
    phased: ZarrArray | None
    phase_sets: ZarrArray | None
    filters: ZarrArray | None
    mask: ZarrArray | None  # of missing genotypes


class VcfZarrFile(GenomeFile):
    """A VCF Zarr store.

    Chunks are read one row at a time, and of these only those with the individuals that are wanted.

    Parameters
    ----------
    path : path
        A folder, or a zip file of one.

    Raises
    ------
    CoalflowError
        If it is not VCF Zarr of a version that is read, not whole, or without genotypes.
    """

    format = "VCF Zarr"

    def __init__(self, path: str | pathlib.Path) -> None:
        self._store = ZarrStore(path)
        self.path = self._store.path
        _refuse_others(self._store)
        self.individuals = self._read_names("sample_id")
        self._filters = self._read_names("filter_id", is_needed=False)
        names = self._read_names("contig_id")
        lengths = self._open("contig_length", WHOLE_NUMBERS, 1)
        numbers = [0] * len(names) if lengths is None else lengths.load().tolist()
        if len(numbers) != len(names):
            self._refuse_lengths("contig_length", len(numbers), "contig_id", len(names))
        self.contigs = [
            FileContig(name, length if length > 0 else None)
            for name, length in zip(names, numbers, strict=True)
        ]
        self.can_seek = True
        self._arrays = arrays = self._open_arrays()
        height = arrays.genotypes.chunks[0]
        self._loci = LociReader(self._store, names, arrays.contigs, arrays.positions, height)
        self._loaded: tuple[tuple[object, ...], Rows] | None = None

    def _open(self, name: str, kinds: str, *dimensions: int) -> ZarrArray | None:
        return self._store.open_array(name, kinds, *dimensions)

    def _need(self, name: str, kinds: str, *dimensions: int) -> ZarrArray:
        array = self._open(name, kinds, *dimensions)
        if array is None:
            self._store.refuse(f"has no array {name}, so it is not a whole VCF Zarr store")
        return array

    def _read_names(self, name: str, is_needed: bool = True) -> list[str]:
        array = self._need(name, TEXTS, 1) if is_needed else self._open(name, TEXTS, 1)
        if array is None:
            return []
        array.refuse_incomplete()
        names: list[str] = array.load().tolist()
        twice = [each for each, count in Counter(names).items() if count > 1]
        if twice:
            self._store.refuse(f"{name} has {twice[0]!r} twice", "rename one, and convert it again")
        return names

    def _refuse_lengths(self, one: str, length: int, other: str, expected: int) -> None:
        self._store.refuse(
            f"its arrays do not fit: {other} is of {expected:,}, and {one} of {length:,}"
        )

    def _open_arrays(self) -> _Arrays:
        """Open the arrays that have a row for each record, and compare their shapes."""
        genotypes = self._open("call_genotype", WHOLE_NUMBERS, 3)
        if genotypes is None:
            calls = [name for name in self._store.list_folders() if name.startswith("call_")]
            self._store.refuse(
                f"has no genotypes (call_genotype), only {', '.join(calls) or 'records'}",
                "convert a VCF with GT, or plink files",
            )
        arrays = _Arrays(
            self._need("variant_position", WHOLE_NUMBERS, 1),
            self._need("variant_contig", WHOLE_NUMBERS, 1),
            self._need("variant_allele", TEXTS, 2),
            genotypes,
            self._open("call_genotype_phased", TRUTHS, 2),
            next(filter(None, (self._open(each, "iuTUO", 2, 3) for each in PHASE_SETS)), None),
            self._open("variant_filter", TRUTHS, 2),
            self._open("call_genotype_mask", TRUTHS, 3),
        )
        records = len(arrays.positions)
        for field in dataclasses.fields(arrays):
            array: ZarrArray | None = getattr(arrays, field.name)
            if array is None:
                continue
            if len(array) != records:
                self._refuse_lengths(array.name, len(array), "variant_position", records)
            if array.name.startswith("call_") and array.shape[1] != len(self.individuals):
                self._refuse_lengths(array.name, array.shape[1], "sample_id", len(self.individuals))
        if arrays.filters is not None and arrays.filters.shape[1] != len(self._filters):
            self._refuse_lengths(
                "variant_filter", arrays.filters.shape[1], "filter_id", len(self._filters)
            )
        arrays.positions.refuse_incomplete()
        arrays.alleles.refuse_incomplete()
        if WRITES_ALL_CHUNKS.match(str(self._store.attributes.get("source"))):
            arrays.genotypes.refuse_incomplete()
            arrays.contigs.refuse_incomplete()
        if not self.individuals:
            raise CoalflowError(
                f"{self.path}: has no samples: a scan needs the genotypes of individuals"
            )
        return arrays

    # Records -----------------------------------------------------------------------------------

    def read_blocks(
        self,
        individuals: Sequence[str],
        ancestral: str | None = None,
        region: Region | None = None,
        most_records: int = MOST_RECORDS,
    ) -> Iterator[RecordBlock]:
        """Yield records in blocks; see :class:`GenomeFile`."""
        indices = {name: index for index, name in enumerate(self.individuals)}
        columns = IndividualColumns(np.array([indices[name] for name in individuals], np.int64))
        field = self._open_ancestral(ancestral)
        maker = BlockMaker([each.name for each in self.contigs], self._filters)
        most = limit_records(most_records, len(individuals))
        pending: Rows | None = None
        for chunk, inside in self._loci.iterate_chunks(region):
            # Contigs may be so short that a row of chunks has many.
            key = (chunk, *individuals, ancestral)
            if self._loaded is None or self._loaded[0] != key:
                self._loaded = (key, self._load_rows(chunk, columns, field))
            rows = self._loaded[1].take(inside)
            rows = rows if pending is None else pending.join(rows)
            cuts = [*cut_into_blocks(rows.positions, rows.contigs, most)]
            # The records of the last position may continue in the next chunk.
            for cut in cuts[:-1]:
                yield maker.form_block(rows.take(cut))
            pending = rows.take(cuts[-1])
        if pending is not None:
            yield maker.form_block(pending)

    def _open_ancestral(self, ancestral: str | None) -> ZarrArray | None:
        """Open the array of an INFO field with text; None if there is none."""
        if ancestral in (None, "REF", *FIXED):
            return None
        name = f"variant_{ancestral}"
        array = self._open(name, "TUObiuf", 1, 2)
        if array is not None and len(array) != len(self._arrays.positions):
            self._refuse_lengths(name, len(array), "variant_position", len(self._arrays.positions))
        return array if array is not None and array.is_text else None

    def _load_rows(self, chunk: int, columns: IndividualColumns, field: ZarrArray | None) -> Rows:
        """Return the records of a row of chunks."""
        arrays = self._arrays
        loci = self._loci.load(chunk)
        rows = slice(loci.first, loci.first + len(loci.positions))
        self._refuse_lost(chunk, columns)
        genotypes = columns.read_columns(arrays.genotypes, rows)
        if is_damaged(genotypes):
            self._store.refuse("the array call_genotype has numbers that no allele has")
        phased, sets = (
            None if each is None else columns.read_columns(each, rows)
            for each in (arrays.phased, arrays.phase_sets)
        )
        values = None if field is None else field.load(rows)
        return Rows(
            loci.contigs,
            loci.positions,
            arrays.alleles.load(rows),
            genotypes,
            phased,
            sets if sets is None or sets.ndim == 2 else sets[:, :, 0],
            None if arrays.filters is None else arrays.filters.load(rows),
            values if values is None or values.ndim == 1 else values[:, 0],
        )

    def _refuse_lost(self, chunk: int, columns: IndividualColumns) -> None:
        """Refuse chunks of genotypes that are not there, where they are not likely to be all 0.

        Raises
        ------
        CoalflowError
            With the name of the chunk.
        """
        arrays = self._arrays
        genotypes = arrays.genotypes
        for column in columns.list_chunks(genotypes):
            if genotypes.has_chunk(chunk, column, 0):
                continue
            if self._has_missing(chunk, column):
                genotypes.refuse_without((chunk, column, 0))
            height, width = genotypes.chunks[:2]
            records = slice(chunk * height, (chunk + 1) * height)
            alternatives = count_alternatives(arrays.alleles.load(records))
            share = min(width, len(self.individuals) - column * width) / len(self.individuals)
            # That none of those who carry an alternative is in it, if somebody carries each.
            probable = 0.0 if share >= 1 else math.exp(alternatives * math.log1p(-share))
            if alternatives >= FEWEST_ALTERNATIVES and probable < IMPROBABLE:
                genotypes.refuse_without((chunk, column, 0))

    def _has_missing(self, chunk: int, column: int) -> bool:
        """Tell whether a store says of a chunk that it has missing genotypes."""
        mask, genotypes = self._arrays.mask, self._arrays.genotypes
        return (
            mask is not None
            and mask.chunks == genotypes.chunks
            and mask.has_chunk(chunk, column, 0)
        )


def _refuse_others(store: ZarrStore) -> None:
    """Refuse what is not VCF Zarr, or not whole."""
    if store.version is None:
        metadata = store.read_json("metadata.json") or {}
        if "icf_metadata_format" in str(metadata) or "partitions" in metadata:
            store.refuse(
                "is the intermediate format of vcf2zarr explode", "encode it: vcf2zarr encode"
            )
        inside = [name for name in store.list_folders() if store.holds_group(name)]
        if inside:
            store.refuse(
                f"the store is in the folder {inside[0]} of it",
                "name that folder, or zip what is in it, without the folder",
            )
        store.refuse(
            "is not a Zarr store, since it has neither .zgroup nor zarr.json",
            "of folders and zip files, those are read that vcf2zarr writes, and .tsz",
        )
    if "wip" in store.list_folders():
        store.refuse(
            "is half written: vcf2zarr did not finish, and left its folder wip",
            "delete it, and convert the VCF again",
        )
    found = store.attributes.get("vcf_zarr_version")
    if found is None:
        store.refuse(
            "is a Zarr store, but not VCF Zarr, since it has no vcf_zarr_version",
            "convert a VCF with vcf2zarr",
        )
    if str(found) not in VERSIONS:
        store.refuse(
            f"is VCF Zarr {str(found)[:20]}, and {VERSIONS[0]} to {VERSIONS[-1]} are read",
            "convert the VCF with vcf2zarr of bio2zarr 0.2",
        )
