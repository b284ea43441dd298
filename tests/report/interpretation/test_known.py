import numpy as np
import pandas as pd
import pytest

from coalflow.core.errors import CoalflowError
from coalflow.core.files import write_table
from coalflow.report.interpretation.known import (
    describe_peaks,
    describe_permutations,
    describe_probes,
)


def write(folder, rows):
    write_table(folder / "table.tsv", pd.DataFrame(rows))
    return folder / "table.tsv"


def probe(layer, statistic, r2):
    return {
        "net": "net/0",
        "layer": layer,
        "statistic": statistic,
        "r2": r2,
        "r2_untrained": r2,
        "r2_input": r2,
    }


def test_what_a_net_knows_is_said_in_a_sentence(tmp_path):
    shares = {"input": 0.5, "first layer": 1.0, "dense 1": 0.7, "dense 2": 0.995, "output": -0.3}
    rows = [probe(layer, "pi", r2) for layer, r2 in shares.items()]
    rows += [probe(layer, "theta_W", np.nan) for layer in shares]
    undefined, sentence = describe_probes(write(tmp_path, rows))
    assert undefined.startswith("theta_W is not defined here")
    assert sentence == (
        "net/0: pi is known to 50 % from what it is given, to more than 99 % in its layer "
        "“dense 2”, and to less than 5 % from its output"
    )


def test_where_nothing_is_defined_only_that_is_said(tmp_path):
    rows = [probe("input", name, np.nan) for name in ("pi", "S")]
    (sentence,) = describe_probes(write(tmp_path, rows))
    assert sentence.startswith("pi and S are not defined here")


def test_what_models_use_is_listed(tmp_path):
    rows = [
        {"model": model, "shuffled": name, "verdict": verdict}
        for model, verdicts in {"a": ["used"] * 3, "b": ["used", "no difference", "used"]}.items()
        for name, verdict in zip(("x", "y", "z"), verdicts, strict=True)
    ]
    assert describe_permutations(write(tmp_path, rows)) == [
        "a: worse when shuffled: x, y and z",
        "b: worse when shuffled: x and z; no difference: y",
    ]


def test_peaks_are_described_and_may_be_none(tmp_path):
    row = {
        "model": "a",
        "method": "occlusion",
        "target": "linked_hard",
        "share_at_site": 0.31,
        "share_expected": 1 / 11,
        "share_neutral": np.nan,
        "p": 0.0001,
    }
    (sentence,) = describe_peaks(write(tmp_path, [row]))
    assert sentence == (
        "a, occlusion: in linked hard windows, 31 % is in the part with the selected site "
        "(9 % by chance, p = 0.0001)"
    )
    (sentence,) = describe_peaks(write(tmp_path, [row | {"share_neutral": 0.12}]))
    assert sentence.endswith("; in neutral windows, 12 %)")
    write_table(tmp_path / "table.tsv", pd.DataFrame(columns=list(row)))
    assert describe_peaks(tmp_path / "table.tsv") == []


def test_a_damaged_table_is_refused(tmp_path):
    (tmp_path / "table.tsv").write_text("net\tlayer\n")
    with pytest.raises(CoalflowError):
        describe_probes(tmp_path / "table.tsv")
