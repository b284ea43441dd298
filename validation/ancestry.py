"""How well coalflow, ArchIE's regression, S* and hmmix find the ancestry of simulated genomes.

Genomes of a finished run that predicts ancestry at each base, painted by its net, by the
regression and by S* alone, each calibrated by the run's validation windows, and by hmmix: trained
on the genome, and given the true rates in place of that. All are judged at the same sites by the
same functions:

    python validation/ancestry.py --config ancestry.yaml --genomes known other \
        --hmmix VENV/bin/hmmix --folder FOLDER --picture docs/pictures/ancestry_programs.png

It is started where the run was. hmmix (pip install hmmix) is best kept in an environment of its
own. What it writes is kept in the folder, and read when it is there.
"""

import argparse
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "scripts"))

import ancestry_hmmix
import matplotlib.pyplot as plt
import numpy as np
import yaml

from coalflow.config.loading import read_config
from coalflow.config.settings.making import SettingsMaker
from coalflow.core.files import read_json
from coalflow.dataset import loading
from coalflow.dataset.site_ancestry import load_site_ancestry
from coalflow.evaluation.ancestry.ancestry_calibration import (
    AncestryCalibration,
    read_ancestry_calibrations,
)
from coalflow.evaluation.ancestry.ancestry_scores import join_judged, score_ancestry
from coalflow.evaluation.ancestry.odds_counts import compute_curve
from coalflow.genomes.opening import open_genome
from coalflow.genomes.painting.genome_share import estimate_share
from coalflow.genomes.painting.joined_contigs import paint_together
from coalflow.genomes.painting.painted_contigs import Painter
from coalflow.genomes.painting.painted_rows import PaintedIndividuals
from coalflow.genomes.painting.predicted_contigs import predict_contigs
from coalflow.genomes.painting.segments import find_segments
from coalflow.genomes.painting.true_ancestry import judge_painted, read_true_ancestry
from coalflow.genomes.plan import list_parts, read_plan
from coalflow.genomes.windows.window_batches import WindowBatches
from coalflow.models.ancestry.haplotype_baselines import find_outgroup, fit_haplotype_baselines
from coalflow.models.ancestry.predicting import AncestryModels
from coalflow.models.ensembles import add_ensembles
from coalflow.models.storage.loading import load_models
from coalflow.report.figures import drawing
from coalflow.windows.observation import read_observation

NET, BASELINES = "coalflow", ("archie", "s_star")
HMMIX, KNOWING = "hmmix", "hmmix, true rates"
HMMIX_THRESHOLD = 0.5  # its posterior decoding takes the more probable state
HEAD = ["model", "average precision", "F1 of bases", "F1 of segments", "segments", "mean length"]


class Run:
    """A finished run: its models, calibrated, and what they read of genomes.

    Parameters
    ----------
    path : Path
        Its config.
    """

    def __init__(self, path):
        config = read_config(yaml.safe_load(path.read_text(encoding="utf-8")), [path])
        self.results = pathlib.Path("results") / config.run
        self.maker = SettingsMaker(config, None)
        restarts = range(config.models.restarts)
        self.folders = [f"{NET}/{restart}" for restart in restarts]
        trained = add_ensembles(load_models(self.results / "models", self.folders))
        self.name = NET if NET in trained else self.folders[0]
        self.view = trained[self.name].card.view
        self.models = {
            NET: AncestryModels(trained),
            **dict.fromkeys(BASELINES, AncestryModels({}, self._fit_baselines())),
        }
        nets = read_ancestry_calibrations(self.results / "models", [NET])
        baselines = read_json(self.results / "ancestry_baselines.json")
        self.calibrations = {
            name: AncestryCalibration.model_validate(baselines[name]) for name in BASELINES
        } | {NET: nets[self.name]}

    def _fit_baselines(self):
        observation = read_observation(self.results / "observation.json")
        view = self.maker.evaluate(self.folders).view.observed(observation)
        table, shards = (
            loading.read_split_table(self.results / "split.parquet"),
            self.results / "shards",
        )
        train = loading.load_split(table, "train", shards, view)
        train = train.with_ancestry(load_site_ancestry(train.table, shards, view))
        return fit_haplotype_baselines(train, view, find_outgroup(view))

    def painter(self, name):
        """Return what paints by a model."""
        own = self.name if name == NET else name
        return Painter(self.models[name], own, self.calibrations[name], self.view)


