"""Tell what more simulations would buy, from nets trained on parts of the training windows."""

from coalflow import dataset, learning_curve, models, observation
from coalflow.arguments import parse
from coalflow.errors import run_program
from coalflow.figures import drawing, learning
from coalflow.files import write_table


def main():
    """Read nets and validation windows; write the curve as table and picture, and say it."""
    arguments = parse(
        __doc__,
        settings="models (folders), seed, encoding, target, classes",
        split="split.parquet",
        shards="folder of all shards",
        observation="what is laid on simulations, .json",
        results="the run's folder",
        output="the table, .tsv",
        figure="the picture, .png",
    )
    settings = observation.in_settings(arguments.settings, arguments.observation)

    trained = [models.load(arguments.results / folder) for folder in settings["models"]]
    table = dataset.read_split_table(arguments.split)
    validation = dataset.load_split(table, "validation", arguments.shards, settings)
    curve = learning_curve.of_nets(trained, validation, settings["seed"])
    write_table(arguments.output, curve)
    drawing.save(learning.learning_curve(curve, trained[0].card), arguments.figure)
    print("\n".join(learning_curve.in_words(curve)), flush=True)


if __name__ == "__main__":
    run_program(main)
