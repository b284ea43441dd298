"""Paint a genome: which stretches of which haplotypes have the ancestry, as BED and a picture."""

import pandas as pd

from coalflow.config.settings.observing import ScanSettings
from coalflow.core.command_line import parse_arguments
from coalflow.core.errors import run_program
from coalflow.core.files import Room, write_table
from coalflow.evaluation.ancestry.ancestry_calibration import read_ancestry_calibrations
from coalflow.genomes.opening import open_genome
from coalflow.genomes.painting.painted_contigs import Painter
from coalflow.genomes.painting.painted_genome import paint_genome
from coalflow.genomes.painting.true_ancestry import read_true_ancestry
from coalflow.genomes.plan import list_parts, read_plan
from coalflow.models.ensembles import add_ensembles
from coalflow.models.storage.loading import load_models
from coalflow.report.scans.painted_files import write_painted


def main() -> None:
    """Read models and the genome; write segments, the ancestry of individuals and a picture."""
    arguments = parse_arguments(
        __doc__,
        ScanSettings,
        plan="what plan_genome.py wrote",
        contigs="folder of the contig stores",
        models="folder of all models, with what judge_ancestry.py wrote",
        output="folder of the results",
        optional={"truth": "the true ancestry of a simulated genome, .bed"},
    )
    settings, plan = arguments.settings, read_plan(arguments.plan)
    trained = add_ensembles(load_models(arguments.models, settings.models))
    nets = {model.card.model for model in trained.values() if model.card.paints}
    painter = Painter.choose(trained, read_ancestry_calibrations(arguments.models, sorted(nets)))
    observation = painter.view.observation
    stores = list_parts(arguments.contigs, plan)
    samples = observation.observe(settings.samples)
    genome = open_genome(stores, plan, samples, observation, settings.options)
    truth = None if arguments.truth is None else read_true_ancestry(arguments.truth)
    room = Room(0, arguments.output)
    painted = paint_genome(genome, plan, settings.options, painter, room.allocate, truth)
    write_painted(painted, arguments.output)
    scores = painted.scores
    judgement = pd.DataFrame({"metric": list(scores), "value": list(scores.values())})
    write_table(arguments.output / "ancestry_judged.tsv", judgement)


if __name__ == "__main__":
    run_program(main)
