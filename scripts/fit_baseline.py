"""Fit one baseline: model and card."""

import sklearn

from coalflow.core.command_line import parse_arguments
from coalflow.core.errors import run_program
from coalflow.dataset import loading, target_scaling
from coalflow.evaluation import scoring
from coalflow.models import baselines, storage
from coalflow.windows import observation


def main():
    """Read train and validation data, fit, write the model's folder."""
    arguments = parse_arguments(
        __doc__,
        settings="baseline, seed, encoding, statistics, target, classes, known, parameters",
        split="split.parquet",
        statistics="statistics.parquet",
        observation="what is laid on simulations, .json",
        output="the model's folder",
    )
    settings = observation.in_settings(arguments.settings, arguments.observation)

    name, table = settings["baseline"], loading.read_split_table(arguments.split)
    statistics = loading.read_features(arguments.statistics)
    read = baselines.choose_features(name, list(statistics), settings["target"])
    train, validation = (
        loading.load_features(table, split, statistics[read], settings)
        for split in ("train", "validation")
    )
    scale = (
        None if train.classes else target_scaling.TargetScaling.of(train.target, settings["target"])
    )
    estimator = baselines.fit_baseline(name, train, validation, settings, scale)
    card = storage.make_card(
        "baseline",
        name,
        None,
        settings,
        train,
        scale,
        versions={"scikit-learn": sklearn.__version__},
    )
    predicted = storage.predict_with_baseline(estimator, validation.statistics, card)
    card["validation"] = scoring.score_validation(
        validation.target, predicted, card.predictands
    )
    storage.save_baseline(arguments.output, estimator, card)


if __name__ == "__main__":
    run_program(main)
