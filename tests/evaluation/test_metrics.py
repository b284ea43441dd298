import math
import warnings

import numpy as np
import pandas as pd
import pytest
import scipy.special
import scipy.stats
import sklearn.metrics
from helpers.data import asked_of

from coalflow.evaluation import metrics, predictions

ASKED = asked_of("diversity")


def judged_as(rmse):
    return {"diversity": {"rmse": rmse}}


MEAN = {**ASKED, "model": "mean", "kind": "baseline", "restart": None, "validation": judged_as(1.0)}
RIDGE = {
    **ASKED,
    "model": "ridge",
    "kind": "baseline",
    "restart": None,
    "validation": judged_as(0.5),
}
NET = {**ASKED, "model": "net", "kind": "net", "restart": 0, "validation": judged_as(0.4)}
CARDS = {"net/0": NET, "mean": MEAN, "ridge": RIDGE}


def draw(number, seed=0):
    """Return truth and predictions that are right by three quarters of the variance."""
    generator = np.random.default_rng(seed)
    truth = generator.normal(2.0, 3.0, size=number)
    return truth, truth + generator.normal(0.0, 1.5, size=number)


def table_of(number=60, cells=3, seed=0, **noise):
    """Return predictions of test windows; ``noise`` has each model's standard error."""
    generator = np.random.default_rng(seed)
    truth = generator.normal(size=number)
    table = {"cell": np.repeat([f"c{n}" for n in range(cells)], number // cells)}
    table["truth:diversity"] = truth
    for name, sd in noise.items():
        table[f"{name}:diversity"] = truth + generator.normal(0.0, sd, size=number)
    return pd.DataFrame(table)


def rmse_of(predictions, name):
    truth, predicted = predictions["truth:diversity"], predictions[f"{name}:diversity"]
    return metrics.rmse(truth.to_numpy(), predicted.to_numpy())


def scores_of(truth, predicted, seed):
    """Return the scores of one target that is a number."""
    return metrics.score(truth[:, None], predicted[:, None], seed, ASKED)


# Single numbers -----------------------------------------------------------------------------


@pytest.mark.parametrize("number", [2, 3, 10, 1000])
@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (metrics.rmse, sklearn.metrics.root_mean_squared_error),
        (metrics.mae, sklearn.metrics.mean_absolute_error),
        (metrics.r2, sklearn.metrics.r2_score),
        (metrics.pearson_r, lambda *pair: scipy.stats.pearsonr(*pair).statistic),
    ],
)
def test_metrics_are_those_of_other_programs(ours, theirs, number):
    for seed in range(5):
        truth, predicted = draw(number, seed)
        assert ours(truth, predicted) == pytest.approx(theirs(truth, predicted), rel=1e-9)


@pytest.mark.parametrize("metric", metrics.METRICS.values())
def test_metrics_of_many_resamples_are_those_of_each(metric):
    truth, predicted = draw(30)
    rows = np.random.default_rng(1).integers(30, size=(7, 30))
    each = [metric(truth[one], predicted[one]) for one in rows]
    np.testing.assert_allclose(metric(truth[rows], predicted[rows]), each, rtol=1e-12)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("value", [0.0, 0.1])
@pytest.mark.parametrize("number", [1, 3, 1000])
def test_constant_predictions_have_no_correlation(value, number):
    truth = draw(number)[0]
    assert math.isnan(metrics.pearson_r(truth, np.full(number, value)))


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("metric", [metrics.pearson_r, metrics.r2])
@pytest.mark.parametrize("value", [0.0, 0.1])
@pytest.mark.parametrize("number", [1, 3, 1000])
def test_constant_truth_has_neither_correlation_nor_variance_to_explain(metric, value, number):
    predicted = draw(number)[1]
    assert math.isnan(metric(np.full(number, value), predicted))


def test_perfect_predictions():
    truth = draw(50)[0]
    values = {name: metric(truth, truth) for name, metric in metrics.METRICS.items()}
    assert values == {"rmse": 0, "mae": 0, "r2": 1, "pearson_r": pytest.approx(1)}


