import pytest
from helpers.evidence import DESCRIPTION, FITS, MISFIT, make_genome

from coalflow.config.schema.scans.significance import Significance
from coalflow.genomes.novelty.verdict import Cause, FurthestWindow
from coalflow.report.findings.genome_findings import (
    find_doubts,
    find_far_window,
    find_misfit,
    find_missing_null,
    find_unused,
)
from coalflow.report.genomes.scanned_genome import TargetInGenome


def list_all(genome):
    finders = (find_misfit, find_doubts, find_far_window, find_unused)
    return [finding for find in finders for finding in find(genome)]


@pytest.mark.parametrize("verdict", [FITS, None])
def test_a_genome_that_fits_has_no_findings(verdict):
    assert list_all(make_genome(verdict=verdict)) == []


def test_simulations_that_do_not_fit_are_found_with_what_differs_and_the_key():
    (finding,) = list_all(make_genome(verdict=MISFIT))
    assert finding.about == "mine"
    assert finding.finding == (
        "the simulations do not fit the genome: it differs in Tajima's D (lower). Tajima's D is "
        "lower than simulated"
    )
    assert finding.fix == "simulate more rare alleles: a history with growth"


def test_what_differences_look_like_is_said():
    cause = Cause(name="a smaller population", similarity=0.9, fix="lower population_size")
    (finding,) = list_all(make_genome(verdict=MISFIT.model_copy(update={"causes": (cause,)})))
    assert "a smaller population" in finding.finding


@pytest.mark.parametrize(
    ("level", "fix"), [("differs slightly", "more rare"), ("unknown", "scan more")]
)
def test_a_genome_that_differs_slightly_or_is_too_small_is_found(level, fix):
    verdict = MISFIT.model_copy(update={"level": level, "headline": "It does"})
    (finding,) = list_all(make_genome(verdict=verdict))
    assert finding.finding == "it does"
    assert fix in finding.fix


@pytest.mark.parametrize(("p", "number"), [(0.5, 0), (1e-4, 1)])
def test_more_novel_windows_than_chance_makes_are_found_though_the_genome_fits(p, number):
    verdict = FITS.model_copy(update={"novel_share": 0.17, "novel_p": p, "headline": "But 17 %"})
    found = list_all(make_genome(verdict=verdict))
    assert [finding.finding for finding in found] == ["but 17 %"] * number


@pytest.mark.parametrize(("p", "number"), [(0.5, 0), (1e-4, 1)])
def test_a_single_window_that_is_far_out_is_found(p, number):
    furthest = FurthestWindow(name="1:1-50", p=1e-6, p_of_genome=p)
    found = list_all(make_genome(verdict=FITS.model_copy(update={"furthest": furthest})))
    assert len(found) == number
    if found:
        assert "1:1-50 is unlike everything simulated" in found[0].finding


@pytest.mark.parametrize(
    ("changes", "words", "fix"),
    [
        ({"flagged": 60}, "60 of 100 windows are flagged", "snakemake check"),
        (
            {"description": DESCRIPTION.model_copy(update={"dropped": {"filtered": 60}})},
            "60 % of its records are not used: 60 failed a filter",
            "filters",
        ),
        (
            {"description": DESCRIPTION.model_copy(update={"left_out": {"X": "haploid"}})},
            "contigs are left out: X: haploid",
            "ploidy",
        ),
        ({"remarks": ["half is missing: set the mask"]}, "half is missing", "set the mask"),
        (
            {"targets": [TargetInGenome("Tajima's D", True, 9, [])]},
            "9 windows have a value of Tajima's D beyond",
            "wider range",
        ),
    ],
)
def test_what_is_not_used_of_a_genome_is_found(changes, words, fix):
    (finding,) = list_all(make_genome(**changes))
    assert words in finding.finding
    assert fix in finding.fix


def test_without_blocks_p_values_are_rough():
    genomes = [make_genome()]
    assert list(find_missing_null(genomes, Significance())) == []
    assert list(find_missing_null([], Significance(windows=0))) == []
    (finding,) = find_missing_null(genomes, Significance(windows=0))
    assert "significance.windows" in finding.fix
