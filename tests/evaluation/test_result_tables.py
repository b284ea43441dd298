import os

import numpy as np
import pandas as pd
import pytest

from coalflow.core.errors import CoalflowError
from coalflow.core.files import write_table
from coalflow.evaluation.result_tables import read_result_table

TABLE = pd.DataFrame({"name": ["NA", "07"], "value": [1.5, np.nan], "n": [3, 4], "note": ["", "x"]})


def read(path):
    return read_result_table(path, numbers=["value", "n"], texts=["name"])


def test_table_is_read_as_it_was_written(tmp_path):
    write_table(tmp_path / "t.tsv", TABLE)
    pd.testing.assert_frame_equal(read(tmp_path / "t.tsv"), TABLE)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"name\tvalue\nx\t1\n", id="a column is gone"),
        pytest.param(b"name\tvalue\tn\nx\tmuch\t2\n", id="text for a number"),
        pytest.param(b"name\tvalue\tn\nx\t1\t2\t3\t4\ny\t1\n", id="a cell too many"),
        pytest.param(b"name\tvalue\tn\n\xe9\t1\t2\n", id="Latin-1"),
        pytest.param(b"\x1f\x8b\x08\x00", id="gzip"),
    ],
)
def test_damaged_table_is_refused(content, tmp_path):
    path = tmp_path / "t.tsv"
    path.write_bytes(content)
    with pytest.raises(CoalflowError, match=rf"^{path}: is not as it was written, but damaged"):
        read(path)


def test_what_is_no_file_is_refused(tmp_path):
    os.mkfifo(tmp_path / "t.tsv")
    for name in ("t.tsv", "missing.tsv"):
        with pytest.raises(CoalflowError, match=rf"^{tmp_path / name}: "):
            read(tmp_path / name)
