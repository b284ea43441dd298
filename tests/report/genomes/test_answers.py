import dataclasses

import pytest
from helpers.data import make_encoding
from helpers.evidence import FITS, make_genome

from coalflow.evaluation.comparisons import ShownModel
from coalflow.report.genomes.answers import answer_genome
from coalflow.report.genomes.found_regions import RegionRow, RegionsInGenome, Sought
from coalflow.report.genomes.scan_basis import ScanBasis
from coalflow.report.genomes.scanned_genome import ClassesInGenome, ModelInGenome, TargetInGenome

ROW = RegionRow(
    **{field.name: "" for field in dataclasses.fields(RegionRow)}
    | {"name": "2:1-9", "what": "hard", "q": 0.004, "genes": "LCT"}
)
BASIS = ScanBasis(
    **{field.name: () for field in dataclasses.fields(ScanBasis)}
    | {
        "shown": [ShownModel("net", "net", "")],
        "encoding": make_encoding(),
        "classes": ("neutral", "hard"),
        "sought": Sought("hard windows", 0.05),
    }
)


def answer(basis=BASIS, **changes):
    found = answer_genome(make_genome(**changes), basis)
    return {statement.label: (statement.text, statement.places) for statement in found}


def make_regions(rows=(), **numbers):
    kinds = {"hard": len(rows)} if rows else {}
    return RegionsInGenome(list(rows), [], numbers, [], False, True, kinds)


def test_regions_that_are_found_are_named():
    text, places = answer(regions=make_regions([ROW], found=1, question=1))["Regions"]
    assert text.startswith("1 region found: hard. The false discovery rate is 5 %")
    assert "1 further region is as significant, but in question" in text
    assert places == ("2:1-9: hard (q = 0.004; genes: LCT)",)


def test_three_regions_are_named_and_others_counted():
    _, places = answer(regions=make_regions([ROW] * 5, found=7))["Regions"]
    assert len(places) == 4
    assert places[-1] == "and 4 more, in the table below"


def test_that_nothing_is_found_is_an_answer():
    regions = make_regions(**{"not significant": 3})
    text, places = answer(regions=regions)["Regions"]
    assert text.startswith("None found: no stretch of hard windows goes beyond")
    assert "3 candidates are explained by chance" in text
    assert places == ()


def test_without_a_null_there_is_no_word_of_regions():
    assert "Regions" not in answer(dataclasses.replace(BASIS, sought=None))


def test_numbers_have_their_unit():
    model = ModelInGenome("net", 3.2e-9, 1.7e-8, 6.1e-8, {})
    target = TargetInGenome("recombination rate", False, 0, [model], "per base and generation")
    text, _ = answer(targets=[target])["Recombination rate"]
    assert "median of the windows is 1.7 × 10⁻⁸ per base and generation" in text
    assert "between 3.2 × 10⁻⁹ and 6.1 × 10⁻⁸, as predicted by net" in text


def test_classes_are_shares_the_most_common_first():
    text, _ = answer(models=[ClassesInGenome("net", [20, 80], [0.2, 0.8])])["Windows"]
    assert "Of 100 windows without a flag, 80 % hard and 20 % neutral" in text


@pytest.mark.parametrize(("share", "words"), [(0.0, "None of the windows"), (0.0173, "1.7 % of")])
def test_novelty_and_fit_are_said(share, words):
    found = answer(verdict=FITS.model_copy(update={"novel_share": share, "p": 0.364}))
    assert found["Novelty"][0].startswith(words)
    assert found["Do the simulations fit?"][0] == "The simulations fit (p = 0.36)."


def test_a_genome_without_usable_windows_has_no_answer():
    found = answer(windows=10, flagged=10)
    assert found["Answer"][0].startswith("None. All 10 windows are flagged")
    assert set(found) == {"Answer", "Do the simulations fit?"}
