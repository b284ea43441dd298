import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from coalflow.report.figures.genome_axis import (
    GenomeAxis,
    Stretch,
    break_between_contigs,
    choose_labels,
)

MB = 1_000_000


def make_table(sizes, step=MB):
    """Return windows that cover contigs of these sizes in Mb."""
    parts = []
    for name, size in sizes.items():
        start = np.arange(0, max(int(size * MB), 1), step)
        parts.append(pd.DataFrame({"contig": name, "start": start, "end": start + step}))
    return pd.concat(parts, ignore_index=True)


def arrange(sizes, lengths=None):
    return GenomeAxis.arrange(make_table(sizes), lengths or {})


def list_labels(layout):
    return [stretch.label for stretch in layout.stretches]


def test_contigs_lie_next_to_each_other_in_the_order_of_the_table():
    table = make_table({"b": 2, "a": 3})
    layout = GenomeAxis.arrange(table, {"b": 2 * MB, "a": 3_500_000})
    spans = [(stretch.label, stretch.start, stretch.end) for stretch in layout.stretches]
    assert spans == [("b", 0, 2), ("a", 2, 5.5)]
    assert layout.place(table).tolist() == [0.5, 1.5, 2.5, 3.5, 4.5]
    assert layout.find_stretches(layout.place(table)).tolist() == [0, 0, 1, 1, 1]


def test_small_contigs_are_last_and_together():
    layout = arrange({"tiny1": 1, "big": 300, "tiny2": 2, "middle": 100})
    assert list_labels(layout) == ["big", "middle", "2 others"]
    assert layout.stretches[-1].length == 3
    assert layout.place(pd.DataFrame({"contig": ["tiny2"], "start": [0], "end": [2 * MB]})) == 402


def test_the_thirty_longest_have_a_stretch_of_their_own():
    layout = arrange({f"c{number}": 3 if number % 2 else 2 for number in range(50)})
    names = list_labels(layout)
    assert len(names) == 31
    assert names[-1] == "20 others"
    assert [f"c{number}" for number in range(1, 50, 2) if f"c{number}" not in names] == []


def test_one_small_contig_has_its_name():
    assert list_labels(arrange({"chrM": 1, "1": 300})) == ["1", "chrM"]


def test_thousands_of_scaffolds_are_one_stretch():
    layout = arrange({f"scaffold{number}": 1 for number in range(2000)})
    assert list_labels(layout) == ["2,000 others"]
    _, axis = plt.subplots()
    layout.label(axis, 8)
    assert axis.get_xlabel() == "2,000 contigs end to end, in the file's order (Mb)"


def test_a_single_contig_lies_at_its_own_positions():
    table = make_table({"2": 1}).assign(start=136 * MB, end=137 * MB)
    layout = GenomeAxis.arrange(table, {"2": 243 * MB})
    assert (layout.stretches[0].start, layout.stretches[0].end) == (136, 137)
    assert layout.place(table).tolist() == [136.5]


def test_of_a_contig_that_is_mostly_without_windows_the_rest_is_left_out():
    table = pd.concat(
        [make_table({"1": 10}), make_table({"2": 1}).assign(start=5 * MB, end=6 * MB)]
    )
    layout = GenomeAxis.arrange(table, {"1": 12 * MB, "2": 40 * MB})
    assert [stretch.length for stretch in layout.stretches] == [12, 1]
    assert layout.place(table)[-1] == 12.5


def test_ticks_are_at_round_positions_on_each_contig():
    layout = arrange({"1": 45, "2": 35})
    _, axis = plt.subplots()
    layout.label(axis, 8)
    ticks = axis.xaxis.get_minorticklocs().tolist()
    assert ticks == [*range(0, 45, 2), *range(45, 80, 2)]
    assert axis.get_xlabel() == "2 contigs, 80 Mb, a tick every 2 Mb"


def test_small_contigs_are_counted_below_the_axis():
    _, axis = plt.subplots()
    arrange({"1": 300, "2": 200, "x": 1, "y": 1}).label(axis, 8)
    assert axis.get_xlabel().startswith("2 contigs and, at the right, 2 small ones; 502 Mb")


def make_stretches(*named):
    ends = np.cumsum([size for _, size in named])
    return [
        Stretch(name, 1, 0, end - size, end) for (name, size), end in zip(named, ends, strict=True)
    ]


@pytest.mark.parametrize(
    ("named", "labels", "rotation"),
    [
        ([("2L", 1.0), ("2R", 1.0)], ["2L", "2R"], 0),
        ([("chr1", 0.3), ("chr2", 0.3)], ["1", "2"], 0),
        ([("20", 1.0), ("21", 0.1), ("22", 1.0)], ["20", "21", "22"], 0),
        ([("20", 0.2), ("21", 0.1), ("22", 0.2)], ["20", "", "22"], 0),
        ([("contig_100", 0.3), ("contig_101", 0.3)], ["contig_100", "contig_101"], 90),
        ([("contig_100", 0.1), ("contig_101", 0.2)], ["", "contig_101"], 0),
        ([("c" * 100, 1.0), ("d", 5.0)], ["ccccc…cccccc", "d"], 0),
    ],
)
def test_labels_do_not_overlap(named, labels, rotation):
    assert choose_labels(make_stretches(*named), 1.0) == (labels, rotation)


def test_a_stretch_of_a_contig_is_labelled_with_its_positions():
    stretches = [Stretch("2L", 1, 5.0, 0, 2.25), Stretch("X", 1, 0, 2.25, 4)]
    assert choose_labels(stretches, 1.0) == (["2L:5-7.25 Mb", "X"], 0)


def test_lines_break_between_contigs():
    contigs = pd.Series(["a", "a", "b", "a"])
    (broken,) = break_between_contigs(contigs, np.array([1.0, 2.0, 3.0, 4.0]))
    np.testing.assert_equal(broken, [1, 2, np.nan, 3, np.nan, 4])
