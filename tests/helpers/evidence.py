"""What the report makes findings of, for tests: a run without anything to say against it."""

import dataclasses

import numpy as np
import pandas as pd
from helpers.figures import predict_classes, predict_numbers

from coalflow.genomes.novelty.verdict import Difference, Verdict
from coalflow.genomes.opening import GenomeDescription
from coalflow.report.dataset import DatasetSummary
from coalflow.report.genomes.found_regions import RegionsInGenome
from coalflow.report.genomes.scanned_genome import ScannedGenome
from coalflow.report.scores import ModelScores, Score

CLASSES = predict_classes().targets
NUMBERS = predict_numbers().targets


CLEAN = DatasetSummary(
    **{
        **{field.name: 0 for field in dataclasses.fields(DatasetSummary)},
        "replicates": 1000,
        "trimmed": 300,
        "worst_excluded": 0.25,
    }
)


FITS = Verdict(level="fits", headline="The simulations fit")
DIFFERENCE = Difference(
    statistic="Tajima's D",
    is_above=False,
    effect=-1.0,
    p=1e-9,
    genome=-1.2,
    simulated=-0.3,
    finding="Tajima's D is lower than simulated",
    fix="simulate more rare alleles",
)
MISFIT = Verdict(
    level="does not fit",
    headline="The simulations do not fit the genome: it differs in Tajima's D (lower)",
    differences=(DIFFERENCE,),
    findings=(DIFFERENCE.finding,),
    fixes=("simulate more rare alleles: a history with growth",),
)
DESCRIPTION = GenomeDescription(
    format="VCF",
    samples=("a", "b"),
    samples_in_file=2,
    records=100,
    sites_used=90,
    missing=0.0,
    dropped={"filtered": 10},
    lengths={"1": 1000},
)


def make_genome(**changes):
    genome = ScannedGenome(
        name="mine",
        folder="genomes/mine/",
        source="mine.vcf",
        history="",
        description=DESCRIPTION,
        dropped=["60 fail a filter"],
        remarks=[],
        selection="",
        window_file=None,
        step=1000,
        contigs=1,
        windows=100,
        flagged=10,
        without_sites=0,
        trimmed=0,
        flags=[],
        targets=[],
        models=[],
        pictures={},
        verdict=FITS,
        regions=RegionsInGenome([], [], {}, [], False, True),
        expected_at_most=False,
    )
    return dataclasses.replace(genome, **changes)


def make_models(targets=CLASSES, **scores):
    """Return models: value, and the ends of its interval, by name; the best comes first."""
    target, metric = ("sweep", "log_loss") if targets.has_classes else ("tajimas_d", "rmse")
    return [
        ModelScores(
            name=name,
            kind="baseline" if name in ("mean", "ridge") else "net",
            rank=rank,
            windows=100,
            scores={target: {metric: Score(*values)}},
        )
        for rank, (name, values) in enumerate(scores.items(), 1)
    ]


def make_history(losses):
    return pd.DataFrame({"epoch": np.arange(1, len(losses) + 1), "val_loss": losses})


def make_coverage(**changes):
    row = {
        "model": "net",
        "target": "tajimas_d",
        "stage": "after",
        "kind": "interval",
        "level": 0.9,
        "group": "all",
        "share": 0.9,
        "expected_low": 0.87,
        "size": 0.5,
    }
    return pd.DataFrame([{**row, **changes}])
