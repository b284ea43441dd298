import hashlib
import os
import shutil
import zipfile

import numpy as np
import pytest
from helpers.models import save_fitted_baseline, save_untrained_net
from helpers.packages import pack, redescribe, rewrite

from coalflow import read_version
from coalflow.core.errors import CoalflowError
from coalflow.core.files import read_json, write_json
from coalflow.models.ensembles import add_ensembles
from coalflow.models.storage import package_zip
from coalflow.models.storage.loading import load_model
from coalflow.models.storage.packages import open_model, read_description, read_extra

NET = "flagel_tajimas_d"


@pytest.fixture(scope="module")
def models(train, validation, tmp_path_factory):
    """The folder of the models of a run: a net with three restarts, and a baseline."""
    folder = tmp_path_factory.mktemp("run") / "models"
    for restart in range(3):
        save_untrained_net(folder / NET / str(restart), train, restart)
    save_fitted_baseline(folder / "ridge", "ridge", train, validation)
    return folder


@pytest.fixture
def copied(models, tmp_path):
    """A copy of the models, to be damaged."""
    return shutil.copytree(models, tmp_path / "models")


@pytest.fixture
def net_zip(models, tmp_path):
    pack(tmp_path / "net.zip", models / NET, NET)
    return tmp_path / "net.zip"


@pytest.fixture
def ridge_zip(models, tmp_path):
    pack(tmp_path / "ridge.zip", models / "ridge", "ridge")
    return tmp_path / "ridge.zip"


def refusal(path):
    """Return the one line with which a model is refused; it begins with its path."""
    with pytest.raises(CoalflowError) as caught:
        open_model(path)
    message = str(caught.value)
    assert message.startswith(str(path))
    assert "\n" not in message
    return message


def names(path):
    return [model.name for model in open_model(path)]


# There and back -------------------------------------------------------------------------------


def test_a_folder_is_of_a_restart_of_a_net_or_of_a_baseline(models):
    assert names(models / NET) == [f"{NET}/0", f"{NET}/1", f"{NET}/2"]
    assert names(models / NET / "1") == [f"{NET}/1"]
    assert names(str(models / "ridge")) == ["ridge"]


def test_restarts_are_in_the_order_of_their_numbers(train, tmp_path):
    for restart in (10, 9, 2):
        save_untrained_net(tmp_path / "net" / str(restart), train, restart)
    pack(tmp_path / "net.zip", tmp_path / "net", NET)
    for path in (tmp_path / "net", tmp_path / "net.zip"):
        assert names(path) == [f"{NET}/2", f"{NET}/9", f"{NET}/10"]


def test_a_zip_predicts_as_the_models_that_it_was_made_of(models, net_zip, ridge_zip, windows):
    for path, folders in {net_zip: [f"{NET}/{n}" for n in range(3)], ridge_zip: ["ridge"]}.items():
        opened = open_model(path)
        for model, folder in zip(opened, folders, strict=True):
            expected = load_model(models / folder)
            assert model.card == expected.card
            assert np.array_equal(model.predict(windows).values, expected.predict(windows).values)
    assert next(iter(add_ensembles(open_model(net_zip)))) == NET


def test_an_unpacked_zip_is_the_folder_of_a_model(net_zip, ridge_zip, tmp_path):
    for path in (net_zip, ridge_zip):
        shutil.unpack_archive(path, tmp_path / path.stem)
        assert names(tmp_path / path.stem) == names(path)
        assert read_description(tmp_path / path.stem) == read_description(path)


