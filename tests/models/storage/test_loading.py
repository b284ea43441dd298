import functools
import hashlib
import importlib
import io
import json
import os
import pathlib
import shutil
import subprocess
import sys
import zipfile

import numpy as np
import pytest
import safetensors.torch
import sklearn.dummy
import sklearn.linear_model
import torch
from helpers.data import summarise
from helpers.models import (
    HAPLOTYPES,
    SITES,
    fit_scaling,
    make_baseline_settings,
    make_train_settings,
    make_view,
    save_fitted_baseline,
    save_untrained_net,
    summarised,
    varied_matrices,
    windows_of,
)

from coalflow import read_version
from coalflow.core.errors import CoalflowError
from coalflow.core.files import read_json, write_json
from coalflow.models import baselines, batches, card_files, card_making
from coalflow.models.storage import estimator_archive
from coalflow.models.storage.estimator_archive import skops
from coalflow.models.storage.loading import load_model
from coalflow.models.storage.nets import compute_outputs, read_prediction
from coalflow.models.training import losses
from coalflow.windows.measures import measure_windows

BASELINES = ("mean", "ridge", "gradient_boosting")
TESTS = pathlib.Path(__file__).parents[2]


@pytest.fixture(scope="module")
def saved(train, validation, tmp_path_factory):
    """Folders of one model of each kind; tests that damage one work on a copy."""
    folder = tmp_path_factory.mktemp("models")
    save_untrained_net(folder / "net", train)
    for name in BASELINES:
        save_fitted_baseline(folder / name, name, train, validation)
    save_fitted_baseline(folder / "classical", "classical", train, validation, "population_size")
    return folder


@pytest.fixture(params=["net", "ridge", "gradient_boosting"])
def damaged(request, saved, tmp_path):
    """A copy of a model's folder, to be damaged."""
    return shutil.copytree(saved / request.param, tmp_path / request.param)


@pytest.fixture
def damaged_net(saved, tmp_path):
    return shutil.copytree(saved / "net", tmp_path / "net")


@pytest.fixture
def damaged_ridge(saved, tmp_path):
    return shutil.copytree(saved / "ridge", tmp_path / "ridge")


def edit_card(folder, **changes):
    """Change keys of a card; None takes a key out."""
    path = folder / "card.json"
    card = {**read_json(path), **changes}
    removed = {key for key, value in changes.items() if value is None}
    write_json(path, {key: card[key] for key in card if key not in removed})


def edit_view(folder, **changes):
    """Change what a card says of what the model sees."""
    edit_card(folder, view=read_json(folder / "card.json")["view"] | changes)


def plant(folder, content):
    """Put other content in the place of the model's, with a card that vouches for it."""
    name = read_json(folder / "card.json")["file"]["name"]
    (folder / name).write_bytes(content)
    edit_card(folder, file={"name": name, "sha256": hashlib.sha256(content).hexdigest()})


def refusal(folder):
    with pytest.raises(CoalflowError) as caught:
        load_model(folder)
    assert str(folder) in str(caught.value)
    return str(caught.value)


# There and back -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "target"),
    [*((name, "diversity") for name in BASELINES), ("classical", "mutation_rate")],
)
def test_loaded_baseline_predicts_as_the_fitted_one(
    name, target, train, validation, windows, tmp_path
):
    estimator = save_fitted_baseline(tmp_path, name, train, validation, target)
    statistics = summarise(windows)
    read = baselines.choose_features(name, list(statistics), make_view(target).targets)
    outputs = estimator.predict(statistics[read].to_numpy()).reshape(len(windows), 1)
    expected = outputs * train.target.std() + train.target.mean()
    model = load_model(tmp_path)
    predicted = model.predict(windows).values
    assert np.array_equal(model.predict_from_features(statistics).values, predicted)
    assert predicted.shape == (len(windows), 1)
    assert predicted.dtype == np.float64
    assert np.array_equal(predicted, expected)


