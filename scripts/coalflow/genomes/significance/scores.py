"""What windows are compared with the null by: probabilities of classes, or predicted numbers."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from coalflow.config.registry.parameters import NEUTRAL
from coalflow.config.schema.scans.significance import Significance, Tail
from coalflow.config.schema.targets import ParameterTarget, Targets
from coalflow.dataset.target_scaling import TargetScaling
from coalflow.evaluation.predictions import Prediction

SWEPT, NOT_NEUTRAL = "swept", "not_neutral"
# Of probabilities: 0 has no logarithm, and what is below this is rounding.
LEAST_PROBABILITY = 1e-300


@dataclasses.dataclass(frozen=True)
class Score:
    """A number of each window that has a p-value.

    Attributes
    ----------
    name : str
        As in the names of columns, ``<model>:<name>:p``.
    classes : tuple of str, optional
        The classes whose probabilities are added up; None where targets are numbers.
    target : str, optional
        The predicted number; None where the target has classes.
    tail : str
        ``upper``, ``lower`` or ``both``: which values are unlike the null.
    """

    name: str
    classes: tuple[str, ...] | None
    target: str | None
    tail: Tail


def list_scores(
    targets: Targets, neutral: Sequence[str], significance: Significance
) -> tuple[Score, ...]:
    """Return the scores of a run; the first makes the regions.

    Parameters
    ----------
    targets : Targets
        What is predicted.
    neutral : sequence of str
        The classes that the null has, where the target has classes. Without any there is no score.
    significance : Significance
        The section of the config.

    Examples
    --------
    >>> sweep = {"sweep": ParameterTarget(parameter="sweep")}
    >>> targets = Targets(definitions=sweep, classes=("neutral", "hard", "soft"))
    >>> [score.classes for score in list_scores(targets, ["neutral"], Significance())]
    [('hard', 'soft')]
    """
    if targets.classes is None:
        tail = significance.tail or "both"
        return tuple(Score(name, None, name, tail) for name in targets.names)
    if not neutral:
        return ()
    if significance.scores is not None:
        return tuple(
            Score(name, classes, None, "upper") for name, classes in significance.scores.items()
        )
    target = targets[targets.first]
    is_sweep = isinstance(target, ParameterTarget) and target.parameter == "sweep"
    name = SWEPT if is_sweep and set(neutral) == {NEUTRAL} else NOT_NEUTRAL
    others = tuple(each for each in targets.classes if each not in neutral)
    return (Score(name, others, None, "upper"),)


def measure_score(
    score: Score, predicted: Prediction, targets: Targets, scaling: TargetScaling | None
) -> npt.NDArray[np.float64]:
    """Return a score of windows: the larger, the less like the null.

    Parameters
    ----------
    score : Score
    predicted : Prediction
        What a model predicts of them, calibrated.
    targets : Targets
        What is predicted.
    scaling : TargetScaling, optional
        The units in which numbers are learned; None where the target has classes.

    Returns
    -------
    ndarray of float64, shape (windows,)
        Of classes, the logarithm of the odds: of the sum of their probabilities over the sum of all
        others. Of a number, its value in the units in which it is learned, negated where low
        values are unlike the null, and as it is where both are. nan where nothing is predicted.
    """
    if targets.classes is None:
        assert scaling is not None and score.target is not None  # targets are numbers
        learned = scaling.standardise(predicted.values)[:, targets.names.index(score.target)]
        return -learned if score.tail == "lower" else learned
    assert score.classes is not None  # the target has classes
    is_scored = np.isin(targets.classes, score.classes)
    # Both sums: 1 - p has no digits left where p is close to 1.
    sums = [predicted.values[:, chosen].sum(axis=1) for chosen in (is_scored, ~is_scored)]
    above, below = (np.log(np.maximum(each, LEAST_PROBABILITY)) for each in sums)
    return above - below
