"""What a genome says, in a few sentences: what the page opens with."""

import dataclasses
from collections.abc import Iterator

from coalflow.genomes.significance.region_tables import FOUND, NOT_SIGNIFICANT, QUESTION
from coalflow.report.genomes.found_regions import RegionRow
from coalflow.report.genomes.scan_basis import ScanBasis
from coalflow.report.genomes.scanned_genome import ClassesInGenome, ScannedGenome, TargetInGenome
from coalflow.report.wording import (
    begin_sentence,
    count_things,
    format_count,
    format_number,
    format_places,
    format_rounded_percent,
    join_names,
)

MOST_REGIONS = 3  # that are named
CHANCE = " Some of this is chance, which regions take into account."
MOST_CLASSES = 6  # that are named, the most common first


@dataclasses.dataclass(frozen=True)
class Statement:
    """One thing that a genome says.

    Attributes
    ----------
    label : str
        What it is about.
    text : str
        Sentences.
    places : tuple of str
        Regions, each with what is known of it.
    """

    label: str
    text: str
    places: tuple[str, ...] = ()


def answer_genome(genome: ScannedGenome, basis: ScanBasis) -> list[Statement]:
    """Return what a genome says, the most important first.

    Parameters
    ----------
    genome : ScannedGenome
    basis : ScanBasis
    """
    usable = genome.windows - genome.flagged
    if usable == 0:
        text = (
            f"None. All {format_count(genome.windows)} windows are flagged: they are unlike the "
            "simulations, or incomplete, so no prediction holds."
        )
        return [Statement("Answer", text), *_describe_fit(genome)]
    fit = list(_describe_fit(genome))
    said = [
        *_describe_regions(genome, basis),
        *(_describe_values(target, basis) for target in genome.targets),
        *_describe_classes(genome, basis),
    ]
    # A misfit is the first thing to know: what was learned may not hold there.
    said = [*fit, *said] if genome.is_misfit else [*said, *fit]
    return [*said, *_describe_novelty(genome), *_describe_flags(genome)]


def _describe_regions(genome: ScannedGenome, basis: ScanBasis) -> Iterator[Statement]:
    regions, sought = genome.regions, basis.sought
    if sought is None or not regions.is_compared:
        return
    found, questions, chance = (
        regions.numbers.get(verdict, 0) for verdict in (FOUND, QUESTION, NOT_SIGNIFICANT)
    )
    if found:
        of = [
            name if found == 1 else f"{number:,} {name}"
            for name, number in regions.found_of.items()
        ]
        kinds = f": {join_names(of)}" if of else ""
        text = (
            f"{begin_sentence(count_things(found, 'region'))} found{kinds}. The false discovery "
            f"rate is {format_rounded_percent(sought.fdr)}: at most that share of such regions is "
            "expected to be there by chance alone."
        )
    else:
        text = (
            f"None found: no stretch of {sought.what} goes beyond what a neutral genome shows by "
            f"chance (false discovery rate {format_rounded_percent(sought.fdr)})."
        )
    if questions:
        are = (
            "is as significant, but in question: it is"
            if questions == 1
            else ("are as significant, but in question: they are")
        )
        text += (
            f" {begin_sentence(count_things(questions, 'further region'))} {are} unlike everything "
            "simulated, or incomplete."
        )
    if chance:
        explained = "candidate is" if chance == 1 else "candidates are"
        text += (
            f" {format_count(chance)} {'other ' if found else ''}{explained} explained by chance."
        )
    named = tuple(_name_region(row) for row in regions.found[:MOST_REGIONS])
    more = found - len(named)
    if more > 0 and named:
        named = (*named, f"and {format_count(more)} more, in the table below")
    yield Statement("Regions", text, named)


def _name_region(row: RegionRow) -> str:
    """Return where a region lies, and what is known of it."""
    genes = f"; genes: {row.genes}" if row.genes else ""
    return f"{row.name}: {row.what} (q = {format_places(row.q)}{genes})"


def _describe_values(target: TargetInGenome, basis: ScanBasis) -> Statement:
    """Return what the best model predicts of a number."""
    model = next(row for row in target.models if row.name == basis.shown[0].name)
    unit = f" {target.unit}" if target.unit else ""
    text = (
        f"The median of the windows is {format_places(model.median)}{unit}; nine in ten windows "
        f"are between {format_places(model.low)} and {format_places(model.high)}, as predicted by "
        f"{model.name}."
    )
    if "pearson_r" in model.agreement:
        text += (
            " Computed directly on the same windows, the values agree with a correlation of "
            f"{format_number(model.agreement['pearson_r'], 2)}."
        )
    return Statement(begin_sentence(target.title), text)


def _describe_classes(genome: ScannedGenome, basis: ScanBasis) -> Iterator[Statement]:
    """Yield to which classes the best model assigns windows."""
    for row in genome.models:
        if row.name == basis.shown[0].name and any(row.windows):
            yield Statement(
                "Windows",
                f"{begin_sentence(_list_classes(row, basis))}, by what {row.name} holds most "
                "probable for each."
                f"{CHANCE if basis.sought else ''}",
            )


def _list_classes(row: ClassesInGenome, basis: ScanBasis) -> str:
    total = sum(row.windows)
    counted = sorted(zip(row.windows, basis.classes, strict=True), key=lambda pair: -pair[0])
    shown = [
        f"{format_rounded_percent(windows / total)} {name}"
        for windows, name in counted[:MOST_CLASSES]
        if windows
    ]
    return f"of {count_things(total, 'window')} without a flag, {join_names(shown)}"


def _describe_fit(genome: ScannedGenome) -> Iterator[Statement]:
    verdict = genome.verdict
    if verdict is not None:
        p = "" if verdict.p is None else f" (p = {format_places(verdict.p)})"
        caution = " Predictions may be wrong for this genome." if genome.is_misfit else ""
        yield Statement("Do the simulations fit?", f"{verdict.headline}{p}.{caution}")


def _describe_novelty(genome: ScannedGenome) -> Iterator[Statement]:
    verdict = genome.verdict
    if verdict is not None and verdict.level != "unknown":
        share = format_rounded_percent(verdict.novel_share) if verdict.novel_share else "None"
        yield Statement(
            "Novelty",
            f"{share} of the windows are unlike everything "
            f"simulated; by chance it would be {format_rounded_percent(verdict.expected_share)}.",
        )


def _describe_flags(genome: ScannedGenome) -> Iterator[Statement]:
    if genome.flagged:
        share = format_rounded_percent(genome.flagged / genome.windows)
        what = "is flagged" if genome.flagged == 1 else "are flagged"
        yield Statement(
            "Left out",
            f"{format_count(genome.flagged)} of {format_count(genome.windows)} windows ({share}) "
            f"{what} as novel or incomplete, and not counted above.",
        )
