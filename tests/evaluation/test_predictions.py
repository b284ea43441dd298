"""Predictions, intervals and true values as columns, and back."""

import numpy as np
import pandas as pd
from helpers.data import make_predictands, make_targets

from coalflow.evaluation import predictions
from coalflow.evaluation.predictions import Prediction, average_predictions

CLASSES = ["hard", "neutral", "soft"]
SWEEP = make_targets("sweep", classes=CLASSES)
NUMBERS = make_targets("diversity", "fst")


def test_every_number_is_a_column():
    values = np.array([[0.5, 2.0], [-1.0, 3.0]])
    columns = predictions.tabulate_prediction("ridge", Prediction(values), NUMBERS)
    assert list(columns) == ["ridge:diversity", "ridge:fst"]
    table = pd.DataFrame(columns)
    found = predictions.select_prediction(table, "ridge", NUMBERS)
    assert np.array_equal(found.values, values)
    assert (found.low, found.high, found.spread) == (None, None, None)


def test_classes_are_the_most_probable_and_each_probability():
    probabilities = np.array([[0.2, 0.5, 0.3], [0.1, 0.2, 0.7]])
    columns = predictions.tabulate_prediction("net/0", Prediction(probabilities), SWEEP)
    assert list(columns) == ["net/0", "net/0:hard", "net/0:neutral", "net/0:soft"]
    assert columns["net/0"].tolist() == ["neutral", "soft"]
    table = pd.DataFrame(columns)
    found = predictions.select_prediction(table, "net/0", SWEEP)
    assert np.array_equal(found.values, probabilities)


def test_truth_is_numbers_or_the_index_of_a_class():
    table = pd.DataFrame({"sweep": ["soft", "hard", "soft"], "fst": [1.5, 2.0, 3.0]})
    truth = pd.DataFrame(predictions.tabulate_truth(table, SWEEP))
    assert truth.columns.tolist() == ["truth"]
    assert predictions.select_truth(truth, SWEEP).tolist() == [2, 0, 2]
    table = table.assign(diversity=[1, 2, 3])
    truth = pd.DataFrame(predictions.tabulate_truth(table, NUMBERS))
    assert truth.columns.tolist() == ["truth:diversity", "truth:fst"]
    expected = [[1.0, 1.5], [2.0, 2.0], [3.0, 3.0]]
    assert predictions.select_truth(truth, NUMBERS).tolist() == expected


def test_intervals_and_spreads_are_columns_next_to_the_predictions():
    values = np.arange(8.0).reshape(4, 1, 2)
    columns = predictions.tabulate_prediction("net/0", Prediction(*values), NUMBERS)
    ends = [f"net/0:{name}:{end}" for name in ("diversity", "fst") for end in ("low", "high")]
    spreads = ["net/0:diversity:spread", "net/0:fst:spread"]
    assert list(columns) == ["net/0:diversity", "net/0:fst", *ends, *spreads]
    found = predictions.select_prediction(pd.DataFrame(columns), "net/0", NUMBERS)
    for attribute, expected in zip(("values", "low", "high", "spread"), values, strict=True):
        assert np.array_equal(getattr(found, attribute), expected)


def test_probabilities_have_spreads():
    chances = np.full((1, 3), 1 / 3)
    columns = predictions.tabulate_prediction("m", Prediction(chances, spread=chances / 9), SWEEP)
    assert list(columns)[4:] == ["m:hard:spread", "m:neutral:spread", "m:soft:spread"]


def test_mean_of_predictions_is_that_of_what_is_learned():
    """Of logarithms, where these are learned; the spread is in the target's own units."""
    scaling = make_predictands("size", logs=["size"]).scaling
    each = [Prediction(*np.array([[[size]], [[size / 10]], [[size * 10]]])) for size in (1e2, 1e4)]
    mean = average_predictions(each, scaling)
    np.testing.assert_allclose([mean.values, mean.low, mean.high], [[[1e3]], [[1e2]], [[1e4]]])
    np.testing.assert_allclose(mean.spread, [[9900 / np.sqrt(2)]])


def test_mean_has_intervals_only_if_all_have_them():
    number, scaling = np.ones((3, 1, 1)), make_predictands("size").scaling
    mixed = average_predictions([Prediction(*number), Prediction(number[0])], scaling)
    assert (mixed.low, mixed.high) == (None, None)


def test_sets_are_columns_next_to_the_probabilities():
    in_set = np.array([[True, False, True], [False, False, False], [True, True, True]])
    predicted = Prediction(np.full((3, 3), 1 / 3), in_set=in_set)
    columns = predictions.tabulate_prediction("net/0", predicted, SWEEP)
    assert columns["net/0:set"].tolist() == ["hard|soft", "", "hard|neutral|soft"]
    table = pd.DataFrame(columns)
    found = predictions.select_prediction(table, "net/0", SWEEP)
    assert np.array_equal(found.in_set, in_set)
    assert predictions.find_models(table, SWEEP) == ["net/0"]


def test_mean_has_the_mean_quantiles_and_the_classes_of_most_sets():
    scaling = make_predictands("size", logs=["size"]).scaling
    each = [
        Prediction(np.full((1, 1), size), quantiles=size * np.logspace(-1, 1, 19)[None, None])
        for size in (1e2, 1e4)
    ]
    mean = average_predictions(each, scaling)
    np.testing.assert_allclose(mean.quantiles, 1e3 * np.logspace(-1, 1, 19)[None, None])
    sets = [[True, True, False], [True, False, False], [False, True, False]]
    chances = [Prediction(np.full((1, 3), 1 / 3), in_set=np.array([each])) for each in sets]
    assert average_predictions(chances, None).in_set.tolist() == [[True, True, False]]
    assert average_predictions([chances[0], Prediction(chances[0].values)], None).in_set is None


def test_statistics_of_windows_are_no_models():
    """Though a classical statistic has the name of a target."""
    columns = ["statistic:tajimas_d", "measured:tajimas_d", "computed:tajimas_d", "net:tajimas_d"]
    targets = make_targets("tajimas_d")
    assert predictions.find_models(columns, targets) == ["net"]
