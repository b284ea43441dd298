"""Bias, spread and accuracy by the true value and by parameters."""

import numpy as np
import pytest
import sklearn.metrics
from helpers.failures import ALONE, DIVERSITY, PAIR, SWEEP, TWO, predict_classes, predict_numbers

from coalflow.evaluation import bootstrap
from coalflow.evaluation.failures.errors_by_parameter import measure_models, tabulate_errors


def find_row(table, **wanted):
    rows = table
    for name, value in wanted.items():
        rows = rows[rows[name] == value]
    (row,) = rows.to_dict("records")
    return row


def test_errors_are_those_of_scikit_learn_in_each_part():
    predicted = predict_numbers()
    table = tabulate_errors(predicted, PAIR, DIVERSITY, seed=1)
    for history, part in predicted.groupby("parameter:history"):
        truth, values = part["truth:diversity"], part["net:diversity"]
        found = {
            measure: find_row(table, model="net", group="history", part=history, measure=measure)
            for measure in ("bias", "spread", "rmse")
        }
        assert found["bias"]["windows"] == len(part)
        assert found["bias"]["value"] == pytest.approx(values.mean() - truth.mean())
        assert found["spread"]["value"] == pytest.approx((values - truth).std(ddof=0))
        rmse = sklearn.metrics.root_mean_squared_error(truth, values)
        assert found["rmse"]["value"] == pytest.approx(rmse)
    assert set(table["group"]) == {"all", "diversity", "history", "rate"}
    assert set(table["kind"]) == {"net", "baseline"}


def test_errors_of_a_logarithm_are_differences_of_logarithms():
    predicted = predict_numbers(predictands=TWO)
    table = tabulate_errors(predicted, PAIR, TWO, seed=1)
    row = find_row(table, model="net", group="all", target="fst", measure="bias_log10")
    logs = np.log10(predicted["net:fst"]) - np.log10(predicted["truth:fst"])
    assert row["value"] == pytest.approx(logs.mean())
    assert "bias" not in set(table.loc[table["target"] == "fst", "measure"])


def test_accuracy_and_log_loss_are_those_of_scikit_learn():
    predicted = predict_classes()
    table = tabulate_errors(predicted, PAIR, SWEEP, seed=1)
    order = sorted(SWEEP.classes)
    for rate, part in predicted.groupby("parameter:recombination_rate"):
        rows = table[(table["group"] == "recombination_rate") & (table["model"] == "net")]
        rows = rows[rows["from"] == rate].set_index("measure")["value"]
        assert rows["accuracy"] == sklearn.metrics.accuracy_score(part["truth"], part["net"])
        probabilities = part[[f"net:{name}" for name in order]]
        loss = sklearn.metrics.log_loss(part["truth"], probabilities, labels=order)
        assert rows["log_loss"] == pytest.approx(loss)
    # Neutral windows have no selection coefficient.
    swept = table[(table["group"] == "selection_coefficient") & (table["measure"] == "accuracy")]
    of_net = swept[swept["model"] == "net"]
    assert of_net["windows"].sum() == (predicted["truth"] != "neutral").sum()
    assert of_net["value"].iloc[-1] > of_net["value"].iloc[0] + 0.2


@pytest.mark.usefixtures("capped_bootstraps")
def test_intervals_contain_the_true_bias_in_95_percent():
    held = 0
    for seed in range(150):
        rows = measure_models(predict_numbers(60, seed), ALONE, ["net"], DIVERSITY, seed)
        bias = next(row for row in rows if row["measure"] == "bias")
        held += bias["ci_low"] <= 0.5 <= bias["ci_high"]
    assert 0.92 <= held / 150 <= 0.975


@pytest.mark.usefixtures("capped_bootstraps")
def test_three_windows_and_a_constant_target_have_numbers():
    predicted = predict_numbers(3).assign(**{"truth:diversity": 1.0})
    table = tabulate_errors(predicted, ALONE, DIVERSITY, seed=1)
    assert set(table["group"]) == {"all"}
    assert table[["value", "ci_low", "ci_high"]].notna().all(axis=None)
    assert bootstrap.BOOTSTRAPS == 200
