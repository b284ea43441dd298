import numpy as np
import pandas as pd
from helpers.data import PROPERTY
from hypothesis import given
from hypothesis import strategies as st

from coalflow.models.interpretation.choosing import choose_confusing, rank_windows


@PROPERTY
@given(st.lists(st.floats(-9, 9), min_size=1, max_size=30))
def test_windows_are_ranked_by_their_values(target):
    ranked = [target[index] for index in rank_windows(np.array(target))]
    assert ranked == sorted(target)


def test_equal_windows_stay_in_order():
    assert rank_windows(np.array([2.0, 1.0, 1.0, 1.0, 0.0])).tolist() == [4, 1, 2, 3, 0]


def test_the_most_confusing_windows_of_all_kinds_come_first():
    test = pd.DataFrame({"cell": ["a"] * 4 + ["b"] * 4, "replicate": [3, 5, 7, 9] * 2})
    found = pd.DataFrame(
        {
            "kind": ["wrong"] * 4 + ["uncertain"] * 4,
            "rank": [1, 2, 3, 4] * 2,
            "cell": ["b", "b", "a", "a", "a", "b", "a", "a"],
            "replicate": [9.0, 3.0, 3.0, 5.0, 7.0, 9.0, 9.0, 11.0],
        }
    )
    # One window is confusing in two ways, and one is not a test window.
    assert choose_confusing(found, test) == [7, 2, 4, 0, 3]
    assert choose_confusing(found.iloc[:0], test) == []
