"""What is known of test windows, next to what is predicted of them."""

import numpy as np
import pandas as pd

from coalflow.evaluation.failures.described_windows import tabulate_window_columns

NAMES = (
    "tajimas_d",
    "tajimas_d_of_A",
    "fst_of_A_and_B",
    "g_min_of_A_and_B",
    "fst_of_A_and_B_1_of_5",
)


def tabulate(names, populations):
    statistics = pd.DataFrame({name: np.arange(3.0) + len(name) for name in names})
    truth = pd.DataFrame({"mutation_rate": [1e-8, 2e-8, 3e-8]})
    return tabulate_window_columns(truth, statistics, populations)


def test_statistics_of_populations_and_pairs_are_listed():
    table = tabulate(NAMES, ["A", "B"])
    assert table.columns.tolist() == [
        "parameter:mutation_rate",
        "statistic:tajimas_d",
        "statistic:tajimas_d_of_A",
        "statistic:fst_of_A_and_B",
        "statistic:g_min_of_A_and_B",
    ]
    assert table["statistic:fst_of_A_and_B"].tolist() == [14, 15, 16]


def test_one_population_and_very_many_have_only_those_of_the_whole_sample():
    for populations in ([], list("ABCDE")):
        assert tabulate(NAMES, populations).columns.tolist() == [
            "parameter:mutation_rate",
            "statistic:tajimas_d",
        ]