def test_a_zip_is_the_same_bytes_whenever_it_is_written(models, net_zip, tmp_path, monkeypatch):
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    content = pack(tmp_path / "again.zip", models / NET, NET)
    assert (tmp_path / "again.zip").read_bytes() == net_zip.read_bytes()
    with zipfile.ZipFile(net_zip) as archive:
        assert archive.namelist() == sorted(content)
        assert {member.compress_type for member in archive.infolist()} == {zipfile.ZIP_STORED}
        assert {member.date_time for member in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_a_folder_may_have_no_description(models, net_zip):
    assert read_description(models / NET) is None
    assert read_description(net_zip).test[0].value == 0.6


# Folders --------------------------------------------------------------------------------------


def test_folder_of_many_models_is_refused_with_their_names(models):
    for folder in (models, models.parent):
        assert f"Name one of: {models}" in refusal(folder)
    assert f"{models / NET}, {models / 'ridge'}." in refusal(models)


def test_empty_folder_is_refused_with_what_to_name(tmp_path):
    assert "neither a card nor restarts" in refusal(tmp_path)
    assert "results/<run>/models/<model>" in refusal(tmp_path)


def test_restart_that_is_still_trained_is_refused(copied):
    (copied / NET / "1" / "card.json").unlink()
    with pytest.raises(CoalflowError, match="flagel_tajimas_d/1: .*it has no card"):
        open_model(copied / NET)


def test_folder_without_weights_is_refused(copied):
    (copied / "ridge" / "model.skops").unlink()
    assert "it has no model.skops" in refusal(copied / "ridge")


def test_restarts_of_two_nets_are_refused(copied):
    card = read_json(copied / NET / "2" / "card.json")
    card["view"]["observation"]["polarised"] = False
    write_json(copied / NET / "2" / "card.json", card)
    assert f"{NET}/0 and {NET}/2 differ in view" in refusal(copied / NET)


def test_a_model_is_not_told_to_be_trained_where_it_cannot_be(copied):
    (copied / "ridge" / "card.json").write_text("{}")
    assert "Copy it again" in refusal(copied / "ridge")
    assert "Snakemake" not in refusal(copied / "ridge")


def test_pipes_and_missing_files_are_refused(tmp_path):
    assert "there is no such file" in refusal(tmp_path / "nothing.zip")
    os.mkfifo(tmp_path / "pipe.zip")
    assert "is a pipe" in refusal(tmp_path / "pipe.zip")
    (tmp_path / "card.json").mkdir()
    assert "it is not a file" in refusal(tmp_path)


# Zips that are damaged ------------------------------------------------------------------------


@pytest.mark.parametrize("content", [b"", b"PK", b"a text", b"\x1f\x8b" + bytes(50)])
def test_what_is_not_a_zip_is_refused(content, tmp_path):
    (tmp_path / "model.zip").write_bytes(content)
    assert "not a zip that can be read" in refusal(tmp_path / "model.zip")


@pytest.mark.parametrize("share", [0.2, 0.9, 0.999])
def test_truncated_zip_is_refused(share, ridge_zip):
    content = ridge_zip.read_bytes()
    ridge_zip.write_bytes(content[: int(share * len(content))])
    refusal(ridge_zip)


def test_flipped_bits_are_refused_or_change_nothing(ridge_zip, windows):
    content, expected = ridge_zip.read_bytes(), open_model(ridge_zip)[0].predict(windows).values
    refused = 0
    for hit in np.random.default_rng(3).integers(len(content), size=60):
        flipped = bytearray(content)
        flipped[hit] ^= 1 << hit % 8
        ridge_zip.write_bytes(flipped)
        try:
            assert np.array_equal(open_model(ridge_zip)[0].predict(windows).values, expected)
        except CoalflowError:
            refused += 1
    assert refused > 50


@pytest.mark.parametrize("name", ["card.json", "model.skops", "description.json"])
def test_a_file_too_few_is_refused(name, ridge_zip):
    rewrite(ridge_zip, lambda members: [each for each in members if each[0] != name])
    message = refusal(ridge_zip)
    assert name in message
    assert "is missing" in message or "it has no" in message


def test_a_file_of_another_model_is_refused(models, ridge_zip):
    other = (models / NET / "0" / "card.json").read_bytes()
    rewrite(ridge_zip, lambda members: {**dict(members), "card.json": other}.items())
    assert "card.json is not the one described" in refusal(ridge_zip)


def test_a_file_that_is_not_described_is_refused(ridge_zip):
    rewrite(ridge_zip, lambda members: [*members, ("7/card.json", b"{}")])
    assert "7/card.json is not described" in refusal(ridge_zip)


@pytest.mark.parametrize("found", [0, 2, "1", None])
def test_description_of_another_format_is_refused(found, ridge_zip):
    redescribe(ridge_zip, format=found)
    assert f"its format is {found}, coalflow {read_version()} reads 1" in refusal(ridge_zip)


def test_card_of_another_format_is_refused(copied, tmp_path):
    card = {**read_json(copied / "ridge" / "card.json"), "format": 99}
    write_json(copied / "ridge" / "card.json", card)
    pack(tmp_path / "ridge.zip", copied / "ridge", "ridge")
    assert "its format is 99" in refusal(tmp_path / "ridge.zip")


def test_description_without_a_key_is_refused(ridge_zip):
    redescribe(ridge_zip, run=None)
    assert "its description has no run" in refusal(ridge_zip)


# Zips that mean harm --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "../model.skops",
        "0/../../card.json",
        "/etc/passwd",
        "card.json/",
        "0\\card.json",
        "0/0/card.json",
        "00/card.json",
        "a.py",
        "Card.json",
    ],
)
def test_a_file_that_no_model_has_is_refused(name, ridge_zip, tmp_path):
    before = sorted(tmp_path.rglob("*"))
    rewrite(ridge_zip, lambda members: [*members, (name, b"harm")])
    assert "which no model has" in refusal(ridge_zip)
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_file_that_is_there_twice_is_refused(ridge_zip):
    rewrite(ridge_zip, lambda members: [*members, members[0]])
    assert "a file twice" in refusal(ridge_zip)


