"""Every random number of a run flows from its one seed.

A stream is named by labels ("replicate", the cell, the number), not by the
order in which things happen. So a replicate is the same on one core or on a
thousand, in small shards or large, today or after the data have grown.
"""

import hashlib
import json

import numpy as np


def derive_sequence(seed, *labels):
    """Return the ``numpy.random.SeedSequence`` of a run's seed and any labels (str or int)."""
    # A digest of the text: SeedSequence itself takes [1, 0] for [1].
    text = json.dumps([seed, *labels])
    digest = hashlib.blake2b(text.encode(), digest_size=16).digest()
    return np.random.SeedSequence(int.from_bytes(digest, "little"))


def derive_generator(seed, *labels):
    """Return a numpy generator for the stream with these labels."""
    return np.random.default_rng(derive_sequence(seed, *labels))


def derive_fractions(seed, *labels, names):
    """Return a random number in [0, 1) for each of many names (str or int), float64 (names,).

    The labels name a family of streams, a name one of them. Its number is a keyed hash, as
    many generators for one number each would take long.
    """
    key = hashlib.blake2b(json.dumps([seed, *labels]).encode(), digest_size=16).digest()
    drawn = [hashlib.blake2b(str(name).encode(), digest_size=8, key=key).digest() for name in names]
    # A float64 holds 53 bits.
    return (np.frombuffer(b"".join(drawn), dtype="<u8") >> np.uint64(11)) * 2.0**-53


def derive_seed(seed, *labels):
    """Return one 63-bit seed, for libraries that take a number (PyTorch, scikit-learn)."""
    return int(derive_sequence(seed, *labels).generate_state(1, np.uint64)[0] >> np.uint64(1))


def derive_replicate_seed(seed, cell, replicate):
    """Return the 64-bit seed of one replicate as a Python int."""
    return int(derive_sequence(seed, "replicate", cell, replicate).generate_state(1, np.uint64)[0])


def split_for_msprime(replicate_seed):
    """Split a 64-bit seed into msprime's two: for the ancestry and for the mutations.

    msprime takes 32 bits and no zero. Two replicates can therefore share an
    ancestry by chance (one pair in 4 x 10^9), but then not its mutations.
    """
    ancestry, mutations = replicate_seed >> 32, replicate_seed & 0xFFFFFFFF
    return max(ancestry, 1), max(mutations, 1)
