"""The records of VCF and BCF files in blocks, with the alleles of those who were chosen."""

import itertools
import pathlib
from collections.abc import Iterator, Sequence

import cyvcf2
import numpy as np
import numpy.typing as npt

from coalflow.core.errors import CoalflowError
from coalflow.genomes.genotypes.carried import ABSENT, NOT_CALLED
from coalflow.genomes.genotypes.sites import BASES, OTHER, RecordBlock
from coalflow.genomes.vcf_files import VariantFile, describe_encoding, read_genotypes

MOST_RECORDS = 1000
MOST_ALLELES = 1 << 20  # of a block, so that it fits into memory
PHASE_SETS = ("PS", "PSL")
NO_PHASE_SET = -1
_MISSING_INTEGER = np.iinfo(np.int32).min  # as in BCF


def iterate_blocks(
    path: str | pathlib.Path,
    chosen: Sequence[str],
    ancestral: str | None = None,
    most_records: int | None = None,
    most: int | None = None,
) -> Iterator[RecordBlock]:
    """Yield the records of a file in blocks, each of one contig.

    Parameters
    ----------
    path : path
    chosen : sequence of str
        Names of individuals in the file. Genotypes are in this order.
    ancestral : str, optional
        The INFO field with the ancestral base, or ``REF``.
    most_records : int, optional
        After how many records reading ends.

    Raises
    ------
    CoalflowError
        If the file is damaged, or its records are not sorted.
    """
    file = VariantFile(path, chosen)
    columns = {name: column for column, name in enumerate(file.names)}
    order = np.array([columns[name] for name in chosen])
    most = max(1, min(most or MOST_RECORDS, MOST_ALLELES // len(file.names)))
    sets = _PhaseSets(order)
    field = None if ancestral == "REF" else ancestral
    for records in _split_into_blocks(itertools.islice(file, most_records), most):
        try:
            block = _make_block(records, order, sets, field)
        except UnicodeDecodeError as error:
            raise CoalflowError(describe_encoding(path, error)) from None
        yield block


def _split_into_blocks(
    records: Iterator[cyvcf2.Variant], most: int
) -> Iterator[list[cyvcf2.Variant]]:
    """Yield lists of records of one contig; all records of a position are in the same list."""
    block: list[cyvcf2.Variant] = []
    for record in records:
        if block:
            last = block[-1]
            ended = len(block) >= most and record.POS != last.POS
            if ended or record.CHROM != last.CHROM:
                yield block
                block = []
        block.append(record)
    if block:
        yield block


def _make_block(
    records: Sequence[cyvcf2.Variant],
    order: npt.NDArray[np.int64],
    sets: "_PhaseSets",
    ancestral: str | None,
) -> RecordBlock:
    genotypes = [read_genotypes(record) for record in records]
    ploidy = max((read.shape[1] - 1 for read in genotypes if read is not None), default=1)
    alleles = np.full((len(records), len(order), ploidy), ABSENT, dtype=np.int16)
    alleles[:, :, 0] = NOT_CALLED
    phased = np.zeros((len(records), len(order)), dtype=np.bool_)
    for row, read in enumerate(genotypes):
        if read is not None:
            alleles[row, :, : read.shape[1] - 1] = read[order, :-1]
            phased[row] = read[order, -1]
    texts = [_read_alleles(record) for record in records]
    most = max(map(len, texts))
    return RecordBlock(
        contig=records[0].CHROM,
        positions=np.array([record.POS for record in records], dtype=np.int64),
        alleles=alleles,
        phased=phased,
        phase_sets=sets.read(records),
        has_genotypes=np.array([read is not None for read in genotypes]),
        texts=texts,
        bases=np.array([_code_bases(each, most) for each in texts], dtype=np.int8),
        filters=[tuple(record.FILTERS) for record in records],
        ancestral=[_read_ancestral(record, ancestral) for record in records],
    )


def _read_alleles(record: cyvcf2.Variant) -> tuple[str, ...]:
    """Return the alleles of a record in capitals, the reference first."""
    # cyvcf2 crashes where there is not even a reference.
    alternatives = record.ALT
    return (record.REF.upper(), *map(str.upper, alternatives)) if alternatives else ("",)


def _code_bases(texts: tuple[str, ...], number: int) -> list[int]:
    """Return that many codes of the alleles of a record; what follows its alleles is not one."""
    # Next to a longer reference, a single base is a deletion.
    codes = [BASES.get(text, OTHER) for text in texts] if len(texts[0]) == 1 else []
    return [*codes, *[OTHER] * (number - len(codes))]


def _read_ancestral(record: cyvcf2.Variant, field: str | None) -> str:
    """Return the ancestral base of a record; Ensembl writes more behind a ``|``."""
    if field is None:
        return ""
    value = record.INFO.get(field)
    return str("" if value in (None, ".") else value).split("|")[0].upper()


class _PhaseSets:
    """The phase sets of genotypes, as numbers."""

    def __init__(self, order: npt.NDArray[np.int64]) -> None:
        self._order = order
        self._labels: dict[str, int] = {}

    def read(self, records: Sequence[cyvcf2.Variant]) -> npt.NDArray[np.int64] | None:
        """Return the sets, shape (records, individuals), -1 for none; None if no record has any."""
        fields = [next((key for key in PHASE_SETS if key in each.FORMAT), None) for each in records]
        if not any(fields):
            return None
        sets = np.full((len(records), len(self._order)), NO_PHASE_SET, dtype=np.int64)
        for row, (record, field) in enumerate(zip(records, fields, strict=True)):
            if field is not None:
                sets[row] = self._number(record.format(field))[self._order]
        return sets

    def _number(self, values: npt.ArrayLike) -> npt.NDArray[np.int64]:
        values = np.asarray(values)
        if values.dtype.kind == "i":
            numbers = values.reshape(len(values), -1)[:, 0].astype(np.int64)
            return np.where(numbers == _MISSING_INTEGER, NO_PHASE_SET, numbers)
        # A list has the set of each allele.
        texts = [str(value).split(",")[0].removeprefix(".") for value in values.ravel()]
        labels = self._labels
        return np.array(
            [labels.setdefault(text, len(labels)) if text else NO_PHASE_SET for text in texts]
        )
