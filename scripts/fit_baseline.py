"""Fit one baseline: model and card."""

import sklearn

from coalflow import baselines, dataset, metrics, models, statistics
from coalflow.arguments import parse
from coalflow.errors import run_program


def main():
    """Read train and validation data, fit, write the model's folder."""
    arguments = parse(
        __doc__,
        settings="baseline, seed, observation, encoding, target, parameters",
        split="split.parquet",
        shards="folder of all shards",
        output="the model's folder",
    )
    settings = arguments.settings

    table = dataset.read_split_table(arguments.split)
    train, validation = (
        dataset.load_split(table, split, arguments.shards, settings)
        for split in ("train", "validation")
    )
    estimator = baselines.fit(settings["baseline"], train, validation, settings["seed"])
    predicted = estimator.predict(statistics.summaries(validation.matrices)[0])
    card = models.make_card(
        "baseline",
        settings["baseline"],
        None,
        settings,
        train,
        validation={"rmse": float(metrics.rmse(validation.target, predicted))},
        versions={"scikit-learn": sklearn.__version__},
    )
    models.save_baseline(arguments.output, estimator, card)


if __name__ == "__main__":
    run_program(main)
