"""Which files of a model there are, before it is opened."""

import zipfile

import pytest

from coalflow.config.genomes.model_files import (
    ANCESTRY_FILE,
    has_ancestry_file,
    list_model_files,
)


@pytest.fixture
def folder(tmp_path):
    """A net of one restart with its calibration of ancestry."""
    net = tmp_path / "net"
    (net / "0").mkdir(parents=True)
    for name in ("0/card.json", "0/model.safetensors", "0/history.tsv", ANCESTRY_FILE):
        (net / name).write_text("{}")
    return net


def test_what_a_scan_depends_on(folder):
    names = {"0/card.json", "0/model.safetensors", ANCESTRY_FILE}
    assert set(list_model_files(str(folder))) == {str(folder / name) for name in names}


def test_a_net_and_its_restart_paint_where_their_calibration_is(folder):
    assert has_ancestry_file(str(folder)) and has_ancestry_file(str(folder / "0"))
    (folder / ANCESTRY_FILE).unlink()
    assert not has_ancestry_file(str(folder)) and not has_ancestry_file(str(folder / "0"))


def test_a_zip_paints_if_it_has_it_and_what_is_not_a_model_does_not(tmp_path):
    package = tmp_path / "net.zip"
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr(ANCESTRY_FILE, "{}")
    assert has_ancestry_file(str(package))
    package.write_bytes(b"no zip")
    assert not has_ancestry_file(str(package))
    assert not has_ancestry_file(str(tmp_path / "nowhere.zip"))
