"""What is worth knowing of imported files: what was left out, assumed, or not used."""

import dataclasses
import pathlib
from collections.abc import Iterator

from coalflow.config.schema.whole import Config
from coalflow.core.files import read_json, write_json


@dataclasses.dataclass(frozen=True)
class Remark:
    """Something that holds for some replicates of a cell.

    Attributes
    ----------
    remark : str
        What was found, and what was done.
    unit : str
        What is counted: replicates or sites.
    fix : str
        What to write in the config if something else is meant; "" if there is nothing to write.
    """

    remark: str
    unit: str = "replicates"
    fix: str = ""


UNPOLARISED = Remark(
    "imported files say which allele is derived, and with observation.polarised: false this is not "
    "used",
    fix="write `observation: {polarised: true}`, unless those of your genomes are unknown",
)


@dataclasses.dataclass(frozen=True)
class CountedRemark:
    """A remark, how often it holds, and the file and line where it held first."""

    remark: Remark
    count: int
    first: str

    def __str__(self) -> str:
        unit = self.remark.unit if self.count > 1 else self.remark.unit.removesuffix("s")
        text = f"{self.remark.remark} ({self.count:,} {unit}, first in {self.first})"
        return f"{text}: {self.remark.fix}" if self.remark.fix else text


class Remarks:
    """The remarks on a cell, each once."""

    def __init__(self) -> None:
        self._found: dict[Remark, tuple[int, str]] = {}

    def note(self, remark: Remark, where: str, number: int = 1) -> None:
        """Count a remark; ``where`` names the file and, if it has several replicates, the line."""
        if number:
            count, first = self._found.get(remark, (0, where))
            self._found[remark] = (count + number, first)

    def __iter__(self) -> Iterator[CountedRemark]:
        for remark, (count, first) in self._found.items():
            yield CountedRemark(remark, count, first)


def write_remarks(path: pathlib.Path, cell: str, remarks: Remarks) -> None:
    """Write the remarks on a cell as JSON.

    Parameters
    ----------
    path : Path
    cell : str
        Its name.
    remarks : Remarks
    """
    rows = [
        {**dataclasses.asdict(one.remark), "count": one.count, "first": one.first}
        for one in remarks
    ]
    write_json(path, {"cell": cell, "remarks": rows})


def read_remarks(path: pathlib.Path) -> list[CountedRemark]:
    """Return the remarks on a cell.

    Parameters
    ----------
    path : Path

    Raises
    ------
    CoalflowError
        If the file is missing or damaged.
    """
    return [
        CountedRemark(Remark(row["remark"], row["unit"], row["fix"]), row["count"], row["first"])
        for row in read_json(path)["remarks"]
    ]


def list_unused_knowledge(config: Config) -> list[Remark]:
    """Return what imported files know and the config does not use.

    Parameters
    ----------
    config : Config
    """
    unused = config.simulation.imported and not config.observation.polarised
    return [UNPOLARISED] if unused else []
