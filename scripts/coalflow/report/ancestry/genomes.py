"""What the report shows of the ancestry of a genome's haplotypes."""

from __future__ import annotations

import dataclasses
import pathlib
from collections.abc import Mapping

import pandas as pd

from coalflow.evaluation.result_tables import read_result_table
from coalflow.report.tables import read_rows

MOST_LISTED = 20  # individuals in a table


@dataclasses.dataclass(frozen=True)
class IndividualAncestry:
    """The ancestry of an individual.

    Attributes
    ----------
    name : str
    expected, called : float
        The share of the bases of all its haplotypes that is expected to have the ancestry, and
        that is in segments.
    segments : int
    draws : int
        In how many of several draws it is; 1 where there is one.
    """

    name: str
    expected: float
    called: float
    segments: int
    draws: int


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
    individuals : tuple of IndividualAncestry
        Those with the highest share, from the highest downwards.
    number : int
        How many individuals there are.
    fewest, most : int
        The fewest and the most draws in which an individual is.
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
    individuals: tuple[IndividualAncestry, ...]
    number: int
    fewest: int
    most: int
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
    individuals = _sum_individuals(table)
    judged = folder / "ancestry_judged.tsv"
    return AncestryInGenome(
        population=str(table["population"].iloc[0]),
        phased=bool(table["haplotype"].notna().all()),
        rows=len(table),
        segments=int(table["segments"].sum()),
        expected=float(table["expected_share"].mean()),
        lowest=float(table["expected_share"].min()),
        highest=float(table["expected_share"].max()),
        individuals=tuple(individuals[:MOST_LISTED]),
        number=len(individuals),
        fewest=min(each.draws for each in individuals),
        most=max(each.draws for each in individuals),
        judged={str(row["metric"]): row["value"] for row in read_rows(judged)}
        if judged.exists()
        else {},
    )


def _sum_individuals(table: pd.DataFrame) -> list[IndividualAncestry]:
    """Return the ancestry of individuals, those with the highest share first."""
    draws = table["draws"] if "draws" in table else pd.Series(1, table.index)
    counted = pd.DataFrame(
        {
            "bases": table["bases"],
            "expected": table["bases"] * table["expected_share"],
            "called": table["bases"] * table["called_share"],
            "segments": table["segments"],
        }
    )
    individuals = table["individual"]
    sums = counted.groupby(individuals, sort=False).sum()
    sums["draws"] = draws.groupby(individuals, sort=False).first()
    shares = sums[["expected", "called"]].div(sums["bases"], axis=0)
    found = [
        IndividualAncestry(str(name), expected, called, int(segments), int(times))
        for name, expected, called, segments, times in zip(
            sums.index,
            shares["expected"].tolist(),
            shares["called"].tolist(),
            sums["segments"],
            sums["draws"],
            strict=True,
        )
    ]
    return sorted(found, key=lambda each: -each.expected)
