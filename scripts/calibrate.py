"""Calibrate every model by its predictions of the validation windows, and ensembles."""

from coalflow.config.settings.learning import CalibrateSettings
from coalflow.core.command_line import parse_arguments
from coalflow.core.errors import run_program
from coalflow.core.progress import say
from coalflow.dataset import loading
from coalflow.evaluation.calibration.calibration import Calibration, fit_calibration
from coalflow.evaluation.calibration.calibration_files import write_calibrations
from coalflow.models import ensembles
from coalflow.models.storage.loading import load_models
from coalflow.windows.observation import read_observation


def main() -> None:
    """Read models and validation windows; write the calibrations of each net and baseline."""
    arguments = parse_arguments(
        __doc__,
        CalibrateSettings,
        split="split.parquet",
        statistics="statistics.parquet",
        shards="folder of all shards",
        observation="how simulations are observed, .json",
        models="folder of all models",
        output="folder for the calibrations, in folders of the models' names",
    )
    settings = arguments.settings
    view = settings.view.observed(read_observation(arguments.observation))
    trained = ensembles.add_ensembles(load_models(arguments.models, settings.models))
    table = loading.read_split_table(arguments.split)
    validation = loading.load_split(table, "validation", arguments.shards, view)
    (summarised,) = loading.load_features(arguments.statistics, table, ["validation"], view.targets)
    say(f"predicting {len(validation.table):,} validation windows by {len(trained)} models")
    predicted = ensembles.predict_all(trained, validation.windows, summarised.statistics)
    say("calibrating")
    found: dict[str, dict[str, Calibration]] = {}
    for name, model in trained.items():
        found.setdefault(model.card.model, {})[name] = fit_calibration(
            validation.target, predicted[name], model.card.predictands, settings.seed
        )
    for name, calibrations in found.items():
        write_calibrations(arguments.output / name, calibrations)


if __name__ == "__main__":
    run_program(main)
