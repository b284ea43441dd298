"""Every random number of a run comes from its one seed.

A stream is named by labels ("replicate", the cell, the index), not by the order in which things
happen. So a replicate is the same on one core or on a thousand, in small shards or large, today or
after the data have grown.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Label: TypeAlias = str | int


def derive_sequence(seed: int, *labels: Label) -> np.random.SeedSequence:
    """Return the seed sequence of a run's seed and any labels.

    Examples
    --------
    >>> derive_sequence(1, "net", 0).entropy == derive_sequence(1, "net", 1).entropy
    False
    """
    # A digest of the text: SeedSequence itself takes [1, 0] for [1].
    text = json.dumps([seed, *labels])
    digest = hashlib.blake2b(text.encode(), digest_size=16).digest()
    return np.random.SeedSequence(int.from_bytes(digest, "little"))


def derive_generator(seed: int, *labels: Label) -> np.random.Generator:
    """Return a generator for the stream of a run's ``seed`` with these labels."""
    return np.random.default_rng(derive_sequence(seed, *labels))


def derive_fractions(
    seed: int | None, *labels: Label, names: Iterable[Label]
) -> npt.NDArray[np.float64]:
    """Return a random number in [0, 1) for each of many names.

    The labels name a family of streams, a name one of them. Its number is a keyed hash, as
    generators for one number each would take long.

    Parameters
    ----------
    seed : int
    *labels : str or int
    names : iterable of str or int

    Returns
    -------
    ndarray of float64, shape (names,)
    """
    key = hashlib.blake2b(json.dumps([seed, *labels]).encode(), digest_size=16).digest()
    drawn = [hashlib.blake2b(str(name).encode(), digest_size=8, key=key).digest() for name in names]
    # A float64 holds 53 bits.
    bits = np.frombuffer(b"".join(drawn), dtype="<u8") >> np.uint64(11)
    return bits.astype(np.float64) * 2.0**-53


def derive_seed(seed: int, *labels: Label) -> int:
    """Return one 63-bit seed, for libraries that take a number (PyTorch, scikit-learn).

    ``seed`` and ``labels`` are those of :func:`derive_sequence`.
    """
    return int(derive_sequence(seed, *labels).generate_state(1, np.uint64)[0] >> np.uint64(1))


def derive_replicate_seed(seed: int, cell: str, replicate: int) -> int:
    """Return the 64-bit seed of one replicate.

    Parameters
    ----------
    seed : int
        The run's.
    cell : str
        The cell's name.
    replicate : int
        Its index within the cell.
    """
    return int(derive_sequence(seed, "replicate", cell, replicate).generate_state(1, np.uint64)[0])


def split_for_msprime(replicate_seed: int) -> tuple[int, int]:
    """Split a 64-bit ``replicate_seed`` into msprime's two: for ancestry and for mutations.

    msprime takes 32 bits and no zero. Two replicates can therefore share an ancestry by chance (one
    pair in 4 x 10^9), but then not its mutations.

    Examples
    --------
    >>> split_for_msprime(2**32 + 7), split_for_msprime(0)
    ((1, 7), (1, 1))
    """
    ancestry, mutations = replicate_seed >> 32, replicate_seed & 0xFFFFFFFF
    return max(ancestry, 1), max(mutations, 1)
