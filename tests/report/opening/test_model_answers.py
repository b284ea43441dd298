import pandas as pd
import pytest

from coalflow.report.opening.model_answers import describe_error, describe_models
from coalflow.report.scores import Certainty, ModelScores, Score
from coalflow.report.targets import ShownTarget

D = ShownTarget("tajimas_d", "Tajima's D")
SIZE = ShownTarget("size", "population size", log=True, unit="diploid individuals")
CERTAINTY = [Certainty("ridge", "tajimas_d", Score(0.904), "")]


def make_model(name, kind, rank, rmse, r2, target="tajimas_d", suffix=""):
    scores = {f"rmse{suffix}": Score(rmse), f"r2{suffix}": Score(r2)}
    return ModelScores(name, kind, rank, 1799, {target: scores})


@pytest.mark.parametrize(
    ("rmse", "r2", "words"),
    [
        (3e-9, 1 - 1e-9, "exact, up to rounding"),
        (0.004246, 1 - 0.0055**2, "a typical error of 0.0042, 0.55 % of the spread"),
        (0.5, 0.75, "a typical error of 0.5, 50 % of the spread"),
        (1.0, -0.01, "no better than always predicting the mean"),
        (1.0, float("nan"), "it cannot be judged"),
    ],
)
def test_errors_are_in_words(rmse, r2, words):
    assert describe_error(make_model("net", "net", 1, rmse, r2), D).startswith(words)


def test_errors_of_logarithms_are_factors():
    model = make_model("net", "net", 1, 0.30103, 0.91, "size", "_log10")
    assert "by a factor of 2, 30 % of the spread between windows on a log scale" in describe_error(
        model, SIZE
    )


def test_a_baseline_that_is_best_is_to_be_used():
    models = [
        make_model("ridge", "baseline", 1, 3e-9, 1.0),
        make_model("net/1", "net", 2, 0.0042, 0.99997),
    ]
    comparisons = pd.DataFrame([{"net": "net/1", "baseline": "ridge", "verdict": "worse"}])
    said = describe_models(models, comparisons, CERTAINTY, [D], ())
    texts = {statement.label: statement.text for statement in said}
    assert texts["Which to use"].startswith("Use ridge (a baseline: ridge regression")
    assert "1,799 test windows, which played no part" in texts["How good"]
    assert "net/1, is worse than the best baseline, ridge" in texts["Net or baseline"]
    assert "a typical error of 0.0042" in texts["Net or baseline"]
    assert "in 90.4 % of the test windows" in texts["How sure"]


def test_of_classes_guessing_is_the_measure():
    scores = {"sweep": {"accuracy": Score(0.362)}}
    models = [ModelScores("coalflow", "ensemble", 1, 500, scores)]
    said = describe_models(models, pd.DataFrame({"net": []}), [], [], ("neutral", "hard"))
    texts = {statement.label: statement.text for statement in said}
    assert "36 % are assigned to their class (random guessing: 50 %)" in texts["How good"]
    assert "No baseline" in texts["Net or baseline"]
    said = describe_models(
        models, pd.DataFrame({"net": []}), [], [], ("neutral", "hard"), commonest=0.7
    )
    (good,) = [statement.text for statement in said if statement.label == "How good"]
    assert "(random guessing: 50 %; always the commonest class: 70 %)" in good
