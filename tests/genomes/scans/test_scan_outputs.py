"""Tables of parts become one, and BED has scores that can be compared between genomes."""

import numpy as np
import pandas as pd
import pytest
from helpers.cards import make_card
from helpers.data import make_predictands

from coalflow.core.errors import CoalflowError
from coalflow.core.files import write_json, write_table
from coalflow.core.parquet import write_parquet_parts
from coalflow.genomes.scans.judged_scan import iterate_windows
from coalflow.genomes.scans.scan_outputs import (
    choose_columns,
    list_columns,
    read_lengths,
    read_windows,
    scale_by_training,
    write_bed,
    write_windows,
)

CLASSES = ["hard", "neutral"]
SWEEPS = make_card("net/0", "net", make_predictands("sweep", classes=CLASSES))


def trained_on(ranges, logs=()):
    """Return the card of a model of numbers with these ranges in training."""
    card = make_card("net/0", "net", make_predictands(*ranges, logs=logs))
    known = card.trained_on.model_copy(update={"targets": ranges})
    return card.model_copy(update={"trained_on": known})


def windows(number, contig="1", **columns):
    """Return a table of windows, a base each."""
    return pd.DataFrame(
        {
            "contig": contig,
            "start": np.arange(number),
            "end": np.arange(number) + 1,
            "sites": 3,
            "flags": "",
            **columns,
        }
    )


def write_parts(folder, table, batches):
    """Write a table in parts, each of some batches; return the paths."""
    paths, first = [], 0
    for part, sizes in enumerate(batches):
        tables = [table.iloc[:0]] if not sizes else []
        for size in sizes:
            tables.append(table.iloc[first : first + size])
            first += size
        paths.append(folder / f"{part}.parquet")
        write_parquet_parts(paths[-1], tables)
    return paths


# The table ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("batches", [[[9]], [[4, 4, 1]], [[], [4], [4, 1]], [[4], [4], [1]]])
def test_table_is_the_same_however_it_is_cut(batches, tmp_path):
    table = windows(9, contig=["=1+1", *"222334", "NA", "nan"])
    table = table.assign(
        net=[None, "hard", None, *["neutral"] * 6],
        **{"net:hard": [np.nan, *np.linspace(1 / 3, 1, 8)]},
    )
    parts = write_parts(tmp_path, table, batches)
    write_windows(tmp_path / "windows.tsv", iterate_windows(parts, {}))
    write_table(tmp_path / "expected.tsv", table)
    assert (tmp_path / "windows.tsv").read_bytes() == (tmp_path / "expected.tsv").read_bytes()
    assert list_columns(parts) == list(table)
    read = read_windows(parts, ["contig", "net:hard"])
    pd.testing.assert_frame_equal(read, table[["contig", "net:hard"]], check_dtype=False)


def test_damaged_part_is_refused(tmp_path):
    (part,) = write_parts(tmp_path, windows(50), [[50]])
    content = bytearray(part.read_bytes())
    content[100] ^= 1
    part.write_bytes(content)
    with pytest.raises(CoalflowError, match=r"0\.parquet: is not as it was written"):
        write_windows(tmp_path / "windows.tsv", iterate_windows([part], {}))
    assert not (tmp_path / "windows.tsv").exists()


def test_columns_of_models_that_are_not_shown_are_left_out():
    columns = ["contig", "flags", "net", "net:hard", "net/0", "net/0:hard", "net/0:hard:spread"]
    assert choose_columns(columns, ["net", "net/0"], ["net"]) == columns[:4]
    assert choose_columns(columns, ["net", "net/0"], ["net/0"]) == columns[:2] + columns[4:]


def test_lengths_of_contigs(tmp_path):
    write_json(tmp_path / "observation.json", {"lengths": {"2": 10, "1": 5}})
    assert list(read_lengths(tmp_path / "observation.json").items()) == [("2", 10), ("1", 5)]
    write_json(tmp_path / "other.json", {})
    with pytest.raises(CoalflowError, match="is not as it was written"):
        read_lengths(tmp_path / "other.json")


# BED ---------------------------------------------------------------------------------------------


def read_bed(folder, table, card):
    write_bed(folder / "windows.bed", table, "net/0", card)
    lines = (folder / "windows.bed").read_text().splitlines()
    return [tuple(line.split("\t")) for line in lines]


def test_score_of_a_number_is_where_it_lies_in_the_training_range(tmp_path):
    card = trained_on({"diversity": (0.0, 0.5), "fst": (1.0, 9.0)})
    values = {"net/0:diversity": [-1.0, 0.0, 0.1234567, 0.5, 2.0], "net/0:fst": 1e-9}
    rows = read_bed(tmp_path, windows(5, **values), card)
    assert [row[4] for row in rows] == ["0", "0", "247", "1000", "1000"]
    assert rows[2] == ("1", "2", "3", "diversity=0.1235;fst=1e-09", "247")


def test_score_is_of_the_logarithm_where_that_is_learned():
    card = trained_on({"size": (100.0, 10_000.0)}, logs=["size"])
    values = np.array([[10.0], [100.0], [1000.0], [10_000.0]])
    assert scale_by_training(values, card)[:, 0].tolist() == pytest.approx([0, 0, 500, 1000])


def test_scores_do_not_depend_on_the_other_windows(tmp_path):
    card = trained_on({"fst": (0.0, 1.0)})
    table = windows(3, **{"net/0:fst": [0.2, 0.4, 0.6]})
    every = read_bed(tmp_path, table, card)
    assert read_bed(tmp_path, table.iloc[[1]], card) == [every[1]]


def test_score_of_a_class_is_its_probability(tmp_path):
    chances = {
        "net/0": ["hard", "neutral"],
        "net/0:hard": [0.9, 0.25],
        "net/0:neutral": [0.1, 0.75],
    }
    rows = read_bed(tmp_path, windows(2, **chances), SWEEPS)
    assert [row[3:] for row in rows] == [("hard=0.900", "900"), ("neutral=0.750", "750")]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("of_classes", [False, True])
def test_windows_that_are_not_predicted_say_why(of_classes, tmp_path):
    names = ["net/0:hard", "net/0:neutral"] if of_classes else ["net/0:fst"]
    table = windows(3, **dict.fromkeys(names, [np.nan, np.nan, 0.5])).assign(sites=[0, 2, 9])
    if of_classes:
        table = table.assign(**{"net/0": [None, None, "hard"]})
    card = SWEEPS if of_classes else trained_on({"fst": (0.0, 1.0)})
    rows = read_bed(tmp_path, table, card)
    assert [row[3] for row in rows[:2]] == ["no_sites", "not_predicted"]
    assert [row[4] for row in rows] == ["0", "0", "500"]


def test_contigs_have_their_own_names(tmp_path):
    table = windows(1, contig='=a"b', **{"net/0:fst": [0.5]})
    assert read_bed(tmp_path, table, trained_on({"fst": (0.0, 1.0)}))[0][0] == '=a"b'
