"""``regions.tsv`` and ``regions.bed``: the regions of a genome that are unlike the null."""

from __future__ import annotations

import pathlib
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from coalflow.config.schema.scans.significance import Significance
from coalflow.core.files import replace_atomically, write_table
from coalflow.evaluation.predictions import POSTERIOR, REGION_P, name_column
from coalflow.genomes.genes.genes import Genes
from coalflow.genomes.significance.multiple_testing import adjust_expected, find_family_wise_p
from coalflow.genomes.significance.null import Null
from coalflow.genomes.significance.regions import find_regions, measure_covered_bases
from coalflow.genomes.significance.scores import Score

FOUND, QUESTION, NOT_SIGNIFICANT = "found", "question", "not significant"
#: With these a region's peak may be an artefact.
DOUBTFUL_FLAGS = {"gap", "short", "few_sites", "inaccessible", "missing", "novel"}
HIGHEST_SHADE = 1000  # in BED


def tabulate_regions(
    windows: pd.DataFrame,
    tracks: pd.DataFrame,
    model: str,
    score: Score,
    null: Null,
    options: Significance,
    length: int,
    false_alarms: float,
    genes: Genes | None,
) -> pd.DataFrame:
    """Return the table of ``regions.tsv``, which docs/how_sure.md explains.

    Parameters
    ----------
    windows : DataFrame
        The table of ``windows.tsv``, in order.
    tracks : DataFrame
        What :meth:`coalflow.genomes.significance.null.Null.judge_means` returned of them.
    model : str
        By whose predictions regions are found.
    score : Score
        By which.
    null : Null
        That of the model and the score. If it has no regions, as many are expected as windows with
        such a p-value; there are fewer.
    options : Significance
        The section of the config.
    length : int
        Bases of a window.
    false_alarms : float
        The p-value of novelty up to which a window is novel.
    genes : Genes, optional

    Returns
    -------
    DataFrame
        Without rows if there is no region; the least expected first.
    """
    regions = find_regions(tracks, options.p, length)
    rows = regions["peak_row"].to_numpy()
    peaks, found = windows.iloc[rows].reset_index(drop=True), tracks.iloc[rows]
    judged = _judge_regions(tracks, found, null)
    table = pd.DataFrame(
        {
            **_describe_places(regions, peaks),
            **_describe_peaks(peaks, model, score),
            "score": found["score"].to_numpy(),
            **judged,
            "novelty": peaks.get("novelty", np.nan),
            "furthest": _select_text(peaks, "furthest"),
            "flags": _select_text(peaks, "flags"),
            "agree": _count_agreeing(peaks, score, options.p),
            **_find_genes(regions, genes),
        }
    )
    verdicts = np.where(_find_doubtful(table, false_alarms), QUESTION, FOUND)
    verdicts = np.where(judged["q"] <= options.fdr, verdicts, NOT_SIGNIFICANT)
    table["verdict"] = verdicts.astype(object)
    return table.sort_values("expected", kind="stable", ignore_index=True)


def _describe_places(regions: pd.DataFrame, peaks: pd.DataFrame) -> dict[str, pd.Series]:
    """Return where regions and their peaks are."""
    return {
        **{name: regions[name] for name in ("contig", "start", "end")},
        "length": regions["end"] - regions["start"],
        "peak_start": peaks["start"],
        "peak_end": peaks["end"],
        "windows": regions["windows"],
    }


def _judge_regions(
    tracks: pd.DataFrame, found: pd.DataFrame, null: Null
) -> dict[str, npt.NDArray[np.float64]]:
    """Return p of regions' peaks, and what that is among all windows of the genome."""
    p, (p_low, p_high) = found["p"].to_numpy(np.float64), null.find_p_interval(found)
    tested = tracks[tracks["p"].notna()]
    if null.regions is None:
        expected = p * len(tested)
        low = high = np.full(len(p), np.nan)
    else:
        bases, contigs = measure_covered_bases(tracks), tested["contig"].nunique()
        expected = null.regions.expect(p, bases, contigs)
        low, high = null.regions.find_interval(p, bases, contigs)
    return {
        "p": p,
        "p_low": p_low,
        "p_high": p_high,
        "expected": expected,
        "expected_low": low,
        "expected_high": high,
        "q": adjust_expected(expected),
        "family_wise_p": find_family_wise_p(expected),
    }


