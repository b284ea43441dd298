"""What the report shows of the regions of a genome, and of what these are compared with."""

import dataclasses
import pathlib
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from coalflow.config.schema.genomes import Genome
from coalflow.core.files import read_json, refuse_damaged
from coalflow.core.shown_names import shorten_name
from coalflow.evaluation.result_tables import read_result_table
from coalflow.genomes.novelty.verdict import Verdict
from coalflow.genomes.reference.reference import Reference
from coalflow.genomes.significance.region_tables import FOUND, QUESTION
from coalflow.report.figures.drawing import find_title
from coalflow.report.wording import format_count, format_number, format_percent, join_names

PICTURES = "pictures.tsv"  # which lists those of regions
MOST_GENES = 8  # of a region that are named
MOST_ROWS = 20  # of a table; the others are in regions.tsv
# How p-values of numbers are counted.
TAILS = {"upper": "high", "lower": "low", "both": "high or low"}


@dataclasses.dataclass(frozen=True)
class Sought:
    """Which regions are looked for.

    Attributes
    ----------
    what : str
        In words, such as ``high values of Tajima's D``.
    fdr : float
        The false discovery rate at which a region counts as found.
    """

    what: str
    fdr: float


@dataclasses.dataclass(frozen=True)
class RegionRow:
    """A region in a table.

    Attributes
    ----------
    number : int
        That of its row in ``regions.tsv``, from 1.
    name : str
        As genome browsers write it.
    what : str
        The most probable class in its peak, or the predicted number.
    p, expected, q, novelty : float
        As in ``regions.tsv``.
    furthest, flags, agree, genes : str
        As in ``regions.tsv``, in words.
    """

    number: int
    name: str
    what: str
    p: float
    expected: float
    q: float
    novelty: float
    furthest: str
    flags: str
    agree: str
    genes: str


@dataclasses.dataclass(frozen=True)
class RegionPicture:
    """The picture of a region.

    Attributes
    ----------
    path : str
        Within the folder of the page.
    title, words : str
        Where it lies, and what is known of it.
    """

    path: str
    title: str
    words: str


@dataclasses.dataclass(frozen=True)
class RegionsInGenome:
    """The regions of a genome that are unlike the null.

    Attributes
    ----------
    found, questions : list of RegionRow
        The first of each, by what chance makes least.
    numbers : dict of str to int
        How many regions there are, by verdict.
    pictures : list of RegionPicture
    has_genes : bool
        Whether genes are known.
    is_compared : bool
        Whether windows have p-values.
    found_of : dict of str to int
        How many regions are found of each class; none where targets are numbers.
    """

    found: list[RegionRow]
    questions: list[RegionRow]
    numbers: dict[str, int]
    pictures: list[RegionPicture]
    has_genes: bool
    is_compared: bool
    found_of: dict[str, int] = dataclasses.field(default_factory=dict)


def summarise_regions(folder: pathlib.Path, path: str, section: Genome) -> RegionsInGenome:
    """Return what the report shows of the regions of a genome.

    Parameters
    ----------
    folder : Path
        The folder of the scan.
    path : str
        Where that is in the folder of the page, with a slash at its end; empty where it is that.
    section : Genome
        Its section in the config.

    Raises
    ------
    CoalflowError
        If a table is missing or damaged.
    """
    table = read_result_table(folder / "regions.tsv", ["start", "end"], ["contig"])
    table = table.assign(number=range(1, len(table) + 1))
    is_compared = "verdict" in table
    verdicts = table["verdict"] if is_compared else pd.Series(dtype=str)
    rows = {
        verdict: [
            _make_row(row) for row in table[verdicts == verdict].head(MOST_ROWS).to_dict("records")
        ]
        for verdict in (FOUND, QUESTION)
        if is_compared
    }
    return RegionsInGenome(
        found=rows.get(FOUND, []),
        questions=rows.get(QUESTION, []),
        numbers={str(each): int(number) for each, number in verdicts.value_counts().items()},
        pictures=_list_pictures(folder / "regions", path, section),
        has_genes=section.genes is not None,
        is_compared=is_compared,
        found_of=_count_classes(table[verdicts == FOUND]) if is_compared else {},
    )


def _count_classes(found: pd.DataFrame) -> dict[str, int]:
    """Return how many regions are of each class, the most frequent first."""
    if "class" not in found:
        return {}
    return {str(name): int(number) for name, number in found["class"].value_counts().items()}


def _make_row(row: Mapping[Any, Any]) -> RegionRow:
    what = row["class"] if "class" in row else format_number(row["value"])
    return RegionRow(
        number=int(row["number"]),
        name=_name_region(row),
        what=str(what),
        **{key: float(row[key]) for key in ("p", "expected", "q", "novelty")},
        furthest=_read_text(row["furthest"]),
        flags=_read_text(row["flags"]).replace(",", ", "),
        agree=str(row["agree"]),
        genes=_describe_genes(row),
    )


