import numpy as np
import pytest
from helpers.figures import (
    CLASSES,
    cell_names,
    classes_table,
    make_cards,
    predict_classes,
    predict_numbers,
    predictions_table,
)

from coalflow.evaluation import classification, metrics, scoring
from coalflow.report.figures import accuracy

pytestmark = pytest.mark.filterwarnings("error")


def test_predictions_are_shown_with_their_scores():
    cards = make_cards(restarts=2, baselines=1)
    predicted = predictions_table(cards, cell_names(2))
    scores = scoring.tabulate_scores(predicted, cards, seed=1)
    figure = accuracy.draw_predictions(predicted, cards, scores)
    axes = [axis for axis in figure.axes if axis.get_visible()]
    assert len(axes) == len(cards)
    for axis, name in zip(axes, cards, strict=True):
        truth, values = axis.lines[0].get_data()
        assert np.array_equal(truth, predicted["truth:tajimas_d"])
        assert np.array_equal(values, predicted[f"{name}:tajimas_d"])
        rmse = metrics.compute_rmse(truth, values)
        assert axis.get_title().startswith(f"{name}\nRMSE {rmse:.3g},")


def test_several_targets_have_a_panel_each_and_logarithms_log_axes():
    cards = make_cards(restarts=2, baselines=1, predictands=predict_numbers(2))
    predicted = predictions_table(cards, cell_names(2))
    scores = scoring.tabulate_scores(predicted, cards, seed=1)
    figure = accuracy.draw_predictions(predicted, cards, scores)
    shown = [axis for axis in figure.axes if axis.get_visible()]
    assert len(shown) == 2 * len(cards)
    by_target = {"fst": shown[: len(cards)], "Tajima's D": shown[len(cards) :]}
    for target, scale in {"fst": "log", "Tajima's D": "linear"}.items():
        for axis in by_target[target]:
            assert axis.get_xscale() == axis.get_yscale() == scale
            assert axis.get_xlabel().lower() == f"true {target}".lower()


def test_confusion_shows_the_fraction_of_each_true_class():
    classes = CLASSES[:3]
    predictands = predict_classes(classes)
    cards = make_cards(1, 1, predictands)
    predicted = classes_table(cards, cell_names(1), classes)
    table = classification.tabulate_confusion(predicted, cards, classes)
    figure = accuracy.draw_confusion(table, list(cards), predictands.targets)
    for axis, name in zip(figure.axes, cards, strict=True):
        shown = [text.get_text() for text in axis.texts]
        fractions = table.loc[table["model"] == name, "fraction"]
        assert shown == [f"{fraction:.2f}" for fraction in fractions]
        assert [label.get_text() for label in axis.get_yticklabels()] == list(classes)
        assert [label.get_text() for label in axis.get_xticklabels()] == list(classes)
        counts = table.loc[table["model"] == name, "count"].to_numpy().reshape(3, 3)
        right = np.trace(counts) / counts.sum()
        assert axis.get_title() == f"{name}\naccuracy {right:.3f}"
