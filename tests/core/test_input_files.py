"""Files that users name: text of a bounded size, or one line that says what they are instead."""

import gzip
import os
import pathlib
import socket

import pytest

from coalflow.core.errors import CoalflowError
from coalflow.core.input_files import (
    UnreadableFile,
    describe_unusable,
    open_input,
    read_lines,
    read_number,
    read_small_text,
)

WHAT = "a mask"


def refusal(path, most=1000):
    """Return why a file is refused, the same way by all that read text."""
    with pytest.raises(UnreadableFile) as whole:
        read_small_text(path, WHAT, most)
    with pytest.raises(UnreadableFile) as lines:
        list(read_lines(path, WHAT, most))
    assert str(whole.value) == str(lines.value) == f"{path}: {whole.value.problem}"
    assert "\n" not in whole.value.problem
    return whole.value.problem


def write(path, content):
    path.write_bytes(content)
    return path


def test_text_is_read_as_it_is(tmp_path):
    text = "é\r\n\n\tb"
    plain = write(tmp_path / "a.txt", text.encode())
    zipped = write(tmp_path / "a.gz", gzip.compress(text.encode()))
    marked = write(tmp_path / "b.txt", text.encode("utf-8-sig"))
    for path in (plain, zipped, marked, str(plain)):
        assert read_small_text(path, WHAT) == text
        assert list(read_lines(path, WHAT)) == ["é\r\n", "\n", "\tb"]
    assert read_small_text(write(tmp_path / "empty", b""), WHAT) == ""
    with open_input(zipped) as file:
        assert file.read() == zipped.read_bytes()


def test_a_size_that_just_fits_is_read(tmp_path):
    path = write(tmp_path / "a", b"12345\n")
    assert read_small_text(path, WHAT, 6) == "12345\n"
    assert refusal(path, 5) == "has 6 bytes, but a mask can have 5: is it the right file?"


@pytest.mark.timeout(20)
def test_what_is_no_file_is_refused(tmp_path, monkeypatch):
    os.mkfifo(tmp_path / "pipe")
    monkeypatch.chdir(tmp_path)  # a socket's name must be short
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket")
        found = {name: refusal(name) for name in (".", "pipe", "/dev/zero", "none", "/none")}
        assert refusal("socket")
    assert found == {
        ".": "is a folder, not a file",
        "pipe": "is a pipe, not a file: write what comes out of it to a file, and name that",
        "/dev/zero": "is a device, not a file",
        "none": f"there is no such file (relative to {pathlib.Path.cwd()})",
        "/none": "there is no such file",
    }
    write(tmp_path / "file", b"")
    assert "no such file" in refusal("file/below")
    assert "no such file" in refusal("a\0b")
    assert "name too long" in refusal("n" * 300)
    pathlib.Path("loop").symlink_to("loop")
    assert "cannot be read" in refusal("loop")


@pytest.mark.timeout(20)
def test_why_a_file_cannot_be_opened_follows_its_name(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    assert describe_unusable(write(tmp_path / "a", b"\xff")) is None
    assert describe_unusable(tmp_path) == "that is a folder, not a file"
    assert describe_unusable(tmp_path / "pipe").startswith("that is a pipe, not a file")
    assert describe_unusable("n" * 300) == "it cannot be read (File name too long)"
    assert describe_unusable("/none") == "there is no such file"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_refused(tmp_path):
    path = write(tmp_path / "a", b"")
    path.chmod(0)
    assert refusal(path) == "cannot be read (Permission denied)"


def test_what_is_no_text_in_utf8_is_refused_with_its_place(tmp_path):
    latin = write(tmp_path / "latin", b"a: 1\nb: caf" + "é\n".encode("latin-1"))
    assert refusal(latin) == ("byte 11 (0xe9, in line 2) is not UTF-8: save the file as UTF-8")
    for encoding in ("utf-16", "utf-16-be"):
        content = "\ufeffa: 1" if encoding.endswith("be") else "a: 1"
        utf16 = write(tmp_path / encoding, content.encode(encoding))
        assert refusal(utf16) == "is in UTF-16: save it as UTF-8"
    binary = write(tmp_path / "binary", b"BCF\2\0\0")
    assert refusal(binary) == "line 1 has a zero byte, so it is not a mask"


def test_gzip_is_unpacked_only_so_far(tmp_path):
    bomb = write(tmp_path / "bomb.gz", gzip.compress(b"0" * 20_000_000))
    assert refusal(bomb, 50_000) == (
        "has more than 50,000 bytes, unpacked, but a mask can have 50,000: is it the right file?"
    )
    with pytest.raises(UnreadableFile, match="line 1 has more than 10,000,000 bytes, so it is"):
        list(read_lines(bomb, WHAT))


@pytest.mark.parametrize("damage", [lambda z: z[:-9], lambda z: z[:12] + b"\xff" * 9 + z[21:]])
def test_damaged_gzip_is_refused(tmp_path, damage):
    zipped = gzip.compress(bytes(range(48, 90)) * 9)
    path = write(tmp_path / "a.gz", damage(zipped))
    assert refusal(path).startswith("the gzip file is damaged after line 0")


# Numbers -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "number"), [("1e-8", 1e-8), (" 3 ", 3.0), (7, 7.0), (0.5, 0.5), ("-2", -2.0)]
)
def test_numbers_and_their_text_are_read(value, number):
    found = read_number(value, "t.tsv:2: s")
    assert found == number
    assert isinstance(found, float)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("strong", "t.tsv:2: s is 'strong', but must be a number: correct it"),
        ("1_000", "t.tsv:2: s is '1_000', but must be a number: correct it"),
        ("", "t.tsv:2: s is '', but must be a number: correct it"),
        (None, "t.tsv:2: s is None, but must be a number: correct it"),
        ([1, 2], "t.tsv:2: s is [1, 2], but must be a number: correct it"),
        ("nan", "t.tsv:2: s is 'nan', but must be a finite number: correct it"),
        (float("inf"), "t.tsv:2: s is inf, but must be a finite number: correct it"),
    ],
)
def test_anything_else_is_refused_with_place_and_value(value, message):
    with pytest.raises(CoalflowError) as caught:
        read_number(value, "t.tsv:2: s")
    assert str(caught.value) == message