def test_mean_explains_nothing():
    truth = draw(50)[0]
    assert metrics.r2(truth, np.full(50, truth.mean())) == pytest.approx(0, abs=1e-12)


# Intervals -------------------------------------------------------------------------------------


def rows_of(number, seed):
    return np.concatenate(list(metrics.resamples(number, seed)))


def test_resamples_are_rows_drawn_with_replacement():
    rows = rows_of(50, seed=3)
    assert rows.shape == (metrics.BOOTSTRAPS, 50)
    assert (rows.min(), rows.max()) == (0, 49)
    # On average 1 - 1/e of the rows are in a resample.
    assert np.mean([len(set(row)) for row in rows.tolist()]) == pytest.approx(31.8, abs=0.5)
    expected = rows.size / 50
    counts = np.bincount(rows.ravel())
    assert np.abs(counts - expected).max() < 6 * math.sqrt(expected)


def test_resamples_hang_on_the_seed_alone():
    assert np.array_equal(rows_of(20, seed=3), rows_of(20, seed=3))
    assert not np.array_equal(rows_of(20, seed=3), rows_of(20, seed=4))


def test_resamples_come_in_parts_that_fit_into_memory(monkeypatch):
    monkeypatch.setattr(metrics, "ROWS_AT_ONCE", 700)
    parts = list(metrics.resamples(50, seed=3))
    assert {len(part) for part in parts} == {14, metrics.BOOTSTRAPS % 14}
    assert sum(map(len, parts)) == metrics.BOOTSTRAPS


def test_score_gives_value_interval_and_number():
    truth, predicted = draw(200)
    scores = scores_of(truth, predicted, seed=1)
    assert [score["metric"] for score in scores] == ["rmse", "mae", "r2", "pearson_r"]
    for score in scores:
        assert score["value"] == metrics.METRICS[score["metric"]](truth, predicted)
        assert score["ci_low"] < score["value"] < score["ci_high"]
        assert score["n"] == 200


def test_interval_is_the_one_of_scipy():
    truth, predicted = draw(200)
    ours = scores_of(truth, predicted, seed=1)[0]
    theirs = scipy.stats.bootstrap(
        (truth, predicted),
        lambda *pair, axis: metrics.rmse(*pair),
        paired=True,
        vectorized=True,
        method="percentile",
        n_resamples=10_000,
        rng=np.random.default_rng(1),
    ).confidence_interval
    assert (ours["ci_low"], ours["ci_high"]) == pytest.approx(tuple(theirs), rel=0.01)


def test_intervals_cover_the_truth_as_often_as_they_say(monkeypatch):
    """Of 200 intervals of 95 %, the number that covers is binomial; significance 1e-4 a metric."""
    monkeypatch.setattr(metrics, "BOOTSTRAPS", 400)
    error_sd, number, repetitions = 0.5, 300, 200
    truths = {
        "rmse": error_sd,
        "mae": error_sd * math.sqrt(2 / math.pi),
        "r2": 1 - error_sd**2,
        "pearson_r": 1 / math.sqrt(1 + error_sd**2),
    }
    covered = dict.fromkeys(truths, 0)
    for repetition in range(repetitions):
        generator = np.random.default_rng(repetition)
        truth = generator.normal(size=number)
        predicted = truth + generator.normal(0.0, error_sd, size=number)
        for score in scores_of(truth, predicted, seed=repetition):
            inside = score["ci_low"] <= truths[score["metric"]] <= score["ci_high"]
            covered[score["metric"]] += inside
    low, high = scipy.stats.binom.ppf([0.5e-4, 1 - 0.5e-4], repetitions, metrics.LEVEL)
    assert {name: count for name, count in covered.items() if not low <= count <= high} == {}


def test_intervals_of_constant_predictions_have_no_correlation():
    truth = draw(50)[0]
    scores = scores_of(truth, np.full(50, 0.1), seed=1)
    by_metric = {score["metric"]: score for score in scores}
    correlation = by_metric["pearson_r"]
    assert all(math.isnan(correlation[key]) for key in ("value", "ci_low", "ci_high"))
    assert math.isfinite(by_metric["r2"]["ci_low"])


