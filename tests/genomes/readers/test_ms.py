"""The output of ms as a genome."""

import gzip

import pytest
from helpers.cases import CASES
from helpers.genome_files import read_records
from helpers.genomes import write

from coalflow.core.errors import CoalflowError
from coalflow.genomes.genotypes.sites import USABLE, Rules, judge_block
from coalflow.genomes.readers.formats import open_genome_file
from coalflow.genomes.readers.genome_file import FileContig
from coalflow.genomes.readers.ms import MsFile

COMMAND = "ms 4 2 -t 5 -r 2 1000 -I 2 3 1 1.0"
REPLICATES = """
1 2 3

//
segsites: 3
positions: 0.0100 0.0100 1.0000
010
110
001
000

//
segsites: 0

"""
THIRD = """//
segsites: 1
positions: 0.5
0
1
1
1
"""


def ms(command=COMMAND, replicates=REPLICATES + THIRD):
    return command + replicates


def refusal(path):
    with pytest.raises(CoalflowError) as caught:
        read_records(path)
    assert "\n" not in str(caught.value)
    return str(caught.value).removeprefix(str(path))


def test_replicates_are_contigs_and_haplotypes_are_haploid(tmp_path):
    path = write(tmp_path / "a.ms", ms())
    file = open_genome_file(path)
    assert isinstance(file, MsFile)
    assert (file.format, file.individuals, file.can_seek) == ("ms", ["1", "2", "3", "4"], False)
    assert file.contigs == [FileContig("1", 1000), FileContig("2", 1000), FileContig("3", 1000)]
    assert file.populations == {"pop_1": ("1", "2", "3"), "pop_2": ("4",)}
    found = [each[:3] for each in read_records(path)]
    assert found == [
        ("1", 11, [[0], [1], [0], [0]]),
        ("1", 12, [[1], [1], [0], [0]]),  # rounded to the same position
        ("1", 1000, [[0], [0], [1], [0]]),
        ("3", 501, [[0], [1], [1], [1]]),
    ]


@pytest.mark.parametrize("most", [1, 2, 10_000])
def test_blocks_have_the_haplotypes_chosen(tmp_path, most):
    path = write(tmp_path / "a.ms", ms())
    found = [each[2] for each in read_records(path, ["4", "2"], most_records=most)]
    assert found == [[[0], [1]], [[0], [1]], [[0], [0]], [[1], [1]]]


def test_ancestral_alleles_are_known(tmp_path):
    path = write(tmp_path / "a.ms", ms())
    file = MsFile(path)
    blocks = [judge_block(each, Rules(None, "REF")) for each in file.read_blocks(file.individuals)]
    assert [(block.reasons == USABLE).all() for block in blocks] == [True, True]
    assert [block.alleles.sum() for block in blocks] == [4, 3]
    with pytest.raises(CoalflowError, match="write `ancestral: AA`"):
        [*file.read_blocks(file.individuals, "XA")]


def test_gzipped_files_are_read(tmp_path):
    path = write(tmp_path / "a.ms", gzip.compress(ms().encode()))
    assert read_records(path) == read_records(write(tmp_path / "b.ms", ms()))


def test_discoal_says_the_length_as_its_third_number(tmp_path):
    path = write(tmp_path / "a.ms", ms("./discoal 4 2 55000 -t 40"))
    assert open_genome_file(path).contigs[0] == FileContig("1", 55_000)
    assert read_records(path)[0][1] == 551
    file = MsFile(CASES / "47-discoal-length-and-populations/in.ms")
    assert file.contigs[-1] == FileContig("20", 55_000)
    assert {name: len(who) for name, who in file.populations.items()} == {"pop_1": 6, "pop_2": 2}


def test_lengths_are_those_of_each_command(tmp_path):
    path = write(tmp_path / "a.ms", ms() + "ms 4 1 -t 5 -r 0 70\n" + THIRD)
    assert [each.length for each in open_genome_file(path).contigs] == [1000, 1000, 1000, 70]
    assert read_records(path)[-1][:2] == ("4", 36)


@pytest.mark.parametrize("command", ["ms 4 2 -t 5", "slim sweep.slim", "", "ms 4 2 -r 1 0"])
def test_files_without_a_length_are_refused(tmp_path, command):
    assert refusal(write(tmp_path / "a.ms", ms(command))) == (
        ": replicate 1: no command line says how many bases it has, of which positions are shares: "
        "make the first line the command, with -r, such as `ms 20 1 -t 50 -r 0 100000` for 20 "
        "haplotypes of 100,000 bases"
    )


def test_haplotypes_are_as_many_as_expected(tmp_path):
    path = write(tmp_path / "a.ms", ms("ms 5 2 -t 5 -r 2 1000"))
    assert "replicate 1: has 4 haplotypes, but the command line says 5: write the" in refusal(path)
    path = write(tmp_path / "a.ms", ms()[:-3])
    assert refusal(path).endswith(
        "replicate 3: ends after 3 of the 4 haplotypes that the command line says. The file was "
        "cut off: copy or simulate it again."
    )


def test_without_their_number_haplotypes_are_as_many_as_at_first(tmp_path):
    path = write(tmp_path / "a.ms", ms("msms -r 2 1000 -N 500 -ms"))
    assert len(open_genome_file(path).individuals) == 4
    path = write(tmp_path / "a.ms", ms("msms -r 2 1000 -N 500 -ms", REPLICATES + THIRD + "1\n"))
    assert "has 5 haplotypes, but the first replicate has 4: write the" in refusal(path)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("010\n", "0x0\n", "has 'x' at site 2, but alleles can only be 0 or 1"),
        ("0.0100 0.0100", "0.0200 0.0100", "its positions are not in ascending order"),
        ("segsites: 3", "segsites: 2", "has 3 positions, but segsites is 2"),
        ("0.0100 0.0100 1.0000\n", "", "positions"),
    ],
)
def test_damaged_files_are_refused(tmp_path, old, new, message):
    text = ms()
    assert old in text
    assert message in refusal(write(tmp_path / "a.ms", text.replace(old, new, 1)))
