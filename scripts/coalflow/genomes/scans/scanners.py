"""What scans a genome: models, their calibration, and what their predictions are compared with."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from coalflow.evaluation.calibration.calibration import Calibrations
from coalflow.evaluation.cards import Card, FeatureInput
from coalflow.evaluation.predictions import POSTERIOR, P, Prediction, name_column
from coalflow.genomes.novelty.window_novelty import NovelWindows
from coalflow.genomes.reference.reference import Reference
from coalflow.genomes.significance.class_priors import apply_class_prior
from coalflow.genomes.significance.scores import measure_score
from coalflow.models.ensembles import calibrate_all, predict_all
from coalflow.models.storage.hidden_layers import HiddenLayer, record_hidden_layer
from coalflow.models.storage.model import Model
from coalflow.windows.packed_windows import Windows


@dataclasses.dataclass(frozen=True)
class Scanner:
    """Models that scan, and what their predictions are compared with.

    Attributes
    ----------
    models : mapping of str to Model
        By name, with ensembles (:func:`coalflow.models.ensembles.add_ensembles`); all of the same
        windows.
    calibrations : mapping of str to Calibration, optional
        By the same names. Without it, predictions are not calibrated.
    references : mapping of str to Reference
        By the names of nets and baselines. Without any, windows have neither p-values nor novelty.
    """

    models: Mapping[str, Model]
    calibrations: Calibrations | None = None
    references: Mapping[str, Reference] = dataclasses.field(default_factory=dict)

    @property
    def card(self) -> Card:
        """The card of any of the models."""
        return next(iter(self.models.values())).card

    @property
    def features(self) -> FeatureInput | None:
        """The statistics that baselines read, all of the same run; None without baselines."""
        inputs = (model.card.input for model in self.models.values())
        return next((each for each in inputs if isinstance(each, FeatureInput)), None)

    @property
    def judge(self) -> Reference | None:
        """The reference by which windows are novel: that of the first model; None without any."""
        return next(iter(self.references.values()), None)

    @property
    def mix(self) -> tuple[float, ...] | None:
        """How common each class is among training windows; None for numbers."""
        counts = self.card.trained_on.targets
        if self.card.targets.classes is None:
            return None
        numbers = np.array([counts[name] for name in self.card.targets.classes], dtype=np.float64)
        return tuple((numbers / numbers.sum()).tolist())

    def predict(
        self, windows: Windows, features: pd.DataFrame | None
    ) -> tuple[dict[str, Prediction], npt.NDArray[np.float32] | None]:
        """Return what each model predicts, and the hidden layer by which windows may be novel.

        Parameters
        ----------
        windows : Windows
        features : DataFrame, optional
            The statistics that baselines read, if there are baselines.

        Returns
        -------
        dict of str to Prediction
            By the models' names, not calibrated, so that those of several draws can be averaged.
        ndarray of float32, shape (windows, units), or None
            None where no net has a part in novelty.
        """
        with self._record() as layer:
            predicted = predict_all(self.models, windows, features)
            return predicted, None if layer is None else layer.take()

    @contextlib.contextmanager
    def _record(self) -> Iterator[HiddenLayer | None]:
        judge = self.judge
        net = None
        if judge is not None:
            net = next(
                (
                    model
                    for model in self.models.values()
                    if model.net is not None and model.card.model == judge.meta.model
                ),
                None,
            )
        if net is None:
            yield None
            return
        with record_hidden_layer(net) as layer:
            yield layer

    def calibrate_prediction(self, name: str, predicted: Prediction) -> Prediction:
        """Return a model's calibrated prediction; as it is, where there is no calibration."""
        if self.calibrations is None:
            return predicted
        model = {name: self.models[name]}
        return calibrate_all(model, {name: predicted}, self.calibrations)[name]

    def judge_windows(
        self, statistics: pd.DataFrame, hidden: npt.NDArray[np.float32] | None
    ) -> NovelWindows | None:
        """Return how unlike all that was simulated windows are; None without a reference."""
        return None if self.judge is None else self.judge.novelty.judge(statistics, hidden)

    def compare(self, name: str, predicted: Prediction) -> dict[str, npt.NDArray[Any]]:
        """Return what a model's predictions mean: posterior probabilities, and p-values.

        Parameters
        ----------
        name : str
            The model's.
        predicted : Prediction

        Returns
        -------
        dict of str to ndarray of float64, shape (windows,)
            By the names of columns: ``<model>:<class>:posterior`` where the config says how common
            classes are, and ``<model>:<score>:p``.
        """
        reference = self.references.get(name.partition("/")[0])
        if reference is None:
            return {}
        card, meta = self.models[name].card, reference.meta
        columns: dict[str, npt.NDArray[Any]] = {}
        if meta.class_prior is not None and meta.mix is not None and card.targets.classes:
            prior = [meta.class_prior[each] for each in card.targets.classes]
            posterior = apply_class_prior(predicted.values, meta.mix, prior)
            for each, values in zip(card.targets.classes, posterior.T, strict=True):
                columns[name_column(name, each, POSTERIOR)] = values
        for score in reference.scores:
            null = reference.find_null(name, score)
            if null is not None:
                values = measure_score(score, predicted, card.targets, card.scaling)
                columns[name_column(name, score.name, P)] = null.tail.find_p(values)
        return columns