# Tables -----------------------------------------------------------------------------------------


def test_score_table_has_a_row_per_model_and_metric(capped_bootstraps):
    predictions = table_of(**{"net/0": 0.1, "mean": 1.0, "ridge": 0.2})
    table = metrics.score_table(predictions, CARDS, seed=1)
    columns = "model kind restart split target metric value ci_low ci_high n sd_of_restarts"
    assert list(table.columns) == columns.split()
    assert set(table["target"]) == {"diversity"}
    assert len(table) == 12
    assert list(dict.fromkeys(table["model"])) == ["net", "mean", "ridge"]
    assert list(table["kind"]) == ["net"] * 4 + ["baseline"] * 8
    assert list(table["restart"]) == [0] * 4 + [""] * 8
    assert set(table["split"]) == {"test"}
    assert set(table["n"]) == {60}


def test_score_table_scores_each_model_by_its_own_predictions(capped_bootstraps):
    predictions = table_of(**{"net/0": 0.1, "mean": 1.0, "ridge": 0.2})
    table = metrics.score_table(predictions, CARDS, seed=1)
    rmse = table[table["metric"] == "rmse"].set_index("model")["value"]
    for name, model in (("net/0", "net"), ("mean", "mean"), ("ridge", "ridge")):
        assert rmse[model] == rmse_of(predictions, name)


def test_same_rows_are_drawn_for_every_model(capped_bootstraps):
    predictions = table_of(**{"net/0": 0.3})
    for name in ("mean", "ridge"):
        predictions[f"{name}:diversity"] = predictions["net/0:diversity"]
    for table in (
        metrics.score_table(predictions, CARDS, seed=1),
        metrics.score_cells(predictions, CARDS, seed=1).query("cell == 'c1'"),
    ):
        intervals = table[["metric", "ci_low", "ci_high"]].drop_duplicates()
        assert len(intervals) == 4


def test_an_ensemble_tells_how_its_restarts_differ(capped_bootstraps):
    cards = {"net": {**NET, "kind": "ensemble", "restart": None}}
    cards |= {f"net/{n}": {**NET, "restart": n} for n in range(3)} | CARDS
    predictions = table_of(**{"net/0": 0.1, "net/1": 0.3, "net/2": 0.4, "mean": 1.0, "ridge": 0.2})
    predictions["net:diversity"] = predictions["net/0:diversity"]
    table = metrics.score_table(predictions, cards, seed=1)
    rmse = table[table["metric"] == "rmse"].set_index("kind")
    assert rmse.loc["ensemble", "sd_of_restarts"] == pytest.approx(rmse.loc["net", "value"].std())
    assert table.loc[table["kind"] != "ensemble", "sd_of_restarts"].isna().all()
    assert table.loc[table["kind"] == "ensemble", "sd_of_restarts"].notna().all()


def test_cells_are_scored_by_their_own_windows(capped_bootstraps):
    predictions = table_of(**{"net/0": 0.1, "mean": 1.0, "ridge": 0.2})
    by_cell = metrics.score_cells(predictions, CARDS, seed=1)
    assert list(by_cell.columns)[0] == "cell"
    assert len(by_cell) == 3 * 12
    for cell, part in predictions.groupby("cell"):
        rows = by_cell[by_cell["cell"] == cell].drop(columns="cell").reset_index(drop=True)
        pd.testing.assert_frame_equal(rows, metrics.score_table(part, CARDS, seed=1))
        assert set(rows["n"]) == {20}


@pytest.mark.parametrize("number", [1, 2, 3])
def test_cells_with_few_windows_have_numbers_or_nan(number, capped_bootstraps):
    """In resamples of few windows the truth does not always vary."""
    predictions = table_of(number, cells=1, **{"net/0": 0.1, "mean": 1.0, "ridge": 0.2})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        table = metrics.score_cells(predictions, CARDS, seed=1)
    values = table[["value", "ci_low", "ci_high"]].to_numpy()
    assert not np.isinf(values).any()
    errors = table["metric"].isin(["rmse", "mae"])
    assert np.isfinite(values[errors]).all()


