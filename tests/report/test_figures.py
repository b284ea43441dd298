import os
import pathlib
import subprocess
import sys
import warnings

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from helpers.data import asked_of

from coalflow.evaluation import metrics, predictions
from coalflow.report.figures import (
    accuracy,
    activations,
    drawing,
    learning,
    scans,
    simulations,
)

pytestmark = pytest.mark.filterwarnings("error")

TESTS = pathlib.Path(__file__).parents[1]
BASELINE_NAMES = ["mean", "ridge", "gradient_boosting"]


@pytest.fixture(autouse=True)
def few_bootstraps(capped_bootstraps):
    yield
    plt.close("all")


def split_table(cells, number=40, seed=0):
    generator = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "cell": np.repeat(cells, number),
            "split": np.tile(["train"] * 6 + ["validation", "test", "test", "excluded"], 4)[
                np.arange(number * len(cells)) % 40
            ],
            "sites": generator.poisson(60, size=number * len(cells)),
            "tajimas_d": generator.normal(size=number * len(cells)),
            "fst": 10.0 ** generator.normal(size=number * len(cells)),
        }
    )


def cell_names(number):
    return [f"history=growth+population_size={1000 * n}" for n in range(1, number + 1)]


def cards_of(restarts, baselines, asked=None):
    cards = {
        f"flagel_tajimas_d/{n}": {"model": "flagel_tajimas_d", "restart": n, "kind": "net"}
        for n in range(restarts)
    }
    for name in BASELINE_NAMES[:baselines]:
        cards[name] = {"model": name, "restart": None, "kind": "baseline"}
    return {name: {**card, **(asked or asked_for(1))} for name, card in cards.items()}


def asked_for(targets):
    """Return what is asked of one target, or of two, of which one is learned as a logarithm."""
    asked = asked_of("tajimas_d") if targets == 1 else asked_of("tajimas_d", "fst", logs=["fst"])
    asked["scale"]["tajimas_d"]["sd"] = 0.8
    ranges = {"tajimas_d": [-2.0, 2.5], "fst": [0.01, 100.0]}
    return {**asked, "trained_on": {"target": ranges}}


def predictions_of(cards, cells, number=20, seed=0):
    generator = np.random.default_rng(seed)
    table = pd.DataFrame({"cell": np.repeat(cells, number)})
    for target, definition in next(iter(cards.values()))["target"].items():
        own_units = (lambda x: 10.0**x) if definition["scale"] == "log" else (lambda x: x)
        truth = generator.normal(size=number * len(cells))
        table[f"truth:{target}"] = own_units(truth)
        for name in cards:
            noise = generator.normal(0, 0.2, size=len(truth))
            table[f"{name}:{target}"] = own_units(0.1 if name == "mean" else truth + noise)
    return table


def history(epochs, seed=0):
    losses = np.random.default_rng(seed).uniform(0.1, 1.0, size=(2, epochs))
    return pd.DataFrame({"epoch": range(1, epochs + 1), "loss": losses[0], "val_loss": losses[1]})


def comparison_of(restarts):
    layers = ["convolution 1", "convolution 2", "dense"]
    pairs = [(a, b) for b in range(restarts) for a in range(b)]
    rows = [
        {"restart_a": a, "restart_b": b, "layer": layer, "same_unit_r": -0.01, "cka": 0.9}
        for a, b in pairs
        for layer in layers
    ]
    return pd.DataFrame(rows).assign(best_match_r=0.6, prediction_r=0.9)


def windows_table(contigs, windows=12, nets=("flagel_tajimas_d/0",), seed=0):
    generator = np.random.default_rng(seed)
    number = len(contigs) * windows
    start = np.tile(np.arange(windows) * 1000, len(contigs))
    table = pd.DataFrame({"contig": np.repeat(contigs, windows), "start": start})
    table = table.assign(end=start + 2000, sites=40)
    table["computed:tajimas_d"] = generator.normal(size=number)
    for net in nets:
        table[f"{net}:tajimas_d"] = generator.normal(size=number)
        table[f"{net}:fst"] = 10.0 ** generator.normal(size=number)
    return table