def test_loaded_net_predicts_as_the_trained_one_in_the_targets_units(train, windows, tmp_path):
    net = save_untrained_net(tmp_path, train)
    (raw,) = batches.predict_in_batches(
        [net], batches.DeviceWindows(windows, make_view().encoding, "cpu")
    )
    expected = raw.numpy().astype(np.float64) * train.target.std() + train.target.mean()
    predicted = load_model(tmp_path).predict(windows).values
    assert predicted.dtype == np.float64
    assert np.array_equal(predicted, expected)


@pytest.mark.parametrize("loss", ["gaussian", "quantiles"])
def test_net_that_says_how_certain_it_is_has_intervals_in_the_targets_units(
    loss, train, windows, tmp_path
):
    net = save_untrained_net(tmp_path, train, loss=loss)
    inputs = batches.DeviceWindows(windows, make_view().encoding, "cpu")
    (outputs,) = batches.predict_in_batches([net], inputs)
    functions = losses.NUMBER_LOSSES[loss]
    model = load_model(tmp_path)
    (computed,) = compute_outputs([model], windows)
    read = read_prediction(computed, model.card)
    assert np.array_equal(read.values, model.predict(windows).values)
    found = np.column_stack([read.values, read.low, read.high, read.quantiles[:, 0]])
    raw = functions.read_quantiles(outputs).numpy()[:, 0]
    expected = np.column_stack([functions.read_prediction(outputs), raw[:, [0, -1]], raw])
    assert found.dtype == read.low.dtype == np.float64
    assert read.low.shape == read.high.shape == (len(windows), 1)
    np.testing.assert_array_equal(found, expected * train.target.std() + train.target.mean())


def test_nets_that_give_only_a_number_have_no_interval(saved, saved_classes, windows):
    for folder in (saved / "net", saved_classes / "net"):
        model = load_model(folder)
        (outputs,) = compute_outputs([model], windows)
        read = read_prediction(outputs, model.card)
        assert (read.low, read.high) == (None, None)


def test_loaded_net_uses_the_coding_of_its_card(windows, saved, damaged_net):
    edit_view(damaged_net, encoding=make_view().encoding.as_json() | {"coding": "binary"})
    signed, binary = (load_model(folder) for folder in (saved / "net", damaged_net))
    assert not np.array_equal(signed.predict(windows).values, binary.predict(windows).values)


def test_loaded_net_does_not_drop_out(saved, windows):
    model = load_model(saved / "net")
    assert np.array_equal(model.predict(windows).values, model.predict(windows).values)


def test_a_windows_prediction_does_not_depend_on_its_neighbours(saved):
    many = windows_of(varied_matrices(2100, seed=4))  # more than two batches
    model = load_model(saved / "net")
    together = model.predict(many).values
    parts = [many[first : first + 300] for first in range(0, 2100, 300)]
    apart = np.concatenate([model.predict(part).values for part in parts])
    np.testing.assert_allclose(together, apart, rtol=0, atol=1e-5)


def test_model_has_its_name_with_the_restart(saved, train, tmp_path):
    save_untrained_net(tmp_path, train, restart=3)
    assert load_model(tmp_path).name == "flagel_tajimas_d/3"
    assert load_model(saved / "ridge").name == "ridge"


def test_only_nets_have_a_net(saved):
    assert isinstance(load_model(saved / "net").net, torch.nn.Module)
    assert load_model(saved / "ridge").net is None


CLASS_BASELINES = ("mean", "classical", "logistic_regression", "gradient_boosting")


@pytest.fixture(scope="module")
def saved_classes(train_classes, validation_classes, tmp_path_factory):
    """Folders of one model of each kind whose target has classes."""
    folder = tmp_path_factory.mktemp("models")
    save_untrained_net(folder / "net", train_classes, target="history")
    for name in CLASS_BASELINES:
        data = (train_classes, validation_classes)
        save_fitted_baseline(folder / name, name, *data, target="history")
    return folder


