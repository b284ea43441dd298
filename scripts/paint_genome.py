"""Paint a genome: which stretches of which haplotypes have the ancestry, as BED and a picture."""

import pathlib
from collections.abc import Mapping

import numpy as np
import pandas as pd

from coalflow.config.settings.observing import ScanSettings
from coalflow.core.command_line import parse_arguments
from coalflow.core.errors import run_program
from coalflow.core.files import format_table, read_json, replace_atomically, write_table
from coalflow.core.progress import say
from coalflow.evaluation.ancestry import ancestry_scores
from coalflow.evaluation.ancestry.ancestry_calibration import AncestryCalibration
from coalflow.genomes.opening import open_genome
from coalflow.genomes.painting.painted_contigs import PaintedContig, Painter, paint_contigs
from coalflow.genomes.painting.segments import BED_COLUMNS, find_segments, name_rows, sum_rows
from coalflow.genomes.painting.true_ancestry import judge_painted, read_true_ancestry
from coalflow.genomes.plan import list_parts, read_plan
from coalflow.genomes.windows.window_batches import WindowBatches
from coalflow.models.ancestry.predicting import AncestryModels
from coalflow.models.ensembles import add_ensembles
from coalflow.models.storage.loading import load_models
from coalflow.models.storage.model import Model
from coalflow.report.figures import drawing
from coalflow.report.figures.regions.painted import draw_painted_contig


def main() -> None:
    """Read models and the genome; write segments, the ancestry of individuals and a picture."""
    arguments = parse_arguments(
        __doc__,
        ScanSettings,
        plan="what plan_genome.py wrote",
        contigs="folder of the contig stores",
        models="folder of all models",
        calibrations="what judge_ancestry.py wrote, .json",
        output="folder of the results",
        optional={"truth": "the true ancestry of a simulated genome, .bed"},
    )
    settings, plan = arguments.settings, read_plan(arguments.plan)
    painter = _choose_painter(
        add_ensembles(load_models(arguments.models, settings.models)), arguments.calibrations
    )
    view = painter.view
    samples = view.observation.observe(settings.samples)
    stores = list_parts(arguments.contigs, plan)
    genome = open_genome(stores, plan, samples, view.observation, settings.options)
    batches = WindowBatches.plan(genome.contigs, view.encoding, settings.options)
    target = view.targets.at_sites
    assert target is not None
    of, source = target.of
    read = [plan.individuals[index] for index in plan.draws[0]]
    first = list(samples.slices).index(of)
    begin = sum(plan.numbers[:first])
    individuals = read[begin : begin + plan.numbers[first]]
    rows = name_rows(individuals, samples.ploidy if view.observation.phased else None)
    threshold = 1 / (1 + np.exp(-painter.calibration.segment_threshold))
    segments, sums = [pd.DataFrame(columns=list(BED_COLUMNS))], []
    truth = None if arguments.truth is None else read_true_ancestry(arguments.truth)
    shown: PaintedContig | None = None
    most, judged = -1.0, []
    for contig in paint_contigs(batches, painter):
        segments.append(find_segments(contig, rows, threshold))
        sums.append(sum_rows(contig, threshold))
        if truth is not None:
            judged.append(judge_painted(contig, rows, threshold, truth))
        if sums[-1]["called"].sum() > most:
            shown, most = contig, float(sums[-1]["called"].sum())
    table = _tabulate_rows(rows, of, sums, segments)
    say(f"{of}: {table['expected_share'].mean():.2%} from {source}, by {painter.name}")
    output = arguments.output
    with replace_atomically(output / "ancestry.bed") as temporary:
        temporary.write_bytes(format_table(pd.concat(segments, ignore_index=True), header=False))
    write_table(output / "ancestry.tsv", table)
    scores: dict[str, float] = {}
    if judged:
        scores = ancestry_scores.score_ancestry(ancestry_scores.join_judged(judged))
        say(f"average precision {scores[ancestry_scores.AVERAGE_PRECISION]:.3f}")
    judgement = pd.DataFrame({"metric": list(scores), "value": list(scores.values())})
    write_table(output / "ancestry_judged.tsv", judgement)
    figure = draw_painted_contig(shown, rows, of, source)
    drawing.save_figure(figure, output / "ancestry.png")


def _choose_painter(trained: Mapping[str, Model], path: pathlib.Path) -> Painter:
    """Return the net or the ensemble that is best on validation windows."""
    written = read_json(path)
    calibrations = {
        name: AncestryCalibration.model_validate(written[name])
        for name in trained
        if name in written
    }
    # An ensemble comes before its members, and is chosen if they are as good.
    name = max(calibrations, key=lambda name: calibrations[name].bases.average_precision)
    model = trained[name]
    wanted = {member: trained[member] for member in model.members} | {name: model}
    return Painter(AncestryModels(wanted), name, calibrations[name], model.card.view)


def _tabulate_rows(
    rows: list, of: str, sums: list[pd.DataFrame], segments: list[pd.DataFrame]
) -> pd.DataFrame:
    """Return the table of ``ancestry.tsv``: a row for each haplotype."""
    names = [row.label for row in rows]
    empty = pd.DataFrame(0.0, index=range(len(rows)), columns=["bases", "expected", "called"])
    total = sum(sums, start=empty)
    counts = pd.concat(segments)["name"].value_counts()
    bases = total["bases"].to_numpy()
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = total[["expected", "called"]].to_numpy() / bases[:, None]
    return pd.DataFrame(
        {
            "individual": [row.individual for row in rows],
            "haplotype": pd.array([row.haplotype for row in rows], dtype="Int64"),
            "population": of,
            "bases": bases.astype(np.int64),
            "expected_share": shares[:, 0],
            "called_share": shares[:, 1],
            "segments": counts.reindex(names).fillna(0).astype(np.int64).to_numpy(),
        }
    )


if __name__ == "__main__":
    run_program(main)
