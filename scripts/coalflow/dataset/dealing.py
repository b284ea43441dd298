"""Which replicate is for training, which for validation, which for the test.

Within each cell, replicates are dealt by their number in blocks, each shuffled
with a seed of its own. The split of a replicate therefore depends on the run's seed,
its cell and its number alone: when the data grow, none moves to another split.

Imported replicates may bring their splits with them (``split.given``). Where none of them is for
validation, some of those for training are, dealt in the same way.
"""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from coalflow.config import grid
from coalflow.config.schema.dataset import Split
from coalflow.core import seeds
from coalflow.dataset.split_names import SPLITS, TRAIN, VALIDATION


def assign_splits(seed: int, cell: str, replicates: int, split: Split) -> npt.NDArray[np.str_]:
    """Return the split of the replicates 0, 1, ... of a cell.

    Parameters
    ----------
    seed : int
        The run's.
    cell : str
        Name of the cell.
    replicates : int
        How many there are.
    split : Split
        The fraction of each split.

    Returns
    -------
    ndarray of str, shape (replicates,)
        ``train``, ``validation`` or ``test``. Each whole block has exactly the fractions.

    Examples
    --------
    >>> splits = assign_splits(seed=1, cell="all", replicates=10, split=Split())
    >>> sorted(splits.tolist())[6:]
    ['train', 'train', 'train', 'validation']
    """
    fractions = split.fractions
    block = grid.find_split_block(fractions.values())
    assert block is not None  # or the config was refused
    counts = {name: round(fractions[name] * block) for name in SPLITS}
    return _deal(seed, cell, replicates, counts)


def complete_splits(
    given: npt.NDArray[np.str_], seed: int, cell: str, validation: float
) -> npt.NDArray[np.str_]:
    """Return the splits of a cell whose replicates bring theirs, none of them for validation.

    Parameters
    ----------
    given : ndarray of str, shape (replicates,)
        ``train`` or ``test``.
    seed : int
        The run's.
    cell : str
        Name of the cell.
    validation : float
        The fraction of the replicates for training that is for validation.

    Examples
    --------
    >>> given = np.repeat(["test", "train"], [2, 10])
    >>> splits = complete_splits(given, seed=1, cell="all", validation=0.2)
    >>> splits[:2].tolist(), (splits == "validation").sum().item()
    (['test', 'test'], 2)
    """
    block = grid.find_split_block([validation])
    assert block is not None  # or the config was refused
    counts = {VALIDATION: round(validation * block)}
    counts[TRAIN] = block - counts[VALIDATION]
    splits = given.astype(object)
    splits[given == TRAIN] = _deal(seed, cell, int((given == TRAIN).sum()), counts)
    return splits.astype(str)


def _deal(seed: int, cell: str, replicates: int, counts: Mapping[str, int]) -> npt.NDArray[np.str_]:
    """Return names for replicates in blocks, each with the counts and shuffled on its own."""
    deck = np.repeat(list(counts), list(counts.values()))
    dealt = [
        seeds.derive_generator(seed, "split", cell, index).permutation(deck)
        for index in range(-(-replicates // len(deck)))
    ]
    return np.concatenate([deck[:0], *dealt])[:replicates]
