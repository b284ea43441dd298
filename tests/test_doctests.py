"""The examples in docstrings of the library give what they say."""

import doctest
import importlib

import pytest
from helpers.rules import SCRIPTS

MODULES = [
    ".".join(path.relative_to(SCRIPTS).with_suffix("").parts)
    for path in sorted(SCRIPTS.glob("coalflow*/**/*.py"))
    if ">>>" in path.read_text()
]


@pytest.mark.parametrize("module", MODULES)
def test_examples(module):
    assert doctest.testmod(importlib.import_module(module)).failed == 0
