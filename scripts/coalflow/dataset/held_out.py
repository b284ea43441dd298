"""Which replicates lie in regions that are held out."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from coalflow.config.schema.distributions import Value
from coalflow.config.schema.judging.hold_out import HoldOut


def select_region(values: pd.Series, region: Sequence[Value]) -> npt.NDArray[np.bool_]:
    """Return which values are in a region, bool (replicates,).

    Parameters
    ----------
    values : Series
        A parameter; where it has none, it is nan or None, which is in no region.
    region : sequence
        Names, or the lowest and the highest number, or one number.

    Examples
    --------
    >>> select_region(pd.Series([1.0, 2.0, np.nan, 3.0]), (2, 3)).tolist()
    [False, True, False, True]
    >>> select_region(pd.Series(["growth", "constant"]), ("growth",)).tolist()
    [True, False]
    """
    if isinstance(region[0], str):
        return values.isin(list(region)).to_numpy()
    low, high = float(region[0]), float(region[-1])
    numbers = pd.to_numeric(values).to_numpy(np.float64)
    return (low <= numbers) & (numbers <= high)


def find_held_out(table: pd.DataFrame, hold_out: HoldOut) -> npt.NDArray[np.bool_]:
    """Return which replicates are in any of the regions that are held out, bool (replicates,).

    Parameters
    ----------
    table : DataFrame
        The split table.
    hold_out : mapping of str to tuple
        Regions by the names of parameters. A parameter that no replicate has holds out none.
    """
    held = np.zeros(len(table), bool)
    for name, region in hold_out.items():
        if name in table:
            held |= select_region(table[name], region)
    return held
