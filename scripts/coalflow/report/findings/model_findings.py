"""What speaks against models: their scores, how they were trained, and how sure they are."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from coalflow.config.schema.targets import Targets
from coalflow.evaluation.metrics import list_compared_metrics
from coalflow.preflight.findings import Finding
from coalflow.report.figures.drawing import find_title
from coalflow.report.scores import ModelScores
from coalflow.report.wording import format_number, format_percent, join_names

MODELS, TRAINING, CALIBRATION = "models", "training", "calibration"
MEAN = "mean"  # the baseline that predicts the same of every window
LAST_SHARE = 0.1  # of the epochs
STILL_FALLING = 0.02  # of what the loss has fallen since the first epoch
MOST_ERROR = 0.02  # of probabilities, on average
AS_WIDE = 0.9  # of the prior's interval: the prior, recovered
LEAST_MISSING = 0.02  # of the share of intervals that hold, for it to be worth a word


def find_useless(models: Sequence[ModelScores], targets: Targets) -> Iterator[Finding]:
    """Yield that no model is better than predicting the same of every window.

    Parameters
    ----------
    models : sequence of ModelScores
    targets : Targets
        What they predict.
    """
    (target, metric), more_is_better = next(iter(list_compared_metrics(targets).items()))
    by_name = {model.name: model.scores[target][metric] for model in models}
    best = min(models, key=lambda model: model.rank)
    if MEAN not in by_name:
        return
    ours, theirs = by_name[best.name], by_name[MEAN].value
    is_better = ours.ci_low > theirs if more_is_better else ours.ci_high < theirs
    if best.name == MEAN or not is_better:
        what = "what is as common as in training" if targets.has_classes else "the training mean"
        yield Finding(
            MODELS,
            best.name,
            f"not even the best model is better than always predicting {what}: with these windows "
            "the question has no answer",
            "use longer windows (simulation.sequence_length), more individuals "
            "(simulation.samples), more simulations (simulation.replicates), or another target",
        )


def find_beaten_net(
    models: Sequence[ModelScores], comparisons: pd.DataFrame, targets: Targets
) -> Iterator[Finding]:
    """Yield that the best net is worse than a baseline.

    Parameters
    ----------
    models : sequence of ModelScores
    comparisons : DataFrame
        ``comparisons.tsv``.
    targets : Targets
        What they predict.
    """
    (target, metric), _ = next(iter(list_compared_metrics(targets).items()))
    nets = [model for model in models if model.kind != "baseline"]
    if not nets:
        return
    net = min(nets, key=lambda model: model.rank).name
    rows = comparisons[
        (comparisons["net"] == net)
        & (comparisons["target"] == target)
        & (comparisons["metric"] == metric)
    ]
    for row in rows.to_dict("records"):
        if row["verdict"] == "worse":
            yield Finding(
                MODELS,
                net,
                f"it is worse than the baseline {row['baseline']} on the test windows",
                f"use {row['baseline']} for this question, or give the net more windows "
                "(simulation.replicates) or epochs (training.epochs)",
            )


def find_unfinished(
    histories: Mapping[str, pd.DataFrame], epochs: Mapping[str, int]
) -> Iterator[Finding]:
    """Yield which trainings ended too early, or did not work at all.

    Parameters
    ----------
    histories : mapping of str to DataFrame
        ``history.tsv`` of each restart, by its name.
    epochs : mapping of str to int
        How many epochs each could have.
    """
    broken = [name for name, table in histories.items() if not np.isfinite(table["val_loss"]).any()]
    if broken:
        yield Finding(
            TRAINING,
            join_names(broken),
            "the loss on validation windows is not a number",
            "lower training.learning_rate, or set training.clip: 1",
        )
    early = [
        name
        for name, table in histories.items()
        if name not in broken and len(table) >= epochs[name] and is_still_falling(table)
    ]
    restarts = Counter(name.partition("/")[0] for name in histories)
    for net, number in Counter(name.partition("/")[0] for name in early).items():
        some = f" ({number} of {restarts[net]} restarts)" if restarts[net] > 1 else ""
        most = max(epochs[name] for name in early if name.partition("/")[0] == net)
        yield Finding(
            TRAINING,
            net,
            f"its training stopped while the loss on validation windows was still falling{some}",
            f"raise training.epochs, which is {most}",
        )


def is_still_falling(history: pd.DataFrame) -> bool:
    """Return whether the loss on validation windows fell in the last tenth of the epochs.

    Parameters
    ----------
    history : DataFrame
        ``epoch`` and ``val_loss``.

    Examples
    --------
    >>> falling = pd.DataFrame({"epoch": [1, 2, 3, 4], "val_loss": [4.0, 3.0, 2.0, 1.0]})
    >>> is_still_falling(falling), is_still_falling(falling.assign(val_loss=[4.0, 2.0, 1.0, 1.5]))
    (True, False)
    """
    losses = history["val_loss"].to_numpy(np.float64)
    last = max(1, round(LAST_SHARE * len(losses)))
    if len(losses) <= last:
        return True
    before, after = np.nanmin(losses[:-last]), np.nanmin(losses[-last:])
    return bool(before - after > STILL_FALLING * (losses[0] - after))


def find_recovered_priors(best: str, coverage: pd.DataFrame, targets: Targets) -> Iterator[Finding]:
    """Yield of which of several targets the best model knows no more than the prior.

    Parameters
    ----------
    best : str
        Its name.
    coverage : DataFrame
        ``coverage.tsv``; the intervals of the baseline ``mean`` are those of the prior.
    targets : Targets
        What it predicts.
    """
    rows = coverage[
        (coverage["stage"] == "after")
        & (coverage["group"] == "all")
        & (coverage["kind"] == "interval")
    ]
    sizes = rows.pivot_table(index="model", columns="target", values="size")
    if len(targets) < 2 or best == MEAN or not {best, MEAN} <= {*sizes.index}:
        return  # of a single target, find_useless says it
    for target in targets.names:
        share = sizes[target][best] / sizes[target][MEAN]
        if share > AS_WIDE:
            yield Finding(
                MODELS,
                best,
                f"a window says next to nothing about {find_title(target)}: 90 % intervals are "
                f"{format_percent(share)} as wide as those of the training windows' distribution, "
                "and so mostly the prior",
                "use longer windows (simulation.sequence_length) or more individuals "
                "(simulation.samples), or do not interpret this target",
            )


def find_miscalibrated(
    best: str, coverage: pd.DataFrame, errors: pd.DataFrame | None
) -> Iterator[Finding]:
    """Yield that the best model is surer, or less sure, than it is right.

    Parameters
    ----------
    best : str
        Its name.
    coverage : DataFrame
        ``coverage.tsv``.
    errors : DataFrame, optional
        ``calibration_error.tsv``, where the target has classes.
    """
    rows = coverage[
        (coverage["model"] == best)
        & (coverage["stage"] == "after")
        & (coverage["group"] == "all")
        & coverage["kind"].isin(["set", "interval"])
    ]
    for row in rows.to_dict("records"):
        off = row["level"] - row["share"]
        if off > LEAST_MISSING and row["share"] < row["expected_low"]:
            what = (
                "sets of classes"
                if row["kind"] == "set"
                else f"intervals of {find_title(row['target'])}"
            )
            yield Finding(
                CALIBRATION,
                best,
                f"its {format_percent(row['level'])} {what} contain the true value in only "
                f"{format_percent(row['share'])} of the test windows",
                "raise simulation.replicates, or split.validation, by which they are calibrated",
            )
    if errors is None:
        return
    chosen = errors[
        (errors["model"] == best) & (errors["stage"] == "after") & (errors["group"] == "all")
    ]
    for row in chosen.to_dict("records"):
        if row["ci_low"] > MOST_ERROR:
            yield Finding(
                CALIBRATION,
                best,
                f"its probabilities are off by {format_number(row['ece'], 2)} on average",
                "raise simulation.replicates, or split.validation, by which they are calibrated",
            )