# One function per figure, with the tables it is drawn from ----------------------------------


def draw_dataset(cells=2, targets=1):
    return simulations.dataset(split_table(cell_names(cells)), asked_for(targets)["target"])


def draw_predicted_against_true(restarts=2, baselines=3, cells=2, targets=1):
    cards = cards_of(restarts, baselines, asked_for(targets))
    predictions = predictions_of(cards, cell_names(cells))
    scores = metrics.score_table(predictions, cards, seed=1)
    return accuracy.predicted_against_true(predictions, cards, scores)


def draw_score_by_cell(restarts=2, baselines=3, cells=2, number=20, targets=1):
    cards = cards_of(restarts, baselines, asked_for(targets))
    predictions = predictions_of(cards, cell_names(cells), number)
    scores = metrics.score_cells(predictions, cards, seed=1)
    return accuracy.score_by_cell(scores, cards, metrics.shown_by_cell(asked_for(targets)))


def draw_loss_by_epoch(restarts=2, epochs=6, targets=1, loss="squared"):
    histories = {f"flagel_tajimas_d/{n}": history(epochs, seed=n) for n in range(restarts)}
    return learning.loss_by_epoch(histories, asked_for(targets), dict.fromkeys(histories, loss))


def draw_activations(sites=40, haplotypes=20, layers=3):
    generator = np.random.default_rng(1)
    shapes = {"convolution 1": (39, 128), "convolution 2": (38, 128), "dense": (128,)}
    outputs = {name: generator.random(shapes[name]) for name in list(shapes)[:layers]}
    matrix = generator.integers(2, size=(sites, haplotypes), dtype=np.uint8)
    return activations.draw_activations(matrix, outputs, "a window")


def draw_restarts(restarts=2, windows=50, targets=1):
    predictions = 10.0 ** np.random.default_rng(1).normal(size=(2, windows, targets))
    names = ("flagel_tajimas_d/0", "flagel_tajimas_d/1")
    asked = asked_for(targets)
    return activations.draw_restarts(comparison_of(restarts), names, tuple(predictions), asked)


def draw_restarts_of_a_logarithm():
    predictions = tuple(10.0 ** np.random.default_rng(1).normal(size=(2, 50, 1)))
    asked = asked_of("fst", logs=["fst"])
    return activations.draw_restarts(comparison_of(2), ("a/0", "a/1"), predictions, asked)


def draw_scan(contigs=2, windows=12, nets=1, targets=1):
    names = [f"flagel_tajimas_d/{n}" for n in range(nets)]
    table = windows_table([f"chr{n}" for n in range(contigs)], windows, names)
    return scans.scan(table, names, "computed", asked_for(targets))


CLASSES = ["neutral", "hard", "linked_hard", "soft", "linked_soft"]


def classified(cards, cells, classes, number=40, seed=0):
    """Return predictions of test windows and the cards' names."""
    generator = np.random.default_rng(seed)
    truth = np.resize(np.arange(len(classes)), number * len(cells))
    table = pd.DataFrame({"cell": np.repeat(cells, number), "truth": np.array(classes)[truth]})
    for name in cards:
        chances = generator.dirichlet(np.ones(len(classes)), size=len(table))
        chances += np.eye(len(classes))[truth] * (name != "mean")
        chances /= chances.sum(axis=1, keepdims=True)
        table = table.assign(**predictions.columns(name, chances, of_sweep(classes)))
    return table


def of_sweep(classes):
    return asked_of("sweep", classes=classes)


def draw_dataset_of_classes(classes=5):
    table = split_table(cell_names(2))
    table["sweep"] = np.resize(CLASSES[:classes], len(table))
    return simulations.dataset(table, ["sweep"], CLASSES[:classes])


def draw_confusion(restarts=2, classes=5):
    classes = CLASSES[:classes]
    cards = cards_of(restarts, 1, of_sweep(classes))
    table = metrics.confusion(classified(cards, cell_names(1), classes), cards)
    return accuracy.confusion(table, list(cards), of_sweep(classes))


