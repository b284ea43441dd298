import pytest
from helpers.data import make_config

from coalflow.config.schema.targets import StatisticTarget, Targets
from coalflow.report.opening.titles import ask_question, make_title


def make_run(**changes):
    return make_config().model_copy(update=changes)


def test_the_title_is_that_of_the_config_or_made_from_the_target():
    config = make_run(title="Sweeps in Finns")
    assert make_title(config) == "Sweeps in Finns"
    assert make_title(make_run()) == f"Tajima's D from {config.encoding.sites} segregating sites"


@pytest.mark.parametrize("length", [20_000])
def test_padded_windows_have_a_length(length):
    encoding = make_run().encoding.model_copy(update={"pad": True, "length": length})
    assert make_title(make_run(encoding=encoding)).endswith("from windows of 20,000 bases")


def test_what_is_predicted_is_a_question():
    assert ask_question(make_run().targets) == "What is Tajima's D of a window?"
    targets = make_run().targets.model_copy(update={"classes": ("neutral", "hard", "soft")})
    assert ask_question(targets) == "Is a window neutral, hard or soft?"


def test_introgression_is_of_one_population_from_another():
    share = StatisticTarget(statistic="introgression", of=("EUR", "NEA"), mode="branch")
    targets = Targets(definitions={"share": share})
    assert ask_question(targets) == ("What share of the bases of EUR in a window came from NEA?")
    recent = Targets(definitions={"share": share.model_copy(update={"since": 2000.0})})
    assert ask_question(recent) == (
        "What share of the bases of EUR in a window came from NEA, by gene flow of the last 2,000 "
        "generations?"
    )
    assert make_title(make_run(targets=targets)).startswith("Share of EUR from NEA from ")
