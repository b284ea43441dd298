"""Cards of models that have just been trained."""

import importlib.metadata
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from coalflow import read_version
from coalflow.config.fields.section import Section
from coalflow.config.settings.learning import FitBaselineSettings, TrainSettings
from coalflow.config.settings.view import View
from coalflow.core import digests
from coalflow.dataset.loading import Replicates, Summarised
from coalflow.dataset.target_scaling import TargetScaling
from coalflow.evaluation.cards import (
    Card,
    FeatureInput,
    NetInput,
    NetTraining,
    SimulatedWindows,
    TrainedOn,
)
from coalflow.models.card_files import FORMAT
from coalflow.windows.measures import WindowMeasures, measure_windows

#: Share of training windows beyond each limit by which windows of genomes are flagged. It is small
#: since a scan has thousands of windows, and these have four limits; and a run has 1,000 training
#: windows or more, of which one is then beyond.
BEYOND = 0.001


def make_net_card(
    settings: TrainSettings,
    view: View,
    train: Replicates,
    scaling: TargetScaling | None,
    shape: NetInput,
    training: NetTraining,
) -> Card:
    """Return the card of a net.

    Parameters
    ----------
    settings : TrainSettings
        What the program that trained it was given.
    view : View
        What the net sees of windows, and what it predicts.
    train : Replicates
        What it was trained on.
    scaling : TargetScaling, optional
        The units in which numbers are learned; None for classes.
    shape : NetInput
        That of its windows.
    training : NetTraining
        How it was trained.
    """
    return Card(
        format=FORMAT,
        kind="net",
        model=settings.net,
        restart=settings.restart,
        input=shape,
        view=view,
        scales=None if scaling is None else scaling.scales,
        trained_on=_describe_training_data(
            train, measure_windows(train.windows), settings.parameters, view
        ),
        net=training,
        versions=_list_versions("torch"),
        **_describe_settings(settings),
    )


def make_baseline_card(
    settings: FitBaselineSettings,
    view: View,
    train: Summarised,
    measures: WindowMeasures,
    scaling: TargetScaling | None,
) -> Card:
    """Return the card of a baseline.

    Parameters
    ----------
    settings : FitBaselineSettings
        What the program that fitted it was given.
    view, scaling
        As in :func:`make_net_card`.
    train : Summarised
        What it was fitted to, with those statistics that it reads.
    measures : WindowMeasures
        Those of the windows of ``train``.
    """
    return Card(
        format=FORMAT,
        kind="baseline",
        model=settings.baseline,
        input=FeatureInput(**dict(settings.features), names=tuple(map(str, train.statistics))),
        view=view,
        scales=None if scaling is None else scaling.scales,
        trained_on=_describe_training_data(train, measures, settings.parameters, view),
        versions=_list_versions("scikit-learn"),
        **_describe_settings(settings),
    )


def _list_versions(library: str) -> dict[str, str]:
    """Return the versions of coalflow and of the library that made a model."""
    return {"coalflow": read_version(), library: importlib.metadata.version(library)}


def _describe_settings(settings: Section) -> dict[str, Any]:
    written = settings.as_json()
    return {"settings": written, "settings_digest": digests.digest_value(written)}


def _describe_training_data(
    train: Replicates | Summarised,
    measures: WindowMeasures,
    parameters: tuple[str, ...],
    view: View,
) -> TrainedOn:
    ranges: dict[str, tuple[float, float] | int]
    if train.classes is None:
        columns = zip(view.targets.names, train.target.T, strict=True)
        ranges = {name: (float(values.min()), float(values.max())) for name, values in columns}
    else:
        counts = np.bincount(train.target, minlength=len(train.classes))
        ranges = dict(zip(train.classes, counts.tolist(), strict=True))
    return TrainedOn(
        replicates=len(train),
        targets=ranges,
        parameters={name: _find_range(train.table[name]) for name in parameters},
        windows=find_limits(measures),
    )


def find_limits(measures: WindowMeasures) -> SimulatedWindows:
    """Return how far training windows go.

    Of fewer than 1,000 none is beyond a limit, and ``p`` is then what their number supports.

    Parameters
    ----------
    measures : WindowMeasures
        Those of all training windows.
    """
    number = len(measures.sites)
    beyond = int(BEYOND * number)
    # A window without sites has none where alleles could be missing.
    missing = np.nan_to_num(measures.missing)
    return SimulatedWindows(
        p=max(BEYOND, 1 / number),
        gap=_find_nth_highest(measures.gap, beyond),
        sites=int(-_find_nth_highest(-measures.sites, beyond)),
        reach=-_find_nth_highest(-measures.reach, beyond),
        missing=_find_nth_highest(missing, beyond),
    )


def _find_nth_highest(values: npt.NDArray[Any], number: int) -> float:
    """Return the value than which exactly ``number`` others are higher, or fewer if some tie."""
    index = len(values) - 1 - number
    return float(np.partition(values, index)[index])


def _find_range(values: pd.Series) -> tuple[float, float] | tuple[str, ...]:
    """Return the lowest and highest value of a scenario parameter, or its names."""
    if values.dtype.kind in "iuf":
        return float(values.min()), float(values.max())
    return tuple(sorted(values.unique().tolist()))
