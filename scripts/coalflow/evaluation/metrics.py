"""Scores with intervals, and the verdict of net against baseline."""

import numpy as np
import pandas as pd

from coalflow.core import seeds
from coalflow.dataset import target_scaling
from coalflow.evaluation import predictions as columns

BOOTSTRAPS = 2000
ROWS_AT_ONCE = 2_000_000  # 16 MB of row numbers
LEVEL = 0.95


def rmse(truth, predicted):
    """Return the root mean squared error along the last axis."""
    return np.sqrt(np.mean((predicted - truth) ** 2, axis=-1))


def mae(truth, predicted):
    """Return the mean absolute error along the last axis."""
    return np.mean(np.abs(predicted - truth), axis=-1)


def r2(truth, predicted):
    """Return R squared along the last axis, 1 - squared error / variance of the truth.

    It is nan where the truth does not vary.
    """
    residual = np.mean((predicted - truth) ** 2, axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(_vary(truth), 1 - residual / np.var(truth, axis=-1), np.nan)[()]


def pearson_r(truth, predicted):
    """Return Pearson's correlation along the last axis; nan where one of the two does not vary."""
    both_vary = _vary(truth) & _vary(predicted)
    truth = truth - truth.mean(axis=-1, keepdims=True)
    predicted = predicted - predicted.mean(axis=-1, keepdims=True)
    product = np.sqrt((truth**2).sum(axis=-1) * (predicted**2).sum(axis=-1))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(both_vary, (truth * predicted).sum(axis=-1) / product, np.nan)[()]


def _vary(values):
    """Tell where values differ; a constant's variance can be rounding noise above 0."""
    return np.ptp(values, axis=-1) > 0


METRICS = {"rmse": rmse, "mae": mae, "r2": r2, "pearson_r": pearson_r}
# Of a target that is learned by its logarithm, the same metrics of that are given too.
LOG10 = "_log10"
# Several targets in one number: the mean over them of squared errors in units of each
# one's standard deviation in training, of logarithms where these are learned.
ALL, SCALED_MSE = "all targets", "scaled_mse"
COVERAGE = "coverage_90"  # of 90 % intervals, where a model tells how sure it is
# What models are compared by, and whether more of it is better.
OF_CLASSES = {"log_loss": False, "accuracy": True}
SMALLEST = np.finfo(np.float64).eps  # a probability of 0 would make an infinite loss
CALIBRATION_BINS = 10


def compared(asked):
    """Return what nets and baselines are compared by: (target, metric), and whether more is better.

    ``asked`` is a dict with the ``target``, the ``classes`` and the ``scale`` of a model's
    card, here and below. The first decides which model is the best.
    """
    if asked["classes"]:
        (target,) = asked["target"]
        return {(target, metric): more for metric, more in OF_CLASSES.items()}
    of_each = {(name, error_of(one)): False for name, one in asked["scale"].items()}
    return of_each if len(of_each) == 1 else {(ALL, SCALED_MSE): False, **of_each}


def shown_by_cell(asked):
    """Return the metrics that are pictured for each cell, (target, metric) pairs."""
    if asked["classes"]:
        return [(target, "accuracy") for target in asked["target"]]
    return [(name, error_of(one)) for name, one in asked["scale"].items()]


def error_of(scale):
    """Return the metric that tells the error of a target, by its ``scale`` in a card."""
    return f"rmse{LOG10}" if scale["log"] else "rmse"


def scorer(truth, predicted, asked, only=None):
    """Return the names of the metrics, and a function that computes them for many resamples.

    ``truth`` and ``predicted`` are float64 (windows, targets); or with classes their
    numbers, int64 (windows,), and their probabilities, float64 (windows, classes).
    A name is a pair: target, metric. The function maps row numbers, int64 (resamples,
    windows) or a slice, to float64 (resamples, metrics). For classes the metrics are
    accuracy, log loss, and each class's recall, the share of its windows that are found,
    and precision, the share of the windows said to be of it that are. ``only`` names the
    metrics wanted.
    """
    if asked["classes"]:
        names, of_rows = _of_classes(truth, predicted, asked)
    else:
        names, of_rows = _of_numbers(
            truth, predicted, target_scaling.TargetScaling.from_card(asked["scale"])
        )
    if only is None:
        return names, of_rows
    chosen = [names.index(name) for name in only]
    return list(only), lambda rows: of_rows(rows)[:, chosen]


def _of_numbers(truth, predicted, scale):
    learned = scale.learned(truth), scale.learned(predicted)
    computed = {}
    for place, (name, log) in enumerate(zip(scale.names, scale.logs, strict=True)):
        pairs = {"": (truth, predicted), LOG10: learned} if log else {"": (truth, predicted)}
        for suffix, pair in pairs.items():
            of_target = [one[:, place] for one in pair]
            for metric, of in METRICS.items():
                computed[name, metric + suffix] = _of_pair(of, *of_target)
    if len(scale.names) > 1:
        squares = np.mean(((learned[1] - learned[0]) / scale.sds) ** 2, axis=1)
        computed[ALL, SCALED_MSE] = lambda rows: np.mean(squares[rows], axis=-1)

    def of_rows(rows):
        return np.column_stack([of(rows) for of in computed.values()])

    return list(computed), of_rows


def _of_pair(metric, truth, predicted):
    return lambda rows: metric(truth[rows], predicted[rows])


def _of_classes(truth, probabilities, asked):
    """Each metric is a sum over windows, divided by another: so resamples are one product."""
    number, classes = len(truth), asked["classes"]
    said = probabilities.argmax(axis=1)
    of_truth = np.clip(probabilities[np.arange(number), truth], SMALLEST, None)
    is_true, is_said = (np.eye(len(classes))[labels] for labels in (truth, said))
    right = (said == truth).astype(float)
    above = [right, -np.log(of_truth), is_true * right[:, None], is_said * right[:, None]]
    below = [np.ones(number), np.ones(number), is_true, is_said]
    summed = np.column_stack([*above, *below])

    def of_rows(rows):
        if isinstance(rows, slice):
            drawn = np.ones((1, number))
        else:
            own = rows + number * np.arange(len(rows))[:, None]
            drawn = np.bincount(own.ravel(), minlength=rows.size).reshape(rows.shape)
        sums = drawn @ summed
        half = sums.shape[1] // 2
        with np.errstate(invalid="ignore"):
            return sums[:, :half] / sums[:, half:]

    names = ["accuracy", "log_loss"]
    names += [f"recall_{one}" for one in classes] + [f"precision_{one}" for one in classes]
    (target,) = asked["target"]
    return [(target, name) for name in names], of_rows


def of_validation(truth, predicted, asked):
    """Return, of validation data, what models are compared by: {target: {metric: value}}."""
    names, of_rows = scorer(truth, predicted, asked, compared(asked))
    scores = {}
    for (target, metric), value in zip(names, of_rows(slice(None))[0].tolist(), strict=True):
        scores.setdefault(target, {})[metric] = value
    return scores


def validation_table(cards):
    """Return the table of ``validation.tsv``: each model's scores by which choices are made."""
    return pd.DataFrame(
        {
            "model": card["model"],
            "kind": card["kind"],
            "restart": "" if card["restart"] is None else card["restart"],
            "target": target,
            "metric": metric,
            "value": value,
        }
        for card in cards.values()
        for target, scores in card["validation"].items()
        for metric, value in scores.items()
    )


def resamples(number, seed):
    """Yield the bootstrap's row numbers, int64 (some resamples, number), 2,000 in all.

    They depend on their arguments alone, so every model is judged on the same rows.
    They come in parts, since all at once would need gigabytes for a large test set.
    """
    generator = seeds.derive_generator(seed, "bootstrap", number)
    at_once = max(1, ROWS_AT_ONCE // number)
    for first in range(0, BOOTSTRAPS, at_once):
        yield generator.integers(number, size=(min(at_once, BOOTSTRAPS - first), number))


def bootstrap(statistic, number, seed):
    """Return a statistic of each resample; ``statistic`` maps row numbers to values."""
    return np.concatenate([statistic(rows) for rows in resamples(number, seed)])


def score(truth, predicted, seed, asked, only=None):
    """Return one dict per metric: value and 95 % percentile bootstrap interval.

    Arguments are those of :func:`scorer`.
    """
    return _scores(*scorer(truth, predicted, asked, only), len(truth), seed)


def score_interval(truth, interval, seed, asked):
    """Return, as :func:`score` does, which share of the truth 90 % intervals hold.

    ``interval`` are their two ends, float64 (windows, targets) each.
    """
    low, high = interval
    inside = ((low <= truth) & (truth <= high)).astype(float)
    names = [(name, COVERAGE) for name in asked["target"]]

    def of_rows(rows):
        return inside[rows].mean(axis=-2).reshape(-1, len(names))

    return _scores(names, of_rows, len(truth), seed)


def _scores(names, of_rows, number, seed):
    resampled = bootstrap(of_rows, number, seed)
    scores = []
    for name, value, values in zip(names, of_rows(slice(None))[0], resampled.T, strict=True):
        low, high = interval(values)
        target, metric = name
        scores.append(
            {
                "target": target,
                "metric": metric,
                "value": float(value),
                "ci_low": low,
                "ci_high": high,
                "n": number,
            }
        )
    return scores


def score_table(predictions, cards, seed, only=None):
    """Return the table of ``metrics.tsv`` for a table of predictions on test windows.

    ``predictions`` has the columns of the truth and of each model
    (:mod:`coalflow.evaluation.predictions`); ``cards`` maps model names to their cards. The same
    rows are drawn for all models. ``sd_of_restarts`` is how a metric differs between the
    restarts of an ensemble, their standard deviation.
    """
    asked = _asked(cards)
    truth = columns.truth(predictions, asked)
    scored = [
        {
            "model": card["model"],
            "kind": card["kind"],
            "restart": "" if card["restart"] is None else card["restart"],
            "split": "test",
            **one,
        }
        for name, card in cards.items()
        for one in _score_model(predictions, name, truth, seed, asked, only)
    ]
    return _with_spread(pd.DataFrame(scored))


def _score_model(predictions, name, truth, seed, asked, only):
    scores = score(truth, columns.of_model(predictions, name, asked), seed, asked, only)
    interval = None if asked["classes"] else columns.interval_of_model(predictions, name, asked)
    if interval is None:
        return scores
    return scores + score_interval(truth, interval, seed, asked)


def _with_spread(table):
    restarts = table[table["kind"] == "net"]
    spread = restarts.groupby(["model", "target", "metric"])["value"].std()
    rows = pd.MultiIndex.from_frame(table[["model", "target", "metric"]])
    found = spread.reindex(rows).to_numpy()
    return table.assign(sd_of_restarts=np.where(table["kind"] == "ensemble", found, np.nan))


def score_cells(predictions, cards, seed):
    """Return the scores within each cell: the table of ``metrics_by_cell.tsv``.

    A cell has one class alone, so that recall and precision would say nothing new.
    """
    asked = _asked(cards)
    only = compared(asked) if asked["classes"] else None
    parts = []
    for cell, part in predictions.groupby("cell"):
        table = score_table(part, cards, seed, only)
        table.insert(0, "cell", cell)
        parts.append(table)
    return pd.concat(parts, ignore_index=True)


def _asked(cards):
    """Return what all models of a run were asked: any of their cards tells."""
    return next(iter(cards.values()))


def best_baseline(cards):
    """Return the name of the best baseline on validation data, so that the test has no say."""
    (target, metric), more_is_better = next(iter(compared(_asked(cards)).items()))
    baselines = [name for name, card in cards.items() if card["kind"] == "baseline"]
    sign = -1 if more_is_better else 1
    return min(baselines, key=lambda name: sign * cards[name]["validation"][target][metric])


def compare_with_best_baseline(predictions, cards, seed):
    """Return the table of ``comparisons.tsv``: how each net's scores differ from a baseline's.

    The baseline is :func:`best_baseline`. A row per ensemble or net, target and metric:
    ``difference`` (net minus baseline), its paired bootstrap interval, and ``verdict``:
    the net is ``better``, ``worse``, or ``cannot tell`` where the interval holds 0.
    """
    best = best_baseline(cards)
    nets = [name for name, card in cards.items() if card["kind"] != "baseline"]
    tables = [compare(predictions, cards, net, best, seed) for net in nets]
    table = pd.concat(tables, ignore_index=True)
    return table.rename(columns={"model": "net", "other": "baseline"})


def compare(predictions, cards, model, other, seed):
    """Return how a model's scores differ from another's, as :func:`compare_with_best_baseline`."""
    asked = _asked(cards)
    metrics = compared(asked)
    truth = columns.truth(predictions, asked)
    of_both = [
        scorer(truth, columns.of_model(predictions, name, asked), asked, metrics)[1]
        for name in (model, other)
    ]

    def difference(rows):
        return of_both[0](rows) - of_both[1](rows)

    resampled = bootstrap(difference, len(truth), seed)
    rows = []
    values = zip(metrics.items(), difference(slice(None))[0], resampled.T, strict=True)
    for ((target, metric), more_is_better), value, drawn in values:
        low, high = interval(drawn)
        above, below = ("better", "worse") if more_is_better else ("worse", "better")
        rows.append(
            {
                "model": model,
                "other": other,
                "target": target,
                "metric": metric,
                "difference": float(value),
                "ci_low": low,
                "ci_high": high,
                "verdict": above if low > 0 else below if high < 0 else "cannot tell",
            }
        )
    return pd.DataFrame(rows)


# Only for classes ------------------------------------------------------------------------------


def confusion(predictions, cards):
    """Return the table of ``confusion.tsv``: how often each class is taken for which.

    A row per model, true class and predicted class; ``fraction`` is that of the test
    windows of the true class.
    """
    rows, classes = [], _asked(cards)["classes"]
    for name in cards:
        counts = pd.crosstab(predictions["truth"], predictions[name])
        counts = counts.reindex(index=classes, columns=classes, fill_value=0)
        rows += [
            {
                "model": name,
                "true_class": true,
                "predicted_class": said,
                "count": int(counts.loc[true, said]),
                "fraction": counts.loc[true, said] / counts.loc[true].sum(),
            }
            for true in classes
            for said in classes
        ]
    return pd.DataFrame(rows)


def calibration(predictions, cards):
    """Return the table of ``calibration.tsv``: how often a model is right that is so sure.

    A row per model and tenth of the probability of the predicted class that windows are
    in: how many, the mean of that probability, and the share of them that is right.
    """
    right = {name: (predictions[name] == predictions["truth"]).to_numpy() for name in cards}
    rows = []
    for name, card in cards.items():
        sure = columns.of_model(predictions, name, card).max(axis=1)
        tenth = np.minimum((sure * CALIBRATION_BINS).astype(int), CALIBRATION_BINS - 1)
        for one in np.unique(tenth):
            windows = tenth == one
            rows.append(
                {
                    "model": name,
                    "from": one / CALIBRATION_BINS,
                    "to": (one + 1) / CALIBRATION_BINS,
                    "windows": int(windows.sum()),
                    "mean_probability": sure[windows].mean(),
                    "accuracy": right[name][windows].mean(),
                }
            )
    return pd.DataFrame(rows)


def interval(resampled):
    """Return the ends of the 95 % interval along the first axis, nan where any value is nan."""
    tail = (1 - LEVEL) / 2
    return np.quantile(resampled, [tail, 1 - tail], axis=0)
