"""Arrays in files: whole, or refused."""

import numpy as np
import pytest

from coalflow.windows.array_files import decode_arrays, encode_arrays

ARRAYS = {
    "floats": np.array([[0.5, np.nan], [-1, 2]]),
    "names": np.array(["a", "bc"]),
    "none": np.empty((0, 3), np.float32),
    "one": np.array(7),
}


def test_arrays_come_back_as_they_were():
    arrays, meta = decode_arrays(encode_arrays(ARRAYS, {"format": 1}))
    assert meta == {"format": 1}
    assert list(arrays) == list(ARRAYS)
    for name, values in ARRAYS.items():
        np.testing.assert_array_equal(arrays[name], values)
        assert arrays[name].dtype == values.dtype


def test_the_same_arrays_give_the_same_bytes():
    assert encode_arrays(ARRAYS, {"a": 1, "b": 2}) == encode_arrays(ARRAYS, {"b": 2, "a": 1})


@pytest.mark.parametrize("position", range(0, 1500, 37))
def test_a_changed_byte_is_noticed_or_changes_nothing(position):
    content = bytearray(encode_arrays(ARRAYS, {"format": 1}))
    position %= len(content)
    content[position] ^= 0x55
    try:
        arrays, meta = decode_arrays(bytes(content))
    except ValueError:
        return
    assert meta == {"format": 1}
    for name, values in ARRAYS.items():
        np.testing.assert_array_equal(arrays[name], values)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"not arrays"])
def test_what_is_not_such_a_file_is_refused(content):
    with pytest.raises(ValueError, match="not as it was written"):
        decode_arrays(content)


def test_objects_are_not_written():
    with pytest.raises(ValueError, match="allow_pickle"):
        encode_arrays({"objects": np.array([{}], dtype=object)}, {})