# The verdict ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("net_error", "verdict"), [(0.2, "better"), (1.0, "worse"), (0.5, "cannot tell")]
)
def test_verdict(net_error, verdict):
    predictions = table_of(600, **{"net/0": net_error, "mean": 2.0, "ridge": 0.5})
    compared = metrics.compare_with_best_baseline(predictions, CARDS, seed=1)
    (row,) = compared.to_dict("records")
    expected = rmse_of(predictions, "net/0") - rmse_of(predictions, "ridge")
    assert (row["net"], row["baseline"], row["metric"]) == ("net/0", "ridge", "rmse")
    assert row["difference"] == pytest.approx(expected)
    assert row["ci_low"] < row["difference"] < row["ci_high"]
    assert row["verdict"] == verdict


def test_baseline_is_chosen_by_validation_also_when_the_test_says_otherwise():
    predictions = table_of(600, **{"net/0": 0.5, "mean": 0.1, "ridge": 2.0})
    (row,) = metrics.compare_with_best_baseline(predictions, CARDS, seed=1).to_dict("records")
    assert row["baseline"] == "ridge"
    assert row["verdict"] == "better"


def test_every_restart_is_compared():
    cards = {**CARDS, "net/1": {**NET, "restart": 1}}
    predictions = table_of(600, **{"net/0": 0.2, "net/1": 1.0, "mean": 2.0, "ridge": 0.5})
    compared = metrics.compare_with_best_baseline(predictions, cards, seed=1)
    assert list(compared["net"]) == ["net/0", "net/1"]
    assert list(compared["verdict"]) == ["better", "worse"]


def test_comparison_is_paired():
    """A net whose errors are always a little smaller is better, however wide its own interval."""
    predictions = table_of(100, cells=1, mean=2.0, ridge=0.5)
    truth, of_ridge = predictions["truth:diversity"], predictions["ridge:diversity"]
    predictions["net/0:diversity"] = truth + 0.97 * (of_ridge - truth)
    net, ridge = (
        scores_of(truth.to_numpy(), predictions[f"{name}:diversity"].to_numpy(), seed=1)[0]
        for name in ("net/0", "ridge")
    )
    assert net["ci_high"] > ridge["ci_low"]
    (row,) = metrics.compare_with_best_baseline(predictions, CARDS, seed=1).to_dict("records")
    assert row["verdict"] == "better"


def test_equal_predictions_cannot_be_told_apart():
    predictions = table_of(100, cells=1, mean=2.0, ridge=0.5)
    predictions["net/0:diversity"] = predictions["ridge:diversity"]
    (row,) = metrics.compare_with_best_baseline(predictions, CARDS, seed=1).to_dict("records")
    assert (row["difference"], row["ci_low"], row["ci_high"]) == (0, 0, 0)
    assert row["verdict"] == "cannot tell"


# Classes ----------------------------------------------------------------------------------------

CLASSES = ["soft", "neutral", "hard"]
OF_SWEEP = asked_of("sweep", classes=CLASSES)
OF_CLASSES = ["accuracy", "log_loss", *(f"recall_{c}" for c in CLASSES)]
OF_CLASSES += [f"precision_{c}" for c in CLASSES]


def draw_classes(number, seed=0, sharpness=1.0):
    """Return classes' numbers and probabilities that lean towards the true ones."""
    generator = np.random.default_rng(seed)
    truth = generator.integers(3, size=number)
    logits = generator.normal(size=(number, 3)) + sharpness * np.eye(3)[truth]
    return truth, scipy.special.softmax(logits, axis=1)


def cards_of_classes():
    losses = {"net/0": 0.5, "mean": 1.1, "gradient_boosting": 0.6}
    return {
        name: {
            "model": name.split("/")[0],
            "kind": "net" if "/" in name else "baseline",
            "restart": 0 if "/" in name else None,
            "validation": {"sweep": {"log_loss": loss, "accuracy": 0.1}},
            **OF_SWEEP,
        }
        for name, loss in losses.items()
    }


