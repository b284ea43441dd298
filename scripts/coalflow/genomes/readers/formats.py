"""The formats of genomes, distinguished by what is in a file."""

import pathlib
import zipfile
import zlib
from typing import IO

from coalflow.core.errors import CoalflowError
from coalflow.core.input_files import GZIP, open_input
from coalflow.genomes.readers.genome_file import GenomeFile

ZARR_METADATA = (".zgroup", ".zattrs", ".zmetadata", "zarr.json")
ZIP = b"PK\x03\x04"
KASTORE = b"\x89KAS\r\n\x1a\n"
READ = (
    "genomes are read from VCF and BCF, compressed or not, VCF Zarr (a folder or a zip file), tree "
    "sequences (.trees, .tsz) and the output of ms"
)
_FIRST = 1 << 16  # bytes
_TSZIP = b'"tszip"'


def open_genome_file(path: str | pathlib.Path) -> GenomeFile:
    """Open a file of any format that is read, whatever its name is.

    Raises
    ------
    CoalflowError
        If it is missing, of another format, or damaged.
    """
    # Each format has libraries of its own, which take a while to import.
    match _find_format(path):
        case "vcf":
            from coalflow.genomes.readers.vcf import VcfFile

            return VcfFile(path)
        case "zarr":
            from coalflow.genomes.readers.vcf_zarr import VcfZarrFile

            return VcfZarrFile(path)
        case "trees":
            from coalflow.genomes.readers.tree_sequence import TreeSequenceFile

            return TreeSequenceFile(path)
        case "ms":
            from coalflow.genomes.readers.ms import MsFile

            return MsFile(path)
        case _:
            raise CoalflowError(f"{path}: is of none of the formats that are read: {READ}")


def _find_format(path: str | pathlib.Path) -> str | None:
    """Return the format of a file or folder by what is in it."""
    if pathlib.Path(path).is_dir():
        return "zarr"
    with open_input(path) as file:
        start = file.read(_FIRST)
        if start.startswith(ZIP):
            return _find_zipped_format(path, file)
    if start.startswith(GZIP):
        start = _unpack_start(start)
    if start.startswith((b"##", b"#CHROM", b"BCF")):
        return "vcf"
    if start.startswith(KASTORE):
        return "trees"
    lines = start.split(b"\n")
    is_ms = any(line.strip() == b"//" for line in lines) or b"segsites:" in start
    return "ms" if is_ms else None


def _find_zipped_format(path: str | pathlib.Path, file: IO[bytes]) -> str | None:
    """Return the format of a zip file: that of a Zarr store, or of tszip."""
    try:
        with zipfile.ZipFile(file) as packed:
            names = packed.namelist()
            found = [name for name in names if name.rsplit("/", 1)[-1] in ZARR_METADATA]
            if not found:
                return None
            for name in {*found} & {*ZARR_METADATA}:
                with packed.open(name) as metadata:
                    if _TSZIP in metadata.read(_FIRST):
                        return "trees"
            return "zarr"
    except (zipfile.BadZipFile, OSError, zlib.error, EOFError, NotImplementedError, RuntimeError):
        raise CoalflowError(f"{path}: is a damaged zip file: copy or download it again") from None


def _unpack_start(start: bytes) -> bytes:
    """Return what the first bytes of a gzip file hold, as far as they can be unpacked."""
    try:
        return zlib.decompressobj(wbits=31).decompress(start, _FIRST)
    except zlib.error:
        return b""
