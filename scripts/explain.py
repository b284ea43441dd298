"""Picture one test window and what each layer of a net answers to it."""

import textwrap

from coalflow.core.command_line import parse_arguments
from coalflow.core.errors import run_program
from coalflow.dataset import loading
from coalflow.models import interpretation, storage
from coalflow.report.figures import activations, drawing
from coalflow.windows import observation

TITLE_WIDTH = 80  # characters that fit above the picture


def main():
    """Read a net and the test windows, draw its activations for a typical one."""
    arguments = parse_arguments(
        __doc__,
        settings="encoding, target, classes",
        split="split.parquet",
        shards="folder of all shards",
        observation="what is laid on simulations, .json",
        model="the net's folder",
        figure="the picture, .png",
    )
    settings = observation.in_settings(arguments.settings, arguments.observation)

    model = storage.load_model(arguments.model)
    table = loading.read_split_table(arguments.split)
    test = table[table["split"] == "test"].reset_index(drop=True)
    classes = model.card["classes"]
    first, *_ = settings["target"]
    # Classes have no median; the number of sites has one, and tells how full the window is.
    typical = interpretation.pick_typical_window(test["sites" if classes else first])
    window = loading.load_replicates(test.iloc[[typical]], arguments.shards, settings)
    outputs = interpretation.compute_activations(model, window.windows)
    row, predicted = window.table.iloc[0], model.predict(window.windows)[0]
    if classes:
        of_classes = zip(classes, predicted, strict=True)
        said = ", ".join(f"{name} {probability:.2f}" for name, probability in of_classes)
        said = f"{drawing.title_of(first)}: true {row[first]}, predicted {said}"
    else:
        of_targets = zip(settings["target"], window.target[0], predicted, strict=True)
        said = "; ".join(
            f"{drawing.title_of(name)}: true {true:.4g}, predicted {one:.4g}"
            for name, true, one in of_targets
        )
    title = f"{model.name} on test window {row['replicate']} of {row['cell']}\n"
    title += textwrap.fill(said, TITLE_WIDTH)
    figure = activations.draw_activations(
        window.windows.dosages[0],
        {name: output[0] for name, output in outputs.items()},
        title,
        window.windows.mask[0],
        "haplotype" if window.windows.alleles_per_row == 1 else "individual",
    )
    drawing.save(figure, arguments.figure)


if __name__ == "__main__":
    run_program(main)
