"""coalflow's version is the same wherever it is written."""

import re

import yaml
from helpers.workflow import ROOT

from coalflow import read_version


def test_version_is_that_of_the_citation_and_of_the_newest_changes():
    assert yaml.safe_load((ROOT / "CITATION.cff").read_text())["version"] == read_version()
    newest = re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert newest[1] == read_version()