class Genome:
    """A simulated genome of a run, with one contig, and its true ancestry."""

    def __init__(self, run, name):
        self.run, self.folder = run, run.results / "genomes" / name
        self.settings = run.maker.scan(name, run.folders, 0)
        self.plan = read_plan(self.folder / "plan.json")
        self.truth = read_true_ancestry(self.folder / "ancestry_truth.bed")
        observation = run.view.observation
        self.samples = observation.observe(self.settings.samples)
        self.individuals = {
            population: [self.plan.individuals[place] for place in self.plan.list_draws(index)[0]]
            for index, population in enumerate(self.samples.slices)
        }
        self.of = run.view.targets.at_sites.of[0]
        self.painted = PaintedIndividuals.from_plan(
            self.plan, self.samples, self.of, observation.phased
        )

    def paint(self, name):
        """Return the genome's contig, painted by a model of the run."""
        stores, view = list_parts(self.folder / "contigs", self.plan), self.run.view
        options = self.settings.options
        genome = open_genome(stores, self.plan, self.samples, view.observation, options)
        batches = WindowBatches.plan(genome.contigs, view.encoding, options)

        painter = self.run.painter(name)
        ((contig,),) = predict_contigs(batches, painter, self.painted)
        calibration = painter.calibration
        return paint_together([contig], calibration, estimate_share([contig], calibration))[0]


def main():
    """Paint, judge, print the table, and draw the curves."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--config", type=pathlib.Path, required=True, help="of the run")
    parser.add_argument("--genomes", nargs="+", required=True, help="names in the config")
    parser.add_argument("--hmmix", type=pathlib.Path, help="the program")
    parser.add_argument("--folder", type=pathlib.Path, required=True, help="for hmmix")
    parser.add_argument("--picture", type=pathlib.Path, help="of precision and recall")
    arguments = parser.parse_args()
    run = Run(arguments.config)
    judged, called = {}, {}
    for name in arguments.genomes:
        genome = Genome(run, name)
        for model, (contig, threshold) in paint_all(run, genome, arguments).items():
            one = judge_painted(contig, threshold, genome.truth)
            segments = find_segments(contig, threshold)
            judged.setdefault(model, []).append(one)
            called.setdefault(model, []).append(segments["end"] - segments["start"])
            print(name, model, {key: round(value, 4) for key, value in score_ancestry(one).items()})
        print(name, "true segments:", len(genome.truth))
    print(write_table(judged, called))
    if arguments.picture:
        draw_curves(judged, arguments.picture)


def paint_all(run, genome, arguments):
    """Return painted contigs and thresholds of a genome, by model."""
    painted = {name: (genome.paint(name), run.painter(name).threshold) for name in run.models}
    if arguments.hmmix:
        if not run.view.observation.phased:
            sys.exit("hmmix is run on haplotypes: give a run with phased genotypes")
        outgroup = genome.individuals[find_outgroup(run.view)]
        program, folder = arguments.hmmix, arguments.folder / genome.folder.name
        given = {HMMIX: (folder, None), KNOWING: (folder / "true", run.calibrations[NET].chain)}
        for name, (own, chain) in given.items():
            contig = ancestry_hmmix.paint(program, own, genome, outgroup, painted[NET][0], chain)
            painted[name] = contig, HMMIX_THRESHOLD
    return painted


def write_table(judged, called):
    """Return the scores of all genomes together, in Markdown."""
    lines = [f"| {' | '.join(HEAD)} |", "|---" * len(HEAD) + "|"]
    for model, parts in judged.items():
        scores = score_ancestry(join_judged(parts))
        lengths = np.concatenate(called[model])
        cells = [f"{scores[key]:.3f}" for key in ("average_precision", "f1", "segment_f1")]
        cells += [f"{len(lengths):,}", f"{lengths.mean() / 1000:.0f} kb"]
        lines.append(f"| `{model}` | {' | '.join(cells)} |")
    return "\n".join(lines)


def draw_curves(judged, path):
    """Picture the precision and recall of bases, of all genomes together."""
    figure, axis = plt.subplots(figsize=(4.6, 3.8))
    for model, parts in judged.items():
        precision, recall = compute_curve(join_judged(parts).counts.sum(axis=0))
        axis.plot(recall, precision, lw=1.4, label=model)
    axis.set(xlabel="recall: share of introgressed bases called", ylabel="precision")
    axis.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
    axis.legend(loc="upper right")
    drawing.save_figure(figure, path)


if __name__ == "__main__":
    main()
