"""Picture one test window and the activations of a net's layers."""

import textwrap

import numpy as np
import numpy.typing as npt

from coalflow.config.settings.learning import ExplainSettings
from coalflow.core.command_line import parse_arguments
from coalflow.core.errors import run_program
from coalflow.dataset import loading
from coalflow.models.interpretation.activations import compute_activations
from coalflow.models.interpretation.choosing import pick_typical_window
from coalflow.models.storage.nets import load_net
from coalflow.report.figures import activations, drawing
from coalflow.windows.observation import read_observation

TITLE_WIDTH = 80  # characters that fit above the picture


def main() -> None:
    """Read a net and the test windows, draw its activations for a typical one."""
    arguments = parse_arguments(
        __doc__,
        ExplainSettings,
        split="split.parquet",
        shards="folder of all shards",
        observation="how simulations are observed, .json",
        model="the net's folder",
        figure="the picture, .png",
    )
    view = arguments.settings.view.observed(read_observation(arguments.observation))
    model = load_net(arguments.model)
    table = loading.read_split_table(arguments.split)
    test = table[table["split"] == "test"].reset_index(drop=True)
    # Classes have no median; the number of sites has one, and shows how full the window is.
    ranked_by = "sites" if view.targets.has_classes else view.targets.first
    typical = pick_typical_window(test[ranked_by].to_numpy())
    replicate = loading.load_replicates(test.iloc[[typical]], arguments.shards, view)
    outputs = compute_activations(model, replicate.windows)
    row = replicate.table.iloc[0]
    predicted = model.predict(replicate.windows).values[0]
    description = _describe(replicate, view.targets.names, predicted)
    title = f"{model.name} on test window {row['replicate']} of {row['cell']}"
    figure = activations.draw_activations(
        replicate.windows.dosages[0],
        {name: output[0] for name, output in outputs.items()},
        f"{title}\n{textwrap.fill(description, TITLE_WIDTH)}",
        replicate.windows.mask[0],
        "haplotype" if replicate.windows.alleles_per_row == 1 else "individual",
    )
    drawing.save_figure(figure, arguments.figure)


def _describe(
    replicate: loading.Replicates, names: list[str], predicted: npt.NDArray[np.float64]
) -> str:
    """Return the true values and the predictions of one window, in words."""
    if replicate.classes:
        classes = zip(replicate.classes, predicted, strict=True)
        probabilities = ", ".join(f"{name} {probability:.2f}" for name, probability in classes)
        true = replicate.classes[replicate.target[0]]
        return f"{drawing.find_title(names[0])}: true {true}, predicted {probabilities}"
    values = zip(names, replicate.target[0], predicted, strict=True)
    return "; ".join(
        f"{drawing.find_title(name)}: true {true:.4g}, predicted {value:.4g}"
        for name, true, value in values
    )


if __name__ == "__main__":
    run_program(main)
