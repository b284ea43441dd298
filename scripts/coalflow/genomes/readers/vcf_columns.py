"""Columns of VCF records, whose few different values are decoded once."""

import hashlib
import pathlib
from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from coalflow.genomes.genotypes.phase_sets import NO_PHASE_SET
from coalflow.genomes.genotypes.sites import BASES, OTHER
from coalflow.genomes.readers.vcf_header import decode_text

PHASE_SETS = (b"PS", b"PSL")
MOST_KEPT = 10_000  # values, so that they fit into memory
_OTHER = bytes([OTHER])
_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


class _Decoded(dict[_Key, _Value]):
    """Values by what they are decoded from; a value that is not there yet is decoded."""

    def __init__(self, path: str | pathlib.Path) -> None:
        self.path = path

    def __missing__(self, key: _Key) -> _Value:
        if len(self) >= MOST_KEPT:
            self.clear()
        value = self[key] = self.decode(key)
        return value

    def decode(self, key: _Key) -> _Value:
        """Return the value of a key."""
        raise NotImplementedError


class Alleles(_Decoded[tuple[bytes, bytes], tuple[tuple[str, ...], bytes]]):
    """All alleles of a record in capitals, and their codes, by its columns REF and ALT."""

    def decode(self, key: tuple[bytes, bytes]) -> tuple[tuple[str, ...], bytes]:
        """Return texts and codes of alleles."""
        reference, alternatives = (decode_text(self.path, each).upper() for each in key)
        texts = (reference, *(alternatives.split(",") if alternatives not in ("", ".") else ()))
        # Next to a longer reference, a single base is a deletion.
        is_base = len(reference) == 1
        return texts, bytes(BASES.get(text, OTHER) if is_base else OTHER for text in texts)


def stack_codes(codes: Sequence[bytes]) -> npt.NDArray[np.int8]:
    """Return codes of alleles, int8 (records, alleles), ``OTHER`` behind those of a record."""
    most = max(map(len, codes))
    stacked = b"".join([each.ljust(most, _OTHER) for each in codes])
    return np.frombuffer(stacked, dtype=np.int8).reshape(len(codes), most)


class Filters(_Decoded[bytes, tuple[str, ...]]):
    """Names in a column FILTER."""

    def decode(self, key: bytes) -> tuple[str, ...]:
        """Return the names; none where the column is empty."""
        return () if key in (b".", b"") else tuple(decode_text(self.path, key).split(";"))


class AncestralBases(_Decoded[bytes, str]):
    """Ancestral bases in capitals, by the text of their field."""

    def decode(self, key: bytes) -> str:
        """Return what comes before a ``|``, behind which Ensembl writes more; nothing for a dot."""
        return decode_text(self.path, key).split("|")[0].upper().removeprefix(".")


class PhaseSetNumbers(_Decoded[bytes, int]):
    """Numbers of phase sets, by their texts: the same in every part of a file, and in BCF."""

    def decode(self, key: bytes) -> int:
        """Return the number of a set; of a list, which has the set of each allele, the first."""
        text = key.split(b",")[0]
        if text in (b"", b"."):
            return NO_PHASE_SET
        if text.isdigit() and len(text) <= 18:
            return int(text)
        digest = hashlib.blake2b(text, digest_size=8).digest()
        return int.from_bytes(digest, "little") >> 1  # not negative

    def number(self, values: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
        """Return numbers of sets that BCF has as integers, decimals or texts."""
        if values.dtype.kind == "S":
            return np.array([self[text] for text in values.tolist()], dtype=np.int64)
        if values.dtype.kind == "f":
            values = np.where(np.isnan(values), NO_PHASE_SET, values)
        return np.maximum(values.astype(np.int64), NO_PHASE_SET)
