"""Restarts of a net, taken together, are a model of its own."""

import numpy as np
import pytest
from helpers.data import make_predictands
from helpers.models import save_fitted_baseline, save_untrained_net

from coalflow.core.errors import CoalflowError
from coalflow.evaluation.calibration.calibration import calibrate, fit_calibration
from coalflow.evaluation.predictions import Prediction
from coalflow.evaluation.scoring import score_validation
from coalflow.models import batches, ensembles
from coalflow.models.nets.coalflow import Coalflow
from coalflow.models.storage.loading import load_model
from coalflow.models.storage.model import Model
from coalflow.models.storage.nets import compute_outputs, read_prediction

RESTARTS = 3


@pytest.fixture(scope="module")
def loaded(train, validation, tmp_path_factory):
    """Three restarts of one net and a baseline, as a list."""
    folder = tmp_path_factory.mktemp("models")
    for restart in range(RESTARTS):
        save_untrained_net(folder / str(restart), train, restart)
    save_fitted_baseline(folder / "ridge", "ridge", train, validation)
    return [load_model(folder / name) for name in ("0", "1", "2", "ridge")]


def test_an_ensemble_has_the_nets_name_and_its_restarts(loaded):
    trained = ensembles.add_ensembles(loaded)
    restarts = tuple(f"flagel_tajimas_d/{n}" for n in range(RESTARTS))
    assert list(trained) == ["flagel_tajimas_d", *restarts, "ridge"]
    assert trained["flagel_tajimas_d"].members == restarts
    card = trained["flagel_tajimas_d"].card
    assert (card.kind, card.restart) == ("ensemble", None)
    assert loaded[0].card.kind == "net"


def test_one_restart_is_not_an_ensemble(loaded):
    assert list(ensembles.add_ensembles(loaded[2:])) == ["flagel_tajimas_d/2", "ridge"]


def test_numbers_are_averaged(loaded, windows):
    trained = ensembles.add_ensembles(loaded)
    predicted = ensembles.predict_all(trained, windows)
    assert {name: (each.low, each.high) for name, each in predicted.items()} == dict.fromkeys(
        trained, (None, None)
    )
    assert list(predicted) == list(trained)
    by_restart = [model.predict(windows).values for model in loaded[:RESTARTS]]
    assert np.ptp(by_restart, axis=0).min() > 0
    mean = predicted["flagel_tajimas_d"]
    np.testing.assert_allclose(mean.values, np.mean(by_restart, axis=0))
    np.testing.assert_allclose(mean.spread, np.std(by_restart, axis=0, ddof=1))
    assert predicted["ridge"].spread is predicted["flagel_tajimas_d/0"].spread is None
    np.testing.assert_array_equal(predicted["ridge"].values, loaded[-1].predict(windows).values)
    alone = trained["flagel_tajimas_d"].predict(windows)
    np.testing.assert_array_equal(alone.values, mean.values)


def test_what_is_learned_by_its_logarithm_is_averaged_on_that_scale(loaded):
    scaling = make_predictands("size", logs=["size"]).scaling
    values = [Prediction(np.array([[100.0]])), Prediction(np.array([[10_000.0]]))]
    restarts = [
        Model(
            loaded[0].card.model_copy(update={"scales": scaling.scales, "restart": n}),
            predict=lambda windows, n=n: values[n],
        )
        for n in range(2)
    ]
    predicted = ensembles.predict_all(ensembles.add_ensembles(restarts), None)
    np.testing.assert_allclose(predicted["flagel_tajimas_d"].values, [[1000.0]])


def test_probabilities_are_averaged(train_classes, windows, tmp_path):
    for restart in range(2):
        save_untrained_net(tmp_path / str(restart), train_classes, restart, target="history")
    loaded = [load_model(tmp_path / str(restart)) for restart in range(2)]
    mean = ensembles.predict_all(ensembles.add_ensembles(loaded), windows)["flagel_tajimas_d"]
    by_restart = [model.predict(windows).values for model in loaded]
    np.testing.assert_allclose(mean.values, np.mean(by_restart, axis=0))
    np.testing.assert_allclose(mean.values.sum(axis=1), 1)


