"""Occlusion: how predictions change when some sites of a window no longer vary.

It works for any model, also for baselines and for nets whose first layer has no gradient. A site
that is occluded has allele 0 in all haplotypes, so that it does not count as segregating.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from coalflow.evaluation.cards import Card
from coalflow.evaluation.predictions import Values
from coalflow.models.interpretation.gradients import PARTS
from coalflow.models.interpretation.predicting import predict_each
from coalflow.models.interpretation.shuffles import Alignment, find_frequency_classes
from coalflow.models.interpretation.theory import list_frequency_classes
from coalflow.models.storage.model import Model
from coalflow.statistics.allele_counts import find_part
from coalflow.windows.packed_windows import Windows

MOST_SURE = 1e-6  # probabilities are kept so far from 0 and 1, so that odds are finite

#: Returns which sites of windows are occluded, bool (windows, sites).
ChooseSites = Callable[[Windows], npt.NDArray[np.bool_]]


def name_parts() -> list[str]:
    """Return the names of the parts of a window, by their middles, from 0 to 1."""
    return [f"{(index + 0.5) / PARTS:.3f}" for index in range(PARTS)]


def occlude(windows: Windows, chosen: npt.NDArray[np.bool_]) -> Windows:
    """Return windows in which some sites do not vary.

    Parameters
    ----------
    windows : Windows
    chosen : ndarray of bool, shape (windows, sites)
        The sites that do not.
    """
    kept = ~chosen[:, :, None]
    alignment = Alignment.unpack(windows)
    alleles = (alignment.haplotypes * kept).astype(np.uint8)
    return Windows.pack(
        alleles,
        windows.positions,
        windows.mask,
        alignment.called,
        windows.alleles_per_row,
        windows.populations,
        windows.order,
    )


def occlude_parts(
    models: Sequence[Model], windows: Windows, classes: npt.NDArray[np.int64] | None = None
) -> list[npt.NDArray[np.float64]]:
    """Return what the sites of each part of windows add to what each model predicts.

    Parameters
    ----------
    models : sequence of Model
    windows : Windows
    classes : ndarray of int64, shape (windows,), optional
        The class of each window whose odds are explained.

    Returns
    -------
    list of ndarray of float64, shape (windows, outputs, parts)
        Of each model: what is predicted of a window less what is predicted without the part's
        sites, in standard deviations of a target in training, or in logarithms of odds of a class.
    """
    part = np.where(windows.mask, find_part(windows.positions, PARTS), -1)
    return _compare_occluded(models, windows, [part == index for index in range(PARTS)], classes)


def occlude_frequencies(
    models: Sequence[Model], windows: Windows, classes: npt.NDArray[np.int64] | None = None
) -> list[npt.NDArray[np.float64]]:
    """Return what the sites of each class of frequency add to what each model predicts.

    Parameters
    ----------
    models, windows, classes
        As in :func:`occlude_parts`.

    Returns
    -------
    list of ndarray of float64, shape (windows, outputs, classes of frequency)
        As in :func:`occlude_parts`. The classes are those of
        :func:`coalflow.models.interpretation.theory.list_frequency_classes`.
    """
    found = find_frequency_classes(windows)
    number = len(list_frequency_classes(windows.number_of_haplotypes))
    return _compare_occluded(models, windows, [found == index for index in range(number)], classes)


def _compare_occluded(
    models: Sequence[Model],
    windows: Windows,
    chosen: Sequence[npt.NDArray[np.bool_]],
    classes: npt.NDArray[np.int64] | None,
) -> list[npt.NDArray[np.float64]]:
    def explain(seen: Windows) -> list[npt.NDArray[np.float64]]:
        predicted = zip(models, predict_each(models, seen), strict=True)
        return [read_explained(values, model.card, classes) for model, values in predicted]

    before = explain(windows)
    added: list[list[npt.NDArray[np.float64]]] = [[] for _ in models]
    for sites in chosen:
        after = explain(occlude(windows, sites))
        for parts, old, new in zip(added, before, after, strict=True):
            parts.append(old - new)
    return [np.stack(parts, axis=2) for parts in added]


def read_explained(
    values: Values, card: Card, classes: npt.NDArray[np.int64] | None = None
) -> npt.NDArray[np.float64]:
    """Return what is explained of predictions, float64 (windows, targets) or (windows, 1).

    Parameters
    ----------
    values : ndarray of float64, shape (windows, targets) or (windows, classes)
    card : Card
        That of the model.
    classes : ndarray of int64, shape (windows,), optional
        The class of each window whose odds are explained.
    """
    if card.scaling is not None:
        return card.scaling.standardise(values)
    assert classes is not None
    chances = np.take_along_axis(values, classes[:, None], axis=1)
    chances = chances.clip(MOST_SURE, 1 - MOST_SURE)
    return np.log(chances / (1 - chances))