@pytest.mark.parametrize("name", ["net", *CLASS_BASELINES])
def test_models_of_classes_predict_probabilities(name, saved_classes, windows):
    predicted = load_model(saved_classes / name).predict(windows).values
    assert predicted.shape == (len(windows), 2)
    assert predicted.dtype == np.float64
    assert (predicted >= 0).all()
    np.testing.assert_allclose(predicted.sum(axis=1), 1, rtol=1e-12)


@pytest.mark.parametrize("name", CLASS_BASELINES[2:])
def test_probabilities_are_in_the_order_of_the_classes(name, saved_classes, validation_classes):
    model = load_model(saved_classes / name)
    assert model.card.targets.classes == ("growth", "constant")
    predicted = model.predict(validation_classes.windows).values.argmax(axis=1)
    named = np.array(model.card.targets.classes)[predicted]
    assert (named == validation_classes.table["history"]).mean() > 0.95


def test_card_of_classes_says_how_often_each_was_learnt(saved_classes):
    card = json.loads((saved_classes / "net" / "card.json").read_text())
    assert card["trained_on"]["targets"] == {"growth": 150, "constant": 150}
    assert "scales" not in card


@pytest.mark.parametrize("name", ["mean", "gradient_boosting"])
def test_a_regressor_does_not_pass_for_a_classifier(name, saved, saved_classes, tmp_path):
    for index, (ours, theirs) in enumerate([(saved, saved_classes), (saved_classes, saved)]):
        folder = shutil.copytree(ours / name, tmp_path / str(index))
        plant(folder, (theirs / name / "model.skops").read_bytes())
        assert "not a " in refusal(folder)


SAVE_ALL = """
import pathlib, sys
from helpers.models import classes_of, replicates_of, varied_matrices
from helpers.models import save_fitted_baseline, save_untrained_net
folder, junk = pathlib.Path(sys.argv[1]), [object() for _ in range(int(sys.argv[2]))]
train, validation = (replicates_of(varied_matrices(n, seed=n)) for n in (300, 100))
save_untrained_net(folder / "net", train)
for name in ("mean", "ridge", "gradient_boosting"):
    save_fitted_baseline(folder / name, name, train, validation)
train, validation = (classes_of(varied_matrices(n, seed=n)) for n in (300, 100))
for name in ("classical", "logistic_regression", "gradient_boosting"):
    save_fitted_baseline(folder / f"classes_{name}", name, train, validation, "history")
"""


def save_all_elsewhere(folder, hash_seed):
    """Fit and save all models in a process of its own, where objects lie elsewhere in memory."""
    paths = os.pathsep.join([str(TESTS), str(TESTS / "models"), str(TESTS.parent / "scripts")])
    environment = {**os.environ, "PYTHONPATH": paths, "PYTHONHASHSEED": str(hash_seed)}
    command = [sys.executable, "-c", SAVE_ALL, str(folder), str(hash_seed * 10_001)]
    subprocess.run(command, env=environment, check=True, timeout=300)
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_models_fitted_twice_are_the_same_bytes(tmp_path):
    first, second = (save_all_elsewhere(tmp_path / str(seed), seed) for seed in (1, 2))
    folders = ("gradient_boosting", "mean", "net", "ridge")
    folders += tuple(f"classes_{name}" for name in CLASS_BASELINES[1:])
    assert sorted({name.split("/")[0] for name in first}) == sorted(folders)
    assert len(first) == 2 * len(folders)  # a card and a model each
    assert first.keys() == second.keys()
    assert [name for name in first if first[name] != second[name]] == []


def test_model_saved_again_replaces_the_old_one(train, validation, windows, tmp_path):
    save_fitted_baseline(tmp_path, "mean", train, validation)
    mean = load_model(tmp_path).predict(windows).values
    save_fitted_baseline(tmp_path, "ridge", train, validation)
    assert not np.array_equal(load_model(tmp_path).predict(windows).values, mean)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["card.json", "model.skops"]