def draw_calibration(restarts=2, baselines=3):
    cards = cards_of(restarts, baselines, of_sweep(CLASSES))
    table = metrics.calibration(classified(cards, cell_names(2), CLASSES), cards)
    return accuracy.calibration(table, cards)


def draw_accuracy_by_cell(restarts=2, cells=2):
    cards = cards_of(restarts, 2, of_sweep(CLASSES))
    table = classified(cards, cell_names(cells), CLASSES)
    by_cell = metrics.score_cells(table, cards, 1)
    return accuracy.score_by_cell(by_cell, cards, [("sweep", "accuracy")])


def draw_loss_by_epoch_of_classes():
    losses = {"net/0": "cross_entropy"}
    return learning.loss_by_epoch({"net/0": history(6)}, of_sweep(CLASSES), losses)


def draw_loss_by_epoch_of_two_losses():
    histories = {"a/0": history(6), "b/0": history(6)}
    losses = {"a/0": "squared", "b/0": "gaussian"}
    return learning.loss_by_epoch(histories, asked_for(1), losses)


def draw_activations_of_many_layers(padding=9):
    generator = np.random.default_rng(1)
    outputs = {f"convolution {n}": generator.random((30 // n, 64)) for n in range(1, 6)}
    outputs["dense"] = generator.random(64)
    matrix = generator.integers(2, size=(40, 20), dtype=np.uint8)
    return activations.draw_activations(matrix, outputs, "a window", np.arange(40) >= padding)


def draw_restarts_of_classes(windows=50):
    generator = np.random.default_rng(1)
    chances = tuple(generator.dirichlet(np.ones(5), size=(2, windows)))
    return activations.draw_restarts(comparison_of(2), ("a/0", "a/1"), chances, of_sweep(CLASSES))


def draw_scan_of_classes(contigs=2, windows=12, nets=2, without_sites=3):
    names = [f"flagel_sweeps/{n}" for n in range(nets)]
    table = windows_table([f"chr{n}" for n in range(contigs)], windows, nets=())
    generator = np.random.default_rng(2)
    for name in (*names, "mean"):
        chances = generator.dirichlet(np.ones(5), size=len(table))
        table = table.assign(**predictions.columns(name, chances, of_sweep(CLASSES)))
    blank = table.columns[4:]
    table.loc[: without_sites - 1, blank] = np.nan
    return scans.scan_of_classes(table, [*names, "mean"], names, CLASSES)


EVERY_FIGURE = [
    draw_dataset,
    draw_predicted_against_true,
    draw_score_by_cell,
    draw_loss_by_epoch,
    draw_activations,
    draw_restarts,
    draw_restarts_of_a_logarithm,
    draw_scan,
    draw_dataset_of_classes,
    draw_confusion,
    draw_calibration,
    draw_accuracy_by_cell,
    draw_loss_by_epoch_of_classes,
    draw_loss_by_epoch_of_two_losses,
    draw_activations_of_many_layers,
    draw_restarts_of_classes,
    draw_scan_of_classes,
]


def texts_of(figure):
    """Return everything that is written in a figure."""
    figure.draw_without_rendering()
    return [text.get_text() for text in figure.findobj(plt.Text)]


# Drawing ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("draw", "sizes"),
    [
        (draw_dataset, {"cells": 1}),
        (draw_dataset, {"cells": 12}),
        (draw_predicted_against_true, {"restarts": 1, "baselines": 0, "cells": 1}),
        (draw_predicted_against_true, {"restarts": 1, "baselines": 1}),
        (draw_predicted_against_true, {"restarts": 5, "baselines": 3}),
        (draw_score_by_cell, {"restarts": 1, "baselines": 0, "cells": 1}),
        (draw_score_by_cell, {"restarts": 1, "baselines": 1, "cells": 12}),
        (draw_score_by_cell, {"restarts": 12, "baselines": 3}),
        (draw_loss_by_epoch, {"restarts": 1, "epochs": 1}),
        (draw_loss_by_epoch, {"restarts": 1, "epochs": 2}),
        (draw_loss_by_epoch, {"restarts": 6, "epochs": 100}),
        (draw_activations, {"layers": 1}),
        (draw_activations, {"sites": 4, "haplotypes": 2}),
        (draw_restarts, {"restarts": 5}),
        (draw_restarts, {"windows": 2}),
        (draw_scan, {"contigs": 1, "windows": 1}),
        (draw_scan, {"contigs": 1, "windows": 500, "nets": 3}),
        (draw_scan, {"contigs": 10}),
        (draw_dataset, {"targets": 2}),
        (draw_predicted_against_true, {"targets": 2}),
        (draw_predicted_against_true, {"restarts": 1, "baselines": 0, "targets": 2}),
        (draw_score_by_cell, {"targets": 2}),
        (draw_loss_by_epoch, {"targets": 2}),
        (draw_restarts, {"targets": 2}),
        (draw_scan, {"targets": 2}),
        (draw_scan, {"contigs": 10, "nets": 2, "targets": 2}),
        (draw_dataset_of_classes, {"classes": 2}),
        (draw_confusion, {"restarts": 1, "classes": 2}),
        (draw_confusion, {"restarts": 5}),
        (draw_calibration, {"restarts": 1, "baselines": 1}),
        (draw_accuracy_by_cell, {"restarts": 1, "cells": 1}),
        (draw_activations_of_many_layers, {"padding": 0}),
        (draw_activations_of_many_layers, {"padding": 40}),
        (draw_restarts_of_classes, {"windows": 1}),
        (draw_scan_of_classes, {"contigs": 1, "windows": 1, "nets": 1, "without_sites": 0}),
        (draw_scan_of_classes, {"contigs": 1, "windows": 4, "without_sites": 4}),
        (draw_scan_of_classes, {"contigs": 10, "nets": 3}),
    ],
)
def test_figures_of_any_size_are_drawn_without_warnings(draw, sizes):
    draw(**sizes).draw_without_rendering()


def test_dataset_is_drawn_also_with_a_cell_that_has_no_usable_window():
    table = split_table(cell_names(3))
    table.loc[table["cell"] == cell_names(3)[1], ["split", "tajimas_d"]] = ["excluded", np.nan]
    simulations.dataset(table, asked_for(1)["target"]).draw_without_rendering()


def test_errors_are_drawn_also_for_cells_with_few_windows():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # those of the scores are not the picture's
        figure = draw_score_by_cell(number=2)
    figure.draw_without_rendering()


def test_equal_errors_are_drawn():
    """Their interval is a point, which rounding may put beside the value."""
    cards = cards_of(restarts=1, baselines=1)
    for number in (3, 7, 19):
        predictions = predictions_of(cards, cell_names(2), number)
        predictions["flagel_tajimas_d/0:tajimas_d"] = predictions["truth:tajimas_d"] + 0.1
        scores = metrics.score_cells(predictions, cards, seed=1)
        shown = [("tajimas_d", "rmse")]
        accuracy.score_by_cell(scores, cards, shown).draw_without_rendering()


def test_restarts_are_drawn_also_when_a_net_died():
    comparison = comparison_of(2).assign(same_unit_r=np.nan, best_match_r=np.nan)
    predictions = (np.random.default_rng(1).normal(size=(50, 1)), np.linspace(0, 1, 50)[:, None])
    activations.draw_restarts(
        comparison, ("a", "b"), predictions, asked_for(1)
    ).draw_without_rendering()


# What one sees -------------------------------------------------------------------------------


def test_predictions_are_shown_with_their_scores():
    cards = cards_of(restarts=2, baselines=1)
    predictions = predictions_of(cards, cell_names(2))
    scores = metrics.score_table(predictions, cards, seed=1)
    figure = accuracy.predicted_against_true(predictions, cards, scores)
    axes = [axis for axis in figure.axes if axis.get_visible()]
    assert len(axes) == len(cards)
    for axis, name in zip(axes, cards, strict=True):
        truth, predicted = axis.lines[0].get_data()
        assert np.array_equal(truth, predictions["truth:tajimas_d"])
        assert np.array_equal(predicted, predictions[f"{name}:tajimas_d"])
        rmse = metrics.rmse(truth, predicted)
        assert axis.get_title().startswith(f"{name}\nRMSE {rmse:.3g},")


def test_confusion_shows_the_fraction_of_each_true_class():
    classes = CLASSES[:3]
    cards = cards_of(1, 1, of_sweep(classes))
    table = metrics.confusion(classified(cards, cell_names(1), classes), cards)
    figure = accuracy.confusion(table, list(cards), of_sweep(classes))
    for axis, name in zip(figure.axes, cards, strict=True):
        shown = [text.get_text() for text in axis.texts]
        fractions = table.loc[table["model"] == name, "fraction"]
        assert shown == [f"{fraction:.2f}" for fraction in fractions]
        assert [label.get_text() for label in axis.get_yticklabels()] == classes
        assert [label.get_text() for label in axis.get_xticklabels()] == classes
        counts = table.loc[table["model"] == name, "count"].to_numpy().reshape(3, 3)
        right = np.trace(counts) / counts.sum()
        assert axis.get_title() == f"{name}\naccuracy {right:.3f}"


def test_probabilities_along_a_genome_add_up_and_leave_gaps():
    figure = draw_scan_of_classes(contigs=1, windows=12, nets=1, without_sites=3)
    top = figure.axes[0].collections[-1].get_paths()[0].vertices
    assert top[:, 1].max() == pytest.approx(1)
    assert top[:, 1].min() == 0  # the first windows have no sites
    assert sum(bar.get_width() for bar in figure.axes[1].patches) == pytest.approx(2 * 9 / 12)


def test_titles_of_targets():
    assert drawing.title_of("tajimas_d") == "Tajima's D"
    assert drawing.title_of("sweep") == "sweep"


def test_loss_by_epoch_are_in_the_targets_units():
    one = history(5)
    (axis,) = learning.loss_by_epoch({"net/0": one}, asked_for(1), {"net/0": "squared"}).axes
    train, validation, best = axis.lines
    np.testing.assert_allclose(train.get_ydata(), 0.8 * np.sqrt(one["loss"]))
    np.testing.assert_allclose(validation.get_ydata(), 0.8 * np.sqrt(one["val_loss"]))
    assert list(best.get_xdata()) == [one["epoch"][one["val_loss"].idxmin()]]


def test_several_targets_have_a_panel_each_and_logarithms_log_axes():
    cards = cards_of(restarts=2, baselines=1, asked=asked_for(2))
    predictions = predictions_of(cards, cell_names(2))
    scores = metrics.score_table(predictions, cards, seed=1)
    figure = accuracy.predicted_against_true(predictions, cards, scores)
    shown = [axis for axis in figure.axes if axis.get_visible()]
    assert len(shown) == 2 * len(cards)
    by_target = {"fst": shown[: len(cards)], "Tajima's D": shown[len(cards) :]}
    for target, scale in {"fst": "log", "Tajima's D": "linear"}.items():
        for axis in by_target[target]:
            assert axis.get_xscale() == axis.get_yscale() == scale
            assert axis.get_xlabel().lower() == f"true {target}".lower()


def test_of_a_target_that_cannot_be_computed_nets_are_shown_against_each_other():
    figure = draw_scan(contigs=1, nets=2, targets=2)
    labels = [axis.get_xlabel() for axis in figure.axes]
    assert "computed" in labels
    assert "flagel_tajimas_d/0" in labels
    dotted = [line.get_ydata()[0] for line in figure.axes[0].lines if line.get_ls() == ":"]
    assert dotted == [0.01, 100.0]


def test_scan_shows_the_first_eight_contigs():
    texts = texts_of(draw_scan(contigs=10))
    shown = [n for n in range(10) if f"contig chr{n}, Mb" in texts]
    assert shown == list(range(8))


def test_every_cell_is_named():
    for figure in (draw_dataset(cells=3), draw_score_by_cell(cells=3)):
        texts = texts_of(figure)
        assert all(cell.replace("+", "\n") in texts for cell in cell_names(3))


def test_activations_have_the_shapes_of_the_layers():
    texts = texts_of(draw_activations())
    shapes = ["convolution 1: 39 × 128", "convolution 2: 38 × 128", "dense: 128"]
    assert [text for text in texts if text in shapes] == shapes


# Files ---------------------------------------------------------------------------------------


def test_figure_is_saved_as_png_and_svg_and_closed(tmp_path):
    before = plt.get_fignums()
    drawing.save(draw_loss_by_epoch(), tmp_path / "folder" / "figure.png")
    files = {path.name: path.read_bytes() for path in (tmp_path / "folder").iterdir()}
    assert sorted(files) == ["figure.png", "figure.svg"]
    assert files["figure.png"].startswith(b"\x89PNG\r\n")
    assert files["figure.svg"].startswith(b"<?xml")
    assert plt.get_fignums() == before


SAVE_ALL = """
import pathlib, sys
import test_figures
junk = [object() for _ in range(int(sys.argv[2]))]
for draw in test_figures.EVERY_FIGURE:
    test_figures.drawing.save(draw(), pathlib.Path(sys.argv[1], f"{draw.__name__}.png"))
"""


def save_all_elsewhere(folder, hash_seed):
    """Draw and save every figure in a process of its own, where objects lie elsewhere in memory."""
    paths = os.pathsep.join([str(TESTS), str(TESTS / "report"), str(TESTS.parent / "scripts")])
    environment = {**os.environ, "PYTHONPATH": paths, "PYTHONHASHSEED": str(hash_seed)}
    command = [sys.executable, "-c", SAVE_ALL, str(folder), str(hash_seed * 10_001)]
    subprocess.run(command, env=environment, check=True, timeout=300)
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_figures_saved_twice_are_the_same_bytes(tmp_path):
    first, second = (save_all_elsewhere(tmp_path / str(seed), seed) for seed in (1, 2))
    assert len(first) == 2 * len(EVERY_FIGURE)
    assert first.keys() == second.keys()
    assert [name for name in first if first[name] != second[name]] == []


# The look ahead --------------------------------------------------------------------------------


def statistics_of(number, seed, shift=0.0):
    generator = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "bases spanned": np.exp(generator.normal(9 + shift, 1, number)),
            "haplotypes": generator.integers(3, 20, number),
            "Tajima's D": generator.normal(shift, 1, number),
        }
    )


