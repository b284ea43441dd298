"""What the report says of predicted ancestry."""

import pandas as pd
import pytest

from coalflow.config.schema.targets import StatisticTarget, Targets
from coalflow.report.ancestry.summarising import summarise_ancestry
from coalflow.report.scores import ModelScores

ANCESTRY = StatisticTarget(
    statistic="introgression", of=("EUR", "NEA"), mode="branch", since=2000, at_sites=True
)


@pytest.mark.parametrize(
    ("difference", "interval", "words"),
    [
        (0.2, (0.1, 0.3), "net is better than archie, by 0.2 (0.1 to 0.3)"),
        (-0.2, (-0.3, -0.1), "net is worse than archie, by −0.2 (−0.3 to −0.1)"),
        (0.1, (-0.1, 0.3), "they differ by 0.1 (−0.1 to 0.3)"),
        (-3e-17, (float("nan"),) * 2, "they differ by 0, of which these windows are too few to"),
    ],
)
def test_differences_have_intervals_where_there_are_windows_enough(
    tmp_path, difference, interval, words
):
    low, high = interval
    score = {"metric": "average_precision", "ci_low": 0.1, "ci_high": 0.9}
    scores = [{"model": "net", "value": 0.5, **score}, {"model": "archie", "value": 0.4, **score}]
    pd.DataFrame(scores).to_csv(tmp_path / "ancestry_scores.tsv", sep="\t", index=False)
    compared = {"model": "net", "baseline": "archie", "metric": "average_precision"}
    row = {**compared, "difference": difference, "ci_low": low, "ci_high": high}
    pd.DataFrame([row]).to_csv(
        tmp_path / "ancestry_comparisons.tsv", sep="\t", index=False, na_rep="nan"
    )
    models = [ModelScores("net", "net", 1, 10, {})]
    summary = summarise_ancestry(tmp_path, Targets(definitions={"ancestry": ANCESTRY}), models)
    assert words in summary.comparisons[0]
    assert summary.populations == " of EUR from NEA (gene flow of the last 2,000 generations)"
