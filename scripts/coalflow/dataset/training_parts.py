"""Parts of the training windows, for learning curves."""

import numpy as np
import pandas as pd

from coalflow.core import seeds


def keep_part_of_train(table: pd.DataFrame, one_in: int, seed: int) -> pd.DataFrame:
    """Return a split table with only a part of the training windows.

    Parameters
    ----------
    table : DataFrame
        The split table.
    one_in : int
        One in this many training windows is kept. Those of a smaller part are among those of a
        larger one.
    seed : int
        The run's; it decides which windows are kept.

    Returns
    -------
    DataFrame
        In the order of ``table``, with a new index.

    Examples
    --------
    >>> table = pd.DataFrame({"split": ["train"] * 4 + ["test"]})
    >>> keep_part_of_train(table, one_in=2, seed=1)["split"].tolist()
    ['train', 'train', 'test']
    """
    train = np.flatnonzero(table["split"] == "train")
    shuffled = seeds.derive_generator(seed, "part of train").permutation(train)
    left_out = shuffled[len(train) // one_in :]
    return table.drop(index=table.index[left_out]).reset_index(drop=True)
