"""How tables and their columns are described."""

import dataclasses
import re

DIFFERING = re.compile(r"<[^>]+>")


@dataclasses.dataclass(frozen=True)
class Column:
    """A column, or all whose names are alike.

    Attributes
    ----------
    name : str
        With a word in angle brackets for what differs, such as ``<model>:<target>:low``.
    meaning : str
        In words.
    unit : str
        In which it is counted; empty where it has none.
    only : str
        When a run has it, in words; empty if it always does.
    """

    name: str
    meaning: str
    unit: str = ""
    only: str = ""


@dataclasses.dataclass(frozen=True)
class TableFile:
    """A table, or all whose names are alike.

    Attributes
    ----------
    path : str
        In the run's folder, with a word in angle brackets for what differs.
    rows : str
        What it has a row for.
    columns : tuple of Column
    only : str
        When a run has it, in words; empty if it always does.
    """

    path: str
    rows: str
    columns: tuple[Column, ...]
    only: str = ""

    def find_column(self, name: str) -> Column | None:
        """Return the column of a name, that with most of it; None where none is described."""
        matching = (column for column in self.columns if matches(name, column.name))
        return max(matching, key=lambda column: count_letters(column.name), default=None)


def count_letters(pattern: str) -> int:
    """Return how many letters of a pattern are the same in all names.

    Examples
    --------
    >>> count_letters("<model>:<target>:low")
    5
    """
    return len(DIFFERING.sub("", pattern))


def matches(name: str, pattern: str) -> bool:
    """Return whether a name is one of those that a pattern describes.

    Examples
    --------
    >>> matches("coalflow/0:pi:low", "<model>:<target>:low"), matches("pi", "<model>:<target>")
    (True, False)
    """
    parts = DIFFERING.split(pattern)
    return re.fullmatch("[^:]+".join(map(re.escape, parts)), name) is not None


# What several tables have -----------------------------------------------------------------------

MODEL = Column("model", "the model: `coalflow/0` is one training of a net, `coalflow` their mean")
KIND = Column("kind", "`net`, `ensemble` (the mean of several trainings) or `baseline`")
RESTART = Column("restart", "which training of a net, counted from 0; empty for the others")
TARGET = Column("target", "what is predicted")
METRIC = Column("metric", "by what the model is judged, such as `rmse`, `r2` or `log_loss`")
WINDOWS = Column("windows", "how many windows this is about")
CI_LOW = Column("ci_low", "lower end of the 95 % interval")
CI_HIGH = Column("ci_high", "upper end of the 95 % interval")
GROUP = Column("group", "by what windows are divided: `all`, `class`, or a parameter")
PART = Column(
    "part", "which part of the group: a value, or the number of the fifth, from low to high"
)
FROM = Column("from", "lowest value in this part")
TO = Column("to", "highest value in this part")
STAGE = Column("stage", "`before` or `after` calibration")
CELL = Column("cell", "the combination of parameters that was simulated")
REPLICATE = Column("replicate", "the window of that cell, counted from 0")
CONTIG = Column("contig", "the contig, as the file names it")
START = Column("start", "first base, counted from 0 as in BED", "bases")
END = Column("end", "the base after the last", "bases")
CLASSES, NUMBERS = "where the target has classes", "where targets are numbers"
ENSEMBLES = "with several trainings of a net"
