import numpy as np
import pandas as pd
import pytest
from helpers.models import (
    classes_of,
    padded,
    replicates_of,
    save_untrained_net,
    varied_matrices,
)
from sklearn.linear_model import Ridge

from coalflow.models import batches
from coalflow.models.interpretation import activations, probes
from coalflow.models.interpretation.probes import probe_layer, probe_net
from coalflow.models.interpretation.theory import tabulate_theory
from coalflow.models.storage.nets import load_net


def draw(windows, numbers, seed=1):
    return np.random.default_rng(seed).normal(size=(windows, numbers))


def found_by(numbers, **values):
    table = probe_layer(numbers, pd.DataFrame(values), seed=1)
    return table.set_index("statistic")


# What is there is found, what is not there is not --------------------------------------------


@pytest.mark.parametrize("units", [5, 2000])
def test_a_statistic_that_is_linear_in_a_layer_is_found(units):
    """The truth is known: three units make it up, and a quarter of its variance is noise."""
    layer, noise = draw(400, units), draw(400, 1, seed=2)[:, 0]
    signal = layer[:, :3].sum(axis=1)
    if units > 400:  # the same in fewer dimensions, of which there are as many copies
        layer = np.repeat(layer[:, :5], 400, axis=1)
    found = found_by(layer, exact=signal, noisy=signal + noise)
    assert found["r2"]["exact"] > 0.999
    assert found["r2"]["noisy"] == pytest.approx(0.75, abs=0.06)
    assert found["r2_low"]["noisy"] < 0.75 < found["r2_high"]["noisy"]
    assert (found["r2_shuffled"] < 0.03).all()


@pytest.mark.parametrize("units", [5, 200, 2000])
def test_nothing_is_found_in_noise(units):
    values = {str(i): draw(200, 1, seed=10 + i)[:, 0] for i in range(20)}
    found = found_by(draw(200, units), **values)
    assert found["r2"].mean() < 0.02
    assert found["r2"].max() < 0.1


def test_a_statistic_that_is_not_linear_in_a_layer_is_not_found():
    layer = draw(500, 3)
    assert found_by(layer, square=layer[:, 0] ** 2)["r2"]["square"] < 0.05


def test_many_numbers_and_few_give_the_same():
    """Products of windows and products of numbers are two ways to the same regression."""
    layer, values = draw(60, 30), draw(60, 4, seed=3)
    folds = np.arange(60) % 4
    narrow = probes._cross_validate(layer, values, folds)
    wide = probes._cross_validate(np.hstack([layer, np.zeros((60, 90))]), values, folds)
    np.testing.assert_allclose(narrow[0], wide[0], rtol=1e-6)
    np.testing.assert_array_equal(narrow[1], wide[1])


def test_probes_are_those_of_scikit_learn(monkeypatch):
    monkeypatch.setattr(probes, "PENALTIES", np.array([0.5]))
    layer, values = draw(50, 8), draw(50, 2, seed=3)
    folds = np.arange(50) % 4
    errors, _ = probes._cross_validate(layer, values, folds)
    for fold in range(4):
        fitted, left = folds != fold, folds == fold
        centred = layer[fitted] - layer[fitted].mean(axis=0)
        penalty = 0.5 * (centred**2).sum() / fitted.sum()
        ridge = Ridge(alpha=penalty).fit(layer[fitted], values[fitted])
        expected = (values[left] - ridge.predict(layer[left])) ** 2
        np.testing.assert_allclose(errors[left], expected, rtol=1e-8)


# What is not defined ---------------------------------------------------------------------------


@pytest.mark.filterwarnings("error")
def test_a_constant_statistic_is_not_defined():
    layer = draw(50, 3)
    found = found_by(layer, constant=np.full(50, 0.1 + 0.2), varied=layer[:, 0])
    assert np.isnan(found.loc["constant", ["r2", "r2_low", "r2_high", "r2_shuffled"]]).all()
    assert found["r2"]["varied"] > 0.9


@pytest.mark.filterwarnings("error")
def test_few_windows_are_not_enough():
    found = found_by(draw(3, 3), some=np.arange(3.0))
    assert np.isnan(found["r2"]["some"])
    assert found["windows"]["some"] == 3


@pytest.mark.filterwarnings("error")
def test_a_statistic_is_probed_where_it_is_defined():
    layer = draw(200, 3)
    values = np.where(np.arange(200) < 80, layer[:, 0], np.nan)
    found = found_by(layer, here=values, everywhere=layer[:, 1], nowhere=np.full(200, np.nan))
    assert found["windows"].to_dict() == {"here": 80, "everywhere": 200, "nowhere": 0}
    assert found["r2"]["here"] > 0.99
    assert np.isnan(found["r2"]["nowhere"])