def _name_region(row: Mapping[Any, Any]) -> str:
    contig = shorten_name(str(row["contig"]))
    return f"{contig}:{int(row['start']) + 1:,}-{int(row['end']):,}"


def _describe_genes(row: Mapping[Any, Any]) -> str:
    genes, nearest = _read_text(row["genes"]), _read_text(row["nearest_gene"])
    if genes:
        names = genes.split(",")
        more = [f"{len(names) - MOST_GENES:,} others"] if len(names) > MOST_GENES else []
        return ", ".join([*names[:MOST_GENES], *more])
    if not nearest:
        return ""
    return f"none; {nearest} is {format_count(float(row['nearest_distance']))} bases away"


def _read_text(value: object) -> str:
    """Return a cell of a table as text; empty where there is none."""
    return "" if value is None or value != value else str(value)


def _list_pictures(folder: pathlib.Path, path: str, section: Genome) -> list[RegionPicture]:
    if not section.has_region_pictures:
        return []
    table = read_result_table(folder / PICTURES, ["start", "end"], ["picture", "contig", "words"])
    return [
        RegionPicture(
            path=f"{path}{folder.name}/{row['picture']}",
            title=_name_region(row),
            words=str(row["words"]),
        )
        for row in table.to_dict("records")
    ]


def read_verdict(path: pathlib.Path) -> Verdict | None:
    """Return whether simulations fit a genome; None where this was not found out.

    Parameters
    ----------
    path : Path
        ``verdict.json``.

    Raises
    ------
    CoalflowError
        If the file is missing or damaged.
    """
    written = read_json(path)
    if not written:
        return None
    with refuse_damaged(path):
        return Verdict.model_validate(written, strict=False)


def describe_null(reference: Reference, model: str, classes: Sequence[str]) -> list[str]:
    """Return in sentences where p-values and probabilities come from.

    Parameters
    ----------
    reference : Reference
        That of the model.
    model : str
        By which regions are found.
    classes : sequence of str
        Those of the target; none where targets are numbers.
    """
    meta = reference.meta
    sentences = []
    if meta.scores:
        score = meta.scores[0]
        mean = ""
        if meta.blocks and meta.significance.neighbours:
            number = format_count(2 * meta.significance.neighbours)
            mean = f", the mean of a window and of {number} neighbours"
        sentences.append(
            f"Regions are found by {_describe_score(score.name, score.classes, score.tail)}, as "
            f"predicted by {model}{mean}: adjacent windows with a p-value of "
            f"{meta.significance.p:g} or less are a region. One is reported as found where its "
            "q-value, the false discovery rate of regions, is at most "
            f"{meta.significance.fdr:g}"
        )
        more = (
            f" and {format_count(meta.block_windows)} windows in {format_count(meta.blocks)} long "
            "neutral simulations, which were scanned like a genome"
            if meta.blocks
            else ""
        )
        sentences.append(
            f"p-values come from the null: {format_count(meta.windows)} validation and test "
            f"windows of {_count_cells(meta.neutral)}{more}"
        )
    else:
        sentences.append("No simulation is neutral, so windows have no p-values")
    sentences.append(
        f"A window is novel if its p-value of novelty is at most {meta.false_alarms:g}: that share "
        "of windows like the simulated ones is flagged by mistake"
    )
    if classes and meta.mix is not None:
        mix = _join_shares(dict(zip(classes, meta.mix, strict=True)))
        sentences.append(f"Probabilities of classes assume the mix of the simulations: {mix}")
    if meta.class_prior is not None:
        prior = _join_shares(meta.class_prior)
        sentences.append(f"The columns that end in :posterior assume class_prior: {prior}")
    elif classes:
        sentences.append(
            "Set class_prior to the shares that you expect in a genome, and windows.tsv has "
            "posterior probabilities, too"
        )
    return sentences


def describe_sought(reference: Reference) -> Sought | None:
    """Return which regions are looked for; None where windows have no p-values.

    Parameters
    ----------
    reference : Reference
        That of the model by which regions are found.
    """
    if not reference.meta.scores:
        return None
    score = reference.meta.scores[0]
    if score.classes is None:
        what = f"{TAILS[score.tail]} values of {find_title(score.name)}"
    else:
        *others, last = score.classes
        names = f"{', '.join(others)} or {last}" if others else last
        what = f"{names} windows"
    return Sought(what, reference.meta.significance.fdr)


def _describe_score(name: str, classes: Sequence[str] | None, tail: str) -> str:
    if classes is None:
        return f"{TAILS[tail]} values of {find_title(name)}"
    return f"the probability of {' or '.join(classes)} (score {name})"


def _count_cells(neutral: Sequence[str]) -> str:
    return f"the {len(neutral):,} neutral cells" if len(neutral) > 1 else "the neutral cell"


def _join_shares(shares: Mapping[str, float]) -> str:
    return join_names([f"{name} {format_percent(share)}" for name, share in shares.items()])
