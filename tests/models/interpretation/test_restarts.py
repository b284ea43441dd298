import copy

import numpy as np
import pytest
import torch
from helpers.data import PROPERTY
from helpers.models import (
    classes_of,
    replicates_of,
    save_untrained_net,
    varied_matrices,
)
from hypothesis import given
from hypothesis import strategies as st

from coalflow.evaluation.predictions import Prediction
from coalflow.models import nets
from coalflow.models.interpretation import activations, choosing
from coalflow.models.interpretation.restarts import _compute_linear_cka, compare_restarts
from coalflow.models.storage.model import Model
from coalflow.models.storage.nets import load_net

LAYERS = ["convolution 1", "convolution 2", "dense"]


@pytest.fixture(scope="module")
def restarts(train, tmp_path_factory):
    folder = tmp_path_factory.mktemp("restarts")
    for restart in range(3):
        save_untrained_net(folder / str(restart), train, restart)
    return [load_net(folder / str(restart)) for restart in range(3)]


def changed(model, change):
    """Return a copy of a model with a net that ``change`` was applied to."""
    net = copy.deepcopy(model.net)
    with torch.no_grad():
        change(net)

    def predict(windows):
        outputs = nets.record_activations(net, code_haplotypes(windows), None, None)["output"]
        return Prediction(outputs.numpy().astype(float))

    return Model(model.card, predict, net)


def code_haplotypes(windows):
    return torch.as_tensor(windows.haplotypes, dtype=torch.float32) * 2 - 1


def permute_first_units(net):
    """Permute the units of the first convolution, and the weights of the second with them."""
    order = torch.randperm(128, generator=torch.Generator().manual_seed(1))
    first, second = net.convolution_1, net.convolution_2
    first.weight.copy_(first.weight[order])
    first.bias.copy_(first.bias[order])
    second.weight.copy_(second.weight.reshape(128, 2, 128)[:, :, order].reshape(128, 256))


def silence(layer, units):
    def change(net):
        net.get_submodule(layer).bias[units] = -1e6

    return change


def row_of(comparison, layer):
    (row,) = comparison[comparison["layer"] == layer].to_dict("records")
    return row


def noise(observations, units, seed):
    return np.random.default_rng(seed).normal(size=(observations, units))


def rotation(units, seed):
    return np.linalg.qr(noise(units, units, seed))[0]


# CKA ------------------------------------------------------------------------------------------


def test_cka_of_the_same_activations_is_one():
    a = noise(50, 7, seed=1)
    assert _compute_linear_cka(a, a) == pytest.approx(1, abs=1e-12)


def test_cka_is_the_same_after_rotation_scale_and_shift():
    a = noise(50, 7, seed=1)
    b = 3.7 * a @ rotation(7, seed=2) + np.arange(7)
    assert _compute_linear_cka(a, b) == pytest.approx(1, abs=1e-12)


def test_cka_differs_after_other_mixtures():
    a = noise(500, 7, seed=1)
    stretched = a * np.array([10.0, 1, 1, 1, 1, 1, 1])
    assert _compute_linear_cka(a, stretched) < 0.8


def test_cka_of_independent_noise_is_near_zero():
    assert _compute_linear_cka(noise(20_000, 7, 1), noise(20_000, 5, 2)) < 0.01


def test_cka_is_the_one_of_the_definition():
    """Equation 3 of Kornblith et al.: by the centred Gram matrices of observations."""
    a, b = noise(30, 7, seed=1), noise(30, 4, seed=2) + noise(30, 7, seed=1)[:, :4]
    centring = np.eye(30) - 1 / 30
    k, m = (centring @ x @ x.T @ centring for x in (a, b))
    expected = np.trace(k @ m) / np.sqrt(np.trace(k @ k) * np.trace(m @ m))
    assert _compute_linear_cka(a, b) == pytest.approx(expected, rel=1e-10)


def test_sites_count_as_observations_in_cka():
    a, b = noise(60, 7, seed=1), noise(60, 7, seed=2)
    whole = _compute_linear_cka(a, b)
    assert _compute_linear_cka(a.reshape(12, 5, 7), b.reshape(12, 5, 7)) == whole


# Comparing restarts ------------------------------------------------------------------------------


