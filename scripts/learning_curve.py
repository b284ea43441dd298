"""Estimate the gain from more simulations, from nets trained on parts of the training windows."""

from coalflow.config.settings.learning import EvaluateSettings
from coalflow.core.command_line import parse_arguments
from coalflow.core.errors import run_program
from coalflow.core.files import write_table
from coalflow.dataset import loading
from coalflow.evaluation.learning_curve import (
    TrainedNet,
    describe_learning_curve,
    tabulate_learning_curve,
)
from coalflow.models.storage.nets import compute_outputs, load_net, read_prediction
from coalflow.report.figures.drawing import save_figure
from coalflow.report.figures.learning import draw_learning_curve
from coalflow.windows.observation import read_observation


def main() -> None:
    """Read nets and validation windows; write the curve as table and figure, and print it."""
    arguments = parse_arguments(
        __doc__,
        EvaluateSettings,
        split="split.parquet",
        shards="folder of all shards",
        observation="how simulations are observed, .json",
        results="the run's folder",
        output="the table, .tsv",
        figure="the figure, .png",
    )
    settings = arguments.settings
    view = settings.view.observed(read_observation(arguments.observation))
    trained = [load_net(arguments.results / folder) for folder in settings.models]
    table = loading.read_split_table(arguments.split)
    validation = loading.load_split(table, "validation", arguments.shards, view)
    outputs = compute_outputs(trained, validation.windows)
    predicted = [
        TrainedNet(model.card, read_prediction(values, model.card).values)
        for model, values in zip(trained, outputs, strict=True)
    ]
    curve = tabulate_learning_curve(predicted, validation, settings.seed)
    write_table(arguments.output, curve)
    save_figure(draw_learning_curve(curve, view.targets), arguments.figure)
    print("\n".join(describe_learning_curve(curve)), flush=True)


if __name__ == "__main__":
    run_program(main)
