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
    # A digest: SeedSequence itself takes [1, 0] for [1].
    return np.random.SeedSequence(int.from_bytes(_digest(seed, *labels), "little"))


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
    key = _digest(seed, *labels)
    drawn = [hashlib.blake2b(str(name).encode(), digest_size=8, key=key).digest() for name in names]
    # A float64 holds 53 bits.
    bits = np.frombuffer(b"".join(drawn), dtype="<u8") >> np.uint64(11)
    return bits.astype(np.float64) * 2.0**-53


def draw_fractions(
    counts: npt.NDArray[np.int64], replicate_seeds: npt.NDArray[np.uint64], *labels: Label
) -> npt.NDArray[np.float64]:
    """Return random numbers in [0, 1) of many replicates, each from a stream of its own.

    To seed a generator takes longer than to draw hundreds of numbers. So one generator serves all
    replicates: Philox (Salmon et al. 2011), which scrambles a key and a counter. The labels are
    the key, and a replicate's seed is the highest of the counter's four words, so that streams of
    different replicates never overlap.

    Parameters
    ----------
    counts : ndarray of int64, shape (replicates,)
        How many numbers are drawn for each replicate.
    replicate_seeds : ndarray of uint64, shape (replicates,)
    *labels : str or int

    Returns
    -------
    ndarray of float64, shape (counts.sum(),)
        Replicate by replicate. More numbers of a replicate begin with the same ones.
    """
    drawn = np.empty(counts.sum())
    philox = np.random.Philox(key=int.from_bytes(_digest(*labels), "little"))
    generator, state = np.random.Generator(philox), philox.state
    begin = 0
    for count, seed in zip(counts.tolist(), replicate_seeds.tolist(), strict=True):
        if count:
            state["state"]["counter"][-1] = seed
            philox.state = state
            generator.random(out=drawn[begin : begin + count])
            begin += count
    return drawn


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


def _digest(*labels: Label | None) -> bytes:
    """Return 16 bytes that stand for labels."""
    return hashlib.blake2b(json.dumps(labels).encode(), digest_size=16).digest()
