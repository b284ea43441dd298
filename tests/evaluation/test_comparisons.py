"""The verdict of net against baseline: paired, and by a baseline that validation data choose."""

import numpy as np
import pandas as pd
import pytest
from helpers.cards import make_card, make_cards, predict_classes, predict_numbers
from helpers.data import make_predictands

from coalflow.core.files import write_table
from coalflow.evaluation import comparisons, metrics, predictions, scoring

DIVERSITY = make_predictands("diversity")
CARDS = make_cards(DIVERSITY, {"net/0": 0.4, "mean": 1.0, "ridge": 0.5})


def compute_rmse(predicted, name):
    truth, values = predicted["truth:diversity"], predicted[f"{name}:diversity"]
    return metrics.compute_rmse(truth.to_numpy(), values.to_numpy())


@pytest.mark.parametrize(
    ("net_error", "verdict"), [(0.2, "better"), (1.0, "worse"), (0.5, "cannot tell")]
)
def test_verdict(net_error, verdict):
    predicted = predict_numbers(600, **{"net/0": net_error, "mean": 2.0, "ridge": 0.5})
    compared = comparisons.compare_with_best_baseline(predicted, CARDS, seed=1)
    (row,) = compared.to_dict("records")
    expected = compute_rmse(predicted, "net/0") - compute_rmse(predicted, "ridge")
    assert (row["net"], row["baseline"], row["metric"]) == ("net/0", "ridge", "rmse")
    assert row["difference"] == pytest.approx(expected)
    assert row["ci_low"] < row["difference"] < row["ci_high"]
    assert row["verdict"] == verdict


def test_baseline_is_chosen_by_validation_also_when_the_test_says_otherwise():
    predicted = predict_numbers(600, **{"net/0": 0.5, "mean": 0.1, "ridge": 2.0})
    compared = comparisons.compare_with_best_baseline(predicted, CARDS, seed=1)
    (row,) = compared.to_dict("records")
    assert row["baseline"] == comparisons.find_best_baseline(CARDS) == "ridge"
    assert row["verdict"] == "better"


def test_every_restart_is_compared():
    cards = {**CARDS, **make_cards(DIVERSITY, {"net/1": 0.4})}
    predicted = predict_numbers(600, **{"net/0": 0.2, "net/1": 1.0, "mean": 2.0, "ridge": 0.5})
    compared = comparisons.compare_with_best_baseline(predicted, cards, seed=1)
    assert list(compared["net"]) == ["net/0", "net/1"]
    assert list(compared["verdict"]) == ["better", "worse"]


def test_comparison_is_paired():
    """A net whose errors are always a little smaller is better, however wide its own interval."""
    predicted = predict_numbers(100, cells=1, mean=2.0, ridge=0.5)
    truth, ridge = predicted["truth:diversity"], predicted["ridge:diversity"]
    predicted["net/0:diversity"] = truth + 0.97 * (ridge - truth)
    scores = scoring.tabulate_scores(predicted, CARDS, seed=1).query("metric == 'rmse'")
    scores = scores.set_index("model")
    assert scores.loc["net", "ci_high"] > scores.loc["ridge", "ci_low"]
    compared = comparisons.compare_with_best_baseline(predicted, CARDS, seed=1)
    assert compared["verdict"].tolist() == ["better"]


def test_equal_predictions_cannot_be_distinguished():
    predicted = predict_numbers(100, cells=1, mean=2.0, ridge=0.5)
    predicted["net/0:diversity"] = predicted["ridge:diversity"]
    compared = comparisons.compare_with_best_baseline(predicted, CARDS, seed=1)
    (row,) = compared.to_dict("records")
    assert (row["difference"], row["ci_low"], row["ci_high"]) == (0, 0, 0)
    assert row["verdict"] == "cannot tell"


