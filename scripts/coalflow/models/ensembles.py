"""Restarts of a net taken together: a model of its own, which predicts their mean."""

import dataclasses
from collections.abc import Mapping, Sequence

import pandas as pd

from coalflow.core.errors import CoalflowError
from coalflow.dataset.loading import Replicates
from coalflow.evaluation.calibration.calibration import Calibrations, calibrate
from coalflow.evaluation.calibration.calibration_files import CALIBRATION_FILE
from coalflow.evaluation.cards import Card
from coalflow.evaluation.predictions import Prediction, average_predictions
from coalflow.evaluation.scoring import score_validation
from coalflow.models.storage.model import Model, predict
from coalflow.windows.packed_windows import Windows


def add_ensembles(trained: Sequence[Model]) -> dict[str, Model]:
    """Return models by their names, with an ensemble for each net of several restarts.

    Parameters
    ----------
    trained : sequence of Model

    Returns
    -------
    dict of str to Model
        An ensemble has the net's name and comes before its restarts. Its card is that of the first
        restart, except for ``kind`` and ``restart``.
    """
    named: dict[str, Model] = {}
    for model in trained:
        restarts = [other for other in trained if other.card.model == model.card.model]
        if len(restarts) > 1 and model is restarts[0]:
            ensemble = _make_ensemble(restarts)
            named[ensemble.name] = ensemble
        named[model.name] = model
    return named


def _make_ensemble(restarts: Sequence[Model]) -> Model:
    card = restarts[0].card.model_copy(update={"kind": "ensemble", "restart": None})

    def predict_mean(windows: Windows) -> Prediction:
        named = {model.name: model for model in (*restarts, ensemble)}
        return predict_all(named, windows)[ensemble.name]

    ensemble = Model(card, predict_mean, members=tuple(model.name for model in restarts))
    return ensemble


def predict_all(
    trained: Mapping[str, Model],
    windows: Windows,
    features: pd.DataFrame | None = None,
    calibrations: Calibrations | None = None,
) -> dict[str, Prediction]:
    """Return what each model predicts, by name.

    An ensemble predicts the mean of its members: of probabilities, or of numbers in the units in
    which they are learned, such as logarithms. Members are not calibrated before; each model has
    its own calibration.

    Parameters
    ----------
    trained : mapping of str to Model
        What :func:`add_ensembles` returned.
    windows : Windows
    features : DataFrame, optional
        Their summary statistics (:mod:`coalflow.statistics.features`), if they are known already.
    calibrations : mapping of str to Calibration, optional
        Of all models, by name. Without it, predictions are not calibrated.
    """
    nets = {name: model for name, model in trained.items() if model.net is not None}
    predicted: dict[str, Prediction] = {}
    if nets:
        from coalflow.models.storage.nets import predict_with_nets  # imports PyTorch

        predicted = predict_with_nets(nets, windows)
    for name, model in trained.items():
        if not model.members and name not in predicted:
            predicted[name] = predict(model, windows, features)
    for name, model in trained.items():
        if model.members:
            members = [predicted[member] for member in model.members]
            predicted[name] = average_predictions(members, model.card.scaling)
    if calibrations is not None:
        return calibrate_all(trained, predicted, calibrations)
    return {name: predicted[name] for name in trained}


def calibrate_all(
    trained: Mapping[str, Model],
    predicted: Mapping[str, Prediction],
    calibrations: Calibrations,
) -> dict[str, Prediction]:
    """Return calibrated predictions, by the names of models.

    Parameters
    ----------
    trained : mapping of str to Model
    predicted : mapping of str to Prediction
        Of each, not calibrated.
    calibrations : mapping of str to Calibration
        Of each.

    Raises
    ------
    CoalflowError
        If a model has no calibration.
    """
    for name in trained:
        if name not in calibrations:
            raise CoalflowError(
                f"model {name}: has no calibration, since its {CALIBRATION_FILE} is of other "
                "models. Delete that file and start Snakemake again, or copy the model again"
            )
    return {
        name: calibrate(predicted[name], calibrations[name], model.card.predictands)
        for name, model in trained.items()
    }


def score_ensembles(
    trained: Mapping[str, Model], validation: Replicates, predicted: Mapping[str, Prediction]
) -> dict[str, Model]:
    """Return the models, with the scores of ensembles on validation windows in their cards.

    Parameters
    ----------
    trained : mapping of str to Model
        What :func:`add_ensembles` returned.
    validation : Replicates
    predicted : mapping of str to Prediction
        Of these windows by each model, not calibrated.
    """
    return {
        name: _add_scores(model, predicted[name], validation) if model.members else model
        for name, model in trained.items()
    }


def _add_scores(model: Model, predicted: Prediction, validation: Replicates) -> Model:
    scores = score_validation(validation.target, predicted.values, model.card.predictands)
    card = model.card.model_copy(update={"validation": scores})
    return dataclasses.replace(model, card=card)


def list_judged_models(cards: Mapping[str, Card]) -> list[str]:
    """Return the names of the models that stand for all nets: the ensembles, if there are any.

    Parameters
    ----------
    cards : mapping of str to Card
        The cards of all models by their names.
    """
    kinds = {card.kind for card in cards.values()}
    kind = "ensemble" if "ensemble" in kinds else "net"
    return [name for name, card in cards.items() if card.kind == kind]
