"""Picture chosen windows and the activations of a net's layers."""

import dataclasses
import pathlib
import textwrap
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.figure import Figure

from coalflow.config.schema.interpreting.explain import (
    CONFUSING,
    HIGHEST,
    LOWEST,
    list_pictured,
    parse_place,
)
from coalflow.config.schema.targets import Targets
from coalflow.config.settings.interpreting.interpreting import ExplainSettings
from coalflow.core.command_line import Arguments, parse_arguments
from coalflow.core.errors import CoalflowError, run_program
from coalflow.dataset import loading
from coalflow.evaluation.result_tables import read_result_table
from coalflow.genomes.pictured.place import read_place
from coalflow.models.interpretation.activations import compute_activations
from coalflow.models.interpretation.choosing import choose_confusing, rank_windows, spread_evenly
from coalflow.models.interpretation.gradients import attribute_net, average_inputs
from coalflow.models.nets.net import Inputs
from coalflow.models.storage.model import Model
from coalflow.models.storage.nets import load_net
from coalflow.report.figures import drawing
from coalflow.report.figures.interpretation import activations
from coalflow.windows.observation import read_observation
from coalflow.windows.packed_windows import Windows

TITLE_WIDTH = 75  # characters that fit above the picture
WINDOWS_AVERAGED = 100  # with whose average a window is compared


@dataclasses.dataclass(frozen=True)
class Pictured:
    """A window that is pictured: its name, what it is called, itself, and what is true of it."""

    name: str
    title: str
    windows: Windows | None
    truth: loading.Replicates | None = None


def main() -> None:
    """Read a net and the chosen windows, draw its activations for each."""
    arguments = parse_arguments(
        __doc__,
        ExplainSettings,
        split="split.parquet",
        shards="folder of all shards",
        observation="how simulations are observed, .json",
        model="the net's folder",
        figure="the picture of the first window, .png; others have its name and their own",
        optional={
            "confusing": "confusing.tsv, where its windows are pictured",
            "genomes": "folder of all genomes, where windows of some are pictured",
        },
    )
    settings, figure = arguments.settings, arguments.figure
    view = settings.view.observed(read_observation(arguments.observation))
    model = load_net(arguments.model)
    table = loading.read_split_table(arguments.split)
    test = table[table["split"] == "test"].reset_index(drop=True)
    chosen = _choose_test_windows(settings, test, view.targets, arguments.confusing)
    rows = spread_evenly(len(test), WINDOWS_AVERAGED)
    reference = average_inputs(model, loading.load_windows(test.iloc[rows], arguments.shards, view))
    for index, pictured in enumerate(_list_windows(arguments, model, test, chosen)):
        path = figure if index == 0 else figure.with_name(f"{figure.stem}_{pictured.name}.png")
        drawing.save_figure(_draw(model, pictured, reference), path)


def _choose_test_windows(
    settings: ExplainSettings,
    test: pd.DataFrame,
    targets: Targets,
    confusing: pathlib.Path | None,
) -> dict[str, int | None]:
    """Return the indices of the test windows that are pictured; None where there are too few."""
    # Classes have no median; the number of sites has one, and shows how full the window is.
    ranked = rank_windows(test["sites" if targets.has_classes else targets.first].to_numpy())
    chosen: dict[str, int | None] = {
        "median": int(ranked[len(ranked) // 2]),
        LOWEST: int(ranked[0]),
        HIGHEST: int(ranked[-1]),
    }
    if confusing is not None:
        found = read_result_table(confusing, numbers=("rank", "replicate"), texts=("cell",))
        for rank, row in enumerate(choose_confusing(found, test), start=1):
            chosen[f"{CONFUSING}_{rank}"] = row
    return {name: chosen.get(name) for name in list_pictured(settings.windows)}


def _list_windows(
    arguments: Arguments[ExplainSettings],
    model: Model,
    test: pd.DataFrame,
    chosen: dict[str, int | None],
) -> Iterator[Pictured]:
    """Yield the windows that are pictured."""
    settings, view = arguments.settings, model.card.view
    for name, text in list_pictured(settings.windows).items():
        place, row = parse_place(text), chosen[name]
        if place is not None:
            if arguments.genomes is None:
                raise CoalflowError(f"{text}: the folder of genomes is not given (--genomes)")
            folder = arguments.genomes / place.genome
            windows, where = read_place(folder, place, view, settings.genomes[place.genome])
            yield Pictured(name, f"{model.name} on {where} of {place.genome}", windows)
        elif row is None:
            yield Pictured(name, f"{name.replace('_', ' ')}: there is no such window", None)
        else:
            replicate = loading.load_replicates(test.iloc[[row]], arguments.shards, view)
            found = replicate.table.iloc[0]
            called = name.replace("_", " ")
            title = f"{model.name} on test window {found['replicate']} of {found['cell']}"
            yield Pictured(name, f"{title} ({called})", replicate.windows, replicate)


def _draw(model: Model, pictured: Pictured, reference: Inputs) -> Figure:
    windows = pictured.windows
    if windows is None:
        return activations.draw_no_window(pictured.title)
    outputs = compute_activations(model, windows)
    predicted = model.predict(windows).values[0]
    # Of several targets the first is explained, of classes the one that is predicted.
    output = int(predicted.argmax()) if model.card.targets.has_classes else 0
    description = _describe(model, pictured.truth, predicted)
    return activations.draw_activations(
        windows.dosages[0],
        {name: output[0] for name, output in outputs.items()},
        "\n".join(textwrap.fill(text, TITLE_WIDTH) for text in (pictured.title, description)),
        windows.mask[0],
        "haplotype" if windows.alleles_per_row == 1 else "individual",
        attribute_net(model, windows, output, reference).by_haplotype[0],
    )


def _describe(
    model: Model, truth: loading.Replicates | None, predicted: npt.NDArray[np.float64]
) -> str:
    """Return the true values, where they are known, and the predictions of one window, in words."""
    targets = model.card.targets
    if targets.classes:
        classes = zip(targets.classes, predicted, strict=True)
        probabilities = ", ".join(f"{name} {probability:.2f}" for name, probability in classes)
        true = "" if truth is None else f"true {targets.classes[truth.target[0]]}, "
        return f"{drawing.find_title(targets.first)}: {true}predicted {probabilities}"
    known = [""] * len(predicted)
    if truth is not None:
        known = [f"true {value:.4g}, " for value in truth.target[0]]
    return "; ".join(
        f"{drawing.find_title(name)}: {true}predicted {value:.4g}"
        for name, true, value in zip(targets.names, known, predicted, strict=True)
    )


if __name__ == "__main__":
    run_program(main)
