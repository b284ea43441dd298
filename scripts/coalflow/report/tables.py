"""How the report reads tables of a run."""

import pathlib
from collections.abc import Hashable
from typing import Any

from coalflow.evaluation.result_tables import read_result_table


def read_rows(path: pathlib.Path) -> list[dict[Hashable, Any]]:
    """Return the rows of a table: values by the names of its columns."""
    return read_result_table(path).to_dict("records")
