"""Which regions of a genome have a picture, and what it shows of them."""

from __future__ import annotations

import dataclasses
import math
import pathlib
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from coalflow.config.schema.observation import Observation
from coalflow.core.files import write_table
from coalflow.core.progress import say
from coalflow.core.shown_names import shorten_name
from coalflow.evaluation.predictions import REGION_P, name_column
from coalflow.evaluation.result_tables import read_result_table
from coalflow.genomes.opening import UsableGenome
from coalflow.genomes.selecting.selection import parse_regions
from coalflow.genomes.significance.region_tables import FOUND, NOT_SIGNIFICANT, QUESTION
from coalflow.report.figures.drawing import save_figure
from coalflow.report.figures.regions.haplotypes import HaplotypeImage, make_haplotype_image
from coalflow.report.figures.regions.picture import RegionView, draw_region
from coalflow.report.genomes.found_regions import MOST_GENES, PICTURES
from coalflow.report.scans.results import ScanResults
from coalflow.report.wording import format_count, format_number, join_names

COLUMNS = ("picture", "contig", "start", "end", "verdict", "words")
FLANK = 1.0  # of the length of a region, on either side
FEWEST_WINDOWS = 6  # that lie on either side of its middle
NAMED = "named by the user"
SHOW_REGIONS = "genomes.<name>.show_regions"
# Those that are reported come first; others are shown if there is room.
VERDICTS = (FOUND, QUESTION, NOT_SIGNIFICANT)
LONGEST_NAME = 60  # characters of a contig in the name of a file


@dataclasses.dataclass(frozen=True)
class DrawnRegion:
    """A region that has a picture.

    Attributes
    ----------
    contig : str
    start, end : int
        Where it lies, in bases counted from 0.
    stretch : (int, int)
        What is drawn: the region and what is next to it.
    verdict : str
        That of ``regions.tsv``, or that the user has named it.
    found : mapping
        Its row in ``regions.tsv``; empty if the user has named it.
    """

    contig: str
    start: int
    end: int
    stretch: tuple[int, int]
    verdict: str
    found: Mapping[str, Any]

    @property
    def title(self) -> str:
        """The region as genome browsers write it."""
        return f"{shorten_name(self.contig)}:{self.start + 1:,}-{self.end:,}"

    def name_picture(self, number: int) -> str:
        """Return what its picture is called, without the suffix."""
        contig = re.sub("[^A-Za-z0-9._-]", "_", self.contig)[:LONGEST_NAME]
        return f"{number:02}_{contig}_{self.start + 1}"


def choose_regions(
    table: pathlib.Path,
    top: int,
    named: Sequence[str],
    results: ScanResults,
    path: str,
) -> list[DrawnRegion]:
    """Return the regions that are drawn: the top ones, then those that the user names.

    Parameters
    ----------
    table : Path
        ``regions.tsv``, which has the least expected first.
    top : int
        How many of them are drawn: first those that are found, then questions, then others.
    named : sequence of str
        Further ones, such as ``2:1001-2000``.
    results : ScanResults
    path : str
        The file of the genome, for messages.

    Raises
    ------
    CoalflowError
        If a region is named that the genome does not have, or the table is damaged.
    """
    regions = read_result_table(table, ["start", "end"], ["contig"])
    chosen, lengths, window = [], results.lengths, results.find_window_length()
    if len(regions):
        rank = regions["verdict"].map({name: index for index, name in enumerate(VERDICTS)})
        order = rank.sort_values(kind="stable").index[:top]
        for row in regions.loc[order].to_dict("records"):
            contig, start, end = str(row["contig"]), int(row["start"]), int(row["end"])
            flank = max(FLANK * (end - start), FEWEST_WINDOWS * window - (end - start) / 2)
            low = max(0, start - math.ceil(flank))
            high = min(lengths[contig], end + math.ceil(flank))
            found = {str(name): value for name, value in row.items()}
            chosen.append(DrawnRegion(contig, start, end, (low, high), str(row["verdict"]), found))
    for region in parse_regions(named, SHOW_REGIONS, path, lengths):
        stretch = (region.start, region.end)
        chosen.append(DrawnRegion(region.contig, *stretch, stretch, NAMED, {}))
    return chosen