def test_coverage_has_a_panel_for_each_statistic_and_one_for_all(tmp_path):
    of = np.repeat(["sweep=hard", "sweep=neutral"], 30)
    tables = {"mine": statistics_of(10, 1, shift=2.0), "other": statistics_of(1, 2)}
    places = [np.random.default_rng(3).normal(size=(number, 2)) for number in (60, 10, 1)]
    figure = simulations.coverage(statistics_of(60, 4), of, tables, places, log=["bases spanned"])
    panels = {axis.get_xlabel(): axis for axis in figure.axes if axis.get_xlabel()}
    assert set(panels) == {*tables["mine"], "all of them: first component"}
    assert panels["bases spanned"].get_xscale() == "log"
    (legend,) = [axis.get_legend() for axis in figure.axes if axis.get_legend()]
    assert [text.get_text() for text in legend.get_texts()] == [
        "simulated: sweep=hard",
        "simulated: sweep=neutral",
        "genome mine",
        "genome other",
    ]
    drawing.save(figure, tmp_path / "check.png")
    assert (tmp_path / "check.svg").exists()


def test_coverage_without_genomes_shows_the_simulations(tmp_path):
    pilot = statistics_of(5, 1).assign(haplotypes=3)
    figure = simulations.coverage(pilot, np.full(5, "all"), {}, [np.zeros((5, 2))])
    drawing.save(figure, tmp_path / "check.png")


def test_bins_hold_as_many_whole_numbers_each():
    for low, high in ((3, 20), (0, 1000), (5, 5)):
        values = np.arange(low, high + 1)
        edges = simulations._bins(values, log=False)
        assert edges[0] < low <= high < edges[-1]
        assert len({*np.diff(edges)}) <= 1
        assert (edges % 1 == 0.5).all()