# Cards ----------------------------------------------------------------------------------------


def test_card_says_what_the_model_needs(saved, train):
    card = read_json(saved / "net" / "card.json")
    view = make_view()
    content = (saved / "net" / "model.safetensors").read_bytes()
    digest, training = card.pop("settings_digest"), card.pop("net")
    assert len(digest) == 16
    assert training["recipe"]["loss"] == "squared"
    assert training["best_epoch"] == 1
    assert card == {
        "format": card_files.FORMAT,
        "kind": "net",
        "model": "flagel_tajimas_d",
        "restart": 0,
        "input": {"sites": SITES, "haplotypes": HAPLOTYPES, "channels": 1, "populations": []},
        "view": view.as_json(),
        "trained_on": {
            "replicates": len(train),
            "targets": {"diversity": [train.target.min(), train.target.max()]},
            "parameters": {
                "population_size": [100, 900],
                "mutation_rate": [1e-8, 2e-8],
                "history": ["constant", "growth"],
            },
            "windows": card_making.find_limits(measure_windows(train.windows)).as_json(),
        },
        "scales": {
            "diversity": {"log": False, "mean": train.target.mean(), "sd": train.target.std()}
        },
        "validation": {},
        "versions": {"coalflow": read_version(), "torch": torch.__version__},
        "settings": make_train_settings(view).as_json(),
        "file": {"name": "model.safetensors", "sha256": hashlib.sha256(content).hexdigest()},
    }


def test_digest_of_a_card_is_of_its_settings(saved, train):
    def digest(seed=7):
        view = make_view()
        settings, scaling = make_baseline_settings("mean", view, seed), fit_scaling(train, view)
        parts = summarised(train, "mean"), measure_windows(train.windows), scaling
        return card_making.make_baseline_card(settings, view, *parts).settings_digest

    assert digest() == json.loads((saved / "mean" / "card.json").read_text())["settings_digest"]
    assert digest() != digest(seed=8)


# Folders that hold no whole model -----------------------------------------------------------------


def test_missing_folder_is_refused(tmp_path):
    refusal(tmp_path / "nothing")


def test_missing_card_is_refused(damaged):
    (damaged / "card.json").unlink()
    refusal(damaged)


def test_missing_model_file_is_refused(damaged):
    next(damaged.glob("model.*")).unlink()
    refusal(damaged)


@pytest.mark.parametrize("share", [0, 0.5, 0.999])
def test_truncated_model_file_is_refused(share, damaged):
    path = next(damaged.glob("model.*"))
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    refusal(damaged)


def test_bit_flips_in_a_model_file_are_refused(damaged):
    path = next(damaged.glob("model.*"))
    content = path.read_bytes()
    for hit in np.random.default_rng(1).integers(len(content), size=20):
        flipped = bytearray(content)
        flipped[hit] ^= 4
        path.write_bytes(flipped)
        refusal(damaged)


def test_card_serves_its_own_weights_only(train, tmp_path):
    for restart in (0, 1):
        save_untrained_net(tmp_path / str(restart), train, restart)
    shutil.copy(tmp_path / "1" / "model.safetensors", tmp_path / "0")
    assert "not the file that belongs to its card" in refusal(tmp_path / "0")
    load_model(tmp_path / "1")


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "3", '"card"', "{}", '{"file": 3}'])
def test_text_that_is_not_a_card_is_refused(text, damaged_net):
    (damaged_net / "card.json").write_text(text)
    refusal(damaged_net)


def test_binary_card_is_refused(damaged_net):
    (damaged_net / "card.json").write_bytes(bytes(range(256)))
    refusal(damaged_net)


@pytest.mark.parametrize("share", np.linspace(0, 0.99, 12).round(2))
def test_truncated_card_is_refused(share, damaged):
    path = damaged / "card.json"
    text = path.read_text()
    path.write_text(text[: int(share * len(text))])
    refusal(damaged)


