"""Fit one baseline: model and card."""

import sklearn

from coalflow import baselines, dataset, metrics, models, observation, scales
from coalflow.arguments import parse
from coalflow.errors import run_program


def main():
    """Read train and validation data, fit, write the model's folder."""
    arguments = parse(
        __doc__,
        settings="baseline, seed, encoding, target, classes, parameters",
        split="split.parquet",
        shards="folder of all shards",
        observation="what is laid on simulations, .json",
        output="the model's folder",
    )
    settings = observation.in_settings(arguments.settings, arguments.observation)

    table = dataset.read_split_table(arguments.split)
    train, validation = (
        dataset.load_split(table, split, arguments.shards, settings)
        for split in ("train", "validation")
    )
    name = settings["baseline"]
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
    predicted = models.ask_baseline(estimator, validation.windows, card)
    card["validation"] = metrics.of_validation(validation.target, predicted, card)
    models.save_baseline(arguments.output, estimator, card)


if __name__ == "__main__":
    run_program(main)
