"""All tables of a run."""

from coalflow.report.columns import (
    ancestry_files,
    data_files,
    genome_files,
    net_files,
    score_files,
)
from coalflow.report.columns.table_files import TableFile, count_letters, matches

SECTIONS: dict[str, tuple[TableFile, ...]] = {
    "Genomes": genome_files.FILES,
    "How good models are": (*score_files.FILES, *ancestry_files.FILES),
    "Nets": net_files.FILES,
    "Simulations": data_files.FILES,
}


def find_table(path: str) -> TableFile | None:
    """Return what is known of a table of a run; None where it is not described.

    Parameters
    ----------
    path : str
        In the run's folder.
    """
    tables = [table for tables in SECTIONS.values() for table in tables]
    matching = [table for table in tables if matches(path, table.path)]
    return max(matching, key=lambda table: count_letters(table.path), default=None)


def explain_column(path: str, name: str) -> str:
    """Return what a column of a table means.

    Parameters
    ----------
    path : str
        Of the table, as it is described.
    name : str
        Of the column, as it is described.

    Raises
    ------
    KeyError
        If it is not described.
    """
    table = find_table(path)
    column = None if table is None else table.find_column(name)
    if column is None:
        raise KeyError(f"{path}: {name}")
    return f"{column.meaning} ({column.unit})" if column.unit else column.meaning
