"""The user's own windows: read in any order, and refused where they do not lie on the genome."""

import pytest

from coalflow.core.errors import CoalflowError
from coalflow.genomes.windows.window_bed import (
    describe_unused_windows,
    read_window_bed,
    refuse_unfit_windows,
)


def read(folder, text):
    read_window_bed.cache_clear()  # of another file with this name
    path = folder / "own.bed"
    path.write_text(text)
    return read_window_bed(str(path))


def test_windows_are_sorted_within_their_contigs(tmp_path):
    bed = read(tmp_path, "2\t5\t9\n1\t7\t9\tb\n1\t0\t9\n1\t7\t8\ta\n")
    assert list(bed.contigs) == ["2", "1"]
    first = bed.get_windows("1")
    assert first.start.tolist() == [0, 7, 7]
    assert first.end.tolist() == [9, 8, 9]
    assert first.line.tolist() == [3, 4, 2]
    assert first.names.tolist() == ["", "a", "b"]
    assert len(bed.get_windows("3")) == 0


def test_windows_need_no_names(tmp_path):
    assert read(tmp_path, "2\t5\t9\n").get_windows("2").names is None


def test_a_file_without_windows_is_refused(tmp_path):
    with pytest.raises(CoalflowError, match=r"own.bed: has no windows"):
        read(tmp_path, "# nothing\n")
    with pytest.raises(CoalflowError, match=r"elsewhere.bed: there is no such file"):
        read_window_bed("elsewhere.bed")


def test_a_window_that_ends_before_it_begins_is_refused(tmp_path):
    with pytest.raises(CoalflowError, match=r"own.bed:2: goes from 9 to 9, but"):
        read(tmp_path, "1\t5\t9\n1\t9\t9\n")


LENGTHS = {"1": 1000, "2": None, "3": 10, "4": 10}


def refuse(bed, lengths=LENGTHS, is_part=False):
    refuse_unfit_windows(bed, lengths, "mine.vcf", is_part)


def test_windows_that_fit_are_not_refused(tmp_path):
    refuse(read(tmp_path, "1\t5\t1000\n2\t0\t5000\n"))
    refuse(read(tmp_path, "7\t5\t9\n"), lengths={})
    refuse(read(tmp_path, "7\t5\t9\n1\t3\t8\n"), is_part=True)


def test_a_window_on_another_contig_is_refused(tmp_path):
    bed = read(tmp_path, "1\t5\t9\nchr1\t5\t9\nchr1\t1\t9\n")
    with pytest.raises(CoalflowError) as error:
        refuse(bed)
    assert str(error.value).startswith(f"{bed.path}:2: is on contig chr1, but the contigs of ")
    assert "mine.vcf are 1, 2, 3, ..." in str(error.value)
    assert "genomes.<name>.contigs" in str(error.value)


@pytest.mark.parametrize("is_part", [False, True])
def test_a_window_beyond_its_contig_is_refused(tmp_path, is_part):
    bed = read(tmp_path, "1\t5\t9\n1\t990\t1001\n1\t1\t1001\n1\t7\t1002\n")
    with pytest.raises(
        CoalflowError, match=r"own.bed:2: ends at base 1,001, but contig 1 of mine.vcf has 1,000"
    ):
        refuse(bed, is_part=is_part)


def test_windows_on_contigs_that_are_not_used_are_counted(tmp_path):
    bed = read(tmp_path, "1\t5\t9\nX\t5\t9\nX\t1\t9\n2\t1\t9\n")
    words = describe_unused_windows(bed, ["1", "2"])
    assert "2 of the 4 windows of" in words and words.endswith("are not used: X")
    assert describe_unused_windows(bed, ["1", "2", "X"]) == ""
