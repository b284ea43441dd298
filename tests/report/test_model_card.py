import pytest
from helpers.cards import make_card
from helpers.data import make_encoding, make_observation, make_predictands, make_samples
from helpers.packages import describe

from coalflow.config.schema.models import About
from coalflow.config.schema.training import Augment, Recipe
from coalflow.evaluation.model_description import ReportedCertainty, ReportedComparison
from coalflow.report.model_card import list_needs, render_model_card

NUMBERS = make_predictands("diversity")


def needs(card, **view):
    card = card.model_copy(update={"view": card.view.model_copy(update=view)})
    return dict(list_needs(card))


@pytest.fixture
def card():
    return make_card("ridge", "baseline", NUMBERS)


def page(card, **changes):
    text = render_model_card(describe(card.model, {"card.json": b""}, **changes), [card])
    assert "None" not in text
    assert "\n\n\n" not in text
    return text


def test_needs_of_phase_and_ancestral_alleles(card):
    lost = needs(card, observation=make_observation(phased=False))
    assert "not needed" in lost["phase"]
    assert "not needed" in lost["ancestral alleles"]
    known = needs(card, observation=make_observation(polarised=True))
    assert "phased" in known["phase"]
    assert "INFO" in known["ancestral alleles"]


def test_needs_of_windows(card):
    assert "40 segregating" in needs(card, encoding=make_encoding(sites=40))["windows"]
    padded = make_encoding(sites=40, pad=True, length=10_000)
    assert "10,000 bases" in needs(card, encoding=padded)["windows"]


def test_needs_of_individuals_missing_genotypes_and_masks(card):
    found = needs(card, samples=make_samples(7, ploidy=1))
    assert "7 haploid individuals" in found["individuals"]
    assert "none" in found["missing genotypes"]
    assert "rare alleles" not in found
    sequenced = make_observation(missing=0.05, mask="mask.bed", minimum_allele_count=2)
    found = needs(card, observation=sequenced)
    assert "5 %" in found["missing genotypes"]
    assert "fewer than 2" in found["rare alleles"]
    assert found["mask"] != needs(card)["mask"]


def test_nets_that_were_trained_on_fewer_haplotypes_too_need_fewer():
    net = make_card("net/0", "net", NUMBERS)
    assert "fewer individuals" not in needs(net)
    recipe = Recipe(augment=Augment(thin=12))
    thinned = net.model_copy(update={"net": net.net.model_copy(update={"recipe": recipe})})
    assert "12 haplotypes" in needs(thinned)["fewer individuals"]


def test_page_has_scores_comparisons_and_the_licence(card):
    compared = ReportedComparison(
        net="ridge", baseline="mean", target="diversity", metric="rmse", difference=-0.1,
        ci_low=-0.2, ci_high=-0.05, verdict="better",
    )  # fmt: skip
    about = About(authors=("A | B", "C"), licence="CC-BY-4.0", citation="doi:1")
    text = page(card, about=about, comparisons=(compared,))
    assert "| authors | A \\| B, C |" in text
    assert "| licence | CC-BY-4.0 |" in text
    assert "0.6 [0.55, 0.65]" in text
    assert "On 60 test windows" in text
    assert "| mean | diversity (pi) | rmse | −0.1 [−0.2, −0.05] | better |" in text
    assert "| licence | not stated |" in page(card)


def test_page_says_how_to_scan(card):
    assert "--model ridge.zip --genome mine.vcf.gz --output" in page(card)
    polarised = card.view.model_copy(
        update={"observation": make_observation(polarised=True, mask="m.bed")}
    )
    text = page(card.model_copy(update={"view": polarised}))
    assert "--ancestral AA --mask mask.bed" in text


def test_page_of_classes():
    predictands = make_predictands("history", classes=("growth", "constant"))
    card = make_card("ridge", "baseline", predictands)
    trained = card.trained_on.model_copy(update={"targets": {"growth": 150, "constant": 1500}})
    text = page(card.model_copy(update={"trained_on": trained}))
    assert text.startswith("# ridge: classes of history\n")
    assert "| constant | 1,500 windows |" in text


def test_text_of_authors_is_no_template(card):
    text = page(card, about=About(description="{{ 7 * 7 }} <b>"))
    assert "{{ 7 * 7 }} <b>" in text


def test_page_shows_how_sure_the_model_is_before_and_after_calibration(card):
    certainty = [
        ReportedCertainty(
            model="ridge", target="diversity", stage=stage, what="interval",
            value=value, ci_low=value - 0.02, ci_high=value + 0.02, windows=400,
        )
        for stage, value in (("before", 0.96), ("after", 0.9))
    ]  # fmt: skip
    text = page(card, certainty=tuple(certainty))
    assert "90 % intervals hold | 96 % [94 %, 98 %] | 90 % [88 %, 92 %] |" in text
    assert "How sure" not in page(card)
