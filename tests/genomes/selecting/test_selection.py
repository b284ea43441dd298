"""Contigs, regions and what is excluded: read or refused by name, with an index or without."""

import dataclasses

import numpy as np
import pytest
from helpers.genomes import record, vcf, write

from coalflow.config.settings.genome_options import GenomeOptions
from coalflow.core.errors import CoalflowError
from coalflow.genomes.readers.formats import open_genome_file
from coalflow.genomes.readers.genome_file import FileContig, GenomeFile, Region
from coalflow.genomes.selecting.selected_file import select_from_file
from coalflow.genomes.selecting.selection import make_selection

RECORDS = [("1", position) for position in range(10, 100, 10)] + [("2", 5), ("2", 500_000)]
NAMES = ("a", "b")


@pytest.fixture
def path(tmp_path):
    text = vcf(*(record(position, "0|1", "0|0", contig=contig) for contig, position in RECORDS))
    return write(tmp_path / "mine.vcf", text)


def make_options(**selection):
    return GenomeOptions.model_validate({"step": 1, "seed": 1, "selection": selection})


def open_file(path, contigs=(("1", 100), ("2", 600_000))):
    file = open_genome_file(path)
    file.contigs = [FileContig(*each) for each in contigs]
    file.can_seek = False
    return file


class Seekable(GenomeFile):
    """A file that can seek, whatever is behind it, and notes which regions are read."""

    format = "VCF"

    def __init__(self, file):
        self.path, self.individuals, self.contigs = file.path, file.individuals, file.contigs
        self.can_seek, self.file, self.read = True, file, []

    def read_blocks(self, individuals, ancestral=None, region=None, most_records=1000):
        self.read.append(region)
        for block in self.file.read_blocks(individuals, ancestral, None, most_records):
            kept = (block.positions > region.start) & (block.positions <= region.end)
            rows = np.flatnonzero(kept & (block.contig == region.contig))
            fields = {field.name: getattr(block, field.name) for field in dataclasses.fields(block)}
            yield dataclasses.replace(
                block,
                **{
                    name: value[rows] if isinstance(value, np.ndarray) else [value[n] for n in rows]
                    for name, value in fields.items()
                    if isinstance(value, (np.ndarray, list))
                },
            )


def read(path, file=None, **selection):
    """Return the contig and position of each record, as they are read with an index or without."""
    options, file = make_options(**selection), file or open_file(path)
    whole = select_from_file(file, options)
    found = [
        (block.contig, int(position))
        for block in whole.read_blocks(NAMES)
        for position in block.positions
    ]
    by_region = select_from_file(Seekable(file), options)
    again = [
        (block.contig, int(position))
        for contig in by_region.contigs
        for block in by_region.read_blocks(NAMES, region=Region(contig.name, 0, 2**31))
        for position in block.positions
    ]
    assert again == found
    return found


def refusal(path, **selection):
    with pytest.raises(CoalflowError) as caught:
        make_selection(make_options(**selection).selection, open_file(path))
    return str(caught.value)


# What is read ------------------------------------------------------------------------------------


def test_all_is_read_of_what_is_not_restricted(path):
    assert read(path) == RECORDS
    assert select_from_file(file := open_file(path), make_options()) is file


@pytest.mark.parametrize("text", [None, "2\n", "# mine\r\n\r\n2\r\n", "\ufeff2"])
def test_contigs_are_named_in_the_config_or_in_a_file(text, path, tmp_path):
    given = ["2"] if text is None else str(write(tmp_path / "contigs.txt", text))
    assert read(path, contigs=given) == RECORDS[-2:]
    assert read(path, exclude=given) == RECORDS[:-2]
    assert read(path, regions=given) == RECORDS[-2:]


@pytest.mark.parametrize("region", ["1:21-50", "1:0,021-50", "2"])
def test_regions_as_browsers_write_them(region, path):
    inside = [("1", 30), ("1", 40), ("1", 50)] if region.startswith("1") else RECORDS[-2:]
    if "," not in region:
        assert read(path, regions=[region]) == inside
        assert read(path, exclude=[region]) == [each for each in RECORDS if each not in inside]


def test_commas_between_thousands(path):
    assert read(path, regions=["2:400,001-500,000"]) == [("2", 500_000)]
    assert read(path, regions=["2:400001-499,999", "1"]) == RECORDS[:-2]


def test_stretches_of_a_bed_file(path, tmp_path):
    bed = write(tmp_path / "some.bed", "track name=x\n1\t29\t50\n1\t19\t30\tgene\n2\t0\t5\n")
    inside = [("1", 20), ("1", 30), ("1", 40), ("1", 50), ("2", 5)]
    assert read(path, regions=str(bed)) == inside
    assert read(path, exclude=str(bed)) == [each for each in RECORDS if each not in inside]
    assert read(path, regions=str(bed), exclude=["1:40-40"]) == [
        each for each in inside if each != ("1", 40)
    ]