def test_comparison_has_a_row_per_pair_and_layer(restarts, windows):
    comparison = compare_restarts(restarts, windows)
    pairs = list(zip(comparison["restart_a"], comparison["restart_b"], strict=True))
    assert pairs == [(0, 1)] * 3 + [(0, 2)] * 3 + [(1, 2)] * 3
    assert list(comparison["layer"]) == LAYERS * 3
    assert set(comparison["net"]) == {"flagel_tajimas_d"}
    assert set(comparison["windows"]) == {len(windows)}


@pytest.mark.filterwarnings("error")
def test_a_net_is_like_itself(restarts, windows):
    comparison = compare_restarts([restarts[0], restarts[0]], windows)
    alike = comparison[["prediction_r", "same_unit_r", "best_match_r", "cka"]].to_numpy()
    np.testing.assert_allclose(alike, 1, rtol=0, atol=1e-9)


def test_permuted_units_are_found_by_the_best_match_and_by_cka(restarts, windows):
    permuted = changed(restarts[0], permute_first_units)
    comparison = compare_restarts([restarts[0], permuted], windows)
    first, second = (row_of(comparison, layer) for layer in LAYERS[:2])
    assert first["prediction_r"] == pytest.approx(1, abs=1e-6)
    assert first["best_match_r"] == pytest.approx(1, abs=1e-6)
    assert first["cka"] == pytest.approx(1, abs=1e-6)
    assert first["same_unit_r"] < 0.5
    assert second["same_unit_r"] == pytest.approx(1, abs=1e-6)


def test_other_restarts_are_less_alike_than_the_same(restarts, windows):
    comparison = compare_restarts(restarts[:2], windows)
    assert (comparison["same_unit_r"].abs() < 0.5).all()
    assert (comparison["best_match_r"] > comparison["same_unit_r"]).all()
    assert comparison["cka"].between(0, 0.999).all()


def test_correlations_are_averages_over_active_units(restarts, windows):
    a = changed(restarts[0], silence("convolution_2", [0, 1, 2]))
    b = changed(restarts[1], silence("convolution_2", [2, 3]))
    row = row_of(compare_restarts([a, b], windows), "convolution 2")
    outputs = [activations.compute_activations(m, windows)["convolution 2"] for m in (a, b)]
    flat_a, flat_b = (output.reshape(-1, 128) for output in outputs)
    active_a, active_b = (np.flatnonzero(np.ptp(flat, axis=0)) for flat in (flat_a, flat_b))
    correlation = np.corrcoef(flat_a[:, active_a].T, flat_b[:, active_b].T)
    between = correlation[: len(active_a), len(active_a) :]
    same = [
        between[np.flatnonzero(active_a == unit)[0], np.flatnonzero(active_b == unit)[0]]
        for unit in np.intersect1d(active_a, active_b)
    ]
    assert row["same_unit_r"] == pytest.approx(np.mean(same), abs=1e-6)
    assert row["best_match_r"] == pytest.approx(between.max(axis=1).mean(), abs=1e-6)


def test_dead_units_are_counted(restarts, windows):
    before = row_of(compare_restarts([restarts[0], restarts[1]], windows), "convolution 1")
    assert (before["units_answering_a"], before["units_answering_b"]) == (128, 128)
    silenced = changed(restarts[0], silence("convolution_1", [3, 5, 100]))
    after = row_of(compare_restarts([silenced, restarts[1]], windows), "convolution 1")
    assert (after["units_answering_a"], after["units_answering_b"]) == (125, 128)


def test_units_with_a_constant_activation_are_left_out(restarts, windows):
    def make_constant(net):
        net.convolution_1.weight[7] = 0
        net.convolution_1.bias[7] = 0.1

    constant = changed(restarts[0], make_constant)
    row = row_of(compare_restarts([constant, restarts[0]], windows), "convolution 1")
    assert row["units_answering_a"] == 127
    assert row["same_unit_r"] == pytest.approx(1, abs=1e-9)


@pytest.mark.parametrize("dead", [{0}, {1}, {0, 1}])
def test_a_net_that_died_is_like_nothing(dead, restarts, windows):
    """A layer without any activation, as after too large a learning rate: nan, and no crash."""
    kill = silence("convolution_1", slice(None))
    pair = [changed(restarts[n], kill) if n in dead else restarts[n] for n in range(2)]
    row = row_of(compare_restarts(pair, windows), "convolution 1")
    active = [0 if n in dead else 128 for n in range(2)]
    assert [row["units_answering_a"], row["units_answering_b"]] == active
    assert np.isnan([row[name] for name in ("same_unit_r", "best_match_r", "cka")]).all()