def test_ensembles_are_scored_on_validation_data(loaded, validation):
    trained = ensembles.add_ensembles(loaded)
    predicted = ensembles.predict_all(trained, validation.windows)
    scored = ensembles.score_ensembles(trained, validation, predicted)
    assert list(scored) == list(trained)
    card, values = scored["flagel_tajimas_d"].card, predicted["flagel_tajimas_d"].values
    assert card.validation == score_validation(validation.target, values, card.predictands)
    assert not any(model.card.validation for model in trained.values())


def test_ensembles_stand_for_their_restarts(loaded):
    cards = {name: model.card for name, model in ensembles.add_ensembles(loaded).items()}
    assert ensembles.list_judged_models(cards) == ["flagel_tajimas_d"]
    alone = {name: model.card for name, model in ensembles.add_ensembles(loaded[2:]).items()}
    assert ensembles.list_judged_models(alone) == ["flagel_tajimas_d/2"]


def test_ends_of_intervals_are_averaged_where_all_restarts_predict_them(train, windows, tmp_path):
    for restart in range(2):
        save_untrained_net(tmp_path / str(restart), train, restart, loss="gaussian")
    trained = ensembles.add_ensembles([load_model(tmp_path / str(n)) for n in range(2)])
    mean = ensembles.predict_all(trained, windows)["flagel_tajimas_d"]
    restarts = [trained[f"flagel_tajimas_d/{n}"] for n in range(2)]
    by_restart = [
        read_prediction(outputs, model.card)
        for outputs, model in zip(compute_outputs(restarts, windows), restarts, strict=True)
    ]
    for end in ("low", "high"):
        ends = [getattr(each, end) for each in by_restart]
        assert np.ptp(ends, axis=0).min() > 0
        np.testing.assert_allclose(getattr(mean, end), np.mean(ends, axis=0))


def test_restarts_of_a_net_read_windows_once(train, windows, tmp_path, monkeypatch):
    """So do all nets that are given the same of windows."""
    names = ["flagel_tajimas_d", "flagel_tajimas_d", "coalflow", "coalflow"]
    for index, name in enumerate(names):
        save_untrained_net(tmp_path / str(index), train, index, name=name)
    loaded = [load_model(tmp_path / str(index)) for index in range(len(names))]
    alone = [model.predict(windows).values for model in loaded]
    made = []
    make_batch = batches.DeviceWindows.make_batch

    def watched(self, rows):
        made.append(self.first_layer)
        return make_batch(self, rows)

    monkeypatch.setattr(batches.DeviceWindows, "make_batch", watched)
    predicted = ensembles.predict_all(ensembles.add_ensembles(loaded), windows)
    assert made == [None, Coalflow.first_layer]
    for model, expected in zip(loaded, alone, strict=True):
        np.testing.assert_array_equal(predicted[model.name].values, expected)


def test_models_are_calibrated_after_they_are_averaged(loaded, windows, validation):
    trained = ensembles.add_ensembles(loaded)
    raw = ensembles.predict_all(trained, validation.windows)
    found = {
        name: fit_calibration(validation.target, raw[name], model.card.predictands, 1)
        for name, model in trained.items()
    }
    plain = ensembles.predict_all(trained, windows)
    calibrated = ensembles.predict_all(trained, windows, None, found)
    assert list(calibrated) == list(plain)
    for name, each in calibrated.items():
        expected = calibrate(plain[name], found[name], trained[name].card.predictands)
        np.testing.assert_array_equal(each.low, expected.low)
        np.testing.assert_array_equal(each.values, plain[name].values)
    del found["ridge"]
    with pytest.raises(CoalflowError, match=r"ridge: has no calibration"):
        ensembles.predict_all(trained, windows, None, found)
