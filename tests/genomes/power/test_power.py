"""Which sweeps are found: q-values of regions in blocks, and the table of power."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coalflow.genomes.power.found_blocks import (
    adjust_weighted,
    find_blocks,
    judge_regions,
    weigh_blocks,
)
from coalflow.genomes.power.power_tables import COLUMNS, tabulate_power
from coalflow.genomes.significance.multiple_testing import adjust_expected

SITE, LENGTH = 500_000, 50_000
STRONG, WEAK = 1e-6, 1.0  # null regions in a block


def make_blocks(neutral, **kinds):
    """Return blocks; of each kind there are as many as there are values of s."""
    rows = [("neutral", f"neutral/{index}", np.nan, np.nan) for index in range(neutral)]
    for kind, strengths in kinds.items():
        rows += [(kind, f"{kind}/{i}", SITE, s) for i, s in enumerate(strengths)]
    columns = ["kind", "block", "site", "selection_coefficient"]
    return pd.DataFrame(rows, columns=columns)


def region(block, middle=SITE, rate=STRONG, novel=False):
    start, end = middle - LENGTH, middle + LENGTH
    return {
        "block": block, "start": start, "end": end, "peak": middle, "rate": rate, "novel": novel,
    }  # fmt: skip


def judge(blocks, *regions, swept=0.1):
    table = pd.DataFrame(regions, columns=["block", "start", "end", "peak", "rate", "novel"])
    return judge_regions(table, blocks, swept, LENGTH)


def tabulate(blocks, judged, swept=0.1, parameters=("selection_coefficient",)):
    found = find_blocks(judged, blocks, 0.05)
    return tabulate_power(found, judged, blocks, parameters, swept, 0.05)


def test_a_genome_has_the_share_of_swept_blocks_that_is_given():
    weights = weigh_blocks(make_blocks(8, hard=[0.1], soft=[0.1, 0.1]), 0.3)
    assert weights.sum() == pytest.approx(1)
    assert weights[8:].tolist() == pytest.approx([0.1] * 3)


EXPECTED = st.lists(st.sampled_from([0.001, 0.01, 0.3, 2.0, np.nan]), min_size=1, max_size=20)


@given(EXPECTED, st.integers(0, 2**32 - 1))
def test_weights_that_are_whole_numbers_repeat_regions(expected, seed):
    counts = np.random.default_rng(seed).integers(1, 4, len(expected))
    repeated = adjust_expected(np.repeat(expected, counts))
    q = adjust_weighted(np.array(expected), counts.astype(float))
    # Of equal ones the last counts all of them.
    pairs = zip(q, np.split(repeated, np.cumsum(counts)[:-1]), strict=True)
    for one, several in pairs:
        assert np.isnan(one) == np.isnan(several).all()
        if not np.isnan(one):
            assert one == pytest.approx(several.min())


def test_regions_are_at_the_site_elsewhere_or_neutral():
    blocks = make_blocks(2, hard=[0.1])
    judged = judge(
        blocks,
        region("hard/0", SITE + 2 * LENGTH - 1),  # less than a window from the site
        region("hard/0", SITE - 3 * LENGTH),
        region("neutral/1"),
    )
    assert judged["place"].tolist() == ["site", "elsewhere", "neutral"]
    assert judged["distance"].tolist()[:2] == [2 * LENGTH - 1, 3 * LENGTH]
    assert np.isnan(judged["distance"].iloc[2])


def test_the_false_discovery_rate_of_a_region_is_expected_over_found():
    blocks = make_blocks(9, hard=[0.1])
    judged = judge(blocks, region("hard/0", rate=0.01), region("neutral/0", rate=0.1))
    # A block of such a genome is a tenth of the swept one, and a tenth of each neutral one.
    assert judged["q"].tolist() == pytest.approx([0.01 / 0.1, 0.1 / 0.2])


def test_a_rarer_sweep_makes_regions_less_certain():
    blocks = make_blocks(10, hard=[0.1] * 10)
    regions = [region(f"hard/{index}", rate=0.001) for index in range(10)]
    often, seldom = (judge(blocks, *regions, swept=share)["q"].max() for share in (0.5, 0.005))
    assert seldom == pytest.approx(100 * often)


def test_the_best_region_at_the_site_decides_on_a_block():
    blocks = make_blocks(5, hard=[0.1, 0.1], soft=[0.1])
    judged = judge(
        blocks,
        region("hard/0", SITE + 1000, rate=WEAK),
        region("hard/0", SITE - 2000, novel=True),
        region("hard/1", SITE + 5 * LENGTH),
    )
    found = find_blocks(judged, blocks, 0.05).set_index("block")
    assert found["found"].to_dict() == {"hard/0": True, "hard/1": False, "soft/0": False}
    assert found.loc["hard/0", "distance"] == 2000
    assert found["novel"].tolist() == [True, False, False]
    assert found["elsewhere"].tolist() == [0, 1, 0]
    assert np.isnan(found.loc["soft/0", "q"])


def test_power_by_kind_and_by_fifths():
    strengths = np.linspace(0.01, 0.1, 50)
    blocks = make_blocks(20, hard=strengths, soft=strengths)
    regions = [region(f"hard/{index}") for index in range(10, 50)]
    table = tabulate(blocks, judge(blocks, *regions))
    assert table.columns.to_list() == list(COLUMNS[2:])
    every, hard, soft, *fifths = table.to_dict("records")
    assert (every["blocks"], every["found"], every["power"]) == (100, 40, 0.4)
    assert (hard["group"], hard["power"], soft["group"], soft["power"]) == ("hard", 0.8, "soft", 0)
    assert [row["power"] for row in fifths] == [0, 0.5, 0.5, 0.5, 0.5]
    assert [row["blocks"] for row in fifths] == [20] * 5
    assert fifths[0]["low"] == pytest.approx(0.01)
    assert fifths[-1]["high"] == pytest.approx(0.1)
    # Clopper and Pearson: of 50, none is found where power is up to 7.1 %.
    assert (soft["power_low"], soft["power_high"]) == (0, pytest.approx(1 - 0.025 ** (1 / 50)))
    assert every["distance"] == 0


def test_a_parameter_with_one_value_has_no_rows_and_with_few_one_each():
    blocks = make_blocks(5, hard=[0.1, 0.1])
    assert tabulate(blocks, judge(blocks))["by"].to_list() == ["all", "kind"]
    blocks = make_blocks(5, hard=[0.1, 0.02, 0.1])
    rows = tabulate(blocks, judge(blocks)).iloc[2:]
    assert rows["group"].to_list() == ["0.02", "0.1"]
    assert rows["blocks"].to_list() == [1, 2]


def test_false_regions_are_those_of_neutral_blocks():
    """Of 10 % swept blocks half is found, of 90 % neutral ones 1 %: .009 / (.05 + .009)."""
    blocks = make_blocks(100, hard=[0.1] * 10)
    regions = [region(f"hard/{index}") for index in range(5)] + [region("neutral/7")]
    every = tabulate(blocks, judge(blocks, *regions)).iloc[0]
    assert every["false_regions"] == 1
    assert every["neutral_blocks"] == 100
    assert every["fdr"] == pytest.approx(0.009 / 0.059)
    assert every["expected_false"] == pytest.approx(STRONG * 100)
    # 0.0253 and 5.572 are the ends for one event.
    ends = [count * 0.009 / (count * 0.009 + 0.05) for count in (0.02532, 5.5716)]
    assert [every["fdr_low"], every["fdr_high"]] == pytest.approx(ends, rel=1e-3)


def test_regions_elsewhere_are_counted_apart():
    blocks = make_blocks(100, hard=[0.1] * 10)
    regions = [region(f"hard/{index}", SITE + 4 * LENGTH) for index in range(5)]
    every = tabulate(blocks, judge(blocks, *regions)).iloc[0]
    assert (every["found"], every["elsewhere"], every["false_regions"]) == (0, 5, 0)


def test_where_nothing_is_found_no_rate_is_known():
    blocks = make_blocks(10, hard=[0.1] * 3)
    every = tabulate(blocks, judge(blocks, region("hard/0", rate=0.9))).iloc[0]
    assert every["found"] == 0
    assert np.isnan(every["fdr"])


def test_the_realised_rate_is_the_stated_one_where_the_null_is_true():
    """Null regions at a known rate, and sweeps with better peaks: expected over found is right."""
    random = np.random.default_rng(5)
    blocks = make_blocks(4000, hard=[0.1] * 400)
    per_block = 0.5
    neutral = [
        region(f"neutral/{index}", rate=per_block * random.random())
        for index in np.flatnonzero(random.random(4000) < per_block)
    ]
    swept = [region(f"hard/{i}", rate=10 ** -random.uniform(1, 5)) for i in range(400)]
    every = tabulate(blocks, judge(blocks, *neutral, *swept)).iloc[0]
    print(every[["fdr", "fdr_low", "fdr_high", "power"]])
    assert every["fdr_low"] < 0.05 * 0.9 < every["fdr_high"]
    assert every["fdr_high"] < 0.1
    assert every["false_regions"] == pytest.approx(
        every["expected_false"], abs=4 * every["expected_false"] ** 0.5
    )
