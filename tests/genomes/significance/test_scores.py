"""What windows are compared with the null by."""

import numpy as np
import pytest

from coalflow.config.schema.scans.significance import Significance
from coalflow.config.schema.targets import ParameterTarget, StatisticTarget, Targets
from coalflow.dataset.target_scaling import TargetScaling
from coalflow.evaluation.predictions import Prediction
from coalflow.genomes.significance.scores import Score, list_scores, measure_score

CLASSES = ("neutral", "hard", "soft")
NUMBERS = Targets(
    definitions={
        "diversity": StatisticTarget(statistic="diversity", scale="log"),
        "tajimas_d": StatisticTarget(statistic="tajimas_d"),
    }
)
SCALING = TargetScaling(
    ("diversity", "tajimas_d"), np.array([True, False]), np.array([-2.0, 1.0]), np.array([1.0, 2.0])
)


def classes_of(parameter):
    definitions = {"kind": ParameterTarget(parameter=parameter)}
    return Targets(definitions=definitions, classes=CLASSES)


def test_all_that_is_not_the_null_is_one_score():
    targets = classes_of("sweep")
    (score,) = list_scores(targets, ["neutral"], Significance())
    assert score == Score("swept", ("hard", "soft"), None, "upper")
    (score,) = list_scores(targets, ["neutral", "soft"], Significance())
    assert score == Score("not_neutral", ("hard",), None, "upper")
    (score,) = list_scores(classes_of("history"), ["neutral"], Significance())
    assert score.name == "not_neutral"


def test_scores_are_those_of_the_config_in_its_order():
    options = Significance(scores={"soft": ["soft"], "any": ["hard", "soft"]})
    scores = list_scores(classes_of("sweep"), ["neutral"], options)
    assert [score.name for score in scores] == ["soft", "any"]


def test_without_a_null_there_is_no_score():
    assert list_scores(classes_of("history"), [], Significance()) == ()


def test_each_number_is_a_score():
    scores = list_scores(NUMBERS, [], Significance(tail="lower"))
    assert [(score.name, score.target, score.tail) for score in scores] == [
        ("diversity", "diversity", "lower"),
        ("tajimas_d", "tajimas_d", "lower"),
    ]


def test_classes_are_scored_by_their_odds_without_losing_digits():
    values = np.array([[0.5, 0.25, 0.25], [1e-30, 0.5, 0.5], [1.0, 1e-40, 0.0], [np.nan] * 3])
    score = Score("swept", ("hard", "soft"), None, "upper")
    found = measure_score(score, Prediction(values), classes_of("sweep"), None)
    np.testing.assert_allclose(found[:3], np.log([1, 1e30, 1e-40]), rtol=1e-12)
    assert np.isnan(found[3])


def test_impossible_classes_have_a_finite_score():
    values = np.array([[1.0, 0.0, 0.0], [0.0, 0.5, 0.5]])
    score = Score("swept", ("hard", "soft"), None, "upper")
    assert np.isfinite(measure_score(score, Prediction(values), classes_of("sweep"), None)).all()


@pytest.mark.parametrize(("tail", "sign"), [("upper", 1), ("both", 1), ("lower", -1)])
def test_numbers_are_scored_as_they_are_learned(tail, sign):
    predicted = Prediction(np.array([[0.1, 3.0], [np.nan, np.nan]]))
    found = measure_score(Score("diversity", None, "diversity", tail), predicted, NUMBERS, SCALING)
    np.testing.assert_allclose(found, [sign * 1.0, np.nan])
    found = measure_score(Score("d", None, "tajimas_d", tail), predicted, NUMBERS, SCALING)
    np.testing.assert_allclose(found, [sign * 1.0, np.nan])
