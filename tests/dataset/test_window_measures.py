"""What was measured of windows is found by cell and replicate."""

import numpy as np
import pandas as pd
import pytest

from coalflow.core.errors import CoalflowError
from coalflow.core.parquet import write_parquet
from coalflow.dataset.window_measures import load_measures
from coalflow.windows.measures import MEASURES


@pytest.fixture
def statistics(tmp_path):
    """A file of twelve windows, whose measures are numbers that tell them apart."""
    table = pd.DataFrame({"cell": ["a", "b"] * 6, "replicate": np.repeat(np.arange(6), 2)})
    codes = table["replicate"] + 10.0 * (table["cell"] == "b")
    for number, name in enumerate(MEASURES):
        table[name] = codes + 100 * number
    table["diversity"] = 1.0
    write_parquet(tmp_path / "statistics.parquet", table)
    return tmp_path / "statistics.parquet"


def test_measures_are_those_of_the_rows(statistics):
    chosen = pd.DataFrame({"cell": ["b", "a", "b"], "replicate": [5, 0, 2]}, index=[7, 3, 1])
    measures = load_measures(statistics, chosen)
    assert measures.sites.dtype == np.int64
    assert [values.tolist() for values in measures] == [
        [15 + more, 0 + more, 12 + more] for more in (0, 100, 200, 300)
    ]


def test_a_file_that_lacks_a_replicate_is_refused(statistics):
    chosen = pd.DataFrame({"cell": ["b"], "replicate": [6]})
    with pytest.raises(CoalflowError, match=r"statistics.parquet: is not as it was written"):
        load_measures(statistics, chosen)