# Layers and windows ---------------------------------------------------------------------------


def test_layer_outputs_of_the_faq_net(tmp_path):
    replicates = replicates_of(varied_matrices(3, seed=1, sites=40, haplotypes=20))
    save_untrained_net(tmp_path, replicates)
    outputs = activations.compute_activations(load_net(tmp_path), replicates.windows)
    assert {name: output.shape for name, output in outputs.items()} == {
        "convolution 1": (3, 39, 128),
        "convolution 2": (3, 38, 128),
        "dense": (3, 128),
    }


def test_layer_outputs_are_what_comes_after_relu(restarts, windows):
    net = restarts[0].net
    outputs = activations.compute_activations(restarts[0], windows)
    first = net.relu_1(net.convolution_1(code_haplotypes(windows))).detach().numpy()
    assert np.array_equal(outputs["convolution 1"], first)
    assert all((output >= 0).all() and output.dtype == np.float32 for output in outputs.values())
    last = net.output(torch.as_tensor(outputs["dense"])).detach().numpy()
    scale = restarts[0].card.scales["diversity"]
    predicted = last * scale.sd + scale.mean
    np.testing.assert_allclose(restarts[0].predict(windows).values, predicted, rtol=1e-5, atol=1e-5)


def test_layer_outputs_use_the_coding_of_the_card(restarts, windows):
    view = restarts[0].card.view
    encoding = view.encoding.model_copy(update={"coding": "binary"})
    view = view.model_copy(update={"encoding": encoding})
    card = restarts[0].card.model_copy(update={"view": view})
    binary = Model(card, restarts[0].predict, restarts[0].net)
    alleles = torch.as_tensor(windows.haplotypes, dtype=torch.float32)
    expected = nets.record_activations(restarts[0].net, alleles, None, None)["relu_1"].numpy()
    outputs = activations.compute_activations(binary, windows)
    assert np.array_equal(outputs["convolution 1"], expected)


@PROPERTY
@given(st.integers(1, 5000))
def test_windows_compared_are_spread_over_all(number):
    chosen = choosing.spread_evenly(number)
    assert len(chosen) == min(number, choosing.WINDOWS_COMPARED)
    assert (chosen[0], chosen[-1]) == (0, number - 1)
    gaps = np.diff(chosen)
    assert len(gaps) == 0 or gaps.max() - gaps.min() <= 1


# Classes and other nets --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def restarts_of_classes(train_classes, tmp_path_factory):
    folder = tmp_path_factory.mktemp("restarts_of_classes")
    for restart in range(2):
        save_untrained_net(folder / str(restart), train_classes, restart, "history")
    return [load_net(folder / str(restart)) for restart in range(2)]


def test_restarts_are_compared_by_the_class_that_they_predict(restarts_of_classes, windows):
    first, second = (model.predict(windows).values for model in restarts_of_classes)
    row = row_of(compare_restarts(restarts_of_classes, windows), "dense")
    assert row["same_class"] == (first.argmax(axis=1) == second.argmax(axis=1)).mean()
    assert 0 < row["same_class"] < 1
    expected = np.corrcoef(first.ravel(), second.ravel())[0, 1]
    assert row["prediction_r"] == pytest.approx(expected, abs=1e-9)


def test_restarts_of_numbers_have_no_class(restarts, windows):
    assert "same_class" not in compare_restarts(restarts[:2], windows)


def test_layer_outputs_of_the_sweeps_net(tmp_path):
    replicates = classes_of(varied_matrices(4, seed=1, sites=60, haplotypes=20))
    save_untrained_net(tmp_path, replicates, target="history", name="flagel_sweeps")
    outputs = activations.compute_activations(load_net(tmp_path), replicates.windows)
    assert {name: output.shape[1:] for name, output in outputs.items()} == {
        "convolution 1": (59, 256),
        "convolution 2": (58, 256),
        "convolution 3": (28, 256),
        "convolution 4": (13, 256),
        "convolution 5": (5, 256),
        "dense, positions": (64,),
        "dense, joined": (256,),
    }
    assert all((output >= 0).all() for output in outputs.values())