def draw_regions(
    results: ScanResults,
    genome: UsableGenome,
    observation: Observation,
    chosen: Sequence[DrawnRegion],
    folder: pathlib.Path,
) -> None:
    """Draw regions, each in a picture of its own, and list them in ``pictures.tsv``.

    Parameters
    ----------
    results : ScanResults
    genome : UsableGenome
        Of which haplotypes are read.
    observation : Observation
        How these are seen.
    chosen : sequence of DrawnRegion
    folder : Path

    Raises
    ------
    CoalflowError
        If a file is damaged, or the disk is full.
    """
    folder.mkdir(parents=True, exist_ok=True)
    windows = results.read_shown()
    rows = []
    for number, region in enumerate(chosen, 1):
        say(f"drawing {region.title}")
        view = _make_view(results, genome, observation, region, windows)
        picture = f"{region.name_picture(number)}.png"
        save_figure(draw_region(view), folder / picture)
        rows.append(
            [picture, region.contig, region.start, region.end, region.verdict, view.details]
        )
    write_table(folder / PICTURES, pd.DataFrame(rows, columns=list(COLUMNS)))


def _make_view(
    results: ScanResults,
    genome: UsableGenome,
    observation: Observation,
    region: DrawnRegion,
    windows: pd.DataFrame,
) -> RegionView:
    """Return what the picture of a region shows."""
    reference, best = results.scan.reference, results.shown[0].name
    score = reference.scores[0].name if reference is not None and reference.scores else None
    if score is not None and name_column(best, score, REGION_P) not in windows:
        score = None
    start, end = region.stretch
    here = windows[
        (windows["contig"] == region.contig) & (windows["end"] > start) & (windows["start"] < end)
    ].reset_index(drop=True)
    peak = None
    if region.found:
        peak = int(region.found["peak_start"]), int(region.found["peak_end"])
    genes = None if results.genes is None else results.genes.within(region.contig, start, end)
    return RegionView(
        title=region.title,
        details=describe_region(region, score),
        contig=region.contig,
        start=start,
        end=end,
        region=(region.start, region.end) if region.found else None,
        peak=peak,
        windows=here,
        shown=results.shown,
        targets=results.scan.card.targets,
        score=score,
        threshold=1.0 if reference is None else reference.meta.significance.p,
        bands=None if reference is None else reference.bands,
        haplotypes=_make_image(genome, region, peak, observation),
        polarised=bool(observation.polarised),
        genes=genes,
    )


def _make_image(
    genome: UsableGenome,
    region: DrawnRegion,
    peak: tuple[int, int] | None,
    observation: Observation,
) -> HaplotypeImage | None:
    """Return the haplotypes of a region; None where it has no site."""
    contig = next((each for each in genome.contigs if each.name == region.contig), None)
    if contig is None:
        return None
    first, last = contig.count_sites_before(list(region.stretch)).tolist()
    if first == last:
        return None
    centre = peak or (region.start, region.end)
    return make_haplotype_image(contig, region.stretch, centre, observation)


def describe_region(region: DrawnRegion, score: str | None) -> str:
    """Return in words what is known of a region.

    Parameters
    ----------
    region : DrawnRegion
    score : str, optional
        By which regions are found.
    """
    return "; ".join([region.verdict, *_list_words(region.found, score)])


def _list_words(found: Mapping[str, Any], score: str | None) -> Iterator[str]:
    """Yield what ``regions.tsv`` says of a region."""
    if not found:
        return
    if isinstance(found.get("class"), str):
        yield f"{found['class']} is the most probable class of {score}"
    elif "value" in found:
        yield f"{score} {format_number(found['value'])}"
    yield (
        f"p {format_number(found['p'], 2)} in its peak, q {format_number(found['q'], 2)}: "
        f"{format_number(found['expected'], 2)} such regions are expected by chance"
    )
    yield f"{found['agree']} models agree"
    if found["novelty"] == found["novelty"]:
        furthest = f" ({found['furthest']})" if _is_text(found.get("furthest")) else ""
        yield f"novelty p {format_number(found['novelty'], 2)}{furthest}"
    if _is_text(found.get("flags")):
        yield f"flagged {found['flags'].replace(',', ' and ')}"
    if _is_text(found.get("genes")):
        names = found["genes"].split(",")
        more = [f"{len(names) - MOST_GENES:,} others"] if len(names) > MOST_GENES else []
        yield f"genes {join_names([*names[:MOST_GENES], *more])}"
    elif _is_text(found.get("nearest_gene")):
        bases = format_count(found["nearest_distance"])
        yield f"no gene, the nearest is {found['nearest_gene']}, {bases} bases away"


def _is_text(value: object) -> bool:
    return isinstance(value, str) and value != ""
