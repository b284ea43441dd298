import numpy as np
import pandas as pd
from helpers.packages import describe

from coalflow.core.files import decode_json, encode_json
from coalflow.evaluation.model_description import (
    ModelDescription,
    list_comparisons,
    list_scores,
)
from coalflow.evaluation.scoring import read_scores

METRICS = """\
model	kind	restart	split	target	metric	value	ci_low	ci_high	n	sd_of_restarts
net	ensemble		test	size	rmse	0.5	0.4	0.6	24	0.01
net	net	0	test	size	r2	nan	nan	nan	24	nan
netted	net	0	test	size	rmse	9	8	10	24	nan
ridge	baseline		test	size	rmse	0.25	0.2	0.3	24	nan
"""


def test_scores_are_those_of_a_model_and_its_restarts(tmp_path):
    (tmp_path / "metrics.tsv").write_text(METRICS)
    table = read_scores(tmp_path / "metrics.tsv")
    whole, restart = list_scores(table, "net")
    assert (whole.model, whole.value, whole.ci_low, whole.n) == ("net", 0.5, 0.4, 24)
    assert (restart.model, restart.metric, restart.value) == ("net/0", "r2", None)
    (ridge,) = list_scores(table, "ridge")
    assert ridge.value == 0.25
    assert list_scores(table, "nothing") == ()


def test_validation_has_no_intervals(tmp_path):
    lines = [line.split("\t") for line in METRICS.splitlines()]
    kept = ["\t".join([*line[:3], *line[4:7]]) for line in lines]
    (tmp_path / "validation.tsv").write_text("\n".join(kept) + "\n")
    (score, *_) = list_scores(read_scores(tmp_path / "validation.tsv"), "net")
    assert (score.value, score.ci_low, score.n) == (0.5, None, None)


def test_comparisons_are_those_of_some_models():
    rows = {"net": ["a", "a/0", "b"], "baseline": "ridge", "target": "size", "metric": "rmse"}
    numbers = {"difference": [0.5, np.nan, 1], "ci_low": 0.1, "ci_high": 1.0, "verdict": "worse"}
    table = pd.DataFrame({**rows, **numbers})
    first, second = list_comparisons(table, ["a", "a/0"])
    assert (first.net, first.difference, first.verdict) == ("a", 0.5, "worse")
    assert (second.net, second.difference) == ("a/0", None)


def test_a_description_is_read_as_it_was_written():
    described = describe("ridge", {"card.json": b""}, history={"demes": [1.5]})
    written = decode_json(encode_json(described.as_json()))
    assert ModelDescription.model_validate(written, strict=False) == described
