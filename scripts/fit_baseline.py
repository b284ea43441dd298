"""Fit one baseline: model and card."""

import sklearn

from coalflow import baselines, dataset, metrics, models, observation, scales
from coalflow.arguments import parse
from coalflow.errors import run_program


def main():
    """Read train and validation data, fit, write the model's folder."""
    arguments = parse(
        __doc__,
        settings="baseline, seed, encoding, statistics, target, classes, known, parameters",
        split="split.parquet",
        statistics="statistics.parquet",
        observation="what is laid on simulations, .json",
        output="the model's folder",
    )
    settings = observation.in_settings(arguments.settings, arguments.observation)

    name, table = settings["baseline"], dataset.read_split_table(arguments.split)
    statistics = dataset.read_statistics(arguments.statistics)
    read = baselines.statistics_of(name, list(statistics), settings["target"])
    train, validation = (
        dataset.load_summarised(table, split, statistics[read], settings)
        for split in ("train", "validation")
    )
    scale = None if train.classes else scales.Scale.of(train.target, settings["target"])
    estimator = baselines.fit(name, train, validation, settings, scale)
    card = models.make_card(
        "baseline",
        name,
        None,
        settings,
        train,
        scale,
        versions={"scikit-learn": sklearn.__version__},
    )
    predicted = models.ask_baseline(estimator, validation.statistics, card)
    card["validation"] = metrics.of_validation(validation.target, predicted, card)
    models.save_baseline(arguments.output, estimator, card)


if __name__ == "__main__":
    run_program(main)
