"""Files of joint draws: columns as they are, or a message."""

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


@pytest.mark.parametrize("content", [None, b"\xff\xfe\n", b"n\n" + b"1" * 200_000])
def test_a_file_that_cannot_be_read(tmp_path, content):
    file = tmp_path / "posterior.tsv"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(CoalflowError, match="cannot be read"):
        read_draws(file, ["n"])