@pytest.mark.filterwarnings("error")
def test_a_layer_that_died_knows_nothing():
    found = found_by(np.zeros((100, 7)), varied=draw(100, 1)[:, 0])
    assert -0.1 < found["r2"]["varied"] <= 0


# Layers of nets --------------------------------------------------------------------------------


def read_layers(model, windows):
    _, (layers,) = activations.collect_layers(model, windows, [model.net])
    return layers


def test_batches_are_joined(tmp_path, monkeypatch):
    replicates = replicates_of(varied_matrices(20, seed=1))
    save_untrained_net(tmp_path, replicates, name="coalflow")
    model = load_net(tmp_path)
    whole = activations.collect_layers(model, replicates.windows, [model.net])
    monkeypatch.setattr(batches, "ALLELES_AT_ONCE", 3 * 48)
    parts = activations.collect_layers(model, replicates.windows, [model.net])
    for one, other in ((whole[0], parts[0]), (whole[1][0], parts[1][0])):
        assert list(one) == list(other)
        for name in one:
            np.testing.assert_allclose(one[name], other[name], atol=1e-5)


def probe(tmp_path, replicates, name="flagel_tajimas_d", target="diversity"):
    save_untrained_net(tmp_path, replicates, name=name, target=target)
    model = load_net(tmp_path)
    known = tabulate_theory(replicates.windows, model.card.view)
    return probe_net(model, replicates.windows, known, seed=3)


def test_every_layer_of_a_net_is_probed(tmp_path):
    found = probe(tmp_path, replicates_of(varied_matrices(60, seed=1)))
    layers = ["input", "convolution 1", "convolution 2", "dense", "output"]
    assert list(dict.fromkeys(found["layer"])) == layers
    assert set(found["net"]) == {"flagel_tajimas_d/0"}
    assert found[found["layer"] == "input"]["r2_untrained"].isna().all()
    pi = found[found["statistic"] == "pi"].set_index("layer")
    assert (pi["r2_input"] == pi["r2"]["input"]).all()
    assert pi["r2_untrained"].drop("input").notna().all()
    # 8 sites in all windows: nothing to know.
    assert found[found["statistic"].isin(["S", "theta_W"])]["r2"].isna().all()


def test_a_layer_without_weights_is_probed_and_knows_pi(tmp_path):
    found = probe(tmp_path, replicates_of(varied_matrices(60, seed=1)), name="coalflow")
    pi = found[found["statistic"] == "pi"].set_index("layer")
    assert pi["r2"]["first layer"] > 0.95
    assert np.isnan(pi["r2_untrained"]["first layer"])


def test_nets_of_classes_and_few_windows_are_probed(tmp_path):
    found = probe(tmp_path, classes_of(varied_matrices(4, seed=1)), target="history")
    assert found["r2"].isna().all()


def test_an_untrained_net_is_another_and_always_the_same(tmp_path):
    replicates = replicates_of(varied_matrices(5, seed=1))
    save_untrained_net(tmp_path, replicates)
    model = load_net(tmp_path)
    first, second, other = (
        activations.build_untrained_net(model, replicates.windows, seed).convolution_1.weight
        for seed in (1, 1, 2)
    )
    assert first.equal(second)
    assert not first.equal(other) and not first.equal(model.net.convolution_1.weight)


def test_neighbouring_sites_of_a_large_layer_are_averaged(tmp_path, monkeypatch):
    replicates = replicates_of(varied_matrices(5, seed=1))
    save_untrained_net(tmp_path, replicates)
    model = load_net(tmp_path)
    whole = read_layers(model, replicates.windows)["convolution 2"]
    assert whole.shape == (5, 6 * 128)
    monkeypatch.setattr(activations, "MOST_NUMBERS", 3 * 128)
    means = read_layers(model, replicates.windows)["convolution 2"]
    by_unit = whole.reshape(5, 3, 2, 128).mean(axis=2)  # (windows, groups, units)
    np.testing.assert_allclose(means.reshape(5, 128, 3), by_unit.transpose(0, 2, 1), rtol=1e-5)


def test_windows_with_padding_are_probed(tmp_path):
    replicates = replicates_of(varied_matrices(30, seed=1))
    save_untrained_net(tmp_path, replicates, name="coalflow")
    model = load_net(tmp_path)
    found = read_layers(model, padded(replicates.windows, 0, 4))
    assert all(np.isfinite(numbers).all() for numbers in found.values())
