"""Try trained models on other data than those in training: with more errors, other histories."""

import pathlib
from collections.abc import Iterator

import pandas as pd

from coalflow.config.settings.judging.robustness import RobustnessSettings
from coalflow.core.command_line import parse_arguments
from coalflow.core.errors import run_program
from coalflow.core.files import write_table
from coalflow.core.progress import say
from coalflow.dataset.loading import read_split_table
from coalflow.evaluation.calibration.calibration_files import read_calibrations
from coalflow.evaluation.comparisons import read_order
from coalflow.evaluation.failures.judged_models import JudgedModels
from coalflow.evaluation.metrics import list_compared_metrics
from coalflow.genomes.reference.reference import read_references
from coalflow.genomes.robustness.tried_models import (
    AS_SIMULATED,
    COLUMNS,
    describe_robustness,
    try_models,
)
from coalflow.genomes.robustness.tried_windows import (
    TriedWindows,
    change_observation,
    load_changed_windows,
    load_test_windows,
)
from coalflow.genomes.scans.scanners import Scanner
from coalflow.models.ensembles import add_ensembles
from coalflow.models.storage.loading import load_models
from coalflow.report.figures.drawing import save_figure
from coalflow.report.figures.robustness import draw_robustness
from coalflow.windows.observation import read_observation


def main() -> None:
    """Read models and windows; write the table and the figure, and print how models do."""
    arguments = parse_arguments(
        __doc__,
        RobustnessSettings,
        split="split.parquet",
        shards="folder of all shards",
        simulated="folder of what is simulated for conditions",
        models="folder of all models, with what genomes are compared with",
        observation="how simulations are observed, .json",
        validation="validation.tsv, which decides which models are drawn",
        output="the table, .tsv",
        figure="the figure, .png",
    )
    settings: RobustnessSettings = arguments.settings
    scanner = Scanner(
        add_ensembles(load_models(arguments.models, settings.models)),
        read_calibrations(arguments.models, settings.packed),
        read_references(arguments.models, settings.packed),
    )
    tables = []
    loaded = _load(
        settings, arguments.split, arguments.shards, arguments.simulated, arguments.observation
    )
    for key, value, windows in loaded:
        say(f"trying {len(scanner.models)} models: {key} {value}".rstrip())
        tried = try_models(windows, scanner, settings.seed)
        tables.append(tried.assign(key=key, value=value)[list(COLUMNS)])
    table = pd.concat(tables, ignore_index=True)
    write_table(arguments.output, table)
    targets = scanner.card.targets
    judged = JudgedModels.choose(read_order(arguments.validation, targets, scanner.models))
    save_figure(draw_robustness(table, judged, targets, settings.usual), arguments.figure)
    (_, measure) = next(iter(list_compared_metrics(targets)))
    for name in judged.shown:
        print("\n".join(describe_robustness(table, name, measure)), flush=True)


def _load(
    settings: RobustnessSettings,
    split: pathlib.Path,
    shards: pathlib.Path,
    simulated: pathlib.Path,
    observation: pathlib.Path,
) -> Iterator[tuple[str, str, TriedWindows]]:
    """Yield the windows of each condition, those as simulated first."""
    table, usual = read_split_table(split), read_observation(observation)
    view = settings.view.observed(usual)
    yield AS_SIMULATED, "", load_test_windows(table, shards, view, settings)
    for condition in settings.conditions:
        value = str(condition.value)
        if condition.cells:
            windows = load_changed_windows(simulated, condition, view, settings)
        else:
            changed = settings.view.observed(change_observation(usual, condition))
            windows = load_test_windows(table, shards, changed, settings)
        yield condition.key, value, windows


if __name__ == "__main__":
    run_program(main)
