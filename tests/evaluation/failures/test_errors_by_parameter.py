"""Bias, spread and accuracy by the true value and by parameters."""

import numpy as np
import pandas as pd
import pytest
import sklearn.metrics
from helpers.failures import ALONE, DIVERSITY, PAIR, SWEEP, TWO, predict_classes, predict_numbers

from coalflow.evaluation.failures.errors_by_parameter import measure_models, tabulate_errors


def find_row(table, **wanted):
    rows = table
    for name, value in wanted.items():
        rows = rows[rows[name] == value]
    (row,) = rows.to_dict("records")
    return row


def test_errors_are_those_of_scikit_learn_in_each_part():
    predicted = predict_numbers()
    table = tabulate_errors(predicted, PAIR, DIVERSITY)
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
    table = tabulate_errors(predicted, PAIR, TWO)
    row = find_row(table, model="net", group="all", target="fst", measure="bias_log10")
    logs = np.log10(predicted["net:fst"]) - np.log10(predicted["truth:fst"])
    assert row["value"] == pytest.approx(logs.mean())
    assert "bias" not in set(table.loc[table["target"] == "fst", "measure"])


def test_accuracy_and_log_loss_are_those_of_scikit_learn():
    predicted = predict_classes()
    table = tabulate_errors(predicted, PAIR, SWEEP)
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


@pytest.mark.parametrize("windows", [20, 60])
def test_intervals_contain_the_true_values_in_95_percent(windows):
    generator = np.random.default_rng(windows)
    true = {"bias": 0.5, "spread": 1.0, "rmse": np.sqrt(1.25)}
    held = dict.fromkeys(true, 0)
    for _ in range(400):
        truth = generator.normal(size=windows)
        values = truth + generator.normal(0.5, 1.0, size=windows)
        predicted = pd.DataFrame({"truth:diversity": truth, "net:diversity": values})
        for row in measure_models(predicted, ALONE, ["net"], DIVERSITY):
            held[row["measure"]] += row["ci_low"] <= true[row["measure"]] <= row["ci_high"]
    # 95 % of 400 are 380, with a standard deviation of 4.4.
    assert all(367 <= count <= 393 for count in held.values()), held


def test_three_windows_and_a_constant_target_have_numbers():
    predicted = predict_numbers(3).assign(**{"truth:diversity": 1.0})
    table = tabulate_errors(predicted, ALONE, DIVERSITY)
    assert set(table["group"]) == {"all"}
    assert table["value"].notna().all()
    assert table["ci_low"].isna().tolist() == [False, True, True]  # too few for the others
    accuracy, loss = measure_models(predict_classes(1), ALONE, ["net"], SWEEP)
    assert (accuracy["ci_low"], np.isnan(loss["ci_low"])) == (pytest.approx(0.025, abs=0.03), True)
