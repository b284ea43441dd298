"""Tell what more simulations would buy, from nets trained on parts of the training windows."""

from coalflow.core.command_line import parse_arguments
from coalflow.core.errors import run_program
from coalflow.core.files import write_table
from coalflow.dataset import loading
from coalflow.evaluation import learning_curve
from coalflow.models import storage
from coalflow.report.figures import drawing, learning
from coalflow.windows import observation


def main():
    """Read nets and validation windows; write the curve as table and picture, and say it."""
    arguments = parse_arguments(
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

    trained = [storage.load_model(arguments.results / folder) for folder in settings["models"]]
    table = loading.read_split_table(arguments.split)
    validation = loading.load_split(table, "validation", arguments.shards, settings)
    curve = learning_curve.of_nets(trained, validation, settings["seed"])
    write_table(arguments.output, curve)
    drawing.save(learning.learning_curve(curve, trained[0].card), arguments.figure)
    print("\n".join(learning_curve.in_words(curve)), flush=True)


if __name__ == "__main__":
    run_program(main)
