"""BGZF, in which VCF and BCF files are compressed."""

import struct
import zlib

from coalflow.genomes.readers.vcf_damage import BGZF_END

BLOCK = 60_000


def pack_bgzf(content: bytes) -> bytes:
    """Return bytes as bgzip compresses them."""
    blocks = [content[start : start + BLOCK] for start in range(0, len(content), BLOCK)]
    return b"".join(map(_pack_block, blocks)) + BGZF_END


def _pack_block(content: bytes) -> bytes:
    packer = zlib.compressobj(6, zlib.DEFLATED, -15)
    packed = packer.compress(content) + packer.flush()
    head = struct.pack("<4BI2BH", 0x1F, 0x8B, 8, 4, 0, 0, 0xFF, 6)
    extra = struct.pack("<2sHH", b"BC", 2, len(packed) + 25)
    return head + extra + packed + struct.pack("<II", zlib.crc32(content), len(content))