def test_compressed_files_are_refused(ridge_zip):
    rewrite(ridge_zip, lambda members: members, compression=zipfile.ZIP_DEFLATED)
    assert "is compressed" in refusal(ridge_zip)


def test_files_that_overlap_are_refused(ridge_zip):
    """Two names for the same bytes could be a million names."""
    rewrite(ridge_zip, lambda members: [*members, ("1/model.skops", b"?")])
    with zipfile.ZipFile(ridge_zip, "a") as archive:
        first = archive.getinfo("model.skops")
        last = archive.getinfo("1/model.skops")
        last.header_offset, last.CRC = first.header_offset, first.CRC
        last.file_size = last.compress_size = first.file_size
        archive._didModify = True
    refusal(ridge_zip)


def test_zips_of_any_size_and_number_are_refused(ridge_zip, monkeypatch):
    monkeypatch.setattr(package_zip, "MOST_BYTES_OF_TEXT", 100)
    assert "bytes" in refusal(ridge_zip)
    monkeypatch.setattr(package_zip, "MOST_MEMBERS", 3)
    assert "it has 4 files" in refusal(ridge_zip)
    monkeypatch.setattr(package_zip, "MOST_BYTES", 1000)
    assert "and a model at most 1,000" in refusal(ridge_zip)


def test_a_pickle_in_a_zip_runs_no_code(copied, tmp_path):
    flag = tmp_path / "ran"
    content = b"cposix\nmkdir\n(V" + str(flag).encode() + b"\ntR."
    for folder, name in {NET: "0/model.safetensors", "ridge": "model.skops"}.items():
        model = copied / folder / name
        model.write_bytes(content)
        card = read_json(model.with_name("card.json"))
        card["file"]["sha256"] = hashlib.sha256(content).hexdigest()
        write_json(model.with_name("card.json"), card)
        pack(tmp_path / "harm.zip", copied / folder, folder)
        with pytest.raises(CoalflowError, match="not a trained model"):
            open_model(tmp_path / "harm.zip")
        assert not flag.exists()


# Files that a model has as a whole -------------------------------------------------------------


@pytest.mark.parametrize("model", [NET, "ridge"])
def test_extra_files_travel_in_folder_and_zip(model, copied, tmp_path):
    package, content = tmp_path / "m.zip", {"calibration.json": b"{}", "reference.npz": b"\x00\xff"}
    assert read_extra(copied / model, "calibration.json") is None
    for name, some in content.items():
        (copied / model / name).write_bytes(some)
    written = pack(package, copied / model, model)
    for name, some in content.items():
        assert written[name] == some
        assert read_extra(package, name) == read_extra(copied / model, name) == some
        assert read_description(package).files[name] == hashlib.sha256(some).hexdigest()
    assert names(package) == names(copied / model)


def test_a_zip_may_have_no_extra_files(net_zip):
    assert read_extra(net_zip, "reference.npz") is None


def test_a_restart_has_the_extra_files_of_its_net(copied):
    (copied / NET / "reference.npz").write_bytes(b"1")
    (copied / "calibration.json").write_bytes(b"2")  # of no model
    assert read_extra(copied / NET / "1", "reference.npz") == b"1"
    assert read_extra(copied / "ridge", "calibration.json") is None


def test_an_extra_file_that_is_not_the_one_described_is_refused(copied, tmp_path):
    package = tmp_path / "m.zip"
    (copied / "ridge" / "reference.npz").write_bytes(b"1")
    pack(package, copied / "ridge", "ridge")

    def change(members):
        return [(name, b"2" if name == "reference.npz" else content) for name, content in members]

    rewrite(package, change)
    assert "reference.npz is not the one described" in refusal(package)
    with pytest.raises(CoalflowError, match="not the one described"):
        read_extra(package, "reference.npz")
