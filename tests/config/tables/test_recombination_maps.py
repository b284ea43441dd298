"""Recombination maps: read as they are, or refused with the line."""

import math
import os

import pytest
from helpers.cases import CASES

from coalflow.config.tables.recombination_maps import read_map
from coalflow.core.errors import CoalflowError

HAPMAP = """\
Chromosome\tPosition(bp)\tRate(cM/Mb)\tMap(cM)
chr7\t1000\t2.0\t0
chr7\t2000\t0\t0.002
chr7\t3000\tNA\t0.002
chr7\t5000\t1.5\t0.3
chr7\t9000\t0\t0.306
"""


def read(folder, text, chromosome=None):
    file = folder / "map.txt"
    file.write_text(text)
    return read_map(file, chromosome)


def test_unknown_stretches_stay_unknown(tmp_path):
    table = read(tmp_path, HAPMAP)
    assert table.positions == [1000, 2000, 3000, 5000, 9000]
    assert table.rates == pytest.approx([2e-8, 0, math.nan, 1.5e-8], nan_ok=True)
    assert table.unknown_share == pytest.approx(3000 / 9000)
    assert table.longest_known == 4000
    assert table.chromosome == "chr7"


FORMATS = {
    "nan": HAPMAP.replace("NA", "nan"),
    "spaces": HAPMAP.replace("\t", "  "),
    "commas": HAPMAP.replace("\t", ","),
    "windows": HAPMAP.replace("\n", "\r\n"),
    "no chromosome": "\n".join(line.partition("\t")[2] for line in HAPMAP.splitlines()),
    "1000 genomes": HAPMAP.replace(
        "Chromosome\tPosition(bp)\tRate(cM/Mb)\tMap(cM)",
        "chr position COMBINED_rate(cM/Mb) Genetic_Map(cM)",
    ),
    "no rates": "pos chr cM\n1000 7 1\n2000 7 1.002\n3000 7 1.002\n5000 7 NA\n9000 7 1.3\n",
    "no map": "chr pos rate\n7 1000 2\n7 2000 0\n7 3000 NA\n7 5000 1.5\n7 9000 0\n",
    "intervals": "# of deCODE's\n#Chr\tBegin\tEnd\tcMperMb\tcM\n7\t1000\t2000\t2\t1\n"
    "7\t2000\t3000\t0\t1\n7\t5000\t9000\t1.5\t2\n",
}


@pytest.mark.parametrize("name", FORMATS)
def test_the_usual_columns_are_known(tmp_path, name):
    table = read(tmp_path, FORMATS[name])
    assert table.positions == [1000, 2000, 3000, 5000, 9000]
    rates = [2e-8, 0, math.nan, math.nan if name == "no rates" else 1.5e-8]
    assert table.rates == pytest.approx(rates, nan_ok=True)


def test_a_rounded_map_does_not_contradict_its_rates(tmp_path):
    table = read(tmp_path, "pos rate cM\n0 1.04 0\n1000 0.96 0.001\n3000 1.5 0.003\n4000 0 0.005\n")
    assert table.rates == pytest.approx([1.04e-8, 0.96e-8, 1.5e-8])


def replaced(old, new):
    assert HAPMAP.count(old) == 1
    return HAPMAP.replace(old, new)


