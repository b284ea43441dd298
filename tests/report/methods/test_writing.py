"""The methods that finished runs write: what was really done, and no more."""

import re

from helpers.workflow import RESULTS


def read(results):
    return (results / "methods.md").read_text(), (results / "references.bib").read_text()


def list_cited(text):
    """Return the years that a text cites, each with the family before it."""
    body, _, _ = text.partition("## References")
    return set(re.findall(r"(\w+)(?: et al\.| and \w+)? (\d{4})[;)]", body))


def test_of_numbers_intervals_are_explained(finished):
    methods, references = read(finished / RESULTS)
    assert "We simulated 240 windows of 10 diploid individuals with msprime" in methods
    assert "The net flagel_tajimas_d (Flagel et al. 2019) was trained with PyTorch" in methods
    assert "2 times from different random weights" in methods
    assert "The target was Tajima's D." in methods
    assert (
        "Population sizes, relative to today's, were: bottleneck (1 until 1,500 generations ago, "
        "then 0.1 until 1,000 generations ago, then 1 up to today)."
    ) in methods
    assert "whose scores, averaged with those of 2 neighbours, have p at most 0.01" in methods
    assert {"Lei2018", "Benjamini1995", "Kornblith2019"} <= set(list_keys(references))
    assert not {"Guo2017", "Gower2022", "Adrion2020", "Chan2018"} & set(list_keys(references))


def test_of_classes_calibration_is_explained_and_without_neutral_ones_no_null(results_of_classes):
    methods, references = read(results_of_classes)
    assert "The target was history (growth, constant, bottleneck)." in methods
    assert "Each window of 20,000 bases was encoded as a random stretch of 40" in methods
    assert {"Guo2017", "Vovk2012"} <= set(list_keys(references))
    assert "Lei2018" not in references
    assert ("Benjamini1995" in references) == ("false discovery rate" in methods)


def list_keys(references):
    return re.findall(r"^@\w+\{(\w+),$", references, re.M)


def test_what_is_cited_is_listed(finished, results_of_classes):
    for results in (finished / RESULTS, results_of_classes):
        methods, references = read(results)
        for family, year in list_cited(methods):
            assert any(
                family in entry and f"year = {{{year}}}" in entry
                for entry in references.split("\n\n")
            ), (family, year)