def table_of_classes(number=600, **sharpness):
    """Return predictions of test windows; each model's leaning towards the truth is given."""
    truth, _ = draw_classes(number)
    table = pd.DataFrame({"cell": np.array(CLASSES)[truth], "truth": np.array(CLASSES)[truth]})
    for seed, (name, lean) in enumerate(sharpness.items(), start=1):
        logits = np.random.default_rng(seed).normal(size=(number, 3)) + lean * np.eye(3)[truth]
        predicted = scipy.special.softmax(logits, axis=1)
        table = table.assign(**predictions.columns(name, predicted, OF_SWEEP))
    return table


@pytest.mark.parametrize("number", [10, 300])
def test_metrics_of_classes_are_those_of_scikit_learn(number):
    truth, probabilities = draw_classes(number, seed=4)
    said = probabilities.argmax(axis=1)
    scores = {s["metric"]: s["value"] for s in metrics.score(truth, probabilities, 1, OF_SWEEP)}
    expected = {
        "accuracy": sklearn.metrics.accuracy_score(truth, said),
        "log_loss": sklearn.metrics.log_loss(truth, probabilities),
    }
    for name in ("recall", "precision"):
        of = getattr(sklearn.metrics, f"{name}_score")(truth, said, average=None)
        expected.update(zip((f"{name}_{c}" for c in CLASSES), of, strict=True))
    assert list(scores) == OF_CLASSES
    assert scores == pytest.approx(expected, rel=1e-12)


def test_metrics_of_many_resamples_of_classes_are_those_of_each():
    truth, probabilities = draw_classes(40)
    names, of_rows = metrics.scorer(truth, probabilities, OF_SWEEP)
    rows = np.random.default_rng(1).integers(40, size=(7, 40))
    each = [
        metrics.scorer(truth[one], probabilities[one], OF_SWEEP)[1](slice(None))[0] for one in rows
    ]
    np.testing.assert_allclose(of_rows(rows), each, rtol=1e-12)
    assert len(names) == of_rows(rows).shape[1]


def test_a_class_that_is_never_predicted_has_no_precision():
    truth = np.array([0, 1, 2, 0])
    probabilities = np.tile([0.5, 0.3, 0.2], (4, 1))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        scores = {s["metric"]: s for s in metrics.score(truth, probabilities, 1, OF_SWEEP)}
    assert math.isnan(scores["precision_hard"]["value"])
    assert scores["recall_hard"]["value"] == 0
    assert scores["precision_soft"]["value"] == 0.5


def test_a_probability_of_zero_is_no_infinite_loss():
    asked, wanted = asked_of("sweep", classes=["a", "b"]), [("sweep", "log_loss")]
    _, of_rows = metrics.scorer(np.array([0]), np.array([[0.0, 1.0]]), asked, wanted)
    assert 30 < of_rows(slice(None)).item() < 40


def test_intervals_of_classes_cover_as_often_as_they_say(monkeypatch):
    """As for numbers: binomial, significance 1e-4 a metric."""
    monkeypatch.setattr(metrics, "BOOTSTRAPS", 400)
    truth, probabilities = draw_classes(200_000, seed=99)
    everything = metrics.scorer(truth, probabilities, OF_SWEEP)[1](slice(None))[0]
    covered, repetitions = np.zeros(len(OF_CLASSES)), 200
    for repetition in range(repetitions):
        rows = slice(300 * repetition, 300 * (repetition + 1))
        scores = metrics.score(truth[rows], probabilities[rows], repetition, OF_SWEEP)
        covered += [
            one["ci_low"] <= value <= one["ci_high"]
            for one, value in zip(scores, everything, strict=True)
        ]
    low, high = scipy.stats.binom.ppf([0.5e-4, 1 - 0.5e-4], repetitions, metrics.LEVEL)
    assert ((covered >= low) & (covered <= high)).all(), covered


