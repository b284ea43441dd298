"""What the report shows of the ancestry of a genome's haplotypes."""

from __future__ import annotations

import dataclasses
import pathlib
from collections.abc import Mapping

from coalflow.evaluation.result_tables import read_result_table
from coalflow.report.tables import read_rows


@dataclasses.dataclass(frozen=True)
class AncestryInGenome:
    """The ancestry of a genome's haplotypes.

    Attributes
    ----------
    population : str
        Whose haplotypes they are.
    phased : bool
        Whether rows are haplotypes, not individuals.
    rows, segments : int
        How many haplotypes there are, or individuals where the phase is not known, and how many
        segments of them are called.
    expected, lowest, highest : float
        The share of bases that is expected to have the ancestry: of all, and of the one with the
        least and the most.
    judged : mapping of str to float
        Scores by metric, where the genome is simulated.
    """

    population: str
    phased: bool
    rows: int
    segments: int
    expected: float
    lowest: float
    highest: float
    judged: Mapping[str, float]


def summarise_painted(folder: pathlib.Path) -> AncestryInGenome | None:
    """Return the ancestry of a genome; None where it was not predicted at each base.

    Parameters
    ----------
    folder : Path
        Of the genome.
    """
    path = folder / "ancestry.tsv"
    if not path.exists():
        return None
    numbers = ["bases", "expected_share", "called_share", "segments"]
    table = read_result_table(path, numbers=numbers, texts=["individual", "population"])
    judged = read_rows(folder / "ancestry_judged.tsv")
    return AncestryInGenome(
        population=str(table["population"].iloc[0]),
        phased=bool(table["haplotype"].notna().all()),
        rows=len(table),
        segments=int(table["segments"].sum()),
        expected=float(table["expected_share"].mean()),
        lowest=float(table["expected_share"].min()),
        highest=float(table["expected_share"].max()),
        judged={str(row["metric"]): row["value"] for row in judged},
    )
