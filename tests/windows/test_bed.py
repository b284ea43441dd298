"""BED files, line by line; what is refused of them is tested with masks."""

from coalflow.windows.bed import BedLine, read_bed_lines


def test_lines_have_their_numbers_and_names(tmp_path):
    path = tmp_path / "windows.bed"
    path.write_text("track name=a\n# b\n\n2\t5\t7\tgene one\t0\t+\n1 0 10\r\n1 0 10 b\n")
    assert list(read_bed_lines(str(path))) == [
        BedLine(4, "2", 5, 7, "gene one"),
        BedLine(5, "1", 0, 10, ""),
        BedLine(6, "1", 0, 10, "b"),
    ]
