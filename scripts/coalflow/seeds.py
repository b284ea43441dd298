"""Every random number of a run flows from its one seed.

A stream is named by labels ("replicate", the cell, the number), not by the
order in which things happen. So a replicate is the same on one core or on a
thousand, in small shards or large, today or after the data have grown.
"""

import hashlib
import json

import numpy as np


def sequence(seed, *labels):
    """Return the ``numpy.random.SeedSequence`` of a run's seed and any labels (str or int)."""
    # A digest of the text: SeedSequence itself takes [1, 0] for [1].
    text = json.dumps([seed, *labels])
    digest = hashlib.blake2b(text.encode(), digest_size=16).digest()
    return np.random.SeedSequence(int.from_bytes(digest, "little"))


def generator(seed, *labels):
    """Return a numpy generator for the stream with these labels."""
    return np.random.default_rng(sequence(seed, *labels))


def integer(seed, *labels):
    """Return one 63-bit seed, for libraries that take a number (PyTorch, scikit-learn)."""
    return int(sequence(seed, *labels).generate_state(1, np.uint64)[0] >> np.uint64(1))


def replicate_seed(seed, cell, replicate):
    """Return the 64-bit seed of one replicate as a Python int."""
    return int(sequence(seed, "replicate", cell, replicate).generate_state(1, np.uint64)[0])


def msprime_seeds(replicate_seed):
    """Split a 64-bit seed into msprime's two: for the ancestry and for the mutations.

    msprime takes 32 bits and no zero. Two replicates can therefore share an
    ancestry by chance (one pair in 4 x 10^9), but then not its mutations.
    """
    ancestry, mutations = replicate_seed >> 32, replicate_seed & 0xFFFFFFFF
    return max(ancestry, 1), max(mutations, 1)
