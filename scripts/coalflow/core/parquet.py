"""Tables as Parquet files that are found out when they are damaged."""

import hashlib
import io
import pathlib

import pandas as pd

from coalflow.core.files import refuse_damaged, replace_atomically

END = 8  # bytes: the length of the footer, and a word


def write_parquet(path, table):
    """Write a pandas table as Parquet, with a digest of all other bytes before the footer.

    Parquet's own checksums leave out the footer, which says how to read the rest. Programs
    that read the file look there for what the footer names, so they never see the digest.
    """
    buffer = io.BytesIO()
    table.to_parquet(buffer, index=False)
    content = buffer.getvalue()
    footer = _footer(content)
    digest = hashlib.sha256(content).digest()
    with replace_atomically(path) as temporary:
        temporary.write_bytes(content[:footer] + digest + content[footer:])


def read_parquet(path):
    """Return the table that :func:`write_parquet` wrote.

    Raises CoalflowError if the file is missing, or is not as it was written.
    """
    with refuse_damaged(path):
        content = memoryview(pathlib.Path(path).read_bytes())
        footer = _footer(content)
        pages = max(footer - hashlib.sha256().digest_size, 0)
        digest = hashlib.sha256(content[:pages])
        digest.update(content[footer:])
        if content[pages:footer] != digest.digest():
            raise ValueError
    return pd.read_parquet(io.BytesIO(content))


def _footer(content):
    """Return where the footer of a Parquet file begins; 0 in one that is none."""
    length = int.from_bytes(content[-END:-4], "little")
    return max(len(content) - END - length, 0)
