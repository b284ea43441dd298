"""Numbers are read from whatever a file holds, or refused with the place and the value."""

import pytest

from coalflow.core.errors import CoalflowError
from coalflow.core.table_numbers import read_number


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