@pytest.mark.parametrize(
    ("net", "verdict"), [(4.0, "better"), (0.5, "worse"), (2.0, "cannot tell")]
)
def test_verdict_on_classes_is_by_log_loss_and_accuracy(net, verdict):
    table = table_of_classes(**{"net/0": net, "mean": 0.0, "gradient_boosting": 2.0})
    compared = metrics.compare_with_best_baseline(table, cards_of_classes(), 1)
    assert compared["metric"].tolist() == ["log_loss", "accuracy"]
    assert set(compared["baseline"]) == {"gradient_boosting"}
    assert compared["verdict"].tolist() == [verdict, verdict]
    loss, accuracy = compared["difference"]
    if verdict == "better":
        assert loss < 0 < accuracy


def test_tables_of_classes(capped_bootstraps):
    cards = cards_of_classes()
    table = table_of_classes(90, **{"net/0": 4.0, "mean": 0.0, "gradient_boosting": 2.0})
    scores = metrics.score_table(table, cards, 1)
    assert list(scores["metric"]) == OF_CLASSES * 3
    by_cell = metrics.score_cells(table, cards, 1)
    # In a cell of one class, accuracy is that class's recall.
    recall = scores[(scores["model"] == "net") & (scores["metric"] == "recall_hard")]
    accuracy = by_cell[
        (by_cell["cell"] == "hard")
        & (by_cell["model"] == "net")
        & (by_cell["metric"] == "accuracy")
    ]
    assert accuracy["value"].item() == pytest.approx(recall["value"].item())
    assert set(by_cell["metric"]) == {"log_loss", "accuracy"}


def test_confusion_is_that_of_scikit_learn_with_all_classes():
    table = table_of_classes(200, **{"net/0": 1.0, "mean": 0.0})
    table["mean"] = "neutral"  # so that two classes are never predicted
    confusion = metrics.confusion(table, {"net/0": OF_SWEEP, "mean": OF_SWEEP})
    for name, part in confusion.groupby("model"):
        counts = part["count"].to_numpy().reshape(3, 3)
        expected = sklearn.metrics.confusion_matrix(table["truth"], table[name], labels=CLASSES)
        np.testing.assert_array_equal(counts, expected)
        fractions = part["fraction"].to_numpy().reshape(3, 3)
        np.testing.assert_allclose(fractions, counts / counts.sum(axis=1, keepdims=True))
        assert part["true_class"].tolist() == np.repeat(CLASSES, 3).tolist()
        assert part["predicted_class"].tolist() == CLASSES * 3


def test_calibration_tells_the_share_that_is_right():
    generator = np.random.default_rng(2)
    sure = generator.uniform(0.5, 1, size=20_000)
    right = generator.random(20_000) < sure
    truth = np.where(right, "soft", "hard")
    probabilities = np.column_stack([sure, np.zeros(20_000), 1 - sure])
    table = pd.DataFrame({"truth": truth, **predictions.columns("m", probabilities, OF_SWEEP)})
    calibration = metrics.calibration(table, {"m": OF_SWEEP})
    assert calibration["from"].tolist() == pytest.approx([0.5, 0.6, 0.7, 0.8, 0.9])
    assert calibration["windows"].sum() == 20_000
    # 4,000 windows a tenth: SE 0.008 or less, so 0.04 is 5 of them.
    assert (abs(calibration["accuracy"] - calibration["mean_probability"]) < 0.04).all()


def test_validation_is_judged_by_what_models_are_compared_by():
    truth, probabilities = draw_classes(50)
    judged = metrics.of_validation(truth, probabilities, OF_SWEEP)["sweep"]
    assert list(judged) == ["log_loss", "accuracy"]
    assert judged["log_loss"] == pytest.approx(sklearn.metrics.log_loss(truth, probabilities))
    truth, predicted = draw(50)
    judged = metrics.of_validation(truth[:, None], predicted[:, None], ASKED)
    assert judged == {"diversity": {"rmse": metrics.rmse(truth, predicted)}}


# Several targets, and logarithms ----------------------------------------------------------------


