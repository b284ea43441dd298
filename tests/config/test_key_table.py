"""What is written down twice says the same twice: schema, README, rules, programs."""

import re

import pytest
from helpers.rules import SCRIPTS, rules

import document_config
from coalflow.config.loading import read_schema

NO_RULE_OF_ITS_OWN = {"document_config"}


# Rules and programs --------------------------------------------------------------------------


def test_rules_and_programs_are_the_same():
    programs = {file.stem for file in SCRIPTS.glob("*.py")} - NO_RULE_OF_ITS_OWN
    assert set(rules()) == programs


@pytest.mark.parametrize("rule", rules())
def test_a_rule_runs_the_program_of_its_name(rule):
    text = rules()[rule]
    assert re.findall(r'\bprogram\("(\w+)"\)', text) == [rule]
    assert re.findall(r'\bsettings\(\s*"(\w+)"', text) == [rule]
    assert re.search(r"(python |\{params\.python\} )\{params\.program:q\} ", text)
    assert "--settings {params.settings:q}" in text


# `check` writes but to be looked at: its files are no outputs, and stay where it ran.
@pytest.mark.parametrize("rule", sorted({*rules()} - {"check"}))
def test_a_rule_finds_folders_by_its_files(rule):
    (told,) = re.findall(r"^    params:\n(.*?)^    shell:", rules()[rule], re.MULTILINE | re.DOTALL)
    # A storage plugin puts files elsewhere than the config's names say.
    assert not re.search(r"\b(RESULTS|SEARCH)\b", told)


# The schema and the README -------------------------------------------------------------------


def described(node, place=()):
    """Yield the place and the description of each key of the schema, at any depth."""
    if isinstance(node, dict):
        for key, inner in node.get("properties", {}).items():
            yield (*place, key), inner.get("description")
        for key, inner in node.items():
            yield from described(inner, (*place, key))


def test_every_key_has_a_description():
    schema = read_schema(document_config.SCHEMA)
    found = dict(described(schema))
    assert ("properties", "genomes", "additionalProperties", "path") in found
    assert ("$defs", "epoch", "end_time") in found
    assert [place for place, text in found.items() if not text] == []


def test_the_table_of_keys_is_that_of_the_schema():
    """`make docs` mends it."""
    assert document_config.README.read_text() == document_config.documented()


def test_every_key_is_in_the_table():
    table = document_config.documented().split(document_config.MARK)[1]
    keys = {place[-1] for place, _ in described(read_schema(document_config.SCHEMA))}
    rows = {key.split(".")[-1] for key in re.findall(r"^\| `([^`]+)` \|", table, re.MULTILINE)}
    assert keys == rows