REFUSED = {
    "negative rate": (
        replaced("\t2.0", "\t-2.0"),
        ":2: the rate is -2.0, below 0: correct it",
    ),
    "text": (replaced("\t2.0", "\tfast"), ":2: the rate is 'fast', but must be a number"),
    "infinite": (replaced("\t2.0", "\tinf"), ":2: the rate is 'inf', but must be a finite number"),
    "per Morgan": (replaced("\t2.0", "\t2e7"), ":2: the rate is 2e+07 cM/Mb, more than 1e+06"),
    "contradiction": (
        replaced("\t0.306", "\t0.7"),
        ":6: from 5,000 to 9,000 the rate of 1.5 cM/Mb (line 5) makes 0.006 cM, but the map "
        "positions differ by 0.4 cM: correct or delete one of the columns",
    ),
    "falling map": (replaced("\t0.306", "\t0.1"), ":6: the map position falls from 0.3 to 0.1 cM"),
    "not ascending": (replaced("3000", "1500"), ":4: position 1,500 follows 2,000: sort the rows"),
    "twice": (replaced("3000", "2000"), ":4: position 2,000 follows 2,000: sort the rows"),
    "position that is not known": (replaced("3000", "NA"), ":4: the position is 'NA', but must be"),
    "negative position": (
        replaced("\t1000", "\t-1"),
        ":2: the position is -1, below 0: co",
    ),
    "ragged": (replaced("\t0.306", ""), ":6: has 3 columns, the header 4: correct it"),
    "no header": (HAPMAP.split("\n", 1)[1], ":1: is not the header of a recombination map. Known"),
    "header twice": ("pos cM\n" * 3, ":2: the position is 'pos', but must be a number"),
    "PLINK": ("7 rs1 0.1 500\n7 rs2 0.2 900\n", ":1: is not the header of a recombination map"),
    "other columns": ("a b\n1 2\n", ":1: is not the header of a recombination map. Known columns"),
    "empty": ("", ": has no rows. Known columns: "),
    "header alone": ("pos rate\n", ": has no rows. Known columns: "),
    "one row": ("pos rate\n1 2\n", ": has 1 rows, too few for a map"),
    "nothing known": ("pos rate\n1 NA\n5 NA\n", ": has no stretch of known rate"),
    "other units": ("pos rate\n1 1e-8\n5 2e-8\n", ": all rates are below 1e-08 cM/Mb, as if they"),
    "overlap": ("begin end rate\n0 9 1\n5 12 1\n", ":3: the interval from 5 to 12 is empty or be"),
    "two chromosomes": (replaced("chr7\t9000", "chr8\t9000"), ": has several chromosomes (chr7, "),
}


@pytest.mark.parametrize(("text", "message"), REFUSED.values(), ids=list(REFUSED))
def test_what_cannot_be_used_is_refused_with_its_line(tmp_path, text, message):
    with pytest.raises(CoalflowError) as caught:
        read(tmp_path, text)
    assert str(caught.value).startswith(f"{tmp_path / 'map.txt'}{message}")
    assert "\n" not in str(caught.value)


def test_a_chromosome_is_chosen(tmp_path):
    both = HAPMAP + HAPMAP.split("\n", 1)[1].replace("chr7", "8").replace("\t2.0", "\t1.9")
    assert read(tmp_path, both, "7").rates[0] == pytest.approx(2e-8)
    assert read(tmp_path, both, "chr8").rates[0] == pytest.approx(1.9e-8)
    with pytest.raises(CoalflowError, match=r"has chromosome chr7, 8, but .* is '9'"):
        read(tmp_path, both, "9")
    with pytest.raises(CoalflowError, match="has chromosome chr7, but simulation.chromosome is"):
        read(tmp_path, HAPMAP, "8")


@pytest.mark.parametrize("content", [None, b"\xff\xfe", b"pos rate\n\xe9 1\n", b"\x1f\x8b\x08"])
def test_what_is_not_text_is_refused(tmp_path, content):
    file = tmp_path / "map.txt"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(CoalflowError) as caught:
        read_map(file)
    assert str(caught.value).startswith(f"{file}: ")


def test_pipes_and_devices_are_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", "/dev/zero"):
        with pytest.raises(CoalflowError, match="not a file"):
            read_map(path)


def test_cases_of_maps():
    folder = CASES / "26-recombination-maps"
    for name in ("map_all_zero", "rate_contradicts_map"):
        with pytest.raises(CoalflowError, match="correct or delete one of the columns"):
            read_map(folder / name / "map.txt")
    with pytest.raises(CoalflowError, match="has several chromosomes"):
        read_map(folder / "two_chromosomes" / "map.txt")
    assert read_map(folder / "two_chromosomes" / "map.txt", "2").longest_known == 500_000
    assert read_map(folder / "two_chromosomes" / "map.txt", "chr1").rates == [1e-8]


def test_long_stretches_without_crossovers_are_gaps():
    table = read_map(CASES / "40-stdpopsim-map-unknown-ends" / "map22.txt")
    assert table.rates == pytest.approx([math.nan, 1e-8, math.nan, 2e-8, math.nan], nan_ok=True)
    assert table.unknown_share == pytest.approx(20 / 51)