def test_bit_flips_in_a_card_are_refused_or_change_nothing(saved, damaged):
    content = (saved / damaged.name / "card.json").read_bytes()
    card, refused = read_json(damaged / "card.json"), 0
    for bit in range(0, 8 * len(content), 1009):
        flipped = bytearray(content)
        flipped[bit // 8] ^= 1 << bit % 8
        (damaged / "card.json").write_bytes(flipped)
        try:
            assert read_json(damaged / "card.json") == card
        except CoalflowError:
            refused += 1
    assert refused > len(content) // 200


@pytest.mark.parametrize("found", [0, 2, 4, "3", -1])
def test_card_of_another_format_is_refused(found, damaged):
    edit_card(damaged, format=found)
    assert f"its format is {found}, coalflow {read_version()} reads 3" in refusal(damaged)


@pytest.mark.parametrize("key", ["kind", "model", "file", "input", "view", "trained_on"])
def test_card_without_a_key_is_refused(key, damaged):
    edit_card(damaged, **{key: None})
    assert f"its card has no {key}" in refusal(damaged)


@pytest.mark.parametrize("key", ["format", "net", "scales"])
def test_nets_card_without_a_key_is_refused(key, damaged_net):
    edit_card(damaged_net, **{key: None})
    refusal(damaged_net)


def test_card_with_a_wrong_value_is_refused_with_its_key(damaged_net):
    edit_view(damaged_net, samples={"individuals": [["all", "three"]], "ploidy": 2})
    assert "view.samples.individuals.0.1 of its card:" in refusal(damaged_net)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"kind": "oracle"}, id="unknown kind"),
        pytest.param({"kind": "baseline"}, id="other kind"),
        pytest.param({"model": "net_of_tomorrow"}, id="unknown net"),
        pytest.param(
            {"input": {"sites": 12, "haplotypes": HAPLOTYPES, "channels": 1}}, id="other sites"
        ),
        pytest.param(
            {"input": {"sites": SITES, "haplotypes": 4, "channels": 1}}, id="other haplotypes"
        ),
        pytest.param(
            {"input": {"sites": 1, "haplotypes": HAPLOTYPES, "channels": 1}}, id="too few sites"
        ),
        pytest.param(
            {"input": {"sites": "8", "haplotypes": HAPLOTYPES, "channels": 1}}, id="text for sites"
        ),
        pytest.param({"input": [SITES, HAPLOTYPES]}, id="list for input"),
    ],
)
def test_card_that_does_not_fit_its_net_is_refused(changes, damaged_net):
    edit_card(damaged_net, **changes)
    refusal(damaged_net)


# Files of other origin that a card vouches for ---------------------------------------------------


def test_garbage_is_refused(damaged):
    plant(damaged, b"garbage")
    refusal(damaged)


def test_weights_of_something_else_are_refused(damaged_net):
    plant(damaged_net, safetensors.torch.save({"weights": torch.zeros(3)}))
    refusal(damaged_net)


def test_skops_file_of_something_else_is_refused(damaged_ridge):
    plant(damaged_ridge, skops.io.dumps({"no": "model"}))
    refusal(damaged_ridge)


@pytest.mark.parametrize(
    "harmful",
    [
        pytest.param(functools.partial(os.mkdir, "folder"), id="partial"),
        pytest.param(os.system, id="function"),
        pytest.param(np.random.default_rng, id="foreign function"),
    ],
)
def test_types_that_nobody_trusts_are_refused(harmful, damaged_ridge):
    plant(damaged_ridge, skops.io.dumps(harmful))
    refusal(damaged_ridge)


def compress(archive):
    """Return a zip archive with its parts compressed."""
    written = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(archive)) as source,
        zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            target.writestr(name, source.read(name))
    return written.getvalue()


