"""How the report reads tables of a run."""

import pathlib
from collections.abc import Hashable
from typing import Any

import pandas as pd


def read_rows(path: pathlib.Path) -> list[dict[Hashable, Any]]:
    """Return the rows of a table: values by the names of its columns."""
    return pd.read_csv(path, sep="\t").to_dict("records")
