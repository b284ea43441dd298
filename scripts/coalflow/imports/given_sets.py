"""Which imported windows are for training, validation and test, where that is given.

It is given by files or by a column of the tables of true values (``split.given``). Where it is by
files, those of the test come first and whole, then those of validation: the test stays
the same however many windows there are to train on.
"""

from collections.abc import Iterable, Mapping

from coalflow.config import import_files
from coalflow.config.schema.dataset import GivenFiles
from coalflow.config.settings.simulating import ImportSettings
from coalflow.core.errors import CoalflowError
from coalflow.imports.truth_tables import TruthRow

TRAIN, VALIDATION, TEST = SETS = ("train", "validation", "test")


def find_sets(files: Iterable[str], given: str | GivenFiles | None) -> dict[str, str]:
    """Return the sets of files that are not for training, those of the test first.

    Parameters
    ----------
    files : iterable of str
        Those of a cell.
    given : str, GivenFiles or None
        As in the config.
    """
    if not isinstance(given, GivenFiles):
        return {}
    known = list(files)
    sets: dict[str, str] = {}
    for name, patterns in ((TEST, given.test), (VALIDATION, given.validation or ())):
        matching = {*import_files.expand_patterns(patterns)}
        sets |= {file: name for file in known if file in matching}
    return sets


def find_set(
    file: str,
    row: TruthRow | None,
    table: str | None,
    sets: Mapping[str, str],
    given: str | GivenFiles | None,
) -> str:
    """Return what a replicate is for; nothing where that is not given.

    Parameters
    ----------
    file : str
        That it is from.
    row : TruthRow or None
        Its row of a table of true values.
    table : str or None
        The name of that table.
    sets : mapping
        As :func:`find_sets` returns them.
    given : str, GivenFiles or None
        As in the config.

    Raises
    ------
    CoalflowError
        If the table has neither ``train``, nor ``validation``, nor ``test``.
    """
    if not isinstance(given, str):
        return sets.get(file, TRAIN) if given is not None else ""
    found = row.texts.get(given, "") if row else ""
    if found not in SETS:
        where = f"{table}:{row.line}" if row and row.line else file
        raise CoalflowError(
            f"{where}: {given} is {found!r}, but must be one of: {', '.join(SETS)} (split.given)"
        )
    return found


def refuse_no_training(whole: int, settings: ImportSettings) -> None:
    """Raise CoalflowError where files of the test and of validation hold all replicates."""
    if whole >= settings.replicates:
        raise CoalflowError(
            f"cell {settings.cell}: simulation.replicates is {settings.replicates:,}, but the "
            f"files of split.given alone have {whole:,} or more, which are used whole: raise it to "
            "as many as there are, training windows too"
        )
