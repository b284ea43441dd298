"""Files of joint draws: columns as they are, or a message."""

import os

import pytest

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
        ("", ": has no column n; it has: "),
        ("m\n1\n", ": has no column n; it has: m"),
        ("n\n", ": has a header, but no rows"),
        ("n\n1\nx\n", ":3: n is 'x', but must be a number"),
        ("m\tn\n1\n", ":2: n is None, but must be a number"),
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
        (b"n\n" + b"1" * 200_000, "posterior.tsv:1: is not a table"),
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