def test_a_compressed_model_is_refused_as_it_could_unpack_to_anything(damaged_ridge):
    plant(damaged_ridge, compress((damaged_ridge / "model.skops").read_bytes()))
    assert "its model is compressed" in refusal(damaged_ridge)


@pytest.mark.parametrize(
    "estimator",
    [
        sklearn.linear_model.Ridge(),
        sklearn.linear_model.Ridge().fit([[1.0], [2.0]], [1.0, 2.0]),
        sklearn.dummy.DummyRegressor().fit([[1.0]], [[1.0, 2.0]]),
    ],
    ids=["not fitted", "of other statistics", "of other targets"],
)
def test_an_estimator_of_something_else_is_refused(estimator, damaged_ridge):
    plant(damaged_ridge, estimator_archive.dump_estimator(estimator))
    refusal(damaged_ridge)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_weights_that_are_not_finite_are_refused(value, damaged_net):
    weights = safetensors.torch.load((damaged_net / "model.safetensors").read_bytes())
    name = next(iter(weights))
    weights[name] = torch.full_like(weights[name], value)
    plant(damaged_net, safetensors.torch.save(weights))
    assert "its weights are not all finite" in refusal(damaged_net)


@pytest.mark.parametrize(
    "header",
    [
        b'{"a":{"dtype":"F32","shape":[1000000000000],"data_offsets":[0,4000000000000]}}',
        b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}',
        b'{"a":' + 5000 * b"[" + 5000 * b"]" + b"}",
    ],
    ids=["large", "backwards", "deep"],
)
@pytest.mark.parametrize("length", [None, 2**62])
def test_a_header_that_lies_is_refused(header, length, damaged_net):
    plant(damaged_net, (length or len(header)).to_bytes(8, "little") + header + bytes(4))
    refusal(damaged_net)


@pytest.mark.parametrize("name", ["/dev/zero", "../net/model.safetensors", "other.safetensors"])
def test_a_card_names_the_file_next_to_it_and_no_other(name, damaged_net):
    edit_card(damaged_net, file={"name": name, "sha256": ""})
    assert f"its card names '{name}' as its file" in refusal(damaged_net)


def test_a_pipe_in_the_place_of_a_model_or_a_card_is_refused(damaged):
    name = read_json(damaged / "card.json")["file"]["name"]
    for path in (damaged / name, damaged / "card.json"):
        path.unlink()
        os.mkfifo(path)
        refusal(damaged)


def test_loading_runs_no_code(damaged_ridge, tmp_path, monkeypatch):
    """To import a module is to run it, so a file must not choose which one."""
    flag = tmp_path / "ran"
    module = tmp_path / "harmful_module.py"
    module.write_text(f"class Harmful: pass\nopen({str(flag)!r}, 'w').close()\n")
    monkeypatch.syspath_prepend(tmp_path)
    harmful = importlib.import_module("harmful_module").Harmful()
    plant(damaged_ridge, skops.io.dumps(harmful))
    flag.unlink()
    del sys.modules["harmful_module"]
    with pytest.raises(Exception):  # noqa: B017 - that it is a CoalflowError is another test's
        load_model(damaged_ridge)
    assert not flag.exists()


def test_pickle_in_the_place_of_weights_runs_no_code(damaged, tmp_path):
    flag = tmp_path / "ran"
    plant(damaged, b"cposix\nmkdir\n(V" + str(flag).encode() + b"\ntR.")
    refusal(damaged)
    assert not flag.exists()


def test_trusted_types_are_as_few_as_can_be(saved, saved_classes):
    needed = set()
    number_models = [saved / name for name in (*BASELINES, "classical")]
    for path in [*number_models, *(saved_classes / name for name in CLASS_BASELINES)]:
        content = (path / "model.skops").read_bytes()
        needed |= set(skops.io.get_untrusted_types(data=content))
    assert needed == set(estimator_archive.TRUSTED)
