"""Make what genomes are compared with: the null of each model, and how simulated windows vary."""

import pathlib

import pandas as pd

from coalflow.config import grid
from coalflow.config.settings.references.reference import MakeReferenceSettings
from coalflow.config.settings.view import View
from coalflow.core.command_line import parse_arguments
from coalflow.core.errors import run_program
from coalflow.core.progress import say
from coalflow.dataset import loading
from coalflow.evaluation.calibration.calibration import Calibrations
from coalflow.evaluation.calibration.calibration_files import read_calibrations
from coalflow.evaluation.predictions import Prediction
from coalflow.genomes.reference.blocks import Blocks, read_blocks
from coalflow.genomes.reference.building import (
    Simulations,
    build_references,
    choose_training_windows,
)
from coalflow.genomes.reference.reference import write_reference
from coalflow.genomes.reference.simulated_windows import load_simulated_windows
from coalflow.models.ensembles import Model, add_ensembles, predict_all
from coalflow.models.storage.loading import load_models
from coalflow.windows.observation import read_observation


def main() -> None:
    """Read models, simulations and blocks; write a file for each net and each baseline."""
    arguments = parse_arguments(
        __doc__,
        MakeReferenceSettings,
        split="split.parquet",
        statistics="statistics.parquet",
        shards="folder of all shards",
        null="folder of all blocks of the null, which there may be none of",
        observation="how simulations are observed, .json",
        models="folder of all models, with their calibration",
        output="folder of all models",
    )
    settings: MakeReferenceSettings = arguments.settings
    view = settings.view.observed(read_observation(arguments.observation))
    named = (*settings.nets, *settings.baselines)
    nets = [f"{net}/{restart}" for net in settings.nets for restart in range(settings.restarts)]
    models = add_ensembles(load_models(arguments.models, [*nets, *settings.baselines]))
    calibrations = read_calibrations(arguments.models, named)
    table = loading.read_split_table(arguments.split)
    simulations = Simulations(
        train=load_simulated_windows(
            choose_training_windows(table, settings.seed), arguments.shards, view
        ),
        held_out=load_simulated_windows(
            table[table["split"] == "validation"], arguments.shards, view
        ),
        is_null=table.loc[table["split"] == "validation", "cell"]
        .isin(settings.null_cells)
        .to_numpy(),
        predictions=_predict_null(
            table, arguments.shards, arguments.statistics, view, models, calibrations, settings
        ),
        blocks=_read_blocks(arguments.null, view, settings),
    )
    for name, reference in build_references(simulations, models, calibrations, settings).items():
        write_reference(arguments.output / name, reference)


def _predict_null(
    table: pd.DataFrame,
    shards: pathlib.Path,
    statistics: pathlib.Path,
    view: View,
    models: dict[str, Model],
    calibrations: Calibrations,
    settings: MakeReferenceSettings,
) -> dict[str, Prediction]:
    """Return what models predict of the windows of the null on which they were not trained."""
    held_out = table[
        table["split"].isin(["validation", "test"]) & table["cell"].isin(settings.null_cells)
    ]
    if not len(held_out):
        return {}
    # One split, so that windows and statistics are in the same order.
    null = held_out.assign(split="null").reset_index(drop=True)
    say(f"predicting {len(null):,} windows of the null")
    windows = loading.load_windows(null, shards, view)
    (summarised,) = loading.load_features(statistics, null, ["null"], view.targets)
    return predict_all(models, windows, summarised.statistics, calibrations)


def _read_blocks(
    folder: pathlib.Path, view: View, settings: MakeReferenceSettings
) -> Blocks | None:
    """Return the blocks of the null; None without any."""
    paths = [
        folder / cell / grid.name_shard(shard)
        for cell in settings.null_cells
        for shard in range(settings.shards)
    ]
    return read_blocks(paths, view.observation) if paths else None


if __name__ == "__main__":
    run_program(main)
