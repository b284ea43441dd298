"""Restarts of a net taken together: a model of its own, which predicts their mean."""

import numpy as np

from coalflow.dataset import target_scaling
from coalflow.evaluation import metrics
from coalflow.models import storage


def add_ensembles(trained):
    """Return a dict of models by name, with an ensemble for each net of several restarts.

    ``trained`` are :class:`coalflow.models.storage.Model`. An ensemble has the net's name and comes
    before its restarts. Its card is that of the first of them, but for ``kind`` and restart.
    """
    named = {}
    for model in trained:
        restarts = tuple(one.name for one in trained if one.card["model"] == model.card["model"])
        if len(restarts) > 1 and model.name == restarts[0]:
            card = {**model.card, "kind": "ensemble", "restart": None}
            ensemble = storage.Model(card, members=restarts)
            named[ensemble.name] = ensemble
        named[model.name] = model
    return named


def predict_all(trained, windows, statistics=None):
    """Return what each model predicts, by name, as :class:`coalflow.models.storage.Model` does.

    ``trained`` is what :func:`with_ensembles` returned; ``statistics`` are those of the windows
    that baselines want (:mod:`coalflow.statistics.features`), if they are known already.
    An ensemble predicts the mean of its members: of probabilities, or of numbers as they were
    learned, so of logarithms where it was these.
    """
    predicted = {
        name: storage.predict(model, windows, statistics)
        for name, model in trained.items()
        if not model.members
    }
    for name, model in trained.items():
        if model.members:
            predicted[name] = _mean([predicted[one] for one in model.members], model.card)
    return {name: predicted[name] for name in trained}


def predict_intervals(trained, windows):
    """Return the two ends of the 90 % intervals of models that tell them, by name.

    Arguments are those of :func:`ask_all`. An ensemble's ends are the means of its members', of
    numbers as they were learned.
    """
    intervals = {name: model.interval(windows) for name, model in trained.items() if model.interval}
    for name, model in trained.items():
        if model.members and all(one in intervals for one in model.members):
            of_members = [intervals[one] for one in model.members]
            intervals[name] = tuple(
                _mean(ends, model.card) for ends in zip(*of_members, strict=True)
            )
    return {name: intervals[name] for name in trained if name in intervals}


def score_ensembles(trained, validation):
    """Put into each ensemble's card how good it is on validation data.

    ``validation`` are :class:`coalflow.dataset.loading.Replicates`.
    """
    nets = {name: model for name, model in trained.items() if model.card["kind"] != "baseline"}
    predicted = predict_all(nets, validation.windows)
    for name, model in nets.items():
        if model.members:
            card = model.card
            card["validation"] = metrics.of_validation(validation.target, predicted[name], card)


def list_judged_models(cards):
    """Return the names of the nets that stand for all: ensembles where there are any."""
    kinds = {card["kind"] for card in cards.values()}
    kind = "ensemble" if "ensemble" in kinds else "net"
    return [name for name, card in cards.items() if card["kind"] == kind]


def _mean(predicted, card):
    if card["classes"]:
        return np.mean(predicted, axis=0)
    scale = target_scaling.TargetScaling.from_card(card["scale"])
    return scale.restore(np.mean([scale.standardise(one) for one in predicted], axis=0))
