"""A genome painted: the segments of its haplotypes, and how much of the ancestry each has."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
import pandas as pd

from coalflow.config.settings.genome_options import GenomeOptions
from coalflow.core.progress import say
from coalflow.dataset.loading import Allocate
from coalflow.evaluation.ancestry import ancestry_scores
from coalflow.genomes.opening import UsableGenome
from coalflow.genomes.painting.genome_share import estimate_share
from coalflow.genomes.painting.joined_contigs import paint_together
from coalflow.genomes.painting.painted_contigs import PaintedContig, Painter
from coalflow.genomes.painting.painted_rows import PaintedIndividuals, PaintedRow
from coalflow.genomes.painting.predicted_contigs import predict_contigs
from coalflow.genomes.painting.segments import BED_COLUMNS, find_segments, sum_rows
from coalflow.genomes.painting.true_ancestry import judge_painted
from coalflow.genomes.plan import GenomePlan
from coalflow.genomes.windows.window_batches import WindowBatches


@dataclasses.dataclass(frozen=True)
class PaintedGenome:
    """A genome, painted.

    Attributes
    ----------
    of, source : str
        The population whose haplotypes are painted, and the one that the ancestry is from.
    segments : DataFrame
        That of ``ancestry.bed``.
    table : DataFrame
        That of ``ancestry.tsv``: a row for each haplotype.
    shown : list of PaintedContig
        The contig with the most segments; empty where nothing could be painted.
    scores : dict of str to float
        By metric, where the truth is known.
    """

    of: str
    source: str
    segments: pd.DataFrame
    table: pd.DataFrame
    shown: list[PaintedContig]
    scores: dict[str, float]


def paint_genome(
    genome: UsableGenome,
    plan: GenomePlan,
    options: GenomeOptions,
    painter: Painter,
    allocate: Allocate = np.empty,
    truth: pd.DataFrame | None = None,
) -> PaintedGenome:
    """Paint a genome.

    Parameters
    ----------
    genome : UsableGenome
    plan : GenomePlan
    options : GenomeOptions
        How it is read, and where windows lie.
    painter : Painter
    allocate : callable
        Makes the arrays in which predictions are kept until those of all contigs are known.
    truth : DataFrame, optional
        Of a simulated genome, as
        :func:`coalflow.genomes.painting.true_ancestry.read_true_ancestry` returns it.
    """
    view, (of, source) = painter.view, painter.target
    samples, phased = genome.contigs[0].samples, bool(view.observation.phased)
    individuals = PaintedIndividuals.from_plan(plan, samples, of, phased)
    batches = WindowBatches.plan(genome.contigs, view.encoding, options)
    segments, sums = [pd.DataFrame(columns=list(BED_COLUMNS))], []
    rows: set[PaintedRow] = set()
    shown: list[PaintedContig] = []
    most, judged = -1.0, []
    predicted = [
        [part.keep(allocate) for part in parts]
        for parts in predict_contigs(batches, painter, individuals)
    ]
    calibration = painter.calibration
    share = estimate_share([part for parts in predicted for part in parts], calibration)
    for parts in predicted:
        contig = paint_together(parts, calibration, share)
        found = [find_segments(part, painter.threshold) for part in contig]
        segments.append(_sort_segments(found))
        counted = pd.concat([sum_rows(part, painter.threshold) for part in contig])
        sums.append(counted)
        rows.update(row for part in contig for row in part.rows)
        if truth is not None:
            judged += [judge_painted(part, painter.threshold, truth) for part in contig]
        if counted["called"].sum() > most:
            shown, most = contig, float(counted["called"].sum())
    table = _tabulate_rows(sorted(rows), individuals, sums, segments)
    say(f"{of}: {table['expected_share'].mean():.2%} from {source}, by {painter.name}")
    scores: dict[str, float] = {}
    if judged:
        scores = ancestry_scores.score_ancestry(ancestry_scores.join_judged(judged))
        say(f"average precision {scores[ancestry_scores.AVERAGE_PRECISION]:.3f}")
    joined = pd.concat(segments, ignore_index=True)
    return PaintedGenome(of, source, joined, table, shown, scores)


def _sort_segments(found: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return the segments of a contig in the order of their starts."""
    if len(found) == 1:
        return found[0]
    joined = pd.concat(found, ignore_index=True)
    return joined.sort_values(["start", "end", "name"], kind="stable", ignore_index=True)


def _tabulate_rows(
    rows: Sequence[PaintedRow],
    individuals: PaintedIndividuals,
    sums: Sequence[pd.DataFrame],
    segments: Sequence[pd.DataFrame],
) -> pd.DataFrame:
    """Return the table of ``ancestry.tsv``: a row for each haplotype."""
    names = [row.label for row in rows]
    empty = pd.DataFrame(0.0, index=names, columns=["bases", "expected", "called"])
    total = empty
    for counted in sums:
        total = total.add(counted, fill_value=0)
    total = total.reindex(names)
    counts = pd.concat(segments)["name"].value_counts()
    bases = total["bases"].to_numpy()
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = total[["expected", "called"]].to_numpy() / bases[:, None]
    table = pd.DataFrame(
        {
            "individual": [row.individual for row in rows],
            "haplotype": pd.array([row.haplotype for row in rows], dtype="Int64"),
            "population": individuals.population,
            "bases": bases.astype(np.int64),
            "expected_share": shares[:, 0],
            "called_share": shares[:, 1],
            "segments": counts.reindex(names).fillna(0).astype(np.int64).to_numpy(),
        }
    )
    if len(individuals.draws) > 1:
        numbers = individuals.count_draws()
        table["draws"] = [numbers[row.individual] for row in rows]
    return table