def test_what_is_excluded_may_be_on_other_contigs(path, tmp_path):
    bed = write(tmp_path / "blacklist.bed", "3\t0\t9\n1\t0\t100\n")
    assert read(path, exclude=str(bed)) == RECORDS[-2:]


def test_contigs_that_are_not_read_are_not_there(path):
    file = select_from_file(open_file(path), make_options(exclude=["1"]))
    assert file.contigs == [FileContig("2", 600_000)]
    assert (file.path, file.individuals, file.format) == (str(path), list(NAMES), "VCF")


def test_near_stretches_are_read_in_one_go_and_far_ones_are_not(path):
    seekable = Seekable(open_file(path))
    regions = ["2:1-5", "2:8-100", "2:400001-500000", "2:500002-500009"]
    file = select_from_file(seekable, make_options(regions=regions))
    blocks = list(file.read_blocks(NAMES, region=Region("2", 0, 450_000)))
    assert [position for block in blocks for position in block.positions] == [5]
    assert seekable.read == [Region("2", 0, 100), Region("2", 400_000, 450_000)]


def test_a_contig_may_have_a_colon_in_its_name(tmp_path):
    text = vcf(record(10, "0|1", "0|0", contig="HLA:1-5")).replace("<ID=1>", "<ID=HLA:1-5>")
    file = open_file(write(tmp_path / "hla.vcf", text), [("HLA:1-5", None)])
    assert read(file.path, file, regions=["HLA:1-5"]) == [("HLA:1-5", 10)]


# What is refused ---------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["contigs", "exclude", "regions"])
def test_unknown_contigs_are_refused_with_the_nearest(key, path, tmp_path):
    assert refusal(path, **{key: ["chr2"]}) == (
        f"genomes.<name>.{key}: names contig chr2, but the contigs of {path} are 1, 2; did you "
        "mean 2?"
    )
    names = write(tmp_path / "names.txt", "1\nX\nY\n")
    assert refusal(path, **{key: str(names)}) == (
        f"{names}:2: names contig X and 1 more, but the contigs of {path} are 1, 2"
    )


def test_unknown_contigs_of_a_bed_file_are_refused(path, tmp_path):
    bed = write(tmp_path / "some.bed", "1\t0\t9\nchr1\t0\t9\n")
    assert f"{bed}:2: names contig chr1, but" in refusal(path, regions=str(bed))
    bed = write(tmp_path / "other.bed", "chr1\t0\t9\nchr2\t0\t9\n")
    assert f"{bed}:1: names contig chr1 and 1 more, but" in refusal(path, exclude=str(bed))


@pytest.mark.parametrize("key", ["exclude", "regions"])
def test_stretches_beyond_a_contig_are_refused(key, path, tmp_path):
    message = f"ends at base 101 of contig 1, which has 100 in {path}: correct it"
    assert message in refusal(path, **{key: ["1:5-101"]})
    bed = write(tmp_path / "some.bed", "1\t0\t100\n2\t0\t9\n1\t20\t101\n")
    assert f"{bed}:3: {message}" in refusal(path, **{key: str(bed)})


@pytest.mark.parametrize(
    ("region", "message"),
    [
        ("1:5", "'1:5' is neither a contig of the file nor a region: write the contig, the first"),
        ("1:5-", "is neither a contig of the file nor a region"),
        ("1:5_0-90", "is neither a contig of the file nor a region"),
        ("1:0-9", "'1:0-9' goes from base 0 to 9, but bases are counted from 1"),
        ("1:9-8", "'1:9-8' goes from base 9 to 8"),
    ],
)
def test_regions_that_cannot_be_read_are_refused(region, message, path):
    assert message in refusal(path, regions=[region])


def test_nothing_that_is_left_is_refused(path):
    assert "exclude lists all of its contigs" in refusal(path, exclude=["1", "2"])
    assert "exclude lists all of its" in refusal(path, contigs=["1"], exclude=["1"])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", ": lists no contigs: write a name on each line"),
        ("1\t2\n", ":1: has 2 columns"),
        ("1\n2\n1\n", ":3: lists 1 again, after line 1: delete one of them"),
        ("1\0", ": line 1 has a zero byte, so it is not a list of contigs"),
    ],
)
def test_lists_that_cannot_be_used_are_refused(text, message, path, tmp_path):
    names = write(tmp_path / "names.txt", text)
    assert f"{names}{message}" in refusal(path, contigs=str(names))


def test_contigs_of_a_file_that_does_not_name_them_are_known_at_its_end(path):
    file = open_file(path, contigs=())
    selected = select_from_file(file, make_options(regions=["1:11-20"]))
    (block,) = selected.read_blocks(NAMES)
    assert block.positions.tolist() == [20]
    selected = select_from_file(file, make_options(contigs=["chr1"]))
    with pytest.raises(
        CoalflowError, match=r"names contig chr1, but the contigs of .* are 1, 2; d"
    ):
        list(selected.read_blocks(NAMES))