@pytest.mark.parametrize(
    ("net", "verdict"), [(4.0, "better"), (0.5, "worse"), (2.0, "cannot tell")]
)
def test_verdict_on_classes_is_by_log_loss_and_accuracy(net, verdict):
    sweep = make_predictands("sweep", classes=["soft", "neutral", "hard"])
    cards = make_cards(sweep, {"net/0": 0.5, "mean": 1.1, "gradient_boosting": 0.6})
    table = predict_classes(sweep.targets, **{"net/0": net, "mean": 0.0, "gradient_boosting": 2.0})
    compared = comparisons.compare_with_best_baseline(table, cards, 1)
    assert compared["metric"].tolist() == ["log_loss", "accuracy"]
    assert set(compared["baseline"]) == {"gradient_boosting"}
    assert compared["verdict"].tolist() == [verdict, verdict]
    loss, accuracy = compared["difference"]
    if verdict == "better":
        assert loss < 0 < accuracy


def test_every_target_has_its_own_verdict():
    predictands = make_predictands("diversity", "fst", logs=["fst"])
    generator = np.random.default_rng(3)
    truth = np.column_stack([generator.normal(size=600), 10 ** generator.normal(size=600)])
    noise = generator.normal(size=(600, 2))
    values = np.column_stack([truth[:, 0] + 0.5 * noise[:, 0], truth[:, 1] * 10 ** noise[:, 1]])
    shifted = np.column_stack([truth[:, 0] + 2.0, truth[:, 1] * 1.01])
    table = pd.DataFrame({"cell": ["c"] * 600})
    for name, predicted in (("truth", truth), ("net/0", values), ("ridge", shifted)):
        columns = predictions.tabulate_prediction(
            name, predictions.Prediction(predicted), predictands.targets
        )
        table = table.assign(**columns)
    validation = scoring.score_validation(truth, shifted, predictands)
    cards = {
        "net/0": make_card("net/0", "net", predictands),
        "ridge": make_card("ridge", "baseline", predictands, validation),
    }
    compared = comparisons.compare_with_best_baseline(table, cards, seed=1)
    verdicts = dict(zip(compared["target"], compared["verdict"], strict=True))
    assert (verdicts["diversity"], verdicts["fst"]) == ("better", "worse")


# Which model is shown -------------------------------------------------------------------------


def order_of(tmp_path, errors, predictands=DIVERSITY):
    """Return the order of models with these errors, as it is read from the table."""
    table = scoring.tabulate_validation(make_cards(predictands, errors))
    write_table(tmp_path / "validation.tsv", table)
    read = scoring.read_scores(tmp_path / "validation.tsv")
    return comparisons.order_by_validation(read, predictands.targets)


@pytest.mark.parametrize(
    ("errors", "shown"),
    [
        ({"net/0": 0.4, "net/1": 0.3, "mean": 1.0, "ridge": 0.5}, ["net/1", "ridge"]),
        ({"net/0": 0.4, "net/1": 0.3, "mean": 1.0, "ridge": 0.2}, ["ridge", "net/1"]),
        ({"net/0": 0.4, "ridge": 0.4}, ["net/0", "ridge"]),
        ({"net/0": 0.4}, ["net/0"]),
    ],
)
def test_the_best_model_is_shown_and_the_best_of_the_others(errors, shown, tmp_path):
    order = order_of(tmp_path, errors)
    assert [model.name for model in comparisons.choose_shown_models(order)] == shown


def test_of_classes_the_log_loss_decides(tmp_path):
    predictands = make_predictands("history", classes=["a", "b"])
    order = order_of(tmp_path, {"net/0": 0.9, "ridge": 0.5, "mean": 0.7}, predictands)
    assert list(order) == ["ridge", "mean", "net/0"]


def test_an_ensemble_is_one_of_the_models(tmp_path):
    score = {"diversity": {"rmse": 0.1}}
    cards = [
        make_card("net", "ensemble", DIVERSITY, score),
        make_card("net/0", "net", DIVERSITY, {"diversity": {"rmse": 0.2}}),
        make_card("ridge", "baseline", DIVERSITY, {"diversity": {"rmse": 0.3}}),
    ]
    table = scoring.tabulate_validation({card.name: card for card in cards})
    write_table(tmp_path / "validation.tsv", table)
    order = comparisons.order_by_validation(
        scoring.read_scores(tmp_path / "validation.tsv"), DIVERSITY.targets
    )
    assert order == {"net": "ensemble", "net/0": "net", "ridge": "baseline"}
    assert [model.name for model in comparisons.choose_shown_models(order)] == ["net", "ridge"]
