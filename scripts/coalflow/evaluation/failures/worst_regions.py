"""The regions of parameter space where the best net errs most, in words.

One half of the test windows chooses regions, the other half measures them: where it was chosen, the
worst of many looks worse than it is. A region is a part of one parameter or of two, which a reader
can act upon, as in Slice Finder (Chung and others 2019, doi.org/10.1109/ICDE.2019.00139).
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd

from coalflow.core import seeds
from coalflow.evaluation.calibration.window_groups import FEWEST_WINDOWS, FIFTHS, MOST_NAMES
from coalflow.evaluation.cards import Predictands
from coalflow.evaluation.failures.described_windows import (
    judge_classes,
    list_errors,
    select_parameters,
)
from coalflow.evaluation.failures.errors_by_parameter import LOG_LOSS, RMSE, measure_models
from coalflow.evaluation.failures.judged_models import JudgedModels
from coalflow.evaluation.predictions import Values

MOST_REGIONS = 3  # of a target
LEAST_T = 2.0  # of a region that is chosen
MOST_SHARED = 0.5  # of the windows of the smaller one of two regions, so that they are not alike
ALPHA = 0.05
CONFIRMED, NOT_CONFIRMED = "worse", "cannot tell"
COLUMNS = [
    *("target", "rank", "region", "windows", "model", "kind", "measure", "value", "ci_low"),
    *("ci_high", "elsewhere", "p", "verdict"),
]

Mask = npt.NDArray[np.bool_]


@dataclasses.dataclass(frozen=True)
class Condition:
    """A part of a parameter.

    Attributes
    ----------
    parameter : str
    value : str or float, optional
        The only value.
    low, high : float
        Otherwise the lowest value, and the one that values are less than.
    """

    parameter: str
    value: str | float | None = None
    low: float = -np.inf
    high: float = np.inf

    def select(self, parameters: pd.DataFrame) -> Mask:
        """Return which windows meet the condition, bool (windows,)."""
        values = parameters[self.parameter]
        if self.value is not None:
            return (values == self.value).to_numpy()
        return ((values >= self.low) & (values < self.high)).to_numpy()

    def put_in_words(self, title: str) -> str:
        """Return the condition in words.

        Examples
        --------
        >>> Condition("distance", low=2e4, high=3e4).put_in_words("distance")
        'distance is from 20,000 to 30,000'
        """
        if self.value is not None:
            shown = self.value if isinstance(self.value, str) else _show_number(self.value)
            return f"{title} is {shown}"
        low, high = _show_number(self.low), _show_number(self.high)
        if np.isinf(self.low):
            return f"{title} is below {high}"
        return (
            f"{title} is {low} or more"
            if np.isinf(self.high)
            else f"{title} is from {low} to {high}"
        )


def _show_number(value: float) -> str:
    """Return a number with three digits, and one of a thousand or more as a whole one."""
    return f"{value:,.0f}" if 1e3 <= abs(value) < 1e9 else f"{value:.3g}"


def tabulate_worst_regions(
    predicted: pd.DataFrame,
    models: JudgedModels,
    predictands: Predictands,
    seed: int,
    find_title: Callable[[str], str],
) -> pd.DataFrame:
    """Return the table of ``where_it_fails.tsv``.

    Parameters
    ----------
    predicted : DataFrame
        Predictions of test windows, with their parameters.
    models : JudgedModels
    predictands : Predictands
    seed : int
        The run's, by which windows are halved.
    find_title : callable
        Returns what a parameter is called.

    Returns
    -------
    DataFrame
        For each target, up to three regions in which the best net errs most on one half of the test
        windows. All else is of the other half: a row for the net and for the best baseline and for
        each measure, in the region, with an interval that holds for all regions of the target
        together with 95 %, and ``elsewhere``. ``p`` is that the net is not worse in the region than
        elsewhere (Welch's test on squared errors or log losses, one-sided, Holm's correction),
        and ``verdict`` is ``worse`` where it is at most 0.05. There are no rows where windows are
        too few for any region.
    """
    parameters = select_parameters(predicted, predictands)
    order = seeds.derive_generator(seed, "halves of the test").permutation(len(predicted))
    first, second = order[: len(order) // 2], order[len(order) // 2 :]
    pair = models.only_pair().shown
    rows: list[dict[str, object]] = []
    for target, measure, losses in _list_losses(predicted, models.nets[0], predictands):
        regions = choose_regions(parameters.iloc[first], losses[first])
        tested = _test_regions(regions, parameters.iloc[second], second, losses)
        level = 1 - ALPHA / max(len(tested), 1)
        for rank, region in enumerate(tested, start=1):
            words = " and ".join(
                each.put_in_words(find_title(each.parameter)) for each in region.conditions
            )
            start = {"rank": rank, "region": words, "windows": len(region.inside)}
            inside, outside = (
                measure_models(predicted.iloc[part], models, pair, predictands, level)
                for part in (region.inside, region.outside)
            )
            for row, other in zip(inside, outside, strict=True):
                if row["target"] != target:
                    continue
                judged: dict[str, object] = {"p": np.nan, "verdict": ""}
                if row["model"] == models.nets[0] and row["measure"] == measure:
                    verdict = CONFIRMED if region.p <= ALPHA else NOT_CONFIRMED
                    judged = {"p": region.p, "verdict": verdict}
                rows.append({**start, **row, "elsewhere": other["value"], **judged})
    return pd.DataFrame(rows, columns=COLUMNS)


@dataclasses.dataclass(frozen=True)
class _TestedRegion:
    """A region, the rows of the measured half in it and not, and the corrected p-value."""

    conditions: tuple[Condition, ...]
    inside: npt.NDArray[np.int64]
    outside: npt.NDArray[np.int64]
    p: float


def _test_regions(
    regions: list[tuple[Condition, ...]],
    parameters: pd.DataFrame,
    rows: npt.NDArray[np.int64],
    losses: Values,
) -> list[_TestedRegion]:
    """Return the regions with enough of some rows, by their p-values."""
    masks = [_select(region, parameters) for region in regions]
    enough = [index for index, mask in enumerate(masks) if mask.sum() >= FEWEST_WINDOWS]
    ps = [
        compare_means(losses[rows[masks[index]]], losses[rows[~masks[index]]]) for index in enough
    ]
    corrected = correct_by_holm(np.array(ps)).tolist()
    tested = [
        _TestedRegion(regions[index], rows[masks[index]], rows[~masks[index]], p)
        for index, p in zip(enough, corrected, strict=True)
    ]
    return sorted(tested, key=lambda region: region.p)


def _list_losses(
    predicted: pd.DataFrame, model: str, predictands: Predictands
) -> Iterator[tuple[str, str, Values]]:
    """Yield each target, the measure of its error, and the loss of each window."""
    if predictands.classes is not None:
        _, loss = judge_classes(predicted, model, predictands)
        yield predictands.targets.first, LOG_LOSS, loss
        return
    for target, unit, errors in list_errors(predicted, model, predictands):
        yield target, RMSE + unit, errors**2


def compare_means(first: Values, second: Values) -> float:
    """Return the one-sided p-value of Welch's test that one mean is not greater than another.

    Parameters
    ----------
    first, second : ndarray of float64, shape (values,)
        nan is returned where one has fewer than two values, or neither varies.

    Examples
    --------
    >>> round(compare_means(np.array([3.0, 4.0, 5.0]), np.array([1.0, 2.0, 3.0])), 4)
    0.0352
    """
    from scipy.special import stdtr  # of all SciPy, what takes least time to import

    if min(len(first), len(second)) < 2:
        return float("nan")
    errors = [values.var(ddof=1) / len(values) for values in (first, second)]
    total = sum(errors)
    if total == 0:
        return float("nan")
    weights = [e**2 / (len(v) - 1) for e, v in zip(errors, (first, second), strict=True)]
    t = (first.mean() - second.mean()) / np.sqrt(total)
    return float(stdtr(total**2 / sum(weights), -t))


def correct_by_holm(ps: Values) -> Values:
    """Return p-values that hold for all tests together, float64 (tests,).

    Parameters
    ----------
    ps : ndarray of float64, shape (tests,)
        nan counts as 1.

    Examples
    --------
    >>> correct_by_holm(np.array([0.01, 0.5, 0.03])).tolist()
    [0.03, 0.5, 0.06]
    """
    known = np.where(np.isnan(ps), 1.0, ps)
    order = np.argsort(known, kind="stable")
    steps = known[order] * np.arange(len(ps), 0, -1)
    corrected = np.empty(len(ps))
    corrected[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return corrected


# Regions -------------------------------------------------------------------------------------


def choose_regions(parameters: pd.DataFrame, losses: Values) -> list[tuple[Condition, ...]]:
    """Return the regions with the largest losses, the worst first.

    Parameters
    ----------
    parameters : DataFrame
        A column for each parameter.
    losses : ndarray of float64, shape (windows,)

    Returns
    -------
    list of tuple of Condition
        One or two conditions each. A region has 20 windows or more, and the mean loss in it is
        above the mean of all by twice its standard error.
    """
    conditions = [each for name in parameters for each in _list_conditions(str(name), parameters)]
    masks = [each.select(parameters) for each in conditions]
    candidates: list[tuple[float, tuple[Condition, ...], Mask]] = []
    for number in (1, 2):
        for chosen in itertools.combinations(range(len(conditions)), number):
            region = tuple(conditions[index] for index in chosen)
            if number == 2 and region[0].parameter == region[1].parameter:
                continue
            mask = np.logical_and.reduce([masks[index] for index in chosen])
            t = _find_t(losses, mask)
            if t >= LEAST_T:
                candidates.append((t, region, mask))
    candidates.sort(key=lambda candidate: -candidate[0])
    regions: list[tuple[Condition, ...]] = []
    kept: list[Mask] = []
    for _, region, mask in candidates:
        shared = [(mask & other).sum() / min(mask.sum(), other.sum()) for other in kept]
        if max(shared, default=0.0) <= MOST_SHARED:
            regions.append(region)
            kept.append(mask)
        if len(regions) == MOST_REGIONS:
            break
    return regions


def _find_t(losses: Values, mask: Mask) -> float:
    """Return how far the mean loss of some windows is above that of all, in standard errors."""
    number = int(mask.sum())
    if number < FEWEST_WINDOWS or number == len(mask):
        return -np.inf
    inside = losses[mask]
    error = inside.std(ddof=1) / np.sqrt(number)
    return float((inside.mean() - losses.mean()) / error) if error > 0 else -np.inf


def _list_conditions(name: str, parameters: pd.DataFrame) -> Iterator[Condition]:
    """Yield the values of a parameter, or its fifths where there are many."""
    column = parameters[name].dropna()
    found = sorted(set(column))
    if len(found) < 2:
        return
    if not pd.api.types.is_numeric_dtype(column):
        if len(found) <= MOST_NAMES:
            yield from (Condition(name, value=str(value)) for value in found)
        return
    if len(found) <= FIFTHS:
        yield from (Condition(name, value=float(value)) for value in found)
        return
    inner = np.unique(np.quantile(column.to_numpy(np.float64), np.arange(1, FIFTHS) / FIFTHS))
    for low, high in itertools.pairwise([-np.inf, *inner.tolist(), np.inf]):
        yield Condition(name, low=low, high=high)


def _select(region: tuple[Condition, ...], parameters: pd.DataFrame) -> Mask:
    return np.logical_and.reduce([each.select(parameters) for each in region])
