"""YAML is bounded, and nothing in it is read as other than it looks."""

import math
import re
import time

import pytest
import yaml

from coalflow.config.strict_yaml import compose_yaml, list_problems, load_yaml
from coalflow.core.errors import CoalflowError


def refusal(text):
    with pytest.raises(CoalflowError) as error:
        load_yaml(text)
    assert "\n" not in str(error.value)
    return str(error.value)


def test_what_is_read_as_it_looks_is_read():
    text = """
    whole: [0, 7, -3, +3]
    parts: [1.5, 1., .5, 1.0e-8, -.inf]
    truths: [true, False]
    text: [1e-8, '010', "yes", !!str 1_000, 0o17, "2001-01-01"]
    nothing: [null, ~, ]
    shared: &shared {a: 1}
    merged: {<<: *shared, b: 2}
    """
    assert load_yaml(text) == {
        "whole": [0, 7, -3, 3],
        "parts": [1.5, 1.0, 0.5, 1e-8, -math.inf],
        "truths": [True, False],
        "text": ["1e-8", "010", "yes", "1_000", "0o17", "2001-01-01"],
        "nothing": [None, None],
        "shared": {"a": 1},
        "merged": {"a": 1, "b": 2},
    }
    assert load_yaml("") is None
    assert load_yaml("# nothing") is None


@pytest.mark.parametrize(
    ("written", "complaint"),
    [
        ("010", "reads as 8: write 10 or 8"),
        ("-010", "reads as -8: write -10 or -8"),
        ("0_7", "reads as 7: write 7, or put it in quotes if it is text"),
        ("1:10", "reads as 70: write 70, or put it in quotes if it is text"),
        ("1:10.5", "reads as 70.5: write 70.5, or put"),
        ("0x1F", "reads as 31: write 31, or put"),
        ("0b11", "reads as 3: write 3, or put"),
        ("1_000", "reads as 1000: write 1000, or put"),
        ("1_0.5", "reads as 10.5: write 10.5, or put"),
        ("yes", "reads as true: write true, or put"),
        ("Off", "reads as false: write false, or put"),
        ("2001-01-01", "reads as a date: put it in quotes"),
        ("2001-13-45", "reads as a date: put it in quotes"),
        ("1.0e+400", "which is larger than any number can be"),
    ],
)
def test_a_value_that_is_read_as_another_is_refused(written, complaint):
    assert refusal(f"a: 1\nb:\n  - {written}").startswith(f"line 3: b.0 is {written}, which ")
    assert complaint in refusal(f"a: [{written}]")


def test_long_numbers_and_tags_are_refused():
    assert refusal(f"a: {'9' * 5000}") == (
        "line 1: a is a number of 5,000 digits, more than any can have"
    )
    for tag in ("!mine 3", "!!set {x}", "!!binary aGk=", "!!python/tuple [1]"):
        assert refusal(f"a: {tag}") == f"line 1: a has the tag {tag.split()[0]}: delete it"
    assert refusal("a: !!int x").startswith("line 1: ")


def test_keys_are_text_and_given_once():
    assert refusal("a: {NO: 1}") == (
        "line 1: a.NO is a name that YAML does not read as text, but as false: put it in quotes"
    )
    for key in ("1", "1.5", "null", "010", "2001-01-01", "2001-99-01"):
        assert f"{key} is a name that YAML does not read as text" in refusal(f"{key}: 1")
    assert refusal("[a]: 1") == "line 1: the content has a key that is not text: write a name"
    assert refusal("a:\n  b: 1\n  c: 2\n  b: 3") == (
        "line 4: a.b is given a second time, the first is in line 2: delete one"
    )


def test_all_problems_are_listed():
    problems = list_problems(compose_yaml("a: 010\nb: [yes]\na: &x 1:10\nc: *x"))
    assert [(one.line, one.path) for one in problems] == [
        (1, ("a",)),
        (2, ("b", 0)),
        (3, ("a",)),
        (3, ("a",)),
    ]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("a: [1\nb: }", "line 2: this is not YAML"),
        ("a:\n\tb: 1", "line 2: this is not YAML"),
        ("a: 1\n---\nb: 2", "line 2: this is not YAML"),
        ("a: *b", "line 1: this is not YAML (found undefined alias 'b')"),
        ("a: \a", "this is not YAML (unacceptable character"),
    ],
)
def test_what_is_not_yaml_is_refused_with_its_line(text, complaint):
    assert refusal(text).startswith(complaint)


def make_bomb(levels, opening, closing, items):
    lines = [f"a0: &a0 {opening}{items(None)}{closing}"]
    lines += [f"a{i}: &a{i} {opening}{items(f'*a{i - 1}')}{closing}" for i in range(1, levels)]
    return "\n".join(lines)


@pytest.mark.parametrize(
    "text",
    [
        "a: &a [*a]",
        "a: &a {b: [*a]}",
        make_bomb(30, "[", "]", lambda name: ", ".join([name or "1"] * 9)),
        make_bomb(30, "{", "}", lambda name: ", ".join(f"k{i}: {name or 1}" for i in range(9))),
        "a: " + "[" * 60 + "]" * 60,
        "a: " + "[" * 3000 + "]" * 3000,
        "a: " + "{a: " * 3000 + "1" + "}" * 3000,
    ],
)
def test_what_has_no_bounds_is_refused_at_once(text):
    start = time.perf_counter()
    assert any(word in refusal(text) for word in ("anchor", "aliases", "levels deep"))
    assert time.perf_counter() - start < 20


def test_the_loader_decides_what_is_a_number():
    class Loader(yaml.SafeLoader):
        pass

    Loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile("dozen"), ["d"])
    Loader.add_constructor("tag:yaml.org,2002:int", lambda loader, node: 12)
    with pytest.raises(CoalflowError, match="is dozen, which YAML reads as 12"):
        load_yaml("a: dozen", Loader)
