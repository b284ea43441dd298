"""Files of joint draws: columns as they are, or a message."""

import os

import pytest

from coalflow.config import posterior_draws
from coalflow.config.posterior_draws import read_draws
from coalflow.core.errors import CoalflowError


@pytest.mark.parametrize(("name", "separator"), [("post.tsv", "\t"), ("post.csv", ",")])
def test_columns_are_read_by_their_names(tmp_path, name, separator):
    rows = [("n", "what", "m"), ("1", "x", "1e-8"), ("2.5", "", "3")]
    (tmp_path / name).write_text("\n".join(separator.join(row) for row in rows))
    draws = read_draws(tmp_path / name, ["m", "n"])
    assert draws == {"m": [1e-8, 3.0], "n": [1.0, 2.5]}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", ": has no column n; it has: nothing"),
        ("N\n1\n", ": has no column n; it has: N; did you mean N?"),
        ("n;m\n1;2\n", ": has no column n; it has: n;m"),
        ("n\tn\n1\t2\n", ": has 2 columns n: rename all but one"),
        ("m\n1\n", ": has no column n; it has: m"),
        ("n\n", ": has a header, but no rows"),
        ("n\n1\nx\n", ":3: n is 'x', but must be a number"),
        ("m\tn\n1\n", ":2: has 1 cells, the header 2: correct it"),
        ("m\tn\n1\t2\t3\n", ":2: has 3 cells, the header 2: correct it"),
        ("m\tn\n1\t\n", ":2: n is '', but must be a number"),
        ("n\n\n1\nnan\n", ":4: n is 'nan', but must be a finite number"),
        ("n\n1_000\n", ":2: n is '1_000', but must be a number"),
        ('n\n"1\n', ":2: is not a table (unexpected end of data)"),
        ("n\n1\ninf\n", ":3: n is 'inf', but must be a finite number"),
    ],
)
def test_a_file_that_cannot_be_used(tmp_path, text, message):
    file = tmp_path / "posterior.tsv"
    file.write_text(text)
    with pytest.raises(CoalflowError) as caught:
        read_draws(file, ["n"])
    assert str(caught.value).startswith(f"{file}{message}")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "there is no such file"),
        (b"\xff\xfe\n", "is in UTF-16"),
        (b"n\n\xe9\n", r"byte 2 \(0xe9, in line 2\) is not UTF-8"),
        (b"n\n" + b"1" * 200_000, "posterior.tsv:2: is not a table"),
    ],
)
def test_a_file_that_cannot_be_read(tmp_path, content, message):
    file = tmp_path / "posterior.tsv"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(CoalflowError, match=message):
        read_draws(file, ["n"])


@pytest.mark.timeout(20)
def test_a_pipe_is_no_file(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", "/dev/zero"):
        with pytest.raises(CoalflowError, match="not a file"):
            read_draws(path, ["n"])


def test_a_file_that_is_too_large_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(posterior_draws, "MOST_BYTES", 100)
    (tmp_path / "posterior.tsv").write_text("n\n" + "1\n" * 100)
    with pytest.raises(CoalflowError, match="can have 100: is it the right file"):
        read_draws(tmp_path / "posterior.tsv", ["n"])


def test_a_mark_blanks_and_ends_of_lines_make_no_difference(tmp_path):
    (tmp_path / "posterior.csv").write_bytes("\ufeffn, m\r\n1, 2\r\n".encode())
    assert read_draws(tmp_path / "posterior.csv", ["n", "m"]) == {"n": [1], "m": [2]}