def draw_two(number=200, seed=3):
    """Return the truth and predictions of a number and of one that is learned as a logarithm."""
    generator = np.random.default_rng(seed)
    truth = np.column_stack([generator.normal(size=number), 10 ** generator.normal(size=number)])
    noise = generator.normal(size=(number, 2))
    predicted = np.column_stack([truth[:, 0] + 0.5 * noise[:, 0], truth[:, 1] * 10 ** noise[:, 1]])
    return truth, predicted


def two_targets():
    asked = asked_of("diversity", "fst", logs=["fst"])
    asked["scale"]["diversity"]["sd"] = 2.0
    return asked


def test_logarithms_are_scored_beside_the_values_themselves():
    truth, predicted = draw_two()
    names, of_rows = metrics.scorer(truth, predicted, two_targets())
    scores = dict(zip(names, of_rows(slice(None))[0], strict=True))
    for name, metric in metrics.METRICS.items():
        assert scores["diversity", name] == metric(truth[:, 0], predicted[:, 0])
        assert scores["fst", name] == metric(truth[:, 1], predicted[:, 1])
        logs = np.log10(truth[:, 1]), np.log10(predicted[:, 1])
        assert scores["fst", f"{name}_log10"] == pytest.approx(metric(*logs))
        assert ("diversity", f"{name}_log10") not in scores


def test_several_targets_are_compared_by_their_errors_in_sd_of_training():
    truth, predicted = draw_two()
    names, of_rows = metrics.scorer(truth, predicted, two_targets())
    scaled = of_rows(slice(None))[0][names.index((metrics.ALL, "scaled_mse"))]
    of_diversity = np.mean((predicted[:, 0] - truth[:, 0]) ** 2) / 2.0**2
    of_fst = np.mean((np.log10(predicted[:, 1]) - np.log10(truth[:, 1])) ** 2)
    assert scaled == pytest.approx((of_diversity + of_fst) / 2)
    compared = metrics.compared(two_targets())
    assert list(compared) == [
        (metrics.ALL, "scaled_mse"),
        ("diversity", "rmse"),
        ("fst", "rmse_log10"),
    ]


def test_every_target_has_its_own_verdict():
    truth, predicted = draw_two(600)
    bad = np.column_stack([truth[:, 0] + 2.0, truth[:, 1] * 1.01])
    asked, table = two_targets(), pd.DataFrame({"cell": ["c"] * 600})
    cards = {
        "net/0": {**asked, "model": "net", "kind": "net", "restart": 0},
        "ridge": {**asked, "model": "ridge", "kind": "baseline", "restart": None},
    }
    cards["ridge"]["validation"] = metrics.of_validation(truth, bad, asked)
    for name, values in (("truth", truth), ("net/0", predicted), ("ridge", bad)):
        table = table.assign(**predictions.columns(name, values, asked))
    compared = metrics.compare_with_best_baseline(table, cards, seed=1)
    verdicts = dict(zip(compared["target"], compared["verdict"], strict=True))
    assert (verdicts["diversity"], verdicts["fst"]) == ("better", "worse")


def test_resamples_of_several_targets_are_those_of_each():
    truth, predicted = draw_two(40)
    _, of_rows = metrics.scorer(truth, predicted, two_targets())
    rows = np.random.default_rng(1).integers(40, size=(7, 40))
    each = [
        metrics.scorer(truth[one], predicted[one], two_targets())[1](slice(None))[0] for one in rows
    ]
    np.testing.assert_allclose(of_rows(rows), each, rtol=1e-12)


def test_coverage_is_the_share_of_the_truth_within_intervals(capped_bootstraps):
    asked = asked_of("diversity", "fst")
    truth = np.random.default_rng(1).normal(size=(400, 2))
    half = np.array([1.0, 2.0])
    scores = metrics.score_interval(truth, (truth * 0 - half, truth * 0 + half), 1, asked)
    assert [(one["target"], one["metric"]) for one in scores] == [
        ("diversity", "coverage_90"),
        ("fst", "coverage_90"),
    ]
    for one, inside in zip(scores, (np.abs(truth) <= half).mean(axis=0), strict=True):
        assert one["value"] == pytest.approx(inside)
        assert one["ci_low"] < one["value"] < one["ci_high"]
        assert one["n"] == 400
