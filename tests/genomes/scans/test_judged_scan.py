"""A genome as a whole: q-values in the table, and what is without a null."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from helpers.cards import make_card
from helpers.data import make_predictands

from coalflow.core.parquet import write_parquet_parts
from coalflow.genomes.scans.judged_scan import Scan, find_comparable, iterate_windows
from coalflow.genomes.scans.scanned_columns import choose_separate

CARD = make_card("net/0", "net", make_predictands("sweep", classes=["hard", "neutral"]))


@pytest.fixture
def scan(tmp_path):
    """Two parts of a scan by two models."""
    table = pd.DataFrame(
        {
            "contig": "1",
            "start": np.arange(0, 400, 50),
            "end": np.arange(0, 400, 50) + 100,
            "flags": "",
            "novelty": 0.5,
            "measured:H12": 0.1,
        }
    )
    for model, p in (("net/0", 0.01), ("ridge", 0.5)):
        table[model] = "neutral"
        table[f"{model}:hard"], table[f"{model}:neutral"] = 0.25, 0.75
        table[f"{model}:swept:p"] = [p, *np.linspace(0.2, 0.9, 6), np.nan]
    paths = [tmp_path / f"{part}.parquet" for part in range(2)]
    write_parquet_parts(paths[0], [table.iloc[:2], table.iloc[2:3]])
    write_parquet_parts(paths[1], [table.iloc[3:]])
    return Scan(paths, CARD, {}, ["net/0"])


def test_q_is_next_to_p_and_of_all_windows_of_the_genome(scan):
    added = scan.compute_columns()
    q_values = added["net/0:swept:p"]["net/0:swept:q"]
    assert q_values[0] == pytest.approx(0.07)
    table = pd.concat(iterate_windows(scan.parts, added), ignore_index=True)
    columns = list(table)
    assert columns[columns.index("net/0:swept:p") + 1] == "net/0:swept:q"
    np.testing.assert_array_equal(table["net/0:swept:q"], q_values)
    assert np.isnan(table["ridge:swept:q"].iloc[-1])


def test_what_is_only_compared_with_simulations_is_not_written(scan):
    for table in iterate_windows(scan.parts, {}):
        assert not any(name.startswith("measured:") for name in table)
    assert "measured:H12" in scan.columns


def test_the_models_that_are_not_shown_have_their_p_values_alone(scan):
    table = scan.read_shown(scan.compute_columns())
    assert "net/0:hard" in table
    assert [name for name in table if name.startswith("ridge")] == [
        "ridge:swept:p",
        "ridge:swept:q",
    ]


def test_without_a_reference_there_are_neither_regions_nor_a_verdict(scan):
    assert scan.find_regions(scan.read_shown({}), None) is None
    assert scan.judge_genome(None) is None


@pytest.mark.parametrize(
    ("end", "verdict", "left_out"),
    [
        (300, "found", 3),
        (300, "question", 3),
        (301, "found", 0),  # 4 of 20 windows are too many to be selected
        (300, "not significant", 0),
    ],
)
def test_windows_under_selection_say_nothing_of_the_history(tmp_path, end, verdict, left_out):
    numbers = np.arange(20)
    table = pd.DataFrame({"contig": "1", "start": 100 * numbers, "end": 100 * numbers + 100})
    table = table.assign(flags="", novelty=0.5, **{"measured:H12": numbers / 20})
    write_parquet_parts(tmp_path / "0.parquet", [table])
    judged = []
    fit = SimpleNamespace(judge=lambda windows, novelty, alarms: judged.extend(windows["H12"]))
    reference = SimpleNamespace(fit=fit, meta=SimpleNamespace(false_alarms=0.01))
    scan = Scan([tmp_path / "0.parquet"], CARD, {"net": reference}, ["net/0"])
    scan.judge_genome(pd.DataFrame([{"contig": "1", "start": 0, "end": end, "verdict": verdict}]))
    assert judged == (numbers[left_out:] / 20).tolist()


def test_windows_that_are_chosen_do_not_overlap_and_leave_no_more_room():
    table = pd.DataFrame(
        {
            "contig": ["1"] * 5 + ["2"] * 2,
            "start": [0, 50, 100, 140, 210, 0, 10],
            "end": [100, 150, 200, 240, 310, 90, 100],
        }
    )
    assert choose_separate(table).tolist() == [0, 2, 4, 5]


def test_windows_are_compared_that_are_novel_or_trimmed_and_no_others():
    flags = ["", None, "novel", "trimmed,novel", "trimmed", "gap", "novel,inaccessible", ""]
    table = pd.DataFrame({"flags": flags, "novelty": [0.5] * 7 + [np.nan]})
    assert find_comparable(table).tolist() == [True] * 5 + [False] * 3