def _describe_peaks(peaks: pd.DataFrame, model: str, score: Score) -> dict[str, npt.NDArray[Any]]:
    """Return the most probable of a score's classes in each peak, or the predicted number.

    The name of the model is next to it.
    """
    best_model = np.full(len(peaks), model, dtype=object)
    if score.classes is None:
        values = peaks[name_column(model, str(score.target))].to_numpy(np.float64)
        return {"value": values, "best_model": best_model}
    columns = [name_column(model, each) for each in score.classes]
    posteriors = [name_column(each, POSTERIOR) for each in columns]
    chosen = posteriors if set(posteriors) <= set(peaks) else columns
    highest = peaks[chosen].to_numpy(np.float64).argmax(axis=1) if len(peaks) else []
    classes = np.array(score.classes, dtype=object)[np.asarray(highest, dtype=np.intp)]
    return {"class": classes, "best_model": best_model}


def _select_text(peaks: pd.DataFrame, column: str) -> pd.Series | str:
    return peaks[column].fillna("") if column in peaks else ""


def _count_agreeing(peaks: pd.DataFrame, score: Score, p: float) -> list[str]:
    """Return how many models have a p-value up to a bound in each peak: ``3 of 4``."""
    end = name_column("", score.name, REGION_P)
    known = [column for column in peaks.columns.astype(str) if column.endswith(end)]
    counts = (peaks[known] <= p).sum(axis=1)
    return [f"{count} of {len(known)}" for count in counts.tolist()]


def _find_genes(regions: pd.DataFrame, genes: Genes | None) -> dict[str, list[Any]]:
    """Return the genes that regions overlap, and the nearest to each."""
    overlapping, nearest, distances = [], [], []
    columns = (regions[name].tolist() for name in ("contig", "start", "end"))
    for contig, start, end in zip(*columns, strict=True):
        found = None if genes is None else genes.find_nearest(contig, start, end)
        overlapping.append(
            "" if genes is None else ",".join(genes.find_overlapping(contig, start, end))
        )
        nearest.append("" if found is None else found[0])
        distances.append(np.nan if found is None else float(found[1]))
    return {"genes": overlapping, "nearest_gene": nearest, "nearest_distance": distances}


def _find_doubtful(table: pd.DataFrame, false_alarms: float) -> npt.NDArray[np.bool_]:
    """Return which regions have a peak that is novel, or has a flag by which it may be wrong."""
    flagged = [not DOUBTFUL_FLAGS.isdisjoint(str(text).split(",")) for text in table["flags"]]
    return (table["novelty"].to_numpy(np.float64) <= false_alarms) | np.array(flagged, dtype=bool)


def write_regions(folder: pathlib.Path, table: pd.DataFrame) -> None:
    """Write ``regions.tsv``, and ``regions.bed``, whose regions are in the order of the genome.

    In the BED, the name is the class, or the value, with the verdict where that is not ``found``,
    and the score is -100 log10(p), at most 1000.

    Parameters
    ----------
    folder : Path
    table : DataFrame
        As :func:`tabulate_regions` returns it.

    Raises
    ------
    CoalflowError
        If the disk is full or cannot be written.
    """
    write_table(folder / "regions.tsv", table)
    rows = table.sort_values(["contig", "start"], kind="stable")
    is_number = "value" in rows
    names = [f"{each:.4g}" for each in rows["value"]] if is_number else rows["class"].tolist()
    marks = ["" if verdict == FOUND else f";{verdict}" for verdict in rows["verdict"]]
    shades = np.rint(np.clip(-100 * np.log10(rows["p"].to_numpy(np.float64)), 0, HIGHEST_SHADE))
    bed = rows[["contig", "start", "end"]].assign(
        name=[f"{name}{mark}".replace(" ", "_") for name, mark in zip(names, marks, strict=True)],
        score=shades.astype(np.int64),
    )
    with replace_atomically(folder / "regions.bed") as temporary:
        bed.to_csv(temporary, sep="\t", header=False, index=False, quoting=3)


def write_no_regions(folder: pathlib.Path) -> None:
    """Write the files of :func:`write_regions` where nothing is compared with a null: empty.

    Parameters
    ----------
    folder : Path

    Raises
    ------
    CoalflowError
        If the disk is full or cannot be written.
    """
    write_table(folder / "regions.tsv", pd.DataFrame(columns=["contig", "start", "end"]))
    with replace_atomically(folder / "regions.bed") as temporary:
        temporary.touch()
