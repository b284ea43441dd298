"""What a check reports: readable numbers, whole lines, findings with their fixes."""

import pytest

from coalflow.preflight import findings
from coalflow.preflight.findings import Figure, Finding

FIGURE = Figure("costs", "run", "windows", 22500)
FINDING = Finding("sites", "all cells", "too few sites", "raise simulation.sequence_length")


def test_the_table_has_findings_first_and_no_holes_but_values():
    table = findings.tabulate_entries([FIGURE, FINDING])
    assert list(table.columns) == list(findings.COLUMNS)
    assert list(table["finding"]) == ["too few sites", ""]
    assert list(table["fix"]) == ["raise simulation.sequence_length", ""]
    assert table["value"].isna().tolist() == [True, False]
    assert not table.drop(columns=["value"]).isna().to_numpy().any()


def test_a_table_without_findings_has_all_columns():
    assert list(findings.tabulate_entries([FIGURE]).columns) == list(findings.COLUMNS)


def test_findings_are_counted_and_each_has_its_fix():
    text = findings.format_entries([("sites", "61")], [FIGURE, FINDING])
    assert text.splitlines() == [
        "sites  61",
        "",
        "1 thing looks wrong:",
        "! all cells: too few sites.",
        "  > raise simulation.sequence_length.",
    ]


def test_a_run_without_findings_looks_right():
    assert findings.format_entries([("sites", "61")], [FIGURE]).endswith("Nothing looks wrong.")


def test_findings_fill_no_more_than_a_screen():
    text = findings.format_entries([("sites", "61")], [FINDING] * 50)
    assert "50 things look wrong" in text
    assert text.count("! ") == findings.MOST_SHOWN
    assert text.endswith("and 38 more: see check.tsv")


def test_lines_are_folded_but_not_between_a_number_and_its_unit():
    words = "each takes 12 min " * 20
    text = findings.format_entries([("time", words)], [])
    lines = text.splitlines()
    assert max(map(len, lines)) <= findings.WIDTH
    assert not any(line.endswith("12") for line in lines)
    assert all(line.startswith(("time", "      ")) for line in lines[:4])


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.5, "0.5 s"), (47, "47 s"), (89, "89 s"), (91, "1.5 min"), (3600, "60 min")]
    + [(7_000, "1.9 h"), (200_000, "2.3 days")],
)
def test_durations(seconds, text):
    assert findings.format_duration(seconds) == text


@pytest.mark.parametrize(
    ("size", "text"), [(500, "0.5 kB"), (92e6, "92 MB"), (1.26e9, "1.3 GB"), (3e12, "3 TB")]
)
def test_amounts(size, text):
    assert findings.format_bytes(size) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0"), (5.49e-9, "5.5e-09"), (0.000262, "0.00026"), (0.0111, "0.011"), (1.0, "1")]
    + [(9.96, "10"), (34.2, "34"), (1_720_600, "1,700,000"), (-1.234, "-1.2")],
)
def test_rounded_numbers(number, text):
    assert findings.format_rounded(number) == text


@pytest.mark.parametrize(
    ("share", "text"), [(0, "0 %"), (0.004, "0.4 %"), (0.098, "9.8 %"), (0.5, "50 %"), (1, "100 %")]
)
def test_percentages(share, text):
    assert findings.format_percent(share) == text


def test_a_range_that_looks_like_one_number_is_one():
    assert findings.format_range(1.0e-8, 1.01e-8) == "1.0e-08"
    assert findings.format_range(1, 5) == "1 to 5"
