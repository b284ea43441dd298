"""Each rule runs the program of its name, with the settings of that name."""

import re

import pytest
from helpers.rules import SCRIPTS, rules


def test_rules_and_programs_are_the_same():
    assert set(rules()) == {file.stem for file in SCRIPTS.glob("*.py")}


@pytest.mark.parametrize("rule", rules())
def test_a_rule_runs_the_program_of_its_name(rule):
    text = rules()[rule]
    assert re.findall(r'\bprogram\("(\w+)"\)', text) == [rule]
    if rule == "scan_genome":  # is given options, as by hand
        assert "code=digest_program(" in text
        assert re.search(r"python \{params\.program:q\} \{params\.options:q\} ", text)
        return
    # Those of `train` are made for several kinds of training.
    settings = re.findall(r'\bsettings_text\(\s*"(\w+)"|\bsettings=(train)ing_settings,', text)
    assert ["".join(names) for names in settings] == [rule]
    assert re.search(r"(python |\{params\.python\} )\{params\.program:q\} ", text)
    assert "--settings {params.settings:q}" in text


# `check` writes what is only looked at: its files are not outputs, and stay where it ran.
@pytest.mark.parametrize("rule", sorted({*rules()} - {"check"}))
def test_a_rule_finds_folders_by_its_files(rule):
    (params,) = re.findall(
        r"^    params:\n(.*?)^    shell:", rules()[rule], re.MULTILINE | re.DOTALL
    )
    # A storage plugin puts files elsewhere than under the names in the config.
    assert not re.search(r"\b(RESULTS|SEARCH)\b", params)


@pytest.mark.parametrize("rule", rules())
def test_a_rule_has_all_that_belongs_to_one(rule):
    keywords = re.findall(r"^    (\w+):", rules()[rule], re.MULTILINE)
    expected = {"log", "benchmark", "conda", "resources", "message"}
    if rule == "check":
        expected.remove("benchmark")  # it would be an output, and then the rule would not run again
    assert expected <= set(keywords)
